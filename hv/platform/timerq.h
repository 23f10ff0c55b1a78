/* SPDX-License-Identifier: MIT */
/* The queue of armed timers: a binary heap by deadline. Pure; for timer.c and its test. */
#ifndef PLATFORM_TIMERQ_H
#define PLATFORM_TIMERQ_H

#include "platform/platform.h"

#define TIMERQ_MAX 4096 /* armed at once: two or three for each vcpu there can be */

struct timerq {
	unsigned int nr;
	struct timer *heap[TIMERQ_MAX]; /* heap[i] is due no later than heap[2i+1], heap[2i+2] */
};

/* The one due first, or NULL. */
struct timer *timerq_first(const struct timerq *q);
/* @t: not in the queue; expires_ns is set. */
void timerq_add(struct timerq *q, struct timer *t);
/* @t: in the queue. */
void timerq_remove(struct timerq *q, struct timer *t);

#endif
