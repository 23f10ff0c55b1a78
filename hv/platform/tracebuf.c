/* SPDX-License-Identifier: MIT */
/*
 * The trace ring's memory, and who may see it how.
 *
 * Three readers: a tool in the initial domain, through sysctl's tbuf_op and
 * Xen's t_info (hypercall/tbuf.c); a host that reads an emulator's memory, from
 * the address that trace_say() prints; and one that has the console (tracedump.c).
 * xen/trace.h has t_info: one u16 of size, one u16 for each CPU that says where,
 * in u32s, its list of frame numbers begins.
 */
#include "platform/trace.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "platform/platform.h"
#include "x86/arch.h"
#include "x86/cpu.h"

#define DEFAULT_PAGES 256
#define MAX_PAGES 16384
#define LIST_AT 2 /* in u32s: the one CPU's list */

static struct {
	u32 nr_pages, mask;
	bool on;
	bool to_console;	/* at the end, the whole of it */
	u16 *info;	/* t_info: heap pages */
	u32 info_pages;
	void *buffer;
	void (*print)(void);
	u64 start_tsc;
} buf;

#define KIND_NAME(name, text) text,
static const char *const kind_names[NR_TRACE_KINDS] = { TRACE_KINDS(KIND_NAME) };
#undef KIND_NAME

const char *trace_kind_name(unsigned int kind)
{
	return kind < NR_TRACE_KINDS ? kind_names[kind] : "unknown";
}

static struct trace_info_tail *tail(void)
{
	return (struct trace_info_tail *)((char *)buf.info + buf.info_pages * PAGE_SIZE) - 1;
}

int trace_set_size(u32 nr_pages)
{
	u32 *list;

	if (nr_pages == 0 || nr_pages > MAX_PAGES)
		return -EINVAL;
	if (buf.buffer)
		return -EBUSY;
	buf.info_pages = (u32)((LIST_AT + nr_pages) * sizeof(u32) + sizeof(*tail()) +
			       PAGE_SIZE - 1) / PAGE_SIZE;
	buf.info = heap_alloc_pages(buf.info_pages);
	if (!buf.info) {
		buf.info_pages = 0;
		return -ENOMEM;
	}
	buf.buffer = heap_alloc_pages(nr_pages);
	if (!buf.buffer) {
		heap_free_pages(buf.info, buf.info_pages);
		buf.info = NULL;
		buf.info_pages = 0;
		return -ENOMEM;
	}
	buf.nr_pages = nr_pages;
	buf.info[0] = (u16)nr_pages;
	buf.info[1] = LIST_AT;
	list = (u32 *)(void *)buf.info + LIST_AT;
	for (u32 i = 0; i < nr_pages; i++)
		list[i] = (u32)(va_to_mfn(buf.buffer).v + i);
	trace_ring_init(&trace_ring, buf.buffer, nr_pages * (u32)PAGE_SIZE);
	buf.start_tsc = rdtsc();
	return 0;
}

void trace_set_mask(u32 kinds)
{
	buf.mask = kinds & ((1u << NR_TRACE_KINDS) - 1);
	if (buf.on)
		WRITE_ONCE(trace_mask, buf.mask);
}

int trace_enable(bool on)
{
	if (!buf.buffer)
		return -EINVAL;
	buf.on = on;
	WRITE_ONCE(trace_mask, on ? buf.mask : 0);
	return 0;
}

void *trace_info(u32 *nr_pages)
{
	*nr_pages = buf.info_pages;
	return buf.info;
}

void *trace_buffer(u32 *nr_pages)
{
	*nr_pages = buf.nr_pages;
	return buf.buffer;
}

u64 trace_start_tsc(void)
{
	return buf.start_tsc;
}

void trace_set_printer(void (*print)(void))
{
	buf.print = print;
}

/* One word of trace=: a kind, all, console, or a size. False: none of these. */
static bool parse_word(const char *word, u32 *mask, u64 *bytes)
{
	const char *end = word;

	if (strcmp(word, "console") == 0) {
		buf.to_console = true;
		return true;
	}
	if (strcmp(word, "all") == 0) {
		*mask = ~0u;
		return true;
	}
	for (unsigned int kind = 0; kind < NR_TRACE_KINDS; kind++) {
		if (strcmp(word, kind_names[kind]) == 0) {
			*mask |= 1u << kind;
			return true;
		}
	}
	return str_to_size(&end, bytes) && !*end;
}

void trace_init(void)
{
	char copy[sizeof(options.trace)];
	u64 bytes = (u64)DEFAULT_PAGES * PAGE_SIZE;
	u32 mask = 0;
	char *word = copy, *comma;
	int rc;

	buf.mask = ~0u;
	if (!options.trace[0])
		return;
	str_copy(copy, options.trace, sizeof(copy));
	do {
		comma = strchr(word, ',');
		if (comma)
			*comma = '\0';
		if (!parse_word(word, &mask, &bytes)) {
			printk("option 'trace=%s': '%s' is no kind and no size, ignored",
			       options.trace, word);
			return;
		}
		word = comma + 1;
	} while (comma);
	trace_set_mask(mask ? mask : ~0u);
	rc = bytes >> 32 ? -ENOMEM : trace_set_size((u32)bytes / PAGE_SIZE);
	if (rc) {
		printk("no trace buffer of %lu kB: error %d", (unsigned long)(bytes >> 10), rc);
		return;
	}
	if (trace_enable(true) == 0)
		trace_say();
}

void trace_say(void)
{
	const struct trace_ring *t = &trace_ring;

	if (!buf.buffer) {
		printk("trace: no buffer; trace=all makes one");
		return;
	}
	*tail() = (struct trace_info_tail){
		.magic = TRACE_INFO_MAGIC,
		.width = 8 * sizeof(long),
		.tsc_khz = time_tsc_khz(),
		.mask = buf.mask,
		.written = trace_ring_written(t),
		.lost = t->lost,
		.start_tsc = buf.start_tsc,
	};
	printk("trace: %s, %u records fit, %lu written, %lu lost; t_info at %08lx, %u pages",
	       buf.on ? "on" : "off", (u32)(t->end - t->shared->rec),
	       (unsigned long)trace_ring_written(t),
	       (unsigned long)t->lost, (unsigned long)mfn_to_maddr(va_to_mfn(buf.info)).v,
	       buf.info_pages);
}

void trace_end(void)
{
	if (!buf.on || trace_enable(false))
		return;
	trace_say();
	if (buf.print)
		buf.print();
	if (buf.to_console)
		trace_dump(~0u);
}
