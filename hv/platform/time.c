/* SPDX-License-Identifier: MIT */
/*
 * System time: the time-stamp counter, measured once against the 8254.
 * Called by everybody; ABI: vcpu_time_info, and wc_sec of shared_info, in xen.h.
 */
#include "lib/div.h"
#include "platform/pit.h"
#include "platform/platform.h"
#include "x86/cpu.h"
#include "x86/io.h"

#define NS_PER_SECOND 1000000000u

#define CALIBRATE_COUNT	    14318u /* PIT ticks: 12 ms */
#define CALIBRATE_TRIES	    3
#define CALIBRATE_MAX_POLLS 100000000u
#define PORT_B		    0x61
#define PORT_B_GATE2	    0x01
#define PORT_B_SPEAKER	    0x02
#define PORT_B_OUT2	    0x20

#define CMOS_INDEX     0x70
#define CMOS_DATA      0x71
#define RTC_A_UPDATING 0x80
#define RTC_B_BINARY   0x04
#define RTC_B_24H      0x02

static struct time_scale scale;
static u32 tsc_khz;
static u64 wallclock_sec; /* UTC at system time 0 */
static u32 wallclock_nsec;

/* ---- the counter's speed ---- */

/* TSC cycles during CALIBRATE_COUNT ticks, or 0 if the timer never ends. */
static u64 measure_once(void)
{
	u8 port_b = inb(PORT_B) & (u8) ~(PORT_B_SPEAKER | PORT_B_GATE2);
	u64 begin;

	outb(PORT_B, port_b);
	outb(PIT_CONTROL, PIT_CH2_ONESHOT);
	outb(PIT_CHANNEL2, (u8)CALIBRATE_COUNT);
	outb(PIT_CHANNEL2, (u8)(CALIBRATE_COUNT >> 8));
	outb(PORT_B, port_b | PORT_B_GATE2); /* counts from here */
	begin = rdtsc();
	for (u32 i = 0; i < CALIBRATE_MAX_POLLS; i++) {
		if (inb(PORT_B) & PORT_B_OUT2) {
			u64 cycles = rdtsc() - begin;

			outb(PORT_B, port_b);
			return cycles;
		}
	}
	return 0;
}

/* Anything that disturbs a measurement makes it longer, so the shortest is best. */
static u64 measure_tsc_hz(void)
{
	u64 best = ~0ULL;

	for (int i = 0; i < CALIBRATE_TRIES; i++) {
		u64 cycles = measure_once();

		if (cycles && cycles < best)
			best = cycles;
	}
	if (best == ~0ULL || best >> 40)
		panic("the interval timer does not count");
	return div_u64_u32(best * PIT_HZ, CALIBRATE_COUNT, NULL);
}

/* mul and shift such that ns = (cycles << shift) * mul >> 32, mul as large as it can be. */
static void set_scale(u64 hz)
{
	s8 shift = 0;
	u32 divisor;

	while (hz > NS_PER_SECOND) { /* mul would be under a half */
		hz >>= 1;
		shift--;
	}
	while (hz <= NS_PER_SECOND / 2) { /* over a whole */
		hz <<= 1;
		shift++;
	}
	divisor = (u32)hz;
	/* NS_PER_SECOND / 2 < divisor <= NS_PER_SECOND: halve once, so that mul < 2^32. */
	scale.mul = (u32)div_u64_u32((u64)NS_PER_SECOND << 31, divisor, NULL);
	scale.shift = (s8)(shift + 1);
}

/* ---- the real-time clock ---- */

static u8 cmos(u8 reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

static u32 from_bcd(u32 v)
{
	return (v >> 4) * 10 + (v & 15);
}

/* Days from 1970 to a date of the Gregorian calendar; month 1-12. */
static u32 days_since_1970(u32 year, u32 month, u32 day)
{
	/* Count years from March, so that the leap day ends one. */
	u32 y = month > 2 ? year : year - 1;
	u32 m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

static void rtc_read(u8 v[6])
{
	static const u8 regs[6] = {0x00, 0x02, 0x04, 0x07, 0x08, 0x09};

	for (int i = 0; i < 100000 && (cmos(0x0a) & RTC_A_UPDATING); i++)
		;
	for (int i = 0; i < 6; i++)
		v[i] = cmos(regs[i]);
}

static u64 rtc_seconds(void)
{
	u8 v[6], again[6];
	u32 t[6];
	bool pm;

	for (int tries = 0; tries < 5; tries++) { /* the same twice: no update between */
		bool same = true;

		rtc_read(v);
		rtc_read(again);
		for (int i = 0; i < 6; i++)
			same = same && v[i] == again[i];
		if (same)
			break;
	}
	pm = v[2] & 0x80;
	v[2] &= 0x7f;
	for (int i = 0; i < 6; i++)
		t[i] = cmos(0x0b) & RTC_B_BINARY ? v[i] : from_bcd(v[i]);
	if (!(cmos(0x0b) & RTC_B_24H))
		t[2] = t[2] % 12 + (pm ? 12 : 0);
	if (t[4] < 1 || t[4] > 12 || t[3] < 1)
		return 0; /* no clock */
	t[5] += t[5] < 70 ? 2000 : 1900;
	return (u64)days_since_1970(t[5], t[4], t[3]) * 86400 + t[2] * 3600 + t[1] * 60 + t[0];
}

/* ---- what others ask ---- */

void time_init(void)
{
	u64 hz = measure_tsc_hz();

	tsc_khz = (u32)div_u64_u32(hz, 1000, NULL);
	set_scale(hz);
	wallclock_sec = rtc_seconds();
	scale.system_ns = 0;
	scale.tsc_stamp = rdtsc();
	log_at(LOG_INFO, "time: TSC at %u.%03u MHz", tsc_khz / 1000, tsc_khz % 1000);
}

u64 time_now_ns(void)
{
	if (!scale.mul)
		return 0;
	return scale.system_ns + scale_tsc(rdtsc() - scale.tsc_stamp, scale.mul, scale.shift);
}

struct time_scale time_scale(void)
{
	return scale;
}

void time_wallclock_base(u64 *sec, u32 *nsec)
{
	*sec = wallclock_sec;
	*nsec = wallclock_nsec;
}

void time_set_wallclock(u64 sec, u32 nsec, u64 system_ns)
{
	u32 ago_nsec;
	u64 ago_sec = div_u64_u32(system_ns, NS_PER_SECOND, &ago_nsec);

	if (nsec < ago_nsec) {
		nsec += NS_PER_SECOND;
		ago_sec++;
	}
	wallclock_sec = sec - ago_sec;
	wallclock_nsec = nsec - ago_nsec;
}

u32 time_tsc_khz(void)
{
	return tsc_khz;
}
