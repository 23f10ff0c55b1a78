// SPDX-License-Identifier: MIT
/*
 * The bare processor's tables: segments, the TSS that names the kernel stack,
 * and the interrupt gates. SDM vol. 3A, chapters 3, 6 and 7.
 */
#include "native/insn.h"
#include "native/native.h"

/* Flat 4 GB segments, present: code and data, for ring 0 and ring 3. */
#define DESCRIPTOR_CODE0  0x00cf9a000000ffffull
#define DESCRIPTOR_DATA0  0x00cf92000000ffffull
#define DESCRIPTOR_CODE3  0x00cffa000000ffffull
#define DESCRIPTOR_DATA3  0x00cff2000000ffffull
#define DESCRIPTOR_THREAD 0x00c3f2000000ffffull /* data of ring 3, 1 GB; base to be added */
#define DESCRIPTOR_TSS	  0x0000890000000000ull /* base and limit to be added */

#define GATE_INTERRUPT 0x8e00u /* present, 32-bit interrupt gate: clears IF */

struct tss {
	uint32_t back_link;
	uint32_t esp0, ss0;
	uint32_t unused[22];
	uint16_t trap, io_map;
};

_Static_assert(sizeof(struct tss) == 104, "32-bit TSS");

struct table_pointer {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));

static uint64_t gdt[7] = {
	0, DESCRIPTOR_CODE0, DESCRIPTOR_DATA0, DESCRIPTOR_CODE3, DESCRIPTOR_DATA3,
};
static uint64_t idt[NR_VECTORS];
static struct tss tss = {.ss0 = NATIVE_KERNEL_DS, .io_map = sizeof(struct tss)};

/* Put the TSS into the GDT, load both. */
static void load_segments(void)
{
	uint64_t base = (uint32_t)&tss;
	struct table_pointer pointer = {sizeof(gdt) - 1, (uint32_t)gdt};

	gdt[NATIVE_TSS / 8] = DESCRIPTOR_TSS | (sizeof(tss) - 1) | (base & 0xffffff) << 16 |
			      (base >> 24) << 56;
	__asm__ volatile("lgdt %0\n\t"
			 "ljmp %1, $1f\n"
			 "1:\n\t"
			 "movl %2, %%ds\n\t"
			 "movl %2, %%es\n\t"
			 "movl %2, %%ss\n\t"
			 "movl %3, %%fs\n\t"
			 "movl %3, %%gs\n\t"
			 "ltr %w4"
			 :
			 : "m"(pointer), "i"(NATIVE_KERNEL_CS), "r"(NATIVE_KERNEL_DS), "r"(0),
			   "r"(NATIVE_TSS)
			 : "memory");
}

void native_init_traps(const struct gate *gates, unsigned int nr)
{
	struct table_pointer pointer = {sizeof(idt) - 1, (uint32_t)idt};

	native_init_counters();
	load_segments();
	for (unsigned int i = 0; i < nr; i++)
		idt[gates[i].vector] = (gates[i].address & 0xffff) | NATIVE_KERNEL_CS << 16 |
				       (uint64_t)(GATE_INTERRUPT | gates[i].dpl << 13) << 32 |
				       (uint64_t)(gates[i].address >> 16) << 48;
	__asm__ volatile("lidt %0" : : "m"(pointer) : "memory");
}

void native_forget_traps(void)
{
	struct table_pointer none = {0, 0};

	/* The next trap finds no gate, nor one for the double fault: the machine resets. */
	__asm__ volatile("lidt %0" : : "m"(none) : "memory");
}

void native_forbid_fpu(void)
{
	insn_set_ts();
}

void native_set_thread_base(unsigned long base)
{
	gdt[NATIVE_THREAD / 8] = DESCRIPTOR_THREAD | (uint64_t)(base & 0xffffff) << 16 |
				 (uint64_t)(base >> 24) << 56;
}

void native_switch_context(unsigned long stack_top, const struct tables *tables)
{
	tss.esp0 = stack_top;
	native_load_tables(tables);
}
