/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls about traps, callbacks and the running vcpu's CPU state.
 * ABI 2.1, 4. Everything a guest names here is only ever used in ring 1 or 3:
 * privilege levels are raised where it thinks of ring 0.
 */
#include "hypercall/hypercall.h"
#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/vectors.h"

#include <xen/callback.h>

#define TRAP_FLAG_DPL 3
#define TRAP_FLAG_MASK_EVENTS 4

static int set_handler(struct guest_handler *h, u16 cs, unsigned long ip, u8 dpl, bool mask)
{
	cs = arch_fix_rpl(cs);
	if (ip && !arch_code_selector_ok(cs))
		return -EPERM;
	*h = (struct guest_handler){ .ip = ip, .cs = cs, .dpl = dpl, .mask_events = mask };
	return 0;
}

long hc_set_trap_table(struct hc_args *a)
{
	struct vcpu *v = current_vcpu();
	unsigned long gva = a->arg[0];
	struct trap_info t;
	int rc;

	if (!gva) {
		memset(v->traps, 0, sizeof(v->traps));
		arch_set_int80(v);
		return 0;
	}
	/* An entry a vector at most, then the one with address 0 that ends it. */
	for (unsigned int i = 0; i <= NR_TRAPS; i++, gva += sizeof(t)) {
		if (hc_copy_in(&t, gva))
			return -EFAULT;
		if (!t.address) {
			arch_set_int80(v);
			return 0;
		}
		rc = set_handler(&v->traps[t.vector], t.cs, t.address, t.flags & TRAP_FLAG_DPL,
				 t.flags & TRAP_FLAG_MASK_EVENTS);
		if (rc)
			return rc;
	}
	arch_set_int80(v);
	return -EINVAL;
}

long hc_stack_switch(struct hc_args *a)
{
	struct vcpu *v = current_vcpu();

	v->arch.kernel_ss = arch_fix_rpl((u16)a->arg[0]);
	v->arch.kernel_sp = a->arg[1];
	arch_load_kernel_entry(v);
	return 0;
}

long hc_set_callbacks(struct hc_args *a)
{
	struct vcpu *v = current_vcpu();
	unsigned long ip;
	u16 cs;
	int rc;

	hc_set_callbacks_event(a, cs, ip);
	rc = set_handler(&v->event_callback, cs, ip, 0, true);
	if (rc)
		return rc;
	hc_set_callbacks_failsafe(a, cs, ip);
	rc = set_handler(&v->failsafe_callback, cs, ip, 0, false);
	if (rc || !hc_set_callbacks_syscall(a, cs, ip))
		return rc;
	return set_handler(&v->syscall_callback, cs, ip, 0, false);
}

static struct guest_handler *callback_slot(struct vcpu *v, u16 type)
{
	switch (type) {
	case CALLBACKTYPE_event:
		return &v->event_callback;
	case CALLBACKTYPE_failsafe:
		return &v->failsafe_callback;
	case CALLBACKTYPE_sysenter:
		return &v->sysenter_callback;
	case CALLBACKTYPE_syscall32:
		return &v->syscall32_callback;
	case CALLBACKTYPE_syscall:
		return arch_user_root(v) ? &v->syscall_callback : NULL;
	default:
		return NULL;
	}
}

long hc_callback_op(struct hc_args *a)
{
	struct vcpu *v = current_vcpu();
	struct callback_register reg;
	struct guest_handler *slot;

	if (a->arg[0] != CALLBACKOP_register && a->arg[0] != CALLBACKOP_unregister)
		return -ENOSYS;
	/* unregister's struct is the first member of register's. */
	if (a->arg[0] == CALLBACKOP_unregister) {
		struct callback_unregister unreg;

		if (hc_copy_in(&unreg, a->arg[1]))
			return -EFAULT;
		slot = callback_slot(v, unreg.type);
		if (!slot)
			return -ENOSYS;
		/* A guest can't do without these two. */
		if (slot == &v->event_callback || slot == &v->failsafe_callback)
			return -EINVAL;
		slot->ip = 0;
		return 0;
	}
	if (hc_copy_in(&reg, a->arg[1]))
		return -EFAULT;
	slot = callback_slot(v, reg.type);
	if (!slot)
		return -ENOSYS;
	return set_handler(slot, hc_callback_cs(&reg), hc_callback_ip(&reg), 0,
			   slot == &v->event_callback || (reg.flags & CALLBACKF_mask_events));
}

long hc_set_segment_base(struct hc_args *a)
{
	return arch_set_segment_base(current_vcpu(), (unsigned int)a->arg[0], a->arg[1]);
}

long hc_fpu_taskswitch(struct hc_args *a)
{
	fpu_set_virtual_ts(current_vcpu(), a->arg[0] != 0);
	return 0;
}

long hc_set_debugreg(struct hc_args *a)
{
	return vcpu_set_debugreg(current_vcpu(), a->arg[0], a->arg[1]);
}

long hc_get_debugreg(struct hc_args *a)
{
	unsigned long nr = a->arg[0];

	if (nr > 7 || nr == 4 || nr == 5)
		return -EINVAL;
	return (long)current_vcpu()->arch.dr[nr];
}

long hc_vm_assist(struct hc_args *a)
{
	struct domain *d = current_domain();

	if (a->arg[1] > VMASST_TYPE_pae_extended_cr3 &&
	    a->arg[1] != VMASST_TYPE_runstate_update_flag)
		return -EINVAL;
	switch (a->arg[0]) {
	case VMASST_CMD_enable:
		d->assists |= 1u << a->arg[1];
		return 0;
	case VMASST_CMD_disable:
		d->assists &= ~(1u << a->arg[1]);
		return 0;
	default:
		return -ENOSYS;
	}
}

/*
 * ABI 4.3: the stack holds eax, then an ordinary frame. IF in the flags is
 * the guest's own: it becomes the upcall mask.
 */
long hc_iret(struct hc_args *a)
{
	struct vcpu *v = current_vcpu();

	(void)a;
	if (arch_guest_iret(v))
		domain_crash(v->domain, "iret hypercall: its stack can't be read, or the frame "
					"leaves the guest's rings");
	return HC_NO_RESULT;
}
