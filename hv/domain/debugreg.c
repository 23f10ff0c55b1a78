/* SPDX-License-Identifier: MIT */
/*
 * What a guest may put into its debug registers. ABI 4.8; SDM vol. 3B, 17.2.
 * Called by the set_debugreg hypercall and an emulated MOV to DRn.
 */
#include "domain/domain.h"

/* No general detect, no reserved bits; one bit is fixed. */
#define DR7_ALLOWED 0xffff03ffUL
#define DR7_FIXED 0x00000400UL
#define DR7_RW_IO 2 /* a breakpoint on a port, if CR4.DE is set */
#define DR6_FIXED 0xffff0ff0UL

int vcpu_set_debugreg(struct vcpu *v, unsigned long nr, unsigned long val)
{
	switch (nr) {
	case 0 ... 3:
		/* A watchpoint in the monitor would trap in ring 0. */
		if (!arch_guest_range_ok(val, 8))
			return -EPERM;
		break;
	case 6:
		val |= DR6_FIXED;
		break;
	case 7:
		val = (val & DR7_ALLOWED) | DR7_FIXED;
		for (unsigned int i = 0; i < 4; i++)
			if ((val >> (16 + 4 * i) & 3) == DR7_RW_IO)
				return -EPERM;
		break;
	default:
		return -EINVAL;
	}
	v->arch.dr[nr] = val;
	vcpu_load_debug(v);
	return 0;
}
