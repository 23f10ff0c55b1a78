/* SPDX-License-Identifier: MIT */
/*
 * What the files of native/ offer each other and put into pv_ops_native.
 * The contracts are those of pv_ops.h.
 */
#ifndef NATIVE_NATIVE_H
#define NATIVE_NATIVE_H

#include "kern/trap.h"
#include "pv_ops.h"
#include "selectors.h"

/* exit.S */
void native_trap_return(void);

/* cpu.c */
void native_init_traps(const struct gate *gates, unsigned int nr);
void native_forget_traps(void);
void native_forbid_fpu(void);
void native_set_thread_base(unsigned long base);
void native_switch_context(unsigned long stack_top, const struct tables *tables);

/* irq.c */
void native_irq_init(void);
void native_irq_enable(void);
void native_irq_disable(void);
bool native_irq_save(void);
void native_irq_restore(bool were_enabled);
void native_irq_idle(void);
void native_irq_handle(unsigned int vector);
/* Let IRQ line `line` (0 to 15) call `handler`. */
void native_irq_register(unsigned int line, void (*handler)(void));

/* mmu.c */
mfn_t native_pfn_to_mfn(pfn_t pfn);
pfn_t native_mfn_to_pfn(mfn_t mfn);
pfn_t native_boot_root(void);
void native_set_pte(pte_t *slot, pte_t value);
void native_set_va(unsigned long va, pte_t value);
void native_table_ignore(pfn_t pfn);
void native_load_tables(const struct tables *tables);
void native_flush_tlb(void);
unsigned long native_fault_address(void);

/* time.c */
void native_time_init(void);
uint64_t native_now_ns(void);

/* console.c */
void native_console_init(void);
void native_console_write(const char *text, size_t len);
/* Start taking input by interrupt; from native_irq_init(). */
void native_console_listen(void);

/* power.c */
void native_shutdown(enum shutdown_kind kind) __attribute__((noreturn));

/* counters.c: how often each kind of privileged operation was executed. */
enum native_counter {
	COUNT_STORE_PTE,
	COUNT_LOAD_CR3,
	COUNT_INVLPG,
	COUNT_EOI,
	NR_NATIVE_COUNTERS,
};

extern uint32_t native_counters[NR_NATIVE_COUNTERS];
/* Register them with kern/counters.c. */
void native_init_counters(void);

/* start.c: from head.S with the loader's magic number and information structure. */
asmlinkage void native_start(uint32_t magic, uint32_t info) __attribute__((noreturn));

#endif
