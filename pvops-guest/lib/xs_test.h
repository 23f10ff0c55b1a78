/* SPDX-License-Identifier: MIT */
/*
 * Checked xenstore requests, for test guests.
 */
#ifndef PVOPS_GUEST_LIB_XS_TEST_H
#define PVOPS_GUEST_LIB_XS_TEST_H

#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/xs_client.h"

/* String literals with their NUL, as the body of a request. */
#define XS_BODY(s) (s), sizeof(s)

/* The last reply's body, with a NUL after it, and its length without that. */
extern char xs_reply[XENSTORE_PAYLOAD_MAX + 1];
extern size_t xs_reply_len;

/*
 * xs_expect - a request that has to be answered so; anything else is reported
 * as the claim's failure. @want_type: the request's own, or XS_ERROR; @want:
 * the reply up to its first NUL.
 */
void xs_expect(uint32_t type, const void *body, size_t len_bytes, int want_type, const char *want);

/* xs_expect_in - the same within a transaction. */
void xs_expect_in(uint32_t tx, uint32_t type, const void *body, size_t len_bytes, const char *want);

/* xs_begin - a new transaction's id; 0 if there is none (reported). */
uint32_t xs_begin(void);

/* xs_expect_event - the next event, within some seconds, has to be this. */
void xs_expect_event(const char *path, const char *token);

/* xs_expect_silence - no event comes for a while. */
void xs_expect_silence(void);

#endif
