/* SPDX-License-Identifier: MIT */
/*
 * Lab 2: what lab.c has to provide.
 */
#ifndef LAB_H
#define LAB_H

/* Let no event interrupt this kernel, and let them again. */
void irq_disable(void);
void irq_enable(void);

/*
 * irq_save - disable, and say how it was before, in any form that irq_restore
 * understands. irq_restore - make it so again; they may be nested.
 */
unsigned long irq_save(void);
void irq_restore(unsigned long saved);

#endif
