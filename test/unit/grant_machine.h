/* SPDX-License-Identifier: MIT */
/* Three domains with grant tables, a few frames and page-table entries each. */
#ifndef TEST_UNIT_GRANT_MACHINE_H
#define TEST_UNIT_GRANT_MACHINE_H

#include "domain/domain.h"

#define NR_DOMAINS 3
#define NR_FRAMES 12	/* of the machine, PER_DOMAIN each */
#define PER_DOMAIN 4
#define NR_ENTRIES 8	/* page-table entries of a domain: its slots */
#define TABLE_MADDR 0x100000ULL

struct test_frame {
	int refs, writers;
	bool is_table;	/* refuses to become writable */
	u8 bytes[PAGE_SIZE];
};

extern struct domain doms[NR_DOMAINS];
extern struct vcpu vcpus[NR_DOMAINS];
extern bool gone[NR_DOMAINS];	/* domain_get() doesn't find it */
extern int dom_refs[NR_DOMAINS];
extern struct test_frame frames[NR_FRAMES];
extern pte_t tables[NR_DOMAINS][NR_ENTRIES];
extern unsigned int running, nr_heap_pages, heap_left, nr_shared;
/* What setup_table last wrote to the guest; and whether that fails. */
extern xen_pfn_t told_frames[GRANT_MAX_FRAMES];
extern unsigned int told_bytes;
extern bool list_unmapped;

void machine_setup(void);
/* End all domains; checks that nothing is left over. */
void machine_teardown(void);

grant_entry_v1_t *grant_entry(unsigned int d, u32 ref);
u16 grant_flags(unsigned int d, u32 ref);
/* Domain d grants a frame to another. @more: GTF_readonly. */
void grant_to(unsigned int d, u32 ref, unsigned int to, u32 frame, u16 more);

u64 slot_maddr(unsigned int d, unsigned int slot);
/* Domain d maps ref of dom at its slot: the handle, or GNTST_*. @f: GNTMAP_*. */
long slot_map_flags(unsigned int d, domid_t dom, u32 ref, unsigned int slot, u32 f);
long slot_map(unsigned int d, domid_t dom, u32 ref, unsigned int slot);
int slot_unmap_at(unsigned int d, long handle, u64 host_addr);
int slot_unmap(unsigned int d, long handle, unsigned int slot);
/* Unmap and put there what new_addr maps. */
int slot_replace(unsigned int d, long handle, unsigned int slot, u64 new_addr);
/* The guest maps its own frame number n at a slot, read-only. */
void slot_map_own(unsigned int d, unsigned int slot, unsigned int n);
/* The guest clears an entry by itself. */
void slot_drop(pte_t *e);

#endif
