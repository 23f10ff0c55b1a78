/* SPDX-License-Identifier: MIT */
/* The queue of armed timers: a binary heap by deadline. Called by timer.c. */
#include "platform/timerq.h"

static void place(struct timerq *q, unsigned int slot, struct timer *t)
{
	q->heap[slot] = t;
	t->heap_slot = slot;
}

static void sift_up(struct timerq *q, unsigned int slot, struct timer *t)
{
	while (slot > 0) {
		unsigned int parent = (slot - 1) / 2;

		if (q->heap[parent]->expires_ns <= t->expires_ns)
			break;
		place(q, slot, q->heap[parent]);
		slot = parent;
	}
	place(q, slot, t);
}

static void sift_down(struct timerq *q, unsigned int slot, struct timer *t)
{
	for (;;) {
		unsigned int child = 2 * slot + 1;

		if (child >= q->nr)
			break;
		if (child + 1 < q->nr &&
		    q->heap[child + 1]->expires_ns < q->heap[child]->expires_ns)
			child++;
		if (t->expires_ns <= q->heap[child]->expires_ns)
			break;
		place(q, slot, q->heap[child]);
		slot = child;
	}
	place(q, slot, t);
}

struct timer *timerq_first(const struct timerq *q)
{
	return q->nr ? q->heap[0] : NULL;
}

void timerq_add(struct timerq *q, struct timer *t)
{
	BUG_ON(t->armed || q->nr == TIMERQ_MAX);
	t->armed = true;
	sift_up(q, q->nr++, t);
}

void timerq_remove(struct timerq *q, struct timer *t)
{
	unsigned int slot = t->heap_slot;
	struct timer *last;

	BUG_ON(!t->armed || slot >= q->nr || q->heap[slot] != t);
	t->armed = false;
	last = q->heap[--q->nr];
	if (last == t)
		return;
	if (slot > 0 && last->expires_ns < q->heap[(slot - 1) / 2]->expires_ns)
		sift_up(q, slot, last);
	else
		sift_down(q, slot, last);
}
