// SPDX-License-Identifier: MIT
/*
 * Time as a guest: the monitor publishes how to turn the time-stamp counter
 * into nanoseconds, and sends VIRQ_TIMER when we asked for it.
 */
#include "kern/panic.h"
#include "kern/sched.h"
#include "xen/guest.h"

static uint64_t next_tick_ns;

/* `cycles`, in units that the monitor says, as nanoseconds. */
static uint64_t scale_cycles(uint64_t cycles, uint32_t mul, int8_t shift)
{
	if (shift >= 0)
		cycles <<= shift;
	else
		cycles >>= -shift;
	/* (cycles * mul) >> 32, of which the product has 96 bits. */
	return (cycles >> 32) * mul + (((cycles & 0xffffffff) * mul) >> 32);
}

uint64_t xen_now_ns(void)
{
	const struct vcpu_time_info *time = &xen_vcpu.time;
	uint32_t version;
	uint32_t low, high;
	uint64_t now, tsc;

	/* An odd version, or another one afterwards: it was being rewritten. */
	do {
		version = SHARED(time->version);
		barrier();
		__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
		tsc = (uint64_t)high << 32 | low;
		now = time->system_time + scale_cycles(tsc - time->tsc_timestamp,
						       time->tsc_to_system_mul, time->tsc_shift);
		barrier();
	} while ((version & 1) || version != SHARED(time->version));
	return now;
}

/* Ask for the next VIRQ_TIMER. Deadlines that we slept through are dropped. */
static void set_timer(void)
{
	struct vcpu_set_singleshot_timer timer = {.flags = 0};
	uint64_t now = xen_now_ns();
	long error;

	next_tick_ns += TICK_NS;
	if (next_tick_ns < now)
		next_tick_ns = now + TICK_NS;
	timer.timeout_abs_ns = next_tick_ns;
	error = XEN_CALL(COUNT_TIMER, hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer));
	if (error)
		panic("set_singleshot_timer: error %ld", error);
}

static void timer_event(void)
{
	set_timer();
	timer_tick();
}

void xen_time_init(void)
{
	evtchn_port_t port = xen_bind_virq(VIRQ_TIMER);

	/* There may be a periodic timer from the start; ours makes its own rhythm. */
	XEN_CALL(COUNT_TIMER, hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL));
	next_tick_ns = xen_now_ns();
	set_timer();
	xen_event_register(port, timer_event);
}
