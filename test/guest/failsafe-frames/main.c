// SPDX-License-Identifier: MIT
/*
 * Claim: a frame that the CPU won't return to (code or stack selector that
 * can't be loaded) brings the failsafe callback, whose frame says what was
 * asked for, with every register whole; the monitor goes on.
 * See: ABI 4.2; SDM 3A 6.15
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define NR_GDT 512
#define NR_LDT 1024 /* two pages: the second isn't there */

#define CODE_SMALL  (1 * 8) /* ring-1 code of 16 bytes */
#define DATA_ABSENT (2 * 8)
#define CODE_USER   (3 * 8)
#define DATA_RING2  (4 * 8)
#define DATA_CONST  (5 * 8)
#define CODE_ABSENT (6 * 8)
#define CODE_RING2  (7 * 8)

static const uint64_t descriptors[] = {
	0,
	0x0040bb000000000full, /* 32-bit ring-1 code, limit 15 */
	0x00cf33000000ffffull, /* ring-1 data, not present */
	0x00cffb000000ffffull, /* ring-3 code */
	0x00cfd3000000ffffull, /* ring-2 data */
	0x00cfb1000000ffffull, /* ring-1 data, read-only */
	0x00cf3b000000ffffull, /* ring-1 code, not present */
	0x00cfdb000000ffffull, /* ring-2 code */
};

/* What the callback finds on its stack, and the registers. */
struct seen {
	uint32_t edi, esi, ebp, esp_ignored, ebx, edx, ecx, eax;
	uint32_t ds, es, fs, gs, eip, cs, eflags, esp, ss;
};

struct frame {
	uint32_t eax, eip, cs, eflags, esp, ss;
};

struct seen seen;
uint32_t back_esp; /* where iret_try() began */
static uint8_t kernel_stack[PAGE_SIZE] __attribute__((aligned(16)));

/* iret_try(frame): HYPERVISOR_iret on it; returns by the failsafe callback. */
void iret_try(const struct frame *frame);
extern char iret_callback[];

asm("iret_try:\n\t"
    "pushal\n\t"
    "movl 36(%esp), %esi\n\t"
    "movl %esp, back_esp\n\t"
    "subl $24, %esp\n\t"
    "movl %esp, %edi\n\t"
    "movl $6, %ecx\n\t"
    "rep movsl\n\t"
    "movl $0x1111, %ebx; movl $0x2222, %ecx; movl $0x3333, %edx\n\t"
    "movl $0x4444, %esi; movl $0x5555, %edi; movl $0x6666, %ebp\n\t"
    "movl $23, %eax\n\t"
    "int $0x82\n\t"
    "ud2\n"
    "iret_callback:\n\t"
    "pushal\n\t"
    "movl %esp, %esi\n\t"
    "movl $0xe021, %eax\n\t"
    "movl %eax, %ds; movl %eax, %es\n\t"
    "movl $seen, %edi\n\t"
    "movl $17, %ecx\n\t"
    "rep movsl\n\t"
    "movl back_esp, %esp\n\t"
    "popal\n\t"
    "ret");

static void try(const char *what, uint32_t cs, uint32_t eip, uint32_t ss)
{
	/* Inward or level, the frame ends at eflags; what follows is the stack. */
	bool outward = (cs & 3) > 1;
	struct frame f = {0xaaaa, eip, cs, 0x4246 /* NT, IF */, 0x12345678, ss};

	memset(&seen, 0, sizeof(seen));
	iret_try(&f);
	TEST_CHECK(seen.cs == cs, "%s: cs %x, not %x", what, seen.cs, cs);
	TEST_CHECK(seen.eip == eip, "%s: eip %x, not %x", what, seen.eip, eip);
	TEST_CHECK((seen.eflags & 0x4200) == 0x4200, "%s: eflags %x", what, seen.eflags);
	TEST_CHECK(seen.eax == 0xaaaa && seen.ebx == 0x1111 && seen.ecx == 0x2222,
		   "%s: eax %x ebx %x ecx %x", what, seen.eax, seen.ebx, seen.ecx);
	TEST_CHECK(seen.edx == 0x3333 && seen.esi == 0x4444 && seen.edi == 0x5555 &&
			   seen.ebp == 0x6666,
		   "%s: edx %x esi %x edi %x ebp %x", what, seen.edx, seen.esi, seen.edi,
		   seen.ebp);
	TEST_CHECK(seen.ds == FLAT_KERNEL_DS && seen.es == FLAT_KERNEL_DS, "%s: ds %x es %x", what,
		   seen.ds, seen.es);
	if (outward)
		TEST_CHECK(seen.esp == 0x12345678 && seen.ss == ss, "%s: %x:%x", what, seen.ss,
			   seen.esp);
}

static void set_tables(void)
{
	uint64_t *gdt = mm_page_alloc(), *ldt = mm_page_alloc();
	xen_pfn_t frame = mm_virt_to_mfn((unsigned long)gdt);
	struct mmuext_op op = {.cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (unsigned long)ldt};

	memcpy(gdt, descriptors, sizeof(descriptors));
	memcpy(ldt, descriptors, sizeof(descriptors));
	TEST_EQUAL("read-only GDT", mm_set_readonly((unsigned long)gdt), 0);
	TEST_EQUAL("read-only LDT", mm_set_readonly((unsigned long)ldt), 0);
	TEST_EQUAL("set_gdt", hypercall_set_gdt(&frame, NR_GDT), 0);
	op.arg2.nr_ents = NR_LDT;
	TEST_EQUAL("set_ldt", hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
}

void test_main(void)
{
	const uint32_t code = (unsigned long)iret_callback;

	set_tables();
	hypercall_stack_switch(FLAT_KERNEL_SS, (unsigned long)kernel_stack + sizeof(kernel_stack));
	hypercall_set_callbacks(FLAT_KERNEL_CS, 0, FLAT_KERNEL_CS, code);
	for (unsigned int ti = 0; ti <= 4; ti += 4) {
		try("absent code", CODE_ABSENT | ti | 1, code, 0);
		try("data as code", DATA_RING2 | ti | 1, code, 0);
		try("ring-3 code with RPL 1", CODE_USER | ti | 1, code, 0);
		try("ring-2 code with RPL 3", CODE_RING2 | ti | 3, code, FLAT_USER_SS);
		try("absent stack", CODE_USER | ti | 3, code, DATA_ABSENT | ti | 3);
		try("ring-2 stack for ring 3", CODE_USER | ti | 3, code, DATA_RING2 | ti | 3);
		try("ring-1 stack for ring 2", CODE_RING2 | ti | 2, code, FLAT_KERNEL_SS);
		try("read-only stack", CODE_RING2 | ti | 2, code, DATA_CONST | ti | 2);
	}
	try("null code", 1, code, 0);
	try("null stack", FLAT_USER_CS, code, 0);
	try("null stack, RPL 3", FLAT_USER_CS, code, 3);
	try("beyond the GDT", 500 * 8 + 1, code, 0);
	try("the monitor's code, RPL 1", 0xe009, code, 0);
	try("the monitor's code, RPL 3", 0xe00b, code, FLAT_USER_SS);
	try("the monitor's stack", FLAT_USER_CS, code, 0xe013);
	try("a TSS as code", 0xe041, code, 0);
	try("the LDT as code", 0xe049, code, 0);
	try("an LDT page that isn't there", 600 * 8 + 4 + 1, code, 0);
	try("a stack there", FLAT_USER_CS, code, 600 * 8 + 4 + 3);
	try("beyond the LDT", 2000 * 8 + 4 + 1, code, 0);
}
