// SPDX-License-Identifier: MIT
/*
 * Which disks there are: boot modules, from the package that is the initial
 * domain's module, and partitions, from the command line. Called at start and
 * by vbd.c. ABI: struct xen_multiboot_mod_list, SIF_MULTIBOOT_MOD.
 *
 * An image stays where it is, in pages of keeper's own that nothing maps: what
 * guests read and write is copied by page frame number. So what they have
 * written is there as long as the machine runs.
 */

#include "pvops-guest/keeper/ata.h"
#include "pvops-guest/keeper/disk.h"
#include "pvops-guest/keeper/keeper.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/string.h"
#include <xen/elfnote.h>

#define XEN_STRING_(x) #x
#define XEN_STRING(x)  XEN_STRING_(x)
#define WORD	       "disk="
#define ARGS_MAX       256

/* MOD_START_PFN: the package needs no addresses, which would be too few for it. */
asm(".pushsection .note.Xen, \"a\", @note\n\t"
    ".balign 4\n\t"
    ".long 4, 4, " XEN_STRING(XEN_ELFNOTE_MOD_START_PFN) "\n\t"
    ".asciz \"Xen\"\n\t"
    ".long 1\n\t"
    ".popsection");

static struct disk disks[DISKS_MAX];
static unsigned int nr_disks;

struct disk *disks_next(const char *guest, struct disk *after)
{
	for (struct disk *d = after ? after + 1 : disks; d < disks + nr_disks; d++)
		if (!strcmp(d->guest, guest))
			return d;
	return NULL;
}

/* A new disk from its description, not yet in the list; NULL: refused, and said so. */
static struct disk *describe(const char *args, const char *from)
{
	struct disk *d = &disks[nr_disks], *other = NULL;
	const char *wrong;

	if (nr_disks == DISKS_MAX) {
		keeper_log("%s '%s': skipped: too many disks", from, args);
		return NULL;
	}
	wrong = disk_parse(args + strlen(WORD), d);
	while (!wrong && (other = disks_next(d->guest, other)))
		if (other->vdev == d->vdev)
			wrong = "there is one of that name";
	if (wrong)
		keeper_log("%s '%s': skipped: %s", from, args, wrong);
	return wrong ? NULL : d;
}

/* Copy len bytes at an offset of the package, through a window. False: not there. */
static bool package_read(unsigned long offset, void *to, size_t len)
{
	static void *window;
	char *out = to;

	if (!window)
		window = mm_page_alloc();
	while (len) {
		size_t in_page = offset % PAGE_SIZE, n = PAGE_SIZE - in_page;
		unsigned long pfn = start_info->mod_start + offset / PAGE_SIZE;

		n = n < len ? n : len;
		if (!window || offset >= start_info->mod_len ||
		    mm_map((unsigned long)window, mm_pfn_to_mfn(pfn), 0))
			return false;
		memcpy(out, (char *)window + in_page, n);
		out += n;
		offset += n;
		len -= n;
	}
	return true;
}

static void add_module(const struct xen_multiboot_mod_list *mod)
{
	char args[ARGS_MAX] = "";
	struct disk *d;

	/* Whatever is longer than that is no description of ours. */
	for (size_t i = 0; i < sizeof(args) - 1; i++)
		if (!package_read(mod->cmdline + i, &args[i], 1) || !args[i])
			break;
	d = describe(args, "module");
	if (!d)
		return;
	if (d->source[0]) {
		keeper_log("module '%s': skipped: it is a disk by itself", args);
		return;
	}
	d->first_pfn = start_info->mod_start + mod->mod_start / PAGE_SIZE;
	d->offset_bytes = mod->mod_start % PAGE_SIZE;
	d->nr_sectors = ((uint64_t)mod->mod_end - mod->mod_start + 1) >> SECTOR_SHIFT;
	nr_disks++;
}

static void read_package(void)
{
	struct xen_multiboot_mod_list mod;

	if (!(start_info->flags & SIF_MULTIBOOT_MOD))
		return;
	for (unsigned int i = 0; package_read(i * sizeof(mod), &mod, sizeof(mod)); i++) {
		if (!mod.mod_start)
			return;
		add_module(&mod);
	}
}

/* Whether two disks have sectors in common, and one of them may write there. */
static bool collide(const struct disk *a, const struct disk *b)
{
	return a->drive && a->drive == b->drive && !(a->read_only && b->read_only) &&
	       a->first_sector < b->first_sector + b->nr_sectors &&
	       b->first_sector < a->first_sector + a->nr_sectors;
}

static void add_drive(const char *args)
{
	struct disk *d = describe(args, "option");
	const char *wrong;

	if (!d)
		return;
	wrong = d->source[0] ? ata_open(d->source, d) : "no phy: that says where it is";
	for (unsigned int i = 0; i < nr_disks && !wrong; i++)
		if (collide(d, &disks[i]))
			wrong = "another domain's disk is there";
	if (wrong)
		keeper_log("option '%s': skipped: %s", args, wrong);
	else
		nr_disks++;
}

/* keeper's own command line: words, of which those that begin so are disks. */
static void read_command_line(void)
{
	const char *line = (const char *)start_info->cmd_line;
	char word[ARGS_MAX];

	while (*line) {
		size_t len = 0;

		while (line[len] && line[len] != ' ')
			len++;
		if (len && len < sizeof(word)) {
			memcpy(word, line, len);
			word[len] = '\0';
			if (!strncmp(word, WORD, strlen(WORD)))
				add_drive(word);
			else
				keeper_log("option '%s': unknown, ignored", word);
		}
		line += len + (line[len] == ' ');
	}
}

void disks_init(void)
{
	read_package();
	read_command_line();
}
