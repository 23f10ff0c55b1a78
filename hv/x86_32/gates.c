/* SPDX-License-Identifier: MIT */
/*
 * This CPU's tables: our descriptors, the IDT, the TSSs. SDM vol. 3A, 3.4.5,
 * 6.11, 7.2. Called by platform/start.c once; switch.c changes the parts that
 * follow the running vcpu.
 *
 * Nothing here lets a guest switch tasks: the running TSS's back link stays
 * null, every gate but #DF's is an interrupt gate (or the guest's own trap
 * gate at 0x80), and those clear NT.
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
#define GATE_TASK 0x5ULL
#define STUB_BYTES 16

#define CPUID81_SYSCALL (1u << 11)

struct tss {
	u32 link, esp0, ss0, esp1, ss1, esp2, ss2;
	u32 cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, io_map_base;
};

u8 cpu0_stack[CPU_STACK_SIZE] __aligned(CPU_STACK_SIZE);
/* Of the same shape, so that this_cpu() finds an empty struct cpu there. */
static u8 double_fault_stack[CPU_STACK_SIZE] __aligned(CPU_STACK_SIZE);
static struct {
	struct tss tss;
	struct io_bitmap io;
} __packed task;
static struct tss double_fault_tss;
static desc_t own_descriptors[PTES_PER_TABLE] __aligned(4096);
static u8 empty_page[PAGE_SIZE] __aligned(4096);
static u64 idt[256] __aligned(4096);

extern u8 trap_stubs[], hypercall_entry[], sysenter_entry[], double_fault_entry[];

_Static_assert(SEL_RING0_DS == SEL_RING0_CS + 8, "SYSENTER loads ss so");

struct table_register {
	u16 limit;
	u32 base;
} __packed;

static desc_t flat_segment(u32 limit_bytes, unsigned int dpl, u64 type)
{
	u64 pages = limit_bytes >> PAGE_SHIFT;

	return (pages & 0xffff) | (pages >> 16) << 48 | type << DESC_TYPE_SHIFT | DESC_S |
	       (u64)dpl << DESC_DPL_SHIFT | DESC_P | DESC_DB | DESC_G;
}

desc_t system_descriptor(const void *base, u32 limit, u64 type)
{
	u64 b = (unsigned long)base;

	return (limit & 0xffff) | (b & 0xffffff) << 16 | type << DESC_TYPE_SHIFT | DESC_P |
	       (u64)(limit >> 16 & 0xf) << 48 | (b >> 24) << 56;
}

static u64 make_gate(u16 sel, const void *offset, unsigned int dpl, u64 type)
{
	u64 off = (unsigned long)offset;

	return (off & 0xffff) | (u64)sel << 16 | type << 40 | (u64)dpl << 45 | DESC_P |
	       (off >> 16) << 48;
}

desc_t guest_trap_gate(u16 cs, unsigned long ip, unsigned int dpl)
{
	return make_gate(cs, (void *)ip, dpl, 0xf);
}

desc_t default_int80_gate(void)
{
	return make_gate(SEL_RING0_CS, trap_stubs + VEC_SYSCALL * STUB_BYTES, 0, GATE_INTERRUPT);
}

void idt_set_int80(desc_t gate)
{
	idt[VEC_SYSCALL] = gate;
}

void own_descriptor_set(u16 sel, desc_t d)
{
	own_descriptors[(sel >> 3) & 511] = d;
}

void tss_set_kernel_stack(u16 ss, unsigned long sp)
{
	task.tss.ss1 = ss;
	task.tss.esp1 = sp;
}

/*
 * [tour: boot 7] The segments lent to guests look flat and end just below the
 * monitor. To the page tables ring 1 is as privileged as ring 0; in 32 bits
 * this limit is what keeps it out.
 */
static void gdt_init(void)
{
	struct table_register gdtr = { (FIXMAP_GDT_OWN_PAGE + 1) * PAGE_SIZE - 1, GDT_VA };

	own_descriptor_set(SEL_RING0_CS, flat_segment(0xffffffff, 0, 0xb));
	own_descriptor_set(SEL_RING0_DS, flat_segment(0xffffffff, 0, 0x3));
	own_descriptor_set(SEL_RING1_CS, flat_segment(GUEST_SEGMENT_LIMIT, 1, 0xb));
	own_descriptor_set(SEL_RING1_DS, flat_segment(GUEST_SEGMENT_LIMIT, 1, 0x3));
	own_descriptor_set(SEL_RING3_CS, flat_segment(GUEST_SEGMENT_LIMIT, 3, 0xb));
	own_descriptor_set(SEL_RING3_DS, flat_segment(GUEST_SEGMENT_LIMIT, 3, 0x3));
	own_descriptor_set(SEL_TSS, system_descriptor(&task, sizeof(task) - 1, 0x9));
	own_descriptor_set(SEL_DF_TSS,
			   system_descriptor(&double_fault_tss, sizeof(double_fault_tss) - 1, 0x9));

	for (unsigned int page = 0; page < GDT_GUEST_PAGES; page++)
		arch_gdt_map(page, INVALID_MFN);
	fixmap_set(FIXMAP_GDT_OWN_PAGE, pte_make(va_to_mfn(own_descriptors), PTE_MONITOR_RW));

	__asm__ volatile("lgdt %0\n\t"
			 "ljmp %1, $1f\n"
			 "1:\tmov %2, %%ds\n\t"
			 "mov %2, %%es\n\t"
			 "mov %2, %%ss\n\t"
			 "mov %3, %%fs\n\t"
			 "mov %3, %%gs"
			 :
			 : "m"(gdtr), "i"(SEL_RING0_CS), "r"(SEL_RING0_DS), "r"(0)
			 : "memory");
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

void arch_ldt_map(unsigned int page, mfn_t mfn)
{
	fixmap_set(FIXMAP_LDT_PAGE + page,
		   mfn_eq(mfn, INVALID_MFN) ? 0 : pte_make(mfn, PTE_MONITOR_RW));
}

void arch_ldt_select(unsigned int nr_entries)
{
	if (nr_entries)
		own_descriptor_set(SEL_LDT, system_descriptor((void *)LDT_VA, nr_entries * 8 - 1,
							      0x2));
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
	task.tss.ss0 = SEL_RING0_DS;
	task.tss.esp0 = (unsigned long)(&boot_cpu()->guest + 1);
	task.io.end = 0xff;
	arch_io_bitmap_enable(false);

	double_fault_tss.cr3 = monitor_cr3();
	double_fault_tss.eip = (unsigned long)double_fault_entry;
	double_fault_tss.eflags = EFL_MBS;
	double_fault_tss.esp = (unsigned long)double_fault_stack + sizeof(double_fault_stack) -
			       sizeof(struct cpu);
	double_fault_tss.cs = SEL_RING0_CS;
	double_fault_tss.ss = double_fault_tss.ds = double_fault_tss.es = SEL_RING0_DS;
	double_fault_tss.esp0 = double_fault_tss.esp;
	double_fault_tss.ss0 = SEL_RING0_DS;
	double_fault_tss.io_map_base = sizeof(double_fault_tss);
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
	__asm__ volatile("lldt %w0" : : "r"(0));
}

/*
 * [tour: boot 8] All 256 vectors lead to code of ours. The DPL says who may
 * come by `int n`: into int3 and into anybody, into the hypercall's gate ring
 * 1, into no other. What a guest registers as its handlers is only noted, and
 * looked up when we have decided to bounce.
 */
static void idt_init(void)
{
	struct table_register idtr = { sizeof(idt) - 1, (unsigned long)idt };

	for (unsigned int v = 0; v < 256; v++)
		idt[v] = make_gate(SEL_RING0_CS, trap_stubs + v * STUB_BYTES,
				   v == VEC_BP || v == VEC_OF ? 3 : 0, GATE_INTERRUPT);
	idt[VEC_HYPERCALL] = make_gate(SEL_RING0_CS, hypercall_entry, 1, GATE_INTERRUPT);
	idt[VEC_DF] = make_gate(SEL_DF_TSS, NULL, 0, GATE_TASK);
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

/* Whatever the firmware left, SYSENTER enters where we say. */
static void sysenter_init(void)
{
	struct cpuid_regs c = cpuid(1, 0);

	if (!(c.d & CPUID_SEP) || sep_is_broken(c.a))
		return;
	wrmsr(MSR_SYSENTER_CS, SEL_RING0_CS); /* ss is the next: SEL_RING0_DS */
	wrmsr(MSR_SYSENTER_ESP, (unsigned long)(&boot_cpu()->guest + 1));
	wrmsr(MSR_SYSENTER_EIP, (unsigned long)sysenter_entry);
}

/*
 * Firmware and loaders leave more on than we know of: PVI lets ring 3 change
 * flags unseen, SMAP would make every copy from a guest a fault, SYSCALL enters
 * ring 0 where nobody waits.
 */
static void control_registers_init(void)
{
	write_cr4(read_cr4() & (CR4_PAE | CR4_PGE | CR4_MCE));
	write_cr0(read_cr0() | CR0_AM); /* guests see it set, and rely on #AC in ring 3 */
	if (cpuid(0x80000000, 0).a >= 0x80000001 && cpuid(0x80000001, 0).d & CPUID81_SYSCALL)
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_SCE);
}

struct cpu *boot_cpu(void)
{
	return (struct cpu *)(cpu0_stack + sizeof(cpu0_stack)) - 1;
}

void arch_cpu_init(void)
{
	gdt_init();
	tss_init();
	idt_init();
	sysenter_init();
	control_registers_init();
	fpu_init();
}

/* What the double fault interrupted is in the main TSS. */
void double_fault(void)
{
	panic_at(task.tss.eip, task.tss.ebp, "double fault: sp %08x flags %08x cr2 %08lx",
		 task.tss.esp, task.tss.eflags, read_cr2());
}
