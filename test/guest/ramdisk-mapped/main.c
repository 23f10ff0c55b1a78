// SPDX-License-Identifier: MIT
/*
 * Claim: a domain whose kernel doesn't ask otherwise finds its ramdisk mapped
 * behind its kernel, whole, and nothing of another's behind it.
 * See: ABI 1.3, 1.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"

extern char guest_image_end[];

void test_main(void)
{
	const char *text = (const char *)start_info->mod_start;
	unsigned long len = start_info->mod_len;

	TEST_CHECK(!(start_info->flags & SIF_MOD_START_PFN), "flags %x", start_info->flags);
	TEST_CHECK(text == guest_image_end && start_info->mfn_list >= (unsigned long)text + len,
		   "it lies at %p, %lu bytes long", text, len);
	TEST_CHECK(len > PAGE_SIZE && !memcmp(text, "/* SPDX-License", 15) &&
			   text[len - 1] == '\n',
		   "not what the file holds");
	for (; len % PAGE_SIZE; len++)
		if (text[len])
			test_failure("something at %lx behind it", len);
	TEST_CHECK(mm_mfn_to_pfn(mm_virt_to_mfn((unsigned long)text)) ==
			   mm_virt_to_pfn((unsigned long)text), "its m2p entry");
}
