/* SPDX-License-Identifier: MIT */
/*
 * pv_ops: the one list of everything this kernel cannot do for itself.
 *
 * A kernel in ring 0 executes privileged instructions. The same kernel in
 * ring 1, under a monitor, must ask instead. Everything that differs between
 * the two goes through this table, and nothing else does: kern/ holds no
 * privileged instruction and no hypercall.
 *
 *     native/ops.c   pv_ops_native: cli, mov %cr3, lidt, in, out, hlt, ...
 *     xen/ops.c      pv_ops_xen:    shared memory, hypercalls, event channels
 *
 * The start code (native/start.c or xen/start.c) copies one of them into
 * pv_ops before kernel_main() runs; it never changes after that.
 *
 * Who calls it: all of kern/. The contexts below say what each side may rely
 * on; "irqs off" means pv_ops.irq.disable() has been called.
 */
#ifndef PV_OPS_H
#define PV_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kern/types.h"

struct gate;

/* The page tables of one address space, by their roots. */
struct tables {
	pfn_t root;
	pfn_t user_root;	/* loaded in user mode instead; PFN_NONE: the same */
};

/* How the machine should end. */
enum shutdown_kind {
	SHUTDOWN_KIND_POWEROFF,
	SHUTDOWN_KIND_REBOOT,
	SHUTDOWN_KIND_CRASH,
};

/* Interrupts. Bare: IF and the 8259. Xen: evtchn_upcall_mask and event channels. */
struct pv_irq_ops {
	/* Set up the interrupt sources; called once, irqs off, traps loaded. */
	void (*init)(void);
	void (*enable)(void);
	void (*disable)(void);
	/* Disable; returns whether they were enabled, for restore(). */
	bool (*save)(void);
	void (*restore)(bool were_enabled);
	/* Enable and sleep until one comes, without losing one in between; irqs off again after. */
	void (*idle)(void);
	/* Find out who interrupted and tell him; called from the trap path with irqs off. */
	void (*handle)(unsigned int vector);
};

/* The processor's trap and stack machinery. */
struct pv_cpu_ops {
	uint16_t user_cs, user_ds;	/* selectors for ring 3 */
	/* Install the `nr` gates. Bare: GDT, TSS, IDT. Xen: set_trap_table and callbacks. */
	void (*init_traps)(const struct gate *gates, unsigned int nr);
	/* Remove every handler: the next trap is the end. For the shell's `fault`. */
	void (*forget_traps)(void);
	/* Make the next floating-point instruction of a process trap. */
	void (*forbid_fpu)(void);
	/*
	 * Become another process: traps from ring 3 use the stack ending at
	 * `stack_top`, and addresses are translated by `tables`.
	 */
	void (*switch_context)(unsigned long stack_top, const struct tables *tables);
	/* Where a process finds its thread's data: the base of its gs (32-bit) or fs. */
	void (*set_thread_base)(unsigned long base);
};

/* Page tables. Bare: stores. Xen: the same stores, each checked by the monitor. */
struct pv_mmu_ops {
	/* Kernel and processes run in the same ring: a process needs a root without the kernel. */
	bool two_roots;
	/* The machine's number for our frame `pfn`, and back. */
	mfn_t (*pfn_to_mfn)(pfn_t pfn);
	pfn_t (*mfn_to_pfn)(mfn_t mfn);
	/* The root table that we were started on. */
	pfn_t (*boot_root)(void);
	/* Store `value` in `slot`, an entry of a table in use, seen through the direct map. */
	void (*set_pte)(pte_t *slot, pte_t value);
	/* Store the last-level entry for `va` in the current tables, and flush that address. */
	void (*set_va)(unsigned long va, pte_t value);
	/* Frame `pfn` is about to become a page table (so nobody may write it). */
	void (*table_protect)(pfn_t pfn);
	/* It no longer is one. */
	void (*table_release)(pfn_t pfn);
	/* Root `pfn` and all below are complete and stay valid, or are about to be taken apart. */
	void (*root_pin)(pfn_t pfn);
	void (*root_unpin)(pfn_t pfn);
	void (*load_tables)(const struct tables *tables);
	void (*flush_tlb)(void);
	/* The address that the last page fault was about. */
	unsigned long (*fault_address)(void);
};

/* Time. */
struct pv_time_ops {
	/* Start calling timer_tick() every TICK_NS. */
	void (*init)(void);
	/* Nanoseconds since some fixed moment before now; never runs backwards. */
	uint64_t (*now_ns)(void);
};

/* Text out; text in arrives by tty_input(). */
struct pv_console_ops {
	/* Called first of all, before traps and memory. */
	void (*init)(void);
	void (*write)(const char *text, size_t len);
};

struct pv_ops {
	/*
	 * Leave a trap: restore the struct regs at the top of the stack. Not a
	 * C function; entry.S jumps to it, and expects it in the first slot.
	 */
	void (*trap_return)(void);
	const char *platform;		/* for the banner */
	struct pv_irq_ops irq;
	struct pv_cpu_ops cpu;
	struct pv_mmu_ops mmu;
	struct pv_time_ops time;
	struct pv_console_ops console;
	/* End the machine (or the domain); does not return. */
	void (*shutdown)(enum shutdown_kind kind) __attribute__((noreturn));
};

_Static_assert(offsetof(struct pv_ops, trap_return) == 0, "entry.S jumps through slot 0");

extern struct pv_ops pv_ops;
extern const struct pv_ops pv_ops_native;
extern const struct pv_ops pv_ops_xen;

#endif
