// SPDX-License-Identifier: MIT
// WIDTHS: 32 64
// SOURCES: hv/x86/decode.c hv/x86/decode_exec.c
/*
 * What the decoder says an instruction does, against the CPU: random registers
 * and operands, the same bytes executed here and interpreted there. Works in
 * 32-bit and in 64-bit builds of the test.
 * See: ABI 3.6; SDM 2A 2.1
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "harness.h"
#include "x86/cpu.h"
#include "x86/decode.h"

#ifdef __x86_64__
#define LONG_MODE true
#define LOW_MAP	  MAP_32BIT
#else
#define LONG_MODE false
#define LOW_MAP	  0
#endif

#define NR_REGS	    (LONG_MODE ? 16 : 8)
#define REG_SP	    4
#define FLAGS_ARITH (EFL_CF | EFL_PF | EFL_AF | EFL_ZF | EFL_SF | EFL_OF)

/* All in one mapping below 2 GiB, so that absolute 32-bit addresses reach it. */
struct lab {
	u8 code[1024];
	unsigned long regs[16], flags, saved_sp;
	u8 __attribute__((aligned(64))) mem[1024];
};

static struct lab *lab;
static uint64_t rng;
static unsigned int code_len;

static void setup(void)
{
	rng = unit_seed();
	lab = mmap(NULL, sizeof(*lab), PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS | LOW_MAP, -1, 0);
	ck_assert_ptr_ne(lab, MAP_FAILED);
}

static void emit(const void *bytes, unsigned int n)
{
	memcpy(lab->code + code_len, bytes, n);
	code_len += n;
}

static void emit8(unsigned int byte)
{
	lab->code[code_len++] = (u8)byte;
}

/* An instruction with a register, or opcode extension, and an absolute address. */
static void emit_absolute(unsigned int opcode, unsigned int reg, const void *address)
{
	u32 low = (u32)(uintptr_t)address;

	if (LONG_MODE)
		emit8(0x48 | (reg & 8) >> 1);
	emit8(opcode);
	emit8((reg & 7) << 3 | 4);
	emit8(0x25);
	emit(&low, 4);
}

/*
 * Execute the instruction with lab->regs and lab->flags, but its own stack
 * pointer, which is left in lab->saved_sp. Returns the address behind it.
 */
static unsigned long run(const u8 *insn, unsigned int len)
{
	static const u8 save64[] = {0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57};
	static const u8 restore64[] = {0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b};
	unsigned long behind;

	code_len = 0;
	if (LONG_MODE)
		emit(save64, sizeof(save64));
	else
		emit8(0x60);
	emit8(0x9c);
	emit_absolute(0x89, REG_SP, &lab->saved_sp);
	emit_absolute(0xff, 6, &lab->flags);
	emit8(0x9d);
	for (unsigned int i = 0; i < NR_REGS; i++)
		if (i != REG_SP)
			emit_absolute(0x8b, i, &lab->regs[i]);
	emit(insn, len);
	behind = (unsigned long)lab->code + code_len;
	for (unsigned int i = 0; i < NR_REGS; i++)
		if (i != REG_SP)
			emit_absolute(0x89, i, &lab->regs[i]);
	emit8(0x9c);
	emit_absolute(0x8f, 0, &lab->flags);
	emit8(0x9d);
	if (LONG_MODE)
		emit(restore64, sizeof(restore64));
	else
		emit8(0x61);
	emit8(0xc3);
	((void (*)(void))(uintptr_t)lab->code)();
	return behind;
}

static unsigned int random_below(unsigned int limit)
{
	return unit_random_below(&rng, limit);
}

static void random_regs(void)
{
	for (unsigned int i = 0; i < 16; i++)
		lab->regs[i] = (unsigned long)(unit_random(&rng) >> random_below(64));
	lab->flags = (unit_random(&rng) & FLAGS_ARITH) | 0x202;
}

static void describe(char *text, const u8 *bytes, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		text += sprintf(text, "%02x", bytes[i]);
}

/* Where a random memory operand is: LEA knows. Every form, also 16-bit ones. */
START_TEST(addresses)
{
	for (int i = 0; i < 30000; i++) {
		u8 bytes[32];
		char text[40];
		unsigned int n = 0, opcode, dest;
		struct insn_gprs gprs;
		struct insn insn;
		unsigned long behind, got;

		if (random_below(3) == 0)
			bytes[n++] = 0x67;
		/* REX with W, so that LEA doesn't cut a 64-bit address. */
		if (LONG_MODE)
			bytes[n++] = 0x48 | (u8)random_below(8);
		opcode = n++;
		for (unsigned int j = n; j < sizeof(bytes); j++)
			bytes[j] = (u8)unit_random(&rng);
		bytes[n] &= 0x7f | (u8)(random_below(2) << 7);
		if (bytes[n] >> 6 == 3)
			bytes[n] &= 0x3f;
		dest = bytes[n] >> 3 & 7;
		if (LONG_MODE && bytes[opcode - 1] & 4)
			dest |= 8;
		if (dest == REG_SP)
			continue;
		random_regs();
		memcpy(gprs.r, lab->regs, sizeof(gprs.r));
		bytes[opcode] = 0x89;
		if (!insn_decode(bytes, sizeof(bytes), LONG_MODE, true, &insn))
			ck_abort_msg("refused");
		bytes[opcode] = 0x8d;
		behind = run(bytes, insn.len_bytes);
		gprs.r[REG_SP] = lab->saved_sp;
		got = insn_mem_offset(&insn, &gprs, behind);
		if (got != lab->regs[dest]) {
			describe(text, bytes, insn.len_bytes);
			ck_abort_msg("%s: %lx, CPU says %lx", text, got, lab->regs[dest]);
		}
	}
}
END_TEST

enum imm_kind { NO_IMM, IMM8, IMMZ };

/* Forms with a ModRM byte; ext is an opcode extension, or -1 for a register. */
struct form {
	u16 opcode;
	s8 ext;
	bool byte, lockable;
	enum imm_kind imm;
	unsigned long undefined; /* flags the manual leaves open */
};

#define LOGIC_UNDEFINED EFL_AF
#define BIT_UNDEFINED	(EFL_OF | EFL_SF | EFL_AF | EFL_PF)

static const struct form forms[] = {
	{0x88, -1, true, false, NO_IMM, 0},
	{0x89, -1, false, false, NO_IMM, 0},
	{0xc6, 0, true, false, IMM8, 0},
	{0xc7, 0, false, false, IMMZ, 0},
	{0x86, -1, true, true, NO_IMM, 0},
	{0x87, -1, false, true, NO_IMM, 0},
	{0x80, 0, true, true, IMM8, 0},
	{0x81, 0, false, true, IMMZ, 0},
	{0x83, 0, false, true, IMM8, 0},
	{0x80, 5, true, true, IMM8, 0},
	{0x81, 5, false, true, IMMZ, 0},
	{0x83, 5, false, true, IMM8, 0},
	{0x80, 1, true, true, IMM8, LOGIC_UNDEFINED},
	{0x81, 1, false, true, IMMZ, LOGIC_UNDEFINED},
	{0x83, 1, false, true, IMM8, LOGIC_UNDEFINED},
	{0x80, 4, true, true, IMM8, LOGIC_UNDEFINED},
	{0x81, 4, false, true, IMMZ, LOGIC_UNDEFINED},
	{0x83, 4, false, true, IMM8, LOGIC_UNDEFINED},
	{0x80, 6, true, true, IMM8, LOGIC_UNDEFINED},
	{0x81, 6, false, true, IMMZ, LOGIC_UNDEFINED},
	{0x83, 6, false, true, IMM8, LOGIC_UNDEFINED},
	{0x00, -1, true, true, NO_IMM, 0},
	{0x01, -1, false, true, NO_IMM, 0},
	{0x28, -1, true, true, NO_IMM, 0},
	{0x29, -1, false, true, NO_IMM, 0},
	{0x08, -1, true, true, NO_IMM, LOGIC_UNDEFINED},
	{0x09, -1, false, true, NO_IMM, LOGIC_UNDEFINED},
	{0x20, -1, true, true, NO_IMM, LOGIC_UNDEFINED},
	{0x21, -1, false, true, NO_IMM, LOGIC_UNDEFINED},
	{0x30, -1, true, true, NO_IMM, LOGIC_UNDEFINED},
	{0x31, -1, false, true, NO_IMM, LOGIC_UNDEFINED},
	{0xfb0, -1, true, true, NO_IMM, 0},
	{0xfb1, -1, false, true, NO_IMM, 0},
	{0xfc7, 1, false, true, NO_IMM, 0},
	{0xfab, -1, false, true, NO_IMM, BIT_UNDEFINED},
	{0xfb3, -1, false, true, NO_IMM, BIT_UNDEFINED},
	{0xfbb, -1, false, true, NO_IMM, BIT_UNDEFINED},
	{0xfba, 5, false, true, IMM8, BIT_UNDEFINED},
	{0xfba, 6, false, true, IMM8, BIT_UNDEFINED},
	{0xfba, 7, false, true, IMM8, BIT_UNDEFINED},
};

/*
 * Bytes of a random instruction of this form, its operand at base + index <<
 * scale + disp32 with a displacement still to be filled in: returns where.
 */
static unsigned int make_insn(const struct form *form, u8 *bytes, unsigned int *len)
{
	unsigned int n = 0, rex = 0, reg, disp_at;
	bool opsize = !form->byte && form->opcode != 0xfc7 && random_below(3) == 0;

	if (opsize)
		bytes[n++] = 0x66;
	if (form->lockable && random_below(2))
		bytes[n++] = 0xf0;
	if (LONG_MODE && random_below(2)) {
		rex = 0x40 | random_below(16);
		if (form->opcode == 0xfc7)
			rex &= ~8u;
		bytes[n++] = (u8)rex;
	}
	do
		reg = form->ext >= 0 ? (unsigned int)form->ext : random_below(8);
	while (form->ext < 0 && reg == REG_SP && !(rex & 4) && (!form->byte || rex));
	if (form->opcode > 0xff)
		bytes[n++] = 0x0f;
	bytes[n++] = (u8)form->opcode;
	bytes[n++] = (u8)(0x80 | reg << 3 | 4);
	do
		bytes[n] = (u8)unit_random(&rng);
	while ((bytes[n] & 7) == REG_SP && !(rex & 1));
	disp_at = ++n;
	n += 4;
	for (unsigned int i = 0; i < (form->imm == IMM8	     ? 1
				      : form->imm == NO_IMM  ? 0
				      : opsize && !(rex & 8) ? 2
							     : 4);
	     i++)
		bytes[n++] = (u8)unit_random(&rng);
	*len = n;
	return disp_at;
}

/* What interpretation must leave as the CPU does. */
static void compare(const char *text, const struct insn_gprs *gprs, unsigned long flags,
		    const u8 *mem, unsigned long undefined)
{
	unsigned long flags_differ = (flags ^ lab->flags) & FLAGS_ARITH & ~undefined;

	for (unsigned int i = 0; i < NR_REGS; i++)
		if (i != REG_SP && gprs->r[i] != lab->regs[i])
			ck_abort_msg("%s: register %u is %lx, CPU says %lx", text, i, gprs->r[i],
				     lab->regs[i]);
	if (flags_differ)
		ck_abort_msg("%s: flags %lx, CPU says %lx", text, flags, lab->flags);
	for (unsigned int i = 0; i < sizeof(lab->mem); i++)
		if (mem[i] != lab->mem[i])
			ck_abort_msg("%s: byte %u is %02x, CPU says %02x", text, i, mem[i],
				     lab->mem[i]);
}

/* One step on a copy of the memory: what a page fault handler does. */
static void interpret(const char *text, const struct insn *insn, struct insn_gprs *gprs,
		      unsigned long *flags, u8 *mem)
{
	unsigned long at = insn_mem_offset(insn, gprs, 0) - (unsigned long)lab->mem;
	struct insn with_source = *insn;
	u64 old = 0, new_val = 0;
	bool store = false;

	if (insn_is_empty_rep(insn, gprs))
		return;
	if (at > sizeof(lab->mem) - insn->op_bytes)
		ck_abort_msg("%s: operand elsewhere, at %lx", text, at);
	memcpy(&old, mem + at, insn->op_bytes);
	if (insn->kind == INSN_MOVS)
		memcpy(&with_source.imm,
		       mem + (insn_source_offset(insn, gprs) - (unsigned long)lab->mem),
		       insn->op_bytes);
	if (!insn_store_value(&with_source, old, &new_val, &store, gprs, flags))
		ck_abort_msg("%s: not a store", text);
	if (insn->op_bytes < 8 && new_val >> (8 * insn->op_bytes))
		ck_abort_msg("%s: too wide a value", text);
	if (store)
		memcpy(mem + at, &new_val, insn->op_bytes);
}

static void random_mem(void)
{
	for (unsigned int i = 0; i < sizeof(lab->mem); i++)
		lab->mem[i] = (u8)unit_random(&rng);
}

/* Make CMPXCHG's comparison succeed half of the time. */
static void prepare_compare(const struct insn *insn, const u8 *target)
{
	u64 val;

	if (random_below(2))
		return;
	memcpy(&val, target, sizeof(val));
	if (insn->kind == INSN_CMPXCHG)
		lab->regs[0] = (unsigned long)val;
	if (insn->kind == INSN_CMPXCHG8B) {
		lab->regs[0] = (u32)val;
		lab->regs[2] = (u32)(val >> 32);
	}
}

/* Bit numbers in a register: far enough to move the unit, near enough to stay in our memory. */
static void prepare_bit_number(const struct insn *insn)
{
	s32 nr = (s32)random_below(6000) - 3000;

	/* The number's upper bits count in full width, and not beyond. */
	lab->regs[insn->reg] = (unsigned long)(long)nr;
	if (insn->op_bytes == 2)
		lab->regs[insn->reg] ^= 0xabcd0000;
}

/* Registers for an instruction whose displacement is still 0; false if they can't be. */
static bool prepare_regs(const struct insn *insn, const u8 *target)
{
	bool bit_number = insn->kind >= INSN_BTS && insn->kind <= INSN_BTC && !insn->has_imm;

	random_regs();
	if (bit_number)
		prepare_bit_number(insn);
	prepare_compare(insn, target);
	if (bit_number && (insn->base == insn->reg || insn->index == insn->reg))
		return false;
	/* Small enough for a displacement of 32 bits to lead from there to the target. */
	if (LONG_MODE) {
		lab->regs[insn->base] &= 0xffffff;
		if (insn->index >= 0)
			lab->regs[insn->index] &= 0xffffff;
	}
	return true;
}

static void try_form(const struct form *form)
{
	u8 bytes[32], mem[sizeof(lab->mem)], *target = lab->mem + 512;
	unsigned int len, disp_at = make_insn(form, bytes, &len);
	unsigned long flags, start;
	struct insn_gprs gprs;
	struct insn insn;
	char text[80];
	u32 disp;

	memset(bytes + disp_at, 0, 4);
	if (!insn_decode(bytes, sizeof(bytes), LONG_MODE, true, &insn) || insn.len_bytes != len)
		ck_abort_msg("opcode %x refused", form->opcode);
	random_mem();
	if (!prepare_regs(&insn, target))
		return;
	start = lab->regs[insn.base] + (insn.index < 0 ? 0 : lab->regs[insn.index] << insn.scale);
	disp = (u32)((unsigned long)target - start);
	memcpy(bytes + disp_at, &disp, 4);
	describe(text, bytes, len);
	if (!insn_decode(bytes, sizeof(bytes), LONG_MODE, true, &insn))
		ck_abort_msg("%s: refused", text);
	memcpy(gprs.r, lab->regs, sizeof(gprs.r));
	memcpy(mem, lab->mem, sizeof(mem));
	flags = lab->flags;
	interpret(text, &insn, &gprs, &flags, mem);
	run(bytes, len);
	compare(text, &gprs, flags, mem, form->undefined);
}

START_TEST(stores)
{
	for (int i = 0; i < 1500; i++)
		try_form(&forms[_i]);
}
END_TEST

START_TEST(absolute_stores)
{
	for (int i = 0; i < 400; i++) {
		u8 bytes[16], mem[sizeof(lab->mem)];
		u64 address = (unsigned long)lab->mem + random_below(512);
		struct insn_gprs gprs;
		struct insn insn;
		unsigned int n = 0;
		unsigned long flags;
		char text[40];

		if (random_below(2))
			bytes[n++] = 0x66;
		bytes[n++] = (u8)(0xa2 + random_below(2));
		memcpy(bytes + n, &address, sizeof(address));
		random_regs();
		random_mem();
		memcpy(mem, lab->mem, sizeof(mem));
		memcpy(gprs.r, lab->regs, sizeof(gprs.r));
		flags = lab->flags;
		ck_assert(insn_decode(bytes, n + 8, LONG_MODE, true, &insn));
		describe(text, bytes, insn.len_bytes);
		interpret(text, &insn, &gprs, &flags, mem);
		run(bytes, insn.len_bytes);
		compare(text, &gprs, flags, mem, 0);
	}
}
END_TEST

START_TEST(strings)
{
	for (int i = 0; i < 3000; i++) {
		u8 bytes[8], mem[sizeof(lab->mem)];
		struct insn_gprs gprs;
		struct insn insn;
		unsigned int n = 0, steps = 0;
		unsigned long flags;
		char text[20];

		if (random_below(3) == 0)
			bytes[n++] = 0x66;
		if (random_below(3))
			bytes[n++] = (u8)(0xf2 + random_below(2));
		if (LONG_MODE && random_below(3) == 0)
			bytes[n++] = 0x48;
		bytes[n++] = (u8)((random_below(2) ? 0xaa : 0xa4) + random_below(2));
		random_regs();
		lab->regs[1] = random_below(8);
		lab->regs[6] = (unsigned long)lab->mem + 256 + random_below(512);
		lab->regs[7] = (unsigned long)lab->mem + 256 + random_below(512);
		if (random_below(2))
			lab->flags |= EFL_DF;
		random_mem();
		memcpy(mem, lab->mem, sizeof(mem));
		memcpy(gprs.r, lab->regs, sizeof(gprs.r));
		flags = lab->flags;
		ck_assert(insn_decode(bytes, n, LONG_MODE, true, &insn));
		describe(text, bytes, n);
		do
			interpret(text, &insn, &gprs, &flags, mem);
		while (!insn_is_done(&insn, &gprs) && ++steps < 10);
		run(bytes, n);
		compare(text, &gprs, flags, mem, 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decode_exec");
	TCase *tc = tcase_create("decode_exec");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, addresses);
	tcase_add_loop_test(tc, stores, 0, ARRAY_SIZE(forms));
	tcase_add_test(tc, absolute_stores);
	tcase_add_test(tc, strings);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
