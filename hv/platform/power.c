/* SPDX-License-Identifier: MIT */
/*
 * Turning the machine off, and resetting it. Called by domain shutdown,
 * panic.c and keys.c. ACPI 6.5: 5.2.5 (RSDP), 5.2.9 (FADT), 7.4.2 (\_S5).
 *
 * Of the ACPI namespace we read one object, \_S5, by looking for its bytes.
 */
#include "lib/string.h"
#include "platform/platform.h"
#include "platform/trace.h"
#include "x86/arch.h"
#include "x86/cpu.h"
#include "x86/io.h"

#define QEMU_EXIT_PORT	    0xf4
#define BOCHS_SHUTDOWN_PORT 0x8900
#define QEMU_PM1A_PORT	    0x604
#define OLD_PM1A_PORT	    0xb004 /* Bochs, and QEMU before 2.0 */
#define SLP_EN		    (1u << 13)
#define SLP_TYP_SHIFT	    10

#define TABLE_MAX_BYTES 0x100000u
#define WAIT_LOOPS	100000
#define SETTLE_NS	200000000ULL /* for a port write to take effect */
#define CRASH_DELAY_NS	5000000000ULL

#define AML_NAME_OP	0x08
#define AML_PACKAGE_OP	0x12
#define AML_BYTE_PREFIX 0x0a

struct acpi_header {
	char signature[4];
	u32 length;
	u8 rest[28];
} __packed;

static struct {
	bool valid;
	u16 pm1a, pm1b; /* control ports; pm1b 0 if absent */
	u8 typ_a, typ_b;
	u16 smi_port;
	u8 enable;
} acpi;

/* ---- reading the tables ---- */

/* Copy from machine memory that may lie anywhere below 4 GiB. */
static void read_maddr(u64 maddr, void *dst, size_t n)
{
	char *to = dst;

	while (n) {
		size_t in_page = (size_t)maddr & (PAGE_SIZE - 1);
		size_t chunk = MIN(n, PAGE_SIZE - in_page);
		const char *page = arch_map_frame(maddr_to_mfn(MADDR(maddr)));

		memcpy(to, page + in_page, chunk);
		arch_unmap_frame(page);
		to += chunk;
		maddr += chunk;
		n -= chunk;
	}
}

static u32 read_u32(u64 maddr)
{
	u32 v;

	read_maddr(maddr, &v, sizeof(v));
	return v;
}

static bool read_header(u32 maddr, const char *signature, struct acpi_header *h)
{
	if (maddr == 0)
		return false;
	read_maddr(maddr, h, sizeof(*h));
	return memcmp(h->signature, signature, 4) == 0 && h->length >= sizeof(*h) &&
	       h->length <= TABLE_MAX_BYTES;
}

static bool rsdp_good(const u8 *p)
{
	u8 sum = 0;

	if (memcmp(p, "RSD PTR ", 8) != 0)
		return false;
	for (int i = 0; i < 20; i++)
		sum += p[i];
	return sum == 0;
}

/* The RSDT's address, or 0. The RSDP lies on 16 bytes in the BIOS or the EBDA. */
static u32 find_rsdt(void)
{
	const u16 *ebda_segment = directmap_va(0x40e);
	u32 ebda = (u32)*ebda_segment << 4;
	u32 rsdt = 0;

	for (u32 at = 0xe0000; at < 0x100000 && !rsdt; at += 16) {
		const u8 *p = directmap_va(at);

		if (rsdp_good(p))
			memcpy(&rsdt, p + 16, sizeof(rsdt));
	}
	if (ebda < 0x80000 || ebda > 0x9fc00)
		return rsdt;
	for (u32 at = ebda; at < ebda + 1024 && !rsdt; at += 16) {
		const u8 *p = directmap_va(at);

		if (rsdp_good(p))
			memcpy(&rsdt, p + 16, sizeof(rsdt));
	}
	return rsdt;
}

/* One small integer of AML at *p; false if it is of another kind. */
static bool aml_byte(const u8 **p, u8 *value)
{
	const u8 *s = *p;

	if (*s == AML_BYTE_PREFIX)
		s++;
	else if (*s > 1) /* ZeroOp and OneOp are the numbers themselves */
		return false;
	*value = *s;
	*p = s + 1;
	return true;
}

/* aml: 24 bytes that begin one or two before a "_S5_". Sets typ_a and typ_b. */
static bool parse_s5(const u8 *aml)
{
	const u8 *p = aml + 6; /* behind the name */

	if (aml[1] != AML_NAME_OP && !(aml[1] == '\\' && aml[0] == AML_NAME_OP))
		return false;
	if (*p++ != AML_PACKAGE_OP)
		return false;
	p += (*p >> 6) + 1; /* PkgLength */
	p++; /* NumElements */
	return aml_byte(&p, &acpi.typ_a) && aml_byte(&p, &acpi.typ_b);
}

static bool find_s5(u32 dsdt)
{
	struct acpi_header h;
	u8 buf[PAGE_SIZE / 4 + 24];
	const u32 step = PAGE_SIZE / 4;

	if (!read_header(dsdt, "DSDT", &h))
		return false;
	for (u32 off = sizeof(h); off < h.length; off += step) {
		u32 n = MIN(h.length - off, (u32)sizeof(buf));

		memset(buf, 0, sizeof(buf));
		read_maddr(dsdt + off, buf, n);
		for (u32 i = 2; i + 22 <= sizeof(buf) && i < n; i++)
			if (buf[i] == '_' && memcmp(buf + i, "_S5_", 4) == 0 &&
			    parse_s5(buf + i - 2))
				return true;
	}
	return false;
}

static void read_fadt(u32 fadt)
{
	acpi.smi_port = (u16)read_u32(fadt + 48);
	acpi.enable = (u8)read_u32(fadt + 52);
	acpi.pm1a = (u16)read_u32(fadt + 64);
	acpi.pm1b = (u16)read_u32(fadt + 68);
	acpi.valid = acpi.pm1a && find_s5(read_u32(fadt + 40));
	port_reserve(acpi.pm1a, 2);
	port_reserve(acpi.pm1b, 2);
	port_reserve(acpi.smi_port, 1);
}

void power_init(void)
{
	u32 rsdt = find_rsdt();
	struct acpi_header h, t;

	if (!read_header(rsdt, "RSDT", &h))
		return;
	for (u32 off = sizeof(h); off + 4 <= h.length; off += 4) {
		u32 table = read_u32(rsdt + off);

		if (read_header(table, "FACP", &t) && t.length >= 72) {
			read_fadt(table);
			break;
		}
	}
	log_at(LOG_DEBUG, "acpi: power-off %s", acpi.valid ? "found" : "not found");
}

/* ---- the end ---- */

static void acpi_power_off(void)
{
	if (!acpi.valid)
		return;
	/* ACPI mode must be on for the sleep bits to count. */
	if (!(inw(acpi.pm1a) & 1) && acpi.smi_port && acpi.enable) {
		outb(acpi.smi_port, acpi.enable);
		for (int i = 0; i < WAIT_LOOPS && !(inw(acpi.pm1a) & 1); i++)
			;
	}
	outw(acpi.pm1a, (u16)(acpi.typ_a << SLP_TYP_SHIFT | SLP_EN));
	if (acpi.pm1b)
		outw(acpi.pm1b, (u16)(acpi.typ_b << SLP_TYP_SHIFT | SLP_EN));
}

/* Not at all before time_init. */
static void wait_ns(u64 ns)
{
	u64 until_ns = time_now_ns() + ns;

	while (time_now_ns() && time_now_ns() < until_ns)
		__builtin_ia32_pause();
}

void power_qemu_exit(u8 value)
{
	if (options.qemu_exit)
		outb(QEMU_EXIT_PORT, value);
}

void power_off(void)
{
	irq_disable();
	trace_end();
	printk("power off");
	console_sync();
	power_qemu_exit(0);
	for (const char *s = "Shutdown"; *s; s++) /* Bochs' own; nobody else listens there */
		outb(BOCHS_SHUTDOWN_PORT, (u8)*s);
	acpi_power_off();
	outw(QEMU_PM1A_PORT, SLP_EN);
	outw(OLD_PM1A_PORT, SLP_EN);
	wait_ns(SETTLE_NS);
	printk("the machine can be switched off now");
	console_sync();
	power_halt();
}

void power_reset(void)
{
	struct {
		u16 limit;
		unsigned long base;
	} __packed no_idt = {0, 0};

	irq_disable();
	console_sync();
	for (int i = 0; i < WAIT_LOOPS && (inb(0x64) & 2); i++)
		;
	outb(0x64, 0xfe); /* 8042: pulse the CPU's reset line */
	for (int i = 0; i < WAIT_LOOPS; i++)
		(void)inb(0x80);
	outb(0xcf9, 0x02);
	outb(0xcf9, 0x06);
	for (int i = 0; i < WAIT_LOOPS; i++)
		(void)inb(0x80);
	__asm__ volatile("lidt %0; int3" : : "m"(no_idt)); /* triple fault */
	power_halt();
}

void power_after_crash(void)
{
	irq_disable();
	console_sync();
	power_qemu_exit(1);
	if (options.noreboot) {
		printk("halted");
		console_sync();
		power_halt();
	}
	printk("reset in 5 seconds");
	console_sync();
	wait_ns(CRASH_DELAY_NS);
	power_reset();
}

void power_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}
