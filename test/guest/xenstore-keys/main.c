// SPDX-License-Identifier: MIT
/*
 * Claim: a new domain finds the keys a stock toolstack leaves for it, may read
 * them all, and may write those that are for it to write.
 * See: ABI 1.4
 */

#include "pvops-guest/lib/xs_test.h"

static void read_number(const char *key, unsigned int len)
{
	bool digits = true;

	if (xs_request(XS_READ, 0, key, len, xs_reply, &xs_reply_len) != XS_READ) {
		test_failure("%s: %s", key, xs_reply);
		return;
	}
	for (size_t i = 0; i < xs_reply_len; i++)
		digits = digits && xs_reply[i] >= '0' && xs_reply[i] <= '9';
	TEST_CHECK(digits && xs_reply_len, "%s is '%s'", key, xs_reply);
}

static void look_at_vm(void)
{
	static char path[120];

	xs_request(XS_READ, 0, XS_BODY("vm"), xs_reply, &xs_reply_len);
	guest_snprintf(path, sizeof(path), "%s/name", xs_reply);
	xs_expect(XS_READ, path, strlen(path) + 1, XS_READ, test_name);
}

void test_main(void)
{
	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	read_number(XS_BODY("domid"));
	xs_expect(XS_READ, XS_BODY("name"), XS_READ, test_name);
	/* The test guest's 16 MB. */
	xs_expect(XS_READ, XS_BODY("memory/target"), XS_READ, "16384");
	read_number(XS_BODY("memory/static-max"));
	xs_expect(XS_READ, XS_BODY("console/port"), XS_READ, "2");
	xs_expect(XS_READ, XS_BODY("console/ring-ref"), XS_READ, "0");
	xs_expect(XS_READ, XS_BODY("store/port"), XS_READ, "1");
	xs_expect(XS_READ, XS_BODY("store/ring-ref"), XS_READ, "1");
	read_number(XS_BODY("console/limit"));
	xs_expect(XS_READ, XS_BODY("cpu/0/availability"), XS_READ, "online");
	xs_expect(XS_READ, XS_BODY("control/shutdown"), XS_READ, "");
	xs_expect(XS_DIRECTORY, XS_BODY("device"), XS_DIRECTORY, "");
	look_at_vm();
	/* As a guest kernel does at its start. */
	xs_expect(XS_RESET_WATCHES, "", 1, XS_RESET_WATCHES, "OK");
	xs_expect(XS_WRITE, "control/feature-poweroff\0001", 26, XS_WRITE, "OK");
	xs_expect(XS_WRITE, "control/feature-reboot\0001", 24, XS_WRITE, "OK");
	xs_expect(XS_WRITE, "control/shutdown\0", 17, XS_WRITE, "OK");
	xs_expect(XS_WRITE, "device/vbd/1/state\0001", 20, XS_WRITE, "OK");
	xs_expect(XS_WRITE, "error/device/vbd/1\0text", 23, XS_WRITE, "OK");
	xs_expect(XS_WRITE, "memory/target\0001", 15, XS_ERROR, "EACCES");
	xs_expect(XS_WRITE, "console/port\0003", 14, XS_ERROR, "EACCES");
	xs_expect(XS_WRITE, "new\0001", 5, XS_ERROR, "EACCES");
	xs_expect(XS_RM, XS_BODY("control"), XS_ERROR, "EACCES");
	xs_expect(XS_IS_DOMAIN_INTRODUCED, XS_BODY("0"), XS_IS_DOMAIN_INTRODUCED, "T");
	xs_expect(XS_IS_DOMAIN_INTRODUCED, XS_BODY("9999"), XS_IS_DOMAIN_INTRODUCED, "F");
}
