/* SPDX-License-Identifier: MIT */
/*
 * Mapping pages that other domains granted, and granting own pages.
 */
#ifndef PVOPS_GUEST_LIB_GRANT_H
#define PVOPS_GUEST_LIB_GRANT_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/grant_table.h>

struct grant_mapping {
	void *va; /* NULL: nothing mapped */
	grant_handle_t handle;
	unsigned long own_mfn; /* the frame that lives at va otherwise */
};

/*
 * grant_map - map grant reference ref of domain dom, writable or read-only, at
 * a page of this program. Returns 0, -ENOMEM's number if no page is left, or
 * the negative GNTST_* status. *m is valid only after 0.
 */
int grant_map(struct grant_mapping *m, domid_t dom, grant_ref_t ref, bool writable);

/* grant_unmap - undo grant_map. Returns 0 or GNTST_*; the page is free again. */
int grant_unmap(struct grant_mapping *m);

/*
 * grant_table_setup - get the first frame of the own v1 grant table and map it.
 * Returns the entries, or NULL if the hypervisor refuses.
 */
struct grant_entry_v1 *grant_table_setup(void);

#endif
