/* SPDX-License-Identifier: MIT */
/* WIDTHS: 32 64 */
/*
 * Random operations of several domains on keeper's xenstore, in and outside of
 * transactions, beside a plain model of what they mean: results, permissions,
 * isolation, conflicts, who is told.
 * See: ABI 1.4
 *
 * SOURCES: test/unit/xenstore_model.c pvops-guest/keeper/store.c
 * SOURCES: pvops-guest/keeper/store_node.c pvops-guest/keeper/store_view.c
 * SOURCES: pvops-guest/keeper/store_tx.c pvops-guest/keeper/watch.c
 * SOURCES: test/unit/host_heap.c pvops-guest/keeper/xs_path.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/errno.h>
#include "harness.h"
#include "pvops-guest/keeper/watch.h"
#include "xenstore_model.h"

#define ARENA_BYTES   (1024 * 1024)
#define SCARCE_BYTES  9000 /* too little for all that the model can hold */
#define DOMAINS	      4 /* 0 to 3 */
#define NR_STEPS      60000
#define TX_MAX	      6
#define TX_OPS_MAX    30
#define WATCHES_EVERY 10 /* per client */

static struct store store;
static struct model model;
static char *arena;
static uint64_t seed;

struct open_tx {
	struct store_tx *tx; /* NULL: none */
	uint16_t domid;
	unsigned int nr_ops;
	struct model_op ops[TX_OPS_MAX];
	struct model_result results[TX_OPS_MAX];
	bool disturbed[MODEL_PATHS]; /* changed by others since its beginning */
};

static struct open_tx txs[TX_MAX];
static struct watch_client clients[DOMAINS];
static unsigned int watched[DOMAINS][WATCHES_EVERY];
static unsigned int commits, conflicts, events, failures;
static bool scarce; /* operations may fail for want of memory */

static uint32_t below(uint32_t limit)
{
	return unit_random_below(&seed, limit);
}

static void random_op(struct model_op *op, uint16_t domid)
{
	memset(op, 0, sizeof(*op));
	op->kind = below(OP_KINDS);
	op->domid = domid;
	op->path = below(MODEL_PATHS);
	if (op->kind == OP_RM && (op->path == 0 || below(3)))
		op->path = MODEL_PATHS / 3 + below(MODEL_PATHS - MODEL_PATHS / 3);
	op->value = 'a' + below(26);
	op->nr_perms = 1 + below(MODEL_PERMS);
	for (unsigned int i = 0; i < op->nr_perms; i++) {
		op->perms[i].domid = below(DOMAINS);
		op->perms[i].access = below(4);
	}
	/* Mostly its own, or it would fail. The top stays open. */
	if (below(4))
		op->perms[0].domid = model.nodes[op->path].perms[0].domid;
	if (op->kind == OP_SET_PERMS && op->path == 0)
		op->kind = OP_READ;
}

static void get_perms(const struct store_who *who, const char *path, struct model_result *r)
{
	const struct store_perm *perms;

	r->error = store_get_perms(who, path, &perms, &r->nr_perms);
	if (r->error) {
		r->nr_perms = 0;
		return;
	}
	ck_assert_uint_le(r->nr_perms, MODEL_PERMS);
	for (unsigned int i = 0; i < r->nr_perms; i++) {
		r->perms[i].domid = perms[i].domid;
		r->perms[i].access = perms[i].access;
	}
}

static void do_really(const struct model_op *op, struct store_tx *tx, struct model_result *r)
{
	const struct store_who who = {.store = &store, .tx = tx, .domid = op->domid};
	const char *path = model_path(op->path);
	struct store_bytes bytes = {&op->value, 1};
	uint64_t generation;

	memset(r, 0, sizeof(*r));
	switch (op->kind) {
	case OP_READ:
		r->error = store_read(&who, path, &bytes);
		if (!r->error && bytes.len)
			r->value = bytes.data[0];
		break;
	case OP_DIRECTORY:
		r->error = store_directory(&who, path, &bytes, &generation);
		for (size_t i = 0; !r->error && i < bytes.len; i += 2)
			r->children |= 1u << (bytes.data[i] - 'a');
		break;
	case OP_GET_PERMS:
		get_perms(&who, path, r);
		break;
	case OP_WRITE:
		r->error = store_write(&who, path, &bytes);
		break;
	case OP_MKDIR:
		r->error = store_mkdir(&who, path);
		break;
	case OP_RM:
		r->error = store_remove(&who, path);
		break;
	default:
		r->error = store_set_perms(&who, path, op->perms, op->nr_perms);
	}
}

static void compare(const struct model_op *op, const struct model_result *really,
		    const struct model_result *model_says)
{
	if (!memcmp(really, model_says, sizeof(*really)))
		return;
	ck_abort_msg("operation %d of d%u on %s: error %d, not %d; or another result", op->kind,
		     op->domid, model_path(op->path), really->error, model_says->error);
}

static void clear_marks(void)
{
	memset(model.told, 0, sizeof(model.told));
	memset(model.told_exactly, 0, sizeof(model.told_exactly));
	memset(model.touched, 0, sizeof(model.touched));
}

/* Everything, as domain 0 sees it. */
static void compare_all(void)
{
	struct model_op op = {0};
	struct model_result really, model_says;

	for (op.path = 0; op.path < MODEL_PATHS; op.path++)
		for (op.kind = OP_READ; op.kind <= OP_GET_PERMS; op.kind++) {
			do_really(&op, NULL, &really);
			model_do(&model, &op, &model_says);
			compare(&op, &really, &model_says);
		}
}

/* The events that a client has, as marks per watch and path. */
static void take_events(uint16_t domid, bool got[WATCHES_EVERY][MODEL_PATHS])
{
	char body[STORE_PATH_MAX + WATCH_TOKEN_MAX + 2];
	unsigned int path, w;

	while (watch_pending(&clients[domid])) {
		ck_assert_uint_ne(watch_take(&clients[domid], body), 0);
		w = atoi(body + strlen(body) + 1);
		for (path = 0; path < MODEL_PATHS && strcmp(model_path(path), body); path++)
			;
		ck_assert_uint_lt(path, MODEL_PATHS);
		ck_assert_uint_lt(w, WATCHES_EVERY);
		if (got[w][path])
			ck_abort_msg("d%u was told twice of %s", domid, body);
		got[w][path] = true;
		events++;
	}
}

/* With memory scarce, events are merged and nothing can be said about them. */
static void drop_events(void)
{
	char body[STORE_PATH_MAX + WATCH_TOKEN_MAX + 2];

	for (uint16_t domid = 0; domid < DOMAINS; domid++)
		while (watch_take(&clients[domid], body))
			;
}

/* Who had to be told of the marked changes has been, and nobody else. */
static void check_events(const struct model *before)
{
	if (scarce) {
		drop_events();
		return;
	}
	for (uint16_t domid = 0; domid < DOMAINS; domid++) {
		bool got[WATCHES_EVERY][MODEL_PATHS] = {0};

		take_events(domid, got);
		for (unsigned int w = 0; w < WATCHES_EVERY; w++)
			for (unsigned int p = 0; p < MODEL_PATHS; p++) {
				unsigned int at = watched[domid][w];
				bool want = (model.told[p] && model_is_within(p, at)) ||
					    (model.told_exactly[p] && p == at);

				want = want && (model_may_see(before, domid, p) ||
						model_may_see(&model, domid, p));
				if (want != got[w][p])
					ck_abort_msg("d%u watching %s was %stold of %s", domid,
						     model_path(at), got[w][p] ? "" : "not ",
						     model_path(p));
			}
	}
}

static void disturb_others(const struct open_tx *but)
{
	for (struct open_tx *t = txs; t < txs + TX_MAX; t++)
		for (unsigned int p = 0; t != but && p < MODEL_PATHS; p++)
			t->disturbed[p] |= model.touched[p];
}

static void step_alone(uint16_t domid)
{
	struct model before = model;
	struct model_result really, model_says;
	struct model_op op;

	random_op(&op, domid);
	clear_marks();
	do_really(&op, NULL, &really);
	if (scarce && really.error == -XEN_ENOMEM) {
		failures++;
	} else {
		model_do(&model, &op, &model_says);
		compare(&op, &really, &model_says);
	}
	check_events(&before);
	disturb_others(NULL);
}

/* Was something changed that an operation of it could depend on? */
static bool may_conflict(const struct open_tx *t)
{
	for (unsigned int i = 0; i < t->nr_ops; i++)
		for (unsigned int p = 0; p < MODEL_PATHS; p++)
			if (t->disturbed[p] && (model_is_within(t->ops[i].path, p) ||
						model_is_within(p, t->ops[i].path)))
				return true;
	return false;
}

static void commit(struct open_tx *t)
{
	struct model before = model;
	struct model_result model_says;
	int ret = store_tx_commit(t->tx);

	clear_marks();
	if (ret == 0) {
		commits++;
		for (unsigned int i = 0; i < t->nr_ops; i++) {
			model_do(&model, &t->ops[i], &model_says);
			compare(&t->ops[i], &t->results[i], &model_says);
		}
		disturb_others(t);
	} else if (scarce && ret == -XEN_ENOMEM) {
		failures++;
	} else {
		ck_assert_int_eq(ret, -XEN_EAGAIN);
		/* A change that failed for want of memory counts as one, too. */
		ck_assert_msg(scarce || may_conflict(t), "EAGAIN without a reason");
		conflicts++;
	}
	check_events(&before);
}

static void step_in_tx(struct open_tx *t)
{
	if (!t->tx) {
		memset(t, 0, sizeof(*t));
		t->domid = below(DOMAINS);
		if (store_tx_begin(&store, t->domid, &t->tx)) {
			ck_assert(scarce);
			t->tx = NULL;
		}
	} else if (t->nr_ops < TX_OPS_MAX && below(8)) {
		random_op(&t->ops[t->nr_ops], t->domid);
		clear_marks();
		do_really(&t->ops[t->nr_ops], t->tx, &t->results[t->nr_ops]);
		t->nr_ops++;
		/* Nobody else hears of it, or is told. */
		check_events(&model);
	} else {
		if (below(4))
			commit(t);
		else
			store_tx_abort(t->tx);
		t->tx = NULL;
		compare_all();
	}
}

static void setup_with(size_t arena_bytes)
{
	const struct store_who d0 = {.store = &store};
	const struct store_perm all = {.access = STORE_READ | STORE_WRITE};
	char token[8], body[STORE_PATH_MAX + WATCH_TOKEN_MAX + 2];

	seed = unit_seed();
	arena = malloc(arena_bytes);
	ck_assert(store_init(&store, arena, arena_bytes));
	ck_assert_int_eq(store_mkdir(&d0, "/s"), 0);
	ck_assert_int_eq(store_set_perms(&d0, "/s", &all, 1), 0);
	model_init(&model);
	for (uint16_t domid = 0; domid < DOMAINS; domid++) {
		watch_client_init(&clients[domid], &store, domid);
		for (unsigned int w = 0; w < WATCHES_EVERY; w++) {
			watched[domid][w] = below(MODEL_PATHS);
			snprintf(token, sizeof(token), "%u", w);
			ck_assert_int_eq(watch_add(&clients[domid], model_path(watched[domid][w]),
						   token),
					 0);
		}
		while (watch_take(&clients[domid], body))
			;
	}
}

static void setup(void)
{
	setup_with(ARENA_BYTES);
}

static void setup_scarce(void)
{
	scarce = true;
	setup_with(SCARCE_BYTES);
}

static void teardown(void)
{
	free(arena);
}

START_TEST(random_operations_mean_what_they_should)
{
	const struct store_who d0 = {.store = &store};

	for (int i = 0; i < NR_STEPS; i++) {
		/* Not so often alone that no transaction ever succeeds. */
		if (below(12) == 0)
			step_alone(below(DOMAINS));
		else
			step_in_tx(&txs[below(TX_MAX)]);
	}
	for (struct open_tx *t = txs; t < txs + TX_MAX; t++)
		if (t->tx)
			store_tx_abort(t->tx);
	/* The test itself is worth nothing if one of these never happens. */
	ck_assert_uint_gt(commits, 100);
	ck_assert_uint_gt(conflicts, 100);
	ck_assert_uint_gt(events, 100);
	ck_assert_int_eq(store_remove(&d0, "/s"), 0);
	for (uint16_t domid = 0; domid < DOMAINS; domid++) {
		ck_assert_ptr_null(store_account_of(&store, domid));
		watch_client_end(&clients[domid]);
	}
	/* Nothing but the root is left, and the room of its list. */
	ck_assert_uint_le(heap_used(&store.heap), 256);
}
END_TEST

START_TEST(memory_that_runs_out_changes_nothing)
{
	for (int i = 0; i < NR_STEPS; i++) {
		if (below(3) == 0)
			step_alone(below(DOMAINS));
		else
			step_in_tx(&txs[below(TX_MAX)]);
		if (i % 64 == 0)
			compare_all();
	}
	ck_assert_uint_gt(commits, 50);
	ck_assert_uint_gt(failures, 500);
}
END_TEST

START_TEST(ended_domains_leave_nothing_behind)
{
	const struct store_perm *perms;
	unsigned int nr;

	for (int round = 0; round < 50; round++) {
		const struct store_who d0 = {.store = &store};

		for (int i = 0; i < 100; i++)
			step_alone(below(DOMAINS));
		store_forget_domain(&store, 1);
		ck_assert_ptr_null(store_account_of(&store, 1));
		for (unsigned int p = 0; p < MODEL_PATHS; p++) {
			nr = 0;
			if (store_get_perms(&d0, model_path(p), &perms, &nr))
				continue;
			for (unsigned int i = 0; i < nr; i++)
				ck_assert_uint_ne(perms[i].domid, 1);
		}
		/* The model begins anew. */
		for (unsigned int p = 1; p <= 3; p++)
			store_remove(&d0, model_path(p));
		model_init(&model);
		store_write(&d0, "/s", &(struct store_bytes){"", 0});
		for (uint16_t domid = 0; domid < DOMAINS; domid++) {
			bool got[WATCHES_EVERY][MODEL_PATHS] = {0};

			take_events(domid, got);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xenstore model");
	TCase *tcase = tcase_create("model"), *memory = tcase_create("memory");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, random_operations_mean_what_they_should);
	tcase_add_test(tcase, ended_domains_leave_nothing_behind);
	suite_add_tcase(suite, tcase);
	tcase_set_timeout(memory, 60);
	tcase_add_checked_fixture(memory, setup_scarce, teardown);
	tcase_add_test(memory, memory_that_runs_out_changes_nothing);
	suite_add_tcase(suite, memory);
	return unit_run(suite);
}
