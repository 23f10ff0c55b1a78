// SPDX-License-Identifier: MIT
/*
 * fault KIND: do something forbidden. The kernel kills this process, and goes on.
 */
#include "user/user.h"
#include "kern_width.h"
#include "pvops-guest/lib/string.h"

static void fault_null(void)
{
	__asm__ volatile("movl $1, 0");
}

static void fault_ud(void)
{
	__asm__ volatile("ud2");
}

/* A privileged instruction. */
static void fault_priv(void)
{
	__asm__ volatile("cli");
}

/* A software interrupt whose gate is not for ring 3. */
static void fault_gp(void)
{
	__asm__ volatile("int $0x20");
}

static void fault_div(void)
{
	__asm__ volatile("divl %%ecx" : : "a"(1), "d"(0), "c"(0));
}

/* The kernel's memory. */
static void fault_kmem(void)
{
	(void)*(volatile uint32_t *)(KERNEL_BASE + 0x100000);
}

/* Floating point, which this kernel does not switch. */
static void fault_fpu(void)
{
	__asm__ volatile("fldz");
}

static const struct {
	const char *name;
	void (*run)(void);
} kinds[] = {
	{"null", fault_null}, {"ud", fault_ud},     {"priv", fault_priv}, {"gp", fault_gp},
	{"div", fault_div},   {"kmem", fault_kmem}, {"fpu", fault_fpu},
};

int main(const char *args)
{
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(args, kinds[i].name) != 0)
			continue;
		kinds[i].run();
		printf("fault: still alive\n");
		return 1;
	}
	printf("fault: no kind '%s'; there are null ud priv gp div kmem fpu, and kernel\n", args);
	return 2;
}
