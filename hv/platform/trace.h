/* SPDX-License-Identifier: MIT */
/*
 * The trace ring: one fixed-size binary record for every crossing between a
 * guest and the monitor, and for what was done in between.
 *
 * Always compiled in. Counting an occurrence is one instruction, asking whether
 * it is to be recorded two (test, untaken branch); domain/trace.h has the hooks.
 *
 * Ring and record are laid out as public/trace.h has it, so that a tool which
 * knows Xen's trace buffers finds its way: a record is a struct t_rec with its
 * TSC and five words more, 32 bytes. Events are TRC_PV's subclass 4, which Xen
 * doesn't use: event = TRACE_EVENTS | kind << 8 | sub.
 */
#ifndef PLATFORM_TRACE_H
#define PLATFORM_TRACE_H

#include "lib/types.h"

#define TRACE_EVENTS 0x00204000u

/* Names of kinds: also those of trace=, in this order. sub: what kind of it. */
#define TRACE_KINDS(X)                                                            \
	X(TRAP, "trap")		  /* entry by an exception: sub vector */         \
	X(HYPERCALL, "hypercall") /* entry: sub number */                         \
	X(IRQ, "irq")		  /* entry by an interrupt: sub line */           \
	X(SYSCALL, "syscall")	  /* entry by SYSENTER (0) or SYSCALL (1) */      \
	X(EMULATE, "emulate")	  /* an instruction done: sub enum insn_kind */   \
	X(PTWRITE, "ptwrite")	  /* a store to a page table done */              \
	X(BOUNCE, "bounce")	  /* to the guest's handler: sub vector */        \
	X(CALLBACK, "callback")	  /* to a callback: sub enum trace_callback */    \
	X(EVENT, "event")	  /* made pending: sub enum trace_event */        \
	X(GRANT, "grant")	  /* sub enum trace_grant */                      \
	X(SWITCH, "switch")	  /* from one vcpu, or idle, to another */        \
	X(EXIT, "exit")		  /* to the guest */                              \
	X(DOMAIN, "domain")	  /* sub 0: made, 1: gone */

#define TRACE_KIND(name, text) TRACE_##name,
enum trace_kind { TRACE_KINDS(TRACE_KIND) NR_TRACE_KINDS };
#undef TRACE_KIND

/* Of TRACE_EMULATE, beside enum insn_kind. */
#define TRACE_EMU_FENCE 0xf0	/* LFENCE, MFENCE, SFENCE, on a CPU without SSE2 */
#define TRACE_EMU_SEGMENT 0xf1	/* an access to the other half of a 4 GiB segment */

enum trace_callback { TRACE_CB_EVENT, TRACE_CB_FAILSAFE, TRACE_CB_SYSENTER, TRACE_CB_SYSCALL };
enum trace_event { TRACE_EV_INTERDOMAIN, TRACE_EV_IPI, TRACE_EV_VIRQ, TRACE_EV_PIRQ };
enum trace_grant { TRACE_GR_MAP, TRACE_GR_UNMAP };

/* Who: whom a record is about. */
#define TRACE_WHO_DOM 0x0000ffffu
#define TRACE_WHO_VCPU_SHIFT 16	/* 6 bits */
#define TRACE_WHO_RING_SHIFT 22	/* 2 bits: CPL */
#define TRACE_WHO_ERROR_SHIFT 24 /* 7 bits: a page fault's error code */
#define TRACE_WHO_KERNEL 0x80000000u /* the guest's kernel, not its user */
#define TRACE_IDLE 0x7fffu	/* in place of a domain: nobody runs */

struct trace_rec {
	u32 header;	/* struct t_rec's bits */
	u32 tsc_lo, tsc_hi;
	u32 who;
	u32 arg[4];
};

/* The shared head of a ring: struct t_buf, records behind it. */
struct trace_shared {
	u32 cons, prod;	/* byte offsets modulo twice the data's size */
	struct trace_rec rec[];
};

/* One CPU's ring. That CPU alone writes, interrupts off: no lock. */
struct trace_ring {
	struct trace_shared *shared;	/* NULL: none */
	struct trace_rec *next;	/* to be written */
	struct trace_rec *end;	/* behind the last that it can hold */
	u32 prod;		/* position of next, modulo 2 * data_bytes */
	u32 data_bytes;		/* records and the pad behind the last */
	bool above_half;	/* and the reader knows */
	bool tell_reader;	/* raise VIRQ_TBUF */
	u64 nr_wrapped;		/* records in all turns before this one */
	u64 lost;		/* records overwritten unread */
};

/* Bit per kind: which are recorded. 0: tracing is off. */
extern u32 trace_mask;
/* How often each event occurred, recorded or not, but for TRACE_EXIT. */
extern u32 trace_counts[NR_TRACE_KINDS << 8];
extern struct trace_ring trace_ring;

/* ---- trace.c: the ring itself, also built for the host ---- */

/* Make a ring of memory, len_bytes (whole pages, zeroed). */
void trace_ring_init(struct trace_ring *t, void *memory, u32 len_bytes);
/*
 * Append a record: fill the one that claim returns, then publish. When none is
 * free the oldest goes, and is counted as lost. Interrupts off. The reader's
 * cons is only ever compared.
 */
struct trace_rec *trace_ring_claim(struct trace_ring *t);
void trace_ring_publish(struct trace_ring *t);
/* How many were ever written. */
u64 trace_ring_written(const struct trace_ring *t);
/* Stamp a record with the TSC and append it to this CPU's ring. */
void trace_write(u32 event, u32 who, unsigned long a, unsigned long b);
/* The same with all four words of two u64. */
void trace_write_words(u32 event, u32 who, u64 a, u64 b);

/* Count one, sub < 256; true if it is to be recorded. */
static inline bool trace_hit(enum trace_kind kind, unsigned int sub)
{
	trace_counts[((unsigned int)kind << 8) + sub]++;
	return unlikely(trace_mask & 1u << kind);
}

static inline u32 trace_event_id(enum trace_kind kind, unsigned int sub)
{
	return (TRACE_EVENTS | (u32)kind << 8) + sub;
}

/* ---- tracebuf.c: its memory, options, and what tools see ---- */

#define TRACE_INFO_MAGIC 0x54474e52u /* "RNGT" */
/* Behind Xen's t_info in its page, at the end: what our own tool reads. */
struct trace_info_tail {
	u32 magic;
	u32 width;		/* 32 or 64 */
	u32 tsc_khz;
	u32 mask;
	u64 written, lost;
	u64 start_tsc;
};

/* trace=KIND[,KIND…][,SIZE][,console]: allocate and start. After the heap is there. */
void trace_init(void);
/* -ENOMEM; -EINVAL: no size; -EBUSY: there is one already. Heap is there. */
int trace_set_size(u32 nr_pages) __must_check;
/* Start what trace_set_mask() chose, stop. -EINVAL: no buffer. */
int trace_enable(bool on) __must_check;
void trace_set_mask(u32 kinds);
/* The heap pages with Xen's t_info (NULL: none), and those it lists. */
void *trace_info(u32 *nr_pages);
void *trace_buffer(u32 *nr_pages);
/* Bring the tail up to date, and say on the console where all this lies. */
void trace_say(void);
u64 trace_start_tsc(void);	/* when the buffer was made */
/* tracedump.c: print the newest records, so many, as trace-head and trace-data lines. */
void trace_dump(u32 most);
/* Called by power_off(): stop, say, and print what registered below prints. */
void trace_end(void);
void trace_set_printer(void (*print)(void));
const char *trace_kind_name(unsigned int kind);

#endif
