# SPDX-License-Identifier: MIT
# How the monitor's sources become objects. The link is boot/build.mk's.

HV_WARN := -Wall -Wextra -Werror -Wshadow -Wundef -Wstrict-prototypes \
	-Wmissing-prototypes -Wnested-externs -Wredundant-decls -Wpointer-arith \
	-Wcast-qual -Wvla -Wimplicit-fallthrough
HV_COMMON := -std=gnu11 -O2 -g -ffreestanding -nostdinc \
	-isystem $(shell $(CC) -print-file-name=include) -isystem $(B)/include \
	-fno-strict-aliasing -fno-common -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-omit-frame-pointer -mgeneral-regs-only \
	-Ihv -MMD -MP $(HV_WARN) $(if $(DEBUG),-DDEBUG)
HV_CFLAGS_x86_32 := -m32 -march=i686 -mregparm=3 -freg-struct-return -fno-pic \
	-Ihv/x86_32 -I$(B)/x86_32/gen
# Anywhere in the address space, as one piece: all is reached from where we are.
HV_CFLAGS_x86_64 := -m64 -mno-red-zone -mcmodel=small -fpie -fvisibility=hidden \
	-Ihv/x86_64 -I$(B)/x86_64/gen
HV_CFLAGS := $(HV_COMMON) $(HV_CFLAGS_$(ARCH))
HV_ASFLAGS := $(HV_CFLAGS) -D__ASSEMBLY__

HV_DIRS := lib unpack x86 platform mm domain hypercall trap $(ARCH)
HV_SRCS := $(filter-out %/asm-offsets.c,$(sort \
	$(foreach d,$(HV_DIRS),$(wildcard hv/$(d)/*.c hv/$(d)/*.S))))
# Segments have limits in 32-bit code only.
ifneq ($(ARCH),x86_32)
HV_SRCS := $(filter-out hv/trap/segment.c hv/x86/operand.c hv/x86/operand_size.c \
	hv/x86/desc_half.c,$(HV_SRCS))
endif
HV_OBJS := $(patsubst %,$(B)/$(ARCH)/obj/%.o,$(basename $(HV_SRCS)))
# All of it as one object: paths cross many files, so inline across them.
HV_LINKED := $(B)/$(ARCH)/obj/hv.o
HV_GEN := $(B)/$(ARCH)/gen/asm-offsets.h

$(B)/include/xen:
	@mkdir -p $(B)/include
	ln -sfn /usr/include/xen $@

$(B)/$(ARCH)/gen/asm-offsets.h: hv/$(ARCH)/asm-offsets.c hv/$(ARCH)/regs.h | $(B)/include/xen
	@mkdir -p $(@D)
	@$(CC) $(filter-out -MMD -MP,$(HV_CFLAGS)) -S -o - $< | \
		sed -n 's/^.*\.ascii "\(#define [^\\]*\)\\n"/\1/p' > $@.tmp
	mv $@.tmp $@

include hv/unpack/build.mk

$(HV_LINKED): $(HV_OBJS) $(UNPACK_LIB)
	@echo "  LTO  $@"
	@$(CC) $(filter-out -MMD -MP,$(HV_CFLAGS)) -flto=auto -r -nostdlib \
		-flinker-output=nolto-rel -o $@ $^

$(B)/$(ARCH)/obj/hv/%.o: hv/%.c $(HV_GEN) | $(B)/include/xen
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(HV_CFLAGS) -flto -c -o $@ $<

$(B)/$(ARCH)/obj/hv/%.o: hv/%.S $(HV_GEN) | $(B)/include/xen
	@mkdir -p $(@D)
	@echo "  AS   $<"
	@$(CC) $(HV_ASFLAGS) -c -o $@ $<

# The ABI document is made from the hypercall table, and lint holds them together.
ABI_TABLE := hv/hypercall/abitable hv/hypercall/hypercall.h /usr/include/xen/xen.h
.PHONY: abi check-abi
abi:
	$(ABI_TABLE) > hv/hypercall/ABI.md

check-abi:
	@$(ABI_TABLE) | diff -u hv/hypercall/ABI.md - || \
		{ echo 'hv/hypercall/ABI.md: out of date: make abi'; exit 1; }

# The tour: numbered stops in the comments, and pages of the source around them.
.PHONY: tour check-tour
tour:
	@hv/tour
	@hv/tour --html $(B)/tour
	@echo 'The same as pages: $(B)/tour/index.html'

check-tour:
	@hv/tour --check

lint: check-abi check-tour

-include $(HV_OBJS:.o=.d)
