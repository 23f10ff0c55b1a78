// SPDX-License-Identifier: MIT
/*
 * Claim: the initial domain is told that it is, has no xenstore to connect to,
 * and finds the screen described right behind start_info when it may have it.
 * See: ABI 1.3, 1.4, 6.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/features.h>

void test_main(void)
{
	const struct dom0_vga_console_info *info = (void *)(start_info + 1);
	struct xen_feature_info features = {.submap_idx = 0};

	TEST_EQUAL("flags", start_info->flags & (SIF_PRIVILEGED | SIF_INITDOMAIN),
		   SIF_PRIVILEGED | SIF_INITDOMAIN);
	TEST_CHECK(!strcmp(start_info->magic,
			   PT_LEVELS == 3 ? "xen-3.0-x86_32p" : "xen-3.0-x86_64p"),
		   "magic '%s'", start_info->magic);
	TEST_EQUAL("store_mfn", start_info->store_mfn, 0);
	TEST_EQUAL("store_evtchn", start_info->store_evtchn, 0);
	TEST_CHECK(!strcmp((const char *)start_info->cmd_line, "root=/dev/ram0 console=hvc0"),
		   "'%s'", (const char *)start_info->cmd_line);
	TEST_EQUAL("info_off", start_info->console.dom0.info_off, sizeof(*start_info));
	TEST_EQUAL("info_size", start_info->console.dom0.info_size, sizeof(*info));
	TEST_EQUAL("video_type", info->video_type, XEN_VGATYPE_TEXT_MODE_3);
	TEST_EQUAL("columns", info->u.text_mode_3.columns, 80);
	TEST_CHECK(info->u.text_mode_3.rows >= 25 && info->u.text_mode_3.rows <= 60, "%u rows",
		   info->u.text_mode_3.rows);
	TEST_CHECK(info->u.text_mode_3.font_height >= 8, "font of height %u",
		   info->u.text_mode_3.font_height);
	TEST_EQUAL("features", hypercall_xen_version(XENVER_get_features, &features), 0);
	TEST_CHECK(features.submap & 1u << XENFEAT_dom0, "features %x", features.submap);
}
