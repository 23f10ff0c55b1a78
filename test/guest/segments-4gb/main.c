// SPDX-License-Identifier: MIT
/*
 * Claim: with the assist 4gb_segments, negative and positive offsets of a 4 GiB
 * segment both work; what no half of it covers is the guest's fault as before,
 * and no descriptor ever reaches the monitor.
 * See: ABI 4.8
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"
#include "segments.h"

#define MONITOR_START 0xf6800000ul

/* An access by gs; the code stands elsewhere, and takes its offset in edx. */
struct access {
	unsigned int sel;
	uint32_t offset, value;
	void (*code)(void);
};

/*
 * Each ends with eax as result. In: edx offset, ecx value. gs is the segment
 * under test, and so is es where they say so.
 */
void gs_load(void), gs_store(void), gs_add(void), gs_xchg(void), gs_cmpxchg8b(void);
void gs_push(void), gs_pop(void), gs_call(void), gs_lods(void), gs_stos(void), gs_bts(void);
void gs_fild(void), gs_moffs(void), gs_prefixes(void), gs_too_long(void), gs_load16(void);
void gs_movs_both(void), gs_cmps_both(void), gs_rep_copy(void), gs_byte(void), gs_lea(void);
void gs_page_end(void), gs_movs_rpl(void);
extern uint8_t page_end_code[];
asm("gs_load: movl %gs:(%edx), %eax; ret\n"
    "gs_byte: movzbl %gs:(%edx), %eax; ret\n"
    "gs_store: movl %ecx, %gs:(%edx); movl %ecx, %eax; ret\n"
    "gs_add: addl %ecx, %gs:8(%edx); xorl %eax, %eax; ret\n"
    "gs_xchg: movl %ecx, %eax; xchgl %eax, %gs:(%edx); ret\n"
    "gs_cmpxchg8b: pushl %ebx; movl %edx, %esi; xorl %eax, %eax; xorl %edx, %edx\n"
    " xorl %ebx, %ebx; lock; cmpxchg8b %gs:-4(%esi); popl %ebx; ret\n"
    "gs_push: pushl %gs:(%edx); popl %eax; ret\n"
    "gs_pop: pushl %ecx; popl %gs:(%edx); movl %ecx, %eax; ret\n"
    "gs_call: call *%gs:(%edx); ret\n"
    "gs_lods: movl %edx, %esi; lodsl %gs:(%esi), %eax; ret\n"
    "gs_stos: movl %edx, %edi; movl %ecx, %eax; movl %gs, %ebx; movl %ebx, %es\n"
    " stosl; movl %ds, %ebx; movl %ebx, %es; ret\n"
    "gs_bts: movl $-33, %ecx; btsl %ecx, %gs:8(%edx); xorl %eax, %eax; ret\n"
    "gs_fild: fildl %gs:(%edx); pushl %eax; fistpl (%esp); popl %eax; ret\n"
    "gs_moffs: movl %gs:0xfffffffc, %eax; ret\n"
    /* 15 bytes, and 16 */
    "gs_prefixes: .byte 0x65,0x65,0x65,0x65,0x65,0x65,0x65,0x65,0x65,0x65,0xa1\n"
    " .long -4; ret\n"
    "gs_too_long: .byte 0x65,0x65,0x65,0x65,0x65,0x65,0x65,0x65,0x65,0x65,0x65,0xa1\n"
    " .long -4; ret\n"
    "gs_load16: movl %edx, %ebx; .byte 0x65,0x67,0x8b,0x07; ret\n"
    /* one step reads one half, writes the other */
    "gs_movs_both: movl %edx, %esi; leal 8(%edx), %edi; movl %gs, %ebx; movl %ebx, %es\n"
    " movsl %gs:(%esi), %es:(%edi); movl %ds, %ebx; movl %ebx, %es; ret\n"
    "gs_movs_rpl: movl %edx, %esi; leal 8(%edx), %edi; movl %gs, %ebx; orl $3, %ebx\n"
    " movl %ebx, %es; movsl %gs:(%esi), %es:(%edi); movl %ds, %ebx; movl %ebx, %es; ret\n"
    "gs_cmps_both: movl %edx, %esi; leal 8(%edx), %edi; movl %gs, %ebx; movl %ebx, %es\n"
    " cmpsl %es:(%edi), %gs:(%esi); movl %ds, %ebx; movl %ebx, %es; ret\n"
    /* ecx bytes from gs:edx upwards to flat edi, over offset 0 */
    "gs_rep_copy: movl %edx, %esi; movl $copied, %edi; rep movsb %gs:(%esi), %es:(%edi)\n"
    " movl %esi, %eax; ret\n"
    "gs_lea: .byte 0x65; leal (%edx), %eax; ret\n"
    /* its last byte is the last of a page */
    ".balign 4096; .skip 4096 - 6\n"
    "gs_page_end: .byte 0x65,0xa1; .long -4\n"
    "page_end_code: ret; .balign 4096\n");

uint8_t copied[16];

static void run_access(void *arg)
{
	struct access *a = arg;
	uint32_t offset = a->offset, value = a->value, code = (uint32_t)a->code, result;

	asm volatile("pushl %%ebx; pushl %%ebp\n\t"
		     "movl %[sel], %%gs; call *%[code]; xorl %%ecx, %%ecx; movl %%ecx, %%gs\n\t"
		     "popl %%ebp; popl %%ebx"
		     : "=a"(result), "+d"(offset), "+c"(value), [code] "+S"(code)
		     : [sel] "0"(a->sel)
		     : "edi", "memory", "cc");
	a->value = result;
}

/* False if it trapped; then *r says how. */
static bool try(struct access *a, struct trap_result *r)
{
	return !trap_catch(run_access, a, r);
}

static void works(const char *what, struct access a, uint32_t want)
{
	struct trap_result r;

	if (!try(&a, &r))
		test_failure("%s at %x: trap %u, error %x, cr2 %lx, descriptor %llx", what,
			     a.offset, r.vector, r.error_code, r.cr2, segment_read(a.sel >> 3));
	else if (a.value != want)
		test_failure("%s at %x: %x, not %x", what, a.offset, a.value, want);
}

static void faults(const char *what, struct access a)
{
	struct trap_result r;

	if (try(&a, &r))
		test_failure("%s at %x by selector %x worked", what, a.offset, a.sel);
	else if (r.vector != VECTOR_GP || r.error_code)
		test_failure("%s at %x by selector %x: trap %u, error %x", what, a.offset, a.sel,
			     r.vector, r.error_code);
}

static uint32_t *word(int offset)
{
	return (uint32_t *)(area + AREA_BASE + offset);
}

static void assist(bool on, unsigned int type)
{
	TEST_EQUAL("vm_assist",
		   hypercall_vm_assist(on ? VMASST_CMD_enable : VMASST_CMD_disable, type), 0);
}

/* Read both sides in turn, and see which half stands in the table. */
static void check_alternating(void)
{
	for (unsigned int i = 0; i < 20; i++) {
		*word(-4) = 0x1000 + i;
		*word(4) = 0x2000 + i;
		works("load", (struct access){SEL(SEG_KERNEL), -4, 0, gs_load}, 0x1000 + i);
		TEST_CHECK(segment_is_down(SEG_KERNEL), "negative: %llx", segment_read(SEG_KERNEL));
		works("load", (struct access){SEL(SEG_KERNEL), 4, 0, gs_load}, 0x2000 + i);
		TEST_CHECK(!segment_is_down(SEG_KERNEL), "positive: %llx",
			   segment_read(SEG_KERNEL));
	}
	works("far negative", (struct access){SEL(SEG_KERNEL), -AREA_BASE, 0, gs_load}, 0);
	*word(0) = 77;
	works("zero", (struct access){SEL(SEG_KERNEL), 0, 0, gs_load}, 77);
}

static uint32_t forty_two(void)
{
	return 42;
}

static void check_instructions(void)
{
	unsigned int sel = SEL(SEG_KERNEL);

	works("store", (struct access){sel, -8, 5, gs_store}, 5);
	works("add", (struct access){sel, -16, 6, gs_add}, 0);
	TEST_EQUAL("the sum", *word(-8), 11);
	works("xchg", (struct access){sel, -8, 12, gs_xchg}, 11);
	*word(-8) = *word(-4) = 0;
	works("cmpxchg8b", (struct access){sel, -4, 13, gs_cmpxchg8b}, 0);
	TEST_EQUAL("exchanged", *word(-4), 13);
	works("push", (struct access){sel, -4, 0, gs_push}, 13);
	works("pop", (struct access){sel, -8, 14, gs_pop}, 14);
	*word(-12) = (uint32_t)forty_two;
	works("call", (struct access){sel, -12, 0, gs_call}, 42);
	works("lods", (struct access){sel, -8, 0, gs_lods}, 14);
	works("stos", (struct access){sel, -8, 15, gs_stos}, 15);
	*word(0) = 0;
	works("bts", (struct access){sel, 0, 0, gs_bts}, 0);
	TEST_EQUAL("the bit's word", *word(0), 1u << 31);
	works("fild", (struct access){sel, -8, 0, gs_fild}, 15);
	works("a direct offset", (struct access){sel, 0, 0, gs_moffs}, *word(-4));
	works("15 bytes", (struct access){sel, 0, 0, gs_prefixes}, *word(-4));
	works("16-bit address", (struct access){sel, 4, 0, gs_load16}, *word(4));
	works("lea", (struct access){sel, -4, 0, gs_lea}, -4);
	for (int i = -8; i < 8; i++)
		area[AREA_BASE + i] = 0x50 + i;
	works("rep movsb", (struct access){sel, -8, 16, gs_rep_copy}, 8);
	TEST_CHECK(!memcmp(copied, area + AREA_BASE - 8, 16), "rep movsb copied else");
}

static void check_ldt(void)
{
	*word(-4) = 0x111;
	*word(8) = 0x222;
	for (unsigned int i = 0; i < 3; i++) {
		works("LDT", (struct access){SEL_LDT(SEG_KERNEL), -4, 0, gs_load}, 0x111);
		works("LDT", (struct access){SEL_LDT(SEG_KERNEL), 8, 0, gs_load}, 0x222);
	}
}

static void check_refused(void)
{
	static const unsigned int others[] = {SEG_SHORT, SEG_BYTES, SEG_16BIT, SEG_CODE};
	unsigned int sel = SEL(SEG_KERNEL);

	for (int offset = -3; offset < 0; offset++) {
		works("before", (struct access){sel, 8, 0, gs_load}, *word(8));
		faults("straddling, up", (struct access){sel, offset, 0, gs_load});
		works("before", (struct access){sel, -8, 0, gs_load}, *word(-8));
		faults("straddling, down", (struct access){sel, offset, 0, gs_load});
		TEST_CHECK(segment_is_down(SEG_KERNEL), "a fault turned %llx",
			   segment_read(SEG_KERNEL));
	}
	faults("both by movs", (struct access){sel, -4, 0, gs_movs_both});
	faults("both by two selectors", (struct access){SEL(SEG_USER), -4, 0, gs_movs_rpl});
	faults("both by cmps", (struct access){sel, -4, 0, gs_cmps_both});
	faults("16 bytes", (struct access){sel, 0, 0, gs_too_long});
	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++) {
		uint64_t before = segment_read(others[i]);

		faults("another kind", (struct access){SEL(others[i]), -4, 0, gs_load});
		TEST_CHECK(segment_read(others[i]) == before, "segment %u changed", others[i]);
	}
}

/* Offsets that lead to the monitor, or nearly, from either half. */
static void check_monitor_is_safe(void)
{
	uint32_t base = (uint32_t)area + AREA_BASE;

	for (uint64_t va = MONITOR_START; va < 1ull << 32; va += 0x40000) {
		faults("the monitor", (struct access){SEL(SEG_KERNEL), va - base, 0, gs_load});
		faults("the monitor", (struct access){SEL(SEG_KERNEL), va + 3 - base, 0, gs_byte});
	}
	works("down", (struct access){SEL(SEG_KERNEL), -4, 0, gs_load}, *word(-4));
	for (uint64_t va = MONITOR_START; va < 1ull << 32; va += 0x40000)
		faults("the monitor", (struct access){SEL(SEG_KERNEL), va - base, 0, gs_load});
	faults("its first byte",
	       (struct access){SEL(SEG_KERNEL), MONITOR_START - base, 0, gs_byte});
	faults("a word before",
	       (struct access){SEL(SEG_KERNEL), MONITOR_START - 3 - base, 0, gs_load});
	faults("the last byte", (struct access){SEL(SEG_KERNEL), -1 - base, 0, gs_byte});
	faults("the last word", (struct access){SEL(SEG_KERNEL), -4 - base, 0, gs_load});
}

/*
 * Code where the monitor reads none for a guest: in the machine-to-physical
 * table, whose entries are whatever their domain wants.
 */
static void check_unreadable_code(void)
{
	unsigned long mfn = mm_virt_to_mfn((unsigned long)area);
	struct access a = {SEL(SEG_KERNEL), -4, 0,
			   (void (*)(void))(MACH2PHYS_VIRT_START + 4 * mfn)};
	/* movl %gs:(%edx), %eax; ret */
	struct mmu_update update = {(uint64_t)mfn << 12 | MMU_MACHPHYS_UPDATE, 0xc3028b65};

	works("up", (struct access){SEL(SEG_KERNEL), 8, 0, gs_load}, *word(8));
	TEST_EQUAL("code as a frame number", hypercall_mmu_update(&update, 1, NULL, DOMID_SELF), 0);
	faults("unreadable code", a);
	a.offset = 8;
	works("that code", a, *word(8));
	update.val = mm_virt_to_pfn((unsigned long)area);
	TEST_EQUAL("the frame number", hypercall_mmu_update(&update, 1, NULL, DOMID_SELF), 0);
}

static uint32_t nr_notified, notified_at;

static bool on_notify(struct guest_trap_frame *frame)
{
	nr_notified++;
	notified_at = frame->ip;
	return true;
}

static void check_notify(void)
{
	trap_set_handler(15, on_notify);
	assist(true, VMASST_TYPE_4gb_segments_notify);
	works("positive", (struct access){SEL(SEG_KERNEL), 8, 0, gs_load}, *word(8));
	nr_notified = 0;
	works("notified", (struct access){SEL(SEG_KERNEL), -4, 0, gs_load}, *word(-4));
	TEST_EQUAL("notifications", nr_notified, 1);
	TEST_EQUAL("notified at", notified_at, (uint32_t)gs_load);
	assist(false, VMASST_TYPE_4gb_segments_notify);
	works("positive", (struct access){SEL(SEG_KERNEL), 8, 0, gs_load}, *word(8));
	TEST_EQUAL("notifications", nr_notified, 1);
}

void test_main(void)
{
	if (!segments_init())
		return;
	faults("without the assist", (struct access){SEL(SEG_KERNEL), -4, 0, gs_load});
	assist(true, VMASST_TYPE_4gb_segments);
	check_alternating();
	check_instructions();
	check_ldt();
	/* The code behind the instruction can't be read. */
	mm_unmap((unsigned long)page_end_code);
	{
		struct access a = {SEL(SEG_KERNEL), 0, 0, gs_page_end};
		struct trap_result r;

		TEST_CHECK(!try(&a, &r) && r.vector == VECTOR_PF &&
				   r.ip == (uint32_t)page_end_code,
			   "at a page's end: trap %u at %lx", r.vector, r.ip);
	}
	check_refused();
	check_monitor_is_safe();
	check_unreadable_code();
	check_notify();
	check_stack();
	works("up", (struct access){SEL(SEG_KERNEL), 8, 0, gs_load}, *word(8));
	assist(false, VMASST_TYPE_4gb_segments);
	faults("without the assist", (struct access){SEL(SEG_KERNEL), -4, 0, gs_load});
	TEST_EQUAL("writing it again", segment_write(SEG_KERNEL, segment_as_made(SEG_KERNEL)), 0);
	works("as made", (struct access){SEL(SEG_KERNEL), 8, 0, gs_load}, *word(8));
}
