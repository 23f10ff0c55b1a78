// SPDX-License-Identifier: MIT
/*
 * The kernel's start, after native/start.c or xen/start.c has filled pv_ops and
 * boot: bring up each part, then start the shell and become the idle loop.
 */
#include "kern/main.h"
#include "kern/frames.h"
#include "kern/kmap.h"
#include "kern/panic.h"
#include "kern/proc.h"
#include "kern/sched.h"
#include "kern/trap.h"
#include "pv_ops.h"
#include "pvops-guest/lib/string.h"

struct pv_ops pv_ops;
struct boot_info boot;

/* Find option `key` (which ends in '=') on the command line and copy its value. */
static void find_option(const char *key, char *value, size_t size)
{
	size_t key_len = strlen(key), len = 0;
	const char *at = boot.cmdline;

	while (*at && strncmp(at, key, key_len) != 0) {
		at = strchr(at, ' ');
		if (!at)
			return;
		at++;
	}
	if (!*at)
		return;
	at += key_len;
	while (at[len] && at[len] != ' ' && len < size - 1)
		len++;
	memcpy(value, at, len);
	value[len] = 0;
}

/* Say hello, and where we are. */
static void print_banner(void)
{
	kprintf("pvops-guest: a teaching kernel, on %s, in ring %u\n", pv_ops.platform,
		current_ring());
}

void kernel_main(void)
{
	char name[32] = "guest";
	int pid;

	pv_ops.console.init();
	print_banner();
	trap_init_counters();
	pv_ops.cpu.init_traps(trap_gates, trap_nr_gates);
	/* Nobody saves floating-point registers here, so nobody may use them. */
	pv_ops.cpu.forbid_fpu();
	frames_init();
	kmap_init();
	kprintf("memory: %u kB, %u kB free\n", boot.nr_frames * 4, frames_nr_free() * 4);
	proc_init();
	pv_ops.irq.init();
	pv_ops.time.init();
	boot.start_ns = pv_ops.time.now_ns();

	find_option("name=", name, sizeof(name));
	pid = proc_spawn("sh", name, SPAWN_DETACHED);
	if (pid != INIT_PID)
		panic("cannot start the shell: error %d", pid);
	sched_idle();
}
