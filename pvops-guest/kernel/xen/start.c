// SPDX-License-Identifier: MIT
/*
 * From start_info to struct boot_info. Called by head.S; see <xen/xen.h> for
 * what a domain finds at its start.
 */
#include "kern/main.h"
#include "kern/ptable.h"
#include "pvops-guest/lib/string.h"
#include "xen/guest.h"

struct start_info *xen_start_info;

/*
 * The highest address that the builder used. Behind the kernel image come the
 * list of frames, start_info, console and store pages, page tables, and the
 * boot stack, in an order that is the builder's choice.
 */
static unsigned long boot_end(const struct start_info *info, unsigned long stack_end)
{
	unsigned long end = stack_end;
	unsigned long tables_end = info->pt_base + info->nr_pt_frames * PAGE_SIZE;
	unsigned long list_end = info->mfn_list + info->nr_pages * sizeof(xen_pfn_t);
	unsigned long info_end = (unsigned long)info + PAGE_SIZE;

	if (tables_end > end)
		end = tables_end;
	if (list_end > end)
		end = list_end;
	if (info_end > end)
		end = info_end;
	return (end + PAGE_SIZE - 1) & PAGE_MASK;
}

/*
 * [tour: boot 15] A guest finds out where it is. From the next function on the
 * kernel is the same as on a bare machine: pv_ops has been filled with the
 * other set.
 */
asmlinkage void xen_start(struct start_info *info, unsigned long stack_end)
{
	xen_start_info = info;
	pv_ops = pv_ops_xen;

	boot.nr_frames = info->nr_pages;
	boot.first_free = va_to_pfn((void *)boot_end(info, stack_end));
	memcpy(boot.cmdline, info->cmd_line, sizeof(info->cmd_line));
	boot.cmdline[sizeof(boot.cmdline) - 1] = 0;

	/* An ordinary mapping, except that the frame is not one of ours by number. */
	xen_set_va((unsigned long)&xen_shared_info, info->shared_info | PTE_KERNEL);
	/* No event channel may interrupt before xen_event_register() says who wants it. */
	memset(xen_shared_info.evtchn_mask, 0xff, sizeof(xen_shared_info.evtchn_mask));
	kernel_main();
}
