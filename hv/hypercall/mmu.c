/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls that change page tables: mmu_update, update_va_mapping,
 * update_descriptor. ABI 2.2, 3.4. A Linux PAE guest makes 420 000 of them
 * while it boots, most with one entry, so the way to pt_update() is short.
 */
#include "hypercall/hypercall.h"

#define MMU_CONTINUED 0x80000000UL
#define MMU_CMD_MASK 3
#define REQUEST_COST 8 /* of the budget, besides the tables it touches */

static struct pt_ctx caller_ctx(struct vcpu *v)
{
	return (struct pt_ctx){
		.pt_owner = &v->domain->mm,
		.frame_owner = &v->domain->mm,
		.root = v->arch.root,
		.work = &v->work,
	};
}

static int machphys_update(struct domain *d, u64 ptr, u64 pfn)
{
	mfn_t mfn = maddr_to_mfn(MADDR(ptr));

	if (ptr >> PAGE_SHIFT != mfn.v || !frame_get(mfn, &d->mm))
		return -EINVAL;
	m2p_set(mfn, PFN((unsigned long)pfn));
	frame_put(mfn);
	return 0;
}

/*
 * One request. -ERESTART: the budget is used up; go on with the same one.
 *
 * [tour: page-table-update 2] The request names the entry by machine address;
 * the two lowest bits say what kind of update it is. What follows must not
 * believe anything in it.
 */
static int one_update(struct vcpu *v, const struct pt_ctx *ctx, const mmu_update_t *u)
{
	u64 ptr = u->ptr & ~(u64)MMU_CMD_MASK;
	unsigned int cmd = u->ptr & MMU_CMD_MASK;

	if (cmd == MMU_MACHPHYS_UPDATE)
		return machphys_update(v->domain, ptr, u->val);
	return pt_update(ctx, MADDR(ptr), u->val, cmd == MMU_PT_UPDATE_PRESERVE_AD);
}

/*
 * Serve requests [0, count) at gva; *done: how many succeeded. Each takes from
 * the budget what it does; when that is used up others get their turn.
 *
 * [tour: hypercall 7] The pattern of every handler that takes a list: copy one
 * item in, check, call down, count it. The list is the guest's memory, and may
 * change under our eyes; each item is read once.
 */
static int serve_updates(struct vcpu *v, unsigned long gva, unsigned long count, u32 *done)
{
	struct pt_ctx ctx = caller_ctx(v);
	mmu_update_t u;
	int rc;

	v->work.budget = MM_WORK_BUDGET;
	for (*done = 0; *done < count;) {
		if (hc_copy_in(&u, gva))
			return -EFAULT;
		rc = v->work.budget < REQUEST_COST ? -ERESTART : one_update(v, &ctx, &u);
		if (unlikely(rc == -ERESTART)) {
			if (hc_preempt())
				return rc;
			v->work.budget = MM_WORK_BUDGET;
			continue;
		}
		if (rc)
			return rc;
		v->work.budget -= MIN(v->work.budget, (unsigned int)REQUEST_COST);
		++*done;
		gva += sizeof(u);
		if (unlikely(v->domain->mm.release) && hc_drain(v))
			return -ERESTART;
	}
	return 0;
}

/*
 * mmu_update(requests, count, done_out, foreigndom); count bit 31: continued.
 *
 * [tour: hypercall 9] Giving up means: put what remains into the guest's
 * argument registers, and back up over the hypercall instruction. When the
 * guest runs again it makes the rest of the call, and never learns that there
 * was a gap.
 */
long hc_mmu_update(struct hc_args *a)
{
	struct vcpu *v = current_vcpu();
	unsigned long count = a->arg[1] & ~MMU_CONTINUED;
	u32 done, before = 0;
	int rc;

	/*
	 * Other domains' tables and frames are the tools' business: not served yet.
	 * Of DOMID_XEN's frames, those that it may see are its own to us (tbuf.c).
	 */
	if ((a->arg[3] >> 16) ||
	    (a->arg[3] != DOMID_SELF && a->arg[3] != v->domain->id &&
	     !((a->arg[3] == DOMID_IO || a->arg[3] == DOMID_XEN) && v->domain->mm.maps_io)))
		return -EPERM;
	if ((a->arg[1] & MMU_CONTINUED) && a->arg[2] && hc_copy_in(&before, a->arg[2]))
		return -EFAULT;
	rc = serve_updates(v, a->arg[0], count, &done);
	before += done;
	if (a->arg[2] && hc_copy_out(a->arg[2], &before) && rc != -ERESTART)
		rc = -EFAULT;
	if (rc != -ERESTART)
		return rc;
	a->arg[0] += done * sizeof(mmu_update_t);
	a->arg[1] = (count - done) | MMU_CONTINUED;
	return hc_restart();
}

long hc_update_va_mapping(struct hc_args *a)
{
	struct vcpu *v = current_vcpu();
	struct pt_ctx ctx = caller_ctx(v);
	unsigned long flags = hc_uvm_flags(a) & UVMF_FLUSHTYPE_MASK;
	int rc;

	if (flags == UVMF_FLUSHTYPE_MASK)
		return -EINVAL;
	v->work.budget = MM_WORK_BUDGET;
	rc = pt_update_va(&ctx, a->arg[0], hc_uvm_val(a));
	if (rc)
		return rc == -ERESTART ? hc_restart() : rc;
	if (flags == UVMF_TLB_FLUSH)
		tlb_flush_later();
	else if (flags == UVMF_INVLPG)
		arch_tlb_flush_page(a->arg[0]);
	return 0;
}

long hc_update_descriptor(struct hc_args *a)
{
	return mm_update_descriptor(&current_domain()->mm, MADDR(hc_update_descriptor_maddr(a)),
				    hc_update_descriptor_desc(a));
}
