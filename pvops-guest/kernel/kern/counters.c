// SPDX-License-Identifier: MIT
/*
 * The list of counter groups. Called by whoever counts (register) and by the
 * counter system call (get).
 */
#include "kern/counters.h"
#include "kern/panic.h"

#define MAX_GROUPS 4

static struct {
	const char *const *names;
	const uint32_t *values;
	unsigned int nr;
} groups[MAX_GROUPS];

static unsigned int nr_groups;

void counters_register(const char *const *names, const uint32_t *values, unsigned int nr)
{
	if (nr_groups == MAX_GROUPS)
		panic("too many counter groups");
	groups[nr_groups].names = names;
	groups[nr_groups].values = values;
	groups[nr_groups].nr = nr;
	nr_groups++;
}

bool counters_get(unsigned int index, const char **name, uint32_t *value)
{
	for (unsigned int group = 0; group < nr_groups; group++) {
		if (index < groups[group].nr) {
			*name = groups[group].names[index];
			*value = groups[group].values[index];
			return true;
		}
		index -= groups[group].nr;
	}
	return false;
}
