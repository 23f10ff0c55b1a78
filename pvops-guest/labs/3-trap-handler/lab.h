/* SPDX-License-Identifier: MIT */
/*
 * Lab 3: what lab.S has to provide, and what it may use.
 */
#ifndef LAB_H
#define LAB_H

/*
 * The handler of the invalid-opcode trap, as the monitor enters it: not a C
 * function. It adds 1 to lab_handled, and goes on behind the instruction, ud2, with
 * everything else as it was.
 */
void lab_handler(void);

extern unsigned int lab_handled;

/* Jump here while there is nothing better; ends the lab. */
void lab_unwritten(void) __attribute__((noreturn));

#endif
