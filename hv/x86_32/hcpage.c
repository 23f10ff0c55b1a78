/* SPDX-License-Identifier: MIT */
/*
 * The hypercall page: 128 stubs of 32 bytes, called by number. ABI 1.7.
 *
 *   mov $nr, %eax ; int $0x82 ; ret
 *   slot 23 (iret), jumped to: push %eax ; mov $23, %eax ; int $0x82
 */
#include "lib/string.h"
#include "x86/guest.h"
#include "x86/vectors.h"

#define STUB_BYTES 32
#define NR_STUBS 128
#define NR_IRET 23

void arch_fill_hypercall_page(void *page)
{
	u8 *p = page;

	memset(page, 0xcc, PAGE_SIZE);
	for (unsigned int nr = 0; nr < NR_STUBS; nr++, p += STUB_BYTES) {
		u8 *at = p;

		if (nr == NR_IRET)
			*at++ = 0x50; /* push %eax */
		*at++ = 0xb8; /* mov $nr, %eax */
		*at++ = (u8)nr;
		*at++ = 0;
		*at++ = 0;
		*at++ = 0;
		*at++ = 0xcd; /* int */
		*at++ = VEC_HYPERCALL;
		if (nr != NR_IRET)
			*at++ = 0xc3; /* ret */
	}
}
