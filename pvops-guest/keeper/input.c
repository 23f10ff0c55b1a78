// SPDX-License-Identifier: MIT
/*
 * What is typed, and who gets it. Called by the main loop.
 *
 * Ctrl-a three times moves the focus: first domain, second, …, the monitor,
 * first domain. With the monitor in focus keys are its debug keys, and a colon
 * begins a line for keeper itself (command.h).
 */

#include "pvops-guest/keeper/command.h"
#include "pvops-guest/keeper/home.h"
#include "pvops-guest/keeper/keeper.h"
#include "pvops-guest/lib/hypercall.h"

#define CTRL_A	     1
#define SWITCH_COUNT 3

/* 0: the monitor. */
static domid_t focus;
/* The domain that had the focus ended, and there was no other: the next gets it. */
static bool orphaned;
/* Ctrl-a's typed in a row and held back. */
static unsigned int held;
/* The line for keeper that is being typed; a longer one is no command. */
static struct {
	bool begun;
	unsigned int len;
	char text[COMMAND_MAX];
} command_line;

static void announce(void)
{
	if (focus)
		keeper_log("input to d%u", focus);
	else
		keeper_log("input to monitor");
}

void input_init(void)
{
	struct guest *first = domains_next(0);

	focus = first ? first->domid : 0;
}

static void move_focus(void)
{
	struct guest *next = domains_next(focus);

	/* After the last domain comes the monitor, and after it the first. */
	focus = next ? next->domid : 0;
	orphaned = false;
	command_line.begun = false;
	announce();
}

void input_domain_ended(domid_t domid)
{
	struct guest *next;

	if (domid != focus)
		return;
	next = domains_next(domid);
	if (!next)
		next = domains_next(0);
	focus = next ? next->domid : 0;
	orphaned = !next;
	if (next)
		announce();
}

void input_domain_came(domid_t domid)
{
	if (!orphaned)
		return;
	orphaned = false;
	focus = domid;
	announce();
}

static void debug_key(char c)
{
	struct xen_sysctl op = {
		.cmd = XEN_SYSCTL_debug_keys,
		.interface_version = XEN_SYSCTL_INTERFACE_VERSION,
		.u.debug_keys.nr_keys = 1,
	};

	if (c <= ' ' || c > '~')
		return;
	set_xen_guest_handle(op.u.debug_keys.keys, &c);
	hypercall_sysctl(&op);
}

static void run_command(const char *text)
{
	struct command command;
	const char *wrong = command_parse(text, &command);
	struct guest *guest = wrong ? NULL : domains_find(command.domid);

	if (wrong) {
		keeper_log("%s", wrong);
	} else if (!guest || guest->state != GUEST_LIVE) {
		keeper_log("there is no d%u", command.domid);
	} else {
		home_set(&store, command.domid, command.key, command.value);
		keeper_log("d%u: %s is %s", command.domid, command.key, command.value);
	}
}

/* True if the byte belongs to a line for keeper. */
static bool command_byte(char c)
{
	if (!command_line.begun) {
		command_line.begun = c == ':';
		command_line.len = 0;
		return command_line.begun;
	}
	if (c == '\r' || c == '\n') {
		command_line.begun = false;
		command_line.text[command_line.len] = '\0';
		run_command(command_line.text);
	} else if (command_line.len < COMMAND_MAX - 1) {
		command_line.text[command_line.len++] = c;
	}
	return true;
}

static void deliver(char c)
{
	struct guest *guest = focus ? domains_find(focus) : NULL;

	if (!focus) {
		if (!command_byte(c))
			debug_key(c);
	} else if (guest && guest->state == GUEST_LIVE) {
		rings_input(guest, c);
		guest->kicked = true;
	}
}

static void take_byte(char c)
{
	if (c == CTRL_A) {
		if (++held == SWITCH_COUNT) {
			held = 0;
			move_focus();
		}
		return;
	}
	/* Fewer than three were meant for the domain after all. */
	for (; held; held--)
		deliver(CTRL_A);
	deliver(c);
}

void input_read(void)
{
	char text[64];
	long len;

	do {
		len = hypercall_console_io(CONSOLEIO_read, sizeof(text), text);
		for (long i = 0; i < len && i < (long)sizeof(text); i++)
			take_byte(text[i]);
	} while (len == sizeof(text));
}
