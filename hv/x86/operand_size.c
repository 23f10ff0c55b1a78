// SPDX-License-Identifier: MIT
/*
 * The opcode maps, reduced to: how is the memory operand named, and how many
 * bytes has it. Called by operand.c. Pure. SDM vol. 2, appendix A.
 */
#include "x86/operand.h"

/* An arithmetic block's four ModRM forms. */
#define ALU(n)                                                                  \
	[(n)] = OPC_1, [(n) + 1] = OPC_V, [(n) + 2] = OPC_1, [(n) + 3] = OPC_V

static const u8 map_1[256] = {
	ALU(0x00), ALU(0x08), ALU(0x10), ALU(0x18),
	ALU(0x20), ALU(0x28), ALU(0x30), ALU(0x38),
	[0x06] = OPC_PUSH, [0x07] = OPC_POP, [0x0e] = OPC_PUSH, /* es, cs */
	[0x16] = OPC_PUSH, [0x17] = OPC_POP, [0x1e] = OPC_PUSH, [0x1f] = OPC_POP, /* ss, ds */
	[0x50 ... 0x57] = OPC_PUSH, [0x58 ... 0x5f] = OPC_POP,
	[0x60] = OPC_PUSHA, [0x61] = OPC_POPA,
	[0x62] = OPC_2V, [0x63] = OPC_2, /* bound, arpl */
	[0x68] = OPC_PUSH, [0x69] = OPC_V, [0x6a] = OPC_PUSH, [0x6b] = OPC_V,
	[0x6c ... 0x6d] = OPC_STR_DST, [0x6e ... 0x6f] = OPC_STR_SRC, /* ins, outs */
	[0x80] = OPC_1, [0x81] = OPC_V, [0x82] = OPC_1, [0x83] = OPC_V,
	[0x84] = OPC_1, [0x85] = OPC_V, [0x86] = OPC_1, [0x87] = OPC_V, /* test, xchg */
	[0x88] = OPC_1, [0x89] = OPC_V, [0x8a] = OPC_1, [0x8b] = OPC_V, /* mov */
	[0x8c] = OPC_2, [0x8e] = OPC_2, [0x8f] = OPC_GROUP,
	[0x9c] = OPC_PUSH, [0x9d] = OPC_POP, /* flags */
	[0xa0 ... 0xa3] = OPC_MOFFS,
	[0xa4 ... 0xa7] = OPC_STR_BOTH, /* movs, cmps */
	[0xaa ... 0xab] = OPC_STR_DST, [0xac ... 0xad] = OPC_STR_SRC, /* stos, lods */
	[0xae ... 0xaf] = OPC_STR_DST, /* scas */
	[0xc0] = OPC_1, [0xc1] = OPC_V, [0xc2 ... 0xc3] = OPC_POP, /* shifts, ret */
	[0xc4 ... 0xc5] = OPC_FAR, [0xc6] = OPC_1, [0xc7] = OPC_V, /* les, lds, mov */
	[0xc9] = OPC_LEAVE,
	[0xd0] = OPC_1, [0xd1] = OPC_V, [0xd2] = OPC_1, [0xd3] = OPC_V,
	[0xd7] = OPC_XLAT, [0xd8 ... 0xdf] = OPC_GROUP, /* x87 */
	[0xe8] = OPC_PUSH, /* call */
	[0xf6] = OPC_1, [0xf7] = OPC_V, [0xfe ... 0xff] = OPC_GROUP,
};

static const u8 map_0f[256] = {
	[0x00 ... 0x01] = OPC_GROUP, [0x02 ... 0x03] = OPC_2, /* lar, lsl */
	[0x10 ... 0x17] = OPC_VECTOR, [0x28 ... 0x2f] = OPC_VECTOR,
	[0x40 ... 0x4f] = OPC_V, [0x51 ... 0x70] = OPC_VECTOR,
	[0x74 ... 0x76] = OPC_VECTOR, [0x7c ... 0x7f] = OPC_VECTOR,
	[0x90 ... 0x9f] = OPC_1,
	[0xa0] = OPC_PUSH, [0xa1] = OPC_POP, [0xa8] = OPC_PUSH, [0xa9] = OPC_POP, /* fs, gs */
	[0xa3] = OPC_BITS, [0xab] = OPC_BITS, [0xb3] = OPC_BITS, [0xbb] = OPC_BITS,
	[0xa4 ... 0xa5] = OPC_V, [0xac ... 0xad] = OPC_V, [0xae] = OPC_GROUP, [0xaf] = OPC_V,
	[0xb0] = OPC_1, [0xb1] = OPC_V, [0xb2] = OPC_FAR, [0xb4 ... 0xb5] = OPC_FAR,
	[0xb6] = OPC_1, [0xb7] = OPC_2, [0xb8] = OPC_V, [0xba] = OPC_GROUP, /* movzx, popcnt */
	[0xbc ... 0xbd] = OPC_V, [0xbe] = OPC_1, [0xbf] = OPC_2, /* bsf, bsr, movsx */
	[0xc0] = OPC_1, [0xc1] = OPC_V, [0xc2] = OPC_VECTOR, [0xc3] = OPC_4, /* xadd, movnti */
	[0xc4] = OPC_2, [0xc6] = OPC_VECTOR, [0xc7] = OPC_GROUP, /* pinsrw */
	[0xd0 ... 0xd6] = OPC_VECTOR, [0xd8 ... 0xf6] = OPC_VECTOR,
	[0xf7] = OPC_MASKMOV, [0xf8 ... 0xfe] = OPC_VECTOR,
};

/* Rows of a vector map: which opcodes, and bytes without and after 66, F3, F2. */
struct vector_row {
	u8 map, first, last, bytes[4];
};

/* The first row that fits counts. */
static const struct vector_row vector_rows[] = {
	{MAP_0F, 0x10, 0x11, {16, 16, 4, 8}}, /* movups and its like */
	{MAP_0F, 0x12, 0x12, {8, 8, 16, 8}}, /* movlps, movsldup, movddup */
	{MAP_0F, 0x13, 0x13, {8, 8, 0, 0}},
	{MAP_0F, 0x14, 0x15, {16, 16, 0, 0}}, /* unpcklps */
	{MAP_0F, 0x16, 0x16, {8, 8, 16, 0}}, /* movhps, movshdup */
	{MAP_0F, 0x17, 0x17, {8, 8, 0, 0}},
	{MAP_0F, 0x28, 0x29, {16, 16, 0, 0}},
	{MAP_0F, 0x2a, 0x2a, {8, 8, 4, 4}}, /* conversions */
	{MAP_0F, 0x2b, 0x2b, {16, 16, 4, 8}}, /* movntps; AMD's movntss */
	{MAP_0F, 0x2c, 0x2d, {8, 16, 4, 8}},
	{MAP_0F, 0x2e, 0x2f, {4, 8, 0, 0}}, /* comiss */
	{MAP_0F, 0x52, 0x53, {16, 0, 4, 0}}, /* rsqrt, rcp */
	{MAP_0F, 0x54, 0x57, {16, 16, 0, 0}}, /* and, or, xor */
	{MAP_0F, 0x5a, 0x5a, {8, 16, 4, 8}}, /* between single and double */
	{MAP_0F, 0x5b, 0x5b, {16, 16, 16, 0}},
	{MAP_0F, 0x51, 0x5f, {16, 16, 4, 8}}, /* arithmetic */
	{MAP_0F, 0x60, 0x62, {4, 16, 0, 0}}, /* punpckl */
	{MAP_0F, 0x6c, 0x6d, {0, 16, 0, 0}},
	{MAP_0F, 0x6e, 0x6e, {4, 4, 0, 0}}, /* movd */
	{MAP_0F, 0x6f, 0x6f, {8, 16, 16, 0}},
	{MAP_0F, 0x70, 0x70, {8, 16, 16, 16}}, /* pshuf */
	{MAP_0F, 0x7c, 0x7d, {0, 16, 0, 16}}, /* hadd, hsub */
	{MAP_0F, 0x7e, 0x7e, {4, 4, 8, 0}}, /* movd, movq */
	{MAP_0F, 0x7f, 0x7f, {8, 16, 16, 0}},
	{MAP_0F, 0xc2, 0xc2, {16, 16, 4, 8}}, /* cmpps */
	{MAP_0F, 0xc6, 0xc6, {16, 16, 0, 0}}, /* shufps */
	{MAP_0F, 0xd0, 0xd0, {0, 16, 0, 16}}, /* addsub */
	{MAP_0F, 0xd6, 0xd6, {0, 8, 0, 0}}, /* movq */
	{MAP_0F, 0xe6, 0xe6, {0, 16, 8, 16}}, /* conversions */
	{MAP_0F, 0xf0, 0xf0, {0, 0, 0, 16}}, /* lddqu */
	{MAP_0F, 0x60, 0xfe, {8, 16, 0, 0}}, /* MMX, and SSE2's form of it */
	{MAP_0F38, 0x10, 0x17, {0, 16, 0, 0}}, /* blends, ptest */
	{MAP_0F38, 0x20, 0x20, {0, 8, 0, 0}}, /* pmovsx, pmovzx */
	{MAP_0F38, 0x21, 0x21, {0, 4, 0, 0}},
	{MAP_0F38, 0x22, 0x22, {0, 2, 0, 0}},
	{MAP_0F38, 0x23, 0x23, {0, 8, 0, 0}},
	{MAP_0F38, 0x24, 0x24, {0, 4, 0, 0}},
	{MAP_0F38, 0x25, 0x25, {0, 8, 0, 0}},
	{MAP_0F38, 0x28, 0x2b, {0, 16, 0, 0}},
	{MAP_0F38, 0x30, 0x30, {0, 8, 0, 0}},
	{MAP_0F38, 0x31, 0x31, {0, 4, 0, 0}},
	{MAP_0F38, 0x32, 0x32, {0, 2, 0, 0}},
	{MAP_0F38, 0x33, 0x33, {0, 8, 0, 0}},
	{MAP_0F38, 0x34, 0x34, {0, 4, 0, 0}},
	{MAP_0F38, 0x35, 0x35, {0, 8, 0, 0}},
	{MAP_0F38, 0x37, 0x41, {0, 16, 0, 0}},
	{MAP_0F38, 0x00, 0x1e, {8, 16, 0, 0}}, /* pshufb and its like */
	{MAP_0F38, 0xf0, 0xf0, {0, 0, 0, 1}}, /* crc32 */
	{MAP_0F3A, 0x08, 0x09, {0, 16, 0, 0}}, /* round */
	{MAP_0F3A, 0x0a, 0x0a, {0, 4, 0, 0}},
	{MAP_0F3A, 0x0b, 0x0b, {0, 8, 0, 0}},
	{MAP_0F3A, 0x0c, 0x0e, {0, 16, 0, 0}},
	{MAP_0F3A, 0x0f, 0x0f, {8, 16, 0, 0}}, /* palignr */
	{MAP_0F3A, 0x14, 0x14, {0, 1, 0, 0}}, /* pextr, extractps */
	{MAP_0F3A, 0x15, 0x15, {0, 2, 0, 0}},
	{MAP_0F3A, 0x16, 0x17, {0, 4, 0, 0}},
	{MAP_0F3A, 0x20, 0x20, {0, 1, 0, 0}}, /* pinsr, insertps */
	{MAP_0F3A, 0x21, 0x22, {0, 4, 0, 0}},
	{MAP_0F3A, 0x40, 0x42, {0, 16, 0, 0}},
	{MAP_0F3A, 0x60, 0x63, {0, 16, 0, 0}}, /* string comparison */
};

/* Groups, by ModRM.reg. */
struct group_row {
	u8 map, opcode, class[8];
};

static const struct group_row group_rows[] = {
	{MAP_1, 0x8f, {OPC_V}}, /* pop */
	{MAP_1, 0xd8, {OPC_4, OPC_4, OPC_4, OPC_4, OPC_4, OPC_4, OPC_4, OPC_4}},
	{MAP_1, 0xd9, {OPC_4, 0, OPC_4, OPC_4, OPC_FPU_ENV, OPC_2, OPC_FPU_ENV, OPC_2}},
	{MAP_1, 0xda, {OPC_4, OPC_4, OPC_4, OPC_4, OPC_4, OPC_4, OPC_4, OPC_4}},
	{MAP_1, 0xdb, {OPC_4, OPC_4, OPC_4, OPC_4, 0, OPC_10, 0, OPC_10}},
	{MAP_1, 0xdc, {OPC_8, OPC_8, OPC_8, OPC_8, OPC_8, OPC_8, OPC_8, OPC_8}},
	{MAP_1, 0xdd, {OPC_8, OPC_8, OPC_8, OPC_8, OPC_FPU_STATE, 0, OPC_FPU_STATE, OPC_2}},
	{MAP_1, 0xde, {OPC_2, OPC_2, OPC_2, OPC_2, OPC_2, OPC_2, OPC_2, OPC_2}},
	{MAP_1, 0xdf, {OPC_2, OPC_2, OPC_2, OPC_2, OPC_10, OPC_8, OPC_10, OPC_8}},
	{MAP_1, 0xfe, {OPC_1, OPC_1}}, /* inc, dec */
	/* inc, dec, call, far call, jmp, far jmp, push */
	{MAP_1, 0xff, {OPC_V, OPC_V, OPC_V, OPC_FAR, OPC_V, OPC_FAR, OPC_V}},
	/* sldt, str, lldt, ltr, verr, verw */
	{MAP_0F, 0x00, {OPC_2, OPC_2, OPC_2, OPC_2, OPC_2, OPC_2}},
	/* sgdt, sidt, lgdt, lidt, smsw, lmsw */
	{MAP_0F, 0x01, {OPC_6, OPC_6, OPC_6, OPC_6, OPC_2, 0, OPC_2}},
	/* fxsave, fxrstor, ldmxcsr, stmxcsr, clflush */
	{MAP_0F, 0xae, {OPC_512, OPC_512, OPC_4, OPC_4, 0, 0, 0, OPC_1}},
	{MAP_0F, 0xba, {0, 0, 0, 0, OPC_V, OPC_V, OPC_V, OPC_V}}, /* bt and its like */
	{MAP_0F, 0xc7, {0, OPC_8}}, /* cmpxchg8b */
};

enum operand_class operand_class_of(enum operand_map map, u8 opcode)
{
	switch (map) {
	case MAP_1:
		return (enum operand_class)map_1[opcode];
	case MAP_0F:
		return (enum operand_class)map_0f[opcode];
	default:
		return OPC_VECTOR;
	}
}

enum operand_class operand_group_class(enum operand_map map, u8 opcode, unsigned int reg)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(group_rows); i++) {
		const struct group_row *row = &group_rows[i];

		if (row->map == map && row->opcode == opcode)
			return (enum operand_class)row->class[reg & 7];
	}
	return OPC_NONE;
}

enum operand_class operand_group_stack(u8 opcode, unsigned int reg)
{
	if (opcode == 0x8f)
		return OPC_POP;
	/* call and push; a far call pushes twice as much, at the same end. */
	if (opcode == 0xff && (reg == 2 || reg == 3 || reg == 6))
		return OPC_PUSH;
	return OPC_NONE;
}

unsigned int operand_vector_bytes(enum operand_map map, u8 opcode, unsigned int prefix)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(vector_rows); i++) {
		const struct vector_row *row = &vector_rows[i];

		if (row->map == map && opcode >= row->first && opcode <= row->last)
			return row->bytes[prefix & 3];
	}
	return 0;
}

unsigned int operand_class_bytes(enum operand_class class, unsigned int op_bytes)
{
	static const u16 bytes[] = {
		[OPC_1] = 1, [OPC_2] = 2, [OPC_4] = 4, [OPC_6] = 6, [OPC_8] = 8,
		[OPC_10] = 10, [OPC_16] = 16, [OPC_512] = 512,
	};

	switch (class) {
	case OPC_V:
		return op_bytes;
	case OPC_FAR:
		return op_bytes + 2;
	case OPC_2V:
		return 2 * op_bytes;
	case OPC_FPU_ENV:
		return 7 * op_bytes;
	case OPC_FPU_STATE:
		return 7 * op_bytes + 80;
	default:
		return class < ARRAY_SIZE(bytes) ? bytes[class] : 0;
	}
}
