/* SPDX-License-Identifier: MIT */
/*
 * The seam: what each width folder (hv/x86_32, hv/x86_64) gives the layers
 * above it. The linker chooses the width; nobody else asks for it.
 *
 * This part is what platform/ and mm/ may use; hv/x86/guest.h is the part
 * that knows vcpus.
 */
#ifndef X86_ARCH_H
#define X86_ARCH_H

#include "lib/types.h"
#include "x86/pte.h"

/*
 * [tour: widths 1] The seam. All that differs between the widths is declared
 * here and in guest.h, and exists once in hv/x86_32 and once in hv/x86_64,
 * under the same file names. Little other code knows which width it is in.
 */
/* ---- direct map: the low part of machine memory, always mapped ---- */

/* Bytes of machine memory, from 0, that directmap_va() reaches. */
extern const u64 directmap_bytes;
void *directmap_va(u64 maddr);
u64 directmap_maddr(const void *va);
static inline mfn_t va_to_mfn(const void *va)
{
	return MFN((unsigned long)(directmap_maddr(va) >> PAGE_SHIFT));
}

/* ---- windows: short-lived mappings of any frame, per CPU ---- */

/**
 * Map one frame and return its address; cached, so mapping a recently used
 * frame is cheap. Maps nest; at most 32 frames at once; unmap in any order.
 * Never NULL. Interrupts off.
 */
void *arch_map_frame(mfn_t mfn);
void arch_unmap_frame(const void *va);

/* ---- an address space without a guest ---- */

/* The gigabyte of it that is not the monitor's; the same on both widths. */
#define SCRATCH_START 0x40000000UL

/**
 * Load a root with nothing but our own mappings, and l2's, a table of 2 MiB
 * slots, at SCRATCH_START. No guest's memory is reached by its addresses until
 * arch_scratch_leave() loads again what was loaded before. Not nested.
 * @l2: below 4 GiB. Interrupts off; between the two calls they may be opened.
 */
void arch_scratch_enter(mfn_t l2);
void arch_scratch_leave(void);

/* ---- start, once each, from platform/start.c ---- */

/* Until arch_paging_init() machine memory is seen one to one, up to here. */
extern const u64 early_map_bytes;

/*
 * Frame table, machine-to-physical table and the final page tables, from
 * frames_alloc() and the early map; the one-to-one map is gone afterwards.
 */
void arch_paging_init(void);
/* GDT, IDT, TSS and control registers of this CPU. */
void arch_cpu_init(void);

/* ---- lasting mappings ---- */

/* Map device memory uncached, for ever. Boot time only. NULL if no room. */
void *arch_map_device(u64 maddr, size_t len_bytes);
/* Map a frame that the caller holds references of, until unmapped. NULL if no room. */
void *arch_map_lasting(mfn_t mfn);
void arch_unmap_lasting(const void *va);

/* ---- page tables ---- */

/* Write the monitor's own entries into a table of this type, or clear them. */
void arch_fill_monitor_slots(pte_t *table, unsigned int frame_type, bool clear);

/**
 * An entry of a root table changed. If it is the live root of this CPU its
 * shadow is rewritten and CR3 reloaded.
 */
void arch_root_changed(mfn_t root);

/* ---- TLB ---- */

/* Drop all non-global translations of this CPU: reload CR3. */
void arch_tlb_flush(void);
/* Drop one page's translation of this CPU. */
void arch_tlb_flush_page(unsigned long gva);

/* Open the interrupt window for an instant; see trap/irq.c for what may run. */
void arch_irq_window(void);
/* Open interrupts and halt until one has been served; returns with them closed. */
void arch_idle(void);

/* Whether [gva, gva + len) lies wholly in what a guest may own: canonical, no wrap. */
bool arch_guest_range_ok(unsigned long gva, size_t len_bytes);

/**
 * Copy with faults caught; returns bytes NOT copied. No range check here:
 * mm/copy.c is the only caller.
 */
size_t arch_copy_user(void *dst, const void *src, size_t n);

#endif
