/* SPDX-License-Identifier: MIT */
/*
 * The state of step=, its line and its breakpoint. Called by cmdline.c, and
 * from wherever there is something to watch: trap/step.c, domain/sched.c.
 */
#include "lib/string.h"
#include "platform/platform.h"
#include "platform/step.h"

struct step step = { .domain = STEP_ANY_DOMAIN };

void step_say(const char *format, ...)
{
	char text[320];
	va_list ap;

	va_start(ap, format);
	fmt_v(text, sizeof(text), format, ap);
	va_end(ap);
	printk("step %u %s", ++step.nr, text);
	console_sync();
	if (step.left && !--step.left)
		step.kinds &= STEP_AGAIN;
}

/* Of its own, so that a debugger stands in a function that says what it is. */
void __attribute__((noinline)) step_break(void)
{
	__asm__ volatile("xchg %%bx, %%bx" ::: "memory");
}
