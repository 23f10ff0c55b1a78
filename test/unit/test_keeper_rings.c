/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * keeper's rings against peers that write anything into the shared pages.
 * See: ABI 1.4
 *
 * SOURCES: pvops-guest/keeper/rings.c pvops-guest/keeper/console.c
 * SOURCES: pvops-guest/keeper/store.c pvops-guest/keeper/store_node.c
 * SOURCES: pvops-guest/keeper/store_view.c pvops-guest/keeper/store_tx.c
 * SOURCES: pvops-guest/keeper/watch.c test/unit/host_heap.c
 * SOURCES: pvops-guest/keeper/xs_wire.c pvops-guest/keeper/xs_requests.c
 * SOURCES: pvops-guest/keeper/xs_path.c pvops-guest/lib/printf.c
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "harness.h"
#include "pvops-guest/keeper/keeper.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/printf.h"

#define ARENA_BYTES (256 * 1024)

static char shown[1 << 16], log_text[4096];
static size_t shown_len;
static unsigned int sent[8];
static void *console_memory, *store_memory;
static char *arena;
static struct guest guest;

struct console console;
struct store store;

/* What rings.c needs of the hypervisor. */

static void take(const char *text, size_t len)
{
	if (shown_len + len < sizeof(shown))
		memcpy(shown + shown_len, text, len);
	shown_len += len;
}

void debug_write(const char *text, size_t len_bytes)
{
	take(text, len_bytes);
}

void keeper_log(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(log_text, sizeof(log_text), fmt, args);
	va_end(args);
}

static uint64_t now_ns;

uint64_t system_time_ns(void)
{
	return now_ns;
}

bool event_is_offered(domid_t dom, evtchn_port_t port)
{
	return dom == 1 && (port == 1 || port == 2);
}

int event_bind_interdomain(domid_t remote_dom, evtchn_port_t remote_port)
{
	(void)remote_dom;
	return remote_port + 4;
}

void event_set_handler(evtchn_port_t port, event_handler_t handler, void *data)
{
	(void)port;
	(void)handler;
	(void)data;
}

int event_send(evtchn_port_t port)
{
	sent[port]++;
	return 0;
}

int event_close(evtchn_port_t port)
{
	(void)port;
	return 0;
}

int grant_map(struct grant_mapping *m, domid_t dom, grant_ref_t ref, bool writable)
{
	(void)dom;
	(void)writable;
	m->va = ref == GNTTAB_RESERVED_CONSOLE ? console_memory : store_memory;
	return 0;
}

int grant_unmap(struct grant_mapping *m)
{
	m->va = NULL;
	return 0;
}

/* Tests. */

static struct xencons_interface *con(void)
{
	return console_memory;
}

static struct xenstore_domain_interface *xs(void)
{
	return store_memory;
}

static void setup(void)
{
	const struct store_who d0 = {.store = &store};
	const struct store_perm own = {.domid = 1};
	const struct store_bytes name = {"one", 3};

	arena = malloc(ARENA_BYTES);
	/* Exactly as large as the structs: ASan sees every byte outside. */
	console_memory = calloc(1, sizeof(struct xencons_interface));
	store_memory = calloc(1, sizeof(struct xenstore_domain_interface));
	memset(&guest, 0, sizeof(guest));
	memset(sent, 0, sizeof(sent));
	shown_len = 0;
	log_text[0] = '\0';
	console = (struct console){.write = take};
	ck_assert(store_init(&store, arena, ARENA_BYTES));
	store_write(&d0, "/local/domain/1/name", &name);
	store_set_perms(&d0, "/local/domain/1", &own, 1);
	store_set_perms(&d0, "/local/domain/1/name", &own, 1);
	guest.domid = 1;
	line_init(&guest.line, 1);
	rings_connect(&guest);
}

static void teardown(void)
{
	rings_disconnect(&guest);
	free(arena);
	free(console_memory);
	free(store_memory);
}

START_TEST(output_wraps_around)
{
	char line[64];

	for (int i = 0; i < 200; i++) {
		int len = snprintf(line, sizeof(line), "line %d\n", i);

		for (int k = 0; k < len; k++)
			con()->out[MASK_XENCONS_IDX(con()->out_prod++, con()->out)] = line[k];
		rings_serve(&guest);
	}
	ck_assert_uint_eq(con()->out_cons, con()->out_prod);
	ck_assert_uint_eq(sent[6], 200);
	ck_assert_ptr_nonnull(strstr(shown, "(d1) line 199\n"));
}
END_TEST

START_TEST(floods_are_throttled)
{
	uint32_t taken;

	memset(con()->out, 'x', sizeof(con()->out));
	for (int i = 0; i < 1000; i++) {
		con()->out_prod = con()->out_cons + sizeof(con()->out);
		rings_serve(&guest);
	}
	taken = con()->out_cons;
	ck_assert_uint_le(taken, OUTPUT_BURST_BYTES);
	ck_assert_uint_ne(rings_retry_ns(&guest), 0);
	now_ns += 100000000;
	rings_serve(&guest);
	ck_assert_uint_gt(con()->out_cons, taken);
	ck_assert_uint_le(con()->out_cons, taken + 100 * OUTPUT_BYTES_PER_MS);
	now_ns += 1000000000;
	rings_serve(&guest);
	ck_assert_uint_eq(con()->out_cons, con()->out_prod);
	ck_assert_uint_eq(rings_retry_ns(&guest), 0);
}
END_TEST

START_TEST(input_waits_for_room)
{
	for (int i = 0; i < INPUT_QUEUE; i++)
		ck_assert(rings_input(&guest, 'a' + i % 26));
	ck_assert(!rings_input(&guest, 'x'));
	con()->in_cons = con()->in_prod = guest.console.own_prod = 0xfffffff0;
	rings_serve(&guest);
	ck_assert_uint_eq(con()->in_prod - con()->in_cons, sizeof(con()->in));
	ck_assert_int_eq(con()->in[0xfffffff0 % sizeof(con()->in)], 'a');
	rings_input(&guest, 'z');
	rings_serve(&guest);
	ck_assert_uint_eq(guest.input_count, 1);
	con()->in_cons += 10;
	rings_serve(&guest);
	ck_assert_uint_eq(guest.input_count, 0);
}
END_TEST

START_TEST(impossible_indices_end_the_connection)
{
	con()->out_prod = con()->out_cons + 2049;
	rings_serve(&guest);
	ck_assert(guest.console.broken);
	ck_assert(!guest.store.broken);
	xs()->req_prod = 1025;
	rings_serve(&guest);
	ck_assert(guest.store.broken);
	ck_assert_uint_eq(xs()->error, XENSTORE_ERROR_RINGIDX);
}
END_TEST

START_TEST(store_request_through_the_ring)
{
	struct xsd_sockmsg head = {.type = XS_READ, .req_id = 3, .len = 5};

	memcpy(xs()->req, &head, sizeof(head));
	memcpy(xs()->req + sizeof(head), "name", 5);
	xs()->req_prod = sizeof(head) + 5;
	rings_serve(&guest);
	ck_assert_uint_eq(xs()->rsp_prod, sizeof(head) + 3);
	ck_assert_mem_eq(xs()->rsp + sizeof(head), "one", 3);
	ck_assert_uint_eq(sent[5], 1);
}
END_TEST

/* What another domain does wakes the watcher's service, even if its ring is full. */
START_TEST(events_reach_the_ring)
{
	const struct store_who d0 = {.store = &store};
	const struct store_bytes name = {"uno", 3};
	struct xsd_sockmsg head = {.type = XS_WATCH, .req_id = 4, .len = 7};
	const size_t reply = sizeof(head) + 3, event = sizeof(head) + 7;

	memcpy(xs()->req, &head, sizeof(head));
	memcpy(xs()->req + sizeof(head), "name\0t", 7);
	xs()->req_prod = sizeof(head) + 7;
	rings_serve(&guest);
	/* The reply, then the first event. */
	ck_assert_uint_eq(xs()->rsp_prod, reply + event);
	ck_assert_mem_eq(xs()->rsp + reply + sizeof(head), "name\0t", 7);
	guest.kicked = false;
	store_write(&d0, "/local/domain/1/name", &name);
	ck_assert(guest.kicked);
	/* Room for a part of it only. */
	xs()->rsp_cons = xs()->rsp_prod - XENSTORE_RING_SIZE + 5;
	rings_serve(&guest);
	ck_assert_uint_eq(xs()->rsp_prod, reply + event + 5);
	xs()->rsp_cons = xs()->rsp_prod;
	rings_serve(&guest);
	ck_assert_uint_eq(xs()->rsp_prod, reply + 2 * event);
	memcpy(&head, xs()->rsp + reply + event, sizeof(head));
	ck_assert_uint_eq(head.type, XS_WATCH_EVENT);
	ck_assert_mem_eq(xs()->rsp + reply + event + sizeof(head), "name\0t", 7);
}
END_TEST

/* A peer that scribbles over both pages: no byte outside is touched. */
START_TEST(scribbling_peers)
{
	uint64_t state = unit_seed();

	for (int round = 0; round < 3000; round++) {
		uint32_t *c = console_memory, *s = store_memory;

		for (int i = 0; i < 20; i++) {
			c[unit_random_below(&state, sizeof(*con()) / 4)] = unit_random(&state);
			s[unit_random_below(&state, sizeof(*xs()) / 4)] = unit_random(&state);
		}
		if (unit_random_below(&state, 2)) {
			con()->out_prod = con()->out_cons + unit_random_below(&state, 2100);
			con()->in_cons = con()->in_prod - unit_random_below(&state, 1100);
			xs()->req_prod = xs()->req_cons + unit_random_below(&state, 1100);
			xs()->rsp_cons = xs()->rsp_prod - unit_random_below(&state, 1100);
		}
		rings_input(&guest, 'x');
		rings_serve(&guest);
		if (guest.console.broken && guest.store.broken) {
			guest.input_count = 0;
			rings_disconnect(&guest);
			rings_connect(&guest);
		}
	}
}
END_TEST

START_TEST(last_words_are_taken)
{
	memcpy(con()->out, "bye", 3);
	con()->out_prod = 3;
	rings_disconnect(&guest);
	ck_assert_uint_eq(shown_len, strlen("(d1) bye\n"));
	ck_assert_mem_eq(shown, "(d1) bye\n", shown_len);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keeper rings");
	TCase *tc = tcase_create("rings");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, output_wraps_around);
	tcase_add_test(tc, floods_are_throttled);
	tcase_add_test(tc, input_waits_for_room);
	tcase_add_test(tc, impossible_indices_end_the_connection);
	tcase_add_test(tc, store_request_through_the_ring);
	tcase_add_test(tc, events_reach_the_ring);
	tcase_add_test(tc, scribbling_peers);
	tcase_add_test(tc, last_words_are_taken);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
