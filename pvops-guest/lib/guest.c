// SPDX-License-Identifier: MIT
/*
 * Start, end and clock of a PV guest program. Called by its guest_main().
 * ABI: start_info and vcpu_time_info of <xen/xen.h>.
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/traps.h"

struct start_info *start_info;
struct shared_info *shared_info;
struct vcpu_info *vcpu_info;

/* The frame behind this page is exchanged for the shared_info frame. */
static uint8_t shared_info_page[PAGE_SIZE] __attribute__((aligned(4096)));

void guest_shutdown(unsigned int reason)
{
	struct sched_shutdown shutdown = {.reason = reason};

	for (;;)
		hypercall_sched_op(SCHEDOP_shutdown, &shutdown);
}

void guest_init(struct start_info *si)
{
	unsigned long va = (unsigned long)shared_info_page;

	start_info = si;
	traps_init();
	mm_init();
	if (mm_map(va, si->shared_info >> PAGE_SHIFT, PTE_RW)) {
		debug_printf("can't map shared_info\n");
		guest_shutdown(SHUTDOWN_crash);
	}
	shared_info = (struct shared_info *)va;
	vcpu_info = &shared_info->vcpu_info[0];
	events_init();
}

static uint64_t read_tsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* The high 64 bits of the 96-bit product, as the ABI scales ticks. */
static uint64_t scale_ticks(uint64_t ticks, uint32_t mul, int shift)
{
	uint64_t low;

	ticks = shift < 0 ? ticks >> -shift : ticks << shift;
	low = (ticks & 0xffffffff) * mul;
	return (ticks >> 32) * mul + (low >> 32);
}

uint64_t system_time_ns(void)
{
	const volatile struct vcpu_time_info *t = &vcpu_info->time;
	uint32_t version;
	uint64_t now_ns;

	do {
		version = t->version & ~1u;
		barrier();
		now_ns = t->system_time + scale_ticks(read_tsc() - t->tsc_timestamp,
						      t->tsc_to_system_mul, t->tsc_shift);
		barrier();
	} while (version != t->version);
	return now_ns;
}
