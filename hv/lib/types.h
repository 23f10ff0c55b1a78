/* SPDX-License-Identifier: MIT */
/*
 * Basic integer types, boxed frame numbers and the few macros every file uses.
 *
 * Numbers that must not be mixed are structs of one member: the compiler then
 * refuses `pfn` where `mfn` is meant. With -freg-struct-return a box costs
 * nothing. MFN(n), PFN(n) and MADDR(n) box; `.v` opens.
 */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

/* Machine frame: index of a 4 KiB page of real memory. */
typedef struct {
	unsigned long v;
} mfn_t;
/* Pseudo-physical frame: a guest's own dense numbering. */
typedef struct {
	unsigned long v;
} pfn_t;
/* Machine address in bytes; 64 bits wide also under PAE. */
typedef struct {
	u64 v;
} maddr_t;

#define MFN(n) ((mfn_t){ (n) })
#define PFN(n) ((pfn_t){ (n) })
#define MADDR(a) ((maddr_t){ (a) })
#define INVALID_MFN MFN(~0UL)
#define INVALID_PFN PFN(~0UL)

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.v == b.v;
}

static inline maddr_t mfn_to_maddr(mfn_t mfn)
{
	return MADDR((u64)mfn.v << PAGE_SHIFT);
}

static inline mfn_t maddr_to_mfn(maddr_t maddr)
{
	return MFN((unsigned long)(maddr.v >> PAGE_SHIFT));
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define ROUND_UP(n, to) (((n) + (to) - 1) & ~((__typeof__(n))(to) - 1))
#define ROUND_DOWN(n, to) ((n) & ~((__typeof__(n))(to) - 1))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define __must_check __attribute__((warn_unused_result))
#define __noreturn __attribute__((noreturn))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __aligned(n) __attribute__((aligned(n)))
#define __packed __attribute__((packed))
#define __section(name) __attribute__((section(name)))
#define fallthrough __attribute__((fallthrough))

/* One volatile access: guest-shared memory is read once, then checked. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val) (*(volatile __typeof__(x) *)&(x) = (val))
#define barrier() __asm__ volatile("" ::: "memory")

#endif
