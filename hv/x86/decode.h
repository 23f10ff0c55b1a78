/* SPDX-License-Identifier: MIT */
/*
 * Instruction decoder for what a guest may make us emulate: stores to
 * read-only page tables, and privileged instructions. SDM vol. 2.
 *
 * Pure: bytes and registers in, a description out. It reads no memory.
 */
#ifndef X86_DECODE_H
#define X86_DECODE_H

#include "lib/types.h"

#define DECODE_MAX_BYTES 15

enum insn_kind {
	INSN_UNKNOWN,
	/* memory read-modify-write forms (see insn_store_value) */
	INSN_MOV, INSN_XCHG, INSN_AND, INSN_OR, INSN_XOR, INSN_ADD, INSN_SUB,
	INSN_CMPXCHG, INSN_CMPXCHG8B, INSN_BTS, INSN_BTR, INSN_BTC,
	INSN_STOS, INSN_MOVS,
	/* privileged and sensitive */
	INSN_CLI, INSN_STI, INSN_HLT, INSN_CLTS, INSN_INVD, INSN_WBINVD,
	INSN_INVLPG, INSN_LMSW, INSN_MOV_FROM_CR, INSN_MOV_TO_CR,
	INSN_MOV_FROM_DR, INSN_MOV_TO_DR, INSN_RDMSR, INSN_WRMSR, INSN_RDPMC,
	INSN_RDTSC, INSN_CPUID, INSN_FORCED_CPUID, /* ud2a "xen" cpuid */
	INSN_IN, INSN_OUT, INSN_INS, INSN_OUTS, INSN_INT, /* CD ib */
	INSN_IRET,
};

struct insn {
	enum insn_kind kind;
	u8 len_bytes;	   /* whole instruction, prefixes included */
	u8 op_bytes;	   /* operand size: 1, 2, 4, 8 */
	u8 addr_bytes;	   /* address size: 2, 4, 8 */
	bool lock;
	bool rep;	   /* REP or REPNE of a string instruction */
	bool rex;	   /* REX seen: byte registers 4-7 are spl bpl sil dil */
	s8 segment;	   /* of the memory operand: 0 es 1 cs 2 ss 3 ds 4 fs 5 gs, -1 default */
	s8 src_segment;	   /* MOVS: of its source */
	bool has_modrm, mem; /* mem: r/m operand is memory */
	u8 reg;		   /* ModRM reg (register, or CR/DR number), REX applied */
	u8 rm;		   /* ModRM rm if !mem */
	bool has_imm;
	u64 imm;	   /* sign-extended; port, vector or operand */
	/*
	 * Memory operand: base + (index << scale) + disp; -1 = none; base -2 =
	 * next ip. For string instructions the one in memory that is written
	 * (OUTS: read).
	 */
	s8 base, index;
	u8 scale;
	s64 disp;
	bool default_ss;   /* base is esp/ebp: stack segment without override */
};

/**
 * Decode one instruction.
 * @bytes, @nr: what could be read at ip; @long_mode: 64-bit code segment.
 * @op32: default operand and address size is 32 bits (CS.D).
 * Returns false if the bytes end early, exceed 15, or it isn't one of the above.
 */
bool insn_decode(const u8 *bytes, unsigned int nr, bool long_mode, bool op32,
		 struct insn *insn) __must_check;

/* General registers in encoding order (ax cx dx bx sp bp si di r8…). */
struct insn_gprs {
	unsigned long r[16];
};

/**
 * Offset of the memory operand within its segment, wrapped to the address size.
 * @next_ip: address of the instruction after this one, for base -2. For BTS and
 * its like with the bit number in a register, the unit that holds the bit.
 */
unsigned long insn_mem_offset(const struct insn *insn, const struct insn_gprs *gprs,
			      unsigned long next_ip);

/* MOVS: offset of the source within insn->src_segment. */
unsigned long insn_source_offset(const struct insn *insn, const struct insn_gprs *gprs);

/**
 * Compute what a read-modify-write of one naturally aligned unit leaves there.
 * @old: the op_bytes (8 for cmpxchg8b) read at the operand.
 * @new_val: what to store, op_bytes wide. @gprs and @flags are updated as the
 * instruction would; @flags may have undefined ones changed. *store is false if
 * nothing is to be stored: a CMPXCHG form's comparison failed, or REP with a
 * count of zero.
 * MOVS: the caller has read the source, and put it into insn->imm.
 * Returns false, and changes nothing, if this isn't such a form or its operand
 * is a register.
 */
bool insn_store_value(const struct insn *insn, u64 old, u64 *new_val, bool *store,
		      struct insn_gprs *gprs, unsigned long *flags) __must_check;

/**
 * After insn_store_value() or one INS or OUTS step: is the instruction done, so
 * that ip may move on? False for REP with a count left: ip stays, and the CPU
 * goes on with the rest.
 */
bool insn_is_done(const struct insn *insn, const struct insn_gprs *gprs);

/**
 * One step of a string instruction: si and di as far as it uses them move by
 * op_bytes in the direction of EFL_DF in flags, and REP counts down. Done by
 * insn_store_value(); for INS and OUTS by the caller.
 */
void insn_string_step(const struct insn *insn, struct insn_gprs *gprs, unsigned long flags);

/* Is there nothing to do, because REP's count is zero already? */
bool insn_is_empty_rep(const struct insn *insn, const struct insn_gprs *gprs);

/* Register operand of the given width: byte registers, zero extension and all. */
u64 insn_gpr_read(const struct insn *insn, const struct insn_gprs *gprs, unsigned int reg,
		  unsigned int bytes);
void insn_gpr_write(const struct insn *insn, struct insn_gprs *gprs, unsigned int reg,
		    unsigned int bytes, u64 val);

/* Lower-case name for logs, "unknown" for INSN_UNKNOWN. */
const char *insn_kind_name(enum insn_kind kind);

#endif
