/* SPDX-License-Identifier: MIT */
/*
 * This CPU's tables: our descriptors, the IDT, the TSS, the MSRs of SYSCALL and
 * SYSENTER. SDM vol. 3A, 3.4.5, 5.8, 6.14, 7.7. Called by platform/start.c
 * once; switch.c changes the parts that follow the running vcpu.
 */
#include "gates.h"
#include "domain/domain.h"
#include "lib/string.h"
#include "mappings.h"
#include "platform/platform.h"
#include "regs.h"
#include "x86/arch.h"
#include "x86/cpu.h"
#include "x86/io_bitmap.h"
#include "x86/vectors.h"

#define GATE_INTERRUPT 0xeULL
#define STUB_BYTES 16

/*
 * Flags that SYSCALL clears: with any of them live, ring 0 would not be ours. VM
 * is never set in long mode, but QEMU 7.2 is talked into it (iret.c).
 */
#define SYSCALL_FLAGS_OFF \
	(EFL_IF | EFL_TF | EFL_DF | EFL_NT | EFL_AC | EFL_RF | EFL_IOPL | EFL_VM)

/* Stacks of their own, numbered as in the IDT, from the bottom of the CPU's block. */
enum ist { IST_NONE, IST_NMI, IST_DB, IST_MC, IST_DF };

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, io_map_base;
} __packed;

struct gate {
	u64 low, high;
};

u8 cpu0_stack[CPU_STACK_SIZE] __aligned(CPU_STACK_SIZE);
static struct {
	struct tss tss;
	struct io_bitmap io;
} __packed task;
static desc_t own_descriptors[PTES_PER_TABLE] __aligned(4096);
static u8 empty_page[PAGE_SIZE] __aligned(4096);
static struct gate idt[256] __aligned(4096);

extern u8 trap_stubs[], sysenter_entry[], syscall_entry[], syscall32_entry[];

_Static_assert(sizeof(struct tss) == 104, "SDM vol. 3A, 7.7");
_Static_assert(SEL_RING0_DS == SEL_RING0_CS + 8, "SYSENTER and SYSCALL load ss so");
_Static_assert(SEL_RING3_DS == SEL_RING3_CS32 + 8 && SEL_RING3_CS64 == SEL_RING3_CS32 + 16,
	       "SYSRET loads ss and cs so");
_Static_assert(offsetof(struct cpu, guest) == 0 && sizeof(struct regs) % 16 == 0 &&
	       sizeof(struct cpu) % 16 == 0, "the CPU aligns the frames it pushes");

struct table_register {
	u16 limit;
	u64 base;
} __packed;

static desc_t flat_segment(unsigned int dpl, u64 type, u64 size)
{
	return 0xffffULL | 0xfULL << 48 | type << DESC_TYPE_SHIFT | DESC_S |
	       (u64)dpl << DESC_DPL_SHIFT | DESC_P | size | DESC_G;
}

static void own_descriptor_set(u16 sel, desc_t d)
{
	own_descriptors[(sel >> 3) & 511] = d;
}

/* A system descriptor takes two entries here. SDM vol. 3A, 7.2.3. */
static void system_descriptor_set(u16 sel, const void *base, u32 limit, u64 type)
{
	u64 b = (unsigned long)base;

	own_descriptor_set(sel, (limit & 0xffff) | (b & 0xffffff) << 16 |
				type << DESC_TYPE_SHIFT | DESC_P |
				(u64)(limit >> 16 & 0xf) << 48 | (b >> 24 & 0xff) << 56);
	own_descriptor_set(sel + 8, b >> 32);
}

/*
 * A page of guest descriptors, or (INVALID_MFN) one of zeros: a selector into
 * it is then an ordinary #GP, not a page fault inside our tables.
 */
void arch_gdt_map(unsigned int page, mfn_t mfn)
{
	if (mfn_eq(mfn, INVALID_MFN))
		fixmap_set(FIXMAP_GDT_PAGE + page,
			   pte_make(va_to_mfn(empty_page), PTE_MONITOR_RO));
	else
		fixmap_set(FIXMAP_GDT_PAGE + page, pte_make(mfn, PTE_MONITOR_RW));
}

static void gdt_init(void)
{
	struct table_register gdtr = { (FIXMAP_GDT_OWN_PAGE + 1) * PAGE_SIZE - 1, GDT_VA };

	own_descriptor_set(SEL_RING0_CS, flat_segment(0, 0xb, DESC_L));
	own_descriptor_set(SEL_RING0_DS, flat_segment(0, 0x3, DESC_DB));
	own_descriptor_set(SEL_RING3_CS32, flat_segment(3, 0xb, DESC_DB));
	own_descriptor_set(SEL_RING3_DS, flat_segment(3, 0x3, DESC_DB));
	own_descriptor_set(SEL_RING3_CS64, flat_segment(3, 0xb, DESC_L));
	system_descriptor_set(SEL_TSS, &task, sizeof(task) - 1, 0x9);

	for (unsigned int page = 0; page < GDT_GUEST_PAGES; page++)
		arch_gdt_map(page, INVALID_MFN);
	fixmap_set(FIXMAP_GDT_OWN_PAGE, pte_make(va_to_mfn(own_descriptors), PTE_MONITOR_RW));

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "lea 1f(%%rip), %%rax\n\t"
			 "push %%rax\n\t"
			 "lretq\n"
			 "1:\tmov %2, %%ss\n\t"
			 "mov %3, %%ds\n\t"
			 "mov %3, %%es\n\t"
			 "mov %3, %%fs\n\t"
			 "mov %3, %%gs"
			 :
			 : "m"(gdtr), "i"(SEL_RING0_CS), "r"(SEL_RING0_DS), "r"(0)
			 : "memory", "rax");
}

void arch_ldt_map(unsigned int page, mfn_t mfn)
{
	fixmap_set(FIXMAP_LDT_PAGE + page,
		   mfn_eq(mfn, INVALID_MFN) ? 0 : pte_make(mfn, PTE_MONITOR_RW));
}

void arch_ldt_select(unsigned int nr_entries)
{
	if (nr_entries)
		system_descriptor_set(SEL_LDT, (void *)LDT_VA, nr_entries * 8 - 1, 0x2);
	__asm__ volatile("lldt %w0" : : "r"(nr_entries ? SEL_LDT : 0));
}

struct io_bitmap *arch_io_bitmap(void)
{
	return &task.io;
}

void arch_io_bitmap_enable(bool on)
{
	/* Where the TSS has ended no port is open: every access by IOPL, which is 0. */
	task.tss.io_map_base = on ? sizeof(task.tss) : sizeof(task);
}

static void tss_init(void)
{
	task.tss.rsp[0] = (unsigned long)(&boot_cpu()->guest + 1);
	for (unsigned int ist = IST_NMI; ist <= IST_DF; ist++)
		task.tss.ist[ist - 1] = (unsigned long)cpu0_stack + ist * IST_STACK_SIZE;
	task.io.end = 0xff;
	arch_io_bitmap_enable(false);
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
	__asm__ volatile("lldt %w0" : : "r"(0));
}

static enum ist vector_stack(unsigned int vector)
{
	switch (vector) {
	case VEC_NMI:
		return IST_NMI;
	case VEC_DB:
		return IST_DB;
	case VEC_MC:
		return IST_MC;
	case VEC_DF:
		return IST_DF;
	default:
		return IST_NONE;
	}
}

static void idt_init(void)
{
	struct table_register idtr = { sizeof(idt) - 1, (unsigned long)idt };

	for (unsigned int v = 0; v < 256; v++) {
		u64 to = (unsigned long)(trap_stubs + v * STUB_BYTES);
		u64 dpl = v == VEC_BP || v == VEC_OF ? 3 : 0;

		idt[v].low = (to & 0xffff) | (u64)SEL_RING0_CS << 16 |
			     (u64)vector_stack(v) << 32 | GATE_INTERRUPT << 40 | dpl << 45 |
			     DESC_P | (to >> 16 & 0xffff) << 48;
		idt[v].high = to >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

static void system_calls_init(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	wrmsr(MSR_STAR, (u64)SEL_RING0_CS << 32 | (u64)SEL_RING3_CS32 << 48);
	wrmsr(MSR_LSTAR, (unsigned long)syscall_entry);
	wrmsr(MSR_CSTAR, (unsigned long)syscall32_entry);
	wrmsr(MSR_SFMASK, SYSCALL_FLAGS_OFF);
	if (!(cpuid(1, 0).d & CPUID_SEP))
		return;
	wrmsr(MSR_SYSENTER_CS, SEL_RING0_CS); /* ss is the next: SEL_RING0_DS */
	wrmsr(MSR_SYSENTER_ESP, (unsigned long)(&boot_cpu()->guest + 1));
	wrmsr(MSR_SYSENTER_EIP, (unsigned long)sysenter_entry);
}

/*
 * Firmware and loaders leave more on than we know of: SMAP would make every
 * copy from a guest a fault, FSGSBASE lets it set a non-canonical base.
 */
static void control_registers_init(void)
{
	write_cr4(read_cr4() & (CR4_PAE | CR4_PGE | CR4_MCE));
	write_cr0(read_cr0() | CR0_AM); /* guests see it set, and rely on #AC */
}

struct cpu *boot_cpu(void)
{
	return (struct cpu *)(void *)(cpu0_stack + sizeof(cpu0_stack)) - 1;
}

void arch_cpu_init(void)
{
	gdt_init();
	tss_init();
	idt_init();
	system_calls_init();
	control_registers_init();
	fpu_init();
}
