// SPDX-License-Identifier: MIT
/*
 * A 64-bit guest's user for tests: by HYPERVISOR_iret there, by any trap back.
 *
 * The user has a root of its own, in which only the pages are that were allowed
 * to it: in ring 3, where both run, nothing else keeps the kernel's pages apart.
 */

#include "pvops-guest/lib/user.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include <xen/errno.h>

#define TABLE_ENTRY (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define USER_FLAGS  (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_NX)

static uint8_t kernel_stack[PAGE_SIZE] __attribute__((aligned(16)));
static uint64_t *user_root;

/* A zeroed page that may become a table. */
static uint64_t *new_table(void)
{
	uint64_t *table = mm_page_alloc();

	return table && !mm_set_readonly((unsigned long)table) ? table : NULL;
}

static uint64_t maddr_of(const uint64_t *entry)
{
	unsigned long va = (unsigned long)entry;

	return (uint64_t)mm_virt_to_mfn(va) << PAGE_SHIFT | (va & (PAGE_SIZE - 1));
}

/* The table that entry points to; made if there is none. NULL: no memory, or refused. */
static uint64_t *table_below(const uint64_t *entry)
{
	uint64_t *table;

	if (*entry & PTE_P) {
		unsigned long mfn = (*entry & PTE_FRAME_MASK) >> PAGE_SHIFT;

		return (uint64_t *)mm_pfn_to_virt(mm_mfn_to_pfn(mfn));
	}
	table = new_table();
	if (!table || mm_update_entry(maddr_of(entry), maddr_of(table) | TABLE_ENTRY))
		return NULL;
	return table;
}

int user_init(void)
{
	unsigned long mfn;
	int ret;

	if (user_root)
		return 0;
	user_root = new_table();
	if (!user_root)
		return -XEN_ENOMEM;
	mfn = mm_virt_to_mfn((unsigned long)user_root);
	ret = mm_ext_op(MMUEXT_PIN_L4_TABLE, mfn);
	return ret ? ret : mm_ext_op(MMUEXT_NEW_USER_BASEPTR, mfn);
}

uint64_t user_entry_maddr(unsigned long va, unsigned int level)
{
	uint64_t *table;

	if (user_init())
		return 0;
	table = user_root;
	for (unsigned int l = PT_LEVELS;; l--) {
		uint64_t *entry = &table[va >> (12 + 9 * (l - 1)) & 511];

		if (l == level)
			return maddr_of(entry);
		table = table_below(entry);
		if (!table)
			return 0;
	}
}

int user_map(unsigned long va, unsigned long mfn, uint64_t flags)
{
	uint64_t maddr = user_entry_maddr(va, 1);

	return maddr ? mm_update_entry(maddr, mm_make_entry(mfn, flags | PTE_BASE | PTE_US))
		     : -XEN_ENOMEM;
}

int user_allow(unsigned long va)
{
	return user_map(va, mm_virt_to_mfn(va), mm_entry_read(va, 1) & USER_FLAGS);
}

static void enter_user(void *arg)
{
	asm volatile("movq %0, %%rsp\n\t"
		     "movl %1, %%eax\n\t"
		     "syscall\n\t"
		     "ud2" /* refused */
		     :
		     : "r"(arg), "i"(__HYPERVISOR_iret)
		     : "memory");
	__builtin_unreachable();
}

void user_run_frame(const struct iret_context *frame, struct trap_result *result)
{
	uint8_t *top = kernel_stack + sizeof(kernel_stack);
	struct iret_context *own = (struct iret_context *)(void *)top - 1;

	*own = *frame;
	hypercall_stack_switch(FLAT_KERNEL_SS, (unsigned long)top);
	trap_catch(enter_user, own, result);
}

void user_run(void (*code)(void), unsigned long stack_top, struct trap_result *result)
{
	struct iret_context frame = {
		.rip = (unsigned long)code,
		.cs = FLAT_USER_CS,
		.rflags = 0x202,
		.rsp = stack_top,
		.ss = FLAT_USER_SS,
	};

	user_run_frame(&frame, result);
}
