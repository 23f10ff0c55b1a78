// SPDX-License-Identifier: MIT
/*
 * Counts of hypercalls by kind: what paravirtualisation costs this kernel.
 */
#include "kern/counters.h"
#include "xen/guest.h"

uint32_t xen_counters[NR_XEN_COUNTERS];

static const char *const names[NR_XEN_COUNTERS] = {
	[COUNT_SETUP] = "hypercall: setup",
	[COUNT_MMU_UPDATE] = "hypercall: mmu_update",
	[COUNT_UPDATE_VA] = "hypercall: update_va_mapping",
	[COUNT_PIN] = "hypercall: pin, unpin",
	[COUNT_LOAD_ROOT] = "hypercall: load root, flush",
	[COUNT_SWITCH] = "hypercall: context switch",
	[COUNT_THREAD_BASE] = "hypercall: thread base",
	[COUNT_EVENT] = "hypercall: event_channel_op",
	[COUNT_TIMER] = "hypercall: set timer",
	[COUNT_SCHED] = "hypercall: block, yield",
	[COUNT_CONSOLE_IO] = "hypercall: console_io",
	[COUNT_KICK] = "hypercall: deliver events",
};

void xen_init_counters(void)
{
	counters_register(names, xen_counters, NR_XEN_COUNTERS);
}
