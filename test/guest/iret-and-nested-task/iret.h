/* SPDX-License-Identifier: MIT */
/*
 * Returns by the CPU's own iret, in either width; for trap_catch().
 */
#ifndef TEST_GUEST_IRET_H
#define TEST_GUEST_IRET_H

/* To the next instruction, which stores a number at arg. */
void plain_iret(void *arg);
/* The same with NT set, which is a trap of this vector. */
void iret_with_nt(void *arg);
extern const unsigned int nt_vector;
/* Inward or to nowhere: what a guest kernel may not do. */
void iret_to_ring0(void *arg);

#endif
