# SPDX-License-Identifier: MIT
# The teaching kernel: build/x86_32/pvops-guest. Included by pvops-guest/build.mk,
# which provides the compiler flags and libpv.a.

KERNEL_DIR := pvops-guest/kernel
KERNEL_OBJ := $(PV_OBJ)/$(KERNEL_DIR)
KERNEL_OUT := $(PV_OUT)/pvops-guest

# Each user/NAME.c named here is a program of its own; kern/programs.S embeds them.
KERNEL_PROGRAMS := sh hello spin fault touch
KERNEL_PROGRAM_FILES := $(KERNEL_PROGRAMS:%=$(KERNEL_OBJ)/programs/%)

KERNEL_SRC := $(wildcard $(addprefix $(KERNEL_DIR)/,kern/*.[cS] native/*.[cS] xen/*.[cS]))
KERNEL_OBJECTS := $(call pv_objects,$(KERNEL_SRC))
KERNEL_USER_OBJECTS := $(KERNEL_PROGRAMS:%=$(KERNEL_OBJ)/user/%.o) $(KERNEL_OBJ)/user/user.o

KERNEL_LDFLAGS := -m elf_i386 -nostdlib -static -z noexecstack -z max-page-size=4096 \
	--build-id=none --no-warn-rwx-segments

KERNEL_CPPFLAGS := $(PV_CPPFLAGS) -iquote $(KERNEL_DIR)

$(KERNEL_OBJ)/%.o: $(KERNEL_DIR)/%.c | $(B)/include/xen
	@mkdir -p $(@D)
	$(PV_CC) $(KERNEL_CPPFLAGS) $(PV_CFLAGS) -c -o $@ $<
$(KERNEL_OBJ)/%.o: $(KERNEL_DIR)/%.S | $(B)/include/xen
	@mkdir -p $(@D)
	$(PV_CC) $(KERNEL_CPPFLAGS) -D__ASSEMBLY__ -m32 -g -Wa,-I$(KERNEL_OBJ)/programs -c -o $@ $<

$(KERNEL_OBJ)/programs/%: $(KERNEL_OBJ)/user/%.o $(KERNEL_OBJ)/user/user.o $(PV_LIB) \
		$(KERNEL_DIR)/user/user.lds
	@mkdir -p $(@D)
	$(PV_LD) $(KERNEL_LDFLAGS) -s -T $(KERNEL_DIR)/user/user.lds -o $@ $(filter %.o %.a,$^)

$(KERNEL_OBJ)/kern/programs.o: $(KERNEL_PROGRAM_FILES)

$(KERNEL_OUT): $(KERNEL_OBJECTS) $(PV_LIB) $(KERNEL_DIR)/kernel.lds
	@mkdir -p $(@D)
	$(PV_LD) $(KERNEL_LDFLAGS) -T $(KERNEL_DIR)/kernel.lds -o $@ $(filter %.o %.a,$^)

.SECONDARY: $(KERNEL_USER_OBJECTS)
PV_PROGRAMS += $(KERNEL_OUT)
-include $(KERNEL_OBJECTS:.o=.d) $(KERNEL_USER_OBJECTS:.o=.d)
