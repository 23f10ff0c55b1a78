// SPDX-License-Identifier: MIT
/*
 * hello: the smallest program.
 */
#include "user/user.h"

int main(const char *args)
{
	uint32_t cs;

	__asm__("movl %%cs, %0" : "=r"(cs));
	printf("hello from ring %u%s%s\n", cs & 3, *args ? ", " : "", args);
	return 0;
}
