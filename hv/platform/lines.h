/* SPDX-License-Identifier: MIT */
/*
 * Who says what on the console: prefixes, and lines that interrupt each other.
 * Pure; console.c gives it an output function, the unit test another.
 */
#ifndef PLATFORM_LINES_H
#define PLATFORM_LINES_H

#include "lib/types.h"

#define LINES_NOBODY   (-1)
#define LINES_TAG_MAX  12 /* "(d65535) " and a NUL */
#define LINES_TEXT_MAX 240
#define LINES_SPEAKERS 8

/* What a domain other than 0 has said of a line not yet printed. */
struct lines_speaker {
	bool used, cr;
	unsigned int domid, len;
	char text[LINES_TEXT_MAX];
};

struct lines {
	void (*emit)(const char *text, size_t len_bytes);
	bool tag_d0; /* lines of domain 0 get a prefix */
	int open; /* domain whose unfinished line stands on the screen */
	bool d0_start; /* domain 0 is at the start of a line */
	bool d0_cr; /* and has said \r, not yet passed on */
	unsigned int held; /* bytes in d0_tag that may become a tag */
	char d0_tag[LINES_TAG_MAX];
	struct lines_speaker speakers[LINES_SPEAKERS];
	unsigned int victim; /* whose buffer is taken next when all are used */
	unsigned int out_len;
	char out[256];
};

/* @emit: takes finished bytes, a newline being '\n' alone. */
void lines_init(struct lines *l, void (*emit)(const char *text, size_t len_bytes));

/* Whole lines of the monitor: "(ringlet) " before each, a last newline if missing. */
void lines_monitor(struct lines *l, const char *text, size_t len_bytes);

/**
 * What a guest says, in pieces of any size. Domain 0 is passed on at once, but
 * for the few bytes that may yet become a "(dN) " tag of its own; others are
 * held until their line is complete.
 */
void lines_guest(struct lines *l, unsigned int domid, const char *text, size_t len_bytes);

/* Print a domain's unfinished line. */
void lines_flush(struct lines *l, unsigned int domid);

#endif
