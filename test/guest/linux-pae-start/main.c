// SPDX-License-Identifier: MIT
/*
 * Claim: what a PAE Linux does before its first process works, call by call:
 * its GDT, its traps one by one, both ways in which it leaves the page tables
 * it was started with, the WP test, counting CPUs, a late timer.
 * See: ABI 2.1, 3.5, 5.2, 5.5
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include <xen/errno.h>

#define GDT_ENTRIES   32
#define KERNEL_CS     0x60
#define KERNEL_DS     0x68
#define PERCPU_SEL    0xd8
#define SINGLE_GATES  288
#define SLOT3	      3
#define HOLE_INDEX    ((HYPERVISOR_VIRT_START >> 21) & 511)
#define CODE_DPL0     0x00cf9a000000ffffull
#define DATA_DPL0     0x00cf92000000ffffull
#define XEN_NR_CPUS   8
#define STUB_SIZE     16

extern const uint8_t trap_stubs[];

static uint32_t percpu_word = 0x50c0ffee;

static int update_va(unsigned long va, uint64_t entry, unsigned long flags)
{
	return hypercall_update_va_mapping(va, entry, flags);
}

/* As set_page_prot(): without any flush. */
static int set_page_prot(void *page, uint64_t flags)
{
	unsigned long va = (unsigned long)page;

	return update_va(va, mm_make_entry(mm_virt_to_mfn(va), flags | PTE_BASE), UVMF_NONE);
}

static uint64_t with_base(uint64_t desc, uint32_t base)
{
	return desc | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(base >> 24) << 56;
}

static uint32_t read_percpu(void)
{
	uint32_t word;

	asm volatile("movl %1, %%fs\n\t"
		     "movl %%fs:0, %0\n\t"
		     "movl %2, %%fs"
		     : "=&r"(word)
		     : "r"(PERCPU_SEL | 1), "r"(FLAT_KERNEL_DS)
		     : "memory");
	return word;
}

static void own_gdt(void)
{
	uint64_t *gdt = mm_page_alloc();
	xen_pfn_t frame = mm_virt_to_mfn((unsigned long)gdt);
	uint64_t maddr = (uint64_t)frame << 12;

	/* While it is a page like any other. */
	for (unsigned int i = 0; i < GDT_ENTRIES; i++)
		TEST_EQUAL("empty descriptor", hypercall_update_descriptor(maddr + i * 8, 0), 0);
	TEST_EQUAL("code", hypercall_update_descriptor(maddr + KERNEL_CS, CODE_DPL0), 0);
	TEST_EQUAL("data", hypercall_update_descriptor(maddr + KERNEL_DS, DATA_DPL0), 0);
	TEST_CHECK(gdt[KERNEL_DS / 8] & 0xffff, "the page holds no descriptor");
	TEST_EQUAL("unaligned", hypercall_update_descriptor(maddr + 4, 0), -XEN_EINVAL);
	TEST_EQUAL("GDT that is writable", hypercall_set_gdt(&frame, GDT_ENTRIES), -XEN_EINVAL);
	TEST_EQUAL("read-only", set_page_prot(gdt, 0), 0);
	TEST_EQUAL("set_gdt", hypercall_set_gdt(&frame, GDT_ENTRIES), 0);
	TEST_EQUAL("set_gdt while it is the GDT", hypercall_set_gdt(&frame, GDT_ENTRIES), 0);
	/* And now that the CPU uses it. */
	TEST_EQUAL("per-cpu segment",
		   hypercall_update_descriptor(maddr + PERCPU_SEL,
					       with_base(DATA_DPL0, (uint32_t)&percpu_word)),
		   0);
	TEST_EQUAL("%fs:0", read_percpu(), percpu_word);
	TEST_CHECK(set_page_prot(gdt, PTE_RW) < 0, "the live GDT became writable");
}

/* One entry a call, naming the kernel's own segment as if it ran in ring 0. */
static void own_traps(void)
{
	for (unsigned int i = 0; i < SINGLE_GATES; i++) {
		unsigned int vector = i < 32 ? i : (i - 32) & 0xff;
		struct trap_info table[2] = {0};

		table[0].vector = (uint8_t)vector;
		table[0].flags = vector == VECTOR_SYSCALL || vector == VECTOR_BP ? 3 : 0;
		table[0].cs = KERNEL_CS;
		table[0].address = (unsigned long)trap_stubs + vector * STUB_SIZE;
		if (hypercall_set_trap_table(table))
			test_failure("trap %u was refused", vector);
	}
}

static void store_byte(void *arg)
{
	*(volatile char *)arg = 0;
}

static void wp_bit(void)
{
	char *page = mm_page_alloc();
	struct trap_result r;

	TEST_EQUAL("read-only", mm_set_readonly((unsigned long)page), 0);
	TEST_CHECK(trap_catch(store_byte, page, &r), "a read-only page was written");
	TEST_CHECK(r.vector == VECTOR_PF && r.error_code == 3 && r.cr2 == (uint32_t)page,
		   "trap %u, error %x, cr2 %lx", r.vector, r.error_code, r.cr2);
}

static void count_cpus(void)
{
	for (unsigned int i = 0; i < XEN_NR_CPUS; i++) {
		long rc = hypercall_vcpu_op(VCPUOP_is_up, i, NULL);

		if (i == 0)
			TEST_EQUAL("is_up of 0", rc, 1);
		else
			TEST_EQUAL("is_up of none", rc, -XEN_ENOENT);
	}
}

struct root {
	uint64_t *l3, *l2;
	unsigned long mfn;
};

/* The kernel's page directory, not shared but copied, under a new root. */
static struct root copy_root(const uint64_t *old_l3, const uint64_t *old_l2)
{
	struct root r = {.l3 = mm_page_alloc(), .l2 = mm_page_alloc()};

	memcpy(r.l2, old_l2, HOLE_INDEX * 8);
	memcpy(r.l3, old_l3, SLOT3 * 8);
	r.l3[SLOT3] = mm_make_entry(mm_virt_to_mfn((unsigned long)r.l2), PTE_P);
	r.mfn = mm_virt_to_mfn((unsigned long)r.l3);
	TEST_EQUAL("L2 read-only", set_page_prot(r.l2, 0), 0);
	TEST_EQUAL("L3 read-only", set_page_prot(r.l3, 0), 0);
	return r;
}

/* Data again, from one call to the next. */
static void reuse(void *table)
{
	TEST_EQUAL("a table as data", set_page_prot(table, PTE_RW | PTE_D), 0);
	mm_ext_op(MMUEXT_INVLPG_LOCAL, (unsigned long)table);
	memset(table, 0x5a, PAGE_SIZE);
}

static void own_tables(void)
{
	uint64_t *boot_l3 = (uint64_t *)start_info->pt_base;
	unsigned long l2_mfn = (mm_entry_maddr(0xc0000000, 2) & PTE_FRAME_MASK) >> 12;
	uint64_t *boot_l2 = (uint64_t *)mm_pfn_to_virt(mm_mfn_to_pfn(l2_mfn));
	struct root initial = copy_root(boot_l3, boot_l2), swapper;

	/* Unpin the live root, pin the new one, load it. */
	TEST_EQUAL("unpin the boot root",
		   mm_ext_op(MMUEXT_UNPIN_TABLE, mm_virt_to_mfn((unsigned long)boot_l3)), 0);
	TEST_EQUAL("pin", mm_ext_op(MMUEXT_PIN_L3_TABLE, initial.mfn), 0);
	TEST_EQUAL("double pin", mm_ext_op(MMUEXT_PIN_L3_TABLE, initial.mfn), -XEN_EINVAL);
	TEST_EQUAL("pin of a level that isn't", mm_ext_op(MMUEXT_PIN_L4_TABLE, initial.mfn), 0);
	TEST_EQUAL("load", mm_ext_op(MMUEXT_NEW_BASEPTR, initial.mfn), 0);
	hypercall_xen_version(XENVER_version, NULL);

	/* Load one that isn't pinned, pin it, unpin the old, and reuse that at once. */
	swapper = copy_root(initial.l3, initial.l2);
	TEST_EQUAL("load, not pinned", mm_ext_op(MMUEXT_NEW_BASEPTR, swapper.mfn), 0);
	TEST_EQUAL("pin the live root", mm_ext_op(MMUEXT_PIN_L3_TABLE, swapper.mfn), 0);
	TEST_EQUAL("unpin the old", mm_ext_op(MMUEXT_UNPIN_TABLE, initial.mfn), 0);
	reuse(initial.l3);
	reuse(initial.l2);
	TEST_EQUAL("unpin once more", mm_ext_op(MMUEXT_UNPIN_TABLE, initial.mfn), -XEN_EINVAL);
	TEST_EQUAL("flush", mm_ext_op(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
}

/* Linux's fixmap: a page-table entry by its machine address, then one INVLPG. */
static void map_shared_info(void)
{
	unsigned long va = (unsigned long)mm_page_alloc();
	volatile struct shared_info *again = (volatile struct shared_info *)va;

	TEST_EQUAL("entry", mm_update_entry(mm_entry_maddr(va, 1),
					    start_info->shared_info | PTE_BASE | PTE_RW), 0);
	TEST_EQUAL("INVLPG", mm_ext_op(MMUEXT_INVLPG_LOCAL, va), 0);
	again->arch.pfn_to_mfn_frame_list_list = 0x1234;
	TEST_EQUAL("shared_info", shared_info->arch.pfn_to_mfn_frame_list_list, 0x1234);
}

/* 1000 times another page, each seen only after its INVLPG. */
static void invlpg_storm(void)
{
	unsigned long va = (unsigned long)mm_page_alloc();
	uint32_t *page[2] = {mm_page_alloc(), mm_page_alloc()};
	uint64_t maddr = mm_entry_maddr(va, 1);

	*page[0] = 100;
	*page[1] = 101;
	for (unsigned int i = 0; i < 1000; i++) {
		unsigned long mfn = mm_virt_to_mfn((unsigned long)page[i & 1]);

		if (mm_update_entry(maddr, mm_make_entry(mfn, PTE_BASE)) ||
		    mm_ext_op(MMUEXT_INVLPG_LOCAL, va))
			test_failure("round %u was refused", i);
		if (READ_ONCE(*(uint32_t *)va) != 100 + (i & 1))
			test_failure("round %u shows the page of another", i);
	}
	TEST_EQUAL("INVLPG of ours", mm_ext_op(MMUEXT_INVLPG_LOCAL, 0xfc000000), 0);
}

static void on_timer(evtchn_port_t port, void *data)
{
	(void)port;
	*(bool *)data = true;
}

static void late_timer(void)
{
	struct vcpu_set_singleshot_timer op = {.timeout_abs_ns = 1};
	static bool fired;
	int port = event_bind_virq(VIRQ_TIMER);

	TEST_CHECK(port > 0, "VIRQ_TIMER: %d", port);
	event_set_handler((evtchn_port_t)port, on_timer, &fired);
	TEST_EQUAL("stop", hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	TEST_EQUAL("stop, idle", hypercall_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	TEST_EQUAL("in the past", hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, &op), 0);
	event_wait();
	TEST_CHECK(READ_ONCE(fired), "a deadline that has passed brought no event");
	op.flags = VCPU_SSHOTTMR_future;
	TEST_EQUAL("in the past, refused", hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, &op),
		   -XEN_ETIME);
}

void test_main(void)
{
	own_gdt();
	own_traps();
	wp_bit();
	count_cpus();
	own_tables();
	wp_bit();
	map_shared_info();
	invlpg_storm();
	late_timer();
}
