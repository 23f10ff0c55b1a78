/* SPDX-License-Identifier: MIT */
/* Control registers, flags and the instructions that C lacks. SDM vol. 3A, 2.5. */
#ifndef X86_CPU_H
#define X86_CPU_H

#include "lib/types.h"

#define CR0_PE (1UL << 0)
#define CR0_MP (1UL << 1)
#define CR0_EM (1UL << 2)
#define CR0_TS (1UL << 3)
#define CR0_ET (1UL << 4)
#define CR0_NE (1UL << 5)
#define CR0_WP (1UL << 16)
#define CR0_AM (1UL << 18)
#define CR0_PG (1UL << 31)

#define CR4_TSD (1UL << 2)
#define CR4_DE (1UL << 3)
#define CR4_PSE (1UL << 4)
#define CR4_PAE (1UL << 5)
#define CR4_MCE (1UL << 6)
#define CR4_PGE (1UL << 7)
#define CR4_OSFXSR (1UL << 9)
#define CR4_OSXMMEXCPT (1UL << 10)

#define EFL_CF (1UL << 0)
#define EFL_MBS (1UL << 1) /* always one */
#define EFL_PF (1UL << 2)
#define EFL_AF (1UL << 4)
#define EFL_ZF (1UL << 6)
#define EFL_SF (1UL << 7)
#define EFL_TF (1UL << 8)
#define EFL_IF (1UL << 9)
#define EFL_DF (1UL << 10)
#define EFL_OF (1UL << 11)
#define EFL_IOPL (3UL << 12)
#define EFL_NT (1UL << 14)
#define EFL_RF (1UL << 16)
#define EFL_VM (1UL << 17)
#define EFL_AC (1UL << 18)
#define EFL_VIF (1UL << 19)
#define EFL_VIP (1UL << 20)
#define EFL_ID (1UL << 21)

/* CPUID leaf 1, EDX */
#define CPUID_FPU (1u << 0)
#define CPUID_VME (1u << 1)
#define CPUID_PSE (1u << 3)
#define CPUID_TSC (1u << 4)
#define CPUID_MSR (1u << 5)
#define CPUID_PAE (1u << 6)
#define CPUID_CX8 (1u << 8)
#define CPUID_SEP (1u << 11)
#define CPUID_MTRR (1u << 12)
#define CPUID_PGE (1u << 13)
#define CPUID_CMOV (1u << 15)
#define CPUID_PAT (1u << 16)
#define CPUID_PSE36 (1u << 17)
#define CPUID_FXSR (1u << 24)
#define CPUID_SSE (1u << 25)

#define MSR_SYSENTER_CS 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176

#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SCE 0x1ULL
#define EFER_NX 0x800ULL

/* P6 parts before model 3, stepping 3 report a SYSENTER they don't have (AP-485). */
static inline bool sep_is_broken(u32 signature)
{
	return (signature >> 8 & 0xf) == 6 && (signature & 0xff) < 0x33;
}

/* The form that keeps the whole instruction and operand addresses. SDM vol. 1, 10.5.1. */
#ifdef __x86_64__
#define FXSAVE "fxsaveq"
#define FXRSTOR "fxrstorq"
#else
#define FXSAVE "fxsave"
#define FXRSTOR "fxrstor"
#endif

#ifndef RINGLET_HOST
struct cpuid_regs {
	u32 a, b, c, d;
};

static inline struct cpuid_regs cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid"
			 : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return ((u64)hi << 32) | lo;
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return ((u64)hi << 32) | lo;
}

static inline void wrmsr(u32 msr, u64 val)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)val), "d"((u32)(val >> 32)) : "memory");
}

#define CPU_CR_ACCESSORS(n)                                                     \
	static inline unsigned long read_cr##n(void)                            \
	{                                                                       \
		unsigned long v;                                                \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v) : : "memory");  \
		return v;                                                       \
	}                                                                       \
	static inline void write_cr##n(unsigned long v)                         \
	{                                                                       \
		__asm__ volatile("mov %0, %%cr" #n : : "r"(v) : "memory");      \
	}
CPU_CR_ACCESSORS(0)
CPU_CR_ACCESSORS(2)
CPU_CR_ACCESSORS(3)
CPU_CR_ACCESSORS(4)
#undef CPU_CR_ACCESSORS

static inline void clts(void)
{
	__asm__ volatile("clts");
}

static inline void invlpg(const volatile void *va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

/* Enable interrupts and halt with no window between: STI holds them one instruction. */
static inline void irq_enable_and_halt(void)
{
	__asm__ volatile("sti; hlt" ::: "memory");
}

static inline bool irq_is_enabled(void)
{
	unsigned long f;

	__asm__ volatile("pushf; pop %0" : "=r"(f) : : "memory");
	return f & EFL_IF;
}
#else
/* A test's own. */
void irq_enable(void);
void irq_disable(void);
#endif

#endif
