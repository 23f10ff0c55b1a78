/* SPDX-License-Identifier: MIT */
/*
 * RDMSR and WRMSR of a guest's kernel. ABI 4.6: the few that stock kernels
 * read without a safety net have fixed answers; all others are #GP, which
 * kernels that probe expect.
 */
#include "trap/trap.h"
#include "x86/cpu.h"
#include "x86/ptlevel.h"

#include "abi.h" /* the width folder's */

#define MSR_TSC 0x10
#define MSR_APIC_BASE 0x1b
#define MSR_UCODE_REV 0x8b
#define MSR_PLATFORM_INFO 0xce
#define MSR_MISC_FEATURES_ENABLES 0x140
#define MSR_MCG_CAP 0x179
#define MSR_MCG_STATUS 0x17a
#define MSR_MISC_ENABLE 0x1a0
#define MSR_PAT 0x277
#define MSR_TSC_AUX 0xc0000103

/* Enabled, bootstrap CPU, where every APIC is. */
#define APIC_BASE_VALUE 0xfee00900ULL
/* Linux builds its table of cache modes from this: WB WT UC- UC WC WP UC UC. */
#define PAT_VALUE 0x0050100070406ULL

static u64 guest_efer(void)
{
	return ABI_EFER ? ABI_EFER | (cpu_has_nx ? EFER_NX : 0) : 0;
}

bool msr_read(u32 msr, u64 *val)
{
	switch (msr) {
	case MSR_TSC:
		*val = rdtsc();
		return true;
	case MSR_APIC_BASE:
		*val = APIC_BASE_VALUE;
		return true;
	case MSR_PAT:
		*val = PAT_VALUE;
		return true;
	case MSR_UCODE_REV:
	case MSR_PLATFORM_INFO:
	case MSR_MISC_FEATURES_ENABLES:
	case MSR_MISC_ENABLE:
	case MSR_MCG_CAP: /* machine checks are shown, as Xen does it, with no banks */
	case MSR_MCG_STATUS:
		*val = 0;
		return true;
	case MSR_EFER:
		*val = guest_efer();
		return true;
	default:
		return arch_msr_read(current_vcpu(), msr, val);
	}
}

bool msr_write(u32 msr, u64 val)
{
	switch (msr) {
	case MSR_UCODE_REV:
	case MSR_PAT:
	case MSR_MISC_ENABLE:
	case MSR_TSC_AUX:
	case MSR_SYSENTER_CS: /* callback_op decides where SYSENTER goes */
	case MSR_SYSENTER_ESP:
	case MSR_SYSENTER_EIP:
		return true; /* accepted, and without effect */
	case MSR_MISC_FEATURES_ENABLES:
		return val == 0;
	case MSR_EFER:
		return val == guest_efer();
	default:
		return arch_msr_write(current_vcpu(), msr, val);
	}
}
