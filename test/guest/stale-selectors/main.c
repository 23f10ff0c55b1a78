// SPDX-License-Identifier: MIT
/*
 * Claim: a selector that goes bad while it is loaded costs its guest a failsafe
 * callback, and the monitor nothing: neither on the way out, nor when a trap
 * nests in the monitor while the stale selector is still in FS or GS.
 * See: ABI 4.2, 4.8
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define NR	 512
#define SELECTOR (1 * 8 + KERNEL_RING)
#define FLAT	 0x00cfb3000000ffffull
#define NOWHERE	 0x40000000ul

static uint64_t gdt_maddr;
static xen_pfn_t gdt_frame;

static int set_descriptor(uint64_t value)
{
	return hypercall_update_descriptor(gdt_maddr + 8, value);
}

/* In 64 bits they are loaded again only when another domain has run. */
static void let_others_run(void)
{
	for (unsigned int i = 0; i < 8 && KERNEL_RING == 3; i++)
		sched_poll(NULL, 0, system_time_ns() + 2000000);
}

static void load_fs_gs(void)
{
	asm volatile("movl %0, %%fs; movl %0, %%gs" : : "r"(SELECTOR));
}

/* Each makes the selector bad; some have the monitor fault before it returns. */

static void clear_one(void *arg)
{
	(void)arg;
	load_fs_gs();
	set_descriptor(0);
	let_others_run();
}

static void drop_all(void *arg)
{
	(void)arg;
	load_fs_gs();
	hypercall_set_gdt(NULL, 0);
	let_others_run();
}

static void clear_and_fault(void *arg)
{
	struct multicall_entry calls[2] = {
		pv_update_descriptor_call(gdt_maddr + 8, 0),
		{.op = __HYPERVISOR_xen_version, .args = {XENVER_get_features, NOWHERE}},
	};

	(void)arg;
	load_fs_gs();
	hypercall_multicall(calls, 2);
	let_others_run();
}

static void clear_fs(void *arg)
{
	(void)arg;
	asm volatile("movl %0, %%fs; movl %1, %%gs" : : "r"(SELECTOR), "r"(0));
	set_descriptor(0);
	let_others_run();
}

static int set_ldt(unsigned long va)
{
	struct mmuext_op op = {.cmd = MMUEXT_SET_LDT, .arg1.linear_addr = va, .arg2.nr_ents = 512};

	return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

/* The same page serves as LDT; then the LDT lies where nothing is mapped. */
static void move_ldt(void *arg)
{
	TEST_EQUAL("set_ldt", set_ldt((unsigned long)arg), 0);
	asm volatile("movl %0, %%gs" : : "r"(SELECTOR | 4));
	TEST_EQUAL("set_ldt elsewhere", set_ldt(NOWHERE), 0);
	let_others_run();
}

static void clear_es(void *arg)
{
	(void)arg;
	asm volatile("movl %0, %%es" : : "r"(SELECTOR));
	set_descriptor(0);
	let_others_run();
}

static void clear_ds(void *arg)
{
	/* Through ds as it goes bad: the arguments are in registers. */
	(void)arg;
	asm volatile("movl %0, %%ds" : : "r"(SELECTOR));
	set_descriptor(0);
	let_others_run();
}

static uint64_t *gdt;

static void expect_failsafe(const char *what, void (*fn)(void *))
{
	struct trap_result r;

	TEST_EQUAL("set_gdt", hypercall_set_gdt(&gdt_frame, NR), 0);
	TEST_EQUAL("update_descriptor", set_descriptor(FLAT), 0);
	if (!trap_catch(fn, gdt, &r))
		test_failure("%s: no failsafe callback", what);
	else
		TEST_CHECK(r.vector == VECTOR_FAILSAFE, "%s: vector %x", what, r.vector);
}

void test_main(void)
{
	gdt = mm_page_alloc();
	gdt_frame = mm_virt_to_mfn((unsigned long)gdt);
	gdt_maddr = (uint64_t)gdt_frame << 12;
	TEST_EQUAL("making it read-only", mm_set_readonly((unsigned long)gdt), 0);
	expect_failsafe("a cleared descriptor", clear_one);
	expect_failsafe("a GDT taken away", drop_all);
	expect_failsafe("a fault in the same call", clear_and_fault);
	expect_failsafe("fs", clear_fs);
	expect_failsafe("gs in an LDT that moved", move_ldt);
	expect_failsafe("es", clear_es);
	expect_failsafe("ds", clear_ds);
}
