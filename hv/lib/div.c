// SPDX-License-Identifier: MIT
/*
 * 64-bit division and scaling without libgcc.
 *
 * Called by printf and the time code. Pure.
 */
#include "lib/div.h"

#include "lib/bug.h"

/* hi:lo / d by the CPU's own instruction; hi < d, or it would fault. */
static u32 divide_long(u32 hi, u32 lo, u32 d, u32 *rem)
{
	u32 quotient;

	__asm__("divl %4" : "=a"(quotient), "=d"(*rem) : "0"(lo), "1"(hi), "rm"(d) : "cc");
	return quotient;
}

u64 div_u64_u32(u64 n, u32 d, u32 *rem)
{
	u32 hi, lo, left;

	BUG_ON(!d);
	/* Schoolbook: what the high digit leaves is below d, so the second fits. */
	hi = divide_long(0, (u32)(n >> 32), d, &left);
	lo = divide_long(left, (u32)n, d, &left);
	if (rem)
		*rem = left;
	return (u64)hi << 32 | lo;
}

u64 mul_u64_u32_shr32(u64 a, u32 b)
{
	u64 low = (a & 0xffffffffu) * b;
	u64 high = (a >> 32) * b;

	return high + (low >> 32);
}

u64 scale_tsc(u64 delta, u32 mul, s8 shift)
{
	if (shift >= 0)
		delta <<= shift;
	else
		delta >>= -shift;
	return mul_u64_u32_shr32(delta, mul);
}
