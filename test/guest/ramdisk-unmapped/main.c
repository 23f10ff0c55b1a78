// SPDX-License-Identifier: MIT
/*
 * Claim: a domain whose kernel says MOD_START_PFN finds its ramdisk in pages of
 * its own that are not mapped.
 * See: ABI 1.3, 1.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/elfnote.h>

#define XEN_STRING_(x) #x
#define XEN_STRING(x)  XEN_STRING_(x)

/* MOD_START_PFN, as Linux's kernels have it. */
asm(".pushsection .note.Xen, \"a\", @note\n\t"
    ".long 4, 4, " XEN_STRING(XEN_ELFNOTE_MOD_START_PFN) "\n\t"
    ".asciz \"Xen\"\n\t"
    ".long 1\n\t"
    ".popsection");

/* Behind all that is mapped: shown page by page through a window. */
static const char *show(unsigned long window, unsigned long pfn)
{
	if (mm_map(window, mm_pfn_to_mfn(pfn), 0))
		test_failure("page %lx can't be mapped", pfn);
	return (const char *)window;
}

void test_main(void)
{
	unsigned long window = (unsigned long)mm_page_alloc();
	unsigned long first = start_info->mod_start, len = start_info->mod_len, last;
	const char *text;

	TEST_CHECK(start_info->flags & SIF_MOD_START_PFN, "flags %x", start_info->flags);
	TEST_CHECK(first < start_info->nr_pages && len > PAGE_SIZE, "pfn %lx, %lu bytes", first,
		   len);
	TEST_CHECK(!(mm_entry_read(mm_pfn_to_virt(first), 1) & PTE_P), "it is mapped");
	TEST_CHECK(mm_mfn_to_pfn(mm_pfn_to_mfn(first)) == first, "its m2p entry");
	TEST_CHECK(!memcmp(show(window, first), "/* SPDX-License", 15), "not the file's begin");
	last = len - 1;
	text = show(window, first + last / PAGE_SIZE);
	TEST_CHECK(text[last % PAGE_SIZE] == '\n', "not the file's end");
	for (; len % PAGE_SIZE; len++)
		if (text[len % PAGE_SIZE])
			test_failure("something at %lx behind it", len);
}
