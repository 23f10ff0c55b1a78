/* SPDX-License-Identifier: MIT */
/* Where boot/head.S enters C. */
#ifndef PLATFORM_START_H
#define PLATFORM_START_H

#include "lib/types.h"

/* @magic, @mbi: eax and ebx as the loader left them. On the early page tables. */
void start(u32 magic, u32 mbi) __noreturn;

#endif
