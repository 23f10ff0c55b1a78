/* SPDX-License-Identifier: MIT */
/*
 * The monitor's part of the linear address space, 64-bit: root slots 256-271.
 * Also read by the linker script and assembly.
 *
 *  FFFF800000000000  slot 256  machine-to-physical table, read-only for guests
 *  FFFF808000000000  slot 257  the same, writable for us
 *  FFFF810000000000  slot 258  frame table
 *  FFFF818000000000  slot 259  4 KiB mappings: per-CPU GDT and LDT, devices
 *  FFFF820000000000  slot 260  direct map of machine memory; the image lies in it
 *  FFFF828000000000  slots 261-271: nothing
 *
 * Guests own slots 0-255 and 272-511. ABI 1.2.
 *
 * [tour: widths 2] Segments have no limits in 64-bit mode, so ring 1 can't be
 * kept out of here: to page tables it is as privileged as ring 0. A guest's
 * kernel is therefore in ring 3, and these slots are supervisor's.
 */
#ifndef X86_64_LAYOUT_H
#define X86_64_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_ADDRESS(x) x
#else
#define LAYOUT_ADDRESS(x) x##UL
#endif

#define MONITOR_FIRST_SLOT 256
#define MONITOR_END_SLOT 272

/* Guests' addresses: [0, GUEST_LOW_END) and [MONITOR_END, 2^64). */
#define GUEST_LOW_END LAYOUT_ADDRESS(0x0000800000000000)
#define MONITOR_START LAYOUT_ADDRESS(0xffff800000000000)
#define MONITOR_END LAYOUT_ADDRESS(0xffff880000000000)

#define M2P_RO_START LAYOUT_ADDRESS(0xffff800000000000)
#define M2P_RO_END LAYOUT_ADDRESS(0xffff800040000000)
#define M2P_RW_START LAYOUT_ADDRESS(0xffff808000000000)
#define FRAMETABLE_START LAYOUT_ADDRESS(0xffff810000000000)
#define FIXMAP_START LAYOUT_ADDRESS(0xffff818000000000)
#define DIRECTMAP_START LAYOUT_ADDRESS(0xffff820000000000)
#define DIRECTMAP_END LAYOUT_ADDRESS(0xffff828000000000)

/* The CPU's own 2 MiB of 4 KiB mappings, in pages from FIXMAP_CPU_START. */
#define FIXMAP_CPU_START FIXMAP_START
#define FIXMAP_GDT_PAGE 0	/* guest descriptors 0-13, ours 14 */
#define FIXMAP_GDT_OWN_PAGE 14
#define FIXMAP_LDT_PAGE 16	/* 16 pages */
#define GDT_VA (FIXMAP_CPU_START + FIXMAP_GDT_PAGE * 0x1000)
#define LDT_VA (FIXMAP_CPU_START + FIXMAP_LDT_PAGE * 0x1000)

/* The frame table and the M2P cover this many frames: 128 GiB. */
#define FRAMETABLE_MAX_FRAMES LAYOUT_ADDRESS(0x2000000)

/* Reserved descriptors start at entry 7168, selector 0xE000 (ABI 1.5). */
#define SEL_RING0_CS 0xE008
#define SEL_RING0_DS 0xE010
#define SEL_RING3_CS32 0xE023
#define SEL_RING3_DS 0xE02B
#define SEL_RING3_CS64 0xE033
#define SEL_TSS 0xE040 /* takes two entries, as does the next */
#define SEL_LDT 0xE050

#endif
