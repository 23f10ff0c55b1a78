/* SPDX-License-Identifier: MIT */
/*
 * mmuext_op: pins, roots, flushes, the LDT; and set_gdt. ABI 2.2, 3.5.
 *
 * Pinning, unpinning and loading a root may cover thousands of tables: they
 * stop between tables when somebody else should run, and the guest makes the
 * call again with what remains.
 */
#include "hypercall/hypercall.h"
#include "lib/string.h"

#define MMU_CONTINUED 0x80000000UL

/* PIN_Ln_TABLE: on this width, or an older one's level above the root. */
static int pin(struct vcpu *v, mfn_t mfn, enum frame_type type)
{
	int rc;

	if (type > root_type)
		return 0; /* ABI: silently fine */
	do {
		v->work.budget = MM_WORK_BUDGET;
		rc = mm_pin(&v->domain->mm, mfn, type, &v->work);
	} while (rc == -ERESTART && !hc_preempt());
	return rc;
}

static int unpin(struct vcpu *v, mfn_t mfn)
{
	int rc;

	v->work.budget = MM_WORK_BUDGET;
	rc = mm_unpin(&v->domain->mm, mfn, &v->work);
	/* Done all the same; what it let go is drained before the call returns. */
	return rc == -ERESTART ? 0 : rc;
}

/*
 * The references of a root move: take the new one's, load it, drop the old.
 *
 * [tour: context-switch 12] The guest's new root arrives here. It must be a
 * validated root of this domain; then it is loaded, and the old one's reference
 * dropped.
 */
static int new_root(struct vcpu *v, mfn_t mfn)
{
	mfn_t old = v->arch.root;
	int rc;

	if (mfn_eq(mfn, old)) {
		tlb_flush_later();
		return 0;
	}
	rc = hc_long_table_get(v, mfn, root_type);
	if (rc)
		return rc;
	ldt_drop(v);
	v->arch.root = mfn;
	arch_load_new_root(v);
	vcpu_load_descriptor_tables(v);
	v->work.budget = MM_WORK_BUDGET;
	rc = table_put(&v->domain->mm, old, &v->work);
	return rc == -ERESTART ? 0 : rc;
}

/* The root for user mode, or (0) none; the kernel runs, so nothing is to be loaded. */
static int new_user_root(struct vcpu *v, mfn_t mfn)
{
	mfn_t *slot = arch_user_root(v);
	mfn_t old;
	int rc;

	if (!slot)
		return -ENOSYS;
	old = *slot;
	if (!mfn.v)
		mfn = INVALID_MFN;
	if (mfn_eq(mfn, old))
		return 0;
	if (!mfn_eq(mfn, INVALID_MFN)) {
		rc = hc_long_table_get(v, mfn, root_type);
		if (rc)
			return rc;
	}
	*slot = mfn;
	if (mfn_eq(old, INVALID_MFN))
		return 0;
	v->work.budget = MM_WORK_BUDGET;
	rc = table_put(&v->domain->mm, old, &v->work);
	return rc == -ERESTART ? 0 : rc;
}

static int set_ldt(struct vcpu *v, unsigned long gva, unsigned long nr)
{
	if (nr > LDT_MAX_ENTRIES || (gva & ~PAGE_MASK) ||
	    (nr && !arch_guest_range_ok(gva, nr * sizeof(desc_t))))
		return -EINVAL;
	ldt_drop(v);
	v->arch.ldt_gva = gva;
	v->arch.nr_ldt_entries = (unsigned int)nr;
	vcpu_load_descriptor_tables(v);
	return 0;
}

/* CLEAR_PAGE and COPY_PAGE: what a store by the guest could do, and no more. */
static int fill_page(struct mm_domain *md, mfn_t to, mfn_t from, bool copy)
{
	void *dst;
	int rc = -EINVAL;

	if (!frame_get(to, md))
		return -EINVAL;
	if (copy && !frame_get(from, md))
		goto out;
	if (!frame_get_type(to, md, FT_WRITABLE)) {
		dst = arch_map_frame(to);
		if (copy) {
			const void *src = arch_map_frame(from);

			memcpy(dst, src, PAGE_SIZE);
			arch_unmap_frame(src);
		} else {
			memset(dst, 0, PAGE_SIZE);
		}
		arch_unmap_frame(dst);
		frame_put_type(to, md);
		rc = 0;
	}
	if (copy)
		frame_put(from);
out:
	frame_put(to);
	return rc;
}

static int one_op(struct vcpu *v, const struct mmuext_op *op)
{
	mfn_t mfn = MFN(op->arg1.mfn);

	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE:
		return pin(v, mfn, FT_L1);
	case MMUEXT_PIN_L2_TABLE:
		return pin(v, mfn, FT_L2);
	case MMUEXT_PIN_L3_TABLE:
		return pin(v, mfn, FT_L3);
	case MMUEXT_PIN_L4_TABLE:
		return pin(v, mfn, FT_L4);
	case MMUEXT_UNPIN_TABLE:
		return unpin(v, mfn);
	case MMUEXT_NEW_BASEPTR:
		return new_root(v, mfn);
	case MMUEXT_NEW_USER_BASEPTR:
		return new_user_root(v, mfn);
	case MMUEXT_TLB_FLUSH_LOCAL:
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_TLB_FLUSH_ALL:
		tlb_flush_later();
		return 0;
	case MMUEXT_INVLPG_LOCAL:
	case MMUEXT_INVLPG_MULTI:
	case MMUEXT_INVLPG_ALL:
		if (arch_guest_range_ok(op->arg1.linear_addr, 1))
			arch_tlb_flush_page(op->arg1.linear_addr);
		return 0;
	case MMUEXT_FLUSH_CACHE:
		return 0;
	case MMUEXT_CLEAR_PAGE:
		return fill_page(&v->domain->mm, mfn, INVALID_MFN, false);
	case MMUEXT_COPY_PAGE:
		return fill_page(&v->domain->mm, mfn, MFN(op->arg2.src_mfn), true);
	case MMUEXT_SET_LDT:
		return set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents);
	default:
		return -ENOSYS;
	}
}

/* mmuext_op(ops, count, done_out, foreigndom); count bit 31: continued. */
long hc_mmuext_op(struct hc_args *a)
{
	struct vcpu *v = current_vcpu();
	unsigned long count = a->arg[1] & ~MMU_CONTINUED;
	unsigned long gva = a->arg[0];
	u32 done, before = 0;
	struct mmuext_op op;
	int rc = 0;

	if (a->arg[3] != DOMID_SELF && a->arg[3] != v->domain->id)
		return -EPERM;
	if ((a->arg[1] & MMU_CONTINUED) && a->arg[2] && hc_copy_in(&before, a->arg[2]))
		return -EFAULT;
	for (done = 0; done < count && !rc; gva += sizeof(op)) {
		if (done && hc_preempt()) {
			rc = -ERESTART;
			break;
		}
		rc = hc_copy_in(&op, gva) ? -EFAULT : one_op(v, &op);
		if (rc)
			break;
		done++;
		rc = hc_drain(v);
	}
	before += done;
	if (a->arg[2] && hc_copy_out(a->arg[2], &before) && rc != -ERESTART)
		rc = -EFAULT;
	if (rc != -ERESTART)
		return rc;
	a->arg[0] += done * sizeof(op);
	a->arg[1] = (count - done) | MMU_CONTINUED;
	return hc_restart();
}

static void put_frames(struct mm_domain *md, const mfn_t *frames, unsigned int nr)
{
	while (nr--) {
		frame_put_type(frames[nr], md);
		frame_put(frames[nr]);
	}
}

/* set_gdt(frame list, entries): the frames become descriptor pages. */
long hc_set_gdt(struct hc_args *a)
{
	struct vcpu *v = current_vcpu();
	struct mm_domain *md = &v->domain->mm;
	unsigned long entries = a->arg[1], list[GDT_GUEST_PAGES];
	mfn_t old[GDT_GUEST_PAGES], new[GDT_GUEST_PAGES];
	unsigned int nr, got, nr_old = (v->arch.nr_gdt_entries + 511) / 512;

	if (entries > GDT_GUEST_ENTRIES)
		return -EINVAL;
	nr = (unsigned int)((entries + 511) / 512);
	if (copy_from_guest(list, a->arg[0], nr * sizeof(list[0])))
		return -EFAULT;
	for (got = 0; got < nr; got++) {
		new[got] = MFN(list[got]);
		if (!frame_get(new[got], md))
			break;
		if (frame_get_type(new[got], md, FT_SEGDESC)) {
			frame_put(new[got]);
			break;
		}
	}
	if (got < nr) {
		put_frames(md, new, got);
		return -EINVAL;
	}
	memcpy(old, v->arch.gdt, nr_old * sizeof(old[0]));
	memcpy(v->arch.gdt, new, nr * sizeof(new[0]));
	v->arch.nr_gdt_entries = (unsigned int)entries;
	vcpu_load_descriptor_tables(v);
	put_frames(md, old, nr_old);
	return 0;
}
