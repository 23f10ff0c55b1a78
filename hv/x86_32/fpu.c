/* SPDX-License-Identifier: MIT */
/*
 * The FPU follows the vcpus lazily: CR0.TS is set when another one runs, and
 * the first use brings #NM, which saves the owner's state and loads the new
 * user's. A vcpu starts from a clean template, never from a neighbour's state.
 * P6 parts without FXSAVE use FNSAVE/FRSTOR. SDM vol. 1, 10.5; vol. 3A, 13.
 */
#include "domain/domain.h"
#include "gates.h"
#include "lib/string.h"
#include "regs.h"
#include "x86/cpu.h"

static u8 clean_state[512] __aligned(16);
static bool has_fxsr;

static void save(u8 *area)
{
	if (has_fxsr)
		__asm__ volatile("fxsave (%0)" : : "r"(area) : "memory");
	else
		__asm__ volatile("fnsave (%0); fwait" : : "r"(area) : "memory");
}

static void load(const u8 *area)
{
	if (has_fxsr)
		__asm__ volatile("fxrstor (%0)" : : "r"(area) : "memory");
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
	if (has_fxsr)
		memset(clean_state + 32, 0, sizeof(clean_state) - 32);
	set_ts();
}

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
		set_ts();
	}
}

bool arch_fpu_trap(struct vcpu *v)
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

void arch_set_virtual_ts(struct vcpu *v, bool set)
{
	v->arch.virtual_ts = set;
	fpu_switch_in(v);
}
