/* SPDX-License-Identifier: MIT */
/*
 * The monitor's console: printk, guests' text, and input.
 *
 * Output goes to COM1, VGA and, on an emulator, port 0xE9; what is said by
 * whom is lines.c's. Input comes from COM1 and the PS/2 keyboard and goes to
 * the domain that has the focus (domain 0) or to the monitor's keys (keys.c).
 */
#include "lib/printf.h"
#include "lib/string.h"
#include "platform/condev.h"
#include "platform/lines.h"
#include "platform/platform.h"
#include "x86/io.h"

#define PORT_E9		       0xe9
#define INPUT_BYTES	       1024u
#define SWITCH_COUNT	       3 /* times the switch letter is typed */
#define LIMITED_LINES_A_SECOND 50
#define NS_PER_SECOND	       1000000000ULL

static spinlock_t lock = SPINLOCK_INIT; /* lines, text, limit */
static struct lines lines;
static char text[1024];
static bool use_serial, use_vga, use_e9;

static struct {
	u64 second; /* system time / 1 s */
	unsigned int printed, dropped;
} limit;

static char input[INPUT_BYTES];
static unsigned int input_head, input_tail; /* free running */
static void (*input_listener)(void);
static bool monitor_switches = true, monitor_focus;
static unsigned int switch_seen;

/* ---- output ---- */

static void emit(const char *s, size_t len)
{
	if (use_e9)
		for (size_t i = 0; i < len; i++)
			outb(PORT_E9, (u8)s[i]);
	if (use_serial)
		serial_write(s, len);
	if (use_vga)
		vga_write(s, len);
}

void console_early_init(void)
{
	lines_init(&lines, emit);
	use_serial = serial_init(115200);
	use_e9 = inb(PORT_E9) == PORT_E9; /* Bochs and QEMU answer so */
	use_vga = true;
	vga_init();
}

void console_init(void)
{
	if (!options.console_com1 && !options.console_vga)
		return; /* better too many than none */
	if (options.console_com1 && options.com1_baud != 115200) {
		serial_sync();
		use_serial = serial_init(options.com1_baud);
	}
	use_serial = use_serial && options.console_com1;
	use_vga = options.console_vga;
}

void console_sync(void)
{
	serial_sync();
}

static void vprint(const char *format, va_list ap)
{
	int len;

	spin_lock(&lock);
	len = fmt_v(text, sizeof(text), format, ap);
	if (len > 0)
		lines_monitor(&lines, text, MIN((size_t)len, sizeof(text) - 1));
	spin_unlock(&lock);
}

void printk(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprint(format, ap);
	va_end(ap);
}

void log_at(enum loglvl level, const char *format, ...)
{
	va_list ap;

	if (level > options.loglvl)
		return;
	va_start(ap, format);
	vprint(format, ap);
	va_end(ap);
}

/* Whether this second has room for one more line; tells of those that had none. */
static bool limit_passes(void)
{
	u64 now_ns = time_now_ns();
	unsigned int dropped = 0;

	if (now_ns >= limit.second + NS_PER_SECOND) {
		dropped = limit.dropped;
		limit.second = now_ns;
		limit.printed = limit.dropped = 0;
	}
	if (dropped)
		printk("%u more lines not shown", dropped);
	if (limit.printed >= LIMITED_LINES_A_SECOND) {
		limit.dropped++;
		return false;
	}
	limit.printed++;
	return true;
}

void printk_limited(const char *format, ...)
{
	va_list ap;

	if (!limit_passes())
		return;
	va_start(ap, format);
	vprint(format, ap);
	va_end(ap);
}

void console_guest_write(unsigned int domid, const char *s, size_t len)
{
	spin_lock(&lock);
	lines_guest(&lines, domid, s, len);
	spin_unlock(&lock);
}

void console_guest_flush(unsigned int domid)
{
	spin_lock(&lock);
	lines_flush(&lines, domid);
	spin_unlock(&lock);
}

void console_tag_guests(bool on)
{
	lines.tag_d0 = on;
}

void console_break_lock(void)
{
	lock.held = 0;
}

/* ---- input ---- */

size_t console_read(char *buf, size_t len)
{
	size_t n = 0;

	while (n < len && input_tail != input_head)
		buf[n++] = input[input_tail++ % INPUT_BYTES];
	return n;
}

void console_set_input_listener(void (*notify)(void))
{
	input_listener = notify;
}

void console_set_switch(bool on)
{
	monitor_switches = on;
	monitor_focus = false;
}

static void input_deliver(char c)
{
	if (monitor_focus) {
		console_monitor_key(c);
		return;
	}
	if (input_head - input_tail < INPUT_BYTES)
		input[input_head++ % INPUT_BYTES] = c;
	if (input_listener)
		input_listener();
}

/*
 * One typed byte. The switch letter is held back until it is known whether
 * it comes three times.
 */
static void input_char(char c)
{
	char letter = options.conswitch ? options.conswitch & 0x1f : 0;

	if (!monitor_switches || !letter || c != letter) {
		for (; switch_seen; switch_seen--)
			input_deliver(letter);
		input_deliver(c);
		return;
	}
	if (++switch_seen < SWITCH_COUNT)
		return;
	switch_seen = 0;
	monitor_focus = !monitor_focus;
	printk("input to %s; Ctrl-%c three times goes back",
	       monitor_focus ? "the monitor, h for help" : "d0", options.conswitch);
}

void console_serial_irq(void)
{
	serial_irq(input_char);
}

void console_keyboard_irq(void)
{
	keyboard_irq(input_char);
}

void console_start_irqs(void)
{
	serial_start_irqs();
	if (keyboard_init())
		keyboard_start_irqs();
	else
		log_at(LOG_INFO, "no PS/2 keyboard");
}
