/* SPDX-License-Identifier: MIT */
/*
 * What the files of xen/ offer each other and put into pv_ops_xen. The
 * contracts are those of pv_ops.h; the hypercalls are lib/hypercall.h's.
 */
#ifndef XEN_GUEST_H
#define XEN_GUEST_H

#include "kern/trap.h"
#include "pv_ops.h"
#include "pvops-guest/lib/hypercall.h"

/* What the monitor told us at the start; start.c. */
extern struct start_info *xen_start_info;
/* The page we share with the monitor; head.S gives it an address, start.c maps it. */
extern struct shared_info xen_shared_info;

/* Ours is a machine with one processor. */
#define xen_vcpu (xen_shared_info.vcpu_info[0])

/* A value that the monitor may change, or look at, at any time. */
#define SHARED(x) (*(volatile __typeof__(x) *)&(x))
#define barrier() __asm__ volatile("" : : : "memory")
/* Order our store before our next load: x86 swaps only these two. */
#define store_load_barrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* head.S, exit.S */
void xen_event_entry(void);
void xen_failsafe_entry(void);
void xen_syscall_entry(void); /* 64-bit only */
void xen_trap_return(void);

/* start.c: from head.S; `stack_end` is where the boot stack ended. */
asmlinkage void xen_start(struct start_info *info, unsigned long stack_end)
	__attribute__((noreturn));

/* ARCH/cpu.c: how the monitor should enter gate `gate`: where, and masking events? */
unsigned long xen_gate_address(const struct gate *gate);
bool xen_gate_masks_events(const struct gate *gate);
/* ARCH/cpu.c: register what processes need besides the gates. */
void xen_init_syscall(void);

/* cpu.c */
/* Tell the monitor our entry point of CALLBACKTYPE_ `type`; panics if it won't have it. */
void xen_register_callback(uint16_t type, void (*entry)(void));
void xen_init_traps(const struct gate *gates, unsigned int nr);
void xen_forget_traps(void);
void xen_forbid_fpu(void);
void xen_set_thread_base(unsigned long base); /* ARCH/cpu.c */
void xen_switch_context(unsigned long stack_top, const struct tables *tables);

/* event.c */
void xen_irq_init(void);
void xen_irq_enable(void);
void xen_irq_disable(void);
bool xen_irq_save(void);
void xen_irq_restore(bool were_enabled);
void xen_irq_idle(void);
void xen_irq_handle(unsigned int vector);
/* Let event channel `port` call `handler`, and unmask it. */
void xen_event_register(evtchn_port_t port, void (*handler)(void));
/* The port of virtual interrupt `virq`; panics if there is none for us. */
evtchn_port_t xen_bind_virq(uint32_t virq);
/* Tell whoever is at the other end of `port` to look. */
void xen_event_send(evtchn_port_t port);

/* mmu.c */
mfn_t xen_pfn_to_mfn(pfn_t pfn);
pfn_t xen_mfn_to_pfn(mfn_t mfn);
pfn_t xen_boot_root(void);
void xen_set_pte(pte_t *slot, pte_t value);
void xen_set_va(unsigned long va, pte_t value);
void xen_table_protect(pfn_t pfn);
void xen_table_release(pfn_t pfn);
void xen_root_pin(pfn_t pfn);
void xen_root_unpin(pfn_t pfn);
void xen_load_tables(const struct tables *tables);
/* The operations that load `tables`; returns how many they are. */
unsigned int xen_load_ops(struct mmuext_op ops[2], const struct tables *tables);
void xen_flush_tlb(void);
unsigned long xen_fault_address(void);

/* time.c */
void xen_time_init(void);
uint64_t xen_now_ns(void);

/* console.c */
void xen_console_init(void);
void xen_console_write(const char *text, size_t len);
/* Start taking input by event; from xen_irq_init(). */
void xen_console_listen(void);
/* Wait, but not for ever, until what was written has been taken. */
void xen_console_flush(void);

/* power.c */
void xen_shutdown(enum shutdown_kind kind) __attribute__((noreturn));

/* counters.c: how often each kind of hypercall was made. */
enum xen_counter {
	COUNT_SETUP,
	COUNT_MMU_UPDATE,
	COUNT_UPDATE_VA,
	COUNT_PIN,
	COUNT_LOAD_ROOT,
	COUNT_SWITCH,
	COUNT_THREAD_BASE,
	COUNT_EVENT,
	COUNT_TIMER,
	COUNT_SCHED,
	COUNT_CONSOLE_IO,
	COUNT_KICK,
	NR_XEN_COUNTERS,
};

extern uint32_t xen_counters[NR_XEN_COUNTERS];
/* Register them with kern/counters.c. */
void xen_init_counters(void);

/* Count a hypercall as `kind`, and make it. */
#define XEN_CALL(kind, call) (xen_counters[kind]++, (call))

#endif
