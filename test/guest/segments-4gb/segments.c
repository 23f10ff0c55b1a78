// SPDX-License-Identifier: MIT
/* The test's descriptor tables. */

#include "segments.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"

#define NR	  512
#define TYPE_DATA 0x93u
#define TYPE_CODE 0x9bu
#define DPL1	  0x20u
#define DPL3	  0x60u
#define PAGES	  8u
#define BITS32	  4u

uint8_t area[AREA_BYTES] __attribute__((aligned(4096)));

static uint64_t *gdt, *ldt;

static uint64_t descriptor(uint32_t limit20, unsigned int type, unsigned int flags)
{
	uint32_t base = (uint32_t)area + AREA_BASE;

	return (uint64_t)(base & 0xff000000) << 32 | (uint64_t)(base & 0xffffff) << 16 |
	       (uint64_t)(limit20 & 0xf0000) << 32 | (limit20 & 0xffff) | (uint64_t)type << 40 |
	       (uint64_t)flags << 52;
}

uint64_t segment_as_made(unsigned int index)
{
	switch (index) {
	case SEG_KERNEL:
	case SEG_OTHER:
		return descriptor(0xfffff, TYPE_DATA | DPL1, PAGES | BITS32);
	case SEG_USER:
		return descriptor(0xfffff, TYPE_DATA | DPL3, PAGES | BITS32);
	case SEG_SHORT:
		return descriptor(0xff, TYPE_DATA | DPL1, PAGES | BITS32);
	case SEG_BYTES:
		return descriptor(0xfffff, TYPE_DATA | DPL1, BITS32);
	case SEG_16BIT:
		return descriptor(0xfffff, TYPE_DATA | DPL1, PAGES);
	case SEG_CODE:
		return descriptor(0xfffff, TYPE_CODE | DPL1, PAGES | BITS32);
	default:
		return 0;
	}
}

uint64_t segment_read(unsigned int index)
{
	return READ_ONCE(gdt[index]);
}

int segment_write(unsigned int index, uint64_t desc)
{
	uint64_t maddr = (uint64_t)mm_virt_to_mfn((unsigned long)gdt) << PAGE_SHIFT;

	return hypercall_update_descriptor(maddr + index * 8, desc);
}

bool segments_init(void)
{
	struct mmuext_op op = {.cmd = MMUEXT_SET_LDT};
	xen_pfn_t frame;

	gdt = mm_page_alloc();
	ldt = mm_page_alloc();
	for (unsigned int i = 1; i < NR_SEGMENTS; i++)
		gdt[i] = ldt[i] = segment_as_made(i);
	frame = mm_virt_to_mfn((unsigned long)gdt);
	op.arg1.linear_addr = (unsigned long)ldt;
	op.arg2.nr_ents = NR;
	if (mm_set_readonly((unsigned long)gdt) || mm_set_readonly((unsigned long)ldt) ||
	    hypercall_set_gdt(&frame, NR) || hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF)) {
		test_error("no descriptor tables");
		return false;
	}
	return true;
}
