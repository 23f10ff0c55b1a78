/* SPDX-License-Identifier: MIT */
/*
 * One-letter commands typed while the monitor has the input focus.
 * Called by console.c, and by the debug_keys operation; others register here.
 */
#include "platform/platform.h"
#include "platform/trace.h"

#define NR_KEYS 128
#define KEY_RECORDS 4096 /* half a minute of a serial line at 115200 baud */

static struct {
	const char *help;
	void (*handler)(char key);
} keys[NR_KEYS];

void keys_register(char key, const char *help, void (*handler)(char key))
{
	BUG_ON((unsigned char)key >= NR_KEYS);
	keys[(unsigned char)key].help = help;
	keys[(unsigned char)key].handler = handler;
}

void console_monitor_key(char key)
{
	unsigned char k = (unsigned char)key;

	if (k < NR_KEYS && keys[k].handler)
		keys[k].handler(key);
}

static void key_help(char key)
{
	(void)key;
	for (int k = 0; k < NR_KEYS; k++)
		if (keys[k].help)
			printk("key %c: %s", k, keys[k].help);
}

static void key_reboot(char key)
{
	(void)key;
	printk("reset by key");
	power_reset();
}

static void key_timers(char key)
{
	(void)key;
	timers_print();
}

static void key_trace(char key)
{
	trace_say();
	if (key == 'B')
		trace_dump(KEY_RECORDS);
}

void keys_init(void)
{
	keys_register('h', "this list", key_help);
	keys_register('t', "timers", key_timers);
	keys_register('b', "trace buffer", key_trace);
	keys_register('B', "trace buffer, with its newest records (long)", key_trace);
	keys_register('R', "reset the machine", key_reboot);
}
