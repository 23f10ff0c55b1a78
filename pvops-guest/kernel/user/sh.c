// SPDX-License-Identifier: MIT
/*
 * sh NAME: the shell, the first process. Reads lines, runs built-in commands,
 * and otherwise the program of that name. When it ends, the machine does.
 */
#include "user/user.h"
#include "pvops-guest/lib/string.h"

#define LINE_SIZE 160

static void do_help(const char *args)
{
	(void)args;
	printf("help            this list\n"
	       "ps              processes: ticks used, pages touched\n"
	       "mem             memory\n");
	printf("traps           how often the kernel was entered, and why; what it asked for\n"
	       "ticks           timer ticks, uptime, context switches\n"
	       "echo WORDS      print them\n");
	printf("spin [SECONDS]  use the processor, in the background\n"
	       "touch [PAGES]   use memory, page fault by page fault\n"
	       "thread          find data by a segment, beside another process\n"
	       "hello           say hello from ring 3\n");
	printf("fault KIND      null ud priv gp div kmem fpu: kills a process\n"
	       "fault [kernel]  kills the whole kernel: a trap without a handler\n"
	       "kill PID        end a process\n");
	printf("exit            power off\n"
	       "reboot, crash   end the machine in other ways\n");
}

static void do_ps(const char *args)
{
	struct proc_info info;

	(void)args;
	printf("PID STATE     TICKS PAGES NAME\n");
	for (int i = 0; syscall2(SYS_PROC_INFO, i, (unsigned long)&info) == 0; i++)
		printf("%3u %-8s %6u %5u %s\n", info.pid, info.state, info.ticks, info.nr_pages,
		       info.name);
}

static void do_mem(const char *args)
{
	struct system_info info;

	(void)args;
	syscall1(SYS_INFO, (unsigned long)&info);
	printf("%u kB of memory, %u kB free\n", info.nr_frames * 4, info.nr_free_frames * 4);
}

static void do_traps(const char *args)
{
	struct counter_info info;

	(void)args;
	for (int i = 0; syscall2(SYS_COUNTER, i, (unsigned long)&info) == 0; i++)
		printf("%10u  %s\n", info.value, info.name);
}

static void do_ticks(const char *args)
{
	struct system_info info;

	(void)args;
	syscall1(SYS_INFO, (unsigned long)&info);
	printf("%u ticks, up %u.%03u s, %u context switches, on %s, kernel in ring %u\n",
	       info.ticks, info.uptime_ms / 1000, info.uptime_ms % 1000, info.switches,
	       info.platform, info.ring);
}

static void do_echo(const char *args)
{
	printf("%s\n", args);
}

/* Start a program; wait for it unless it is to run in the background. */
static void run(const char *name, const char *args, uint32_t flags)
{
	int pid = syscall3(SYS_SPAWN, (unsigned long)name, (unsigned long)args, flags);

	if (pid == ERR_NONE)
		printf("%s: no such command; try help\n", name);
	else if (pid < 0)
		printf("%s: cannot start it (error %d)\n", name, pid);
	else if (flags & SPAWN_DETACHED)
		printf("[%d]\n", pid);
	else
		syscall1(SYS_WAIT, pid);
}

static void do_spin(const char *args)
{
	run("spin", args, SPAWN_DETACHED);
}

static void do_fault(const char *args)
{
	if (*args && strcmp(args, "kernel") != 0)
		run("fault", args, 0);
	else
		syscall1(SYS_BREAK, 0);
}

static void do_kill(const char *args)
{
	if (syscall1(SYS_KILL, parse_number(args)) < 0)
		printf("kill: no process %s\n", args);
}

static void do_exit(const char *args)
{
	(void)args;
	printf("power off\n");
	syscall1(SYS_SHUTDOWN, 0);
}

static void do_reboot(const char *args)
{
	(void)args;
	syscall1(SYS_SHUTDOWN, 1);
}

static void do_crash(const char *args)
{
	(void)args;
	syscall1(SYS_SHUTDOWN, 2);
}

static const struct {
	const char *name;
	void (*run)(const char *args);
} commands[] = {
	{"help", do_help},   {"ps", do_ps},	{"mem", do_mem},       {"traps", do_traps},
	{"ticks", do_ticks}, {"echo", do_echo}, {"spin", do_spin},     {"fault", do_fault},
	{"kill", do_kill},   {"exit", do_exit}, {"reboot", do_reboot}, {"crash", do_crash},
};

/* Split `line` at the first blank and run what it asks for. */
static void interpret(char *line)
{
	char *args;

	while (*line == ' ')
		line++;
	if (!*line)
		return;
	args = strchr(line, ' ');
	if (args)
		*args++ = 0;
	else
		args = line + strlen(line);
	while (*args == ' ')
		args++;
	for (unsigned int i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(line, commands[i].name) == 0) {
			commands[i].run(args);
			return;
		}
	}
	run(line, args, 0);
}

int main(const char *args)
{
	char line[LINE_SIZE];

	printf("type help\n");
	for (;;) {
		int len;

		printf("%s$ ", args);
		len = syscall2(SYS_READ, (unsigned long)line, sizeof(line) - 1);
		if (len <= 0)
			return 1;
		if (line[len - 1] == '\n')
			len--;
		line[len] = 0;
		interpret(line);
	}
}
