// SPDX-License-Identifier: MIT
/*
 * ATA commands, what drives say of themselves, and partition tables.
 * See: ABI 6.2
 *
 * SOURCES: pvops-guest/keeper/ata_wire.c
 */
#include <string.h>
#include "harness.h"
#include "pvops-guest/keeper/ata_wire.h"

#define LIMIT28 (1ull << 28)

static uint16_t words[256];
static uint8_t sector[512];
static struct ata_identity id;
static struct ata_command cmd;

/* A drive of so many sectors, as it would say it. */
static void drive(uint64_t nr_sectors)
{
	uint32_t narrow = nr_sectors < LIMIT28 ? (uint32_t)nr_sectors : LIMIT28 - 1;

	memset(words, 0, sizeof(words));
	memcpy(&words[27], "iRgnel trdvi e  ", 16);
	memset(&words[35], ' ', 24);
	words[47] = 0x8010;
	words[49] = 0x0200;
	words[60] = (uint16_t)narrow;
	words[61] = (uint16_t)(narrow >> 16);
	words[83] = 0x7400;
	for (int i = 0; i < 4; i++)
		words[100 + i] = (uint16_t)(nr_sectors >> 16 * i);
}

START_TEST(identity_is_read)
{
	drive(5000000000);
	ck_assert(ata_identity(words, &id));
	ck_assert_uint_eq(id.nr_sectors, 5000000000);
	ck_assert(id.lba48 && id.flush && id.flush48);
	ck_assert_uint_eq(id.multiple_max, 16);
	ck_assert_str_eq(id.model, "Ringlet drive");
	words[83] = 0x5000; /* no 48-bit commands */
	ck_assert(ata_identity(words, &id));
	ck_assert_uint_eq(id.nr_sectors, LIMIT28 - 1);
	ck_assert(!id.lba48 && id.flush && !id.flush48);
	words[83] = 0xffff; /* bit 15: the word means nothing */
	ck_assert(ata_identity(words, &id));
	ck_assert(!id.lba48 && !id.flush);
}
END_TEST

START_TEST(drives_that_cant_be_used_are_refused)
{
	drive(1000);
	words[49] = 0;
	ck_assert(!ata_identity(words, &id));
	drive(0);
	ck_assert(!ata_identity(words, &id));
	drive(1000);
	words[106] = 0x5000; /* sectors of another size */
	ck_assert(!ata_identity(words, &id));
	memset(words, 0xff, sizeof(words));
	ck_assert(!ata_identity(words, &id));
}
END_TEST

/* The address and number that a drive would understand. */
static uint64_t address(void)
{
	uint64_t low = cmd.lba_low[0] | (uint64_t)cmd.lba_mid[0] << 8 |
		       (uint64_t)cmd.lba_high[0] << 16;
	uint64_t high = cmd.lba_low[1] | (uint64_t)cmd.lba_mid[1] << 8 |
			(uint64_t)cmd.lba_high[1] << 16;

	ck_assert(cmd.device & 0x40);
	return cmd.wide ? low | high << 24 : low | (uint64_t)(cmd.device & 0xf) << 24;
}

static unsigned int number(void)
{
	unsigned int n = cmd.wide ? cmd.count[0] | cmd.count[1] << 8 : cmd.count[0];

	return n || cmd.wide ? n : 256;
}

START_TEST(commands_say_what_is_meant)
{
	static const uint64_t sizes[] = {1000, 1ull << 24, LIMIT28 - 1, LIMIT28 + 1000, 1ull << 40};
	uint64_t state = unit_seed();

	for (int round = 0; round < 20000; round++) {
		uint64_t size = sizes[unit_random_below(&state, 5)];
		uint64_t first = unit_random(&state) % size;
		unsigned int nr = 1 + unit_random_below(&state, 256);
		bool write = unit_random_below(&state, 2), multiple = unit_random_below(&state, 2);
		enum ata_action action = write ? ATA_ACTION_WRITE : ATA_ACTION_READ;

		drive(size);
		ck_assert(ata_identity(words, &id));
		if (unit_random_below(&state, 4) == 0 && nr <= size)
			first = size - nr;
		if (first + nr > size) {
			ck_assert(!ata_command(&id, action, multiple, first, nr, &cmd));
			continue;
		}
		ck_assert(ata_command(&id, action, multiple, first, nr, &cmd));
		ck_assert_uint_eq(address(), first);
		ck_assert_uint_eq(number(), nr);
		ck_assert_uint_eq(cmd.command, !cmd.wide ? (multiple ? (write ? 0xc5 : 0xc4)
								     : (write ? 0x30 : 0x20))
							 : (multiple ? (write ? 0x39 : 0x29)
								     : (write ? 0x34 : 0x24)));
		ck_assert(cmd.wide || first + nr <= LIMIT28);
	}
}
END_TEST

START_TEST(no_command_leaves_the_drive)
{
	drive(1000);
	ck_assert(ata_identity(words, &id));
	ck_assert(!ata_command(&id, ATA_ACTION_READ, true, 0, 0, &cmd));
	ck_assert(!ata_command(&id, ATA_ACTION_READ, true, 0, 257, &cmd));
	ck_assert(!ata_command(&id, ATA_ACTION_READ, true, 1000, 1, &cmd));
	ck_assert(!ata_command(&id, ATA_ACTION_READ, true, ~0ull, 1, &cmd));
	ck_assert(!ata_command(&id, ATA_ACTION_WRITE, true, 999, 2, &cmd));
	ck_assert(ata_command(&id, ATA_ACTION_WRITE, true, 999, 1, &cmd));
	ck_assert(ata_command(&id, ATA_ACTION_FLUSH, true, 0, 0, &cmd));
	ck_assert_uint_eq(cmd.command, 0xea);
	id.flush48 = false;
	ck_assert(ata_command(&id, ATA_ACTION_FLUSH, true, 0, 0, &cmd));
	ck_assert_uint_eq(cmd.command, 0xe7);
}
END_TEST

static void partition(unsigned int number_, uint8_t type, uint32_t first, uint32_t nr)
{
	uint8_t *e = sector + 446 + (number_ - 1) * 16;

	e[4] = type;
	for (int i = 0; i < 4; i++) {
		e[8 + i] = (uint8_t)(first >> 8 * i);
		e[12 + i] = (uint8_t)(nr >> 8 * i);
	}
	sector[510] = 0x55;
	sector[511] = 0xaa;
}

static const char *find(unsigned int number_)
{
	uint64_t first, nr;
	const char *wrong = mbr_partition(sector, number_, 10000, &first, &nr);

	if (!wrong)
		ck_assert(first >= 1 && nr >= 1 && first + nr <= 10000);
	return wrong;
}

START_TEST(partitions_lie_on_the_drive)
{
	uint64_t first, nr, state = unit_seed();

	memset(sector, 0, sizeof(sector));
	ck_assert_ptr_nonnull(find(1)); /* no table */
	partition(1, 0x83, 63, 9937);
	partition(2, 0x83, 63, 9938);
	partition(3, 0x05, 100, 100);
	ck_assert_ptr_null(mbr_partition(sector, 1, 10000, &first, &nr));
	ck_assert(first == 63 && nr == 9937);
	for (unsigned int n = 2; n < 10; n++)
		ck_assert_ptr_nonnull(find(n));
	ck_assert_ptr_nonnull(find(0));
	partition(4, 0x83, 0, 10);
	ck_assert_ptr_nonnull(find(4)); /* it would hold the table */
	partition(4, 0x83, 0xffffffff, 0xffffffff);
	ck_assert_ptr_nonnull(find(4));
	partition(4, 0x83, 5, 0xfffffffe);
	ck_assert_ptr_nonnull(find(4));
	/* Whatever stands there, what is found is inside. */
	for (int round = 0; round < 20000; round++) {
		for (unsigned int i = 446; i < 510; i++)
			sector[i] = unit_random_below(&state, 3) ? 0
								 : (uint8_t)unit_random(&state);
		for (unsigned int n = 1; n <= 4; n++)
			find(n);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ata_wire");
	TCase *tcase = tcase_create("ata_wire");

	tcase_add_test(tcase, identity_is_read);
	tcase_add_test(tcase, drives_that_cant_be_used_are_refused);
	tcase_add_test(tcase, commands_say_what_is_meant);
	tcase_add_test(tcase, no_command_leaves_the_drive);
	tcase_add_test(tcase, partitions_lie_on_the_drive);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
