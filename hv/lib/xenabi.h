/* SPDX-License-Identifier: MIT */
/*
 * The public Xen headers (Debian's libxen-dev), included the one way that
 * fits a monitor: latest interface, tools' structs visible.
 */
#ifndef LIB_XENABI_H
#define LIB_XENABI_H

#include <stddef.h>
#include <stdint.h>

#ifndef __XEN_INTERFACE_VERSION__
#define __XEN_INTERFACE_VERSION__ 0x00040d00
#endif
#ifndef __XEN_TOOLS__
#define __XEN_TOOLS__ 1
#endif

#include <xen/xen.h>

#endif
