// SPDX-License-Identifier: MIT
/*
 * Instruction decoder: bytes in, a description out.
 *
 * Called by trap/ for instructions that faulted: stores to read-only page
 * tables, and privileged or sensitive instructions. Knows those and no others.
 * What one does is in decode_exec.c. Pure; reads no memory but its input,
 * which the guest may have changed since the fault: a wrong answer only harms
 * that guest. SDM vol. 2, chapter 2 and appendix A.
 */
#include "lib/string.h"
#include "x86/decode.h"

/* What follows the opcode, and what is odd about it. */
#define F_PAIR	 0x001u /* this opcode is for bytes, the next for words */
#define F_MODRM	 0x002u
#define F_MEM	 0x004u /* the r/m operand must be memory */
#define F_LOCK	 0x008u /* LOCK allowed, if the operand is memory */
#define F_IMM8	 0x010u /* sign-extended byte */
#define F_UIMM8	 0x020u /* zero-extended byte: port or vector */
#define F_IMMZ	 0x040u /* operand-size immediate, 32 bits at most */
#define F_GROUP	 0x080u /* ModRM.reg selects from groups[kind] */
#define F_MOFFS	 0x100u /* address-size offset instead of ModRM */
#define F_STRING 0x200u /* REP counts; operands at (e)si, es:(e)di */
#define F_CRDR	 0x400u /* ModRM names two registers whatever its mod */
#define F_IO	 0x800u /* operand size 4 at most */
#define F_WORD	 0x1000u /* operand size 2 always */

enum group { GROUP_1, GROUP_7, GROUP_8, GROUP_9, GROUP_11, NR_GROUPS };

static const u8 groups[NR_GROUPS][8] = {
	[GROUP_1] = {[0] = INSN_ADD, [1] = INSN_OR, [4] = INSN_AND, [5] = INSN_SUB, [6] = INSN_XOR},
	[GROUP_7] = {[6] = INSN_LMSW, [7] = INSN_INVLPG},
	[GROUP_8] = {[5] = INSN_BTS, [6] = INSN_BTR, [7] = INSN_BTC},
	[GROUP_9] = {[1] = INSN_CMPXCHG8B},
	[GROUP_11] = {[0] = INSN_MOV},
};

struct opcode {
	u16 code; /* 0x0f00 | second byte for those of two bytes */
	u16 flags;
	u8 kind; /* or enum group */
};

#define TWO 0x0f00

/* Looked through from the top: what a running guest uses most comes first. */
static const struct opcode opcodes[] = {
	{0xfa, 0, INSN_CLI},
	{0xfb, 0, INSN_STI},
	{TWO | 0xc7, F_MODRM | F_MEM | F_GROUP | F_LOCK, GROUP_9},
	{0x86, F_PAIR | F_MODRM | F_LOCK, INSN_XCHG},
	{0x88, F_PAIR | F_MODRM, INSN_MOV},
	{0x80, F_PAIR | F_MODRM | F_IMMZ | F_GROUP | F_LOCK, GROUP_1},
	{0x83, F_MODRM | F_IMM8 | F_GROUP | F_LOCK, GROUP_1},
	{0xc6, F_PAIR | F_MODRM | F_IMMZ | F_GROUP, GROUP_11},
	{0xec, F_PAIR | F_IO, INSN_IN},
	{0xee, F_PAIR | F_IO, INSN_OUT},
	{0xe4, F_PAIR | F_IO | F_UIMM8, INSN_IN},
	{0xe6, F_PAIR | F_IO | F_UIMM8, INSN_OUT},
	{0x20, F_PAIR | F_MODRM | F_LOCK, INSN_AND},
	{0x08, F_PAIR | F_MODRM | F_LOCK, INSN_OR},
	{0x00, F_PAIR | F_MODRM | F_LOCK, INSN_ADD},
	{0x28, F_PAIR | F_MODRM | F_LOCK, INSN_SUB},
	{0x30, F_PAIR | F_MODRM | F_LOCK, INSN_XOR},
	{TWO | 0xb0, F_PAIR | F_MODRM | F_LOCK, INSN_CMPXCHG},
	{TWO | 0xab, F_MODRM | F_LOCK, INSN_BTS},
	{TWO | 0xb3, F_MODRM | F_LOCK, INSN_BTR},
	{TWO | 0xbb, F_MODRM | F_LOCK, INSN_BTC},
	{TWO | 0xba, F_MODRM | F_IMM8 | F_GROUP | F_LOCK, GROUP_8},
	{0xa2, F_PAIR | F_MOFFS, INSN_MOV},
	{0xaa, F_PAIR | F_STRING, INSN_STOS},
	{0xa4, F_PAIR | F_STRING, INSN_MOVS},
	{0xf4, 0, INSN_HLT},
	{TWO | 0x20, F_CRDR, INSN_MOV_FROM_CR},
	{TWO | 0x22, F_CRDR, INSN_MOV_TO_CR},
	{TWO | 0x21, F_CRDR, INSN_MOV_FROM_DR},
	{TWO | 0x23, F_CRDR, INSN_MOV_TO_DR},
	{TWO | 0x06, 0, INSN_CLTS},
	{TWO | 0x01, F_MODRM | F_GROUP | F_WORD, GROUP_7},
	{TWO | 0x32, 0, INSN_RDMSR},
	{TWO | 0x30, 0, INSN_WRMSR},
	{TWO | 0x31, 0, INSN_RDTSC},
	{TWO | 0x33, 0, INSN_RDPMC},
	{TWO | 0xa2, 0, INSN_CPUID},
	{TWO | 0x08, 0, INSN_INVD},
	{TWO | 0x09, 0, INSN_WBINVD},
	{0x6c, F_PAIR | F_IO | F_STRING, INSN_INS},
	{0x6e, F_PAIR | F_IO | F_STRING, INSN_OUTS},
	{0xcd, F_UIMM8, INSN_INT},
	{0xcf, 0, INSN_IRET},
};

enum { REX_B = 1, REX_X = 2, REX_R = 4, REX_W = 8 };
enum { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS };
enum { REG_SP = 4, REG_BP = 5, REG_SI = 6, REG_DI = 7, REG_BX = 3 };

/* Progress through the bytes, and what the prefixes said. */
struct decoder {
	const u8 *bytes;
	unsigned int nr, pos;
	bool long_mode;
	bool opsize, addrsize; /* prefixes 66, 67 */
	u8 rex;
	u8 modrm;
};

/* Take a little-endian value of 1, 2, 4 or 8 bytes; false if there are too few. */
static bool take(struct decoder *dec, unsigned int size, u64 *val)
{
	if (size > dec->nr - dec->pos)
		return false;
	*val = 0;
	for (unsigned int i = 0; i < size; i++)
		*val |= (u64)dec->bytes[dec->pos++] << 8 * i;
	return true;
}

static bool take_signed(struct decoder *dec, unsigned int size, s64 *val)
{
	unsigned int unused_bits = 64 - 8 * size;
	u64 raw;

	if (!take(dec, size, &raw))
		return false;
	*val = (s64)(raw << unused_bits) >> unused_bits;
	return true;
}

/* Note one legacy prefix; false if this byte isn't one. */
static bool take_prefix(struct decoder *dec, u8 byte, struct insn *insn)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		/* es cs ss ds in this order; ignored by 64-bit code */
		if (!dec->long_mode)
			insn->segment = (s8)(byte >> 3 & 3);
		return true;
	case 0x64:
	case 0x65:
		insn->segment = byte == 0x64 ? SEG_FS : SEG_GS;
		return true;
	case 0x66:
		dec->opsize = true;
		return true;
	case 0x67:
		dec->addrsize = true;
		return true;
	case 0xf0:
		insn->lock = true;
		return true;
	case 0xf2:
	case 0xf3:
		insn->rep = true;
		return true;
	default:
		return false;
	}
}

/* Prefixes and opcode; a REX counts only right before the opcode. */
static bool take_opcode(struct decoder *dec, struct insn *insn, u16 *code)
{
	u64 byte;

	for (;;) {
		if (!take(dec, 1, &byte))
			return false;
		if (take_prefix(dec, (u8)byte, insn))
			dec->rex = 0;
		else if (dec->long_mode && (byte & 0xf0) == 0x40)
			dec->rex = (u8)byte;
		else
			break;
	}
	*code = (u16)byte;
	if (byte != 0x0f)
		return true;
	if (!take(dec, 1, &byte))
		return false;
	*code = (u16)(TWO | byte);
	return true;
}

/* 16-bit addressing: two registers, or one, or just an offset. */
static bool take_mem16(struct decoder *dec, struct insn *insn)
{
	static const s8 base[8] = {REG_BX, REG_BX, REG_BP, REG_BP, REG_SI, REG_DI, REG_BP, REG_BX};
	static const s8 index[8] = {REG_SI, REG_DI, REG_SI, REG_DI, -1, -1, -1, -1};
	unsigned int mod = dec->modrm >> 6, rm = dec->modrm & 7;

	insn->base = base[rm];
	insn->index = index[rm];
	if (mod == 0 && rm == 6) {
		insn->base = -1;
		return take_signed(dec, 2, &insn->disp);
	}
	insn->default_ss = insn->base == REG_BP;
	return mod == 0 || take_signed(dec, mod, &insn->disp);
}

/* 32- and 64-bit addressing: a register, SIB byte, or offset. */
static bool take_mem(struct decoder *dec, struct insn *insn)
{
	unsigned int mod = dec->modrm >> 6;
	u64 sib = dec->modrm & 7; /* without a SIB byte, as if it named that base */

	if (sib == REG_SP) {
		if (!take(dec, 1, &sib))
			return false;
		insn->scale = (u8)(sib >> 6);
		insn->index = (s8)((sib >> 3 & 7) | (dec->rex & REX_X ? 8 : 0));
		/* No index; that of r12 is one. */
		if (insn->index == REG_SP)
			insn->index = -1;
	}
	if (mod == 0 && (sib & 7) == REG_BP) {
		/* An offset alone; in 64-bit code without SIB, from the next instruction. */
		insn->base = dec->long_mode && (dec->modrm & 7) != REG_SP ? -2 : -1;
		return take_signed(dec, 4, &insn->disp);
	}
	insn->base = (s8)((sib & 7) | (dec->rex & REX_B ? 8 : 0));
	insn->default_ss = insn->base == REG_SP || insn->base == REG_BP;
	return mod == 0 || take_signed(dec, mod == 1 ? 1 : 4, &insn->disp);
}

static bool take_modrm(struct decoder *dec, struct insn *insn, bool registers_only)
{
	u64 modrm;

	if (!take(dec, 1, &modrm))
		return false;
	dec->modrm = (u8)modrm;
	insn->has_modrm = true;
	insn->reg = (u8)((modrm >> 3 & 7) | (dec->rex & REX_R ? 8 : 0));
	if (registers_only || modrm >> 6 == 3) {
		insn->rm = (u8)((modrm & 7) | (dec->rex & REX_B ? 8 : 0));
		return true;
	}
	insn->mem = true;
	return insn->addr_bytes == 2 ? take_mem16(dec, insn) : take_mem(dec, insn);
}

static bool take_imm(struct decoder *dec, const struct opcode *op, struct insn *insn)
{
	unsigned int size = 1;
	s64 imm;

	if (!(op->flags & (F_IMM8 | F_UIMM8 | F_IMMZ)))
		return true;
	if (op->flags & F_IMMZ)
		size = MIN(insn->op_bytes, 4);
	if (!take_signed(dec, size, &imm))
		return false;
	insn->has_imm = true;
	insn->imm = op->flags & F_UIMM8 ? (u8)imm : (u64)imm;
	return true;
}

/* Operand and address size from mode, prefixes and opcode. */
static void set_sizes(const struct decoder *dec, const struct opcode *op, u16 code, bool op32,
		      struct insn *insn)
{
	if (dec->long_mode) {
		insn->addr_bytes = dec->addrsize ? 4 : 8;
		insn->op_bytes = dec->rex & REX_W ? 8 : dec->opsize ? 2 : 4;
	} else {
		insn->addr_bytes = op32 != dec->addrsize ? 4 : 2;
		insn->op_bytes = op32 != dec->opsize ? 4 : 2;
	}
	if (op->flags & F_IO && insn->op_bytes == 8)
		insn->op_bytes = 4;
	if (op->flags & F_WORD)
		insn->op_bytes = 2;
	if (op->flags & F_CRDR)
		insn->op_bytes = dec->long_mode ? 8 : 4;
	if (op->flags & F_PAIR && !(code & 1))
		insn->op_bytes = 1;
}

/* Where string instructions have their operands: the one that a guest may choose is ds:si. */
static void set_string_operands(struct insn *insn)
{
	insn->mem = true;
	insn->src_segment = insn->segment < 0 ? SEG_DS : insn->segment;
	if (insn->kind == INSN_OUTS) {
		insn->base = REG_SI;
		insn->segment = insn->src_segment;
	} else {
		insn->base = REG_DI;
		insn->segment = SEG_ES;
	}
}

/* Operands that this instruction can't have. */
static bool is_well_formed(const struct opcode *op, const struct insn *insn)
{
	if (op->flags & F_MEM && !insn->mem)
		return false;
	if (insn->lock && (!(op->flags & F_LOCK) || !insn->mem))
		return false;
	/* Otherwise that encoding means SWAPGS and its like, */
	if (insn->kind == INSN_INVLPG && !insn->mem)
		return false;
	/* and this one CMPXCHG16B. */
	return insn->kind != INSN_CMPXCHG8B || insn->op_bytes != 8;
}

static const struct opcode *find_opcode(u16 code)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(opcodes); i++) {
		const struct opcode *op = &opcodes[i];

		if (op->code == code || (op->flags & F_PAIR && op->code + 1 == code))
			return op;
	}
	return NULL;
}

/* What follows the opcode. */
static bool take_operands(struct decoder *dec, const struct opcode *op, struct insn *insn)
{
	insn->kind = op->flags & F_GROUP ? INSN_UNKNOWN : (enum insn_kind)op->kind;
	if (op->flags & (F_MODRM | F_CRDR) && !take_modrm(dec, insn, op->flags & F_CRDR))
		return false;
	if (op->flags & F_GROUP)
		insn->kind = (enum insn_kind)groups[op->kind][dec->modrm >> 3 & 7];
	if (op->flags & F_MOFFS) {
		insn->mem = true;
		if (!take_signed(dec, insn->addr_bytes, &insn->disp))
			return false;
	}
	if (op->flags & F_STRING)
		set_string_operands(insn);
	else
		insn->rep = false;
	if (!take_imm(dec, op, insn) || insn->kind == INSN_UNKNOWN || !is_well_formed(op, insn))
		return false;
	if (insn->kind == INSN_CMPXCHG8B)
		insn->op_bytes = 8;
	return true;
}

/* A guest that asks for our CPUID says so by an undefined instruction before it. */
static bool is_forced_cpuid(const u8 *bytes, unsigned int nr)
{
	static const u8 forced[] = {0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2};

	return nr >= sizeof(forced) && !memcmp(bytes, forced, sizeof(forced));
}

bool insn_decode(const u8 *bytes, unsigned int nr, bool long_mode, bool op32, struct insn *insn)
{
	struct decoder dec = {
		.bytes = bytes,
		.nr = MIN(nr, DECODE_MAX_BYTES),
		.long_mode = long_mode,
	};
	const struct opcode *op;
	u16 code;

	*insn = (struct insn){.segment = -1, .src_segment = -1, .base = -1, .index = -1};
	if (is_forced_cpuid(bytes, nr)) {
		insn->kind = INSN_FORCED_CPUID;
		insn->len_bytes = 7;
		return true;
	}
	if (!take_opcode(&dec, insn, &code))
		return false;
	op = find_opcode(code);
	if (!op)
		return false;
	insn->rex = dec.rex != 0;
	set_sizes(&dec, op, code, op32, insn);
	if (!take_operands(&dec, op, insn))
		return false;
	insn->len_bytes = (u8)dec.pos;
	return true;
}
