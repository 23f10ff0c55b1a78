/* SPDX-License-Identifier: MIT */
/*
 * The FPU follows the vcpus lazily: CR0.TS is set when another one runs, and
 * the first use brings #NM, which saves the owner's state and loads the new
 * user's. A vcpu starts from a clean template, never from a neighbour's state.
 * P6 parts without FXSAVE use FNSAVE/FRSTOR. SDM vol. 1, 10.5; vol. 3A, 13.
 * Called by the width folders and trap/.
 */
#include "domain/domain.h"
#include "lib/string.h"
#include "x86/cpu.h"

/* The memory images: bytes before the registers, and where the status word is. */
#define FXSAVE_HEAD 32
#define FNSAVE_HEAD 28
#define IMAGE_FSW 2 /* FXSAVE's */
#define FSW_SUMMARY 0x80 /* an unmasked exception is pending */

static u8 clean_state[512] __aligned(16);
static bool has_fxsr;

/*
 * Put the registers into area and leave no exception pending in them: it would
 * be raised by the next waiting instruction, which is ours.
 */
static void save(u8 *area)
{
	if (!has_fxsr) {
		__asm__ volatile("fnsave (%0); fwait" : : "r"(area) : "memory");
		return;
	}
	__asm__ volatile(FXSAVE " (%0)" : : "r"(area) : "memory");
	/* FNSAVE initialises the FPU, FXSAVE leaves it as it is. */
	if (area[IMAGE_FSW] & FSW_SUMMARY)
		__asm__ volatile("fnclex");
}

/*
 * Load area; no exception is pending. K7 and K8 leave the last instruction's and
 * operand's addresses out of FXSAVE and FXRSTOR unless one is: put ours there,
 * or a guest could read its neighbour's (AMD 24593, 11.4.4).
 */
static void load(const u8 *area)
{
	static const u32 zero;

	if (has_fxsr)
		__asm__ volatile("ffree %%st(7); fildl %1; " FXRSTOR " (%0)"
				 :
				 : "r"(area), "m"(zero)
				 : "memory");
	else
		__asm__ volatile("frstor (%0)" : : "r"(area) : "memory");
}

static void set_ts(void)
{
	write_cr0(read_cr0() | CR0_TS);
}

void fpu_init(void)
{
	static const u32 default_mxcsr = 0x1f80;
	u32 features = cpuid(1, 0).d;
	size_t head;

	has_fxsr = features & CPUID_FXSR;
	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE);
	if (has_fxsr)
		write_cr4(read_cr4() | CR4_OSFXSR |
			  (features & CPUID_SSE ? CR4_OSXMMEXCPT : 0));
	__asm__ volatile("fninit");
	if (features & CPUID_SSE)
		__asm__ volatile("ldmxcsr %0" : : "m"(default_mxcsr));
	save(clean_state);
	/* The registers themselves hold what the firmware left: blank them. */
	head = has_fxsr ? FXSAVE_HEAD : FNSAVE_HEAD;
	memset(clean_state + head, 0, sizeof(clean_state) - head);
	set_ts();
}

/*
 * [tour: context-switch 8] Floating-point registers stay where they are, with a
 * flag set that makes the first use trap. A vcpu that doesn't use them before
 * it is switched away pays nothing.
 */
void fpu_switch_in(struct vcpu *v)
{
	if (this_cpu()->fpu_owner == v && !v->arch.virtual_ts)
		clts();
	else
		set_ts();
}

void fpu_forget(const struct vcpu *v)
{
	if (this_cpu()->fpu_owner == v) {
		this_cpu()->fpu_owner = NULL;
		/* Nobody saves what it leaves, a pending exception perhaps. */
		clts();
		__asm__ volatile("fninit");
		set_ts();
	}
}

bool fpu_trap(struct vcpu *v)
{
	struct cpu *cpu = this_cpu();

	if (v->arch.virtual_ts) {
		/* Delivering #NM clears the guest's TS (ABI 4.8). */
		v->arch.virtual_ts = false;
		fpu_switch_in(v);
		return false;
	}
	clts();
	if (cpu->fpu_owner == v)
		return true;
	if (cpu->fpu_owner)
		save(cpu->fpu_owner->arch.fpu);
	if (!v->arch.fpu_initialised) {
		memcpy(v->arch.fpu, clean_state, sizeof(clean_state));
		v->arch.fpu_initialised = true;
	}
	load(v->arch.fpu);
	cpu->fpu_owner = v;
	return true;
}

void fpu_set_virtual_ts(struct vcpu *v, bool set)
{
	v->arch.virtual_ts = set;
	fpu_switch_in(v);
}
