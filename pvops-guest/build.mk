# SPDX-License-Identifier: MIT
# Guest programs: the PV library, keeper, the teaching kernel. test/build.mk
# uses the pv_program function below for its test guests.

PV_OUT := $(B)/x86_32
PV_OBJ := $(PV_OUT)/obj
PV_CC ?= gcc
PV_LD ?= ld
PV_AR ?= ar

PV_CPPFLAGS := -I. -nostdinc -isystem $(shell $(PV_CC) -print-file-name=include) \
	-isystem $(B)/include -D__XEN_TOOLS__ -MMD -MP
PV_CFLAGS := -m32 -march=i686 -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fno-strict-aliasing -fno-common -fno-asynchronous-unwind-tables \
	-mgeneral-regs-only -fcf-protection=none -fno-tree-loop-distribute-patterns \
	-Wall -Wextra -Werror -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes \
	-Wnested-externs -Wredundant-decls -Wpointer-arith -Wcast-qual -Wvla \
	-Wimplicit-fallthrough
PV_LDFLAGS := -m elf_i386 -nostdlib -static -z noexecstack -z max-page-size=4096 \
	--build-id=none --no-warn-rwx-segments -T pvops-guest/lib/guest32.lds

PV_LIB_SRC := pvops-guest/lib/entry32.S $(wildcard pvops-guest/lib/*.c)
PV_LIB := $(PV_OUT)/libpv.a
pv_objects = $(addsuffix .o,$(addprefix $(PV_OBJ)/,$(basename $(1))))
PV_START := $(call pv_objects,pvops-guest/lib/start32.S)

# Objects of guest sources, under the source's own path. A folder of guest
# programs elsewhere adds its rules with $(eval $(call pv_rules,folder)).
define pv_rules
$(PV_OBJ)/$(1)/%.o: $(1)/%.c | $(B)/include/xen
	@mkdir -p $$(@D)
	$(PV_CC) $(PV_CPPFLAGS) $(PV_CFLAGS) -c -o $$@ $$<
$(PV_OBJ)/$(1)/%.o: $(1)/%.S | $(B)/include/xen
	@mkdir -p $$(@D)
	$(PV_CC) $(PV_CPPFLAGS) -D__ASSEMBLY__ -m32 -g -c -o $$@ $$<
endef

# $(eval $(call pv_program,name,sources,virt_base,features,target)): build
# build/x86_32/<name> from the sources, linked at virt_base, with the ELF note
# FEATURES set. The variable <target> (default PV_PROGRAMS) collects the result.
# virt_base: multiples of 4 MiB, below 0xF5800000; keeper 0xD0000000, the
# teaching kernel 0xC0000000, test guests 0xE0000000.
define pv_program
$(PV_OBJ)/$(1).notes.o: pvops-guest/lib/notes32.S | $(B)/include/xen
	@mkdir -p $$(@D)
	$(PV_CC) $(PV_CPPFLAGS) -D__ASSEMBLY__ -DPV_FEATURES='"$(strip $(4))"' -m32 -c -o $$@ $$<
$(PV_OUT)/$(1): $(PV_START) $(PV_OBJ)/$(1).notes.o $(call pv_objects,$(2)) $(PV_LIB) \
		pvops-guest/lib/guest32.lds
	@mkdir -p $$(@D)
	$(PV_LD) $(PV_LDFLAGS) --defsym=virt_base=$(strip $(3)) -o $$@ \
		$(PV_START) $(PV_OBJ)/$(1).notes.o $(call pv_objects,$(2)) $(PV_LIB)
$(or $(strip $(5)),PV_PROGRAMS) += $(PV_OUT)/$(1)
-include $(patsubst %.o,%.d,$(PV_OBJ)/$(1).notes.o $(call pv_objects,$(2)))
endef

# $(eval $(call pv_test_guest,claim)): build/x86_32/test/<claim> from
# test/guest/<claim>/*.c; collected in PV_TEST_GUESTS.
define pv_test_guest
$(eval $(call pv_rules,test/guest/$(1)))
$(PV_OBJ)/test/guest/$(1)/test-name.o: | $(B)/include/xen
	@mkdir -p $$(@D)
	printf 'const char test_name[] = "%s";\n' '$(1)' | \
		$(PV_CC) -nostdinc -m32 -ffreestanding -fno-pic -x c -c -o $$@ -
$(PV_OUT)/test/$(1): $(PV_OBJ)/test/guest/$(1)/test-name.o
$(eval $(call pv_program,test/$(1),$(wildcard test/guest/$(1)/*.c) \
	test/guest/$(1)/test-name.c,0xE0000000,,PV_TEST_GUESTS))
endef

$(eval $(call pv_rules,pvops-guest/lib))
$(eval $(call pv_rules,pvops-guest/keeper))

$(PV_LIB): $(call pv_objects,$(PV_LIB_SRC))
	@mkdir -p $(@D)
	rm -f $@
	$(PV_AR) rcs $@ $^
-include $(patsubst %.o,%.d,$(call pv_objects,$(PV_LIB_SRC)) $(PV_START))

KEEPER_SRC := $(wildcard pvops-guest/keeper/*.c)
ifneq ($(KEEPER_SRC),)
$(eval $(call pv_program,keeper,$(KEEPER_SRC),0xD0000000,console_switch))
endif

-include pvops-guest/kernel/kernel.mk

.PHONY: guests
all: guests
guests: $(PV_PROGRAMS)
