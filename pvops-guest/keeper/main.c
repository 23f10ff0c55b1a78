// SPDX-License-Identifier: MIT
/*
 * keeper: the default initial domain. Serves the consoles and the xenstore of
 * all other domains, and powers the machine off when the last has ended.
 *
 * One loop: wait for an event, do all work there is, wait again.
 */

#include "pvops-guest/keeper/keeper.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/printf.h"

#define STORE_BYTES (512 * 1024)
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

/* Show lines that have been unfinished for a while; when to look again, or 0. */
static uint64_t show_quiet_lines(uint64_t now_ns)
{
	uint64_t next = 0, due;
	struct guest *g;

	for (g = domains_next(0); g; g = domains_next(g->domid)) {
		if (!g->line.held)
			continue;
		due = g->line.last_output_ns + LINE_QUIET_NS;
		if (due <= now_ns)
			console_show(&console, &g->line);
		else if (!next || due < next)
			next = due;
	}
	return next;
}

static void serve_all(void)
{
	for (struct guest *g = domains_next(0); g; g = domains_next(g->domid)) {
		if (!g->kicked)
			continue;
		g->kicked = false;
		rings_serve(g);
	}
}

/* All there is to do now; returns when to be woken at the latest, or 0. */
static uint64_t work(void)
{
	uint64_t now_ns, next;
	bool ending;

	if (typed) {
		typed = false;
		input_read();
	}
	serve_all();
	if (domains_changed) {
		domains_changed = false;
		domains_scan();
	}
	ending = domains_finish();
	if (ending)
		domains_scan();
	if (!domains_left()) {
		keeper_log("the last domain has ended");
		guest_shutdown(SHUTDOWN_poweroff);
	}
	now_ns = system_time_ns();
	next = show_quiet_lines(now_ns);
	if (ending && (!next || next > now_ns + RETRY_NS))
		next = now_ns + RETRY_NS;
	return next;
}

void guest_main(struct start_info *si)
{
	uint64_t wake_ns;

	guest_init(si);
	if (!store_init(&store, store_arena, sizeof(store_arena)))
		guest_shutdown(SHUTDOWN_crash);
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
