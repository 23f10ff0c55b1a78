// SPDX-License-Identifier: MIT
/*
 * Where an instruction's memory operands are: prefixes, ModRM, SIB, direct
 * offsets, strings, the stack.
 *
 * Called by trap/ for an access that faulted by its segment. Pure; the bytes
 * are the guest's and may have changed since: a wrong answer only harms that
 * guest. SDM vol. 2, 2.1 and appendix A; the opcodes are in operand_size.c.
 */
#include "x86/operand.h"

enum { REG_AX, REG_CX, REG_DX, REG_BX, REG_SP, REG_BP, REG_SI, REG_DI };
enum { PREFIX_NONE, PREFIX_66, PREFIX_F3, PREFIX_F2 };

#define NO_OVERRIDE 0xff

/* Progress through the bytes, and what they said so far. */
struct locator {
	const struct operand_code *code;
	struct operand *out;
	unsigned int nr_out;
	unsigned int pos;
	bool opsize, addrsize; /* prefixes 66, 67 */
	u8 rep; /* F2 or F3, 0: none */
	u8 override; /* enum operand_segment or NO_OVERRIDE */
	enum operand_map map;
	u8 opcode, modrm;
};

/* Take a little-endian value of 1, 2 or 4 bytes; false if there are too few. */
static bool take(struct locator *l, unsigned int size, u32 *val)
{
	unsigned int nr = MIN(l->code->nr, DECODE_MAX_BYTES);

	if (size > nr - l->pos)
		return false;
	*val = 0;
	for (unsigned int i = 0; i < size; i++)
		*val |= (u32)l->code->bytes[l->pos++] << 8 * i;
	return true;
}

static unsigned int op_bytes(const struct locator *l)
{
	return l->code->code32 != l->opsize ? 4 : 2;
}

static bool is_addr32(const struct locator *l)
{
	return l->code->code32 != l->addrsize;
}

static u32 reg(const struct locator *l, unsigned int nr)
{
	return (u32)l->code->gprs->r[nr];
}

/* A register as an address of the given width. */
static u32 address_reg(const struct locator *l, unsigned int nr, bool wide)
{
	return wide ? reg(l, nr) : reg(l, nr) & 0xffff;
}

static void add(struct locator *l, unsigned int segment, u32 offset, unsigned int size_bytes)
{
	if (size_bytes && l->nr_out < OPERANDS_MAX)
		l->out[l->nr_out++] = (struct operand){(u8)segment, (u16)size_bytes, offset};
}

static unsigned int data_segment(const struct locator *l, unsigned int by_default)
{
	return l->override == NO_OVERRIDE ? by_default : l->override;
}

static bool take_prefix(struct locator *l, u8 byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		l->override = byte >> 3 & 3; /* es cs ss ds in this order */
		return true;
	case 0x64:
	case 0x65:
		l->override = byte == 0x64 ? OPERAND_FS : OPERAND_GS;
		return true;
	case 0x66:
		l->opsize = true;
		return true;
	case 0x67:
		l->addrsize = true;
		return true;
	case 0xf0:
		return true;
	case 0xf2:
	case 0xf3:
		l->rep = byte;
		return true;
	default:
		return false;
	}
}

/* Prefixes, and the opcode of one to three bytes. */
static bool take_opcode(struct locator *l)
{
	u32 byte;

	do {
		if (!take(l, 1, &byte))
			return false;
	} while (take_prefix(l, (u8)byte));
	if (byte == 0x0f) {
		l->map = MAP_0F;
		if (!take(l, 1, &byte))
			return false;
		if (byte == 0x38 || byte == 0x3a) {
			l->map = byte == 0x38 ? MAP_0F38 : MAP_0F3A;
			if (!take(l, 1, &byte))
				return false;
		}
	}
	l->opcode = (u8)byte;
	return true;
}

static unsigned int mandatory_prefix(const struct locator *l)
{
	if (l->rep)
		return l->rep == 0xf3 ? PREFIX_F3 : PREFIX_F2;
	return l->opsize ? PREFIX_66 : PREFIX_NONE;
}

/* 16-bit addressing: two registers, or one, or just an offset. */
static bool take_mem16(struct locator *l, struct operand *op)
{
	static const u8 base[8] = {REG_BX, REG_BX, REG_BP, REG_BP, REG_SI, REG_DI, REG_BP, REG_BX};
	static const u8 index[4] = {REG_SI, REG_DI, REG_SI, REG_DI};
	unsigned int mod = l->modrm >> 6, rm = l->modrm & 7;
	u32 disp = 0;

	if (mod == 0 && rm == 6) {
		op->segment = OPERAND_DS;
		return take(l, 2, &op->offset);
	}
	if (mod && !take(l, mod, &disp))
		return false;
	if (mod == 1)
		disp = (u32)(s8)disp;
	op->offset = reg(l, base[rm]) + disp;
	if (rm < 4)
		op->offset += reg(l, index[rm]);
	op->offset &= 0xffff;
	op->segment = base[rm] == REG_BP ? OPERAND_SS : OPERAND_DS;
	return true;
}

/* 32-bit addressing: a register, SIB byte, or offset. */
static bool take_mem32(struct locator *l, struct operand *op)
{
	unsigned int mod = l->modrm >> 6, base;
	u32 sib = l->modrm & 7, disp = 0;

	op->offset = 0;
	op->segment = OPERAND_DS;
	if (sib == REG_SP) {
		if (!take(l, 1, &sib))
			return false;
		if ((sib >> 3 & 7) != REG_SP) /* that means no index */
			op->offset = reg(l, sib >> 3 & 7) << (sib >> 6);
	}
	base = sib & 7;
	if (mod == 0 && base == REG_BP) {
		mod = 2;
	} else {
		op->offset += reg(l, base);
		if (base == REG_SP || base == REG_BP)
			op->segment = OPERAND_SS;
		/* pop has moved esp before it computes where to put the value. */
		if (base == REG_SP && l->map == MAP_1 && l->opcode == 0x8f)
			op->offset += op_bytes(l);
	}
	if (mod && !take(l, mod == 1 ? 1 : 4, &disp))
		return false;
	op->offset += mod == 1 ? (u32)(s8)disp : disp;
	return true;
}

/* A bit number in a register is signed: how far its unit is from the address. */
static u32 bit_distance(const struct locator *l)
{
	u32 bit = reg(l, l->modrm >> 3 & 7);

	if (op_bytes(l) == 2)
		return (u32)((s32)(s16)bit >> 4) * 2;
	return (u32)((s32)bit >> 5) * 4;
}

/* The stack's part; op_bytes() wide each. */
static void add_stack(struct locator *l, enum operand_class class)
{
	bool wide = l->code->stack32;
	unsigned int size = op_bytes(l);
	u32 sp = reg(l, class == OPC_LEAVE ? REG_BP : REG_SP);

	if (class == OPC_PUSHA || class == OPC_POPA)
		size *= 8;
	/* A far call leaves selector and offset. */
	if (l->map == MAP_1 && l->opcode == 0xff && (l->modrm >> 3 & 7) == 3)
		size *= 2;
	if (class == OPC_PUSH || class == OPC_PUSHA)
		sp -= size;
	add(l, OPERAND_SS, wide ? sp : sp & 0xffff, size);
}

static unsigned int modrm_bytes(const struct locator *l, enum operand_class class)
{
	if (class == OPC_BITS)
		class = OPC_V;
	if (class == OPC_VECTOR)
		return operand_vector_bytes(l->map, l->opcode, mandatory_prefix(l));
	/* The other opcode bits say nothing about size in these. */
	return operand_class_bytes(class, op_bytes(l));
}

static void locate_modrm(struct locator *l, enum operand_class class)
{
	enum operand_class stack = OPC_NONE;
	struct operand op;
	u32 modrm;

	if (!take(l, 1, &modrm))
		return;
	l->modrm = (u8)modrm;
	if (class == OPC_GROUP) {
		class = operand_group_class(l->map, l->opcode, modrm >> 3 & 7);
		if (l->map == MAP_1 && class != OPC_NONE)
			stack = operand_group_stack(l->opcode, modrm >> 3 & 7);
	}
	if (modrm >> 6 != 3) {
		if (!(is_addr32(l) ? take_mem32(l, &op) : take_mem16(l, &op)))
			return;
		if (class == OPC_BITS)
			op.offset += bit_distance(l);
		if (!is_addr32(l))
			op.offset &= 0xffff;
		add(l, data_segment(l, op.segment), op.offset, modrm_bytes(l, class));
	}
	if (stack != OPC_NONE)
		add_stack(l, stack);
}

static void locate_string(struct locator *l, enum operand_class class)
{
	unsigned int size = l->opcode & 1 ? op_bytes(l) : 1;
	bool wide = is_addr32(l);

	/* Nothing left to do: nothing is touched. */
	if (l->rep && !address_reg(l, REG_CX, wide))
		return;
	if (class != OPC_STR_DST)
		add(l, data_segment(l, OPERAND_DS), address_reg(l, REG_SI, wide), size);
	if (class != OPC_STR_SRC)
		add(l, OPERAND_ES, address_reg(l, REG_DI, wide), size);
}

static void locate_other(struct locator *l, enum operand_class class)
{
	bool wide = is_addr32(l);
	u32 offset;

	switch (class) {
	case OPC_MOFFS:
		if (take(l, wide ? 4 : 2, &offset))
			add(l, data_segment(l, OPERAND_DS), offset,
			    l->opcode & 1 ? op_bytes(l) : 1);
		break;
	case OPC_XLAT:
		offset = reg(l, REG_BX) + (reg(l, REG_AX) & 0xff);
		add(l, data_segment(l, OPERAND_DS), wide ? offset : offset & 0xffff, 1);
		break;
	case OPC_MASKMOV:
		add(l, data_segment(l, OPERAND_DS), address_reg(l, REG_DI, wide),
		    l->opsize ? 16 : 8);
		break;
	case OPC_STR_SRC:
	case OPC_STR_DST:
	case OPC_STR_BOTH:
		locate_string(l, class);
		break;
	default:
		add_stack(l, class);
	}
}

unsigned int operand_locate(const struct operand_code *code, struct operand *operands)
{
	struct locator l = {.code = code, .out = operands, .override = NO_OVERRIDE};
	enum operand_class class;

	if (!take_opcode(&l))
		return 0;
	class = operand_class_of(l.map, l.opcode);
	if (class == OPC_NONE)
		return 0;
	if (class < OPC_MASKMOV)
		locate_modrm(&l, class);
	else
		locate_other(&l, class);
	return l.nr_out;
}
