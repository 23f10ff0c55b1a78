/* SPDX-License-Identifier: MIT */
/* The 8254 interval timer, for time.c and timer.c. Intel order number 231164. */
#ifndef PLATFORM_PIT_H
#define PLATFORM_PIT_H

#define PIT_HZ		1193182u
#define PIT_CHANNEL0	0x40
#define PIT_CHANNEL2	0x42
#define PIT_CONTROL	0x43
#define PIT_CH0_ONESHOT 0x30 /* channel 0, low byte then high, mode 0 */
#define PIT_CH2_ONESHOT 0xb0
#define PIT_IRQ		0

#endif
