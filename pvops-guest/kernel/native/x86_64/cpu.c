// SPDX-License-Identifier: MIT
/*
 * The bare processor's tables: segments, the TSS that names the kernel stack,
 * the interrupt gates, and the registers of `syscall`.
 * SDM vol. 3A, 3.4.5, 5.8.8, 6.14 and 7.7.
 */
#include "native/insn.h"
#include "native/native.h"

/* Present: 64-bit code, and data, for ring 0 and ring 3. Base and limit are ignored. */
#define DESCRIPTOR_CODE0 0x00209a0000000000ull
#define DESCRIPTOR_DATA0 0x0000920000000000ull
#define DESCRIPTOR_CODE3 0x0020fa0000000000ull
#define DESCRIPTOR_DATA3 0x0000f20000000000ull
#define DESCRIPTOR_TSS	 0x0000890000000000ull /* base and limit to be added */

#define GATE_INTERRUPT 0x8e00u /* present, interrupt gate: clears IF */

#define MSR_EFER    0xc0000080
#define MSR_STAR    0xc0000081
#define MSR_LSTAR   0xc0000082
#define MSR_FMASK   0xc0000084
#define MSR_FS_BASE 0xc0000100
#define EFER_SCE    1
/* Clear on `syscall`: TF, IF, DF, IOPL, NT, RF, AC. */
#define SYSCALL_FLAGS 0x57700

/*
 * What may come between `syscall` and the change of stacks has a stack of its
 * own: entry 1 of the TSS's list. The end of the kernel, in either case.
 */
#define LAST_STACK	 1u
#define LAST_STACK_BYTES 4096
#define TRAP_NMI	 2

struct tss {
	uint32_t unused0;
	uint64_t rsp0, rsp1, rsp2;
	uint64_t unused1;
	uint64_t stacks[7];
	uint64_t unused2;
	uint16_t unused3, io_map;
} __attribute__((packed));

_Static_assert(sizeof(struct tss) == 104, "64-bit TSS");

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

struct idt_entry {
	uint64_t low, high;
};

static uint64_t gdt[7] = {
	0, DESCRIPTOR_CODE0, DESCRIPTOR_DATA0, DESCRIPTOR_CODE3, DESCRIPTOR_DATA3,
};
static struct idt_entry idt[NR_VECTORS];
static uint8_t last_stack[LAST_STACK_BYTES] __attribute__((aligned(16)));
static struct tss tss = {.io_map = sizeof(struct tss)};

/* exit.S */
extern uint64_t native_kernel_sp;
void native_syscall_entry(void);

/* Put the TSS into the GDT, load both. */
static void load_segments(void)
{
	uint64_t base = (uint64_t)&tss;
	struct table_pointer pointer = {sizeof(gdt) - 1, (uint64_t)gdt};

	tss.stacks[LAST_STACK - 1] = (uint64_t)last_stack + sizeof(last_stack);
	gdt[NATIVE_TSS / 8] = DESCRIPTOR_TSS | (sizeof(tss) - 1) | (base & 0xffffff) << 16 |
			      (base >> 24 & 0xff) << 56;
	gdt[NATIVE_TSS / 8 + 1] = base >> 32;
	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "pushq $1f\n\t"
			 "lretq\n"
			 "1:\n\t"
			 "movl %2, %%ss\n\t"
			 "movl %3, %%ds\n\t"
			 "movl %3, %%es\n\t"
			 "movl %3, %%fs\n\t"
			 "movl %3, %%gs\n\t"
			 "ltr %w4"
			 :
			 : "m"(pointer), "i"(NATIVE_KERNEL_CS), "r"(NATIVE_KERNEL_DS), "r"(0),
			   "r"(NATIVE_TSS)
			 : "memory");
}

/* Let `syscall` lead to native_syscall_entry. */
static void init_syscall(void)
{
	insn_wrmsr(MSR_STAR, (uint64_t)NATIVE_KERNEL_CS << 32);
	insn_wrmsr(MSR_LSTAR, (uint64_t)native_syscall_entry);
	insn_wrmsr(MSR_FMASK, SYSCALL_FLAGS);
	insn_wrmsr(MSR_EFER, insn_rdmsr(MSR_EFER) | EFER_SCE);
}

void native_init_traps(const struct gate *gates, unsigned int nr)
{
	struct table_pointer pointer = {sizeof(idt) - 1, (uint64_t)idt};

	native_init_counters();
	load_segments();
	for (unsigned int i = 0; i < nr; i++) {
		struct idt_entry *entry = &idt[gates[i].vector];
		uint64_t address = gates[i].address;

		entry->low = (address & 0xffff) | NATIVE_KERNEL_CS << 16 |
			     (uint64_t)(GATE_INTERRUPT | gates[i].dpl << 13) << 32 |
			     (address >> 16 & 0xffff) << 48;
		if (gates[i].vector == TRAP_NMI || gates[i].vector == TRAP_DOUBLE_FAULT)
			entry->low |= (uint64_t)LAST_STACK << 32;
		entry->high = address >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(pointer) : "memory");
	init_syscall();
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
	insn_wrmsr(MSR_FS_BASE, base);
}

void native_switch_context(unsigned long stack_top, const struct tables *tables)
{
	tss.rsp0 = stack_top;
	native_kernel_sp = stack_top;
	native_load_tables(tables);
}
