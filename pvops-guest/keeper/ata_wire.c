// SPDX-License-Identifier: MIT
/*
 * ATA commands, IDENTIFY DEVICE, the partition table of a PC. Called by ata.c.
 */

#include <stddef.h>
#include "pvops-guest/keeper/ata_wire.h"

/* Words of IDENTIFY DEVICE. ATA/ATAPI-6, table 27. */
#define ID_MODEL	27 /* 20 words, the first letter in the high byte */
#define ID_MULTIPLE	47
#define ID_CAPABILITIES 49
#define ID_SECTORS28	60
#define ID_COMMANDS	83
#define ID_SECTORS48	100
#define ID_SECTOR_SIZE	106

#define CAPABILITY_LBA	 0x0200u
#define COMMAND_LBA48	 0x0400u
#define COMMAND_FLUSH	 0x1000u
#define COMMAND_FLUSH48	 0x2000u
#define WORD_VALID	 0x4000u /* with bit 15 clear */
#define LONG_SECTORS	 0x1000u

#define DEVICE_LBA   0x40
#define SECTORS28    (1ull << 28)
#define NR_PER_COMMAND 256u

#define READ_SECTORS	    0x20
#define READ_SECTORS_EXT    0x24
#define READ_MULTIPLE_EXT   0x29
#define WRITE_SECTORS	    0x30
#define WRITE_SECTORS_EXT   0x34
#define WRITE_MULTIPLE_EXT  0x39
#define READ_MULTIPLE	    0xc4
#define WRITE_MULTIPLE	    0xc5
#define FLUSH_CACHE	    0xe7
#define FLUSH_CACHE_EXT	    0xea

#define MBR_TABLE     446
#define MBR_ENTRY     16
#define MBR_SIGNATURE 510

static bool is_valid(uint16_t word)
{
	return (word & 0xc000) == WORD_VALID;
}

bool ata_identity(const uint16_t *words, struct ata_identity *id)
{
	uint16_t commands = is_valid(words[ID_COMMANDS]) ? words[ID_COMMANDS] : 0;
	unsigned int len = 0;

	*id = (struct ata_identity){
		.multiple_max = words[ID_MULTIPLE] & 0xff,
		.lba48 = commands & COMMAND_LBA48,
		.flush = commands & COMMAND_FLUSH,
		.flush48 = commands & COMMAND_FLUSH48,
	};
	for (unsigned int i = 0; i < 40; i++) {
		id->model[i] = (char)(words[ID_MODEL + i / 2] >> (i % 2 ? 0 : 8));
		if (id->model[i] < ' ' || id->model[i] > '~')
			id->model[i] = ' ';
		if (id->model[i] != ' ')
			len = i + 1;
	}
	id->model[len] = '\0';
	id->nr_sectors = words[ID_SECTORS28] | (uint32_t)words[ID_SECTORS28 + 1] << 16;
	if (id->lba48)
		id->nr_sectors = words[ID_SECTORS48] | (uint32_t)words[ID_SECTORS48 + 1] << 16 |
				 (uint64_t)words[ID_SECTORS48 + 2] << 32 |
				 (uint64_t)words[ID_SECTORS48 + 3] << 48;
	else if (id->nr_sectors > SECTORS28)
		return false;
	if (is_valid(words[ID_SECTOR_SIZE]) && words[ID_SECTOR_SIZE] & LONG_SECTORS)
		return false;
	return words[ID_CAPABILITIES] & CAPABILITY_LBA && id->nr_sectors &&
	       id->nr_sectors <= 1ull << 48;
}

/* Of read and write; narrow first. */
static uint8_t transfer(enum ata_action action, bool multiple, bool wide)
{
	static const uint8_t codes[2][2][2] = {
		{{READ_SECTORS, READ_SECTORS_EXT}, {READ_MULTIPLE, READ_MULTIPLE_EXT}},
		{{WRITE_SECTORS, WRITE_SECTORS_EXT}, {WRITE_MULTIPLE, WRITE_MULTIPLE_EXT}},
	};

	return codes[action == ATA_ACTION_WRITE][multiple][wide];
}

bool ata_command(const struct ata_identity *id, enum ata_action action, bool multiple,
		 uint64_t sector, unsigned int nr, struct ata_command *cmd)
{
	*cmd = (struct ata_command){.device = DEVICE_LBA};
	if (action == ATA_ACTION_FLUSH) {
		cmd->command = id->flush48 ? FLUSH_CACHE_EXT : FLUSH_CACHE;
		return true;
	}
	if (!nr || nr > NR_PER_COMMAND || sector >= id->nr_sectors ||
	    nr > id->nr_sectors - sector)
		return false;
	cmd->wide = sector + nr > SECTORS28;
	cmd->command = transfer(action, multiple, cmd->wide);
	/* 0 means 256 to the narrow ones, and 65536 to the wide ones. */
	cmd->count[0] = (uint8_t)nr;
	cmd->count[1] = (uint8_t)(nr >> 8);
	cmd->lba_low[0] = (uint8_t)sector;
	cmd->lba_mid[0] = (uint8_t)(sector >> 8);
	cmd->lba_high[0] = (uint8_t)(sector >> 16);
	if (cmd->wide) {
		cmd->lba_low[1] = (uint8_t)(sector >> 24);
		cmd->lba_mid[1] = (uint8_t)(sector >> 32);
		cmd->lba_high[1] = (uint8_t)(sector >> 40);
	} else {
		cmd->device |= sector >> 24 & 0xf;
	}
	return true;
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

const char *mbr_partition(const uint8_t *sector, unsigned int number, uint64_t drive_sectors,
			  uint64_t *first, uint64_t *nr)
{
	const uint8_t *entry = sector + MBR_TABLE + (number - 1) * MBR_ENTRY;
	uint8_t type;

	if (number < 1 || number > 4)
		return "only primary partitions, 1 to 4, are known";
	if (sector[MBR_SIGNATURE] != 0x55 || sector[MBR_SIGNATURE + 1] != 0xaa)
		return "the drive has no partition table";
	type = entry[4];
	*first = le32(entry + 8);
	*nr = le32(entry + 12);
	if (!type || !*nr)
		return "there is no such partition";
	if (type == 0x05 || type == 0x0f || type == 0x85)
		return "it holds other partitions";
	if (!*first || *first >= drive_sectors || *nr > drive_sectors - *first)
		return "it leaves the drive";
	return NULL;
}
