/* SPDX-License-Identifier: MIT */
/*
 * One-shot timers on channel 0 of the 8254 in mode 0, which interrupts once
 * when its count ends. Called by the scheduler and by guests' timers; run by
 * the PIT's interrupt in trap/irq.c.
 *
 * The PIT reaches 55 ms: for a later deadline it is programmed again on the
 * way. It is only programmed when that makes it earlier, and an interrupt
 * that finds nothing due is harmless.
 */
#include "lib/div.h"
#include "platform/pit.h"
#include "platform/timerq.h"
#include "x86/io.h"

#define PIT_MAX_TICKS 65535u
#define PIT_MAX_NS    54000000u
/* Ticks in a nanosecond, times 2^32. */
#define TICKS_PER_NS 5124678u
#define NEVER	     (~0ULL)
#define PRINT_MAX    100u

static spinlock_t lock = SPINLOCK_INIT; /* queue and PIT; not held while a timer's fn runs */
static struct timerq queue;
static u64 pit_ns = NEVER; /* when the PIT will interrupt */
static bool running; /* timer_run() will program the PIT when it is done */

static void pit_program(u64 now_ns)
{
	const struct timer *first = timerq_first(&queue);
	u64 delta_ns = 0;
	u32 ticks;

	if (!first) {
		pit_ns = NEVER;
		return;
	}
	if (first->expires_ns > now_ns)
		delta_ns = first->expires_ns - now_ns;
	delta_ns = MIN(delta_ns, (u64)PIT_MAX_NS);
	/* Rounded up: an interrupt just too early would find nothing due. */
	ticks = (u32)mul_u64_u32_shr32(delta_ns, TICKS_PER_NS) + 1;
	ticks = MIN(ticks, PIT_MAX_TICKS);
	pit_ns = now_ns + delta_ns;
	outb(PIT_CONTROL, PIT_CH0_ONESHOT);
	outb(PIT_CHANNEL0, (u8)ticks);
	outb(PIT_CHANNEL0, (u8)(ticks >> 8));
}

void timers_init(void)
{
	outb(PIT_CONTROL, PIT_CH0_ONESHOT); /* stops the firmware's ticks */
	pic_unmask(PIT_IRQ);
}

void timer_init(struct timer *t, void (*fn)(void *arg), void *arg)
{
	*t = (struct timer){.fn = fn, .arg = arg};
}

void timer_set(struct timer *t, u64 expires_ns)
{
	spin_lock(&lock);
	if (t->armed)
		timerq_remove(&queue, t);
	t->expires_ns = expires_ns;
	timerq_add(&queue, t);
	if (!running && expires_ns < pit_ns)
		pit_program(time_now_ns());
	spin_unlock(&lock);
}

void timer_stop(struct timer *t)
{
	spin_lock(&lock);
	if (t->armed)
		timerq_remove(&queue, t);
	spin_unlock(&lock);
}

/*
 * [tour: interrupt 3] The timer chip is set to the earliest deadline of all:
 * the end of a slice, or what some guest has asked for. Whoever is due is
 * called, and the chip set anew.
 */
void timer_run(void)
{
	u64 now_ns = time_now_ns();
	unsigned int budget;

	spin_lock(&lock);
	running = true;
	/* One that arms itself for the past again waits for the next interrupt. */
	budget = queue.nr;
	while (budget--) {
		struct timer *t = timerq_first(&queue);

		/* Not at its very nanosecond: a guest's clock rounds once more than ours. */
		if (!t || t->expires_ns >= now_ns)
			break;
		timerq_remove(&queue, t);
		spin_unlock(&lock);
		t->fn(t->arg);
		spin_lock(&lock);
	}
	running = false;
	pit_program(time_now_ns());
	spin_unlock(&lock);
}

void timers_print(void)
{
	u64 now_ns = time_now_ns();
	char name[80];

	printk("timers: %u, the chip is %s", queue.nr, pit_ns == NEVER ? "stopped" : "set");
	for (unsigned int i = 0; i < MIN(queue.nr, PRINT_MAX); i++) {
		const struct timer *t = queue.heap[i];
		u64 ns = t->expires_ns > now_ns ? t->expires_ns - now_ns : 0;

		printk("timer in %lu us: %s", (unsigned long)div_u64_u32(ns, 1000, NULL),
		       symbol_name((unsigned long)t->fn, name, sizeof(name)));
	}
	if (queue.nr > PRINT_MAX)
		printk("%u timers more, not shown", queue.nr - PRINT_MAX);
}
