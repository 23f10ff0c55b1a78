// SPDX-License-Identifier: MIT
// SOURCES: hv/x86/operand.c hv/x86/operand_size.c
/*
 * The operand locator against the CPU: instructions run here, with operands at
 * the edge of what is mapped or anywhere, and where they fault is compared
 * with what the locator says. Encodings that this CPU lacks are passed over.
 * See: ABI 4.8; SDM 2A 2.1
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "harness.h"
#include "x86/operand.h"

enum { AX, CX, DX, BX, SP, BP, SI, DI };
enum { TRAP_NONE = -1, TRAP_UD = 6, TRAP_PF = 14 };

#define PAGE   4096u
#define DATA   0x10000000u /* some readable pages, and nothing behind */
#define EDGE   (DATA + 4 * PAGE)
#define CODE   0x11000000u
#define BEHIND 0x1000u /* room after the code for what is saved */

/* What the instruction did. */
static int trap;
static u32 trap_at;

static u32 *const saved = (u32 *)(CODE + BEHIND); /* esp, then eight registers */
static u32 way_back;

static void on_signal(int nr, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)nr;
	trap = regs[REG_TRAPNO];
	trap_at = (u32)info->si_addr;
	regs[REG_EIP] = (greg_t)way_back;
	regs[REG_EFL] &= ~0x40500; /* AC, DF, TF */
}

static void set_up(void)
{
	static u8 stack[65536];
	const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	const struct sigaction action = {.sa_sigaction = on_signal,
					 .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

	ck_assert(mmap((void *)DATA, EDGE - DATA, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void *)DATA);
	ck_assert(mmap((void *)EDGE, PAGE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void *)EDGE);
	ck_assert(mmap((void *)CODE, 2 * BEHIND, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void *)CODE);
	ck_assert(!sigaltstack(&alternate, NULL));
	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		ck_assert(!sigaction(signals[i], &action, NULL));
}

static u8 *put(u8 *at, const char *bytes, unsigned int nr, u32 address)
{
	memcpy(at, bytes, nr);
	memcpy(at + nr, &address, 4);
	return at + nr + 4;
}

/* Run one instruction with these registers; trap and trap_at tell. */
static void run(const u8 *insn, unsigned int nr, const struct insn_gprs *gprs)
{
	static const u32 mxcsr = 0x1f80;
	static const u8 order[] = {AX, CX, DX, BX, BP, SI, DI, SP};
	u8 *at = (u8 *)CODE;

	for (unsigned int i = 0; i < 8; i++)
		saved[1 + i] = (u32)gprs->r[i];
	*at++ = 0x60; /* pusha */
	*at++ = 0x9c; /* pushf */
	at = put(at, "\x89\x25", 2, (u32)saved);
	for (unsigned int i = 0; i < 8; i++) {
		const char load[] = {(char)0x8b, (char)(5 | order[i] << 3)};

		at = put(at, load, 2, (u32)&saved[1 + order[i]]);
	}
	memcpy(at, insn, nr);
	at += nr;
	/* An immediate, or so many NOPs. */
	memset(at, 0x90, 8);
	at += 8;
	way_back = (u32)at;
	at = put(at, "\x8b\x25", 2, (u32)saved);
	memcpy(at, "\x9d\x61\xfc\xc3", 4); /* popf, popa, cld, ret */
	trap = TRAP_NONE;
	((void (*)(void))CODE)();
	__asm__ volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
}

static unsigned int locate(const u8 *insn, unsigned int nr, const struct insn_gprs *gprs,
			   struct operand *op)
{
	struct operand_code code = {
		.bytes = insn, .nr = nr, .code32 = true, .stack32 = true, .gprs = gprs};

	return operand_locate(&code, op);
}

static void mismatch(const char *what, const u8 *insn, unsigned int nr, const struct operand *op)
{
	char hex[40] = "";

	for (unsigned int i = 0; i < nr; i++)
		sprintf(hex + 2 * i, "%02x", insn[i]);
	ck_abort_msg("%s: %s (operand at %x, %u bytes): trap %d at %x", hex, what, op->offset,
		     op->size_bytes, trap, trap_at);
}

static bool faulted_in(u32 first, u32 size)
{
	return trap == TRAP_PF && trap_at - first < size;
}

/* One encoding with its operand at ebx: does it have the size that we think? */
static bool try_size(const u8 *insn, unsigned int nr)
{
	struct insn_gprs gprs = {{0}};
	struct operand op[OPERANDS_MAX] = {{0}};
	unsigned int size;

	gprs.r[BX] = EDGE + 16;
	gprs.r[SP] = DATA + PAGE;
	gprs.r[BP] = DATA + PAGE;
	gprs.r[SI] = gprs.r[DI] = DATA + PAGE;
	if (!locate(insn, nr, &gprs, op)) {
		run(insn, nr, &gprs);
		if (faulted_in(EDGE, PAGE))
			mismatch("it has an operand", insn, nr, op);
		return trap != TRAP_UD;
	}
	/* A bit number in ebx itself moves the operand away. */
	if (op[0].offset != EDGE + 16)
		return false;
	size = op[0].size_bytes;
	gprs.r[BX] = EDGE - size;
	run(insn, nr, &gprs);
	if (trap == TRAP_UD)
		return false;
	if (faulted_in(EDGE, PAGE))
		mismatch("it is larger", insn, nr, op);
	gprs.r[BX] = EDGE - size + 1;
	run(insn, nr, &gprs);
	if (trap == TRAP_PF && faulted_in(EDGE, size))
		return true;
	if (trap == TRAP_NONE)
		mismatch("it is smaller", insn, nr, op);
	/* Some must be aligned: then the whole operand lies behind. */
	gprs.r[BX] = EDGE;
	run(insn, nr, &gprs);
	if (!faulted_in(EDGE, size))
		mismatch("it has none", insn, nr, op);
	return true;
}

/* What mustn't run here: other control flow, segment loads, other state. */
static bool may_run(enum operand_map map, u8 opcode, unsigned int reg, u8 prefix)
{
	if (map == MAP_1) {
		switch (opcode) {
		case 0x00 ... 0x3f:
			return (opcode & 7) < 4;
		case 0x62 ... 0x63:
		case 0x69:
		case 0x6b:
		case 0x80 ... 0x8d:
		case 0xc0 ... 0xc1:
		case 0xc6 ... 0xc7:
		case 0xd0 ... 0xd3:
		case 0xd8 ... 0xdf:
		case 0xf6 ... 0xf7:
		case 0xfe:
			return true;
		case 0xff:
			return reg < 2 || reg == 6;
		case 0x8f: /* another reg is XOP */
			return reg == 0;
		default:
			return false;
		}
	}
	if (map == MAP_0F) {
		switch (opcode) {
		case 0x02 ... 0x03:
		case 0x10 ... 0x1e:
		case 0x28 ... 0x2f:
		case 0x40 ... 0x76:
		case 0x7c ... 0x7f:
		case 0x90 ... 0x9f:
		case 0xa3 ... 0xa5:
		case 0xab ... 0xad:
		case 0xaf ... 0xb1:
		case 0xb3:
		case 0xb6 ... 0xb8:
		case 0xba ... 0xc6:
		case 0xd0 ... 0xf6:
		case 0xf8 ... 0xfe:
			return true;
		case 0xae: /* no XSAVE, no PTWRITE */
			return !prefix && (reg < 4 || reg == 7);
		case 0xc7:
			return reg < 2;
		default:
			return false;
		}
	}
	return operand_vector_bytes(map, opcode, prefix == 0x66) && opcode < 0xf0 &&
	       (!prefix || prefix == 0x66);
}

START_TEST(every_opcode_has_the_size_of_the_table)
{
	static const u8 prefixes[] = {0, 0x66, 0xf3, 0xf2};
	unsigned int nr_run = 0;

	set_up();
	for (unsigned int i = 0; i < NR_MAPS * 256 * 4 * 8; i++) {
		enum operand_map map = (enum operand_map)(i >> 13);
		u8 opcode = (u8)(i >> 5), prefix = prefixes[i >> 3 & 3], insn[8];
		unsigned int nr = 0, reg = i & 7;

		if (!may_run(map, opcode, reg, prefix))
			continue;
		if (prefix)
			insn[nr++] = prefix;
		if (map != MAP_1)
			insn[nr++] = 0x0f;
		if (map == MAP_0F38 || map == MAP_0F3A)
			insn[nr++] = map == MAP_0F38 ? 0x38 : 0x3a;
		insn[nr++] = opcode;
		insn[nr++] = (u8)(reg << 3 | BX);
		nr_run += try_size(insn, nr);
		/* esp is what it was, but fxrstor and its like left something. */
		memset((void *)DATA, 0, EDGE - DATA);
	}
	ck_assert_uint_gt(nr_run, 3000);
}
END_TEST

/* Whether addresses have 32 bits: no prefix says otherwise. */
static bool is_wide(const u8 *insn, unsigned int nr)
{
	for (unsigned int i = 0; i < nr && i < 4; i++) {
		if (insn[i] == 0x67)
			return false;
		if (!strchr("\x66\x26\x2e\x36\x3e\xf3\xf2", insn[i]))
			break;
	}
	return true;
}

/* How long ModRM, SIB and displacement are. */
static unsigned int addressing_bytes(const u8 *modrm, bool wide)
{
	unsigned int mod = modrm[0] >> 6, rm = modrm[0] & 7;

	if (mod == 3)
		return 1;
	if (!wide)
		return 1 + (mod == 0 ? (rm == 6 ? 2 : 0) : mod);
	if (rm == 4)
		return 2 + (mod == 0 ? ((modrm[1] & 7) == 5 ? 4 : 0) : mod == 1 ? 1 : 4);
	return 1 + (mod == 0 ? (rm == 5 ? 4 : 0) : mod == 1 ? 1 : 4);
}

/* An instruction that only reads, with any addressing; returns its length. */
static unsigned int random_read(u8 *insn, u64 *rng)
{
	static const u16 opcodes[] = {0x8a,   0x8b,   0x03,   0x0b,   0x3a,   0x3b,   0x84,
				      0x85,   0x0fb6, 0x0fb7, 0x0fbe, 0x0faf, 0x0fa3, 0x0f44,
				      0x0f6f, 0xd7,   0xa0,   0xa1,   0xa6,   0xa7,   0xac,
				      0xad,   0xae,   0xaf,   0x58,   0x5f,   0x61,   0xc9};
	static const u8 prefixes[] = {0x66, 0x67, 0x26, 0x2e, 0x36, 0x3e, 0xf3, 0xf2};
	unsigned int nr = 0;
	u16 opcode = opcodes[unit_random_below(rng, ARRAY_SIZE(opcodes))];

	for (unsigned int i = 0; i < 16; i++)
		insn[i] = (u8)unit_random(rng);
	while (unit_random_below(rng, 3) == 0 && nr < 4)
		insn[nr++] = prefixes[unit_random_below(rng, ARRAY_SIZE(prefixes))];
	if (opcode >> 8)
		insn[nr++] = 0x0f;
	insn[nr++] = (u8)opcode;
	if (opcode == 0xa0 || opcode == 0xa1)
		nr += is_wide(insn, nr) ? 4 : 2;
	else if (opcode < 0xa0 && opcode != 0x58 && opcode != 0x5f && opcode != 0x61)
		nr += addressing_bytes(insn + nr, is_wide(insn, nr));
	else if (opcode >> 8)
		nr += addressing_bytes(insn + nr, is_wide(insn, nr));
	return nr;
}

START_TEST(addresses_are_the_cpus)
{
	struct operand op[OPERANDS_MAX];
	u64 rng = unit_seed();
	unsigned int compared = 0;

	set_up();
	for (int i = 0; i < 60000; i++) {
		struct insn_gprs gprs = {{0}};
		u8 insn[16];
		unsigned int nr = random_read(insn, &rng), found;
		bool inside = false;

		for (unsigned int r = 0; r < 8; r++)
			gprs.r[r] = (u32)unit_random(&rng) >> unit_random_below(&rng, 20);
		/* A repetition is compared at its first step. */
		gprs.r[CX] = MIN(gprs.r[CX], 1);
		found = locate(insn, nr, &gprs, op);
		run(insn, nr, &gprs);
		if (trap != TRAP_PF)
			continue;
		for (unsigned int n = 0; n < found; n++)
			inside = inside || faulted_in(op[n].offset, op[n].size_bytes);
		if (!inside)
			mismatch("its operand is elsewhere", insn, nr, op);
		compared += inside;
	}
	ck_assert_uint_gt(compared, 20000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("operand_native");
	TCase *tc = tcase_create("operand_native");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, every_opcode_has_the_size_of_the_table);
	tcase_add_test(tc, addresses_are_the_cpus);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
