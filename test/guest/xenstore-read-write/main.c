// SPDX-License-Identifier: MIT
/*
 * Claim: a domain reads and writes its own part of xenstore over the standard
 * ring, and nobody else's.
 * See: ABI 1.4
 */

#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/xs_client.h"

static char reply[XENSTORE_PAYLOAD_MAX + 1];

static void expect(uint32_t type, const void *body, size_t len, int want_type, const char *want)
{
	size_t got;
	int ret = xs_request(type, 0, body, len, reply, &got);

	if (ret != want_type)
		test_failure("request %u of %s: type %d, not %d", type, (const char *)body, ret,
			     want_type);
	else if (strcmp(reply, want))
		test_failure("request %u of %s: '%s', not '%s'", type, (const char *)body, reply,
			     want);
}

#define LIT(s) (s), sizeof(s)

void test_main(void)
{
	static char big[16 + 2000];
	size_t len;

	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	expect(XS_DIRECTORY, LIT("device/vbd"), XS_ERROR, "ENOENT");
	expect(XS_DIRECTORY, LIT("device"), XS_DIRECTORY, "");
	expect(XS_WRITE, "data/k\0value", 12, XS_WRITE, "OK");
	expect(XS_READ, LIT("data/k"), XS_READ, "value");
	expect(XS_DIRECTORY, LIT("data"), XS_DIRECTORY, "k");
	expect(XS_RM, LIT("data/k"), XS_RM, "OK");
	expect(XS_READ, LIT("data/k"), XS_ERROR, "ENOENT");
	expect(XS_READ, LIT("/local/domain/0/name"), XS_ERROR, "EACCES");
	expect(XS_WRITE, "/tool/x\0y", 9, XS_ERROR, "EACCES");
	expect(XS_READ, LIT("/local/domain/0/domid"), XS_ERROR, "EACCES");
	expect(XS_DIRECTORY, LIT("/local/domain"), XS_ERROR, "EACCES");
	expect(XS_WRITE, "name\0mine", 9, XS_ERROR, "EACCES");
	expect(XS_CONTROL, LIT("check"), XS_ERROR, "EACCES");
	expect(XS_INTRODUCE, LIT("1"), XS_ERROR, "EACCES");
	expect(99, LIT("1"), XS_ERROR, "ENOSYS");
	/* Longer than the ring, both ways. */
	memset(big, 'v', sizeof(big));
	memcpy(big, "data/big", 9);
	expect(XS_WRITE, big, 9 + 2000, XS_WRITE, "OK");
	TEST_EQUAL("type", xs_request(XS_READ, 0, LIT("data/big"), reply, &len), XS_READ);
	TEST_EQUAL("length", len, 2000);
}
