/* SPDX-License-Identifier: MIT */
/*
 * Spin locks and atomic words.
 *
 * The monitor runs with interrupts off except in named windows, so a lock is
 * never taken in an interrupt handler that could meet its own CPU's holder.
 */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include "lib/bug.h"
#include "lib/types.h"

typedef struct {
	u32 held;
} spinlock_t;

#define SPINLOCK_INIT { 0 }

static inline void spin_lock(spinlock_t *lock)
{
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED))
			__builtin_ia32_pause();
}

static inline void spin_unlock(spinlock_t *lock)
{
	ASSERT(lock->held);
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

static inline bool spin_is_locked(const spinlock_t *lock)
{
	return __atomic_load_n(&lock->held, __ATOMIC_RELAXED) != 0;
}

/* Replace *word by want if it still holds seen; false when it changed. */
static inline bool cmpxchg_u32(u32 *word, u32 seen, u32 want)
{
	return __atomic_compare_exchange_n(word, &seen, want, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* The older builtin: it becomes CMPXCHG8B in place, the newer a library call. */
static inline bool cmpxchg_u64(u64 *word, u64 seen, u64 want)
{
	return __sync_bool_compare_and_swap(word, seen, want);
}

/* Atomic bit operations on an array of unsigned long; they return the old bit. */
#define BITS_PER_LONG (8 * sizeof(unsigned long))

static inline bool test_and_set_bit(unsigned int nr, unsigned long *map)
{
	unsigned long bit = 1UL << (nr % BITS_PER_LONG);

	return __atomic_fetch_or(&map[nr / BITS_PER_LONG], bit, __ATOMIC_SEQ_CST) & bit;
}

static inline bool test_and_clear_bit(unsigned int nr, unsigned long *map)
{
	unsigned long bit = 1UL << (nr % BITS_PER_LONG);

	return __atomic_fetch_and(&map[nr / BITS_PER_LONG], ~bit, __ATOMIC_SEQ_CST) & bit;
}

static inline bool test_bit(unsigned int nr, const unsigned long *map)
{
	unsigned long word = __atomic_load_n(&map[nr / BITS_PER_LONG], __ATOMIC_RELAXED);

	return word >> (nr % BITS_PER_LONG) & 1;
}

#endif
