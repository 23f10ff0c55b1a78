// SPDX-License-Identifier: MIT
/*
 * The life of a process: spawn, sleep, exit, wait.
 * Called by syscall.c, trap.c and tty.c; calls space.c, program.c and sched.c.
 */
#include "kern/proc.h"
#include "kern/frames.h"
#include "kern/panic.h"
#include "kern/program.h"
#include "kern/sched.h"
#include "pv_ops.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

/* Flags of a new process: interrupts on, and the bit that is always one. */
#define USER_FLAGS 0x202

static struct proc procs[NR_PROCS];
static struct proc *current = &procs[0];
static uint32_t last_pid;

struct proc *proc_slot(unsigned int index)
{
	return &procs[index];
}

struct proc *proc_current(void)
{
	return current;
}

void proc_set_current(struct proc *proc)
{
	current = proc;
}

void proc_init(void)
{
	guest_snprintf(current->name, sizeof(current->name), "idle");
	current->state = PROC_READY;
	current->space.tables.root = pv_ops.mmu.boot_root();
	current->space.tables.user_root = PFN_NONE;
}

/* Free what a dead process could not free itself: the stack it died on. */
static void collect_dead(void)
{
	for (unsigned int i = 0; i < NR_PROCS; i++) {
		struct proc *proc = &procs[i];

		if (proc->state == PROC_DEAD && proc != current) {
			frame_free(proc->stack);
			proc->state = PROC_UNUSED;
		}
	}
}

/* A free slot, with everything zero, or NULL. */
static struct proc *find_slot(void)
{
	collect_dead();
	for (unsigned int i = 1; i < NR_PROCS; i++) {
		if (procs[i].state == PROC_UNUSED) {
			memset(&procs[i], 0, sizeof(procs[i]));
			return &procs[i];
		}
	}
	return NULL;
}

/*
 * Lay out the kernel stack of `proc` as if it had just been interrupted in
 * ring 3 at the start of `program`, and then given way in sched_switch().
 */
static void prepare_stack(struct proc *proc, const struct loaded_program *program)
{
	uint8_t *top = (uint8_t *)pfn_to_va(proc->stack) + PAGE_SIZE;
	struct regs *regs = (struct regs *)top - 1;
	unsigned long *frame = (unsigned long *)regs;

	memset(regs, 0, sizeof(*regs));
	regs_start_user(regs, pv_ops.cpu.user_ds, program->args);
	regs->ss = pv_ops.cpu.user_ds;
	regs->cs = pv_ops.cpu.user_cs;
	regs->ip = program->entry;
	regs->sp = program->stack_top;
	regs->flags = USER_FLAGS;

	*--frame = (unsigned long)trap_first_return;
	for (int i = 0; i < NR_SWITCH_REGS; i++)
		*--frame = 0;
	proc->saved_sp = (unsigned long)frame;
}

int proc_spawn(const char *name, const char *args, uint32_t flags)
{
	struct proc *proc = find_slot();
	struct loaded_program program;
	int error;

	if (!proc)
		return ERR_TOO_BIG;
	proc->stack = frame_alloc();
	if (proc->stack == PFN_NONE)
		return ERR_NO_MEMORY;
	error = space_create(&proc->space);
	if (error)
		goto free_stack;
	error = program_load(&proc->space, name, args, &program);
	if (error)
		goto free_space;

	proc->heap = program.heap;
	proc->pid = ++last_pid;
	proc->parent = current->pid;
	proc->detached = flags & SPAWN_DETACHED;
	guest_snprintf(proc->name, sizeof(proc->name), "%s", name);
	prepare_stack(proc, &program);
	proc->state = PROC_READY;
	return proc->pid;

free_space:
	space_destroy(&proc->space);
free_stack:
	frame_free(proc->stack);
	return error;
}

/* The children of a dying process become nobody's: they vanish when they end. */
static void disown_children(uint32_t pid)
{
	for (unsigned int i = 1; i < NR_PROCS; i++) {
		if (procs[i].state == PROC_UNUSED || procs[i].parent != pid)
			continue;
		procs[i].detached = true;
		if (procs[i].state == PROC_ZOMBIE)
			procs[i].state = PROC_DEAD;
	}
}

void proc_exit(int code)
{
	struct proc *proc = current;

	if (proc->pid == INIT_PID) {
		kprintf("the shell has ended\n");
		pv_ops.shutdown(SHUTDOWN_KIND_POWEROFF);
	}
	/* Leave the tables before taking them apart. */
	pv_ops.mmu.load_tables(&procs[0].space.tables);
	space_destroy(&proc->space);
	disown_children(proc->pid);
	proc->exit_code = code;
	proc->state = proc->detached ? PROC_DEAD : PROC_ZOMBIE;
	proc_wake(proc);
	sched_switch();
	panic("a dead process runs");
}

/* The live or ended process with this pid, or NULL. */
static struct proc *find_pid(uint32_t pid)
{
	for (unsigned int i = 1; i < NR_PROCS; i++)
		if (procs[i].pid == pid && procs[i].state != PROC_UNUSED &&
		    procs[i].state != PROC_DEAD)
			return &procs[i];
	return NULL;
}

int proc_wait(uint32_t pid)
{
	struct proc *child = find_pid(pid);

	if (!child || child->parent != current->pid || child->detached)
		return ERR_NONE;
	while (child->state != PROC_ZOMBIE && !current->killed)
		proc_block(child);
	if (current->killed)
		return ERR_NONE;
	child->state = PROC_DEAD;
	return child->exit_code;
}

int proc_kill(uint32_t pid)
{
	struct proc *proc = find_pid(pid);

	if (!proc || proc->state == PROC_ZOMBIE)
		return ERR_NONE;
	proc->killed = true;
	proc->state = PROC_READY;
	return 0;
}

void proc_block(const void *wait)
{
	if (current->killed)
		return;
	current->wait = wait;
	current->state = PROC_BLOCKED;
	sched_switch();
}

void proc_wake(const void *wait)
{
	for (unsigned int i = 1; i < NR_PROCS; i++)
		if (procs[i].state == PROC_BLOCKED && procs[i].wait == wait)
			procs[i].state = PROC_READY;
}

const char *proc_state_name(const struct proc *proc)
{
	switch (proc->state) {
	case PROC_READY:
		return proc == current ? "running" : "ready";
	case PROC_BLOCKED:
		return "sleeping";
	default:
		return "ended";
	}
}
