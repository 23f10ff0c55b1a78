/* SPDX-License-Identifier: MIT */
/*
 * Windows: on this width all memory is in the direct map, so a look at a frame
 * maps nothing. Called by mm/ and platform/ through x86/arch.h.
 */
#include "x86/arch.h"

void *arch_map_frame(mfn_t mfn)
{
	return directmap_va(mfn_to_maddr(mfn).v);
}

void arch_unmap_frame(const void *va)
{
	(void)va;
}

void *arch_map_lasting(mfn_t mfn)
{
	return directmap_va(mfn_to_maddr(mfn).v);
}

void arch_unmap_lasting(const void *va)
{
	(void)va;
}
