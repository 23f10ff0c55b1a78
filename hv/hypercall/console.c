/* SPDX-License-Identifier: MIT */
/* console_io: the initial domain's console; ABI 2.3. */
#include "hypercall/hypercall.h"

#define CHUNK 256
#define WRITE_MAX 0x10000 /* a call; longer text is the caller's to split */

/* Up to the last end of a line in n bytes; all, if there is none. */
static size_t whole_lines(const char *text, size_t n)
{
	for (size_t len = n; len; len--)
		if (text[len - 1] == '\n')
			return len;
	return n;
}

/*
 * A serial line is slow, so a long text lets others run between lines: what
 * remains is the arguments of the call that the guest then makes again.
 */
static long console_write(struct domain *d, struct hc_args *a)
{
	unsigned long *count = &a->arg[1], *gva = &a->arg[2];
	char buf[CHUNK];

	if (!d->privileged && !options.guest_debugcon)
		return -EPERM;
	if (*count > WRITE_MAX)
		return -E2BIG;
	while (*count) {
		size_t n = MIN(*count, sizeof(buf));

		if (copy_from_guest(buf, *gva, n))
			return -EFAULT;
		if (n < *count)
			n = whole_lines(buf, n);
		console_guest_write(d->id, buf, n);
		*gva += n;
		*count -= n;
		if (*count && buf[n - 1] == '\n' && hc_preempt())
			return hc_restart();
	}
	return 0;
}

static long console_input(struct domain *d, unsigned long count, unsigned long gva)
{
	char buf[CHUNK];
	unsigned long done = 0;

	if (!d->privileged)
		return -EPERM;
	while (done < count) {
		size_t n = console_read(buf, MIN(count - done, sizeof(buf)));

		if (!n)
			break;
		if (copy_to_guest(gva + done, buf, n))
			return -EFAULT;
		done += n;
	}
	return (long)done;
}

long hc_console_io(struct hc_args *a)
{
	struct domain *d = current_domain();

	switch (a->arg[0]) {
	case CONSOLEIO_write:
		return console_write(d, a);
	case CONSOLEIO_read:
		return console_input(d, MIN(a->arg[1], (unsigned long)WRITE_MAX), a->arg[2]);
	default:
		return -ENOSYS;
	}
}
