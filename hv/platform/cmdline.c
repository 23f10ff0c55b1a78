/* SPDX-License-Identifier: MIT */
/*
 * The monitor's command line: words separated by blanks, each an option of
 * the table below. Called once by start.c.
 */
#include "lib/string.h"
#include "platform/platform.h"
#include "platform/step.h"

struct monitor_options options = {
	.loglvl = LOG_INFO,
	.guest_loglvl = LOG_WARN,
	.console_com1 = true,
	.console_vga = true,
	.com1_baud = 115200,
	.conswitch = 'a',
};

/*
 * One option. parse gets what follows '=' (an empty string without one) and
 * returns whether it could use it. A flag has a place instead.
 */
struct option {
	const char *name;
	bool *flag;
	bool (*parse)(const char *value);
};

/* com1=BAUD[,8n1[,…]]; Xen's further fields and other frame formats aren't ours. */
static bool parse_com1(const char *value)
{
	u64 baud;

	if (!str_to_u64(&value, &baud) || baud < 50 || baud > 115200)
		return false;
	if (*value && strncmp(value, ",8n1", 4) != 0)
		return false;
	options.com1_baud = (u32)baud;
	return true;
}

/* If the list element at *s is word, step over it and its comma. */
static bool take_word(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n) != 0 || ((*s)[n] && (*s)[n] != ','))
		return false;
	*s += n + ((*s)[n] == ',');
	return true;
}

static bool parse_console(const char *value)
{
	bool com1 = false, vga = false;

	while (*value) {
		if (take_word(&value, "com1"))
			com1 = true;
		else if (take_word(&value, "vga"))
			vga = true;
		else
			return false;
	}
	if (!com1 && !vga)
		return false;
	options.console_com1 = com1;
	options.console_vga = vga;
	return true;
}

/* LEVEL[/LEVEL]; the second, Xen's threshold for rate-limited lines, is ignored. */
static bool parse_level(const char *value, enum loglvl *level)
{
	static const struct {
		const char *name;
		enum loglvl level;
	} names[] = {{"none", LOG_ERR},	 {"error", LOG_ERR},   {"warning", LOG_WARN},
		     {"info", LOG_INFO}, {"debug", LOG_DEBUG}, {"all", LOG_DEBUG}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i].name);

		if (strncmp(value, names[i].name, n) == 0 && (!value[n] || value[n] == '/')) {
			*level = names[i].level;
			return true;
		}
	}
	return false;
}

static bool parse_loglvl(const char *value)
{
	return parse_level(value, &options.loglvl);
}

static bool parse_guest_loglvl(const char *value)
{
	return parse_level(value, &options.guest_loglvl);
}

/* SIZE, or Xen's list of min:SIZE, max:SIZE and SIZE, of which SIZE counts. */
static bool parse_dom0_mem(const char *value)
{
	u64 bytes, found = 0;

	do {
		bool bound = strncmp(value, "min:", 4) == 0 || strncmp(value, "max:", 4) == 0;

		if (bound)
			value += 4;
		if (!str_to_size(&value, &bytes) || (*value && *value != ','))
			return false;
		if (!bound)
			found = bytes;
	} while (*value++ == ',');
	options.dom0_mem_bytes = found;
	return true;
}

static bool parse_maxcpus(const char *value)
{
	u64 n;

	if (!str_to_u64(&value, &n) || *value || n == 0 || n > 4096)
		return false;
	options.max_cpus = (unsigned int)n;
	return true;
}

/* conswitch=LETTER[x], as Xen; 0 turns it off. */
static bool parse_conswitch(const char *value)
{
	char c = value[0];

	if (c >= 'A' && c <= 'Z')
		c |= 0x20;
	if (!((c >= 'a' && c <= 'z') || c == '0') || (value[1] && value[1] != 'x'))
		return false;
	options.conswitch = c == '0' ? 0 : c;
	return true;
}

static bool parse_sched(const char *value)
{
	return *value &&
	       str_copy(options.sched, value, sizeof(options.sched)) < sizeof(options.sched);
}

/* KIND[,KIND…][,dN][:COUNT]: where to stop for a debugger. */
static bool parse_step(const char *value)
{
	const char *wrong = step_parse(value, &step);

	int len = 0;

	if (!wrong)
		return true;
	while (wrong[len] && wrong[len] != ',' && wrong[len] != ':')
		len++;
	printk("step=: '%.*s' is no kind, domain or count here", len, wrong);
	return false;
}

static bool parse_trace(const char *value)
{
	return *value &&
	       str_copy(options.trace, value, sizeof(options.trace)) < sizeof(options.trace);
}

static const struct option table[] = {
	{"com1", NULL, parse_com1},
	{"console", NULL, parse_console},
	{"loglvl", NULL, parse_loglvl},
	{"guest_loglvl", NULL, parse_guest_loglvl},
	{"noreboot", &options.noreboot, NULL},
	{"dom0_mem", NULL, parse_dom0_mem},
	{"maxcpus", NULL, parse_maxcpus},
	{"sched", NULL, parse_sched},
	{"watchdog", &options.watchdog, NULL},
	{"conswitch", NULL, parse_conswitch},
	{"step", NULL, parse_step},
	{"trace", NULL, parse_trace},
	{"guest_debugcon", &options.guest_debugcon, NULL},
	{"qemu-exit", &options.qemu_exit, NULL},
};

/* Xen's words for a boolean: 1, 0, or -1 if it is none of them. */
static int parse_bool(const char *value)
{
	static const char *const yes[] = {"", "1", "yes", "on", "true", "enable"};
	static const char *const no[] = {"0", "no", "off", "false", "disable"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (strcmp(value, yes[i]) == 0)
			return 1;
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (strcmp(value, no[i]) == 0)
			return 0;
	return -1;
}

static const struct option *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strcmp(name, table[i].name) == 0)
			return &table[i];
	return NULL;
}

static void parse_word(char *word)
{
	char whole[BOOT_CMDLINE_MAX];
	char *eq = strchr(word, '=');
	const char *value = "";
	const struct option *o;
	bool good = false;

	str_copy(whole, word, sizeof(whole));
	if (eq) {
		*eq = '\0';
		value = eq + 1;
	}
	o = find(word);
	if (!o && !eq && strncmp(word, "no-", 3) == 0) {
		o = find(word + 3);
		value = "no";
		if (o && !o->flag)
			o = NULL;
	}
	if (!o) {
		printk("option '%s' is unknown, ignored", whole);
		return;
	}
	if (o->flag) {
		int on = parse_bool(value);

		good = on >= 0;
		if (good)
			*o->flag = on;
	} else {
		good = o->parse(value);
	}
	if (!good)
		printk("option '%s' is malformed, ignored", whole);
}

void cmdline_parse(const char *cmdline)
{
	char copy[BOOT_CMDLINE_MAX];
	char *s = copy;

	str_copy(copy, cmdline, sizeof(copy));
	for (;;) {
		char *word;

		while (*s == ' ' || *s == '\t')
			s++;
		word = s;
		while (*s && *s != ' ' && *s != '\t')
			s++;
		if (s == word)
			return;
		if (*s)
			*s++ = '\0';
		parse_word(word);
	}
}
