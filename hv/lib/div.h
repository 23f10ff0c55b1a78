/* SPDX-License-Identifier: MIT */
/*
 * 64-bit division and scaling without libgcc, which is not linked.
 *
 * Called by printf and by everybody who counts time. The plain `/` and `%` on
 * u64 become calls to __udivdi3 on 32 bits: use these instead.
 */
#ifndef LIB_DIV_H
#define LIB_DIV_H

#include "lib/types.h"

/**
 * Divide n by d.
 * @d: not zero (BUG otherwise). @rem: the remainder; may be NULL.
 * Returns the whole 64-bit quotient.
 */
u64 div_u64_u32(u64 n, u32 d, u32 *rem);

/* (a * b) >> 32 with a 96-bit product between; cut to 64 bits. */
u64 mul_u64_u32_shr32(u64 a, u32 b);

/**
 * Turn a difference of time-stamp counter values into nanoseconds, the way
 * every guest does with vcpu_time_info: shift delta left by shift (right if it
 * is negative), multiply by the fraction mul / 2^32.
 * @shift: -63 to 63. Bits shifted out at the top are lost, as in the guests.
 * ABI: tsc_to_system_mul and tsc_shift in xen.h.
 */
u64 scale_tsc(u64 delta, u32 mul, s8 shift);

#endif
