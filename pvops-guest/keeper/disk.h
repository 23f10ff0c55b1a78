/* SPDX-License-Identifier: MIT */
/*
 * The disks that keeper serves: which domain gets which, and where the sectors
 * are. Sectors are of 512 bytes everywhere.
 */
#ifndef PVOPS_GUEST_KEEPER_DISK_H
#define PVOPS_GUEST_KEEPER_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISKS_MAX	 32
#define DISK_GUEST_MAX	 16 /* of a domain's name, with its NUL: what its handle holds */
#define DISK_SOURCE_MAX	 16
#define SECTOR_SHIFT	 9
#define SECTOR_BYTES	 (1u << SECTOR_SHIFT)
#define SECTORS_PER_PAGE (4096u >> SECTOR_SHIFT)

struct disk {
	char guest[DISK_GUEST_MAX]; /* name of the domain that gets it */
	char device[8];		    /* "xvda", as its users know it */
	char source[DISK_SOURCE_MAX]; /* after "phy:"; empty: a boot module */
	uint32_t vdev;		    /* its number: 202 << 8 and up */
	bool read_only;
	uint64_t nr_sectors;
	/* A boot module: its first byte in keeper's memory. */
	unsigned long first_pfn;
	uint32_t offset_bytes;
	/* A partition, and its first sector on the drive; NULL: a boot module. */
	struct ata_drive *drive;
	uint64_t first_sector;
};

/*
 * disk_parse - NAME,DEVICE[,phy:SOURCE][,ro|,rw] into a disk's first fields.
 * @args: behind "disk=", up to a NUL or a space
 * NULL, or what is wrong.
 */
const char *disk_parse(const char *args, struct disk *disk);

/* disks_init - what the boot modules and the command line say. Once, at start. */
void disks_init(void);

/* disks_next - the next disk of the domain of that name; after NULL: its first. */
struct disk *disks_next(const char *guest, struct disk *after);

#endif
