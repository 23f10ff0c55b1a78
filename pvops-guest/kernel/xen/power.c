// SPDX-License-Identifier: MIT
/*
 * The end of the domain.
 */
#include "xen/guest.h"

void xen_shutdown(enum shutdown_kind kind)
{
	struct sched_shutdown shutdown = {.reason = SHUTDOWN_poweroff};

	if (kind == SHUTDOWN_KIND_REBOOT)
		shutdown.reason = SHUTDOWN_reboot;
	if (kind == SHUTDOWN_KIND_CRASH)
		shutdown.reason = SHUTDOWN_crash;
	xen_console_flush();
	for (;;)
		XEN_CALL(COUNT_SCHED, hypercall_sched_op(SCHEDOP_shutdown, &shutdown));
}
