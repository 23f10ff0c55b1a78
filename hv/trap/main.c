/* SPDX-License-Identifier: MIT */
/*
 * From a machine that is up to the first guest instruction. Called once, by
 * platform/start.c.
 */
#include "platform/trace.h"
#include "trap/trap.h"

static void audit_key(char key)
{
	(void)key;
	printk("reference audit: %u differences", mm_audit(domain_audit_refs));
}

static void console_has_input(void)
{
	evtchn_raise_global_virq(VIRQ_CONSOLE);
}

static void run(void) __noreturn;
static void run(void)
{
	sched_init();
	domains_build_from_modules();
	console_set_input_listener(console_has_input);
	domain_keys_init();
	trace_set_printer(counters_print);
	keys_register('c', "how often what happened, and how often a second", counters_key);
	keys_register('a', "recount every reference and compare", audit_key);
	printk("%lu MB free; starting", frames_nr_free() >> (20 - PAGE_SHIFT));
	sched_request();
	arch_run();
}

/* The guests' frame lies at the end of the CPU's own stack, so start there. */
void monitor_main(void)
{
	arch_call_on_cpu_stack(run);
}
