// SPDX-License-Identifier: MIT
/*
 * Grant maps into a page whose own frame is set aside meanwhile. Called by
 * keeper for its guests' rings, and by tests.
 */

#include "pvops-guest/lib/grant.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"

int grant_map(struct grant_mapping *m, domid_t dom, grant_ref_t ref, bool writable)
{
	void *page = mm_page_alloc();
	struct gnttab_map_grant_ref map = {
		.host_addr = (unsigned long)page,
		.flags = GNTMAP_host_map | (writable ? 0 : GNTMAP_readonly),
		.ref = ref,
		.dom = dom,
	};
	int ret;

	m->va = NULL;
	if (!page)
		return GNTST_no_device_space;
	m->own_mfn = mm_virt_to_mfn((unsigned long)page);
	ret = mm_unmap((unsigned long)page);
	if (ret)
		return ret;
	ret = hypercall_grant_table_op(GNTTABOP_map_grant_ref, &map, 1);
	if (!ret)
		ret = map.status;
	if (ret) {
		mm_map((unsigned long)page, m->own_mfn, PTE_RW | PTE_D);
		mm_page_free(page);
		return ret;
	}
	m->va = page;
	m->handle = map.handle;
	return 0;
}

int grant_unmap(struct grant_mapping *m)
{
	struct gnttab_unmap_grant_ref unmap = {
		.host_addr = (unsigned long)m->va,
		.handle = m->handle,
	};
	int ret = hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);

	if (!ret)
		ret = unmap.status;
	if (ret)
		return ret;
	/* Only a page that shows its own frame again may be reused. */
	if (!mm_map((unsigned long)m->va, m->own_mfn, PTE_RW | PTE_D))
		mm_page_free(m->va);
	m->va = NULL;
	return 0;
}

struct grant_entry_v1 *grant_table_setup(void)
{
	struct gnttab_set_version version = {.version = 1};
	xen_pfn_t frame = 0;
	struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 1};
	void *page = mm_page_alloc();

	hypercall_grant_table_op(GNTTABOP_set_version, &version, 1);
	set_xen_guest_handle(setup.frame_list, &frame);
	if (!page || hypercall_grant_table_op(GNTTABOP_setup_table, &setup, 1) || setup.status)
		return NULL;
	if (mm_map((unsigned long)page, frame, PTE_RW | PTE_D))
		return NULL;
	return page;
}
