/* SPDX-License-Identifier: MIT */
/*
 * What goes over an ATA channel, and what a drive's first sector says: pure,
 * also built for the host's tests. ATA/ATAPI-6: 7.15, 8.11 to 8.16, 9.
 */
#ifndef PVOPS_GUEST_KEEPER_ATA_WIRE_H
#define PVOPS_GUEST_KEEPER_ATA_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#define ATA_IDENTIFY	 0xec
#define ATA_SET_MULTIPLE 0xc6

enum ata_action { ATA_ACTION_READ, ATA_ACTION_WRITE, ATA_ACTION_FLUSH };

/* What IDENTIFY DEVICE tells. */
struct ata_identity {
	uint64_t nr_sectors;
	uint8_t multiple_max; /* sectors between two interrupts, 0: READ MULTIPLE isn't there */
	bool lba48;
	bool flush; /* it has a write cache to be flushed */
	bool flush48;
	char model[41];
};

/* ata_identity - from the 256 words. False: not a drive with LBA and such sectors. */
bool ata_identity(const uint16_t *words, struct ata_identity *id);

/* Register contents of one command; of a pair the high byte is written first. */
struct ata_command {
	uint8_t command;
	uint8_t device; /* LBA bit and, if narrow, address bits 24 to 27; not which drive */
	uint8_t count[2], lba_low[2], lba_mid[2], lba_high[2]; /* [1] only if wide */
	bool wide; /* 48-bit address: both bytes of each pair */
};

/*
 * ata_command - nr sectors (1 to 256) from a sector on; both not used to flush.
 * @multiple: the drive has been told how many sectors are one block.
 * False: the range isn't the drive's.
 */
bool ata_command(const struct ata_identity *id, enum ata_action action, bool multiple,
		 uint64_t sector, unsigned int nr, struct ata_command *cmd);

/*
 * mbr_partition - a primary partition, 1 to 4, of a drive's first sector.
 * NULL, or what is wrong with it.
 */
const char *mbr_partition(const uint8_t *sector, unsigned int number, uint64_t drive_sectors,
			  uint64_t *first, uint64_t *nr);

#endif
