// SPDX-License-Identifier: MIT
/*
 * thread [TAG]: data to which a segment register leads, as a thread's own are
 * found. Without a tag it starts another of itself with its data elsewhere, and
 * both look whether the segment stays theirs while they take turns.
 */
#include "user/user.h"

#define OWN_TAG 3
#define LOOKS	200
#define WORDS	64

/* Zero, but for one word: what another base leads to is no tag. */
static unsigned long block[WORDS];

/* Look again and again, giving way in between; how often was it another's? */
static uint32_t look(unsigned long tag)
{
	uint32_t wrong = 0;

	for (int i = 0; i < LOOKS; i++) {
		if (thread_word(0) != tag)
			wrong++;
		syscall1(SYS_YIELD, 0);
	}
	return wrong;
}

int main(const char *args)
{
	uint32_t tag = *args ? parse_number(args) : OWN_TAG, wrong;
	unsigned long *base = &block[tag % WORDS];
	int other = -1;

	if (!*args)
		other = syscall3(SYS_SPAWN, (unsigned long)"thread", (unsigned long)"7", 0);
	*base = tag;
	if (syscall1(SYS_SET_BASE, (unsigned long)base) < 0) {
		printf("thread: no segment\n");
		return 1;
	}
	thread_load();
	wrong = look(tag);
	if (other >= 0)
		wrong += syscall1(SYS_WAIT, other);
	if (!*args)
		printf("thread: %u looks were wrong\n", wrong);
	return wrong;
}
