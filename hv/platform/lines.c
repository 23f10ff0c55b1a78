/* SPDX-License-Identifier: MIT */
/*
 * Console lines: one speaker at a time, each line with its prefix.
 * Called by console.c under its lock; calls only the emit function it was given.
 *
 * An unfinished line on the screen belongs to l->open. Whoever speaks next
 * ends it with a newline; when its owner goes on, that starts a new line
 * with the owner's tag.
 */
#include "lib/printf.h"
#include "lib/string.h"
#include "platform/lines.h"

static void put_flush(struct lines *l)
{
	if (l->out_len)
		l->emit(l->out, l->out_len);
	l->out_len = 0;
}

static void put(struct lines *l, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (l->out_len == sizeof(l->out))
			put_flush(l);
		l->out[l->out_len++] = text[i];
	}
}

static void put_str(struct lines *l, const char *s)
{
	put(l, s, strlen(s));
}

static void end_open_line(struct lines *l)
{
	if (l->open != LINES_NOBODY)
		put_str(l, "\n");
	l->open = LINES_NOBODY;
}

void lines_init(struct lines *l, void (*emit)(const char *text, size_t len_bytes))
{
	memset(l, 0, sizeof(*l));
	l->emit = emit;
	l->open = LINES_NOBODY;
	l->d0_start = true;
}

void lines_monitor(struct lines *l, const char *text, size_t len)
{
	size_t i = 0;

	end_open_line(l);
	while (i < len) {
		size_t start = i;

		while (i < len && text[i] != '\n')
			i++;
		put_str(l, "(ringlet) ");
		put(l, text + start, i - start);
		put_str(l, "\n");
		i++;
	}
	put_flush(l);
}

/* How far s, len bytes, is a "(dN) " tag: -1 not at all, 0 may become one, 1 is one. */
static int tag_match(const char *s, size_t len)
{
	size_t i = 2;

	if (s[0] != '(' || (len > 1 && s[1] != 'd'))
		return -1;
	while (i < len && i < 7 && s[i] >= '0' && s[i] <= '9')
		i++;
	if (i >= len)
		return 0;
	if (i == 2 || s[i] != ')')
		return -1;
	if (i + 1 == len)
		return 0;
	return s[i + 1] == ' ' ? 1 : -1;
}

/* Domain 0's line becomes the open one, with its tag in front. */
static void d0_open(struct lines *l)
{
	end_open_line(l);
	put_str(l, l->d0_tag);
	l->open = 0;
}

/* The first bytes of a line are known not to be a tag: print them as they are. */
static void d0_release(struct lines *l)
{
	char held[LINES_TAG_MAX];
	unsigned int n = l->held;

	memcpy(held, l->d0_tag, n);
	str_copy(l->d0_tag, l->tag_d0 ? "(d0) " : "", sizeof(l->d0_tag));
	l->held = 0;
	l->d0_start = false;
	d0_open(l);
	put(l, held, n);
}

/* At the start of a line: c belongs to a tag (true), or is text (false). */
static bool d0_take_tag(struct lines *l, char c)
{
	l->d0_tag[l->held++] = c;
	switch (tag_match(l->d0_tag, l->held)) {
	case 0:
		return true;
	case 1:
		l->d0_tag[l->held] = '\0';
		l->held = 0;
		l->d0_start = false;
		d0_open(l);
		return true;
	default:
		l->held--;
		d0_release(l);
		return false;
	}
}

static void d0_put(struct lines *l, char c)
{
	if (l->d0_start && d0_take_tag(l, c))
		return;
	if (c == '\n') {
		/* Interrupted in between: its line has been ended already. */
		if (l->open == 0)
			put_str(l, "\n");
		if (l->open == 0)
			l->open = LINES_NOBODY;
		l->d0_start = true;
		return;
	}
	if (l->open != 0)
		d0_open(l);
	put(l, &c, 1);
}

static void d0_write(struct lines *l, char c)
{
	if (c == '\r') {
		l->d0_cr = true;
		return;
	}
	/* \r\n is \n; at the start of a line \r changes nothing. */
	if (l->d0_cr && c != '\n' && (!l->d0_start || l->held))
		d0_put(l, '\r');
	l->d0_cr = false;
	d0_put(l, c);
}

static void speaker_print(struct lines *l, struct lines_speaker *s, bool whole)
{
	char tag[LINES_TAG_MAX];

	end_open_line(l);
	fmt(tag, sizeof(tag), "(d%u) ", s->domid);
	put_str(l, tag);
	put(l, s->text, s->len);
	if (whole)
		put_str(l, "\n");
	else
		l->open = (int)s->domid;
	s->len = 0;
	s->used = false;
}

static struct lines_speaker *speaker_find(struct lines *l, unsigned int domid)
{
	for (unsigned int i = 0; i < LINES_SPEAKERS; i++)
		if (l->speakers[i].used && l->speakers[i].domid == domid)
			return &l->speakers[i];
	return NULL;
}

static struct lines_speaker *speaker_get(struct lines *l, unsigned int domid)
{
	struct lines_speaker *s = speaker_find(l, domid);

	if (s)
		return s;
	for (unsigned int i = 0; i < LINES_SPEAKERS && !s; i++)
		if (!l->speakers[i].used)
			s = &l->speakers[i];
	if (!s) {
		s = &l->speakers[l->victim++ % LINES_SPEAKERS];
		speaker_print(l, s, true);
	}
	s->used = true;
	s->cr = false;
	s->domid = domid;
	s->len = 0;
	return s;
}

static void speaker_put(struct lines *l, unsigned int domid, char c)
{
	struct lines_speaker *s = speaker_find(l, domid);

	/* After a flush a lone newline ends what is on the screen. */
	if (!s && c == '\n' && l->open == (int)domid) {
		end_open_line(l);
		return;
	}
	if (!s)
		s = speaker_get(l, domid);
	if (c == '\n') {
		speaker_print(l, s, true);
		return;
	}
	if (c == '\r') {
		s->cr = true;
		return;
	}
	if (s->len + 2 > LINES_TEXT_MAX)
		speaker_print(l, s, true);
	s = speaker_get(l, domid);
	if (s->cr && s->len)
		s->text[s->len++] = '\r';
	s->cr = false;
	s->text[s->len++] = c;
}

static bool printable(char c)
{
	unsigned char u = (unsigned char)c;

	return (u >= ' ' && u != 0x7f) || c == '\n' || c == '\r' || c == '\t' || c == '\b';
}

void lines_guest(struct lines *l, unsigned int domid, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!printable(text[i]))
			continue;
		if (domid == 0)
			d0_write(l, text[i]);
		else
			speaker_put(l, domid, text[i]);
	}
	put_flush(l);
}

void lines_flush(struct lines *l, unsigned int domid)
{
	struct lines_speaker *s = domid ? speaker_find(l, domid) : NULL;

	if (s && s->len)
		speaker_print(l, s, false);
	else if (s)
		s->used = false;
	else if (domid == 0 && l->held)
		d0_release(l);
	put_flush(l);
}
