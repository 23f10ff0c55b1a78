// SPDX-License-Identifier: MIT
/*
 * A disk's description: `disk=NAME,xvda[,phy:hda1][,ro]`. Called by disks.c.
 * Portable: also built for the host's tests.
 */

#include "pvops-guest/keeper/disk.h"
#include "pvops-guest/lib/string.h"

#define XVD_MAJOR      202u
#define XVD_MINOR_BITS 4 /* partitions of a disk, and the disk itself */

/* One field up to a comma, a space or the end; false: empty, or too long. */
static bool take_field(const char **at, char *field, size_t size)
{
	size_t n = 0;

	while ((*at)[n] && (*at)[n] != ',' && (*at)[n] != ' ')
		n++;
	if (!n || n >= size)
		return false;
	memcpy(field, *at, n);
	field[n] = '\0';
	*at += n;
	return true;
}

/* xvda to xvdp, or a single partition of one, xvda1 to xvdp15. */
static bool parse_device(const char *name, uint32_t *vdev)
{
	uint32_t partition = 0;

	if (strncmp(name, "xvd", 3) || name[3] < 'a' || name[3] > 'p')
		return false;
	for (const char *c = name + 4; *c; c++) {
		if (*c < '0' || *c > '9' || (c == name + 4 && *c == '0'))
			return false;
		partition = partition * 10 + (uint32_t)(*c - '0');
		if (partition >= 1u << XVD_MINOR_BITS)
			return false;
	}
	*vdev = XVD_MAJOR << 8 | (uint32_t)(name[3] - 'a') << XVD_MINOR_BITS | partition;
	return true;
}

static const char *take_option(const char **at, struct disk *disk)
{
	char word[DISK_SOURCE_MAX + 4];

	if (!take_field(at, word, sizeof(word)))
		return "an empty or too long word";
	if (!strcmp(word, "ro"))
		disk->read_only = true;
	else if (!strncmp(word, "phy:", 4) && word[4])
		memcpy(disk->source, word + 4, strlen(word + 4) + 1);
	else if (strcmp(word, "rw"))
		return "an unknown word";
	return NULL;
}

const char *disk_parse(const char *args, struct disk *disk)
{
	const char *at = args, *wrong;

	*disk = (struct disk){0};
	if (!take_field(&at, disk->guest, sizeof(disk->guest)))
		return "no name of a domain, or one of more than 15 letters";
	if (*at++ != ',' || !take_field(&at, disk->device, sizeof(disk->device)) ||
	    !parse_device(disk->device, &disk->vdev))
		return "no device from xvda to xvdp";
	while (*at == ',') {
		at++;
		wrong = take_option(&at, disk);
		if (wrong)
			return wrong;
	}
	return NULL;
}
