/* SPDX-License-Identifier: MIT */
/*
 * The hypercall page: 128 stubs of 32 bytes, called by number. ABI 1.7.
 *
 *   push %rcx ; push %r11 ; mov $nr, %eax ; syscall ; pop %r11 ; pop %rcx ; ret
 *   slot 23 (iret), jumped to: push %rcx ; push %r11 ; push %rax ; mov $23, %eax ; syscall
 */
#include "lib/string.h"
#include "x86/guest.h"

#define STUB_BYTES 32
#define NR_STUBS 128
#define NR_IRET 23
#define NR_AT 4 /* of the number, in the ordinary stub */

/*
 * [tour: widths 5] How a hypercall is made is the monitor's choice: a guest
 * calls into this page. 32 bits: `int 0x82`. 64 bits: SYSCALL, the fastest way
 * in, which takes rcx and r11 for itself.
 */
void arch_fill_hypercall_page(void *page)
{
	static const u8 call[] = { 0x51, 0x41, 0x53, 0xb8, 0,	 0,    0,    0,
				   0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 };
	static const u8 iret[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, NR_IRET, 0, 0, 0, 0x0f, 0x05 };
	u8 *p = page;

	memset(page, 0xcc, PAGE_SIZE);
	for (unsigned int nr = 0; nr < NR_STUBS; nr++, p += STUB_BYTES) {
		if (nr == NR_IRET) {
			memcpy(p, iret, sizeof(iret));
			continue;
		}
		memcpy(p, call, sizeof(call));
		p[NR_AT] = (u8)nr;
	}
}
