/* SPDX-License-Identifier: MIT */
/* physdev_op: what remains of hardware for a guest. ABI 2.3. */
#include "hypercall/hypercall.h"

#include <xen/physdev.h>

long hc_physdev_op(struct hc_args *a)
{
	struct physdev_set_iopl op;

	switch (a->arg[0]) {
	case PHYSDEVOP_set_iopl:
		if (hc_copy_in(&op, a->arg[1]))
			return -EFAULT;
		if (op.iopl > 3)
			return -EINVAL;
		/* Virtual: the hardware's stays 0, port accesses are emulated. */
		current_vcpu()->arch.iopl = (u8)op.iopl;
		return 0;
	default:
		return -ENOSYS;
	}
}
