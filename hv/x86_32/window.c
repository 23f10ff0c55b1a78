/* SPDX-License-Identifier: MIT */
/*
 * Windows: short-lived mappings of any machine frame, 256 a CPU.
 *
 * A window keeps its frame after the unmap, so that the next look at the same
 * page table costs no TLB miss: frame n goes to window n mod 256 if that is
 * free, else to the next free one. Called by mm/ and platform/ through
 * x86/arch.h; interrupts off, windows belong to this CPU.
 */
#include "layout.h"
#include "lib/bug.h"
#include "mappings.h"
#include "regs.h"
#include "x86/arch.h"
#include "x86/cpu.h"

#define NR_WINDOWS 256
#define MAX_PROBES 64

static struct {
	u32 frame[NR_WINDOWS]; /* mfn + 1; 0: never used */
	u8 users[NR_WINDOWS];
} windows;

static void *window_va(unsigned int w)
{
	return (void *)(FIXMAP_CPU_START + (FIXMAP_WINDOW_PAGE + w) * PAGE_SIZE);
}

void *arch_map_frame(mfn_t mfn)
{
	unsigned int w = mfn.v % NR_WINDOWS;
	unsigned int probes;

	for (probes = 0; probes < MAX_PROBES; probes++, w = (w + 1) % NR_WINDOWS) {
		if (windows.frame[w] == mfn.v + 1)
			break;
		if (!windows.users[w]) {
			fixmap_set(FIXMAP_WINDOW_PAGE + w, pte_make(mfn, PTE_MONITOR_RW));
			invlpg(window_va(w));
			windows.frame[w] = mfn.v + 1;
			break;
		}
	}
	BUG_ON(probes == MAX_PROBES || windows.users[w] == 0xff);
	windows.users[w]++;
	return window_va(w);
}

void arch_unmap_frame(const void *va)
{
	unsigned int w = ((unsigned long)va - FIXMAP_CPU_START) / PAGE_SIZE - FIXMAP_WINDOW_PAGE;

	ASSERT(w < NR_WINDOWS && windows.users[w]);
	windows.users[w]--;
}
