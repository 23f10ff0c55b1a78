/* SPDX-License-Identifier: MIT */
/*
 * The monitor's part of the linear address space, 32-bit PAE. Also read by
 * the linker script and assembly.
 *
 *  F5800000  machine-to-physical table, read-only for guests   16 MiB
 *  F6800000  the same, writable for us   <- no guest segment reaches this far
 *  F7800000  frame table                                       64 MiB
 *  FB800000  4 KiB mappings: windows, per-CPU GDT/LDT, devices  8 MiB
 *  FC000000  direct map of machine memory 0-32 MiB             32 MiB
 *  FE000000  nothing
 */
#ifndef X86_32_LAYOUT_H
#define X86_32_LAYOUT_H

#define MONITOR_START 0xF5800000
#define M2P_RO_START 0xF5800000
#define M2P_RO_END 0xF6800000
#define GUEST_SEGMENT_LIMIT 0xF67FFFFF
#define M2P_RW_START 0xF6800000
#define FRAMETABLE_START 0xF7800000
#define FRAMETABLE_END 0xFB800000
#define FIXMAP_START 0xFB800000
#define FIXMAP_END 0xFC000000
#define DIRECTMAP_START 0xFC000000
#define DIRECTMAP_SIZE 0x02000000
#define DIRECTMAP_END 0xFE000000

/* The CPU's own 2 MiB of 4 KiB mappings, in pages from FIXMAP_CPU_START. */
#define FIXMAP_CPU_START FIXMAP_START
#define FIXMAP_GDT_PAGE 0	/* guest descriptors 0-13, ours 14 */
#define FIXMAP_GDT_OWN_PAGE 14
#define FIXMAP_LDT_PAGE 16	/* 16 pages */
#define GDT_VA (FIXMAP_CPU_START + FIXMAP_GDT_PAGE * 0x1000)
#define LDT_VA (FIXMAP_CPU_START + FIXMAP_LDT_PAGE * 0x1000)

/* The frame table and the M2P cover this many frames: 16 GiB. */
#define FRAMETABLE_MAX_FRAMES 0x400000

/* Reserved descriptors start at entry 7168, selector 0xE000 (ABI 1.5). */
#define SEL_RING0_CS 0xE008
#define SEL_RING0_DS 0xE010
#define SEL_RING1_CS 0xE019
#define SEL_RING1_DS 0xE021
#define SEL_RING3_CS 0xE02B
#define SEL_RING3_DS 0xE033
#define SEL_TSS 0xE040
#define SEL_LDT 0xE048
#define SEL_DF_TSS 0xE050

#endif
