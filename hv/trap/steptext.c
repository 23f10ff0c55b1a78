/* SPDX-License-Identifier: MIT */
/*
 * Words for what a trap is: the instruction, the vector and its error code.
 * Called by step.c alone.
 */
#include "lib/string.h"
#include "trap/step.h"
#include "trap/steptext.h"
#include "x86/vectors.h"

#define SHOWN_BYTES 6

static const char *const mnemonics[] = {
	[INSN_MOV] = "mov",	    [INSN_XCHG] = "xchg",     [INSN_AND] = "and",
	[INSN_OR] = "or",	    [INSN_XOR] = "xor",	      [INSN_ADD] = "add",
	[INSN_SUB] = "sub",	    [INSN_CMPXCHG] = "cmpxchg", [INSN_CMPXCHG8B] = "cmpxchg8b",
	[INSN_BTS] = "bts",	    [INSN_BTR] = "btr",	      [INSN_BTC] = "btc",
	[INSN_STOS] = "stos",	    [INSN_MOVS] = "movs",     [INSN_CLI] = "cli",
	[INSN_STI] = "sti",	    [INSN_HLT] = "hlt",	      [INSN_CLTS] = "clts",
	[INSN_INVD] = "invd",	    [INSN_WBINVD] = "wbinvd", [INSN_INVLPG] = "invlpg",
	[INSN_LMSW] = "lmsw",	    [INSN_RDMSR] = "rdmsr",   [INSN_WRMSR] = "wrmsr",
	[INSN_RDPMC] = "rdpmc",	    [INSN_RDTSC] = "rdtsc",   [INSN_CPUID] = "cpuid",
	[INSN_FORCED_CPUID] = "ud2a \"xen\" cpuid",
	[INSN_IN] = "in",	    [INSN_OUT] = "out",	      [INSN_INS] = "ins",
	[INSN_OUTS] = "outs",	    [INSN_IRET] = "iret",
};

static const char *const gpr_names[] = { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" };

static const char *const vectors[NR_EXCEPTIONS] = {
	[VEC_DE] = "#DE",  [VEC_DB] = "#DB", [VEC_NMI] = "NMI", [VEC_BP] = "#BP",
	[VEC_OF] = "#OF",  [VEC_BR] = "#BR", [VEC_UD] = "#UD",	[VEC_NM] = "#NM",
	[VEC_DF] = "#DF",  [VEC_TS] = "#TS", [VEC_NP] = "#NP",	[VEC_SS] = "#SS",
	[VEC_GP] = "#GP",  [VEC_PF] = "#PF", [VEC_MF] = "#MF",	[VEC_AC] = "#AC",
	[VEC_MC] = "#MC",  [VEC_XM] = "#XM",
};

const char *step_insn_text(const struct regs *r, const struct insn *insn, char *buf, size_t size)
{
	char wide = sizeof(long) == 8 ? 'r' : 'e';
	const char *reg = gpr_names[insn->rm & 7];
	u8 bytes[DECODE_MAX_BYTES];
	unsigned int nr, len = 0;

	switch (insn->kind) {
	case INSN_UNKNOWN:
		break;
	case INSN_MOV_FROM_CR:
	case INSN_MOV_FROM_DR:
		fmt(buf, size, "mov %%%s%u, %%%c%s", insn->kind == INSN_MOV_FROM_CR ? "cr" : "dr",
		    insn->reg, wide, reg);
		return buf;
	case INSN_MOV_TO_CR:
	case INSN_MOV_TO_DR:
		fmt(buf, size, "mov %%%c%s, %%%s%u", wide, reg,
		    insn->kind == INSN_MOV_TO_CR ? "cr" : "dr", insn->reg);
		return buf;
	case INSN_INT:
		fmt(buf, size, "int $%#x", (unsigned int)insn->imm & 0xff);
		return buf;
	default:
		str_copy(buf, mnemonics[insn->kind], size);
		return buf;
	}
	nr = MIN(fetch_guest_code(r, bytes), (unsigned int)SHOWN_BYTES);
	if (!nr)
		str_copy(buf, "an instruction that can't be read", size);
	for (unsigned int i = 0; i < nr; i++)
		len += (unsigned int)fmt(buf + len, size - len, i ? " %02x" : "%02x", bytes[i]);
	if (nr)
		fmt(buf + len, size - len, " ...");
	return buf;
}

/* Which descriptor an error code names. SDM vol. 3A, 6.13. */
static void selector_text(unsigned int vector, u32 error, char *buf, size_t size)
{
	const char *table = error & SELEC_IDT ? "IDT gate" :
			    error & SELEC_TI  ? "LDT selector" :
						"selector";
	u32 which = error & SELEC_IDT ? error >> 3 : error & ~3u;

	if (error & ~SELEC_EXT)
		fmt(buf, size, "%s(%s %#x%s)", vectors[vector], table, which,
		    error & SELEC_EXT ? ", by an event" : "");
	else
		fmt(buf, size, "%s(0)", vectors[vector]);
}

const char *step_fault_text(unsigned int vector, u32 error, unsigned long cr2, char *buf,
			    size_t size)
{
	if (vector == VEC_PF)
		fmt(buf, size, "#PF(%#x: %s %s, %s%s) at address %08lx", error,
		    error & PFEC_U ? "ring 3" : "supervisor",
		    error & PFEC_W ? "write" : error & PFEC_I ? "fetch" : "read",
		    error & PFEC_P ? "not allowed" : "not present",
		    error & PFEC_RSVD ? ", reserved bit" : "", cr2);
	else if (vector < NR_EXCEPTIONS && VEC_HAS_ERROR_MASK >> vector & 1 && vectors[vector])
		selector_text(vector, error, buf, size);
	else if (vector < NR_EXCEPTIONS && vectors[vector])
		str_copy(buf, vectors[vector], size);
	else
		fmt(buf, size, "vector %u", vector);
	return buf;
}

const char *step_privop_text(enum insn_kind kind)
{
	switch (kind) {
	case INSN_CLI:
	case INSN_STI:
		return "IF belongs to the monitor: emulated, with no effect";
	case INSN_HLT:
		return "the CPU is the monitor's to halt: blocks until an event";
	case INSN_CLTS:
	case INSN_LMSW:
		return "CR0 belongs to the monitor: the guest's own TS changes";
	case INSN_INVD:
	case INSN_WBINVD:
		return "the caches are the monitor's: emulated, with no effect";
	case INSN_INVLPG:
		return "a flush that is done on the way out";
	case INSN_MOV_FROM_CR:
		return "control registers are the monitor's: the guest reads its own";
	case INSN_MOV_TO_CR:
		return "control registers are the monitor's: what is the guest's there changes";
	case INSN_MOV_FROM_DR:
	case INSN_MOV_TO_DR:
		return "debug registers: the guest's own, if they don't watch the monitor";
	case INSN_RDMSR:
	case INSN_WRMSR:
		return "MSRs are the monitor's: its list says what the guest may";
	case INSN_FORCED_CPUID:
		return "the ABI's way to ask for CPUID: what the monitor wants to be seen";
	case INSN_IN:
	case INSN_OUT:
	case INSN_INS:
	case INSN_OUTS:
		return "ports are the monitor's: as if no device answered";
	default:
		return NULL;
	}
}
