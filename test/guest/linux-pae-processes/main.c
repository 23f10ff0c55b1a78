// SPDX-License-Identifier: MIT
/*
 * Claim: a process's page tables, made, pinned, used, changed and taken apart
 * the way a PAE Linux does it: in batches, entry by entry, and by stores.
 * See: ABI 2.2, 3.4, 3.5, 3.6, 3.7, 3.8
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include <xen/errno.h>

#define USER_VA	   0x40000000ul
#define USER_SLOT3 1
#define SLOT3	   3
#define HOLE_INDEX ((HYPERVISOR_VIRT_START >> 21) & 511)
#define USER_PTE   (PTE_P | PTE_RW | PTE_US | PTE_A)
#define BATCH	   16
#define ROUNDS	   20

/* A process: four tables of its own, and two pages. */
struct process {
	uint64_t *l3, *l2, *l2_kernel, *l1;
	uint32_t *page, *other;
};

static struct multicall_entry batch[BATCH];
static struct mmuext_op ops[BATCH];
static unsigned int nr_calls;
static unsigned long kernel_root;

static unsigned long mfn_of(const void *page)
{
	return mm_virt_to_mfn((unsigned long)page);
}

/* ---- batches, as xen_mc_entry() and xen_mc_issue() ---- */

static void queue_protect(void *page, uint64_t flags)
{
	struct multicall_entry *e = &batch[nr_calls++];

	e->op = __HYPERVISOR_update_va_mapping;
	e->args[0] = (unsigned long)page;
	e->args[1] = (unsigned long)mm_make_entry(mfn_of(page), flags | PTE_BASE);
	e->args[2] = (unsigned long)(mm_make_entry(mfn_of(page), 0) >> 32);
	e->args[3] = UVMF_NONE;
}

static void queue_ext(unsigned int cmd, unsigned long mfn)
{
	struct multicall_entry *e = &batch[nr_calls];

	ops[nr_calls] = (struct mmuext_op){.cmd = cmd, .arg1.mfn = mfn};
	e->op = __HYPERVISOR_mmuext_op;
	e->args[0] = (unsigned long)&ops[nr_calls];
	e->args[1] = 1;
	e->args[2] = 0;
	e->args[3] = DOMID_SELF;
	nr_calls++;
}

static void issue(const char *what)
{
	TEST_EQUAL(what, hypercall_multicall(batch, nr_calls), 0);
	for (unsigned int i = 0; i < nr_calls; i++)
		if (batch[i].result)
			test_failure("%s: entry %u of the batch gives %ld", what, i,
				     (long)batch[i].result);
	nr_calls = 0;
}

/* ---- a process's life ---- */

static void make(struct process *p)
{
	const uint64_t *boot_l3 = (const uint64_t *)start_info->pt_base;
	unsigned long boot_l2 = (boot_l3[SLOT3] & PTE_FRAME_MASK) >> 12;

	p->l3 = mm_page_alloc();
	p->l2 = mm_page_alloc();
	p->l2_kernel = mm_page_alloc();
	p->l1 = mm_page_alloc();
	p->page = mm_page_alloc();
	p->other = mm_page_alloc();
	memcpy(p->l2_kernel, (void *)mm_pfn_to_virt(mm_mfn_to_pfn(boot_l2)), HOLE_INDEX * 8);
	p->l3[USER_SLOT3] = mm_make_entry(mfn_of(p->l2), PTE_P);
	p->l3[SLOT3] = mm_make_entry(mfn_of(p->l2_kernel), PTE_P);
	p->l2[0] = mm_make_entry(mfn_of(p->l1), USER_PTE);
	/* Not yet a table: ordinary memory, by call as well as by store. */
	TEST_EQUAL("entry of a page that is no table yet",
		   mm_update_entry((uint64_t)mfn_of(p->l1) << 12,
				   mm_make_entry(mfn_of(p->page), USER_PTE)), 0);
	*p->page = 1;
	*p->other = 2;
}

static void pin(struct process *p)
{
	queue_protect(p->l1, 0);
	queue_ext(MMUEXT_PIN_L1_TABLE, mfn_of(p->l1));
	queue_protect(p->l2, 0);
	queue_protect(p->l2_kernel, 0);
	queue_protect(p->l3, 0);
	queue_ext(MMUEXT_PIN_L3_TABLE, mfn_of(p->l3));
	issue("pin");
}

/* The frames are data again within the very batch that unpins them. */
static void unpin(struct process *p)
{
	queue_ext(MMUEXT_UNPIN_TABLE, mfn_of(p->l3));
	queue_ext(MMUEXT_UNPIN_TABLE, mfn_of(p->l1));
	queue_protect(p->l1, PTE_RW | PTE_D);
	queue_protect(p->l2, PTE_RW | PTE_D);
	queue_protect(p->l2_kernel, PTE_RW | PTE_D);
	queue_protect(p->l3, PTE_RW | PTE_D);
	issue("unpin");
	mm_ext_op(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

static void release(struct process *p)
{
	mm_page_free(p->l3);
	mm_page_free(p->l2);
	mm_page_free(p->l2_kernel);
	mm_page_free(p->l1);
	mm_page_free(p->page);
	mm_page_free(p->other);
}

/* A context switch: stack, then root, in one batch. */
static void switch_to(unsigned long root_mfn)
{
	struct multicall_entry *e = &batch[nr_calls++];

	e->op = __HYPERVISOR_stack_switch;
	e->args[0] = FLAT_KERNEL_DS;
	e->args[1] = (unsigned long)&e;
	queue_ext(MMUEXT_NEW_BASEPTR, root_mfn);
	issue("switch");
}

/* ---- what happens to entries ---- */

static uint64_t entry_maddr(const struct process *p, unsigned int slot)
{
	return ((uint64_t)mfn_of(p->l1) << 12) + slot * 8;
}

static long update(uint64_t maddr, unsigned int cmd, uint64_t val)
{
	struct mmu_update u = {.ptr = maddr | cmd, .val = val};

	return hypercall_mmu_update(&u, 1, NULL, DOMID_SELF);
}

/* Accessed and dirty bits that the CPU sets are not lost by a change of others. */
static void check_preserve_ad(const struct process *p)
{
	volatile uint64_t *entry = &p->l1[1];
	uint64_t bare = mm_make_entry(mfn_of(p->other), PTE_P | PTE_RW | PTE_US);

	TEST_EQUAL("new entry", update(entry_maddr(p, 1), MMU_NORMAL_PT_UPDATE, bare), 0);
	*(volatile uint32_t *)(USER_VA + PAGE_SIZE) = 3;
	TEST_CHECK(*entry & PTE_D, "the CPU set no dirty bit");
	TEST_EQUAL("preserve", update(entry_maddr(p, 1), MMU_PT_UPDATE_PRESERVE_AD,
				      bare & ~PTE_RW), 0);
	TEST_CHECK(*entry == ((bare & ~PTE_RW) | PTE_A | PTE_D), "the entry is %llx",
		   (unsigned long long)*entry);
	TEST_EQUAL("plain", update(entry_maddr(p, 1), MMU_NORMAL_PT_UPDATE, bare), 0);
	TEST_CHECK(*entry == bare, "the entry is %llx", (unsigned long long)*entry);
	TEST_EQUAL("clear", update(entry_maddr(p, 1), MMU_NORMAL_PT_UPDATE, 0), 0);
	mm_ext_op(MMUEXT_INVLPG_LOCAL, USER_VA + PAGE_SIZE);
}

static void cmpxchg8b(volatile uint64_t *entry, uint64_t val)
{
	uint64_t old = *entry;
	bool done;

	asm volatile("lock; cmpxchg8b %1; sete %0"
		     : "=q"(done), "+m"(*entry), "+A"(old)
		     : "b"((uint32_t)val), "c"((uint32_t)(val >> 32))
		     : "cc");
	TEST_CHECK(done, "cmpxchg8b didn't store");
}

/* ptep_get_and_clear(), ptep_set_wrprotect(), and a new entry in two halves. */
static void check_stores(const struct process *p)
{
	volatile uint64_t *entry = &p->l1[0];
	uint64_t was = *entry;
	struct trap_result r;

	asm volatile("lock; andb $0xfd, %0" : "+m"(*(volatile uint8_t *)entry) : : "cc");
	mm_ext_op(MMUEXT_INVLPG_LOCAL, USER_VA);
	TEST_CHECK(!probe_write32(USER_VA, 9, &r) && r.error_code == 3, "still writable");
	cmpxchg8b(entry, 0);
	mm_ext_op(MMUEXT_INVLPG_LOCAL, USER_VA);
	TEST_CHECK(!probe_write32(USER_VA, 9, &r) && r.error_code == 2, "still present");
	((volatile uint32_t *)entry)[1] = (uint32_t)(was >> 32);
	barrier();
	((volatile uint32_t *)entry)[0] = (uint32_t)was;
	TEST_CHECK(probe_write32(USER_VA, 9, &r), "two halves make no entry");
	TEST_EQUAL("the page", *p->page, 9);
	asm volatile("lock; btrl $6, %0" : "+m"(*(volatile uint32_t *)entry) : : "cc");
	TEST_CHECK(!(*entry & PTE_D), "the dirty bit is still there");
}

/*
 * xen_alloc_pte() and xen_release_pte(): a leaf table comes to a live address
 * space and leaves it; it is data again as soon as it is unpinned.
 */
static void check_leaf_table(const struct process *p)
{
	uint64_t *l1 = mm_page_alloc(), l2_maddr = ((uint64_t)mfn_of(p->l2) << 12) + 8;
	unsigned long va = USER_VA + (1 << 21);
	struct trap_result r;

	l1[0] = mm_make_entry(mfn_of(p->other), USER_PTE);
	queue_protect(l1, 0);
	queue_ext(MMUEXT_PIN_L1_TABLE, mfn_of(l1));
	issue("pin a leaf table");
	TEST_EQUAL("its entry", update(l2_maddr, MMU_NORMAL_PT_UPDATE,
				       mm_make_entry(mfn_of(l1), USER_PTE)), 0);
	TEST_CHECK(probe_write32(va, 7, &r) && *p->other == 7, "no page under the new table");
	TEST_EQUAL("no entry", update(l2_maddr, MMU_NORMAL_PT_UPDATE, 0), 0);
	queue_ext(MMUEXT_UNPIN_TABLE, mfn_of(l1));
	queue_protect(l1, PTE_RW | PTE_D);
	issue("unpin a leaf table");
	mm_ext_op(MMUEXT_INVLPG_LOCAL, (unsigned long)l1);
	/* Whatever it says now, nobody looks there any more. */
	memset(l1, 0x67, PAGE_SIZE);
	TEST_CHECK(!probe_read32(va, (uint32_t *)l1, &r) && r.error_code == 0,
		   "a page under a table that is none");
	mm_page_free(l1);
}

/* One call changes what isn't loaded: the entries of another process. */
static void check_from_elsewhere(const struct process *p)
{
	struct mmu_update u[3];
	unsigned int done = 99;

	for (unsigned int i = 0; i < 3; i++)
		u[i] = (struct mmu_update){
			.ptr = entry_maddr(p, 8 + i),
			.val = mm_make_entry(mfn_of(i == 1 ? (void *)p->l2 : p->other), USER_PTE)};
	/* The second maps a table writable: the first stays, the third isn't done. */
	TEST_CHECK(hypercall_mmu_update(u, 3, &done, DOMID_SELF) < 0, "a table became writable");
	TEST_EQUAL("updates done", done, 1);
	TEST_CHECK(p->l1[8] && !p->l1[9] && !p->l1[10], "other entries than the first changed");
	TEST_EQUAL("clear", update(entry_maddr(p, 8), MMU_NORMAL_PT_UPDATE, 0), 0);
}

static void live(struct process *p)
{
	struct trap_result r;
	uint32_t word = 0;

	pin(p);
	switch_to(mfn_of(p->l3));
	TEST_CHECK(probe_read32(USER_VA, &word, &r) && word == 1, "the user's page holds %x", word);
	check_preserve_ad(p);
	check_stores(p);
	check_leaf_table(p);
	TEST_EQUAL("update_va_mapping of a user's page",
		   hypercall_update_va_mapping(USER_VA, mm_make_entry(mfn_of(p->other), USER_PTE),
					       UVMF_TLB_FLUSH | UVMF_ALL), 0);
	TEST_CHECK(probe_read32(USER_VA, &word, &r), "the other page isn't there");
	TEST_EQUAL("no L1 there", hypercall_update_va_mapping(0x60000000, 0, UVMF_NONE),
		   -XEN_EINVAL);
	switch_to(kernel_root);
	TEST_CHECK(!probe_read32(USER_VA, &word, &r), "a user's page after the switch");
	check_from_elsewhere(p);
	unpin(p);
}

void test_main(void)
{
	struct process p;

	kernel_root = mm_virt_to_mfn(start_info->pt_base);
	if (hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables))
		test_error("no writable page tables");
	for (unsigned int i = 0; i < ROUNDS; i++) {
		make(&p);
		live(&p);
		release(&p);
	}
}
