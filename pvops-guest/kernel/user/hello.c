// SPDX-License-Identifier: MIT
/*
 * hello: the smallest program.
 */
#include "user/user.h"

int main(const char *args)
{
	unsigned long cs;

	__asm__("mov %%cs, %0" : "=r"(cs));
	printf("hello from ring %lu%s%s\n", cs & 3, *args ? ", " : "", args);
	return 0;
}
