/* SPDX-License-Identifier: MIT */
/* console_io: the initial domain's console; ABI 2.3. */
#include "hypercall/hypercall.h"

#define CHUNK 256
#define WRITE_MAX 0x10000 /* a call; longer text is the caller's to split */

static long console_write(struct domain *d, unsigned long count, unsigned long gva)
{
	char buf[CHUNK];

	if (!d->privileged && !options.guest_debugcon)
		return -EPERM;
	if (count > WRITE_MAX)
		return -E2BIG;
	while (count) {
		size_t n = MIN(count, sizeof(buf));

		if (copy_from_guest(buf, gva, n))
			return -EFAULT;
		console_guest_write(d->id, buf, n);
		gva += n;
		count -= n;
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
		return console_write(d, a->arg[1], a->arg[2]);
	case CONSOLEIO_read:
		return console_input(d, MIN(a->arg[1], (unsigned long)WRITE_MAX), a->arg[2]);
	default:
		return -ENOSYS;
	}
}
