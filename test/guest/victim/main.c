// SPDX-License-Identifier: MIT
/*
 * Claim: whatever its neighbours do, a well-behaved domain goes on: its memory,
 * tables, registers and segments stay what they were, its timer comes every
 * time, and its clock never runs backwards.
 * See: ABI 3.7, 4.1, 4.8, 5.1, 5.2
 *
 * The runner puts it into every boot of test guests, as the last domain, and
 * types to it when the others are gone: that ends it. Until then it repeats
 * its checks, sleeping and spinning in ring 3 by turns.
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "test/guest/victim/victim.h"

#include <xen/io/console.h>

#define NR_PAGES	96u
#define PAGES_A_ROUND	24u
#define MIN_ROUNDS	8u
#define WORDS		(PAGE_SIZE / sizeof(uint32_t))
#define TICK_NS		4000000ull
#define SPIN_NS		25000000ull /* longer than a slice: another runs meanwhile */
#define TICK_LATE_NS	20000000000ull

static uint32_t *pages[NR_PAGES];
static unsigned long mfns[NR_PAGES];
static uint32_t *window; /* shows one page after the other */
static unsigned long window_mfn;
static uint32_t seed;
static unsigned int ticks, ticks_due;
static uint64_t last_ns;

static uint32_t pattern(unsigned int page, unsigned int word)
{
	return (seed ^ page << 20 ^ word) * 2654435761u;
}

static void check_time(void)
{
	uint64_t now_ns = system_time_ns();

	TEST_CHECK(now_ns >= last_ns, "time went back by %llu ns",
		   (unsigned long long)(last_ns - now_ns));
	last_ns = now_ns;
}

static void on_tick(evtchn_port_t port, void *data)
{
	(void)port;
	(void)data;
	ticks++;
	check_time();
	victim_shared.stop = 1;
}

static bool setup(void)
{
	asm volatile("rdtsc" : "=a"(seed) : : "edx");
	for (unsigned int i = 0; i < NR_PAGES; i++) {
		pages[i] = mm_page_alloc();
		if (!pages[i])
			return false;
		mfns[i] = mm_virt_to_mfn((unsigned long)pages[i]);
		for (unsigned int word = 0; word < WORDS; word++)
			pages[i][word] = pattern(i, word);
	}
	window = mm_page_alloc();
	window_mfn = mm_virt_to_mfn((unsigned long)window);
	return window && !victim_user_setup();
}

static void check_page(unsigned int i)
{
	unsigned long pfn = mm_virt_to_pfn((unsigned long)pages[i]);

	TEST_CHECK(mm_virt_to_mfn((unsigned long)pages[i]) == mfns[i], "page %u moved", i);
	TEST_CHECK(mm_mfn_to_pfn(mfns[i]) == pfn, "page %u: M2P says %lx", i,
		   mm_mfn_to_pfn(mfns[i]));
	for (unsigned int word = 0; word < WORDS; word++)
		if (pages[i][word] != pattern(i, word)) {
			test_failure("page %u, word %u: %x, not %x", i, word, pages[i][word],
				     pattern(i, word));
			return;
		}
}

/* The same page by a mapping of the moment, then read-only, then written. */
static void check_window(unsigned int i)
{
	unsigned long va = (unsigned long)window;
	struct trap_result r;

	TEST_EQUAL("a mapping", mm_map(va, mfns[i], 0), 0);
	TEST_CHECK(window[7] == pattern(i, 7), "the window shows %x of page %u", window[7], i);
	TEST_CHECK(!probe_write32(va + 28, 1, &r) && r.vector == VECTOR_PF && r.cr2 == va + 28,
		   "a store to a read-only page: trap %u at %lx", r.vector, r.cr2);
	TEST_EQUAL("a writable mapping", mm_map(va, mfns[i], PTE_RW), 0);
	window[8] = ~pattern(i, 8);
	TEST_CHECK(pages[i][8] == ~pattern(i, 8), "a store by the window is lost");
	window[8] = pattern(i, 8);
	TEST_EQUAL("the old mapping", mm_map(va, window_mfn, PTE_RW), 0);
}

/* Asks for a tick, and spins in ring 3, or sleeps, until it comes. */
static void one_tick(bool spin)
{
	uint64_t start_ns = system_time_ns(), due_ns = start_ns + (spin ? SPIN_NS : TICK_NS);

	victim_shared.stop = 0;
	TEST_EQUAL("set_timer_op", timer_set(due_ns), 0);
	ticks_due++;
	while (ticks < ticks_due) {
		if (!spin) {
			event_wait();
			continue;
		}
		victim_user_spin();
		if (system_time_ns() > start_ns + TICK_LATE_NS) {
			test_failure("tick %u is missing", ticks_due);
			ticks = ticks_due;
		}
	}
	TEST_CHECK(system_time_ns() >= due_ns, "tick %u came early", ticks_due);
	TEST_EQUAL("ticks", ticks, ticks_due);
}

/* Has the runner typed anything? */
static bool told_to_end(void)
{
	const struct xencons_interface *ring =
		(void *)mm_pfn_to_virt(mm_mfn_to_pfn(start_info->console.domU.mfn));

	return READ_ONCE(ring->in_prod) != ring->in_cons;
}

void test_main(void)
{
	unsigned int rounds = 0, next = 0;
	int port = event_bind_virq(VIRQ_TIMER);

	hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	if (port < 0 || !setup()) {
		test_error("can't set up");
		return;
	}
	event_set_handler((evtchn_port_t)port, on_tick, NULL);
	last_ns = system_time_ns();
	while (rounds < MIN_ROUNDS || !told_to_end()) {
		for (unsigned int i = 0; i < PAGES_A_ROUND; i++, next = (next + 1) % NR_PAGES)
			check_page(next);
		check_window(next);
		check_time();
		one_tick(rounds++ % 4 == 1);
	}
	for (unsigned int i = 0; i < NR_PAGES; i++)
		check_page(i);
	debug_printf("%u rounds, %u ticks\n", rounds, ticks);
}
