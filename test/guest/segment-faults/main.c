// SPDX-License-Identifier: MIT
/*
 * Claim: loading, jumping to and calling selectors that a guest kernel may not
 * use is #GP, #NP or #SS with the selector as error code, and nothing more:
 * absent segments, null selectors, wrong RPLs, the monitor's own descriptors.
 * See: ABI 4.8; SDM 3A 5.5, 5.8, 6.15
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define ABSENT_DATA 9u	/* slots of our own table */
#define ABSENT_CODE 10u
#define DATA_DPL3 11u
#define EMPTY 12u
#define SELECTOR(slot, rpl) ((slot) * 8 + (rpl))

/* The monitor's descriptors, where an ordinary Ringlet has them, and beyond. */
static const uint16_t not_ours[] = { 0xe008, 0xe009, 0xe00b, 0xe010, 0xe011, 0xe013, 0xe040,
				     0xe041, 0xe043, 0xe048, 0xe049, 0xe050, 0xe051, 0xe058,
				     0xe0f9, 0xeff9, 0xf001, 0xfff9 };

static void load_ds(void *arg)
{
	asm volatile("movl %%ds, %%ecx; movl %0, %%ds; movl %%ecx, %%ds"
		     :
		     : "r"(*(uint32_t *)arg)
		     : "ecx");
}

static void load_ss(void *arg)
{
	asm volatile("movl %%ss, %%ecx; movl %0, %%ss; movl %%ecx, %%ss"
		     :
		     : "r"(*(uint32_t *)arg)
		     : "ecx");
}

struct far_pointer {
	uint32_t offset;
	uint16_t selector;
} __attribute__((packed));

static void far_jump(void *arg)
{
	struct far_pointer to = { 0, (uint16_t)*(uint32_t *)arg };

	asm volatile("ljmp *%0" : : "m"(to));
}

static void far_call(void *arg)
{
	struct far_pointer to = { 0, (uint16_t)*(uint32_t *)arg };

	asm volatile("lcall *%0" : : "m"(to));
}

static void through_null_fs(void *arg)
{
	(void)arg;
	asm volatile("movl %0, %%fs; movl %%fs:0, %%eax" : : "r"(0) : "eax");
}

static void expect(const char *what, void (*fn)(void *), uint32_t selector, unsigned int vector)
{
	struct trap_result r = { 0 };
	uint32_t error = selector & ~3u;

	trap_catch(fn, &selector, &r);
	TEST_CHECK(r.trapped && r.vector == vector && r.error_code == error,
		   "%s %x: vector %u error %x, not %u and %x", what, selector, r.vector,
		   r.error_code, vector, error);
}

static void check_monitors(void)
{
	for (unsigned int i = 0; i < sizeof(not_ours) / sizeof(not_ours[0]); i++) {
		expect("ds", load_ds, not_ours[i], VECTOR_GP);
		expect("ss", load_ss, not_ours[i], VECTOR_GP);
		expect("jump", far_jump, not_ours[i], VECTOR_GP);
		expect("call", far_call, not_ours[i], VECTOR_GP);
	}
}

void test_main(void)
{
	uint64_t *gdt = mm_page_alloc();
	xen_pfn_t frame = mm_virt_to_mfn((unsigned long)gdt);
	struct trap_result r;

	gdt[ABSENT_DATA] = 0x00cf12000000ffffull | (uint64_t)KERNEL_RING << 45;
	gdt[ABSENT_CODE] = 0x00cf1a000000ffffull | (uint64_t)KERNEL_RING << 45;
	gdt[DATA_DPL3] = 0x0040f20000000fffull;
	TEST_EQUAL("read-only", mm_set_readonly((unsigned long)gdt), 0);
	TEST_EQUAL("set_gdt", hypercall_set_gdt(&frame, 32), 0);

	expect("ds", load_ds, SELECTOR(ABSENT_DATA, KERNEL_RING), VECTOR_NP);
	expect("ss", load_ss, SELECTOR(ABSENT_DATA, KERNEL_RING), VECTOR_SS);
	expect("jump", far_jump, SELECTOR(ABSENT_CODE, KERNEL_RING), VECTOR_NP);
	expect("call", far_call, SELECTOR(ABSENT_CODE, KERNEL_RING), VECTOR_NP);
	if (KERNEL_RING == 1) {
		expect("ss of another DPL", load_ss, SELECTOR(DATA_DPL3, 1), VECTOR_GP);
		expect("ss of another RPL", load_ss, SELECTOR(DATA_DPL3, 3), VECTOR_GP);
	}
	expect("ss of a lower RPL", load_ss, SELECTOR(DATA_DPL3, KERNEL_RING - 1), VECTOR_GP);
	expect("a jump to data", far_jump, SELECTOR(DATA_DPL3, 1), VECTOR_GP);
	expect("an empty slot", load_ds, SELECTOR(EMPTY, 1), VECTOR_GP);
	expect("beyond the table", load_ds, SELECTOR(600, 1), VECTOR_GP);
	expect("an LDT that isn't there", load_ds, 0xc, VECTOR_GP);
	expect("null ss", load_ss, 0, VECTOR_GP);
	expect("a jump to null", far_jump, 0, VECTOR_GP);
	/* In 64 bits, and in QEMU, a null segment is one at 0, where nothing is mapped. */
	TEST_CHECK(trap_catch(through_null_fs, NULL, &r) &&
			   (r.vector == VECTOR_GP || r.vector == VECTOR_PF),
		   "through null: vector %u", r.vector);
	check_monitors();
	TEST_EQUAL("no table", hypercall_set_gdt(NULL, 0), 0);
}
