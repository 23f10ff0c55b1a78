/* SPDX-License-Identifier: MIT */
/* PAE tables, for the oracle and the random test of hv/mm. See: ABI 3.1, 3.2 */
#include "mm_shape.h"

/* Bits 1, 2, 5, 6, 9-11 and the frame: no more, for a 32-bit guest. */
const u64 shape_bits = 0x000000fffffffe67ull, shape_forced;
const bool shape_root_copied = true;

unsigned int shape_slots(enum frame_type table)
{
	return table == FT_L3 ? 4 : 512;
}

enum frame_type shape_child(enum frame_type table, unsigned int slot)
{
	if (table == FT_L3)
		return slot == 3 ? FT_L2X : FT_L2;
	return table == FT_L1 ? FT_NONE : FT_L1;
}

bool shape_is_monitors(enum frame_type table, unsigned int slot)
{
	return table == FT_L2X && slot >= 428;
}

bool shape_is_mandatory(enum frame_type table, unsigned int slot)
{
	return table == FT_L3 && slot == 3;
}

/* Root, L2X, L2, two L1s. */
void shape_link_space(const mfn_t f[5], u32 (*below)(u32 limit))
{
	machine_page(f[0])[0] = entry(f[2], 0);
	machine_page(f[0])[1] = !below(4) ? entry(f[2], PTE_RW) : 0;
	machine_page(f[0])[3] = entry(f[1], PTE_US | PTE_A);
	machine_page(f[1])[below(428)] = entry(f[3], PTE_RW | PTE_US);
	machine_page(f[1])[428 + below(84)] = (u64)below(~0u) << 32 | below(~0u);
	machine_page(f[2])[0] = entry(f[4], PTE_RW | PTE_US);
	machine_page(f[2])[below(512)] = entry(f[3], PTE_RW | PTE_US);
}
