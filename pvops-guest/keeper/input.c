// SPDX-License-Identifier: MIT
/*
 * What is typed, and who gets it. Called by the main loop.
 *
 * Ctrl-a three times moves the focus: first domain, second, …, the monitor,
 * first domain. With the monitor in focus keys are its debug keys.
 */

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

static void deliver(char c)
{
	struct guest *guest = focus ? domains_find(focus) : NULL;

	if (!focus) {
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
