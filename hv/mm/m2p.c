/* SPDX-License-Identifier: MIT */
/*
 * The machine-to-physical table, which every guest may read: one word for
 * each machine frame, all ones where no guest frame is (ABI 1.2).
 */
#include "mm/internal.h"
#include "platform/platform.h"

void m2p_set(mfn_t mfn, pfn_t pfn)
{
	BUG_ON(mfn.v >= max_mfn);
	WRITE_ONCE(m2p_table[mfn.v], pfn.v);
}

pfn_t m2p_get(mfn_t mfn)
{
	return mfn.v < max_mfn ? PFN(READ_ONCE(m2p_table[mfn.v])) : INVALID_PFN;
}
