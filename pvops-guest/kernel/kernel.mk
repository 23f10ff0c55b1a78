# SPDX-License-Identifier: MIT
# The teaching kernel: build/ARCH/pvops-guest. Included by pvops-guest/build.mk,
# which provides the compiler flags and libpv.a.

KERNEL_DIR := pvops-guest/kernel
KERNEL_OBJ := $(PV_OBJ)/$(KERNEL_DIR)
KERNEL_OUT := $(PV_OUT)/pvops-guest

# Each user/NAME.c named here is a program of its own; kern/programs.S embeds them.
KERNEL_PROGRAMS := sh hello spin fault touch thread
KERNEL_PROGRAM_FILES := $(KERNEL_PROGRAMS:%=$(KERNEL_OBJ)/programs/%)

# kern/, native/ and xen/ each have a folder for what depends on the width.
KERNEL_PARTS := kern native xen $(addsuffix /$(ARCH),kern native xen)
KERNEL_SRC := $(foreach part,$(KERNEL_PARTS),$(wildcard $(KERNEL_DIR)/$(part)/*.[cS]))
KERNEL_OBJECTS := $(call pv_objects,$(KERNEL_SRC))
KERNEL_USER_OBJECTS := $(KERNEL_PROGRAMS:%=$(KERNEL_OBJ)/user/%.o) $(KERNEL_OBJ)/user/user.o

KERNEL_LDFLAGS := -m $(PV_EMULATION_$(ARCH)) -nostdlib -static -z noexecstack \
	-z max-page-size=4096 --build-id=none --no-warn-rwx-segments

KERNEL_CPPFLAGS := $(PV_CPPFLAGS) -iquote $(KERNEL_DIR) \
	$(foreach part,kern native user,-iquote $(KERNEL_DIR)/$(part)/$(ARCH))

$(KERNEL_OBJ)/%.o: $(KERNEL_DIR)/%.c | $(B)/include/xen
	@mkdir -p $(@D)
	$(PV_CC) $(KERNEL_CPPFLAGS) $(PV_CFLAGS) -c -o $@ $<
$(KERNEL_OBJ)/%.o: $(KERNEL_DIR)/%.S | $(B)/include/xen
	@mkdir -p $(@D)
	$(PV_CC) $(KERNEL_CPPFLAGS) -D__ASSEMBLY__ $(PV_M) -g \
		-Wa,-I$(KERNEL_OBJ)/programs -c -o $@ $<

$(KERNEL_OBJ)/programs/%: $(KERNEL_OBJ)/user/%.o $(KERNEL_OBJ)/user/user.o $(PV_LIB) \
		$(KERNEL_DIR)/user/user.lds
	@mkdir -p $(@D)
	$(PV_LD) $(KERNEL_LDFLAGS) -s -T $(KERNEL_DIR)/user/user.lds -o $@ $(filter %.o %.a,$^)

$(KERNEL_OBJ)/kern/programs.o: $(KERNEL_PROGRAM_FILES)

$(KERNEL_OBJ)/kernel.lds: $(KERNEL_DIR)/kernel.lds.S $(KERNEL_DIR)/kern/$(ARCH)/kern_width.h
	@mkdir -p $(@D)
	$(PV_CC) $(filter-out -MMD -MP,$(KERNEL_CPPFLAGS)) -D__ASSEMBLY__ -E -P -x c -o $@ $<

$(KERNEL_OUT): $(KERNEL_OBJECTS) $(PV_LIB) $(KERNEL_OBJ)/kernel.lds
	@mkdir -p $(@D)
	$(PV_LD) $(KERNEL_LDFLAGS) -T $(KERNEL_OBJ)/kernel.lds -o $@ $(filter %.o %.a,$^)

.SECONDARY: $(KERNEL_USER_OBJECTS)
PV_PROGRAMS += $(KERNEL_OUT)
-include $(KERNEL_OBJECTS:.o=.d) $(KERNEL_USER_OBJECTS:.o=.d)
