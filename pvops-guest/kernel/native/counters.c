// SPDX-License-Identifier: MIT
/*
 * Counts of privileged operations; as a guest each would be a hypercall.
 */
#include "kern/counters.h"
#include "native/native.h"

uint32_t native_counters[NR_NATIVE_COUNTERS];

static const char *const names[NR_NATIVE_COUNTERS] = {
	[COUNT_STORE_PTE] = "page-table store",
	[COUNT_LOAD_CR3] = "load of cr3",
	[COUNT_INVLPG] = "invlpg",
	[COUNT_EOI] = "end of interrupt",
};

void native_init_counters(void)
{
	counters_register(names, native_counters, NR_NATIVE_COUNTERS);
}
