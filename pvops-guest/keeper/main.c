// SPDX-License-Identifier: MIT
/*
 * keeper: the default initial domain. Serves the consoles and the xenstore of
 * all other domains, and powers the machine off when the last has ended.
 *
 * One loop: wait for an event, do all work there is, wait again.
 */

#include "pvops-guest/keeper/ata.h"
#include "pvops-guest/keeper/home.h"
#include "pvops-guest/keeper/keeper.h"
#include "pvops-guest/keeper/vbd.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/printf.h"

/* Enough for every domain's quotas of nodes, transactions, watches, events: much of it pointers. */
#define STORE_BYTES (5u * 1024 * 1024 / 4 * sizeof(long))
#define RETRY_NS    50000000ull /* look again for a domain that takes time to die */

struct console console = {.write = debug_write};
struct store store;

static char store_arena[STORE_BYTES] __attribute__((aligned(8)));
static bool typed, domains_changed;

void keeper_log(const char *fmt, ...)
{
	char text[MAX_KEEPER_TEXT];
	va_list args;

	va_start(args, fmt);
	guest_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	console_own_line(&console, text);
}

static void on_flag(evtchn_port_t port, void *data)
{
	(void)port;
	*(bool *)data = true;
}

static void bind(unsigned int virq, const char *name, bool *flag)
{
	static bool ignored;
	int port = event_bind_virq(virq);

	if (port < 0)
		keeper_log("can't bind %s: %d", name, port);
	else
		event_set_handler(port, on_flag, flag ? flag : &ignored);
}

static uint64_t sooner(uint64_t a_ns, uint64_t b_ns)
{
	return !a_ns || (b_ns && b_ns < a_ns) ? b_ns : a_ns;
}

/*
 * What time brings: lines that have been unfinished for a while are shown,
 * throttled domains get another turn. When to look again, or 0.
 */
static uint64_t look_at_clock(uint64_t now_ns)
{
	uint64_t next_ns = ata_deadline_ns(), due_ns;
	struct guest *g;

	for (g = domains_next(0); g; g = domains_next(g->domid)) {
		due_ns = g->line.last_output_ns + LINE_QUIET_NS;
		if (g->line.held && due_ns <= now_ns)
			console_show(&console, &g->line);
		else if (g->line.held)
			next_ns = sooner(next_ns, due_ns);
		due_ns = rings_retry_ns(g);
		if (due_ns && due_ns <= now_ns)
			g->kicked = true;
		next_ns = sooner(next_ns, due_ns);
	}
	return next_ns;
}

/*
 * Serve who needs it. True if somebody does again, because what one domain
 * wrote is an event for another.
 */
static bool serve_all(void)
{
	struct guest *g;
	bool again;

	for (g = domains_next(0); g; g = domains_next(g->domid)) {
		if (!g->kicked)
			continue;
		g->kicked = false;
		rings_serve(g);
	}
	again = vbds_serve();
	for (g = domains_next(0); g; g = domains_next(g->domid))
		again |= g->kicked;
	return again;
}

/* All there is to do now; returns when to be woken at the latest, or 0. */
static uint64_t work(void)
{
	uint64_t now_ns, next_ns;
	bool ending, again;

	if (typed) {
		typed = false;
		input_read();
	}
	if (domains_changed) {
		domains_changed = false;
		domains_scan();
	}
	ending = domains_finish();
	if (ending)
		domains_scan();
	again = serve_all();
	if (!domains_left()) {
		ata_finish();
		keeper_log("the last domain has ended");
		guest_shutdown(SHUTDOWN_poweroff);
	}
	now_ns = system_time_ns();
	next_ns = look_at_clock(now_ns);
	if (again)
		return now_ns;
	return ending ? sooner(next_ns, now_ns + RETRY_NS) : next_ns;
}

void guest_main(struct start_info *si)
{
	uint64_t wake_ns;

	guest_init(si);
	if (!store_init(&store, store_arena, sizeof(store_arena)))
		guest_shutdown(SHUTDOWN_crash);
	home_init(&store);
	vbds_init();
	disks_init();
	hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	bind(VIRQ_TIMER, "VIRQ_TIMER", NULL);
	bind(VIRQ_CONSOLE, "VIRQ_CONSOLE", &typed);
	bind(VIRQ_DOM_EXC, "VIRQ_DOM_EXC", &domains_changed);
	if (!domains_init()) {
		keeper_log("there is no domain to serve");
		guest_shutdown(SHUTDOWN_poweroff);
	}
	input_init();
	typed = true;
	for (;;) {
		wake_ns = work();
		if (wake_ns)
			timer_set(wake_ns);
		event_wait();
	}
}
