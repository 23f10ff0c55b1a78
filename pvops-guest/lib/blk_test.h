/* SPDX-License-Identifier: MIT */
/*
 * What every disk does, as a test.
 */
#ifndef PVOPS_GUEST_LIB_BLK_TEST_H
#define PVOPS_GUEST_LIB_BLK_TEST_H

#include <stdint.h>
#include <xen/xen.h>
#include <xen/grant_table.h>

/*
 * blk_test_disks - all that can be asked of xvda, of 512 sectors of numbered
 * words, and of xvdb, 256, read-only; they are as before afterwards. After
 * xs_open(). @grants: this domain's table; references 16 to 47 are used.
 */
void blk_test_disks(struct grant_entry_v1 *grants);

#endif
