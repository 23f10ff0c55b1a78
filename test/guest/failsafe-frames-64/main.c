// SPDX-License-Identifier: MIT
/*
 * Claim: a frame that the CPU won't return to, in 64 bits, brings the failsafe
 * callback on the kernel's stack, whose frame has the data selectors and what
 * was asked for, with every register whole; the monitor goes on.
 * See: ABI 4.2, 4.3; SDM 3A 6.15
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/rawtrap.h"
#include "pvops-guest/lib/test.h"

#include <xen/callback.h>

#define FAILSAFE 0xf0 /* which raw stub it is */
#define NR_GDT	 512
#define NR_LDT	 1024 /* two pages: the second isn't there */
#define FLAGS	 0x246ul
#define FLAG_NT	 0x4000ul

#define CODE_ABSENT (1 * 8)
#define DATA_USER   (2 * 8)
#define DATA_ABSENT (3 * 8)
#define DATA_CONST  (4 * 8)

static const uint64_t descriptors[] = {
	0,
	0x00af7b000000ffffull, /* 64-bit code, not present */
	0x00cff3000000ffffull, /* data */
	0x00cf73000000ffffull, /* data, not present */
	0x00cff1000000ffffull, /* data, read-only */
};

extern const uint8_t code_page[];

asm(".balign 4096\n"
    "code_page: ud2\n"
    ".balign 4096\n");

static void try(const char *what, uint16_t cs, uint16_t ss)
{
	bool user = (cs & 3) == 3;
	struct iret_context f = {
		.rax = raw_values[0],
		.rcx = raw_values[1],
		.r11 = raw_values[11],
		.rip = (unsigned long)code_page,
		.cs = cs,
		.rflags = FLAGS | FLAG_NT,
		.rsp = raw_stack_top(user ? RAW_USER : RAW_KERNEL),
		.ss = ss,
	};
	const unsigned long want[] = {
		f.rcx,
		f.r11,
		RAW_SEGMENT,
		RAW_SEGMENT,
		RAW_SEGMENT,
		RAW_SEGMENT,
		/* The kernel's selectors come back as the CPU was given them. */
		f.rip,
		user ? cs : cs & ~3,
		f.rflags,
		f.rsp,
		ss | 3,
	};
	struct raw_trap t;

	raw_run_frame(&f, &t);
	TEST_CHECK(t.vector == FAILSAFE && t.nr_words == ARRAY_SIZE(want),
		   "%s: vector %x, %u words", what, t.vector, t.nr_words);
	for (unsigned int i = 0; i < ARRAY_SIZE(want); i++)
		TEST_CHECK(t.word[i] == want[i], "%s: word %u is %lx, not %lx", what, i, t.word[i],
			   want[i]);
	TEST_CHECK(!(t.handler_flags & FLAG_NT), "%s: NT is set in the callback", what);
	TEST_CHECK(t.masked, "%s: upcalls aren't masked in the callback", what);
	raw_same_registers(what, &t, 0);
}

static void set_tables(void)
{
	uint64_t *gdt = mm_page_alloc(), *ldt = mm_page_alloc();
	xen_pfn_t frame = mm_virt_to_mfn((unsigned long)gdt);
	struct mmuext_op op = {.cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (unsigned long)ldt};

	memcpy(gdt, descriptors, sizeof(descriptors));
	memcpy(ldt, descriptors, sizeof(descriptors));
	TEST_EQUAL("read-only GDT", mm_set_readonly((unsigned long)gdt), 0);
	TEST_EQUAL("read-only LDT", mm_set_readonly((unsigned long)ldt), 0);
	TEST_EQUAL("set_gdt", hypercall_set_gdt(&frame, NR_GDT), 0);
	op.arg2.nr_ents = NR_LDT;
	TEST_EQUAL("set_ldt", hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
}

void test_main(void)
{
	struct callback_register reg = {
		.type = CALLBACKTYPE_failsafe,
		.flags = CALLBACKF_mask_events,
		.address = raw_address(FAILSAFE),
	};

	if (raw_init(code_page)) {
		test_error("can't open pages to the user");
		return;
	}
	set_tables();
	TEST_EQUAL("callback", hypercall_callback_op(CALLBACKOP_register, &reg), 0);
	/* RPL 3 is for the user, 0 for the kernel. */
	for (unsigned int rpl = 0; rpl <= 3; rpl += 3) {
		for (unsigned int ti = 0; ti <= 4; ti += 4) {
			try("absent code", (uint16_t)(CODE_ABSENT | ti | rpl), FLAT_USER_SS);
			try("data as code", (uint16_t)(DATA_USER | ti | rpl), FLAT_USER_SS);
			try("absent stack", (uint16_t)((FLAT_USER_CS & ~3) | rpl),
			    (uint16_t)(DATA_ABSENT | ti | 3));
			try("read-only stack", (uint16_t)((FLAT_USER_CS & ~3) | rpl),
			    (uint16_t)(DATA_CONST | ti | 3));
		}
		try("null code", (uint16_t)rpl, FLAT_USER_SS);
		try("beyond the GDT", (uint16_t)(500 * 8 | rpl), FLAT_USER_SS);
		try("the monitor's code", (uint16_t)(0xe008 | rpl), FLAT_USER_SS);
		try("the monitor's stack", (uint16_t)((FLAT_USER_CS & ~3) | rpl), 0xe013);
		try("the TSS as code", (uint16_t)(0xe040 | rpl), FLAT_USER_SS);
		try("an LDT page that isn't there", (uint16_t)(600 * 8 | 4 | rpl), FLAT_USER_SS);
		try("a stack there", (uint16_t)((FLAT_USER_CS & ~3) | rpl), 600 * 8 | 4 | 3);
	}
}
