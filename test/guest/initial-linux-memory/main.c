// SPDX-License-Identifier: MIT
/*
 * Claim: a Linux as initial domain gets enough memory by default for the DMA
 * buffers without which it stops; with other domains too, whose memory is left.
 * See: ABI 2.2, 6.1
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include <xen/elfnote.h>

#define XEN_STRING_(x) #x
#define XEN_STRING(x)  XEN_STRING_(x)

/* Later notes overrule earlier ones. */
asm(".pushsection .note.Xen, \"a\", @note\n\t"
    ".long 4, 6, " XEN_STRING(XEN_ELFNOTE_GUEST_OS) "\n\t"
    ".asciz \"Xen\"\n\t"
    ".asciz \"linux\"\n\t"
    ".balign 4\n\t"
    ".popsection");

void test_main(void)
{
	unsigned long mb = start_info->nr_pages >> (20 - PAGE_SHIFT);

	/* The machine has 256 MB. */
	TEST_CHECK(mb >= 100 && mb <= 128, "%lu MB", mb);
}
