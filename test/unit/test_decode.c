// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
// SOURCES: hv/x86/decode.c hv/x86/decode_exec.c
/*
 * The instruction decoder on known encodings (as the assembler makes them),
 * and its refusals. What decoded instructions do is in test_decode_exec.c.
 * See: ABI 4.5; SDM 2A 2.1
 */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "x86/decode.h"

enum mode { CODE16, CODE32, CODE64 };

/* What a case expects; fields it doesn't name are zero, segment -1 if `seg` is 0. */
struct expect {
	enum mode mode;
	const char *bytes; /* hex */
	enum insn_kind kind;
	u8 op, addr;
	u8 reg, rm;
	bool mem, lock, rep;
	s8 base, index; /* 0: none; else register + 1; -2 as it is */
	u8 scale;
	s64 disp;
	bool has_imm;
	s64 imm;
	s8 seg, src; /* 0: none; else segment + 1 */
	bool ss;
};

#define AX     0
#define CX     1
#define DX     2
#define BX     3
#define SP     4
#define BP     5
#define SI     6
#define DI     7
#define M(r)   .mem = true, .base = (r) + 1
#define IMM(n) .has_imm = true, .imm = (n)
#define ES     1
#define DS     4
#define FS     5
#define GS     6

static const struct expect cases[] = {
	{CODE32, "fa", INSN_CLI, .op = 4, .addr = 4},
	{CODE32, "fb", INSN_STI, .op = 4, .addr = 4},
	{CODE32, "f4", INSN_HLT, .op = 4, .addr = 4},
	{CODE32, "0f06", INSN_CLTS, .op = 4, .addr = 4},
	{CODE32, "0f08", INSN_INVD, .op = 4, .addr = 4},
	{CODE32, "0f09", INSN_WBINVD, .op = 4, .addr = 4},
	{CODE32, "0f20c0", INSN_MOV_FROM_CR, .op = 4, .addr = 4, .reg = 0, .rm = AX},
	{CODE32, "0f22d8", INSN_MOV_TO_CR, .op = 4, .addr = 4, .reg = 3, .rm = AX},
	{CODE32, "0f20d7", INSN_MOV_FROM_CR, .op = 4, .addr = 4, .reg = 2, .rm = DI},
	/* The mod field is ignored here: still edi. */
	{CODE32, "0f2017", INSN_MOV_FROM_CR, .op = 4, .addr = 4, .reg = 2, .rm = DI},
	{CODE32, "660f20d7", INSN_MOV_FROM_CR, .op = 4, .addr = 4, .reg = 2, .rm = DI},
	{CODE32, "0f21f9", INSN_MOV_FROM_DR, .op = 4, .addr = 4, .reg = 7, .rm = CX},
	{CODE32, "0f23f6", INSN_MOV_TO_DR, .op = 4, .addr = 4, .reg = 6, .rm = SI},
	{CODE32, "0f32", INSN_RDMSR, .op = 4, .addr = 4},
	{CODE32, "0f30", INSN_WRMSR, .op = 4, .addr = 4},
	{CODE32, "0f33", INSN_RDPMC, .op = 4, .addr = 4},
	{CODE32, "0f31", INSN_RDTSC, .op = 4, .addr = 4},
	{CODE32, "0fa2", INSN_CPUID, .op = 4, .addr = 4},
	{CODE32, "0f0b78656e0fa2", INSN_FORCED_CPUID, .op = 0, .addr = 0},
	{CODE32, "0f0139", INSN_INVLPG, .op = 2, .addr = 4, .reg = 7, M(CX)},
	{CODE32, "0f01f0", INSN_LMSW, .op = 2, .addr = 4, .reg = 6, .rm = AX},
	{CODE32, "0f017508", INSN_LMSW, .op = 2, .addr = 4, .reg = 6, M(BP), .disp = 8, .ss = true},
	{CODE32, "e464", INSN_IN, .op = 1, .addr = 4, IMM(0x64)},
	{CODE32, "e5ff", INSN_IN, .op = 4, .addr = 4, IMM(0xff)},
	{CODE32, "66e5ff", INSN_IN, .op = 2, .addr = 4, IMM(0xff)},
	{CODE32, "e680", INSN_OUT, .op = 1, .addr = 4, IMM(0x80)},
	{CODE32, "e780", INSN_OUT, .op = 4, .addr = 4, IMM(0x80)},
	{CODE32, "ec", INSN_IN, .op = 1, .addr = 4},
	{CODE32, "ed", INSN_IN, .op = 4, .addr = 4},
	{CODE32, "66ed", INSN_IN, .op = 2, .addr = 4},
	{CODE32, "ee", INSN_OUT, .op = 1, .addr = 4},
	{CODE32, "66ef", INSN_OUT, .op = 2, .addr = 4},
	{CODE32, "f36d", INSN_INS, .op = 4, .addr = 4, .rep = true, M(DI), .seg = ES, .src = DS},
	{CODE32, "646e", INSN_OUTS, .op = 1, .addr = 4, M(SI), .seg = FS, .src = FS},
	{CODE32, "66f36f", INSN_OUTS, .op = 2, .addr = 4, .rep = true, M(SI), .seg = DS, .src = DS},
	{CODE32, "cd20", INSN_INT, .op = 4, .addr = 4, IMM(0x20)},
	{CODE32, "cdff", INSN_INT, .op = 4, .addr = 4, IMM(0xff)},
	{CODE32, "cf", INSN_IRET, .op = 4, .addr = 4},
	{CODE32, "66cf", INSN_IRET, .op = 2, .addr = 4},
	{CODE32, "65c744240478563412", INSN_MOV, .op = 4, .addr = 4, M(SP), .disp = 4,
	 IMM(0x12345678), .seg = GS, .ss = true},
	{CODE32, "a2efbeadde", INSN_MOV, .op = 1, .addr = 4, M(-1), .disp = (s32)0xdeadbeef},
	{CODE32, "a3efbeadde", INSN_MOV, .op = 4, .addr = 4, M(-1), .disp = (s32)0xdeadbeef},
	{CODE32, "678820", INSN_MOV, .op = 1, .addr = 2, .reg = 4, M(BX), .index = SI + 1},
	{CODE32, "678956fe", INSN_MOV, .op = 4, .addr = 2, .reg = DX, M(BP), .disp = -2,
	 .ss = true},
	{CODE32, "67890e3412", INSN_MOV, .op = 4, .addr = 2, .reg = CX, M(-1), .disp = 0x1234},
	{CODE32, "890d34120000", INSN_MOV, .op = 4, .addr = 4, .reg = CX, M(-1), .disp = 0x1234},
	{CODE32, "67a33412", INSN_MOV, .op = 4, .addr = 2, M(-1), .disp = 0x1234},
	{CODE32, "f00fc70e", INSN_CMPXCHG8B, .op = 8, .addr = 4, .lock = true, .reg = 1, M(SI)},
	{CODE32, "f08020fd", INSN_AND, .op = 1, .addr = 4, .lock = true, .reg = 4, M(AX), IMM(-3)},
	{CODE32, "870cc2", INSN_XCHG, .op = 4, .addr = 4, .reg = CX, M(DX), .index = AX + 1,
	 .scale = 3},
	{CODE32, "89d8", INSN_MOV, .op = 4, .addr = 4, .reg = BX, .rm = AX},
	{CODE32, "26a5", INSN_MOVS, .op = 4, .addr = 4, M(DI), .seg = ES, .src = ES},
	{CODE32, "64a5", INSN_MOVS, .op = 4, .addr = 4, M(DI), .seg = ES, .src = FS},
	{CODE32, "f3ab", INSN_STOS, .op = 4, .addr = 4, .rep = true, M(DI), .seg = ES, .src = DS},
	{CODE32, "f2aa", INSN_STOS, .op = 1, .addr = 4, .rep = true, M(DI), .seg = ES, .src = DS},
	/* The last of several segment prefixes counts; REP of other instructions doesn't. */
	{CODE32, "64653e898010000000", INSN_MOV, .op = 4, .addr = 4, M(AX), .disp = 0x10,
	 .seg = DS},
	{CODE32, "f38900", INSN_MOV, .op = 4, .addr = 4, M(AX)},
	{CODE16, "8901", INSN_MOV, .op = 2, .addr = 2, M(BX), .index = DI + 1},
	{CODE16, "66678903", INSN_MOV, .op = 4, .addr = 4, M(BX)},
	{CODE16, "c746103412", INSN_MOV, .op = 2, .addr = 2, M(BP), .disp = 0x10, IMM(0x1234),
	 .ss = true},
	{CODE16, "2666890e3412", INSN_MOV, .op = 4, .addr = 2, .reg = CX, M(-1), .disp = 0x1234,
	 .seg = ES},
	{CODE16, "cf", INSN_IRET, .op = 2, .addr = 2},
	{CODE16, "66ed", INSN_IN, .op = 4, .addr = 2},
	{CODE64, "440f20c0", INSN_MOV_FROM_CR, .op = 8, .addr = 8, .reg = 8, .rm = AX},
	{CODE64, "450f22c1", INSN_MOV_TO_CR, .op = 8, .addr = 8, .reg = 8, .rm = 9},
	{CODE64, "410f20da", INSN_MOV_FROM_CR, .op = 8, .addr = 8, .reg = 3, .rm = 10},
	{CODE64, "48890510000000", INSN_MOV, .op = 8, .addr = 8, .mem = true, .base = -2,
	 .disp = 0x10},
	{CODE64, "67890510000000", INSN_MOV, .op = 4, .addr = 4, .mem = true, .base = -2,
	 .disp = 0x10},
	{CODE64, "41882424", INSN_MOV, .op = 1, .addr = 8, .reg = 4, M(12)},
	{CODE64, "45886d00", INSN_MOV, .op = 1, .addr = 8, .reg = 13, M(13)},
	{CODE64, "48a38877665544332211", INSN_MOV, .op = 8, .addr = 8, M(-1),
	 .disp = 0x1122334455667788},
	{CODE64, "a28877665544332211", INSN_MOV, .op = 1, .addr = 8, M(-1),
	 .disp = 0x1122334455667788},
	{CODE64, "67a366778899", INSN_MOV, .op = 4, .addr = 4, M(-1), .disp = (s32)0x99887766},
	{CODE64, "644ac70460feffffff", INSN_MOV, .op = 8, .addr = 8, M(AX), .index = 13, .scale = 1,
	 IMM(-2), .seg = FS},
	{CODE64, "f00fc70f", INSN_CMPXCHG8B, .op = 8, .addr = 8, .lock = true, .reg = 1, M(DI)},
	{CODE64, "488706", INSN_XCHG, .op = 8, .addr = 8, M(SI)},
	{CODE64, "f04c0fab0a", INSN_BTS, .op = 8, .addr = 8, .lock = true, .reg = 9, M(DX)},
	{CODE64, "f0480fba323f", INSN_BTR, .op = 8, .addr = 8, .lock = true, .reg = 6, M(DX),
	 IMM(63)},
	{CODE64, "8027fd", INSN_AND, .op = 1, .addr = 8, .reg = 4, M(DI), IMM(-3)},
	{CODE64, "f348ab", INSN_STOS, .op = 8, .addr = 8, .rep = true, M(DI), .seg = ES, .src = DS},
	{CODE64, "67aa", INSN_STOS, .op = 1, .addr = 4, M(DI), .seg = ES, .src = DS},
	{CODE64, "48cf", INSN_IRET, .op = 8, .addr = 8},
	{CODE64, "48ed", INSN_IN, .op = 4, .addr = 8},
	{CODE64, "4889042578563412", INSN_MOV, .op = 8, .addr = 8, M(-1), .disp = 0x12345678},
	{CODE64, "890424", INSN_MOV, .op = 4, .addr = 8, M(SP), .ss = true},
	{CODE64, "0f30", INSN_WRMSR, .op = 4, .addr = 8},
	{CODE64, "fa", INSN_CLI, .op = 4, .addr = 8},
	/* 64-bit code has no es, cs, ss, ds overrides, and a REX too early is void. */
	{CODE64, "3e8907", INSN_MOV, .op = 4, .addr = 8, M(DI)},
	{CODE64, "48668907", INSN_MOV, .op = 2, .addr = 8, M(DI)},
	{CODE64, "66488907", INSN_MOV, .op = 8, .addr = 8, M(DI)},
};

static const struct {
	enum mode mode;
	const char *bytes;
} refused[] = {
	{CODE32, "90"},
	{CODE32, "0f0b"},
	{CODE32, "0f0b78656e0fa3"},
	{CODE32, "8b00"},
	{CODE32, "0f01f8"},
	{CODE32, "0fc7f0"},
	{CODE32, "0fc7c8"},
	{CODE32, "0fc730"},
	{CODE32, "8038fd"},
	{CODE32, "8010fd"},
	{CODE32, "c60801"},
	{CODE32, "0fba2001"},
	{CODE32, "f0fa"},
	{CODE32, "f08900"},
	{CODE32, "f087c1"},
	{CODE32, "f0ab"},
	{CODE32, "660f0b78656e0fa2"},
	{CODE32, "480f20c0"},
	{CODE32, "0f0110"},
	{CODE32, "0f0b"},
	{CODE32, "0fff"},
	{CODE64, "f0480fc70f"},
	{CODE64, "0f01f8"},
	{CODE64, "0f05"},
	{CODE64, "0f0b78656e"},
};

static unsigned int from_hex(const char *hex, u8 *bytes)
{
	unsigned int n = 0, byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		bytes[n++] = (u8)byte;
	return n;
}

static bool decode(const u8 *bytes, unsigned int nr, enum mode mode, struct insn *insn)
{
	return insn_decode(bytes, nr, mode == CODE64, mode == CODE32, insn);
}

START_TEST(known_encodings)
{
	const struct expect *e = &cases[_i];
	struct insn insn;
	u8 bytes[32];
	unsigned int nr = from_hex(e->bytes, bytes);

	for (unsigned int i = 0; i < nr; i++)
		ck_assert_msg(!decode(bytes, i, e->mode, &insn), "%s accepted with %u bytes",
			      e->bytes, i);
	memset(bytes + nr, 0xcc, sizeof(bytes) - nr);
	ck_assert_msg(decode(bytes, nr + 3, e->mode, &insn), "%s refused", e->bytes);
	ck_assert_msg(insn.kind == e->kind, "%s is %s, not %s", e->bytes, insn_kind_name(insn.kind),
		      insn_kind_name(e->kind));
	ck_assert_uint_eq(insn.len_bytes, nr);
	ck_assert_uint_eq(insn.op_bytes, e->op);
	ck_assert_uint_eq(insn.addr_bytes, e->addr);
	ck_assert(insn.lock == e->lock && insn.rep == e->rep && insn.mem == e->mem);
	ck_assert_int_eq(insn.segment, e->seg - 1);
	ck_assert_int_eq(insn.src_segment, e->src - 1);
	ck_assert_int_eq(insn.has_imm, e->has_imm);
	ck_assert_int_eq((s64)insn.imm, e->imm);
	ck_assert_uint_eq(insn.reg, e->reg);
	ck_assert_uint_eq(insn.rm, e->rm);
	ck_assert_int_eq(insn.base, e->base == -2 ? -2 : e->base - 1);
	ck_assert_int_eq(insn.index, e->index - 1);
	ck_assert_uint_eq(insn.scale, e->scale);
	ck_assert_int_eq(insn.disp, e->disp);
	ck_assert_int_eq(insn.default_ss, e->ss);
}
END_TEST

START_TEST(refusals)
{
	struct insn insn;
	u8 bytes[32] = {0};
	unsigned int nr = from_hex(refused[_i].bytes, bytes);

	ck_assert_msg(!decode(bytes, nr, refused[_i].mode, &insn), "%s accepted as %s",
		      refused[_i].bytes, insn_kind_name(insn.kind));
}
END_TEST

/* Prefixes may fill an instruction up to 15 bytes, and no further. */
START_TEST(longest)
{
	struct insn insn;
	u8 bytes[20];

	memset(bytes, 0x66, sizeof(bytes));
	bytes[14] = 0xfa;
	ck_assert(insn_decode(bytes, sizeof(bytes), false, true, &insn));
	ck_assert_uint_eq(insn.len_bytes, 15);
	bytes[14] = 0x66;
	bytes[15] = 0xfa;
	ck_assert(!insn_decode(bytes, sizeof(bytes), false, true, &insn));
	memset(bytes, 0x3e, sizeof(bytes));
	bytes[9] = 0xc7;
	bytes[10] = 0x00;
	ck_assert(insn_decode(bytes, sizeof(bytes), false, true, &insn));
	ck_assert(insn_decode(bytes, 15, false, true, &insn));
	ck_assert(!insn_decode(bytes, 14, false, true, &insn));
	memmove(bytes + 1, bytes, 15);
	ck_assert(!insn_decode(bytes, sizeof(bytes), false, true, &insn));
}
END_TEST

/* Random bytes: nothing but promises to keep, for ASan and UBSan to watch. */
START_TEST(random_bytes)
{
	uint64_t rng = unit_seed();
	unsigned int known = 0;

	for (int i = 0; i < 300000; i++) {
		u64 words[2] = {unit_random(&rng), unit_random(&rng)};
		unsigned int nr = unit_random_below(&rng, 17);
		unsigned long flags = 2;
		struct insn_gprs gprs = {{0}};
		struct insn insn;
		u64 new_val;
		bool store;

		if (i & 1)
			((u8 *)words)[0] = 0x0f;
		if (!decode((u8 *)words, nr, (enum mode)(i % 3), &insn))
			continue;
		known++;
		if (insn.kind == INSN_UNKNOWN || !insn.len_bytes || insn.len_bytes > MIN(nr, 15) ||
		    insn.reg > 15 || insn.rm > 15 || insn.base < -2 || insn.base > 15 ||
		    insn.index < -1 || insn.index > 15 || insn.scale > 3)
			ck_abort_msg("bad description of %016llx", (unsigned long long)words[0]);
		insn_mem_offset(&insn, &gprs, 0);
		if (insn_store_value(&insn, words[1], &new_val, &store, &gprs, &flags) !=
		    (insn.mem && insn.kind >= INSN_MOV && insn.kind <= INSN_MOVS))
			ck_abort_msg("%s: is it a store?", insn_kind_name(insn.kind));
	}
	ck_assert_uint_gt(known, 3000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decode");
	TCase *tc = tcase_create("decode");

	tcase_add_loop_test(tc, known_encodings, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, refusals, 0, ARRAY_SIZE(refused));
	tcase_add_test(tc, longest);
	tcase_add_test(tc, random_bytes);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
