// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
// SOURCES: hv/lib/elf.c hv/lib/elfnote.c hv/lib/string.c
/*
 * The image parser on real files, Debian's GRUB guests, and on randomly
 * damaged ones. The copy function of the test's image fails on any read
 * outside it, so ASan isn't the only witness.
 * See: ABI 1.1
 */
#include "elf_image.h"

/* A whole file in memory, or NULL. */
static u8 *load(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	u8 *bytes;

	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	*len = (size_t)ftell(f);
	rewind(f);
	bytes = malloc(*len);
	ck_assert_uint_eq(fread(bytes, 1, *len, f), *len);
	fclose(f);
	return bytes;
}

/* Debian's grub-xen-host; without the package there is nothing to see here. */
START_TEST(grub_images)
{
	size_t len;
	u8 *bytes = load("/usr/lib/grub-xen/grub-i386-xen.bin", &len);

	if (bytes) {
		ACCEPTED(parse(bytes, len));
		ck_assert(!info.is_64bit);
		ck_assert_str_eq(info.guest_os, "GRUB");
		ck_assert_int_eq(info.pae_mode, ELF_PAE_EXTENDED);
		ck_assert_uint_eq(info.nr_segments, 2);
		ck_assert_uint_eq(info.entry, 0);
		ck_assert_uint_eq(info.virt_start, 0);
		ck_assert(!info.has_hypercall_page);
		ck_assert_uint_eq(info.segments[1].filesz_bytes, info.segments[1].memsz_bytes);
		ck_assert_uint_eq(info.virt_end,
				  info.segments[1].paddr + info.segments[1].memsz_bytes);
		free(bytes);
	}
	bytes = load("/usr/lib/grub-xen/grub-x86_64-xen.bin", &len);
	if (bytes) {
		ACCEPTED(parse(bytes, len));
		ck_assert(info.is_64bit);
		ck_assert_str_eq(info.guest_os, "GRUB");
		ck_assert_int_eq(info.pae_mode, ELF_PAE_UNSET);
		free(bytes);
	}
}
END_TEST

/* What the builder may rely on after acceptance, checked by other means. */
static void check_promises(size_t len)
{
	u64 top = info.is_64bit ? ~0ull : 0xffffffff;

	ck_assert_uint_ge(info.nr_segments, 1);
	ck_assert_uint_le(info.nr_segments, ELF_MAX_SEGMENTS);
	for (unsigned int i = 0; i < info.nr_segments; i++) {
		const struct elf_segment *s = &info.segments[i];
		u64 va = s->paddr - info.paddr_offset + info.virt_base;

		if (!s->memsz_bytes || s->filesz_bytes > s->memsz_bytes || s->off > len ||
		    s->filesz_bytes > len - s->off || s->memsz_bytes > top - va ||
		    va < info.virt_base || va < info.virt_start ||
		    va + s->memsz_bytes > info.virt_end)
			ck_abort_msg("segment %u breaks a promise", i);
	}
	if (info.entry < info.virt_start || info.entry >= info.virt_end ||
	    strnlen(info.guest_os, ELF_STR_MAX) == ELF_STR_MAX ||
	    strnlen(info.loader, ELF_STR_MAX) == ELF_STR_MAX ||
	    strnlen(info.xen_version, ELF_STR_MAX) == ELF_STR_MAX)
		ck_abort_msg("info breaks a promise");
}

/* Turn one to eight random bytes into random or telling values, cut sometimes. */
static void damage(u8 *bytes, size_t *len, uint64_t *rng)
{
	static const u8 telling[] = {0, 1, 4, 0x7f, 0x80, 0xff};
	unsigned int n = 1 + unit_random_below(rng, 8);

	while (n--) {
		/* Mostly where the headers and the notes are. */
		u32 at = unit_random_below(rng, unit_random_below(rng, 4) ? 1600 : IMAGE_MAX);

		if (unit_random_below(rng, 2))
			bytes[at] = telling[unit_random_below(rng, sizeof(telling))];
		else
			bytes[at] = (u8)unit_random(rng);
		if (!unit_random_below(rng, 8))
			memset(bytes + at / 4 * 4, unit_random_below(rng, 2) ? 0xff : 0, 4);
	}
	if (!unit_random_below(rng, 8))
		*len = unit_random_below(rng, IMAGE_MAX);
}

START_TEST(random_damage)
{
	uint64_t rng = unit_seed() + (uint64_t)_i;
	unsigned int accepted = 0;
	u8 *bytes = malloc(IMAGE_MAX), *exact;

	if (_i == 0) {
		build();
		add_number(XEN_ELFNOTE_HYPERCALL_PAGE, 0x101000);
		add_number(XEN_ELFNOTE_ENTRY, 0x100010);
		add_text(XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb");
		add_text(XEN_ELFNOTE_PAE_MODE, "yes");
	} else if (_i == 1) {
		parse_ascii("HYPERCALL_PAGE=1,LOADER=generic,XEN_VER=xen-3.0,VIRT_BASE=0x100000,"
			    "FEATURES=dom0|writable_page_tables,VIRT_ENTRY=0x100123,PAE=yes");
	} else {
		build();
		phdr(1)->p_type = PT_NULL;
		add_sections(".notes", SHT_NOTE, NOTES_OFF, notes_len);
	}
	for (int i = 0; i < 20000; i++) {
		size_t len = IMAGE_MAX;

		memcpy(bytes, file_bytes, IMAGE_MAX);
		damage(bytes, &len, &rng);
		/* An allocation of just that size, so that ASan sees its end. */
		exact = malloc(len);
		memcpy(exact, bytes, len);
		if (!parse(exact, len)) {
			accepted++;
			check_promises(len);
		}
		free(exact);
	}
	free(bytes);
	/* All refused or all accepted would mean that nothing was tried. */
	ck_assert_uint_gt(accepted, 100);
	ck_assert_uint_lt(accepted, 19900);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("elf_damage");
	TCase *tc = tcase_create("elf_damage");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, grub_images);
	tcase_add_loop_test(tc, random_damage, 0, 3);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
