/* SPDX-License-Identifier: MIT */
/*
 * A module's kernel as an ELF image. One that is compressed is unpacked for the
 * time of the building, and again for the next life of its domain.
 *
 * Called by modules.c; calls hv/unpack for the formats. The decoders want file
 * and output in one piece each, so both are mapped in an address space
 * without a guest. They touch nothing else, and so may be interrupted.
 */
#include "domain/kernel.h"
#include "domain/domain.h"
#include "lib/string.h"
#include "unpack/unpack.h"
#include "x86/arch.h"
#include "x86/cpu.h"

#define NO_ROOM "not enough memory to unpack its kernel"
#define PAGES(bytes) ((unsigned long)(((bytes) + PAGE_SIZE - 1) >> PAGE_SHIFT))

/* An unpacked image, read frame by frame: its address space is not loaded. */
static void unpacked_copy(const struct image *img, u64 off, void *dst, size_t n)
{
	const struct kernel *k = (const struct kernel *)(unsigned long)img->base;

	while (n) {
		unsigned long in_page = (unsigned long)off & (PAGE_SIZE - 1);
		size_t part = MIN(n, (size_t)(PAGE_SIZE - in_page));
		const u8 *page = arch_map_frame(scratch_frame(&k->scratch, k->unpacked + off));

		memcpy(dst, page + in_page, part);
		arch_unmap_frame(page);
		dst = (u8 *)dst + part;
		off += part;
		n -= part;
	}
}

/* Room for what a stream unpacks to. NULL, or why there is none. */
static const char *make_room(struct kernel *k, struct unpack_stream *stream, u64 max_bytes)
{
	if (stream->out_bytes > max_bytes) {
		if (stream->exact)
			return "compressed kernel image: unpacks to more than its memory";
		stream->out_bytes = max_bytes;
	}
	if (PAGES(stream->out_bytes) <= frames_nr_free())
		k->unpacked = scratch_map(&k->scratch, INVALID_MFN, PAGES(stream->out_bytes));
	return k->unpacked ? NULL : NO_ROOM;
}

/* With the scratch space loaded. Seconds: others' interrupts are served meanwhile. */
static const char *run(struct kernel *k, const struct unpack_stream *stream,
		       struct unpack_arena *arena)
{
	bool let_in = current_vcpu() != NULL;
	size_t len_bytes;
	const char *why;

	if (let_in)
		irq_enable();
	why = unpack_run(stream, k->unpacked, arena, &len_bytes);
	if (let_in)
		irq_disable();
	k->image = (struct image){
		.len_bytes = len_bytes,
		.copy = unpacked_copy,
		.base = (unsigned long)k,
	};
	return why;
}

static const char *unpack_module(struct kernel *k, const struct boot_module *mod, u64 max_bytes)
{
	unsigned long in_page = (unsigned long)mod->start & (PAGE_SIZE - 1);
	struct unpack_arena arena = { .size_bytes = UNPACK_ARENA_BYTES };
	struct unpack_stream stream;
	const char *why;
	const u8 *file;

	if (!scratch_open(&k->scratch))
		return NO_ROOM;
	file = scratch_map(&k->scratch, MFN((unsigned long)(mod->start >> PAGE_SHIFT)),
			   PAGES(in_page + mod->len_bytes));
	arena.base = scratch_map(&k->scratch, INVALID_MFN, PAGES(UNPACK_ARENA_BYTES));
	if (!file || !arena.base)
		return NO_ROOM;
	arch_scratch_enter(k->scratch.l2);
	why = unpack_find(file + in_page, (size_t)mod->len_bytes, &stream);
	arch_scratch_leave();
	if (!why)
		why = make_room(k, &stream, max_bytes);
	if (why)
		return why;
	arch_scratch_enter(k->scratch.l2);
	why = run(k, &stream, &arena);
	arch_scratch_leave();
	return why;
}

const char *kernel_open(const struct boot_module *mod, u64 max_bytes, struct kernel *k)
{
	unsigned long before = frames_nr_free();
	const char *why;
	u8 head[4];

	*k = (struct kernel){
		.image = bootinfo_module_image(mod),
		.scratch = { .l2 = INVALID_MFN },
	};
	if (!image_read(&k->image, 0, head, sizeof(head)) || unpack_is_elf(head, sizeof(head)))
		return NULL;
	why = unpack_module(k, mod, max_bytes ? max_bytes : ~0ULL);
	domains_ledger_lend(before - frames_nr_free());
	if (why)
		kernel_close(k);
	return why;
}

void kernel_close(struct kernel *k)
{
	scratch_close(&k->scratch);
	domains_ledger_lend(0);
}
