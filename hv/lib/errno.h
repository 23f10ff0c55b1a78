/* SPDX-License-Identifier: MIT */
/*
 * Xen's error numbers under their plain names. ERESTART stays inside the
 * monitor: "call again". Host tests use libc's, which are the same numbers.
 */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

#ifdef RINGLET_HOST
#include <errno.h>
#else
#define XEN_ERRNO(name, value) name = (value),
enum errno_number {
#include <xen/errno.h>
	ERESTART = 85
};
#endif

#endif
