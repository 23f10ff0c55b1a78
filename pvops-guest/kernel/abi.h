/* SPDX-License-Identifier: MIT */
/*
 * What this kernel and its programs agree on: system calls and their structs.
 *
 * A system call carries its number, up to three arguments, and back a result,
 * negative for an error, in registers: user/ARCH/user_call.h. Both kern/ and
 * user/ include this file.
 */
#ifndef KERNEL_ABI_H
#define KERNEL_ABI_H

#include <stdint.h>

enum {
	SYS_EXIT,	/* (code) */
	SYS_WRITE,	/* (text, length): to the console */
	SYS_READ,	/* (buffer, size): one line, with its newline; sleeps */
	SYS_SPAWN,	/* (program name, argument string, SPAWN_ flags): pid */
	SYS_WAIT,	/* (pid): its exit code; sleeps */
	SYS_KILL,	/* (pid) */
	SYS_GROW,	/* (bytes): old end of the heap */
	SYS_YIELD,	/* () */
	SYS_SLEEP,	/* (milliseconds) */
	SYS_PROC_INFO,	/* (index, struct proc_info *): 0, or ERR_NONE after the last */
	SYS_INFO,	/* (struct system_info *) */
	SYS_COUNTER,	/* (index, struct counter_info *): 0, or ERR_NONE after the last */
	SYS_SHUTDOWN,	/* (SHUTDOWN_ kind): poweroff, reboot or crash the machine */
	SYS_BREAK,	/* (): the kernel drops its trap handlers and traps; the end of it */
	SYS_SET_BASE,	/* (address): where the thread's own data begin; see user_call.h */
	NR_SYSCALLS,
};

enum {
	ERR_NONE = -2,		/* no such thing */
	ERR_TOO_BIG = -7,	/* too many of them */
	ERR_NO_MEMORY = -12,
	ERR_FAULT = -14,	/* bad pointer */
	ERR_INVALID = -22,	/* bad argument */
	ERR_NO_CALL = -38,	/* no such system call */
};

/* Nobody will wait for the new process: it vanishes when it ends. */
#define SPAWN_DETACHED 1

/* Exit code of a killed process. */
#define PROC_EXIT_KILLED (-1)

#define PROC_NAME_MAX 12
#define PROC_ARGS_MAX 128

struct proc_info {
	uint32_t pid;
	char name[PROC_NAME_MAX];
	char state[PROC_NAME_MAX];
	uint32_t ticks;		/* timer ticks that found it running */
	uint32_t nr_pages;	/* frames it has touched so far */
};

struct system_info {
	char platform[32];
	uint32_t ring;		/* the kernel's */
	uint32_t nr_frames;
	uint32_t nr_free_frames;
	uint32_t ticks;		/* timer ticks since boot */
	uint32_t switches;	/* context switches since boot */
	uint32_t uptime_ms;
};

struct counter_info {
	char name[32];
	uint32_t value;
};

#endif
