/* SPDX-License-Identifier: MIT */
/*
 * Processes: a name, an address space, a kernel stack, a state.
 *
 * All of it is touched with irqs off only; the kernel itself is never
 * preempted, it gives way in sched_switch().
 */
#ifndef KERN_PROC_H
#define KERN_PROC_H

#include "abi.h"
#include "kern/space.h"
#include "kern/trap.h"

#define NR_PROCS 24
#define INIT_PID 1	/* the shell; the machine ends with it */

enum proc_state {
	PROC_UNUSED,
	PROC_READY,	/* runs, or could */
	PROC_BLOCKED,	/* until proc_wake(wait) or killed */
	PROC_ZOMBIE,	/* ended; kept for whoever waits for the exit code */
	PROC_DEAD,	/* ended; its slot is free as soon as another runs */
};

struct proc {
	uint32_t pid;		/* 0 is the idle loop */
	char name[PROC_NAME_MAX];
	enum proc_state state;
	uint32_t parent;
	bool detached;		/* see SPAWN_DETACHED */
	bool killed;		/* dies before it next returns to ring 3 */
	int exit_code;
	const void *wait;	/* what a blocked process waits for: any address */
	uint32_t ticks;		/* timer ticks that found it running */
	pfn_t stack;		/* its kernel stack, one frame */
	unsigned long saved_sp;	/* where switch_stacks() left it */
	struct space space;
	struct area *heap;
	unsigned long thread_base; /* SYS_SET_BASE */
};

/* Slot `index` of the process table, 0 to NR_PROCS - 1. */
struct proc *proc_slot(unsigned int index);

/* The process that runs now. */
struct proc *proc_current(void);

/* For sched.c: make `proc` the current one. */
void proc_set_current(struct proc *proc);

/* Turn the boot context into process 0, the idle loop. Once. */
void proc_init(void);

/*
 * Start program `name` with argument string `args`. Returns its pid, ERR_NONE
 * if there is no such program, ERR_NO_MEMORY, or ERR_TOO_BIG: no free slot. irqs off.
 */
int proc_spawn(const char *name, const char *args, uint32_t flags);

/* End the current process; does not return. irqs off. */
void proc_exit(int code) __attribute__((noreturn));

/* Wait for child `pid` to end and return its exit code; ERR_NONE: no such child. */
int proc_wait(uint32_t pid);

/* Kill `pid`; ERR_NONE if there is no such process. irqs off. */
int proc_kill(uint32_t pid);

/* Sleep until proc_wake(wait), which may come early, or until killed. irqs off. */
void proc_block(const void *wait);

/* Wake whoever sleeps for `wait`. irqs off. */
void proc_wake(const void *wait);

/* Name of a state, for ps. */
const char *proc_state_name(const struct proc *proc);

#endif
