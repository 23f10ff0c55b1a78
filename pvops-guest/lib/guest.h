/* SPDX-License-Identifier: MIT */
/*
 * What every PV guest program starts from.
 */
#ifndef PVOPS_GUEST_LIB_GUEST_H
#define PVOPS_GUEST_LIB_GUEST_H

#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>

#define PAGE_SHIFT	 12
#define PAGE_SIZE	 4096ul
#define ARRAY_SIZE(a)	 (sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()	 asm volatile("" : : : "memory")

/* x86 keeps the order of stores, and of loads; only store-load needs a fence. */
static inline void full_barrier(void)
{
	__sync_synchronize();
}

/* Set by guest_init(). */
extern struct start_info *start_info;
extern struct shared_info *shared_info;
/* The active one: in shared_info, until a program registers another. */
extern struct vcpu_info *vcpu_info;

/*
 * guest_main - the program, called by start.S on a 16 KiB stack with
 * upcalls masked. Must not return. A program that doesn't define it gets
 * the test framework's, which calls test_main().
 */
void guest_main(struct start_info *si);

/*
 * guest_init - prepare memory, shared_info, traps and events; call it first.
 * Upcalls are still masked afterwards.
 */
void guest_init(struct start_info *si);

/* guest_shutdown - end the domain; reason: SHUTDOWN_* of <xen/sched.h>. */
void guest_shutdown(unsigned int reason) __attribute__((noreturn));

/* system_time_ns - nanoseconds of hypervisor time, never running backwards. */
uint64_t system_time_ns(void);

#endif
