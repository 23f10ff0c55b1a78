# SPDX-License-Identifier: MIT
# Guest programs: the PV library, keeper, the teaching kernel. test/build.mk
# uses the pv_program function below for its test guests.

PV_OUT := $(B)/$(ARCH)
PV_OBJ := $(PV_OUT)/obj
PV_CC ?= gcc
PV_LD ?= ld
PV_AR ?= ar

PV_M_x86_32 := -m32
PV_M_x86_64 := -m64
PV_M := $(PV_M_$(ARCH))
PV_EMULATION_x86_32 := elf_i386
PV_EMULATION_x86_64 := elf_x86_64

PV_CPPFLAGS := -I. -Ipvops-guest/lib/$(ARCH) -nostdinc \
	-isystem $(shell $(PV_CC) -print-file-name=include) \
	-isystem $(B)/include -D__XEN_TOOLS__ -MMD -MP
PV_CFLAGS_x86_32 := -march=i686
PV_CFLAGS_x86_64 := -mno-red-zone -mcmodel=kernel
PV_CFLAGS := $(PV_M) $(PV_CFLAGS_$(ARCH)) -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fno-strict-aliasing -fno-common -fno-asynchronous-unwind-tables \
	-mgeneral-regs-only -fcf-protection=none -fno-tree-loop-distribute-patterns \
	-Wall -Wextra -Werror -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes \
	-Wnested-externs -Wredundant-decls -Wpointer-arith -Wcast-qual -Wvla \
	-Wimplicit-fallthrough
PV_ASFLAGS := $(PV_CPPFLAGS) -D__ASSEMBLY__ $(PV_M)
PV_LDS := pvops-guest/lib/$(ARCH)/guest.lds
PV_LDFLAGS := -m $(PV_EMULATION_$(ARCH)) -nostdlib -static -z noexecstack \
	-z max-page-size=4096 --build-id=none --no-warn-rwx-segments -T $(PV_LDS)

PV_LIB_SRC := pvops-guest/lib/$(ARCH)/entry.S \
	$(wildcard pvops-guest/lib/*.c pvops-guest/lib/$(ARCH)/*.c)
PV_LIB := $(PV_OUT)/libpv.a
pv_objects = $(addsuffix .o,$(addprefix $(PV_OBJ)/,$(basename $(1))))
PV_START := $(call pv_objects,pvops-guest/lib/$(ARCH)/start.S)

# Objects of guest sources, under the source's own path. A folder of guest
# programs elsewhere adds its rules with $(eval $(call pv_rules,folder)).
define pv_rules
$(PV_OBJ)/$(1)/%.o: $(1)/%.c | $(B)/include/xen
	@mkdir -p $$(@D)
	$(PV_CC) $(PV_CPPFLAGS) $(PV_CFLAGS) -c -o $$@ $$<
$(PV_OBJ)/$(1)/%.o: $(1)/%.S | $(B)/include/xen
	@mkdir -p $$(@D)
	$(PV_CC) $(PV_ASFLAGS) -g -c -o $$@ $$<
endef

# $(eval $(call pv_program,name,sources,virt_base,features,target)): build
# build/ARCH/<name> from the sources, linked at virt_base, with the ELF note
# FEATURES set. The variable <target> (default PV_PROGRAMS) collects the result.
# virt_base: multiples of 4 MiB; keeper 0xD0000000, the teaching kernel
# 0xC0000000, test guests 0xE0000000; in 64 bits the same with the sign extended.
PV_HIGH_x86_64 := 0xFFFFFFFF
pv_address = $(or $(PV_HIGH_$(ARCH)),0x)$(patsubst 0x%,%,$(strip $(1)))
define pv_program
$(PV_OBJ)/$(1).notes.o: pvops-guest/lib/notes.S | $(B)/include/xen
	@mkdir -p $$(@D)
	$(PV_CC) $(PV_ASFLAGS) -DPV_FEATURES='"$(strip $(4))"' -c -o $$@ $$<
$(PV_OUT)/$(1): $(PV_START) $(PV_OBJ)/$(1).notes.o $(call pv_objects,$(2)) $(PV_LIB) $(PV_LDS)
	@mkdir -p $$(@D)
	$(PV_LD) $(PV_LDFLAGS) --defsym=virt_base=$(call pv_address,$(3)) -o $$@ \
		$(PV_START) $(PV_OBJ)/$(1).notes.o $(call pv_objects,$(2)) $(PV_LIB)
$(or $(strip $(5)),PV_PROGRAMS) += $(PV_OUT)/$(1)
-include $(patsubst %.o,%.d,$(PV_OBJ)/$(1).notes.o $(call pv_objects,$(2)))
endef

# $(eval $(call pv_test_guest,claim)): build/ARCH/test/<claim> from the C files of
# test/guest/<claim> and of its folder ARCH; collected in PV_TEST_GUESTS.
pv_test_sources = $(wildcard test/guest/$(1)/*.c test/guest/$(1)/$(ARCH)/*.c)
define pv_test_guest
$(eval $(call pv_rules,test/guest/$(1)))
$(PV_OBJ)/test/guest/$(1)/test-name.o: | $(B)/include/xen
	@mkdir -p $$(@D)
	printf 'const char test_name[] = "%s";\n' '$(1)' | \
		$(PV_CC) -nostdinc $(PV_M) -ffreestanding -fno-pic -x c -c -o $$@ -
$(PV_OUT)/test/$(1): $(PV_OBJ)/test/guest/$(1)/test-name.o
$(eval $(call pv_program,test/$(1),$(call pv_test_sources,$(1)) \
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
-include pvops-guest/labs/labs.mk

.PHONY: guests
all: guests
guests: $(PV_PROGRAMS)
