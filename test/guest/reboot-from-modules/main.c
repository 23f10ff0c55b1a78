// SPDX-License-Identifier: MIT
/*
 * Claim: a domain that reboots comes back, built from its modules, with
 * another id, its own memory and command line, and served like before; until
 * it has done so too often.
 * See: ABI 5.4
 *
 * It can't remember anything, so its xenstore tells it which life this is.
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/xs_client.h"

static char reply[XENSTORE_PAYLOAD_MAX + 1];

static const char *store_read(const char *key)
{
	size_t len;
	int ret = xs_request(XS_READ, 0, key, strlen(key) + 1, reply, &len);

	return ret == XS_READ ? reply : "";
}

void test_main(void)
{
	char line[80];
	int len;

	if (xs_open()) {
		test_error("no store ring");
		return;
	}
	/* Not as it was described: ends with that verdict instead of a reboot. */
	if (strcmp((const char *)start_info->cmd_line, "some words") ||
	    start_info->nr_pages != 16 * 256 || start_info->mod_len <= PAGE_SIZE ||
	    memcmp((const char *)start_info->mod_start, "/* SPDX-License", 15)) {
		test_failure("'%s', %lu pages, ramdisk of %lu bytes",
			     (const char *)start_info->cmd_line, start_info->nr_pages,
			     start_info->mod_len);
		return;
	}
	len = guest_snprintf(line, sizeof(line), "a life as domain %s\n", store_read("domid"));
	hypercall_console_io(CONSOLEIO_write, (unsigned int)len, line);
	guest_shutdown(SHUTDOWN_reboot);
}
