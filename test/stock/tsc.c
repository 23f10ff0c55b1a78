// SPDX-License-Identifier: MIT
/*
 * tsc - prints the time-stamp counter in decimal. A program of the ramdisks: under
 * `qemu -icount shift=0,sleep=off` it is the number of instructions since reset.
 * Built without a C library, so that its own start costs next to nothing.
 */

static long write_out(const char *text, long length)
{
	long done;

	asm volatile("syscall"
		     : "=a"(done)
		     : "0"(1L), "D"(1L), "S"(text), "d"(length)
		     : "rcx", "r11", "memory");
	return done;
}

static _Noreturn void leave(long status)
{
	for (;;)
		asm volatile("syscall" : : "a"(60L), "D"(status) : "rcx", "r11", "memory");
}

void _start(void)
{
	unsigned long long count = __builtin_ia32_rdtsc();
	char text[24];
	char *at = text + sizeof(text);

	*--at = '\n';
	do {
		*--at = (char)('0' + count % 10);
		count /= 10;
	} while (count);
	leave(write_out(at, text + sizeof(text) - at) < 0);
}
