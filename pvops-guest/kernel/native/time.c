// SPDX-License-Identifier: MIT
/*
 * Time on the bare machine: the 8254's channel 0 ticks; the time-stamp counter
 * tells the time, measured once against the 8254's channel 2.
 */
#include "kern/sched.h"
#include "native/insn.h"
#include "native/native.h"

#define PIT_HZ		     1193182u
#define PIT_CHANNEL0	     0x40
#define PIT_CHANNEL2	     0x42
#define PIT_COMMAND	     0x43
#define PIT_RATE_CHANNEL0    0x34 /* both bytes, mode 2: a pulse every so many counts */
#define PIT_ONESHOT_CHANNEL2 0xb0 /* both bytes, mode 0: output rises at zero */
#define PORT_B		     0x61 /* bit 0: channel 2 runs, bit 1: speaker, bit 5: its output */

#define TIMER_LINE   0
#define CALIBRATE_MS 10

static uint64_t tsc_start;
static uint32_t tsc_per_ms;

/* Count TSC cycles while channel 2 counts down. */
static void calibrate_tsc(void)
{
	uint32_t count = PIT_HZ / 1000 * CALIBRATE_MS;
	uint64_t from;

	insn_outb(PORT_B, (insn_inb(PORT_B) & ~3) | 1);
	insn_outb(PIT_COMMAND, PIT_ONESHOT_CHANNEL2);
	insn_outb(PIT_CHANNEL2, count & 0xff);
	insn_outb(PIT_CHANNEL2, count >> 8);
	from = insn_rdtsc();
	while (!(insn_inb(PORT_B) & 0x20))
		;
	tsc_start = insn_rdtsc();
	tsc_per_ms = (uint32_t)(tsc_start - from) / CALIBRATE_MS;
	if (tsc_per_ms == 0)
		tsc_per_ms = 1;
}

void native_time_init(void)
{
	uint32_t count = PIT_HZ / TICK_HZ;

	calibrate_tsc();
	insn_outb(PIT_COMMAND, PIT_RATE_CHANNEL0);
	insn_outb(PIT_CHANNEL0, count & 0xff);
	insn_outb(PIT_CHANNEL0, count >> 8);
	native_irq_register(TIMER_LINE, timer_tick);
}

uint64_t native_now_ns(void)
{
	uint64_t cycles = insn_rdtsc() - tsc_start;
	uint64_t ms = div64(cycles, tsc_per_ms);
	uint32_t rest = cycles - ms * tsc_per_ms;

	return ms * 1000000 + div64((uint64_t)rest * 1000000, tsc_per_ms);
}
