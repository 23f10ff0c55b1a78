/* SPDX-License-Identifier: MIT */
/*
 * Selectors of our GDT, native/x86_32/cpu.c.
 */
#ifndef NATIVE_SELECTORS_H
#define NATIVE_SELECTORS_H

#define NATIVE_KERNEL_CS 0x08
#define NATIVE_KERNEL_DS 0x10
#define NATIVE_USER_CS 0x1b
#define NATIVE_USER_DS 0x23
#define NATIVE_TSS 0x28
#define NATIVE_THREAD 0x33 /* THREAD_SELECTOR of user_call.h */

#endif
