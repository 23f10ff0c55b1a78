// SPDX-License-Identifier: MIT
/*
 * Xen's ELF notes, and the ASCII section __xen_guest that preceded them.
 *
 * Called by elf.c. Both forms give a name and a stretch of the file, a "span",
 * as value; texts are read from it byte by byte, so that nothing here depends
 * on their length. ABI: Xen elfnote.h and features.h, abi 1.1.
 */
#include "lib/elfnote.h"

#include <xen/elfnote.h>
#include <xen/features.h>

#include "lib/string.h"

/* Far above what images have; bounds the work that a file can ask for. */
#define NOTES_MAX    1024
#define ASCII_MAX    4096
#define FEATURES_MAX 2048

/* A value: a stretch of the file, known to be inside it. */
struct span {
	const struct image *img;
	u64 off, len;
};

static const char *const feature_names[] = {
	[XENFEAT_writable_page_tables] = "writable_page_tables",
	[XENFEAT_writable_descriptor_tables] = "writable_descriptor_tables",
	[XENFEAT_auto_translated_physmap] = "auto_translated_physmap",
	[XENFEAT_supervisor_mode_kernel] = "supervisor_mode_kernel",
	[XENFEAT_pae_pgdir_above_4gb] = "pae_pgdir_above_4gb",
	[XENFEAT_mmu_pt_update_preserve_ad] = "mmu_pt_update_preserve_ad",
	[XENFEAT_highmem_assist] = "highmem_assist",
	[XENFEAT_gnttab_map_avail_bits] = "gnttab_map_avail_bits",
	[XENFEAT_hvm_callback_vector] = "hvm_callback_vector",
	[XENFEAT_hvm_safe_pvclock] = "hvm_safe_pvclock",
	[XENFEAT_hvm_pirqs] = "hvm_pirqs",
	[XENFEAT_dom0] = "dom0",
};

#define FEATURE_NAME_MAX 32 /* with its '!' and the NUL */

/* Next byte of a span, or NUL at its end. */
static char span_take(struct span *span)
{
	char c = '\0';

	if (span->len && image_read(span->img, span->off, &c, 1)) {
		span->off++;
		span->len--;
	}
	return c;
}

/* Text up to a NUL or the end, cut to what fits; always terminated. */
static void span_text(struct span span, char *buf, size_t size)
{
	size_t n = 0;
	char c;

	while (n + 1 < size && (c = span_take(&span)))
		buf[n++] = c;
	buf[n] = '\0';
}

/* A number as a note has it: 1, 2, 4 or 8 bytes, anything else counts as 0. */
static u64 span_number(struct span span)
{
	u64 val = 0;

	if (span.len == 1 || span.len == 2 || span.len == 4 || span.len == 8)
		if (!image_read(span.img, span.off, &val, (size_t)span.len))
			val = 0;
	return val;
}

/* A number as the ASCII section has it; false if it isn't one. */
static bool span_ascii_number(struct span span, u64 *val)
{
	char buf[24];
	const char *s = buf;

	span_text(span, buf, sizeof(buf));
	return str_to_u64(&s, val) && !*s;
}

static const char *add_feature(const char *name, struct elf_info *info)
{
	bool required = *name == '!';

	name += required;
	if (!*name)
		return NULL;
	if (!strcmp(name, "console_switch")) {
		info->console_switch = true;
		return NULL;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(feature_names); i++) {
		if (strcmp(name, feature_names[i]))
			continue;
		info->wanted_features |= 1u << i;
		if (required)
			info->required_features |= 1u << i;
		return NULL;
	}
	return required ? "requires a feature nobody knows" : NULL;
}

/* Names with '|' between them; Xen knows no blanks here, and neither do we. */
static const char *read_features(struct span span, struct elf_info *info)
{
	char name[FEATURE_NAME_MAX];
	const char *why = NULL;
	size_t n = 0;
	char c;

	if (span.len > FEATURES_MAX)
		return "feature list too long";
	do {
		c = span_take(&span);
		if (c && c != '|') {
			/* A name that doesn't fit is none we know; cut, it still isn't. */
			if (n + 1 < sizeof(name))
				name[n++] = c;
			continue;
		}
		name[n] = '\0';
		n = 0;
		why = add_feature(name, info);
	} while (c && !why);
	return why;
}

static void read_pae_mode(struct span span, struct elf_info *info)
{
	char text[ELF_STR_MAX];

	span_text(span, text, sizeof(text));
	if (!strcmp(text, "yes"))
		info->pae_mode = ELF_PAE_EXTENDED;
	else if (strstr(text, "bimodal"))
		info->pae_mode = ELF_PAE_YES;
	else
		info->pae_mode = ELF_PAE_NO;
}

/* SUPPORTED_FEATURES: an array of words, of which the ABI has defined one. */
static void read_supported(struct span span, struct elf_info *info)
{
	span.len = MIN(span.len, sizeof(u32));
	info->supported_features = (u32)span_number(span);
	info->has_supported_features = true;
}

static const char *read_note(struct elf_notes *notes, u32 type, struct span desc,
			     struct elf_info *info)
{
	switch (type) {
	case XEN_ELFNOTE_ENTRY:
		info->entry = span_number(desc);
		notes->has_entry = true;
		break;
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		info->hypercall_page = span_number(desc);
		info->has_hypercall_page = true;
		break;
	case XEN_ELFNOTE_VIRT_BASE:
		info->virt_base = span_number(desc);
		break;
	case XEN_ELFNOTE_PADDR_OFFSET:
		info->paddr_offset = span_number(desc);
		notes->has_paddr_offset = true;
		break;
	case XEN_ELFNOTE_XEN_VERSION:
		span_text(desc, info->xen_version, sizeof(info->xen_version));
		break;
	case XEN_ELFNOTE_GUEST_OS:
		span_text(desc, info->guest_os, sizeof(info->guest_os));
		break;
	case XEN_ELFNOTE_LOADER:
		span_text(desc, info->loader, sizeof(info->loader));
		break;
	case XEN_ELFNOTE_PAE_MODE:
		read_pae_mode(desc, info);
		break;
	case XEN_ELFNOTE_FEATURES:
		return read_features(desc, info);
	case XEN_ELFNOTE_HV_START_LOW:
		info->hv_start_low = span_number(desc);
		break;
	case XEN_ELFNOTE_INIT_P2M:
		info->init_p2m = span_number(desc);
		info->has_init_p2m = true;
		break;
	case XEN_ELFNOTE_MOD_START_PFN:
		info->mod_start_pfn = span_number(desc) != 0;
		break;
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		read_supported(desc, info);
		break;
	default:
		break;
	}
	return NULL;
}

const char *elf_notes_read(struct elf_notes *notes, u64 off, u64 len, struct elf_info *info)
{
	struct {
		u32 namesz, descsz, type;
	} head;
	struct span rest = {notes->img, off, len};
	const char *why = NULL;
	char name[4];

	if (off > notes->img->len_bytes || len > notes->img->len_bytes - off)
		return "notes outside the file";
	while (rest.len >= sizeof(head) && !why) {
		u64 name_size, desc_size;
		struct span desc;

		if (++notes->nr_seen > NOTES_MAX)
			return "too many notes";
		if (!image_read(rest.img, rest.off, &head, sizeof(head)))
			return "notes outside the file";
		rest.off += sizeof(head);
		rest.len -= sizeof(head);
		/* Both parts are padded to 4 bytes, also in 64-bit images. */
		name_size = MIN(ROUND_UP((u64)head.namesz, 4u), rest.len);
		/* GRUB's last note claims more than there is: take what there is. */
		desc = (struct span){rest.img, rest.off + name_size,
				     MIN((u64)head.descsz, rest.len - name_size)};
		desc_size = MIN(ROUND_UP((u64)head.descsz, 4u), rest.len - name_size);
		if (head.namesz == sizeof(name) && name_size == sizeof(name) &&
		    image_read(rest.img, rest.off, name, sizeof(name)) &&
		    !memcmp(name, "Xen", sizeof(name))) {
			notes->nr_xen++;
			why = read_note(notes, head.type, desc, info);
		}
		rest.off += name_size + desc_size;
		rest.len -= name_size + desc_size;
	}
	return why;
}

/* One NAME=value of the ASCII section. */
static const char *read_ascii(struct elf_notes *notes, const char *name, struct span value,
			      struct elf_info *info)
{
	char text[ELF_STR_MAX];
	bool ok = true;

	if (!strcmp(name, "LOADER")) {
		span_text(value, info->loader, sizeof(info->loader));
	} else if (!strcmp(name, "GUEST_OS")) {
		span_text(value, info->guest_os, sizeof(info->guest_os));
	} else if (!strcmp(name, "XEN_VER")) {
		span_text(value, info->xen_version, sizeof(info->xen_version));
	} else if (!strcmp(name, "PAE")) {
		span_text(value, text, sizeof(text));
		info->pae_mode = !strcmp(text, "yes[extended-cr3]") ? ELF_PAE_EXTENDED
				 : !strncmp(text, "yes", 3)	    ? ELF_PAE_YES
								    : ELF_PAE_NO;
	} else if (!strcmp(name, "VIRT_BASE")) {
		ok = span_ascii_number(value, &info->virt_base);
	} else if (!strcmp(name, "VIRT_ENTRY")) {
		ok = notes->has_entry = span_ascii_number(value, &info->entry);
	} else if (!strcmp(name, "ELF_PADDR_OFFSET")) {
		ok = span_ascii_number(value, &info->paddr_offset);
		notes->has_paddr_offset = true;
	} else if (!strcmp(name, "HYPERCALL_PAGE")) {
		ok = span_ascii_number(value, &notes->hypercall_page_nr) &&
		     notes->hypercall_page_nr <= ~0ULL >> PAGE_SHIFT;
		info->has_hypercall_page = true;
	} else if (!strcmp(name, "FEATURES")) {
		return read_features(value, info);
	}
	return ok ? NULL : "bad number in __xen_guest";
}

const char *elf_notes_read_ascii(struct elf_notes *notes, u64 off, u64 len, struct elf_info *info)
{
	struct span rest = {notes->img, off, len};
	const char *why = NULL;
	char name[24], c;

	if (off > notes->img->len_bytes || len > notes->img->len_bytes - off)
		return "__xen_guest outside the file";
	if (len > ASCII_MAX)
		return "__xen_guest too long";
	notes->ascii = true;
	do {
		struct span value;
		size_t n = 0;

		for (c = span_take(&rest); c && c != '=' && c != ','; c = span_take(&rest))
			if (n + 1 < sizeof(name))
				name[n++] = c;
		name[n] = '\0';
		value = (struct span){rest.img, rest.off, 0};
		if (c == '=')
			for (c = span_take(&rest); c && c != ','; c = span_take(&rest))
				value.len++;
		why = read_ascii(notes, name, value, info);
	} while (c && !why);
	return why;
}

void elf_notes_defaults(const struct elf_notes *notes, u64 e_entry, struct elf_info *info)
{
	if (!notes->has_entry)
		info->entry = e_entry;
	if (!notes->has_paddr_offset)
		info->paddr_offset = notes->ascii ? info->virt_base : 0;
	if (notes->ascii && info->has_hypercall_page)
		info->hypercall_page = info->virt_base + (notes->hypercall_page_nr << PAGE_SHIFT);
}
