// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
// SOURCES: hv/x86/operand.c hv/x86/operand_size.c
/*
 * The operand locator on known encodings: segments, sizes, both forms of
 * addressing, strings, the stack. test_operand_native.c asks the CPU.
 * See: ABI 4.8; SDM 2A 2.1
 */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "x86/operand.h"

enum { ES, CS, SS, DS, FS, GS };

/* Offsets below are for these. */
static const struct insn_gprs gprs = {
	{0x00010001, 0xfffffffd, 0x20002, 0x30008, 0xfffffff0, 0x50040, 0x60100, 0x70200}};

struct expect {
	const char *bytes; /* hex */
	unsigned int nr;
	struct operand op[OPERANDS_MAX];
};

/* Operand: segment, size, offset. */
#define OP(...)                                                                                    \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define NONE                                                                                       \
	0,                                                                                         \
	{                                                                                          \
		OP(0, 0, 0)                                                                        \
	}
#define ONE(...)                                                                                   \
	1,                                                                                         \
	{                                                                                          \
		OP(__VA_ARGS__)                                                                    \
	}
#define TWO(a, b)                                                                                  \
	2,                                                                                         \
	{                                                                                          \
		a, b                                                                               \
	}

static const struct expect cases32[] = {
	/* what a C library does */
	{"65a1fcffffff", ONE(GS, 4, 0xfffffffc)},
	{"658b0dfcffffff", ONE(GS, 4, 0xfffffffc)},
	{"658b8170ffffff", ONE(GS, 4, 0xffffff6d)},
	{"6583790400", ONE(GS, 4, 1)},
	{"65ff1510000000", TWO(OP(GS, 4, 0x10), OP(SS, 4, 0xffffffec))},
	{"65330518000000", ONE(GS, 4, 0x18)},
	{"65c705f8ffffff2a000000", ONE(GS, 4, 0xfffffff8)},
	{"6566c705f8ffffff2a00", ONE(GS, 2, 0xfffffff8)},
	{"65c605f8ffffff2a", ONE(GS, 1, 0xfffffff8)},
	{"6580bbfcffffff00", ONE(GS, 1, 0x30004)},
	{"f0650fb111", ONE(GS, 4, 0xfffffffd)},
	{"650fb605fcffffff", ONE(GS, 1, 0xfffffffc)},
	{"65f30f7e05f0ffffff", ONE(GS, 8, 0xfffffff0)},
	{"65660fd605f0ffffff", ONE(GS, 8, 0xfffffff0)},
	/* ModRM and SIB */
	{"8b00", ONE(DS, 4, 0x10001)},
	{"8b4500", ONE(SS, 4, 0x50040)},
	{"8b04250000002a", ONE(DS, 4, 0x2a000000)},
	{"8b0424", ONE(SS, 4, 0xfffffff0)},
	{"8b442404", ONE(SS, 4, 0xfffffff4)},
	{"8b4cdd08", ONE(SS, 4, 0x50040 + 8 * 0x30008 + 8)},
	{"8b0c9d00100000", ONE(DS, 4, 4 * 0x30008 + 0x1000)},
	{"8b8c8b00000080", ONE(DS, 4, 0x80030008 + 4 * 0xfffffffd)},
	{"3e8b4500", ONE(DS, 4, 0x50040)},
	{"2e8b00", ONE(CS, 4, 0x10001)},
	{"26658b00", ONE(GS, 4, 0x10001)},
	{"65268b00", ONE(ES, 4, 0x10001)},
	/* 16-bit addresses */
	{"678b00", ONE(DS, 4, 0x0108)},
	{"678b01", ONE(DS, 4, 0x0208)},
	{"678b02", ONE(SS, 4, 0x0140)},
	{"678b4304", ONE(SS, 4, 0x0244)},
	{"678b4480", ONE(DS, 4, 0x0080)},
	{"678b4500", ONE(DS, 4, 0x0200)},
	{"678b4600", ONE(SS, 4, 0x0040)},
	{"678b8700fe", ONE(DS, 4, 0xfe08)},
	{"678b0634f2", ONE(DS, 4, 0xf234)},
	{"6567a1fcff", ONE(GS, 4, 0xfffc)},
	/* bits far from the operand's address */
	{"0fa30b", ONE(DS, 4, 0x30004)},
	{"660fab0b", ONE(DS, 2, 0x30006)},
	{"0fba2b07", ONE(DS, 4, 0x30008)},
	/* groups, and their members that use no memory */
	{"8d03", NONE},
	{"0f0103", ONE(DS, 6, 0x30008)},
	{"0f013b", NONE},
	{"0f1803", NONE},
	{"0fae03", ONE(DS, 512, 0x30008)},
	{"0fc70b", ONE(DS, 8, 0x30008)},
	{"f603ff", ONE(DS, 1, 0x30008)},
	{"ff23", ONE(DS, 4, 0x30008)},
	{"ff2b", ONE(DS, 6, 0x30008)},
	{"66ff2b", ONE(DS, 4, 0x30008)},
	{"ff1b", TWO(OP(DS, 6, 0x30008), OP(SS, 8, 0xffffffe8))},
	{"ff33", TWO(OP(DS, 4, 0x30008), OP(SS, 4, 0xffffffec))},
	{"8f03", TWO(OP(DS, 4, 0x30008), OP(SS, 4, 0xfffffff0))},
	{"8f0424", TWO(OP(SS, 4, 0xfffffff4), OP(SS, 4, 0xfffffff0))},
	{"8f442404", TWO(OP(SS, 4, 0xfffffff8), OP(SS, 4, 0xfffffff0))},
	{"8f0b", NONE},
	{"ff3b", NONE},
	{"6203", ONE(DS, 8, 0x30008)},
	{"c403", ONE(DS, 6, 0x30008)},
	{"0fb513", ONE(DS, 6, 0x30008)},
	/* registers only */
	{"8bc3", NONE},
	{"0f10c1", NONE},
	{"ffd0", ONE(SS, 4, 0xffffffec)},
	/* x87 */
	{"d903", ONE(DS, 4, 0x30008)},
	{"d923", ONE(DS, 28, 0x30008)},
	{"66d933", ONE(DS, 14, 0x30008)},
	{"dd23", ONE(DS, 108, 0x30008)},
	{"66dd33", ONE(DS, 94, 0x30008)},
	{"db2b", ONE(DS, 10, 0x30008)},
	{"df3b", ONE(DS, 8, 0x30008)},
	/* strings */
	{"a4", TWO(OP(DS, 1, 0x60100), OP(ES, 1, 0x70200))},
	{"65a5", TWO(OP(GS, 4, 0x60100), OP(ES, 4, 0x70200))},
	{"66a7", TWO(OP(DS, 2, 0x60100), OP(ES, 2, 0x70200))},
	{"f3aa", ONE(ES, 1, 0x70200)},
	{"65f3ab", ONE(ES, 4, 0x70200)},
	{"f2af", ONE(ES, 4, 0x70200)},
	{"6567ad", ONE(GS, 4, 0x0100)},
	{"6c", ONE(ES, 1, 0x70200)},
	{"6f", ONE(DS, 4, 0x60100)},
	{"65d7", ONE(GS, 1, 0x30009)},
	{"660ff7c1", ONE(DS, 16, 0x70200)},
	{"650ff7c1", ONE(GS, 8, 0x70200)},
	/* the stack */
	{"50", ONE(SS, 4, 0xffffffec)},
	{"6650", ONE(SS, 2, 0xffffffee)},
	{"5b", ONE(SS, 4, 0xfffffff0)},
	{"60", ONE(SS, 32, 0xffffffd0)},
	{"61", ONE(SS, 32, 0xfffffff0)},
	{"e800000000", ONE(SS, 4, 0xffffffec)},
	{"c3", ONE(SS, 4, 0xfffffff0)},
	{"c9", ONE(SS, 4, 0x50040)},
	/* not known here, or without any */
	{"90", NONE},
	{"c8080000", NONE},
	{"cf", NONE},
	{"cd80", NONE},
	{"eb00", NONE},
	{"0f05", NONE},
	{"fa", NONE},
};

/* The same registers in 16-bit code with a 16-bit stack. */
static const struct expect cases16[] = {
	{"8b00", ONE(DS, 2, 0x0108)},	   {"66658b07", ONE(GS, 4, 0x0008)},
	{"67658b03", ONE(GS, 2, 0x30008)}, {"a1fcff", ONE(DS, 2, 0xfffc)},
	{"50", ONE(SS, 2, 0xffee)},	   {"6650", ONE(SS, 4, 0xffec)},
	{"c3", ONE(SS, 2, 0xfff0)},	   {"a5", TWO(OP(DS, 2, 0x0100), OP(ES, 2, 0x0200))},
	{"d7", ONE(DS, 1, 0x0009)},	   {"d933", ONE(SS, 14, 0x0240)},
};

static unsigned int from_hex(const char *hex, u8 *bytes)
{
	unsigned int nr = 0, byte;

	for (; sscanf(hex + 2 * nr, "%2x", &byte) == 1; nr++)
		bytes[nr] = (u8)byte;
	return nr;
}

static void check(const struct expect *e, bool code32)
{
	struct operand op[OPERANDS_MAX];
	u8 bytes[16];
	struct operand_code code = {
		.bytes = bytes,
		.nr = from_hex(e->bytes, bytes),
		.code32 = code32,
		.stack32 = code32,
		.gprs = &gprs,
	};
	unsigned int nr = operand_locate(&code, op);

	if (nr != e->nr)
		ck_abort_msg("%s: %u operands, not %u", e->bytes, nr, e->nr);
	for (unsigned int i = 0; i < nr; i++)
		if (op[i].segment != e->op[i].segment || op[i].size_bytes != e->op[i].size_bytes ||
		    op[i].offset != e->op[i].offset)
			ck_abort_msg("%s: operand %u is %u:%x, %u bytes", e->bytes, i,
				     op[i].segment, op[i].offset, op[i].size_bytes);
}

START_TEST(known_encodings)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(cases32); i++)
		check(&cases32[i], true);
	for (unsigned int i = 0; i < ARRAY_SIZE(cases16); i++)
		check(&cases16[i], false);
}
END_TEST

START_TEST(finished_repetitions_touch_nothing)
{
	static const struct insn_gprs none_left = {{0, 0x10000}};
	struct operand op[OPERANDS_MAX];
	struct operand_code code = {
		.bytes = (const u8 *)"\x67\xf3\xa4", .nr = 3, .code32 = true, .gprs = &none_left};

	ck_assert_uint_eq(operand_locate(&code, op), 0);
	code.bytes++;
	code.nr--;
	ck_assert_uint_eq(operand_locate(&code, op), 2);
}
END_TEST

/* Every beginning of an instruction, and 15 bytes at most, are read at most. */
START_TEST(bytes_may_end_anywhere)
{
	struct operand op[OPERANDS_MAX];
	struct operand_code code = {.code32 = true, .stack32 = true, .gprs = &gprs};
	u64 rng = unit_seed();
	u8 bytes[20];

	for (unsigned int i = 0; i < ARRAY_SIZE(cases32); i++) {
		u8 whole[16];
		unsigned int nr = from_hex(cases32[i].bytes, whole);

		for (unsigned int cut = 0; cut < nr; cut++) {
			u8 part[16] = {0};

			/* ASan watches an exact copy. */
			u8 *exact = memcpy(part + 16 - cut, whole, cut);

			code.bytes = exact;
			code.nr = cut;
			operand_locate(&code, op);
		}
	}
	memset(bytes, 0x65, sizeof(bytes));
	memcpy(bytes + 10, "\xa1\xfc\xff\xff\xff", 5);
	code.bytes = bytes;
	code.nr = sizeof(bytes);
	ck_assert_uint_eq(operand_locate(&code, op), 1);
	memset(bytes, 0x65, sizeof(bytes));
	memcpy(bytes + 11, "\xa1\xfc\xff\xff\xff", 5);
	ck_assert_uint_eq(operand_locate(&code, op), 0);
	for (int i = 0; i < 300000; i++) {
		unsigned int nr;

		for (unsigned int b = 0; b < sizeof(bytes); b++)
			bytes[b] = (u8)unit_random(&rng);
		code.code32 = i & 1;
		code.stack32 = i & 2;
		nr = operand_locate(&code, op);
		if (nr > OPERANDS_MAX)
			ck_abort_msg("%u operands", nr);
		for (unsigned int n = 0; n < nr; n++)
			if (op[n].segment > GS || !op[n].size_bytes || op[n].size_bytes > 512)
				ck_abort_msg("operand %u:%x, %u bytes", op[n].segment, op[n].offset,
					     op[n].size_bytes);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("operand");
	TCase *tc = tcase_create("operand");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, known_encodings);
	tcase_add_test(tc, finished_repetitions_touch_nothing);
	tcase_add_test(tc, bytes_may_end_anywhere);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
