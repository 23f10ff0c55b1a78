/* SPDX-License-Identifier: MIT */
/*
 * What a user may ask of keeper: a key in a domain's home is set, and its kernel,
 * which watches it, does the rest. Portable: also built for the host's tests.
 */
#ifndef PVOPS_GUEST_KEEPER_COMMAND_H
#define PVOPS_GUEST_KEEPER_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#define COMMAND_MAX	64 /* bytes of a line, with the final NUL */
#define COMMAND_USAGE	"target dN SIZE[K|M|G], poweroff dN, reboot dN, halt dN, sysrq dN KEY"
#define COMMAND_KIB_MAX (1ull << 34) /* 16 TB: more than any domain can have */

struct command {
	uint16_t domid;
	const char *key; /* below the domain's home */
	char value[24];
};

/*
 * command_parse - understand a line without its end.
 * Returns NULL, or what is wrong with it. The domain may not exist.
 */
const char *command_parse(const char *line, struct command *command);

#endif
