/* SPDX-License-Identifier: MIT */
/*
 * The first C: brings up what platform/ has, in the one order that works, and
 * goes on to monitor_main(). Called once, by boot/head.S.
 */
#include "lib/string.h"
#include "lib/version.h"
#include "platform/platform.h"
#include "platform/start.h"
#include "platform/trace.h"
#include "x86/arch.h"
#include "x86/cpu.h"

#define MB	     (1024UL * 1024)
#define LEAST_MB     16 /* nothing works below; head.S checks what the loader says */
#define REACH_BYTES  ((unsigned long long)FRAMES_MAX << PAGE_SHIFT)
#define SUPPORTED_MB 60 /* a machine of 64 MB, less what its firmware keeps */

/* Say a sentence on every console and stop; for machines that can't be used. */
static void refuse(const char *why) __noreturn;
static void refuse(const char *why)
{
	printk("%s", why);
	console_sync();
	power_qemu_exit(1);
	power_halt();
}

static u64 ram_bytes(void)
{
	u64 sum = 0;

	for (unsigned int i = 0; i < boot_info.nr_regions; i++)
		if (boot_info.regions[i].type == 1)
			sum += boot_info.regions[i].end - boot_info.regions[i].start;
	return sum;
}

/* The CPU's own name, or vendor, family and model; buf has 96 bytes. */
static void cpu_name(char *buf)
{
	struct cpuid_regs r = cpuid(0x80000000, 0);
	u32 words[13] = {0};
	const char *s = (const char *)words;

	if (r.a >= 0x80000004 && r.a < 0x80010000) {
		for (u32 i = 0; i < 3; i++) {
			r = cpuid(0x80000002 + i, 0);
			words[i * 4 + 0] = r.a;
			words[i * 4 + 1] = r.b;
			words[i * 4 + 2] = r.c;
			words[i * 4 + 3] = r.d;
		}
		while (*s == ' ')
			s++;
	} else {
		r = cpuid(0, 0);
		words[0] = r.b;
		words[1] = r.d;
		words[2] = r.c;
	}
	r = cpuid(1, 0);
	fmt(buf, 96, "%s, signature %x", s, r.a);
}

static void banner(void)
{
	char cpu[96];

	cpu_name(cpu);
	printk("Ringlet %s %s, a paravirtualising monitor", RINGLET_VERSION,
	       sizeof(long) == 8 ? "x86_64" : "x86_32");
	printk("cpu: %s", cpu);
	printk("memory: %u MB, loader: %s, modules: %u", (unsigned int)(ram_bytes() / MB),
	       boot_info.loader, boot_info.nr_modules);
	printk("options: %s", boot_info.cmdline[0] ? boot_info.cmdline : "none");
	if (boot_info.nr_modules_dropped)
		printk("%u modules more than %d: not used", boot_info.nr_modules_dropped,
		       BOOT_MAX_MODULES);
}

static void check_memory(void)
{
	if (ram_bytes() < LEAST_MB * MB)
		refuse("too little memory: less than 16 MB; Ringlet needs 64 MB.");
	if (ram_bytes() < SUPPORTED_MB * MB)
		printk("little memory: Ringlet is made for 64 MB and more; going on.");
	for (unsigned int i = 0; i < boot_info.nr_regions; i++) {
		if (boot_info.regions[i].type != 1 || boot_info.regions[i].end <= REACH_BYTES)
			continue;
		printk("memory above %llu GB is not used", REACH_BYTES >> 30);
		break;
	}
}

/*
 * [tour: boot 4] The first C. The order is what this function is about: be able
 * to speak before anything can fail, copy what the loader left before its
 * memory is given away, have page tables before the tables of the CPU that lie
 * in them.
 */
void start(u32 magic, u32 mbi)
{
	const char *why;

	console_early_init();
	why = bootinfo_parse(magic, mbi);
	if (why)
		refuse(why);
	banner();
	cmdline_parse(boot_info.cmdline);
	console_init();
	check_memory();
	if (boot_info.nr_modules == 0)
		refuse("no module: nothing to run. Give the initial domain's kernel as the "
		       "first module.");

	frames_init();
	arch_paging_init();
	arch_cpu_init();
	power_init();
	pic_init();
	time_init();
	timers_init();
	keys_init();
	trace_init();
	console_start_irqs();
	monitor_main();
}
