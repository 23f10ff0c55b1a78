/* SPDX-License-Identifier: MIT */
/*
 * The privileged instructions, one inline function each. Only native/ may use them.
 */
#ifndef NATIVE_INSN_H
#define NATIVE_INSN_H

#include <stdbool.h>
#include <stdint.h>

#define EFLAGS_IF 0x200

static inline void insn_cli(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void insn_sti(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* The interrupt shadow of sti reaches to hlt: nothing can come in between. */
static inline void insn_sti_hlt(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

static inline void insn_hlt(void)
{
	__asm__ volatile("hlt" : : : "memory");
}

static inline unsigned long insn_eflags(void)
{
	unsigned long flags;

	__asm__ volatile("pushf; pop %0" : "=r"(flags) : : "memory");
	return flags;
}

/* Set CR0.TS: floating point raises #NM. */
static inline void insn_set_ts(void)
{
	unsigned long cr0;

	__asm__ volatile("mov %%cr0, %0\n\t"
			 "or $8, %0\n\t"
			 "mov %0, %%cr0"
			 : "=r"(cr0)
			 :
			 : "memory", "cc");
}

static inline unsigned long insn_read_cr2(void)
{
	unsigned long value;

	__asm__ volatile("mov %%cr2, %0" : "=r"(value) : : "memory");
	return value;
}

static inline unsigned long insn_read_cr3(void)
{
	unsigned long value;

	__asm__ volatile("mov %%cr3, %0" : "=r"(value) : : "memory");
	return value;
}

static inline void insn_write_cr3(unsigned long value)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

static inline void insn_invlpg(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

static inline uint64_t insn_rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static inline uint64_t insn_rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void insn_wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(msr)
			 : "memory");
}

static inline void insn_outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void insn_outw(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t insn_inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

#endif
