/* SPDX-License-Identifier: MIT */
/*
 * Which memory an instruction uses: for any instruction of 16-bit and 32-bit
 * code, without knowing what it does there. SDM vol. 2, chapter 2, appendix A.
 *
 * decode.h knows what to emulate; this only finds where an access that
 * faulted was meant to go. Pure: bytes and registers in, no memory read.
 */
#ifndef X86_OPERAND_H
#define X86_OPERAND_H

#include "x86/decode.h"

enum operand_segment { OPERAND_ES, OPERAND_CS, OPERAND_SS, OPERAND_DS, OPERAND_FS, OPERAND_GS };

#define OPERANDS_MAX 2

struct operand {
	u8 segment;	/* enum operand_segment */
	u16 size_bytes; /* never 0 */
	u32 offset;	/* of the first byte, within its segment */
};

/* An instruction about to run. */
struct operand_code {
	const u8 *bytes;
	unsigned int nr; /* of bytes; what is past DECODE_MAX_BYTES is ignored */
	bool code32;	 /* CS.D: operands and addresses have 32 bits by default */
	bool stack32;	 /* SS.B: pushes and pops use esp, not sp */
	const struct insn_gprs *gprs;
};

/**
 * Find an instruction's memory operands.
 * @operands: room for OPERANDS_MAX.
 * Explicit ones (ModRM, SIB, direct), those of string instructions, xlat and
 * maskmov, and the stack's, in no special order; of a repeated string
 * instruction those of its next step.
 * Returns how many; 0 also for what has none, for far transfers, enter, iret
 * and interrupts, for encodings not known here (VEX, XSAVE), and if the bytes
 * end before the operand is known. Immediates are not looked at.
 */
unsigned int operand_locate(const struct operand_code *code, struct operand *operands);

/* ---- operand_size.c, for operand.c ---- */

/* How an opcode's operands are found. */
enum operand_class {
	OPC_NONE,
	/* ModRM with a fixed size */
	OPC_1, OPC_2, OPC_4, OPC_6, OPC_8, OPC_10, OPC_16, OPC_512,
	/* ModRM with the operand size: itself, a far pointer, two of it */
	OPC_V, OPC_FAR, OPC_2V,
	OPC_FPU_ENV, OPC_FPU_STATE, /* 14 or 28, 94 or 108 bytes */
	OPC_LAST_FIXED = OPC_FPU_STATE,
	OPC_BITS,	/* the same as OPC_V, but a register says how far from there */
	OPC_GROUP,	/* ModRM.reg decides: operand_group_class() */
	OPC_VECTOR,	/* the mandatory prefix decides: operand_vector_bytes() */
	OPC_MASKMOV,	/* ds:di by the vector table, ModRM names registers */
	/* without ModRM; of one byte if the opcode is even, else operand-sized */
	OPC_MOFFS, OPC_STR_SRC, OPC_STR_DST, OPC_STR_BOTH,
	OPC_XLAT,
	OPC_PUSH, OPC_POP, OPC_PUSHA, OPC_POPA, OPC_LEAVE,
};

enum operand_map { MAP_1, MAP_0F, MAP_0F38, MAP_0F3A, NR_MAPS };

enum operand_class operand_class_of(enum operand_map map, u8 opcode);
/* Class of a group's member; and whether it uses the stack as well. */
enum operand_class operand_group_class(enum operand_map map, u8 opcode, unsigned int reg);
enum operand_class operand_group_stack(u8 opcode, unsigned int reg);
/* @prefix: 0 none, 1 66, 2 F3, 3 F2. Bytes; 0: not such an instruction. */
unsigned int operand_vector_bytes(enum operand_map map, u8 opcode, unsigned int prefix);
/* Bytes of an operand of a class up to OPC_LAST_FIXED, 0 for OPC_NONE. */
unsigned int operand_class_bytes(enum operand_class class, unsigned int op_bytes);

#endif
