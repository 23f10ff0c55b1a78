// SPDX-License-Identifier: MIT
/*
 * Claim: the ports that the initial domain's bitmap opens work without the
 * monitor; the monitor's own stay closed, whatever the bitmap says.
 * See: ABI 4.7, 6.2
 * Rule: with virtual IOPL 1 no access faults, and reserved ports read as ones.
 * See: ABI 2.3, 4.7
 */

#include "pvops-guest/lib/port.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include <xen/errno.h>

#define DELAY_PORT  0x80 /* where firmware writes its progress; keeps what is written */
#define ATA_STATUS  0x1f7
#define ATA_SECTOR  0x1f3

static uint8_t bitmap[8192 + 4096] __attribute__((aligned(4096)));

/* What the monitor drives, what ends the machine, what writes to memory. */
static const uint16_t reserved[] = {
	0x00, 0x08, 0x1f, 0x20, 0x21, 0x40, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x81, 0x8f,
	0x92, 0xa0, 0xa1, 0xb2, 0xc0, 0xdf, 0xe9, 0xf4, 0x3f8, 0x3fd, 0x3ff, 0x4d0, 0x604,
	0x605, 0xcf8, 0xcf9, 0xcfc, 0xcff, 0xb004, 0x8900,
};

static void read_port(void *arg)
{
	(void)port_read8(*(uint16_t *)arg);
}

static bool faults(uint16_t port)
{
	struct trap_result r;

	return trap_catch(read_port, &port, &r) && r.vector == VECTOR_GP;
}

static void read_words(void *arg)
{
	port_read16s(0x1f0, arg, 4);
}

static void check_closed(const char *when)
{
	TEST_CHECK(faults(ATA_STATUS) && faults(DELAY_PORT), "%s: a port is open", when);
}

static void check_bitmap(void)
{
	struct trap_result r;
	uint16_t words[4];

	memset(bitmap, 0, sizeof(bitmap));
	TEST_EQUAL("all open", port_set_bitmap(bitmap, 65536), 0);
	TEST_CHECK(!faults(DELAY_PORT), "port %x is closed", DELAY_PORT);
	TEST_CHECK(!faults(ATA_STATUS), "port %x is closed", ATA_STATUS);
	TEST_CHECK(!faults(0xffff), "the last port is closed");
	TEST_CHECK(!trap_catch(read_words, words, &r), "a string read faults");
	for (unsigned int i = 0; i < ARRAY_SIZE(reserved); i++)
		TEST_CHECK(faults(reserved[i]), "reserved port %x is open", reserved[i]);
	/* It was copied: what is written there now opens nothing. */
	memset(bitmap, 0xff, sizeof(bitmap));
	TEST_EQUAL("all closed", port_set_bitmap(bitmap, 65536), 0);
	memset(bitmap, 0, sizeof(bitmap));
	check_closed("all closed");
	/* Ports from nr_ports on are closed; also in the middle of a byte. */
	TEST_EQUAL("some open", port_set_bitmap(bitmap, 0x1f5), 0);
	TEST_CHECK(!faults(0x1f4) && faults(0x1f5) && faults(ATA_STATUS), "a limit of 1f5");
	TEST_EQUAL("none", port_set_bitmap(NULL, 0), 0);
	check_closed("none");
}

static void check_refused(void)
{
	memset(bitmap, 0, sizeof(bitmap));
	TEST_EQUAL("open", port_set_bitmap(bitmap, 65536), 0);
	TEST_EQUAL("too many", port_set_bitmap(bitmap, 65537), -XEN_EINVAL);
	TEST_EQUAL("far too many", port_set_bitmap(bitmap, ~0u), -XEN_EINVAL);
	TEST_EQUAL("nowhere", port_set_bitmap((uint8_t *)16, 65536), -XEN_EFAULT);
	TEST_CHECK(!faults(ATA_STATUS), "a refused call has closed the ports");
	TEST_EQUAL("none", port_set_bitmap(NULL, 0), 0);
}

static void check_iopl(void)
{
	uint8_t value;

	TEST_EQUAL("IOPL", port_set_iopl(1), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(reserved); i++) {
		value = port_read8(reserved[i]);
		TEST_CHECK(value == 0xff, "reserved port %x reads %x", reserved[i], value);
		/* Some would end the machine, or stop its clock. */
		port_write8(reserved[i], 0xfe);
	}
	/* A register that keeps what is written, on a channel that answers. */
	port_write8(ATA_SECTOR, 0x5a);
	value = port_read8(ATA_SECTOR);
	if (port_read8(ATA_STATUS) != 0xff)
		TEST_CHECK(value == 0x5a || value == 0, "the drive's register reads %x", value);
	TEST_EQUAL("IOPL", port_set_iopl(0), 0);
	check_closed("IOPL 0 again");
}

void test_main(void)
{
	check_closed("at first");
	check_bitmap();
	check_refused();
	check_iopl();
}
