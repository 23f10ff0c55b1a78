# SPDX-License-Identifier: MIT
# Host side of the tests: unit programs, lint, and the runner that boots guests.
# Included by the top Makefile. Test guests are built by pvops-guest/build.mk.

B ?= build

# ---- packages: what packages.txt lists is installed before anything else -----

# An included file that has to be made first: make starts again once it is, and
# then finds the compiler that the other makefiles ask for their paths.
ifeq ($(filter clean help,$(MAKECMDGOALS)),)
include $(B)/packages.mk
endif

$(B)/packages.mk: packages.txt test/host/deps
	@test/host/deps
	@mkdir -p $(@D)
	@touch $@

# ---- unit tests: one Check program per test/unit/test_*.c -------------------
#
# In 32 bits, or in the widths that its line "WIDTHS: 32 64" names: the 64-bit
# program is build/unit64/test_*. A source of hv/x86_NN is each width's own.

SYSROOT := $(B)/sysroot
UNIT_CHECK := $(SYSROOT)/usr/include/check.h
UNIT_LIB := $(SYSROOT)/usr/lib/i386-linux-gnu
UNIT_TESTS := $(patsubst test/unit/%.c,%,$(wildcard test/unit/test_*.c))
UNIT_ONLY_64 := $(patsubst test/unit/%.c,%,$(shell grep -l 'WIDTHS: 64' test/unit/test_*.c))
UNIT_BOTH := $(patsubst test/unit/%.c,%,$(shell grep -l 'WIDTHS: 32 64' test/unit/test_*.c))
UNIT_TESTS_32 := $(filter-out $(UNIT_ONLY_64),$(UNIT_TESTS))
UNIT_TESTS_64 := $(UNIT_ONLY_64) $(UNIT_BOTH)
UNIT_PROGRAMS := $(UNIT_TESTS_32:%=$(B)/unit/%) $(UNIT_TESTS_64:%=$(B)/unit64/%)

UNIT_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer -fno-strict-aliasing \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-Wall -Wextra -Werror -Wshadow -Wundef -Wvla -Wimplicit-fallthrough \
	-DRINGLET_HOST -Ihv -I. -Itest/unit
UNIT_CFLAGS_32 := -m32 $(UNIT_CFLAGS) -Ihv/x86_32 -isystem $(SYSROOT)/usr/include
UNIT_CFLAGS_64 := -m64 $(UNIT_CFLAGS) -Ihv/x86_64
UNIT_LIBS_32 := $(UNIT_LIB)/libcheck_pic.a $(UNIT_LIB)/libsubunit.a -lm -lrt -pthread
UNIT_LIBS_64 := -lcheck_pic -lsubunit -lm -lrt -pthread

# The sources a test names in its SOURCES: lines.
unit_sources = $(subst x86_NN,x86_$(2),$(shell sed -n 's/.*SOURCES:\([^*]*\).*/\1/p' \
	test/unit/$(1).c))

$(UNIT_CHECK):
	test/host/sysroot $(SYSROOT)

$(B)/unit/obj/%.o: %.c | $(UNIT_CHECK)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS_32) -MMD -MP -c -o $@ $<

$(B)/unit64/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS_64) -MMD -MP -c -o $@ $<

# Name, width, folder.
define unit_program
$(B)/$(3)/$(1): $(patsubst %.c,$(B)/$(3)/obj/%.o, \
		test/unit/$(1).c test/unit/harness.c $(call unit_sources,$(1),$(2)))
	$$(CC) $$(UNIT_CFLAGS_$(2)) -o $$@ $$^ $$(UNIT_LIBS_$(2))
endef
$(foreach t,$(UNIT_TESTS_32),$(eval $(call unit_program,$(t),32,unit)))
$(foreach t,$(UNIT_TESTS_64),$(eval $(call unit_program,$(t),64,unit64)))

# Two tests take the fetched libraries along: their authors' warnings and their
# shifts and pointers, but no byte out of bounds.
UNIT_UNPACK_CFLAGS := -std=gnu99 -O1 -g -fno-strict-aliasing -fno-omit-frame-pointer \
	-fsanitize=address -w -DNDEBUG $(UNPACK_INCLUDES) $(UNPACK_DEFINES)
define unit_unpack
$(B)/$(2)/test_unpack $(B)/$(2)/test_kernel: $(UNPACK_LIB_SRCS:%.c=$(B)/$(2)/obj/%.o)
$(B)/$(2)/obj/$(UNPACK)/%.o: UNIT_CFLAGS_$(1) := -m$(1) $(UNIT_UNPACK_CFLAGS)
$(B)/$(2)/obj/hv/unpack/%.o: UNIT_CFLAGS_$(1) += -Ihv/unpack $(UNPACK_INCLUDES) \
	$(UNPACK_DEFINES)
$(patsubst %.c,$(B)/$(2)/obj/%.o,$(wildcard hv/unpack/*.c)): $(UNPACK)/fetched
endef
$(eval $(call unit_unpack,32,unit))
$(eval $(call unit_unpack,64,unit64))

.PHONY: unit
unit: $(UNIT_PROGRAMS)

-include $(shell find $(B)/unit/obj $(B)/unit64/obj -name '*.d' 2>/dev/null)

# ---- running ----------------------------------------------------------------

.PHONY: run test test-unit test-guest test-labs test-real test-bochs lint rules

EMU ?= bochs
SCENE ?= default

run: $(B)/$(ARCH)/ringlet $(B)/$(ARCH)/keeper $(B)/$(ARCH)/pvops-guest
	@EMU=$(EMU) ARCH=$(ARCH) SCENE=$(SCENE) HEADLESS=$(HEADLESS) python3 test/host/run.py

# Both have a scene of their own; one that somebody has named is another.
NAMED_SCENE := $(if $(filter command environment,$(firstword $(origin SCENE))),$(SCENE))
.PHONY: step
step: $(B)/$(ARCH)/ringlet $(B)/$(ARCH)/keeper $(B)/$(ARCH)/pvops-guest $(B)/$(ARCH)/walker
	@ARCH=$(ARCH) WALK=$(WALK) STEP=$(STEP) \
		SCENE=$(NAMED_SCENE) HEADLESS=$(HEADLESS) python3 test/host/step.py

# Headless, in QEMU: build/trace.json, .html, .xentrace, .png.
.PHONY: trace
trace: $(B)/$(ARCH)/ringlet $(B)/$(ARCH)/keeper $(B)/$(ARCH)/pvops-guest
	@ARCH=$(ARCH) SCENE=$(SCENE) python3 test/host/trace.py

.PHONY: gdb
gdb: $(B)/$(ARCH)/ringlet $(B)/$(ARCH)/keeper $(B)/$(ARCH)/pvops-guest
	@ARCH=$(ARCH) SCENE=$(NAMED_SCENE) STEP=$(STEP) SYMBOLS='$(SYMBOLS)' \
		GDBFLAGS='$(GDBFLAGS)' python3 test/host/debug.py

# The runner builds by itself, so that a broken part costs its own tests only.
# It tests every width, but for an ARCH that somebody has named.
NAMED_ARCH := $(if $(filter command environment,$(firstword $(origin ARCH))),$(ARCH))
test:
	@ARCH=$(NAMED_ARCH) python3 test/host/runner.py

test-unit test-guest test-labs test-real test-bochs:
	@ARCH=$(NAMED_ARCH) python3 test/host/runner.py $(@:test-%=%)

lint:
	@python3 test/lint/lint.py

# test/RULES.md: which rule is shown by which test.
rules:
	@test/host/rules

# ---- test guests: one PV guest per folder of test/guest ---------------------

# A claim that is only for the other width says so in its expect file.
OTHER_WIDTH := $(shell grep -ls '^widths:' test/guest/*/expect | \
	xargs -r grep -L '^widths:.*$(ARCH)')
TEST_CLAIMS := $(filter-out $(notdir $(patsubst %/,%,$(dir $(OTHER_WIDTH)))), \
	$(notdir $(patsubst %/,%,$(dir $(wildcard test/guest/*/main.c)))))
ifdef pv_test_guest
$(foreach claim,$(TEST_CLAIMS),$(eval $(call pv_test_guest,$(claim))))
all: $(PV_TEST_GUESTS)
endif

# ---- make step: the guest that the walks look at ----------------------------

ifdef pv_program
$(eval $(call pv_rules,test/bochs/walker))
$(eval $(call pv_program,walker,$(wildcard test/bochs/walker/*.c \
	test/bochs/walker/$(ARCH)/*.c),0xE0000000,,PV_WALKER))
all: $(PV_WALKER)
endif

# libc-program runs an ordinary program, linked with the host's i386 C library.
ifeq ($(ARCH),x86_32)
LIBC_PROGRAM := $(PV_OBJ)/test/guest/libc-program/program.elf

$(LIBC_PROGRAM): test/guest/libc-program/program/program.c
	@mkdir -p $(@D)
	$(CC) -m32 -march=i686 -std=gnu11 -O2 -Wall -Wextra -Werror -static -s -o $@ $<

$(PV_OBJ)/test/guest/libc-program/image.o: $(LIBC_PROGRAM)
endif
