// SPDX-License-Identifier: MIT
/*
 * Claim: a GDT is accepted only if no writable mapping of it exists and every
 * descriptor is harmless; no segment that can be loaded reaches the monitor.
 * See: ABI 4.8; SDM 3A 3.4.5, 5.3
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define NR	      512
#define MONITOR_START 0xf6800000ul

static uint64_t *gdt;
static uint64_t gdt_maddr;

static uint64_t descriptor(uint32_t base, uint32_t limit20, unsigned int type, unsigned int flags)
{
	return (uint64_t)(base & 0xff000000) << 32 | (uint64_t)(base & 0xffffff) << 16 |
	       (uint64_t)(limit20 & 0xf0000) << 32 | (limit20 & 0xffff) | (uint64_t)type << 40 |
	       (uint64_t)flags << 52;
}

static int put(unsigned int index, uint64_t value)
{
	return hypercall_update_descriptor(gdt_maddr + index * 8, value);
}

/* The limit the CPU sees, 0 if the selector can't be used. */
static uint32_t limit_of(unsigned int index)
{
	uint32_t limit = 0;

	asm volatile("lsll %1, %0; jz 1f; xorl %0, %0; 1:"
		     : "=&r"(limit)
		     : "r"(index * 8 + 1)
		     : "cc", "memory");
	return limit;
}

static void load_fs(void *arg)
{
	/* Not left there: it would go bad when the descriptor changes. */
	asm volatile("movl %0, %%fs; movl %1, %%fs" : : "r"(*(uint32_t *)arg), "r"(0));
}

static bool loads(unsigned int index)
{
	uint32_t selector = index * 8 + 1;
	struct trap_result r;

	return !trap_catch(load_fs, &selector, &r);
}

static void check_refused(void)
{
	/* 32-bit call gate to the monitor, TSS, LDT, interrupt and task gates. */
	static const uint8_t system_types[] = {0x89, 0xe9, 0x8b, 0x82, 0xe2,
					       0xee, 0x8e, 0xe5, 0x85};

	for (unsigned int i = 0; i < ARRAY_SIZE(system_types); i++)
		TEST_CHECK(put(9, descriptor(0, 0xffff, system_types[i], 0)),
			   "system descriptor of type %x was accepted", system_types[i]);
	if (KERNEL_RING == 1)
		TEST_CHECK(put(9, descriptor(0, 0xfffff, 0xfb, 0xa)) || limit_of(9) == 0 ||
				   !loads(9),
			   "a 64-bit code segment was accepted");
}

static void check_limits(void)
{
	/* base, limit, type, flags; every one wants to reach the monitor. */
	static const struct {
		uint32_t base, limit;
		uint8_t type, flags;
	} tries[] = {
		{0, 0xfffff, 0xb3, 0xc}, /* flat, by pages */
		{0, 0xfffff, 0x93, 0xc}, /* the same with DPL 0 */
		{0xf6800000, 0xff, 0xb3, 0xc}, /* starts there */
		{0xf0000000, 0xfffff, 0xb3, 0xc}, /* wraps around */
		{0xffffffff, 0xfffff, 0xb3, 0xc}, /* by one byte */
		{0xf67fffff, 1, 0xb3, 0x4}, /* its second byte does */
		{0, 0, 0xb7, 0xc}, /* expand down: all above the limit */
		{0x10000000, 0x10, 0xb7, 0x4}, /* expand down, wrapping */
		{0, 0, 0xb7, 0x0}, /* expand down, 16 bits */
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(tries); i++) {
		uint64_t base = tries[i].base, first = base, last;
		uint32_t limit;

		if (put(10, descriptor(base, tries[i].limit, tries[i].type, tries[i].flags)) ||
		    !loads(10))
			continue;
		limit = limit_of(10);
		last = base + limit;
		if ((tries[i].type & 0xc) == 4) {
			/* Expand-down: everything behind the limit. */
			first = base + limit + 1ull;
			last = base + (tries[i].flags & 4 ? 0xffffffff : 0xffff);
			if (first > last)
				continue;
		}
		/* What lies wholly past the wrap begins at zero again. */
		if (first >> 32)
			last -= 1ull << 32;
		TEST_CHECK(last < MONITOR_START, "segment %u reaches %llx, limit %x", i,
			   (unsigned long long)last, limit);
	}
}

void test_main(void)
{
	xen_pfn_t frame;

	gdt = mm_page_alloc();
	frame = mm_virt_to_mfn((unsigned long)gdt);
	gdt_maddr = (uint64_t)frame << 12;
	gdt[1] = descriptor(0, 0xfffff, 0x93, 0xc);
	TEST_CHECK(hypercall_set_gdt(&frame, NR), "a writable GDT was accepted");
	TEST_EQUAL("making it read-only", mm_set_readonly((unsigned long)gdt), 0);
	TEST_EQUAL("set_gdt", hypercall_set_gdt(&frame, NR), 0);
	TEST_CHECK(mm_set_writable((unsigned long)gdt), "a live GDT can be made writable");
	TEST_CHECK(loads(1), "selector 9 doesn't load");
	check_refused();
	/* In 64 bits a limit keeps nobody from anything. */
	if (KERNEL_RING == 1) {
		TEST_CHECK(limit_of(1) == MONITOR_START - 1, "set_gdt left limit %x", limit_of(1));
		check_limits();
	}
	TEST_CHECK(hypercall_set_gdt(&frame, 8000), "8000 entries were accepted");
	TEST_EQUAL("set_gdt to none", hypercall_set_gdt(NULL, 0), 0);
	TEST_EQUAL("making it writable again", mm_set_writable((unsigned long)gdt), 0);
	gdt[0] = 0x8900000000ffffull;
	gdt[1] = 0x0000890000000067ull;
	TEST_EQUAL("read-only again", mm_set_readonly((unsigned long)gdt), 0);
	TEST_CHECK(hypercall_set_gdt(&frame, NR), "a GDT with a TSS was accepted");
}
