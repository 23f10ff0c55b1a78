// SPDX-License-Identifier: MIT
/*
 * What decoded instructions do: addresses, the value that a store leaves, the
 * flags, registers.
 *
 * Called by trap/ with what insn_decode() returned. Pure. SDM vol. 2.
 */
#include "x86/cpu.h"
#include "x86/decode.h"

enum { REG_AX = 0, REG_CX = 1, REG_DX = 2, REG_BX = 3, REG_SI = 6, REG_DI = 7 };

#define ARITH_FLAGS (EFL_CF | EFL_PF | EFL_AF | EFL_ZF | EFL_SF | EFL_OF)

static u64 size_mask(unsigned int bytes)
{
	return ~0ULL >> (64 - 8 * bytes);
}

/* Without REX, byte registers 4 to 7 are the second bytes of the first four. */
static bool is_high_byte(const struct insn *insn, unsigned int reg, unsigned int bytes)
{
	return bytes == 1 && !insn->rex && reg >= 4 && reg < 8;
}

u64 insn_gpr_read(const struct insn *insn, const struct insn_gprs *gprs, unsigned int reg,
		  unsigned int bytes)
{
	if (is_high_byte(insn, reg, bytes))
		return gprs->r[reg - 4] >> 8 & 0xff;
	return gprs->r[reg] & size_mask(bytes);
}

void insn_gpr_write(const struct insn *insn, struct insn_gprs *gprs, unsigned int reg,
		    unsigned int bytes, u64 val)
{
	unsigned long mask = (unsigned long)size_mask(bytes);

	val &= mask;
	if (is_high_byte(insn, reg, bytes)) {
		gprs->r[reg - 4] = (gprs->r[reg - 4] & ~0xff00UL) | (unsigned long)val << 8;
	} else if (bytes >= 4) {
		/* 32-bit results clear the upper half of a 64-bit register. */
		gprs->r[reg] = (unsigned long)val;
	} else {
		gprs->r[reg] = (gprs->r[reg] & ~mask) | (unsigned long)val;
	}
}

static bool is_bit_insn(const struct insn *insn)
{
	return insn->kind == INSN_BTS || insn->kind == INSN_BTR || insn->kind == INSN_BTC;
}

/*
 * A bit number in a register is signed, and selects from all of memory: how
 * far the unit with that bit is from the operand's address.
 */
static unsigned long bit_unit_distance(const struct insn *insn, const struct insn_gprs *gprs)
{
	unsigned int unused_bits = 64 - 8 * insn->op_bytes;
	s64 nr = (s64)(insn_gpr_read(insn, gprs, insn->reg, insn->op_bytes) << unused_bits);
	s64 bytes = nr >> unused_bits >> 3;

	return (unsigned long)bytes & ~(unsigned long)(insn->op_bytes - 1);
}

unsigned long insn_mem_offset(const struct insn *insn, const struct insn_gprs *gprs,
			      unsigned long next_ip)
{
	unsigned long off = (unsigned long)insn->disp;

	if (insn->base >= 0)
		off += gprs->r[insn->base];
	else if (insn->base == -2)
		off += next_ip;
	if (insn->index >= 0)
		off += gprs->r[insn->index] << insn->scale;
	if (is_bit_insn(insn) && !insn->has_imm)
		off += bit_unit_distance(insn, gprs);
	return off & (unsigned long)size_mask(insn->addr_bytes);
}

unsigned long insn_source_offset(const struct insn *insn, const struct insn_gprs *gprs)
{
	return gprs->r[REG_SI] & (unsigned long)size_mask(insn->addr_bytes);
}

bool insn_is_empty_rep(const struct insn *insn, const struct insn_gprs *gprs)
{
	return insn->rep && !insn_gpr_read(insn, gprs, REG_CX, insn->addr_bytes);
}

bool insn_is_done(const struct insn *insn, const struct insn_gprs *gprs)
{
	return !insn->rep || insn_is_empty_rep(insn, gprs);
}

/* Move a register by a distance, within the address size. */
static void advance(const struct insn *insn, struct insn_gprs *gprs, unsigned int reg, s64 by)
{
	u64 val = insn_gpr_read(insn, gprs, reg, insn->addr_bytes);

	insn_gpr_write(insn, gprs, reg, insn->addr_bytes, val + (u64)by);
}

void insn_string_step(const struct insn *insn, struct insn_gprs *gprs, unsigned long flags)
{
	s64 by = flags & EFL_DF ? -(s64)insn->op_bytes : insn->op_bytes;

	if (insn->kind == INSN_MOVS || insn->kind == INSN_OUTS)
		advance(insn, gprs, REG_SI, by);
	if (insn->kind != INSN_OUTS)
		advance(insn, gprs, REG_DI, by);
	if (insn->rep)
		advance(insn, gprs, REG_CX, -1);
}

/* Even number of ones in the low byte. */
static bool is_even(u64 val)
{
	val ^= val >> 4;
	val ^= val >> 2;
	val ^= val >> 1;
	return !(val & 1);
}

/* Set the arithmetic flags from a result and the carries that the caller found. */
static void set_flags(unsigned long *flags, u64 result, unsigned int bytes, unsigned long carries)
{
	*flags = (*flags & ~ARITH_FLAGS) | carries;
	if (!result)
		*flags |= EFL_ZF;
	if (result >> (8 * bytes - 1))
		*flags |= EFL_SF;
	if (is_even(result))
		*flags |= EFL_PF;
}

static u64 add_or_sub(bool sub, u64 a, u64 b, unsigned int bytes, unsigned long *flags)
{
	u64 result = (sub ? a - b : a + b) & size_mask(bytes);
	/* Signed overflow: operands that agree in sign (differ, if subtracted) give another. */
	u64 overflow = (sub ? a ^ b : ~(a ^ b)) & (a ^ result);
	unsigned long carries = 0;

	if (sub ? a < b : result < a)
		carries |= EFL_CF;
	if ((a ^ b ^ result) & 0x10)
		carries |= EFL_AF;
	if (overflow >> (8 * bytes - 1) & 1)
		carries |= EFL_OF;
	set_flags(flags, result, bytes, carries);
	return result;
}

static u64 logic(enum insn_kind kind, u64 a, u64 b)
{
	switch (kind) {
	case INSN_AND:
		return a & b;
	case INSN_OR:
		return a | b;
	default:
		return a ^ b;
	}
}

/* BTS, BTR, BTC: CF is the old bit, other flags stay. */
static u64 change_bit(const struct insn *insn, u64 old, u64 nr, unsigned long *flags)
{
	u64 bit = 1ULL << (nr & (8 * insn->op_bytes - 1));

	*flags &= ~EFL_CF;
	if (old & bit)
		*flags |= EFL_CF;
	switch (insn->kind) {
	case INSN_BTS:
		return old | bit;
	case INSN_BTR:
		return old & ~bit;
	default:
		return old ^ bit;
	}
}

/* True if the accumulator held the old value; else it does now. */
static bool compare_accumulator(const struct insn *insn, u64 old, struct insn_gprs *gprs,
				unsigned long *flags)
{
	u64 acc = insn_gpr_read(insn, gprs, REG_AX, insn->op_bytes);

	add_or_sub(true, acc, old, insn->op_bytes, flags);
	if (acc == old)
		return true;
	insn_gpr_write(insn, gprs, REG_AX, insn->op_bytes, old);
	return false;
}

/* The same of CMPXCHG8B, with edx:eax, and ZF alone to tell. */
static bool compare_pair(const struct insn *insn, u64 old, struct insn_gprs *gprs,
			 unsigned long *flags)
{
	u64 acc = insn_gpr_read(insn, gprs, REG_DX, 4) << 32 | insn_gpr_read(insn, gprs, REG_AX, 4);

	*flags |= EFL_ZF;
	if (acc == old)
		return true;
	*flags &= ~EFL_ZF;
	insn_gpr_write(insn, gprs, REG_DX, 4, old >> 32);
	insn_gpr_write(insn, gprs, REG_AX, 4, old);
	return false;
}

bool insn_store_value(const struct insn *insn, u64 old, u64 *new_val, bool *store,
		      struct insn_gprs *gprs, unsigned long *flags)
{
	u64 src;

	if (!insn->mem)
		return false;
	old &= size_mask(insn->op_bytes);
	src = insn->has_imm ? insn->imm : insn_gpr_read(insn, gprs, insn->reg, insn->op_bytes);
	src &= size_mask(insn->op_bytes);
	*store = true;
	switch (insn->kind) {
	case INSN_MOV:
		*new_val = src;
		return true;
	case INSN_XCHG:
		insn_gpr_write(insn, gprs, insn->reg, insn->op_bytes, old);
		*new_val = src;
		return true;
	case INSN_AND:
	case INSN_OR:
	case INSN_XOR:
		*new_val = logic(insn->kind, old, src);
		set_flags(flags, *new_val, insn->op_bytes, 0);
		return true;
	case INSN_ADD:
	case INSN_SUB:
		*new_val = add_or_sub(insn->kind == INSN_SUB, old, src, insn->op_bytes, flags);
		return true;
	case INSN_CMPXCHG:
		*store = compare_accumulator(insn, old, gprs, flags);
		*new_val = src;
		return true;
	case INSN_CMPXCHG8B:
		*store = compare_pair(insn, old, gprs, flags);
		*new_val = insn_gpr_read(insn, gprs, REG_CX, 4) << 32 |
			   insn_gpr_read(insn, gprs, REG_BX, 4);
		return true;
	case INSN_BTS:
	case INSN_BTR:
	case INSN_BTC:
		*new_val = change_bit(insn, old, src, flags);
		return true;
	case INSN_STOS:
	case INSN_MOVS:
		*store = !insn_is_empty_rep(insn, gprs);
		*new_val = insn->kind == INSN_STOS
				   ? insn_gpr_read(insn, gprs, REG_AX, insn->op_bytes)
				   : insn->imm & size_mask(insn->op_bytes);
		if (*store)
			insn_string_step(insn, gprs, *flags);
		return true;
	default:
		return false;
	}
}

const char *insn_kind_name(enum insn_kind kind)
{
	static const char *const names[] = {
		[INSN_UNKNOWN] = "unknown",
		[INSN_MOV] = "mov",
		[INSN_XCHG] = "xchg",
		[INSN_AND] = "and",
		[INSN_OR] = "or",
		[INSN_XOR] = "xor",
		[INSN_ADD] = "add",
		[INSN_SUB] = "sub",
		[INSN_CMPXCHG] = "cmpxchg",
		[INSN_CMPXCHG8B] = "cmpxchg8b",
		[INSN_BTS] = "bts",
		[INSN_BTR] = "btr",
		[INSN_BTC] = "btc",
		[INSN_STOS] = "stos",
		[INSN_MOVS] = "movs",
		[INSN_CLI] = "cli",
		[INSN_STI] = "sti",
		[INSN_HLT] = "hlt",
		[INSN_CLTS] = "clts",
		[INSN_INVD] = "invd",
		[INSN_WBINVD] = "wbinvd",
		[INSN_INVLPG] = "invlpg",
		[INSN_LMSW] = "lmsw",
		[INSN_MOV_FROM_CR] = "mov from cr",
		[INSN_MOV_TO_CR] = "mov to cr",
		[INSN_MOV_FROM_DR] = "mov from dr",
		[INSN_MOV_TO_DR] = "mov to dr",
		[INSN_RDMSR] = "rdmsr",
		[INSN_WRMSR] = "wrmsr",
		[INSN_RDPMC] = "rdpmc",
		[INSN_RDTSC] = "rdtsc",
		[INSN_CPUID] = "cpuid",
		[INSN_FORCED_CPUID] = "forced cpuid",
		[INSN_IN] = "in",
		[INSN_OUT] = "out",
		[INSN_INS] = "ins",
		[INSN_OUTS] = "outs",
		[INSN_INT] = "int",
		[INSN_IRET] = "iret",
	};

	return (unsigned int)kind < ARRAY_SIZE(names) ? names[kind] : names[INSN_UNKNOWN];
}
