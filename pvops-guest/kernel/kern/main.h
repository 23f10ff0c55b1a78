/* SPDX-License-Identifier: MIT */
/*
 * The point where the two ways to start meet.
 */
#ifndef KERN_MAIN_H
#define KERN_MAIN_H

/* Run the kernel; pv_ops and boot are filled, irqs are off. Does not return. */
void kernel_main(void) __attribute__((noreturn));

#endif
