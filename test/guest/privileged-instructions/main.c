// SPDX-License-Identifier: MIT
/*
 * Claim: a guest's kernel may execute the privileged instructions that the
 * ABI lists, with the results it lists; all others are #GP, nothing more.
 * See: ABI 4.5, 4.6, 4.7
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define GUEST_CR0 0x80050033u
#define MONITOR	  (HYPERVISOR_VIRT_START + 0x6800000ul)
#define CR0_TS	  8u
#define WATCHED	  0xc0001234ul

static void run_cli(void *arg)
{
	(void)arg;
	asm volatile("cli; sti; clts; wbinvd; invd" : : : "memory");
}

static void read_crs(void *arg)
{
	unsigned long *cr = arg;

	asm volatile("mov %%cr0, %0" : "=r"(cr[0]));
	asm volatile("mov %%cr2, %0" : "=r"(cr[2]));
	asm volatile("mov %%cr3, %0" : "=r"(cr[3]));
	asm volatile("mov %%cr4, %0" : "=r"(cr[4]));
}

static void set_ts(void *arg)
{
	asm volatile("lmsw %w0" : : "r"((uint32_t)(unsigned long)arg));
}

static void write_cr3(void *arg)
{
	asm volatile("mov %0, %%cr3" : : "r"(arg));
}

static void flush_page(void *arg)
{
	asm volatile("invlpg (%0)" : : "r"(arg) : "memory");
}

struct msr {
	uint32_t number, low, high;
};

static void read_msr(void *arg)
{
	struct msr *m = arg;

	asm volatile("rdmsr" : "=a"(m->low), "=d"(m->high) : "c"(m->number));
}

static void write_msr(void *arg)
{
	struct msr *m = arg;

	asm volatile("wrmsr" : : "a"(m->low), "d"(m->high), "c"(m->number));
}

static void debug_registers(void *arg)
{
	unsigned long *back = arg;

	asm volatile("mov %0, %%dr0" : : "r"(WATCHED));
	asm volatile("mov %%dr0, %0" : "=r"(back[0]));
	asm volatile("mov %0, %%dr0" : : "r"(0ul));
	asm volatile("mov %%dr7, %0" : "=r"(back[1]));
}

static void watch_the_monitor(void *arg)
{
	(void)arg;
	asm volatile("mov %0, %%dr0" : : "r"(MONITOR));
}

static void read_counter(void *arg)
{
	(void)arg;
	asm volatile("rdpmc" : : "c"(0) : "eax", "edx");
}

static void load_task(void *arg)
{
	(void)arg;
	asm volatile("ltr %w0" : : "r"(0xe040));
}

static void in_port(void *arg)
{
	uint32_t *val = arg;

	asm volatile("inb $0x60, %%al" : "=a"(val[0]) : "a"(0));
	asm volatile("inl %%dx, %%eax" : "=a"(val[1]) : "d"(0xcfc), "a"(0));
	asm volatile("outb %%al, $0x80" : : "a"(0));
}

static void string_ports(void *arg)
{
	uint8_t *to = arg, *from = arg;
	unsigned long count = 6;

	asm volatile("cld; rep insb" : "+D"(to), "+c"(count) : "d"(0x1f0) : "memory");
	asm volatile("outsb" : "+S"(from) : "d"(0x80) : "memory");
	*(uint32_t *)(void *)((uint8_t *)arg + 8) = count;
	*(uint32_t *)(void *)((uint8_t *)arg + 12) = (uint32_t)(unsigned long)to;
}

static void forced_cpuid(void *arg)
{
	uint32_t *r = arg;

	asm volatile("ud2; .ascii \"xen\"; cpuid"
		     : "+a"(r[0]), "=b"(r[1]), "+c"(r[2]), "=d"(r[3]));
}

static void expect(const char *what, void (*fn)(void *), void *arg, bool fault)
{
	struct trap_result r;
	bool trapped = trap_catch(fn, arg, &r);

	TEST_CHECK(trapped == fault, "%s: %s, vector %u", what, trapped ? "trapped" : "no trap",
		   r.vector);
	TEST_CHECK(!trapped || (r.vector == VECTOR_GP && r.error_code == 0),
		   "%s: vector %u error %x", what, r.vector, r.error_code);
}

static void check_registers(void)
{
	unsigned long cr[5] = {0}, back[2] = {0};
	uint32_t word;
	struct trap_result r;

	expect("cli and its like", run_cli, NULL, false);
	expect("reading control registers", read_crs, cr, false);
	TEST_CHECK(cr[0] == GUEST_CR0, "cr0 reads %lx", cr[0]);
	TEST_CHECK((cr[4] & ~0x600u) == 0x60, "cr4 reads %lx", cr[4]);
	expect("lmsw", set_ts, (void *)(unsigned long)(CR0_TS | 1), false);
	expect("reading cr0 again", read_crs, cr, false);
	TEST_CHECK(cr[0] == (GUEST_CR0 | CR0_TS), "cr0 with TS reads %lx", cr[0]);
	expect("clts", run_cli, NULL, false);
	TEST_CHECK(!probe_read32(0x12345678, &word, &r), "an unmapped page reads");
	expect("reading cr2", read_crs, cr, false);
	TEST_CHECK(cr[2] == 0x12345678, "cr2 reads %lx", cr[2]);
	expect("writing cr3", write_cr3, (void *)0x1000, true);
	expect("invlpg", flush_page, back, false);
	expect("debug registers", debug_registers, back, false);
	TEST_CHECK(back[0] == WATCHED, "dr0 reads %lx", back[0]);
	expect("a watchpoint in the monitor", watch_the_monitor, NULL, true);
	expect("rdpmc", read_counter, NULL, true);
	expect("ltr", load_task, NULL, true);
}

static void check_msrs(void)
{
	struct msr pat = { .number = 0x277 }, unknown = { .number = 0x12345 };
	struct msr sysenter = { .number = 0x176, .low = 0xfc000000 };

	expect("reading PAT", read_msr, &pat, false);
	TEST_CHECK(pat.low == 0x00070406 && pat.high == 0x0501, "PAT is %x %x", pat.high,
		   pat.low);
	expect("reading an unknown MSR", read_msr, &unknown, true);
	expect("writing an unknown MSR", write_msr, &unknown, true);
	expect("writing SYSENTER_EIP", write_msr, &sysenter, false);
	expect("reading SYSENTER_EIP", read_msr, &sysenter, true);
}

static void check_ports(void)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };
	uint32_t val[2] = { 0 }, buf[4] = { 0 };

	expect("a port without IOPL", in_port, val, true);
	TEST_EQUAL("set_iopl", hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
	expect("a port with IOPL 1", in_port, val, false);
	TEST_CHECK((val[0] & 0xff) == 0xff && val[1] == ~0u, "ports read %x %x", val[0], val[1]);
	expect("string ports", string_ports, buf, false);
	TEST_CHECK(buf[0] == ~0u && buf[1] == 0xffff, "insb stored %x %x", buf[0], buf[1]);
	TEST_CHECK(buf[2] == 0 && buf[3] == (uint32_t)(unsigned long)buf + 6, "insb left %x %x",
		   buf[2], buf[3]);
	iopl.iopl = 4;
	TEST_CHECK(hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl), "IOPL 4 was accepted");
}

void test_main(void)
{
	uint32_t id[4] = { 0x40000000 }, features[4] = { 1 };

	check_registers();
	check_msrs();
	check_ports();
	expect("forced cpuid", forced_cpuid, id, false);
	TEST_CHECK(id[1] == 0x566e6558, "signature %x", id[1]);
	expect("forced cpuid", forced_cpuid, features, false);
	TEST_CHECK(!(features[3] & (1u << 3 | 1u << 13 | 1u << 17)), "PSE, PGE or PSE36 shown: %x",
		   features[3]);
	TEST_CHECK(features[2] >> 31, "no hypervisor bit");
}
