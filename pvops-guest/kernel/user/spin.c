// SPDX-License-Identifier: MIT
/*
 * spin [SECONDS]: use the processor and never give it up by itself. That the
 * shell still answers meanwhile shows preemption.
 */
#include "user/user.h"

#define DEFAULT_SECONDS 5

int main(const char *args)
{
	uint32_t seconds = parse_number(args);
	uint32_t start = uptime_ms();
	uint32_t rounds = 0;

	if (seconds == 0)
		seconds = DEFAULT_SECONDS;
	while (uptime_ms() - start < seconds * 1000) {
		for (volatile int i = 0; i < 10000; i++)
			;
		rounds++;
	}
	printf("spin: %u s over, %u rounds\n", seconds, rounds);
	return 0;
}
