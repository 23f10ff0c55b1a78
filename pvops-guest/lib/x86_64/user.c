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

struct user_start {
	void (*code)(void);
	unsigned long stack_top;
};

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

int user_allow(unsigned long va)
{
	uint64_t maddr = user_entry_maddr(va, 1);

	return maddr ? mm_update_entry(maddr,
				       (mm_entry_read(va, 1) & (PTE_FRAME_MASK | USER_FLAGS)) |
					       PTE_US)
		     : -XEN_ENOMEM;
}

static void enter_user(void *arg)
{
	const struct user_start *start = arg;

	asm volatile("pushq %[ss]\n\t"
		     "pushq %[sp]\n\t"
		     "pushq $0x202\n\t"
		     "pushq %[cs]\n\t"
		     "pushq %[ip]\n\t"
		     "pushq $0\n\t" /* VGCF flags */
		     "pushq $0\n\t" /* rcx */
		     "pushq $0\n\t" /* r11 */
		     "pushq $0\n\t" /* rax */
		     "movl %[nr], %%eax\n\t"
		     "syscall"
		     :
		     : [ss] "i"(FLAT_USER_SS), [cs] "i"(FLAT_USER_CS), [nr] "i"(__HYPERVISOR_iret),
		       [sp] "r"(start->stack_top), [ip] "r"(start->code)
		     : "rax", "memory");
	__builtin_unreachable();
}

void user_run(void (*code)(void), unsigned long stack_top, struct trap_result *result)
{
	struct user_start start = {.code = code, .stack_top = stack_top};

	hypercall_stack_switch(FLAT_KERNEL_SS, (unsigned long)kernel_stack + sizeof(kernel_stack));
	trap_catch(enter_user, &start, result);
}
