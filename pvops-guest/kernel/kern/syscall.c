// SPDX-License-Identifier: MIT
/*
 * System calls: a table of functions, each of which checks its arguments
 * first. Called by trap.c; interface in abi.h.
 *
 * User pointers are used directly, after space_fill_range() has checked them
 * and made their pages present; nothing can take the pages away before the
 * process next sleeps.
 */
#include "kern/syscall.h"
#include "abi.h"
#include "kern/counters.h"
#include "kern/frames.h"
#include "kern/proc.h"
#include "kern/sched.h"
#include "kern/tty.h"
#include "pv_ops.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

#define WRITE_MAX 4096
#define HEAP_MAX  (64u << 20)

/* Check a pointer of the current process. 0 or an ERR_ number. */
static int check_user(const void *va, unsigned long len, bool write)
{
	return space_fill_range(&proc_current()->space, (unsigned long)va, len, write);
}

/*
 * Copy a string of the current process, at most size - 1 characters. The pages
 * are checked one by one, since its end is not known before.
 */
static int copy_user_string(char *to, unsigned long va, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (i == 0 || ((va + i) & ~PAGE_MASK) == 0) {
			int error = check_user((const void *)(va + i), 1, false);

			if (error)
				return error;
		}
		to[i] = *(const char *)(va + i);
		if (!to[i])
			return 0;
	}
	to[size - 1] = 0;
	return 0;
}

static int sys_exit(unsigned long code, unsigned long b, unsigned long c)
{
	(void)b, (void)c;
	proc_exit(code);
}

static int sys_write(unsigned long va, unsigned long len, unsigned long c)
{
	int error;

	(void)c;
	if (len > WRITE_MAX)
		len = WRITE_MAX;
	error = check_user((const void *)va, len, false);
	if (error)
		return error;
	pv_ops.console.write((const char *)va, len);
	return len;
}

static int sys_read(unsigned long va, unsigned long size, unsigned long c)
{
	int error = check_user((const void *)va, size, true);

	(void)c;
	return error ? error : (int)tty_read((char *)va, size);
}

static int sys_spawn(unsigned long name_va, unsigned long args_va, unsigned long flags)
{
	char name[PROC_NAME_MAX], args[PROC_ARGS_MAX];
	int error = copy_user_string(name, name_va, sizeof(name));

	if (!error)
		error = copy_user_string(args, args_va, sizeof(args));
	return error ? error : proc_spawn(name, args, flags);
}

static int sys_wait(unsigned long pid, unsigned long b, unsigned long c)
{
	(void)b, (void)c;
	return proc_wait(pid);
}

static int sys_kill(unsigned long pid, unsigned long b, unsigned long c)
{
	(void)b, (void)c;
	return proc_kill(pid);
}

static int sys_grow(unsigned long bytes, unsigned long b, unsigned long c)
{
	struct area *heap = proc_current()->heap;
	unsigned long old_end = heap->end;

	(void)b, (void)c;
	bytes = (bytes + PAGE_SIZE - 1) & PAGE_MASK;
	if (bytes > HEAP_MAX || old_end - heap->start > HEAP_MAX - bytes)
		return ERR_NO_MEMORY;
	heap->end += bytes;
	return old_end;
}

static int sys_yield(unsigned long a, unsigned long b, unsigned long c)
{
	(void)a, (void)b, (void)c;
	sched_switch();
	return 0;
}

static int sys_sleep(unsigned long ms, unsigned long b, unsigned long c)
{
	(void)b, (void)c;
	timer_sleep_ms(ms);
	return 0;
}

static int sys_proc_info(unsigned long index, unsigned long va, unsigned long c)
{
	struct proc_info *info = (struct proc_info *)va;
	const struct proc *proc = NULL;
	int error = check_user(info, sizeof(*info), true);

	(void)c;
	if (error)
		return error;
	for (unsigned int slot = 0; slot < NR_PROCS; slot++) {
		proc = proc_slot(slot);
		if (proc->state == PROC_UNUSED || proc->state == PROC_DEAD)
			continue;
		if (index-- == 0) {
			memset(info, 0, sizeof(*info));
			info->pid = proc->pid;
			memcpy(info->name, proc->name, sizeof(info->name));
			guest_snprintf(info->state, sizeof(info->state), "%s",
				       proc_state_name(proc));
			info->ticks = proc->ticks;
			info->nr_pages = proc->space.nr_pages;
			return 0;
		}
	}
	return ERR_NONE;
}

static int sys_info(unsigned long va, unsigned long b, unsigned long c)
{
	struct system_info *info = (struct system_info *)va;
	int error = check_user(info, sizeof(*info), true);

	(void)b, (void)c;
	if (error)
		return error;
	memset(info, 0, sizeof(*info));
	guest_snprintf(info->platform, sizeof(info->platform), "%s", pv_ops.platform);
	info->ring = current_ring();
	info->nr_frames = boot.nr_frames;
	info->nr_free_frames = frames_nr_free();
	info->ticks = timer_nr_ticks();
	info->switches = sched_nr_switches();
	info->uptime_ms = div64(pv_ops.time.now_ns() - boot.start_ns, 1000000);
	return 0;
}

static int sys_counter(unsigned long index, unsigned long va, unsigned long c)
{
	struct counter_info *info = (struct counter_info *)va;
	const char *name;
	int error = check_user(info, sizeof(*info), true);

	(void)c;
	if (error)
		return error;
	if (!counters_get(index, &name, &info->value))
		return ERR_NONE;
	guest_snprintf(info->name, sizeof(info->name), "%s", name);
	return 0;
}

static int sys_shutdown(unsigned long kind, unsigned long b, unsigned long c)
{
	(void)b, (void)c;
	if (kind > SHUTDOWN_KIND_CRASH)
		return ERR_INVALID;
	pv_ops.shutdown(kind);
}

static int sys_break(unsigned long a, unsigned long b, unsigned long c)
{
	(void)a, (void)b, (void)c;
	pv_ops.cpu.forget_traps();
	__asm__ volatile("ud2");
	return 0;
}

static int sys_set_base(unsigned long base, unsigned long b, unsigned long c)
{
	(void)b, (void)c;
	if (base >= USER_LIMIT)
		return ERR_INVALID;
	sched_set_thread_base(base);
	return 0;
}

typedef int syscall_fn(unsigned long a, unsigned long b, unsigned long c);

static syscall_fn *const syscalls[NR_SYSCALLS] = {
	[SYS_EXIT] = sys_exit,		 [SYS_WRITE] = sys_write, [SYS_READ] = sys_read,
	[SYS_SPAWN] = sys_spawn,	 [SYS_WAIT] = sys_wait,	  [SYS_KILL] = sys_kill,
	[SYS_GROW] = sys_grow,		 [SYS_YIELD] = sys_yield, [SYS_SLEEP] = sys_sleep,
	[SYS_PROC_INFO] = sys_proc_info, [SYS_INFO] = sys_info,	  [SYS_COUNTER] = sys_counter,
	[SYS_SHUTDOWN] = sys_shutdown,	 [SYS_BREAK] = sys_break, [SYS_SET_BASE] = sys_set_base,
};

void syscall_dispatch(struct regs *regs)
{
	int result = ERR_NO_CALL;

	if (regs->ax < NR_SYSCALLS)
		result = syscalls[regs->ax](regs_argument(regs, 0), regs_argument(regs, 1),
					    regs_argument(regs, 2));
	regs->ax = result;
}
