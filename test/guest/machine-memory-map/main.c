// SPDX-License-Identifier: MIT
/*
 * Claim: the initial domain learns the machine's memory map as the firmware
 * tells it, and how much memory it may have itself.
 * See: ABI 2.2, 6.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

#define MAX_ENTRIES 128
#define E820_RAM    1

struct e820_entry {
	uint64_t addr, size;
	uint32_t type;
} __attribute__((packed));

static struct e820_entry entries[MAX_ENTRIES];

static long get_map(unsigned int cmd, unsigned int room, unsigned int *nr)
{
	struct xen_memory_map map = {.nr_entries = room};
	long rc;

	memset(entries, 0, sizeof(entries));
	set_xen_guest_handle(map.buffer, entries);
	rc = hypercall_memory_op(cmd, &map);
	*nr = map.nr_entries;
	return rc;
}

static void check_machine(void)
{
	unsigned int nr, few;
	uint64_t ram = 0;
	bool bios = false;

	TEST_EQUAL("machine_memory_map", get_map(XENMEM_machine_memory_map, MAX_ENTRIES, &nr), 0);
	TEST_CHECK(nr >= 3 && nr < MAX_ENTRIES, "%u entries", nr);
	for (unsigned int i = 0; i < nr; i++) {
		TEST_CHECK(entries[i].size && entries[i].type, "entry %u is empty", i);
		if (entries[i].type == E820_RAM)
			ram += entries[i].size;
		else if (entries[i].addr <= 0xf0000 &&
			 entries[i].addr + entries[i].size >= 0x100000)
			bios = true;
	}
	TEST_CHECK(ram >> 20 >= 60, "%llu bytes of RAM", (unsigned long long)ram);
	TEST_CHECK(bios, "the BIOS isn't reserved");
	/* Never more than there is room for. */
	TEST_EQUAL("two entries", get_map(XENMEM_machine_memory_map, 2, &few), 0);
	TEST_CHECK(few == 2 && !entries[2].size, "%u entries in room for 2", few);
}

void test_main(void)
{
	struct xen_memory_map bad = {.nr_entries = 5};
	domid_t self = DOMID_SELF;
	unsigned int nr;

	check_machine();
	TEST_EQUAL("memory_map", get_map(XENMEM_memory_map, MAX_ENTRIES, &nr), 0);
	TEST_CHECK(nr == 1 && !entries[0].addr && entries[0].type == E820_RAM &&
			   entries[0].size >> 12 == start_info->nr_pages,
		   "own memory: %llx of type %u", (unsigned long long)entries[0].size,
		   entries[0].type);
	TEST_EQUAL("maximum_reservation", hypercall_memory_op(XENMEM_maximum_reservation, &self),
		   start_info->nr_pages);
	set_xen_guest_handle(bad.buffer, (void *)0xff000000);
	TEST_EQUAL("a buffer in the monitor",
		   hypercall_memory_op(XENMEM_machine_memory_map, &bad), -XEN_EFAULT);
	TEST_EQUAL("set_memory_map", hypercall_memory_op(XENMEM_set_memory_map, &bad),
		   -XEN_ENOSYS);
}
