// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
// SOURCES: hv/lib/elf.c hv/lib/elfnote.c hv/lib/string.c
/*
 * The image parser: images with one thing wrong or odd each.
 * See: ABI 1.1
 */
#include "elf_image.h"

START_TEST(least_image)
{
	build();
	ACCEPTED(parse_built());
	ck_assert(!info.is_64bit);
	ck_assert_uint_eq(info.nr_segments, 1);
	ck_assert_uint_eq(info.segments[0].paddr, 0x100000);
	ck_assert_uint_eq(info.segments[0].memsz_bytes, 0x2000);
	ck_assert_uint_eq(info.segments[0].filesz_bytes, 0x800);
	ck_assert_uint_eq(info.segments[0].off, TEXT_OFF);
	ck_assert_uint_eq(info.virt_start, 0x100000);
	ck_assert_uint_eq(info.virt_end, 0x102000);
	ck_assert_uint_eq(info.entry, 0x100010);
	ck_assert_uint_eq(info.paddr_offset, 0);
	ck_assert(!info.has_hypercall_page && !info.has_init_p2m && !info.mod_start_pfn);
	ck_assert_int_eq(info.pae_mode, ELF_PAE_UNSET);
	ck_assert_str_eq(info.guest_os, "claim");
	ck_assert_str_eq(info.loader, "generic");
	ck_assert_str_eq(info.xen_version, "xen-3.0");
}
END_TEST

/* As a Linux PAE kernel has them: paddr relative to 0, addresses virtual. */
START_TEST(all_notes)
{
	build();
	add_number(XEN_ELFNOTE_VIRT_BASE, BASE);
	add_number(XEN_ELFNOTE_PADDR_OFFSET, 0);
	add_number(XEN_ELFNOTE_ENTRY, BASE + 0x100020);
	add_number(XEN_ELFNOTE_HYPERCALL_PAGE, BASE + 0x101000);
	add_number(XEN_ELFNOTE_HV_START_LOW, 0xf5800000);
	add_number(XEN_ELFNOTE_MOD_START_PFN, 1);
	add_text(XEN_ELFNOTE_PAE_MODE, "yes");
	add_number(XEN_ELFNOTE_SUPPORTED_FEATURES, 0x801);
	add_note(XEN_ELFNOTE_L1_MFN_VALID, "0123456789abcdef", 16);
	add_text(XEN_ELFNOTE_FEATURES,
		 "!writable_page_tables|pae_pgdir_above_4gb|console_switch|from_the_future");
	add_number(XEN_ELFNOTE_INIT_P2M, 0x80000000);
	ACCEPTED(parse_built());
	ck_assert_uint_eq(info.virt_base, BASE);
	ck_assert_uint_eq(info.virt_start, BASE + 0x100000);
	ck_assert_uint_eq(info.virt_end, BASE + 0x102000);
	ck_assert_uint_eq(info.entry, BASE + 0x100020);
	ck_assert(info.has_hypercall_page);
	ck_assert_uint_eq(info.hypercall_page, BASE + 0x101000);
	ck_assert_uint_eq(info.hv_start_low, 0xf5800000);
	ck_assert(info.mod_start_pfn && info.has_supported_features && info.console_switch);
	ck_assert_uint_eq(info.supported_features, 0x801);
	ck_assert_int_eq(info.pae_mode, ELF_PAE_EXTENDED);
	ck_assert_uint_eq(info.required_features, 1u << XENFEAT_writable_page_tables);
	ck_assert_uint_eq(info.wanted_features,
			  1u << XENFEAT_writable_page_tables | 1u << XENFEAT_pae_pgdir_above_4gb);
	ck_assert(info.has_init_p2m && info.init_p2m == 0x80000000);
}
END_TEST

/* FreeBSD: p_paddr holds virtual addresses, and PADDR_OFFSET says so. */
START_TEST(paddr_offset)
{
	build();
	phdr(0)->p_paddr = BASE + 0x400000;
	add_number(XEN_ELFNOTE_VIRT_BASE, BASE);
	add_number(XEN_ELFNOTE_PADDR_OFFSET, BASE);
	add_number(XEN_ELFNOTE_ENTRY, BASE + 0x400000);
	ACCEPTED(parse_built());
	ck_assert_uint_eq(info.virt_start, BASE + 0x400000);
	ck_assert_uint_eq(info.segments[0].paddr, BASE + 0x400000);
	phdr(0)->p_paddr = 0x400000;
	REFUSED(parse_built(), "below the image's PADDR_OFFSET");
}
END_TEST

START_TEST(pae_modes)
{
	static const struct {
		const char *text;
		enum elf_pae mode;
	} modes[] = {{"yes", ELF_PAE_EXTENDED},
		     {"no", ELF_PAE_NO},
		     {"bimodal", ELF_PAE_YES},
		     {"yes,bimodal", ELF_PAE_YES}};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		build();
		add_text(XEN_ELFNOTE_PAE_MODE, modes[i].text);
		ACCEPTED(parse_built());
		ck_assert_int_eq(info.pae_mode, modes[i].mode);
	}
}
END_TEST

START_TEST(identity)
{
	build_bare();
	REFUSED(parse_built(), "neither Xen notes");
	add_text(XEN_ELFNOTE_GUEST_OS, "linux");
	REFUSED(parse_built(), "xen-3.0");
	add_text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	ACCEPTED(parse_built());
	add_text(XEN_ELFNOTE_GUEST_OS, "other");
	REFUSED(parse_built(), "loader");
	build();
	add_text(XEN_ELFNOTE_XEN_VERSION, "xen-2.0");
	REFUSED(parse_built(), "xen-3.0");
}
END_TEST

/* Other owners' notes among ours, of odd sizes, and an overlong last one. */
START_TEST(note_shapes)
{
	u32 *head;

	build();
	add_number(XEN_ELFNOTE_ENTRY, 0x100030);
	add_text(XEN_ELFNOTE_GUEST_OS, "somebody else's");
	memcpy(file_bytes + NOTES_OFF + notes_len - 20, "GNU", 4);
	add_text(XEN_ELFNOTE_PAE_MODE, "yes");
	head = (u32 *)(file_bytes + NOTES_OFF + notes_len - 20);
	ck_assert_uint_eq(head[2], XEN_ELFNOTE_PAE_MODE);
	head[1] = 12;
	ACCEPTED(parse_built());
	ck_assert_str_eq(info.guest_os, "claim");
	ck_assert_int_eq(info.pae_mode, ELF_PAE_EXTENDED);
	head[1] = ~0u;
	ACCEPTED(parse_built());
	ck_assert_int_eq(info.pae_mode, ELF_PAE_EXTENDED);
	head[0] = ~0u;
	ACCEPTED(parse_built());
	ck_assert_int_eq(info.pae_mode, ELF_PAE_UNSET);
	ck_assert_uint_eq(info.entry, 0x100030);
	phdr(1)->p_filesz = IMAGE_MAX;
	REFUSED(parse_built(), "notes outside");
	phdr(1)->p_filesz = IMAGE_MAX - NOTES_OFF;
	ACCEPTED(parse_built());
}
END_TEST

START_TEST(number_sizes)
{
	build();
	add_note(XEN_ELFNOTE_ENTRY, "\x40\x00\x10\x00\x00\x00\x00\x00", 8);
	ACCEPTED(parse_built());
	ck_assert_uint_eq(info.entry, 0x100040);
	add_note(XEN_ELFNOTE_VIRT_BASE, "\x00\x00\x00\x00\x01\x00\x00\x00", 8);
	REFUSED(parse_built(), "wrap");
	build();
	add_note(XEN_ELFNOTE_ENTRY, "\x40\x00\x10", 3);
	REFUSED(parse_built(), "entry");
	build();
	add_note(XEN_ELFNOTE_SUPPORTED_FEATURES, "\x01\x88\x00\x00\xff\xff\xff\xff\xff", 9);
	ACCEPTED(parse_built());
	ck_assert_uint_eq(info.supported_features, 0x8801);
}
END_TEST

START_TEST(features)
{
	char many[3000];

	build();
	add_text(XEN_ELFNOTE_FEATURES, "||!|dom0||");
	ACCEPTED(parse_built());
	ck_assert_uint_eq(info.wanted_features, 1u << XENFEAT_dom0);
	ck_assert_uint_eq(info.required_features, 0);
	add_text(XEN_ELFNOTE_FEATURES, "dom0|!antigravity");
	REFUSED(parse_built(), "requires a feature");
	build();
	add_note(XEN_ELFNOTE_FEATURES, "dom0\0!antigravity", 18);
	ACCEPTED(parse_built());
	build();
	add_text(XEN_ELFNOTE_FEATURES, "a_name_much_longer_than_any_feature_has_ever_been|dom0");
	ACCEPTED(parse_built());
	ck_assert_uint_eq(info.wanted_features, 1u << XENFEAT_dom0);
	build();
	memset(many, '|', sizeof(many));
	add_note(XEN_ELFNOTE_FEATURES, many, sizeof(many));
	REFUSED(parse_built(), "too long");
}
END_TEST

START_TEST(notes_in_section)
{
	build();
	phdr(1)->p_type = PT_NULL;
	REFUSED(parse_built(), "neither Xen notes");
	add_sections(".notes", SHT_NOTE, NOTES_OFF, notes_len);
	ACCEPTED(parse_built());
	ck_assert_str_eq(info.guest_os, "claim");
	add_sections(".notes", SHT_NOTE, NOTES_OFF, IMAGE_MAX);
	REFUSED(parse_built(), "notes outside");
	ehdr()->e_shoff = IMAGE_MAX - 10;
	REFUSED(parse_built(), "section headers outside");
	ehdr()->e_shoff = ~0u;
	REFUSED(parse_built(), "section headers outside");
}
END_TEST

START_TEST(ascii_section)
{
	/* Mini-OS, but for the addresses. */
	ACCEPTED(parse_ascii("GUEST_OS=Mini-OS,XEN_VER=xen-3.0,VIRT_BASE=0x0,ELF_PADDR_OFFSET=0x0,"
			     "HYPERCALL_PAGE=0x101,PAE=yes[extended-cr3],FEATURES="
			     "!writable_descriptor_tables|auto_translated_physmap,LOADER=generic"));
	ck_assert_str_eq(info.guest_os, "Mini-OS");
	ck_assert_str_eq(info.loader, "generic");
	ck_assert(info.has_hypercall_page);
	ck_assert_uint_eq(info.hypercall_page, 0x101000);
	ck_assert_int_eq(info.pae_mode, ELF_PAE_EXTENDED);
	ck_assert_uint_eq(info.required_features, 1u << XENFEAT_writable_descriptor_tables);
	ck_assert_uint_eq(info.wanted_features, 1u << XENFEAT_writable_descriptor_tables |
							1u << XENFEAT_auto_translated_physmap);
	/* The offset's default is the base here, and its place in the text doesn't matter. */
	REFUSED(parse_ascii("LOADER=generic,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000"), "PADDR_OFFSET");
	build_bare();
	ACCEPTED(parse_ascii("HYPERCALL_PAGE=1,LOADER=generic,XEN_VER=xen-3.0,VIRT_BASE=0x100000,"
			     "VIRT_ENTRY=0x100123,PAE=yes"));
	ck_assert_uint_eq(info.paddr_offset, 0x100000);
	ck_assert_uint_eq(info.virt_start, 0x100000);
	ck_assert_uint_eq(info.hypercall_page, 0x101000);
	ck_assert_uint_eq(info.entry, 0x100123);
	ck_assert_int_eq(info.pae_mode, ELF_PAE_YES);
	REFUSED(parse_ascii("LOADER=generic,XEN_VER=xen-3.0,VIRT_BASE=zero"), "bad number");
	REFUSED(parse_ascii("LOADER=generic,XEN_VER=xen-3.0,VIRT_BASE="), "bad number");
	REFUSED(parse_ascii("LOADER=generic,XEN_VER=xen-3.0,HYPERCALL_PAGE=0xffffffffffffffff"),
		"bad number");
	REFUSED(parse_ascii("LOADER=generic,XEN_VER=xen-3.0,FEATURES=!what"), "requires");
	REFUSED(parse_ascii("LOADER"), "loader");
}
END_TEST

START_TEST(bad_headers)
{
	build();
	for (size_t len = 0; len < sizeof(Elf32_Ehdr); len++)
		REFUSED(parse(file_bytes, len), "too short");
	REFUSED(parse(file_bytes, sizeof(Elf32_Ehdr) + 40), "outside the file");
	REFUSED(parse(file_bytes, TEXT_OFF + 0x7ff), "segment outside");
	ACCEPTED(parse(file_bytes, TEXT_OFF + 0x800));
	file_bytes[0] = 'E';
	REFUSED(parse_built(), "not an ELF");
	build();
	ehdr()->e_machine = EM_X86_64;
	REFUSED(parse_built(), "i386 or x86_64");
	build();
	ehdr()->e_ident[EI_DATA] = ELFDATA2MSB;
	REFUSED(parse_built(), "little-endian");
	build();
	ehdr()->e_phnum = 0;
	REFUSED(parse_built(), "no program headers");
	ehdr()->e_phnum = 65535;
	REFUSED(parse_built(), "too many program");
	ehdr()->e_phnum = 2;
	ehdr()->e_phentsize = 31;
	REFUSED(parse_built(), "too small");
	build();
	ehdr()->e_phoff = ~0u;
	REFUSED(parse_built(), "program headers outside");
}
END_TEST

START_TEST(bad_segments)
{
	build();
	phdr(0)->p_filesz = 0x2001;
	REFUSED(parse_built(), "larger in the file");
	build();
	phdr(0)->p_offset = ~0u;
	REFUSED(parse_built(), "segment outside");
	phdr(0)->p_filesz = 0;
	ACCEPTED(parse_built());
	ck_assert_uint_eq(info.segments[0].off, 0);
	phdr(0)->p_memsz = 0;
	REFUSED(parse_built(), "nothing to load");
	build();
	phdr(0)->p_paddr = 0xfffff000;
	ehdr()->e_entry = 0xfffff010;
	REFUSED(parse_built(), "wraps");
	build();
	add_number(XEN_ELFNOTE_VIRT_BASE, 0xfff00000);
	REFUSED(parse_built(), "wrap around the end");
	build();
	ehdr()->e_entry = 0x102000;
	REFUSED(parse_built(), "entry point");
	ehdr()->e_entry = 0xfffff;
	REFUSED(parse_built(), "entry point");
	build();
	add_number(XEN_ELFNOTE_HYPERCALL_PAGE, 0x102000);
	REFUSED(parse_built(), "hypercall page");
	add_number(XEN_ELFNOTE_HYPERCALL_PAGE, 0x101010);
	REFUSED(parse_built(), "hypercall page");
	build();
	add_number(XEN_ELFNOTE_INIT_P2M, 0x101000);
	REFUSED(parse_built(), "INIT_P2M inside");
	add_number(XEN_ELFNOTE_INIT_P2M, 0x80000004);
	REFUSED(parse_built(), "not the address of a page");
	build();
	ehdr()->e_phnum = 10;
	for (unsigned int i = 2; i < 10; i++)
		*phdr(i) = *phdr(0);
	ACCEPTED(parse_built());
	ck_assert_uint_eq(info.nr_segments, 9);
}
END_TEST

START_TEST(limits)
{
	build();
	ehdr()->e_phoff = 5000;
	ehdr()->e_phnum = ELF_MAX_SEGMENTS + 2;
	for (int i = 0; i < ELF_MAX_SEGMENTS + 2; i++)
		memcpy(file_bytes + 5000 + i * 32, phdr(i == 0), 32);
	REFUSED(parse_built(), "too many segments");
	build();
	/* As many empty notes as there is room for, read by as many headers. */
	ehdr()->e_phoff = 5000;
	ehdr()->e_phnum = 64;
	*phdr(1) = (Elf32_Phdr){.p_type = PT_NOTE, .p_offset = 7200, .p_filesz = 960};
	for (int i = 0; i < 64; i++)
		memcpy(file_bytes + 5000 + i * 32, phdr(i > 0), 32);
	REFUSED(parse_built(), "too many notes");
}
END_TEST

/* ELF64 with the notes of a 64-bit Linux. */
START_TEST(elf64)
{
	Elf64_Ehdr e = {
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_machine = EM_X86_64,
		.e_phoff = 64,
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
	};
	Elf64_Phdr p[2] = {
		{.p_type = PT_LOAD,
		 .p_offset = TEXT_OFF,
		 .p_paddr = 0x1000000,
		 .p_filesz = 0x1000,
		 .p_memsz = 0x5000},
		{.p_type = PT_NOTE, .p_offset = NOTES_OFF},
	};
	u64 base = 0xffffffff80000000, entry = base + 0x1000100;

	build();
	add_note(XEN_ELFNOTE_VIRT_BASE, &base, 8);
	add_note(XEN_ELFNOTE_ENTRY, &entry, 8);
	p[1].p_filesz = notes_len;
	memcpy(file_bytes, &e, sizeof(e));
	memcpy(file_bytes + 64, p, sizeof(p));
	ACCEPTED(parse_built());
	ck_assert(info.is_64bit);
	ck_assert_uint_eq(info.virt_start, base + 0x1000000);
	ck_assert_uint_eq(info.virt_end, base + 0x1005000);
	ck_assert_uint_eq(info.entry, entry);
	p[0].p_memsz = -0x1000000ull;
	memcpy(file_bytes + 64, p, sizeof(p));
	REFUSED(parse_built(), "wraps");
	p[0].p_memsz = 0x80000000;
	memcpy(file_bytes + 64, p, sizeof(p));
	REFUSED(parse_built(), "wrap around the end of the address");
	p[0].p_filesz = 1ull << 40;
	p[0].p_memsz = 1ull << 41;
	memcpy(file_bytes + 64, p, sizeof(p));
	REFUSED(parse_built(), "segment outside");
	REFUSED(parse(file_bytes, 60), "too short");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("elf");
	TCase *tc = tcase_create("elf");

	tcase_add_test(tc, least_image);
	tcase_add_test(tc, all_notes);
	tcase_add_test(tc, paddr_offset);
	tcase_add_test(tc, pae_modes);
	tcase_add_test(tc, identity);
	tcase_add_test(tc, note_shapes);
	tcase_add_test(tc, number_sizes);
	tcase_add_test(tc, features);
	tcase_add_test(tc, notes_in_section);
	tcase_add_test(tc, ascii_section);
	tcase_add_test(tc, bad_headers);
	tcase_add_test(tc, bad_segments);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, elf64);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
