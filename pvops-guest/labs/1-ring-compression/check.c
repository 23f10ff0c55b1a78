// SPDX-License-Identifier: MIT
/*
 * Lab 1, the check: the monitor is given each descriptor, and then the processor is
 * asked what it sees: its access rights by lar, its limit by lsl.
 */
#include "pvops-guest/labs/1-ring-compression/lab.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define NR_ENTRIES 16
#define SLOT	   9
#define SELECTOR   (SLOT * 8 + 1) /* for ring 1 */
#define ONE_BYTE   0x0040b20000000000ull /* data of ring 1; a base is to be added */

static uint64_t *gdt;
static uint64_t slot_maddr;

/* What a kernel for ring 0 has in its table, and what should become of it. */
static const struct {
	const char *name;
	uint64_t native;
	unsigned int dpl; /* 0: nothing at all */
	uint32_t limit; /* at least this, and below the monitor; 0: exactly as it was */
} cases[] = {
	{"kernel code, 4 GB", 0x00cf9a000000ffffull, 1, MONITOR_START - 4096},
	{"kernel data, 4 GB", 0x00cf92000000ffffull, 1, MONITOR_START - 4096},
	{"user code, 4 GB", 0x00cffa000000ffffull, 3, MONITOR_START - 4096},
	{"user data, 4 GB", 0x00cff2000000ffffull, 3, MONITOR_START - 4096},
	{"kernel data, 64 kB from 1 MB on", 0x004092100000ffffull, 1, 0},
	{"kernel data, 2 GB from 2 GB on", 0x80c792000000ffffull, 1, MONITOR_START - 4096},
	{"a TSS", 0x0000890100000067ull, 0, 0},
	{"a call gate into the kernel", 0xc0008c0000081000ull, 0, 0},
};

/* Access rights of what stands in the slot; 0 if it can't be looked at. */
static uint32_t rights_of_slot(void)
{
	uint32_t rights = 0;

	__asm__ volatile("larl %1, %0; jz 1f; xorl %0, %0; 1:"
			 : "=&r"(rights)
			 : "r"(SELECTOR)
			 : "cc", "memory");
	return rights;
}

static uint32_t limit_of_slot(void)
{
	uint32_t limit = 0;

	__asm__ volatile("lsll %1, %0; jz 1f; xorl %0, %0; 1:"
			 : "=&r"(limit)
			 : "r"(SELECTOR)
			 : "cc", "memory");
	return limit;
}

static uint32_t base_of(uint64_t d)
{
	return (d >> 16 & 0xffffff) | (uint32_t)(d >> 56) << 24;
}

static uint32_t limit_as_written(uint64_t d)
{
	return (d & 0xffff) | (d >> 32 & 0xf0000);
}

static void check(unsigned int i)
{
	uint64_t mine = compress(cases[i].native);
	uint32_t last, wanted = cases[i].limit;
	long error;

	if (!cases[i].dpl) {
		TEST_CHECK(!mine, "%s: this leads into ring 0, and is no segment", cases[i].name);
		return;
	}
	error = hypercall_update_descriptor(slot_maddr, mine);
	TEST_CHECK(!error, "%s: the monitor refuses it: %ld", cases[i].name, error);
	if (error)
		return;
	TEST_CHECK(gdt[SLOT] == mine, "%s: the monitor had to change it", cases[i].name);
	TEST_EQUAL("DPL that the processor sees", rights_of_slot() >> 13 & 3, cases[i].dpl);
	TEST_CHECK(base_of(mine) == base_of(cases[i].native), "%s: the base has changed",
		   cases[i].name);
	last = base_of(mine) + limit_of_slot();
	if (wanted)
		TEST_CHECK(last >= wanted && last < MONITOR_START, "%s: ends at %08x",
			   cases[i].name, last);
	else
		TEST_CHECK(limit_as_written(mine) == limit_as_written(cases[i].native),
			   "%s: the limit need not change", cases[i].name);
}

static void read_by_fs(void *arg)
{
	__asm__ volatile("movl %%fs:(%0), %%eax" : : "r"(arg) : "eax");
}

/* Does a read at gva through this descriptor trap? */
static bool read_traps(uint64_t descriptor, unsigned long gva)
{
	struct trap_result r;
	bool trapped;

	TEST_EQUAL("update_descriptor", hypercall_update_descriptor(slot_maddr, descriptor), 0);
	__asm__ volatile("movl %0, %%fs" : : "r"(SELECTOR));
	trapped = trap_catch(read_by_fs, (void *)gva, &r);
	__asm__ volatile("movl %0, %%fs" : : "r"(0));
	return trapped;
}

/* The proof, where the processor enforces limits: the monitor is out of reach. */
static void check_reach(void)
{
	uint64_t mine = compress(cases[1].native), base = (unsigned long)gdt;

	TEST_CHECK(!read_traps(mine, (unsigned long)&slot_maddr), "own memory can't be read by it");
	/* Behind the end of a segment, and yet mapped. */
	if (!read_traps(ONE_BYTE | (base & 0xffffff) << 16 | (base >> 24) << 56, 8)) {
		debug_printf("lab: this machine ignores limits, try EMU=bochs\n");
		return;
	}
	debug_printf("lab: this machine enforces limits\n");
	TEST_CHECK(read_traps(mine, MONITOR_START), "the monitor's memory can be read by it");
}

void test_main(void)
{
	xen_pfn_t frame;

	gdt = mm_page_alloc();
	frame = mm_virt_to_mfn((unsigned long)gdt);
	slot_maddr = ((uint64_t)frame << 12) + SLOT * sizeof(*gdt);
	TEST_EQUAL("making the table read-only", mm_set_readonly((unsigned long)gdt), 0);
	TEST_EQUAL("set_gdt", hypercall_set_gdt(&frame, NR_ENTRIES), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++)
		check(i);
	check_reach();
}
