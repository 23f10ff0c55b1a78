/* SPDX-License-Identifier: MIT */
/*
 * What a guest's segment registers hold. In 64-bit code only fs and gs have a
 * base; a guest's 32-bit programs use them all. ABI 2.1, 4.6.
 *
 * The registers are the guest's own while it runs, and the monitor leaves them
 * alone: they change hands with the vcpu.
 */
#include "domain/domain.h"
#include "gates.h"
#include "layout.h"
#include "lib/errno.h"
#include "regs.h"
#include "x86/cpu.h"
#include "x86/guest.h"

#include <xen/xen.h>

#define READ_SELECTOR(seg)                                     \
	({                                                     \
		unsigned int sel_;                             \
		__asm__ volatile("mov %%" #seg ", %0" : "=r"(sel_)); \
		(u16)sel_;                                     \
	})

/* WRMSR of another address is #GP. SDM vol. 1, 3.3.7.1. */
static bool is_canonical(u64 va)
{
	return (u64)((s64)(va << 16) >> 16) == va;
}

void arch_code_mode(const struct regs *r, bool *long_mode, bool *op32)
{
	u16 cs = (u16)r->cs;
	desc_t d;

	*op32 = true;
	*long_mode = cs != SEL_RING3_CS32;
	if (cs == SEL_RING3_CS64 || cs == SEL_RING3_CS32 || !descriptor_read(cs, &d))
		return;
	*long_mode = d & DESC_L;
	*op32 = d & (DESC_DB | DESC_L);
}

/* Of a segment register's selector, in 32-bit code. */
static bool compat_base(u16 sel, unsigned long *base)
{
	desc_t d;

	if (!descriptor_read(sel, &d) || (d & (DESC_P | DESC_S)) != (DESC_P | DESC_S))
		return false;
	*base = desc_base(d);
	return true;
}

bool arch_segment_base(const struct regs *r, unsigned int segment, unsigned long *base)
{
	bool long_mode, op32;

	if (segment == SEG_FS || segment == SEG_GS) {
		*base = rdmsr(segment == SEG_FS ? MSR_FS_BASE : MSR_GS_BASE);
		return true;
	}
	*base = 0;
	arch_code_mode(r, &long_mode, &op32);
	if (long_mode)
		return true;
	switch (segment) {
	case SEG_ES:
		return compat_base(READ_SELECTOR(es), base);
	case SEG_CS:
		return compat_base((u16)r->cs, base);
	case SEG_SS:
		return compat_base((u16)r->ss, base);
	default:
		return compat_base(READ_SELECTOR(ds), base);
	}
}

/* Handlers always start on the flat selector: what is named for them is only reported. */
bool arch_code_selector_ok(u16 sel)
{
	(void)sel;
	return true;
}

u16 arch_fix_rpl(u16 sel)
{
	return sel | SEL_RPL;
}

/* The selector is for user mode, and so is the base that comes with it. */
static void load_user_gs(u16 sel)
{
	unsigned int refused;

	__asm__ volatile("swapgs" ::: "memory");
	refused = load_gs(sel); /* a null one instead is what the ABI wants */
	(void)refused;
	__asm__ volatile("swapgs" ::: "memory");
}

long arch_set_segment_base(struct vcpu *v, unsigned int which, u64 base)
{
	(void)v; /* it runs, in its kernel: the registers are live */
	if (which != SEGBASE_GS_USER_SEL && !is_canonical(base))
		return -EINVAL;
	switch (which) {
	case SEGBASE_FS:
		wrmsr(MSR_FS_BASE, base);
		return 0;
	case SEGBASE_GS_KERNEL:
		wrmsr(MSR_GS_BASE, base);
		return 0;
	case SEGBASE_GS_USER:
		wrmsr(MSR_KERNEL_GS_BASE, base);
		return 0;
	case SEGBASE_GS_USER_SEL:
		load_user_gs((u16)base);
		return 0;
	default:
		return -EINVAL;
	}
}

static bool is_base_msr(u32 msr)
{
	return msr == MSR_FS_BASE || msr == MSR_GS_BASE || msr == MSR_KERNEL_GS_BASE;
}

bool arch_msr_read(struct vcpu *v, u32 msr, u64 *val)
{
	(void)v;
	if (!is_base_msr(msr))
		return false;
	*val = rdmsr(msr);
	return true;
}

bool arch_msr_write(struct vcpu *v, u32 msr, u64 val)
{
	(void)v;
	if (!is_base_msr(msr) || !is_canonical(val))
		return false;
	wrmsr(msr, val);
	return true;
}

void segments_save(struct vcpu *v)
{
	u64 live = rdmsr(MSR_GS_BASE), other = rdmsr(MSR_KERNEL_GS_BASE);

	v->arch.ds = READ_SELECTOR(ds);
	v->arch.es = READ_SELECTOR(es);
	v->arch.fs = READ_SELECTOR(fs);
	v->arch.gs = READ_SELECTOR(gs);
	v->arch.fs_base = rdmsr(MSR_FS_BASE);
	v->arch.gs_base_kernel = v->arch.in_kernel ? live : other;
	v->arch.gs_base_user = v->arch.in_kernel ? other : live;
}

void arch_take_selectors(struct vcpu *v, unsigned long sel[NR_DATA_SELECTORS])
{
	/* Those that were refused on the way in; else what the registers hold. */
	sel[0] = v->arch.ds;
	sel[1] = v->arch.es;
	sel[2] = v->arch.fs;
	sel[3] = v->arch.gs;
	if (!v->arch.selectors_refused) {
		sel[0] = READ_SELECTOR(ds);
		sel[1] = READ_SELECTOR(es);
		sel[2] = READ_SELECTOR(fs);
		sel[3] = READ_SELECTOR(gs);
	}
	v->arch.selectors_refused = false;
}

bool arch_load_selectors(struct vcpu *v)
{
	unsigned int refused;

	if (likely(!v->arch.selectors_owed))
		return true;
	v->arch.selectors_owed = false;
	refused = load_ds(v->arch.ds) | load_es(v->arch.es) | load_fs(v->arch.fs) |
		  load_gs(v->arch.gs);
	/* After the selectors, which bring their descriptors' bases. */
	wrmsr(MSR_FS_BASE, v->arch.fs_base);
	wrmsr(MSR_GS_BASE, v->arch.in_kernel ? v->arch.gs_base_kernel : v->arch.gs_base_user);
	wrmsr(MSR_KERNEL_GS_BASE,
	      v->arch.in_kernel ? v->arch.gs_base_user : v->arch.gs_base_kernel);
	v->arch.selectors_refused = refused;
	return !refused;
}
