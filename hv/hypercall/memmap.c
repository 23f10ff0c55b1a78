/* SPDX-License-Identifier: MIT */
/*
 * What memory looks like: a guest's own, which is one piece, and the machine's
 * as the firmware tells it, for its owner. ABI 2.2, 6.1. Called by memory.c.
 */
#include "hypercall/memory.h"

#define E820_RAM 1

/* An entry as firmware writes it: 20 bytes, no padding. */
struct e820_entry {
	u64 addr, size_bytes;
	u32 type;
} __packed;

_Static_assert(sizeof(struct e820_entry) == 20, "ABI: E820 entries");

/* Put entry number map->nr_entries and count it; 0, also if there is no room. */
static int put_entry(struct xen_memory_map *map, unsigned int room, const struct e820_entry *e)
{
	if (map->nr_entries >= room)
		return 0;
	if (copy_to_guest(hc_handle_gva(map->buffer) + map->nr_entries * sizeof(*e), e,
			  sizeof(*e)))
		return -EFAULT;
	map->nr_entries++;
	return 0;
}

long memory_map_own(unsigned long gva)
{
	struct e820_entry all = {
		.size_bytes = (u64)current_domain()->mm.max_frames << PAGE_SHIFT,
		.type = E820_RAM,
	};
	struct xen_memory_map map;
	unsigned int room;

	if (hc_copy_in(&map, gva))
		return -EFAULT;
	room = map.nr_entries;
	map.nr_entries = 0;
	if (put_entry(&map, room, &all))
		return -EFAULT;
	return hc_copy_out(gva, &map);
}

/* The monitor's own memory, and other domains', are RAM here: as on Xen. */
long memory_map_machine(unsigned long gva)
{
	struct xen_memory_map map;
	unsigned int room;

	if (!current_domain()->privileged)
		return -EPERM;
	if (hc_copy_in(&map, gva))
		return -EFAULT;
	room = map.nr_entries;
	map.nr_entries = 0;
	for (unsigned int i = 0; i < boot_info.nr_regions; i++) {
		const struct boot_region *r = &boot_info.regions[i];
		struct e820_entry e = { r->start, r->end - r->start, r->type };

		if (r->end > r->start && put_entry(&map, room, &e))
			return -EFAULT;
	}
	return hc_copy_out(gva, &map);
}
