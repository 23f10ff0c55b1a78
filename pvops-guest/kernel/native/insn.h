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

static inline uint32_t insn_eflags(void)
{
	uint32_t flags;

	__asm__ volatile("pushfl; popl %0" : "=r"(flags) : : "memory");
	return flags;
}

/* Set CR0.TS: floating point raises #NM. */
static inline void insn_set_ts(void)
{
	uint32_t cr0;

	__asm__ volatile("movl %%cr0, %0\n\t"
			 "orl $8, %0\n\t"
			 "movl %0, %%cr0"
			 : "=r"(cr0)
			 :
			 : "memory", "cc");
}

static inline uint32_t insn_read_cr2(void)
{
	uint32_t value;

	__asm__ volatile("movl %%cr2, %0" : "=r"(value) : : "memory");
	return value;
}

static inline uint32_t insn_read_cr3(void)
{
	uint32_t value;

	__asm__ volatile("movl %%cr3, %0" : "=r"(value) : : "memory");
	return value;
}

static inline void insn_write_cr3(uint32_t value)
{
	__asm__ volatile("movl %0, %%cr3" : : "r"(value) : "memory");
}

static inline void insn_invlpg(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

static inline uint64_t insn_rdtsc(void)
{
	uint64_t tsc;

	__asm__ volatile("rdtsc" : "=A"(tsc));
	return tsc;
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
