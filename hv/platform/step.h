/* SPDX-License-Identifier: MIT */
/*
 * Stops for who watches in a debugger: the option step=, and the stop itself.
 *
 * Where something happens that can be watched, the code asks step_wants() and,
 * if so, says in one line what it is about to do and runs Bochs' magic
 * breakpoint. Elsewhere than in Bochs that is no operation, and the line stays.
 * A debugger may change `step` while the machine stands.
 */
#ifndef PLATFORM_STEP_H
#define PLATFORM_STEP_H

#include "lib/types.h"

/* The kinds of step=, in the order of their bits in step.kinds. */
#define STEP_KINDS(X)                                                                  \
	X(hypercall) X(fault) X(privop) X(ptwrite) X(bounce) X(irq) X(switch) X(event)

#define STEP_HYPERCALL (1u << 0) /* a guest calls the monitor */
#define STEP_FAULT (1u << 1)	 /* an exception of a guest that isn't one of the next two */
#define STEP_PRIVOP (1u << 2)	 /* a privileged instruction of a guest's kernel */
#define STEP_PTWRITE (1u << 3)	 /* a plain store to a page table */
#define STEP_BOUNCE (1u << 4)	 /* a frame is built on a guest's stack */
#define STEP_IRQ (1u << 5)	 /* a device interrupts */
#define STEP_SWITCH (1u << 6)	 /* another vcpu gets the CPU */
#define STEP_EVENT (1u << 7)	 /* an event is delivered */
/* No kind: a guest is about to do again what was announced (trap/step.c). */
#define STEP_AGAIN (1u << 31)

#define STEP_ANY_DOMAIN (~0u)

struct step {
	u32 kinds;	/* STEP_*; 0: no stops */
	u32 domain;	/* only where this one is concerned, or STEP_ANY_DOMAIN */
	u32 left;	/* stops until no more are made; 0: no end */
	u32 nr;		/* stops so far */
};
extern struct step step;

/**
 * Parse KIND[,KIND…][,dN][:COUNT] into *s; `all` is every kind.
 * Returns NULL, or where in value the first word stands that is none of these.
 */
const char *step_parse(const char *value, struct step *s) __must_check;

/* Whether to stop where something of that kind concerns that domain. */
static inline bool step_wants(u32 kind, unsigned int domid)
{
	return unlikely(step.kinds & kind) &&
	       (step.domain == STEP_ANY_DOMAIN || step.domain == domid);
}

/* Print "step N …" on every console, now, and count it. Interrupts off. */
void step_say(const char *format, ...) __printf(1, 2);
/* The magic breakpoint; a debugger without it breaks here by name. */
void step_break(void);
/* Both. */
#define step_stop(...)                 \
	do {                           \
		step_say(__VA_ARGS__); \
		step_break();          \
	} while (0)

#endif
