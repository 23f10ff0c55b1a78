// SPDX-License-Identifier: MIT
/*
 * Claim: a domain maps nothing that wasn't granted to it: not by a wrong
 * reference, not of an absent domain, not of its neighbours.
 * See: ABI 6.5
 */

#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/errno.h>

static void refuse(const char *what, domid_t dom, grant_ref_t ref)
{
	struct grant_mapping m;
	int ret = grant_map(&m, dom, ref, true);

	if (!ret)
		test_failure("mapped %s", what);
}

static void bad_unmap(void)
{
	struct gnttab_unmap_grant_ref unmap = {.host_addr = 0xe0000000, .handle = 0x12345};

	TEST_EQUAL("unmap call", hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
	TEST_EQUAL("unmap of a handle never given", unmap.status, GNTST_bad_handle);
}

void test_main(void)
{
	struct grant_entry_v1 *table = grant_table_setup();
	struct gnttab_map_grant_ref map = {.host_addr = 0xfc000000, .flags = GNTMAP_host_map};
	void *page = mm_page_alloc();

	if (!table || !page) {
		test_failure("no grant table");
		return;
	}
	TEST_EQUAL("console entry's domain", table[GNTTAB_RESERVED_CONSOLE].domid, 0);
	TEST_CHECK(table[GNTTAB_RESERVED_CONSOLE].flags & GTF_permit_access, "no console grant");
	for (domid_t dom = 0; dom < 10; dom++) {
		refuse("a console page", dom, GNTTAB_RESERVED_CONSOLE);
		refuse("a store page", dom, GNTTAB_RESERVED_XENSTORE);
		refuse("an empty entry", dom, 100);
	}
	refuse("something of no domain", 0x7123, 0);
	refuse("something of DOMID_XEN", DOMID_XEN, 0);
	refuse("something of DOMID_IO", DOMID_IO, 0);
	refuse("an own page that is granted to d0", DOMID_SELF, GNTTAB_RESERVED_CONSOLE);
	refuse("reference 511 of d0", 0, 511);
	refuse("reference 2^31 of d0", 0, 0x80000000u);
	refuse("reference 2^32-1 of d0", 0, 0xffffffffu);
	bad_unmap();
	hypercall_grant_table_op(GNTTABOP_map_grant_ref, &map, 1);
	TEST_CHECK(map.status, "mapped over the monitor");
	TEST_EQUAL("unknown operation", hypercall_grant_table_op(77, &map, 1), -XEN_ENOSYS);
}
