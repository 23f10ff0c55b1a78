/* SPDX-License-Identifier: MIT */
/*
 * What every unit test shares. A test is one file test/unit/test_NAME.c, a
 * Check program of its own; test/build.mk compiles it with -m32, ASan and
 * UBSan, together with this harness and the sources that the test names in
 * comment lines of this shape (several lines are allowed):
 *
 *	SOURCES: hv/lib/elf.c hv/lib/string.c
 *
 * Code under test is built with -DRINGLET_HOST and finds its headers as in
 * the monitor (-Ihv). Results are counted per START_TEST.
 */
#ifndef TEST_UNIT_HARNESS_H
#define TEST_UNIT_HARNESS_H

#include <check.h>
#include <stdint.h>

/**
 * Run one suite and return main()'s exit status: 0 if every test passed.
 * Consumes the suite.
 */
int unit_run(Suite *suite);

/**
 * The seed of this run: RINGLET_SEED from the environment, or a fixed one.
 * `make test` derives it from the commit, so a failure can be repeated.
 */
uint64_t unit_seed(void);

/** Next number of a generator (xorshift64*) whose state the test owns. */
uint64_t unit_random(uint64_t *state);

/** Uniform enough number in [0, limit); limit > 0. */
uint32_t unit_random_below(uint64_t *state, uint32_t limit);

#endif
