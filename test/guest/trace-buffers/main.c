// SPDX-License-Identifier: MIT
/*
 * Claim: the initial domain maps the trace buffers as xentrace does, is told by
 * VIRQ_TBUF when they fill, and reads what it did itself; no reader can harm the
 * monitor through them. A crossing that isn't recorded costs next to nothing.
 * See: ABI 6.3
 */

#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>
#include <xen/trace.h>

#define PAGES	    16u
#define PAGE_BYTES  4096u
#define DATA	    (PAGES * PAGE_BYTES - (uint32_t)sizeof(struct t_buf))
#define OUR_EVENTS  0x00204000u
#define HYPERCALL   0x100u /* kind 1; the number is in the low byte */
#define VERSION	    17u	   /* xen_version's */
#define TBUF_VIRQ   4
#define ROUNDS	    40
/* Instructions, or whatever the TSC counts. In QEMU 139, and 195 more for two records. */
#define MOST_UNTRACED 220
#define MOST_MORE     220

/* As the monitor's records are: t_rec with a TSC and five words. */
struct record {
	uint32_t header, tsc_lo, tsc_hi, who, arg[4];
};

static uint8_t info_area[PAGE_BYTES] __attribute__((aligned(4096)));
static uint8_t buffer_area[PAGES * PAGE_BYTES] __attribute__((aligned(4096)));
static volatile struct t_buf *buf = (void *)buffer_area;
static volatile unsigned int nr_virqs;

static long tbuf(uint32_t cmd, uint32_t size, struct xen_sysctl_tbuf_op *out)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_tbuf_op,
				.interface_version = XEN_SYSCTL_INTERFACE_VERSION};
	long rc;

	op.u.tbuf_op.cmd = cmd;
	op.u.tbuf_op.size = size;
	op.u.tbuf_op.evt_mask = size;
	rc = hypercall_sysctl(&op);
	if (out)
		*out = op.u.tbuf_op;
	return rc;
}

/* Map a frame of the monitor's as the tools do. */
static long map_xen_frame(void *va, unsigned long mfn)
{
	mmu_update_t u = {.ptr = mm_entry_maddr((unsigned long)va, 1),
			  .val = mm_make_entry(mfn, PTE_BASE | PTE_RW | PTE_US)};

	return hypercall_mmu_update(&u, 1, NULL, DOMID_XEN);
}

static void map_all(const struct xen_sysctl_tbuf_op *info)
{
	const struct t_info *t = (const void *)info_area;
	const uint32_t *list;

	TEST_EQUAL("map t_info", map_xen_frame(info_area, (unsigned long)info->buffer_mfn), 0);
	TEST_EQUAL("pages a CPU", t->tbuf_size, PAGES);
	list = (const uint32_t *)(const void *)info_area + t->mfn_offset[0];
	for (unsigned int i = 0; i < PAGES; i++)
		TEST_EQUAL("map a page", map_xen_frame(buffer_area + i * PAGE_BYTES, list[i]), 0);
}

static void null_hypercalls(unsigned int nr)
{
	while (nr--)
		hypercall_xen_version(XENVER_version, NULL);
}

/* Read on to prod, as xentrace; how many of our xen_versions passed. */
static unsigned int read_on(void)
{
	const uint8_t *data = buffer_area + sizeof(struct t_buf);
	unsigned int nr = 0;
	uint64_t last = 0, tsc;

	while (buf->cons != buf->prod) {
		const struct record *r = (const void *)&data[buf->cons % DATA];
		uint32_t event = TRC_HD_TO_EVENT(r->header);
		uint32_t bytes = 4 + 4 * TRC_HD_EXTRA(r->header) + (r->header >> 31 ? 8 : 0);

		if (event == (OUR_EVENTS | HYPERCALL | VERSION)) {
			nr++;
			TEST_EQUAL("who", r->who & 0xffff, 0);
			TEST_EQUAL("its first argument", r->arg[0], XENVER_version);
		}
		if (event != TRC_TRACE_WRAP_BUFFER) {
			tsc = r->tsc_lo | (uint64_t)r->tsc_hi << 32;
			TEST_CHECK(tsc > last, "the clock of a record runs back");
			last = tsc;
		}
		buf->cons = (buf->cons + bytes) % (2 * DATA);
	}
	return nr;
}

static void count_virq(evtchn_port_t port, void *arg)
{
	(void)port;
	(void)arg;
	nr_virqs++;
}

static void check_operations(struct xen_sysctl_tbuf_op *info)
{
	TEST_EQUAL("get_info", tbuf(XEN_SYSCTL_TBUFOP_get_info, 0, info), 0);
	TEST_EQUAL("no buffer yet", info->buffer_mfn, 0);
	TEST_EQUAL("enable nothing", tbuf(XEN_SYSCTL_TBUFOP_enable, 0, NULL), -XEN_EINVAL);
	TEST_EQUAL("size 0", tbuf(XEN_SYSCTL_TBUFOP_set_size, 0, NULL), -XEN_EINVAL);
	TEST_EQUAL("size huge", tbuf(XEN_SYSCTL_TBUFOP_set_size, ~0u, NULL), -XEN_EINVAL);
	TEST_EQUAL("size", tbuf(XEN_SYSCTL_TBUFOP_set_size, PAGES, NULL), 0);
	TEST_EQUAL("size again", tbuf(XEN_SYSCTL_TBUFOP_set_size, PAGES, NULL), -XEN_EBUSY);
	TEST_EQUAL("no operation", tbuf(99, 0, NULL), -XEN_EINVAL);
	TEST_EQUAL("get_info", tbuf(XEN_SYSCTL_TBUFOP_get_info, 0, info), 0);
}

static void check_reading(void)
{
	int port = event_bind_virq(TBUF_VIRQ);

	TEST_CHECK(port > 0, "VIRQ_TBUF: %d", port);
	event_set_handler((evtchn_port_t)port, count_virq, NULL);
	TEST_EQUAL("enable", tbuf(XEN_SYSCTL_TBUFOP_enable, 0, NULL), 0);
	null_hypercalls(10);
	TEST_EQUAL("what was read", read_on(), 10);
	event_dispatch();
	TEST_EQUAL("VIRQs of a ring that is nearly empty", nr_virqs, 0);
	null_hypercalls(DATA / 32 * 3 / 8);
	event_dispatch();
	TEST_EQUAL("VIRQs of one more than half full", nr_virqs, 1);
	TEST_EQUAL("what was read", read_on(), DATA / 32 * 3 / 8);
	/* Two records a call, entry and exit: the newest half fits. */
	null_hypercalls(5000);
	TEST_EQUAL("what was left", read_on(), DATA / 32 / 2);
	TEST_EQUAL("mask", tbuf(XEN_SYSCTL_TBUFOP_set_evt_mask, TRC_SCHED, NULL), 0);
	null_hypercalls(10);
	TEST_EQUAL("recorded though masked", read_on(), 0);
	TEST_EQUAL("mask", tbuf(XEN_SYSCTL_TBUFOP_set_evt_mask, TRC_ALL, NULL), 0);
	null_hypercalls(10);
	TEST_EQUAL("recorded again", read_on(), 10);
}

/* The reader's index, and the writer's, and the pages: whatever we write there. */
static void check_abuse(void)
{
	for (uint32_t i = 0; i < 64; i++) {
		buf->cons = i & 1 ? 0x87654321u * i : ~0u - i;
		buf->prod = 0x12345679u * i;
		null_hypercalls(i);
	}
	memset(info_area, 0xff, PAGE_BYTES);
	memset(buffer_area, 0xff, sizeof(buffer_area));
	null_hypercalls(5000);
	TEST_EQUAL("disable", tbuf(XEN_SYSCTL_TBUFOP_disable, 0, NULL), 0);
	buf->cons = buf->prod;
	null_hypercalls(10);
	TEST_EQUAL("recorded though disabled", read_on(), 0);
}

/* The mapped pages are in the monitor's accounts of references: `expect` has its line. */
static void audit(void)
{
	struct xen_sysctl op = {.cmd = XEN_SYSCTL_debug_keys,
				.interface_version = XEN_SYSCTL_INTERFACE_VERSION};
	char key = 'a';

	op.u.debug_keys.nr_keys = 1;
	set_xen_guest_handle(op.u.debug_keys.keys, &key);
	TEST_EQUAL("debug_keys", hypercall_sysctl(&op), 0);
}

static inline uint32_t tsc_now(void)
{
	uint32_t low;

	asm volatile("rdtsc" : "=a"(low) : : "edx", "memory");
	return low;
}

/* The least that a hypercall which does nothing takes, between two RDTSC. */
static uint32_t cost(void)
{
	uint32_t least = ~0u;

	for (int i = 0; i < ROUNDS; i++) {
		uint32_t begin = tsc_now(), took;

		hypercall_xen_version(XENVER_version, NULL);
		took = tsc_now() - begin;
		if (took < least)
			least = took;
	}
	return least;
}

void test_main(void)
{
	struct xen_sysctl_tbuf_op info;
	uint32_t untraced, traced;

	check_operations(&info);
	map_all(&info);
	audit();
	untraced = cost();
	check_reading();
	traced = cost();
	check_abuse();
	debug_printf("null hypercall: %u untraced, %u traced\n", untraced, traced);
	TEST_CHECK(untraced < MOST_UNTRACED, "%u untraced", untraced);
	TEST_CHECK(traced - untraced < MOST_MORE, "%u, traced %u", untraced, traced);
	TEST_CHECK(cost() < traced, "it costs the same when disabled");
}
