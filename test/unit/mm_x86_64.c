/* SPDX-License-Identifier: MIT */
/* 4-level tables, for the oracle and the random test of hv/mm. See: ABI 3.1, 3.2 */
#include "mm_shape.h"

/* As in 32 bits, and what software may use of 52-62, and NX. */
const u64 shape_bits = 0xfff000fffffffe67ull, shape_forced = PTE_US;
const bool shape_root_copied;

unsigned int shape_slots(enum frame_type table)
{
	(void)table;
	return 512;
}

enum frame_type shape_child(enum frame_type table, unsigned int slot)
{
	(void)slot;
	return table == FT_L4 ? FT_L3 : table == FT_L3 ? FT_L2 : table == FT_L2 ? FT_L1 : FT_NONE;
}

bool shape_is_monitors(enum frame_type table, unsigned int slot)
{
	return table == FT_L4 && slot >= 256 && slot < 272;
}

bool shape_is_mandatory(enum frame_type table, unsigned int slot)
{
	(void)table;
	(void)slot;
	return false;
}

/* L4, L3, L2, two L1s; one in a while the L2 also where it doesn't belong. */
void shape_link_space(const mfn_t f[5], u32 (*below)(u32 limit))
{
	machine_page(f[0])[0] = entry(f[1], PTE_RW);
	machine_page(f[0])[!below(2) ? below(256) : 272 + below(240)] = entry(f[1], PTE_US);
	machine_page(f[0])[256 + below(16)] = (u64)below(~0u) << 32 | below(~0u);
	if (!below(16))
		machine_page(f[0])[272 + below(240)] = entry(f[2], PTE_RW);
	machine_page(f[1])[0] = entry(f[2], PTE_RW | PTE_US);
	machine_page(f[1])[below(512)] = entry(f[2], PTE_A);
	machine_page(f[2])[0] = entry(f[4], PTE_RW | PTE_US);
	machine_page(f[2])[below(512)] = entry(f[3], PTE_RW | (!below(2) ? PTE_NX : 0));
}
