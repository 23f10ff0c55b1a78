/* SPDX-License-Identifier: MIT */
/* Words for what a trap is. */
#ifndef TRAP_STEPTEXT_H
#define TRAP_STEPTEXT_H

#include "trap/trap.h"

/* The instruction at ip, decoded (kind 0: it isn't one we know, show its bytes); buf. */
const char *step_insn_text(const struct regs *r, const struct insn *insn, char *buf, size_t size);
/* An exception with its error code taken apart; buf. */
const char *step_fault_text(unsigned int vector, u32 error, unsigned long cr2, char *buf,
			    size_t size);
/* Why a privileged instruction of a guest's kernel traps, and what is done; NULL: it isn't one. */
const char *step_privop_text(enum insn_kind kind);

#endif
