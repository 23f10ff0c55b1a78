/* SPDX-License-Identifier: MIT */
/*
 * Disk images for the initial domain, which serves them to the others: its
 * module is then a package of modules (SIF_MULTIBOOT_MOD; xen/xen.h). Called
 * by modules.c and, through the build plan, by the builder.
 *
 * The package begins with pages of our own, descriptors and command lines.
 * Behind them come the images where they already lie: their frames become the
 * initial domain's, so an image is never copied, but for frames that something
 * else of the boot shares. An initial domain with a ramdisk of its own, as a
 * stock Linux has, gets no package.
 */
#include "domain/builder.h"
#include "domain/domain.h"
#include "lib/string.h"

struct part {
	const struct boot_module *mod;
	u64 at; /* bytes from the package's begin */
};

static struct part parts[BOOT_MAX_MODULES];
static unsigned int nr_parts;
static u8 *head;
static unsigned int head_pages;

/* Descriptors with the last, empty one, and all command lines with their NULs. */
static u64 head_bytes(void)
{
	u64 sum = (nr_parts + 1) * sizeof(struct xen_multiboot_mod_list);

	for (unsigned int i = 0; i < nr_parts; i++)
		sum += strlen(parts[i].mod->args) + 1;
	return sum;
}

void package_add(const struct boot_module *mod)
{
	parts[nr_parts++] = (struct part){ .mod = mod };
}

/*
 * Offsets for all parts, in their own frames' alignment, and the whole length.
 * Addresses have 32 bits: parts that lie behind are left out.
 */
static u64 place_parts(void)
{
	u64 at = (u64)head_pages << PAGE_SHIFT, end;

	for (unsigned int i = 0; i < nr_parts; i++) {
		parts[i].at = at + (parts[i].mod->start & ~PAGE_MASK);
		end = parts[i].at + parts[i].mod->len_bytes;
		if (end > 1ULL << 32) {
			printk("(%s) and what follows: skipped: more than 4 GB of disks",
			       parts[i].mod->args);
			nr_parts = i;
			break;
		}
		at = ROUND_UP(end, PAGE_SIZE);
	}
	return at;
}

static void write_head(void)
{
	struct xen_multiboot_mod_list *list = (void *)head;
	char *text = (char *)(list + nr_parts + 1);

	for (unsigned int i = 0; i < nr_parts; i++) {
		size_t room = strlen(parts[i].mod->args) + 1;

		list[i].mod_start = (u32)parts[i].at;
		list[i].mod_end = (u32)(parts[i].at + parts[i].mod->len_bytes - 1);
		list[i].cmdline = (u32)(text - (char *)head);
		memcpy(text, parts[i].mod->args, room);
		text += room;
	}
}

static const struct part *part_of(u64 page)
{
	for (unsigned int i = 0; i < nr_parts; i++) {
		u64 end = parts[i].at + parts[i].mod->len_bytes;

		if (page >= parts[i].at >> PAGE_SHIFT && page << PAGE_SHIFT < end)
			return &parts[i];
	}
	return NULL;
}

static mfn_t package_frame(u64 page)
{
	const struct part *p = part_of(page);
	mfn_t mfn;

	if (!p)
		return INVALID_MFN;
	mfn = maddr_to_mfn(MADDR(p->mod->start + (page << PAGE_SHIFT) - p->at));
	/* page is the first one: its begin lies before the part's. */
	if (page == p->at >> PAGE_SHIFT)
		mfn = maddr_to_mfn(MADDR(p->mod->start));
	return module_has_frame(p->mod, mfn) ? mfn : INVALID_MFN;
}

/* struct image: what isn't handed over, page by page. */
static void package_copy(const struct image *img, u64 off, void *dst, size_t n)
{
	const struct part *p = part_of(off >> PAGE_SHIFT);
	u64 head_end = (u64)head_pages << PAGE_SHIFT, from;
	struct image module;
	size_t before;

	(void)img;
	if (off < head_end) {
		memcpy(dst, head + off, n);
		return;
	}
	memset(dst, 0, n);
	if (!p)
		return;
	module = bootinfo_module_image(p->mod);
	before = off < p->at ? (size_t)MIN(p->at - off, (u64)n) : 0;
	from = off + before - p->at;
	n = (size_t)MIN((u64)(n - before), module.len_bytes - from);
	module.copy(&module, from, (u8 *)dst + before, n);
}

bool package_plan(struct build_plan *plan)
{
	u64 len;

	if (!nr_parts)
		return true;
	head_pages = (unsigned int)(ROUND_UP(head_bytes(), PAGE_SIZE) >> PAGE_SHIFT);
	head = heap_alloc_pages(head_pages);
	if (!head)
		return false;
	len = place_parts();
	write_head();
	plan->ramdisk = (struct image){ .len_bytes = len, .copy = package_copy };
	plan->ramdisk_frame = package_frame;
	for (u64 page = 0; page < len >> PAGE_SHIFT; page++)
		if (!mfn_eq(package_frame(page), INVALID_MFN))
			plan->nr_ramdisk_frames++;
	return true;
}

void package_done(void)
{
	if (head)
		heap_free_pages(head, head_pages);
	head = NULL;
	nr_parts = 0;
}
