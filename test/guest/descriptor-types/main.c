// SPDX-License-Identifier: MIT
/*
 * Claim: of the 32 descriptor types only data and non-conforming code ever
 * stand present in a guest's table, whatever their DPL, and never with DPL 0;
 * by update_descriptor on a live table and by set_gdt alike.
 * See: ABI 4.8; SDM 3A 3.4.5, 3.5
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"

#define NR 32
#define SLOT 9
#define PRESENT 0x80u
#define TYPE_CODE 0x8u
#define TYPE_CONFORMING 0x4u
#define NOT_SYSTEM 0x10u

static uint64_t *gdt;
static uint64_t gdt_maddr;
static xen_pfn_t frame;

/* A small flat-based segment, or whatever the type makes of it. */
static uint64_t descriptor(unsigned int access)
{
	return 0x0040000000000fffull | (uint64_t)access << 40;
}

static bool allowed(unsigned int type)
{
	return (type & NOT_SYSTEM) &&
	       (type & (TYPE_CODE | TYPE_CONFORMING)) != (TYPE_CODE | TYPE_CONFORMING);
}

/* Access byte as the CPU shows it; 0 if the selector can't be looked at. */
static unsigned int access_of(unsigned int slot)
{
	uint32_t rights = 0;

	asm("larl %1, %0; jz 1f; xorl %0, %0; 1:"
	    : "=&r"(rights)
	    : "r"(slot * 8 + 1)
	    : "cc", "memory");
	return rights >> 8 & 0xff;
}

static void check_update(unsigned int type, unsigned int dpl)
{
	unsigned int access = type | dpl << 5, seen;
	long rc;

	TEST_EQUAL("clearing the slot", hypercall_update_descriptor(gdt_maddr + SLOT * 8, 0), 0);
	rc = hypercall_update_descriptor(gdt_maddr + SLOT * 8, descriptor(access | PRESENT));
	seen = access_of(SLOT);
	if (!allowed(type)) {
		TEST_CHECK(rc && !seen, "type %x DPL %u: result %ld, access %x", type, dpl, rc,
			   seen);
		return;
	}
	/* Expand-down segments may be refused for what they reach. */
	if (rc)
		TEST_CHECK(!(type & TYPE_CODE) && (type & TYPE_CONFORMING),
			   "type %x DPL %u was refused: %ld", type, dpl, rc);
	else
		TEST_CHECK((seen >> 5 & 3) >= 1, "type %x DPL %u: access %x", type, dpl, seen);
	/* Not present: any type may stand there. */
	TEST_EQUAL("an absent descriptor",
		   hypercall_update_descriptor(gdt_maddr + SLOT * 8, descriptor(access)), 0);
}

static void check_set_gdt(unsigned int type)
{
	long rc;

	TEST_EQUAL("no table", hypercall_set_gdt(NULL, 0), 0);
	TEST_EQUAL("writable", mm_set_writable((unsigned long)gdt), 0);
	memset(gdt, 0, PAGE_SIZE);
	gdt[SLOT] = descriptor(type | PRESENT);
	TEST_EQUAL("read-only", mm_set_readonly((unsigned long)gdt), 0);
	rc = hypercall_set_gdt(&frame, NR);
	if (!allowed(type))
		TEST_CHECK(rc, "set_gdt accepted type %x", type);
	else if (!rc)
		TEST_CHECK((access_of(SLOT) >> 5 & 3) >= 1, "set_gdt left DPL 0, type %x", type);
	else
		TEST_CHECK((type & TYPE_CONFORMING) && !(type & TYPE_CODE),
			   "set_gdt refused type %x", type);
}

void test_main(void)
{
	gdt = mm_page_alloc();
	frame = mm_virt_to_mfn((unsigned long)gdt);
	gdt_maddr = (uint64_t)frame << 12;
	TEST_EQUAL("read-only", mm_set_readonly((unsigned long)gdt), 0);
	TEST_EQUAL("set_gdt", hypercall_set_gdt(&frame, NR), 0);
	for (unsigned int type = 0; type < 32; type++)
		for (unsigned int dpl = 0; dpl < 4; dpl++)
			check_update(type, dpl);
	for (unsigned int type = 0; type < 32; type++)
		check_set_gdt(type);
}
