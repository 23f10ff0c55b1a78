// SPDX-License-Identifier: MIT
/*
 * A line for keeper to the key and value it means. Called by input.c.
 * Portable: also built for the host's tests.
 */

#include "pvops-guest/keeper/command.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

#define WORDS_MAX 3
#define WORD_SIZE 16

struct words {
	unsigned int nr;
	char word[WORDS_MAX][WORD_SIZE];
};

/* False: too many words, or one that is too long for any meaning. */
static bool split(const char *line, struct words *words)
{
	unsigned int len = 0;

	*words = (struct words){0};
	for (; *line; line++) {
		if (*line == ' ') {
			len = 0;
			continue;
		}
		if (!len && words->nr++ == WORDS_MAX)
			return false;
		if (len == WORD_SIZE - 1)
			return false;
		words->word[words->nr - 1][len++] = *line;
	}
	return true;
}

/* Digits from *at on, at most max. False: none, or more than that. */
static bool take_number(const char **at, uint64_t max, uint64_t *number)
{
	const char *first = *at;

	*number = 0;
	for (; **at >= '0' && **at <= '9'; ++*at) {
		*number = *number * 10 + (uint64_t)(**at - '0');
		if (*number > max)
			return false;
	}
	return *at != first;
}

/* A size in KiB, its unit K if it has none. 0: no size. */
static uint64_t parse_size_kib(const char *text)
{
	unsigned int shift = 0;
	uint64_t size;

	if (!take_number(&text, COMMAND_KIB_MAX, &size))
		return 0;
	if (*text == 'M' || *text == 'm')
		shift = 10;
	else if (*text == 'G' || *text == 'g')
		shift = 20;
	else if (*text && *text != 'K' && *text != 'k')
		return 0;
	if (*text && text[1])
		return 0;
	return size <= COMMAND_KIB_MAX >> shift ? size << shift : 0;
}

static const char *parse_target(const char *size, struct command *command)
{
	uint64_t kib = parse_size_kib(size);

	if (!kib)
		return "no size, or none that a domain can have";
	command->key = "memory/target";
	guest_snprintf(command->value, sizeof(command->value), "%llu", (unsigned long long)kib);
	return NULL;
}

static const char *parse_sysrq(const char *key, struct command *command)
{
	if (key[1])
		return "a key is one letter";
	command->key = "control/sysrq";
	command->value[0] = key[0];
	return NULL;
}

static bool parse_domain(const char *text, uint16_t *domid)
{
	uint64_t number;

	if (*text++ != 'd' || !take_number(&text, 0x7fef, &number) || *text || !number)
		return false;
	*domid = (uint16_t)number;
	return true;
}

const char *command_parse(const char *line, struct command *command)
{
	struct words words;
	const char *verb = words.word[0];

	*command = (struct command){0};
	if (!split(line, &words) || words.nr < 2)
		return COMMAND_USAGE;
	if (!parse_domain(words.word[1], &command->domid))
		return "a domain is d1, d2, …";
	if (words.nr == 3 && !strcmp(verb, "target"))
		return parse_target(words.word[2], command);
	if (words.nr == 3 && !strcmp(verb, "sysrq"))
		return parse_sysrq(words.word[2], command);
	if (words.nr == 2 &&
	    (!strcmp(verb, "poweroff") || !strcmp(verb, "reboot") || !strcmp(verb, "halt"))) {
		command->key = "control/shutdown";
		memcpy(command->value, verb, strlen(verb) + 1);
		return NULL;
	}
	return COMMAND_USAGE;
}
