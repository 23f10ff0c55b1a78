// SPDX-License-Identifier: MIT
/*
 * The few system calls of i386 Linux that a static C program makes. Numbers
 * and structures are Linux's; anything else is -ENOSYS. One process, trusted:
 * its pointers are used as they are.
 */

#include "linux.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

#define ENOENT 2
#define EBADF  9
#define ENOMEM 12
#define EINVAL 22
#define ENOTTY 25
#define ENOSYS 38

#define TLS_ENTRY 6 /* of the GDT: selector 0x33 */
#define S_IFCHR	  0020000u

enum {
	NR_EXIT = 1,
	NR_WRITE = 4,
	NR_OPEN = 5,
	NR_BRK = 45,
	NR_IOCTL = 54,
	NR_READLINK = 85,
	NR_MUNMAP = 91,
	NR_UNAME = 122,
	NR_MPROTECT = 125,
	NR_WRITEV = 146,
	NR_UGETRLIMIT = 191,
	NR_MMAP2 = 192,
	NR_SET_THREAD_AREA = 243,
	NR_EXIT_GROUP = 252,
	NR_SET_TID_ADDRESS = 258,
	NR_OPENAT = 295,
	NR_SET_ROBUST_LIST = 311,
	NR_GETRANDOM = 355,
	NR_STATX = 383,
};

struct user_desc {
	uint32_t entry, base, limit, flags;
};

struct iovec {
	const char *base;
	uint32_t len_bytes;
};

int exit_status = -1;
unsigned int nr_calls;

static unsigned long brk_start, brk_now, mmap_now = MMAP_START;
static uint64_t *gdt;

static long do_write(uint32_t fd, const char *text, uint32_t len_bytes)
{
	if (fd != 1 && fd != 2)
		return -EBADF;
	debug_write(text, len_bytes);
	return len_bytes;
}

static long do_writev(uint32_t fd, const struct iovec *vec, uint32_t nr)
{
	long total = 0;

	for (uint32_t i = 0; i < nr && total >= 0; i++) {
		long done = do_write(fd, vec[i].base, vec[i].len_bytes);

		total = done < 0 ? done : total + done;
	}
	return total;
}

static long do_brk(unsigned long end)
{
	if (end >= brk_start && end < MMAP_START && space_map(brk_start, end - brk_start))
		brk_now = end;
	return brk_now;
}

static long do_mmap2(uint32_t len_bytes, uint32_t fd)
{
	unsigned long va = mmap_now;

	if (fd != ~0u)
		return -EBADF;
	if (!space_map(va, len_bytes))
		return -ENOMEM;
	mmap_now += (len_bytes + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	return va;
}

/* A 32-bit data segment for ring 3, with the limit as it was asked for. */
static long do_set_thread_area(struct user_desc *u)
{
	uint64_t maddr = (uint64_t)mm_virt_to_mfn((unsigned long)gdt) << PAGE_SHIFT;
	uint64_t desc =
		0x0040f20000000000 | (u->limit & 0xffff) | (uint64_t)(u->limit & 0xf0000) << 32 |
		(uint64_t)(u->base & 0xffffff) << 16 | (uint64_t)(u->base & 0xff000000) << 32;

	if (u->entry != ~0u && u->entry != TLS_ENTRY)
		return -EINVAL;
	if (u->flags & 0x10) /* limit_in_pages */
		desc |= 1ull << 55;
	u->entry = TLS_ENTRY;
	return hypercall_update_descriptor(maddr + TLS_ENTRY * 8, desc) ? -EINVAL : 0;
}

/* Standard output is a terminal of sorts. */
static long do_statx(uint32_t *buf)
{
	memset(buf, 0, 256);
	buf[0] = 0x7ff; /* the basic fields */
	buf[1] = 1024; /* block size */
	buf[4] = 1;
	buf[7] = S_IFCHR | 0620;
	return 0;
}

static long do_uname(char *buf)
{
	static const char *const names[] = {"Linux", "guest", "5.10.0", "#1", "i686", ""};

	memset(buf, 0, 6 * 65);
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		memcpy(buf + 65 * i, names[i], strlen(names[i]));
	return 0;
}

static long do_getrandom(uint8_t *buf, uint32_t len_bytes)
{
	for (uint32_t i = 0; i < len_bytes; i++)
		buf[i] = 0xa5 + i;
	return len_bytes;
}

static long call(const struct guest_trap_frame *f)
{
	switch (f->ax) {
	case NR_WRITE:
		return do_write(f->bx, (const char *)f->cx, f->dx);
	case NR_WRITEV:
		return do_writev(f->bx, (const struct iovec *)f->cx, f->dx);
	case NR_OPEN:
	case NR_OPENAT:
	case NR_READLINK:
		return -ENOENT;
	case NR_BRK:
		return do_brk(f->bx);
	case NR_MMAP2:
		return do_mmap2(f->cx, f->di);
	case NR_MUNMAP:
	case NR_MPROTECT:
	case NR_SET_ROBUST_LIST:
		return 0;
	case NR_IOCTL:
		return -ENOTTY;
	case NR_UNAME:
		return do_uname((char *)f->bx);
	case NR_UGETRLIMIT:
		((uint32_t *)f->cx)[0] = ((uint32_t *)f->cx)[1] = 0x10000;
		return 0;
	case NR_SET_THREAD_AREA:
		return do_set_thread_area((struct user_desc *)f->bx);
	case NR_SET_TID_ADDRESS:
		return 1;
	case NR_GETRANDOM:
		return do_getrandom((uint8_t *)f->bx, f->cx);
	case NR_STATX:
		return do_statx((uint32_t *)f->di);
	default: /* fstat64 and rseq too: the C library does without */
		return -ENOSYS;
	}
}

bool calls_handler(struct guest_trap_frame *frame)
{
	nr_calls++;
	if (frame->ax == NR_EXIT || frame->ax == NR_EXIT_GROUP) {
		exit_status = frame->bx & 0xff;
		return false;
	}
	frame->ax = call(frame);
	return true;
}

void calls_init(unsigned long data_end)
{
	xen_pfn_t frame;

	brk_start = brk_now = (data_end + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	gdt = mm_page_alloc();
	frame = mm_virt_to_mfn((unsigned long)gdt);
	if (mm_set_readonly((unsigned long)gdt) || hypercall_set_gdt(&frame, 512))
		debug_printf("no descriptor table\n");
	trap_set_handler(VECTOR_SYSCALL, calls_handler);
}
