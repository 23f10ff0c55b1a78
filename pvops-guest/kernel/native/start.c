// SPDX-License-Identifier: MIT
/*
 * From a multiboot loader's information to struct boot_info.
 * Multiboot specification 0.6.96, section 3.3; Multiboot2 2.0, section 3.6.
 */
#include "kern/main.h"
#include "native/native.h"
#include "pvops-guest/lib/string.h"

#define MB1_LOADED	0x2BADB002u
#define MB1_HAS_MEMORY	0x1u
#define MB1_HAS_CMDLINE 0x4u

#define MB2_LOADED	0x36d76289u
#define MB2_TAG_END	0
#define MB2_TAG_CMDLINE 1
#define MB2_TAG_MEMORY	4

/* head.S maps this much; a loader puts its information low. */
#define MAPPED_BYTES (16u << 20)

/* Assume this if the loader does not say: 8 MB. */
#define DEFAULT_UPPER_KB 7168

struct mb1_info {
	uint32_t flags;
	uint32_t mem_lower_kb, mem_upper_kb;
	uint32_t boot_device;
	uint32_t cmdline;
};

struct mb2_tag {
	uint32_t type;
	uint32_t size; /* bytes, with this header; the next one is 8-byte aligned */
	union {
		char cmdline[1];
		struct {
			uint32_t lower_kb, upper_kb;
		} memory;
	};
};

extern uint8_t kernel_end[];

/* What is at physical address `at`, which must be within what head.S mapped. */
static const void *boot_data(uint32_t at)
{
	return (const void *)(KERNEL_BASE + (at & (MAPPED_BYTES - 1)));
}

static void set_cmdline(const char *text)
{
	size_t len = strnlen(text, sizeof(boot.cmdline) - 1);

	memcpy(boot.cmdline, text, len);
	boot.cmdline[len] = 0;
}

/* Memory from 1 MB up; frames below it belong to the firmware, but count. */
static void set_memory(uint32_t upper_kb)
{
	boot.nr_frames = 256 + upper_kb / 4;
}

static void read_mb1(uint32_t at)
{
	const struct mb1_info *info = boot_data(at);

	if (info->flags & MB1_HAS_MEMORY)
		set_memory(info->mem_upper_kb);
	if ((info->flags & MB1_HAS_CMDLINE) && info->cmdline < MAPPED_BYTES)
		set_cmdline(boot_data(info->cmdline));
}

static void read_mb2(uint32_t at)
{
	const struct mb2_tag *tag;

	for (at += 8; at < MAPPED_BYTES; at += (tag->size + 7) & ~7u) {
		tag = boot_data(at);
		if (tag->type == MB2_TAG_END || tag->size < 8)
			break;
		if (tag->type == MB2_TAG_CMDLINE)
			set_cmdline(tag->cmdline);
		if (tag->type == MB2_TAG_MEMORY)
			set_memory(tag->memory.upper_kb);
	}
}

asmlinkage void native_start(uint32_t magic, uint32_t info)
{
	pv_ops = pv_ops_native;
	boot.first_free = va_to_pfn(kernel_end);
	set_memory(DEFAULT_UPPER_KB);
	if (magic == MB1_LOADED && info < MAPPED_BYTES)
		read_mb1(info);
	if (magic == MB2_LOADED && info < MAPPED_BYTES)
		read_mb2(info);
	kernel_main();
}
