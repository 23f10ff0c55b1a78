# SPDX-License-Identifier: MIT
# The labs. Lab N is the folder N-NAME: lab.c, or ARCH/lab.S, is what a student
# edits, solution/ the same solved, check.c decides. Programs are
# build/ARCH/test/lab-N-start and lab-N-solution. Included by pvops-guest/build.mk.

LABS_DIR := pvops-guest/labs
# A lab that has something to show in one width only says so in its expect file.
LAB_OTHER_WIDTH := $(shell grep -ls '^widths:' $(LABS_DIR)/*/expect | \
	xargs -r grep -L '^widths:.*$(ARCH)')
LAB_FOLDERS := $(filter-out $(patsubst %/expect,%,$(LAB_OTHER_WIDTH)), \
	$(patsubst %/check.c,%,$(wildcard $(LABS_DIR)/*/check.c)))
lab_number = $(firstword $(subst -, ,$(notdir $(1))))

# $(call lab_program,folder,folder of the code,name)
define lab_program
$(PV_OBJ)/$(LABS_DIR)/$(3)/test-name.o: | $(B)/include/xen
	@mkdir -p $$(@D)
	printf 'const char test_name[] = "%s";\n' '$(3)' | \
		$(PV_CC) -nostdinc $(PV_M) -ffreestanding -fno-pic -x c -c -o $$@ -
$(eval $(call pv_program,test/$(3),$(1)/check.c \
	$(wildcard $(2)/lab.c $(2)/$(ARCH)/lab.S) $(LABS_DIR)/$(3)/test-name.c,0xE0000000,,PV_LABS))
endef

$(eval $(call pv_rules,$(LABS_DIR)))
$(foreach lab,$(LAB_FOLDERS), \
	$(eval $(call lab_program,$(lab),$(lab),lab-$(call lab_number,$(lab))-start)) \
	$(eval $(call lab_program,$(lab),$(lab)/solution,lab-$(call lab_number,$(lab))-solution)))

# Lab 8 is a program of the teaching kernel: a kernel that carries it, and a ruler.
LAB8 := $(LABS_DIR)/8-one-binary
LAB8_OBJ := $(PV_OBJ)/$(LAB8)

$(LAB8_OBJ)/%.o: $(LAB8)/%.c | $(B)/include/xen
	@mkdir -p $(@D)
	$(PV_CC) $(KERNEL_CPPFLAGS) $(PV_CFLAGS) -c -o $@ $<

# $(call lab8_kernel,start or solution,the program's object)
define lab8_kernel
$(LAB8_OBJ)/$(1).programs/lab: $(2) $(KERNEL_OBJ)/user/user.o $(PV_LIB)
$(LAB8_OBJ)/$(1).programs/ruler: $(LAB8_OBJ)/ruler.o $(KERNEL_OBJ)/user/user.o $(PV_LIB)
$(LAB8_OBJ)/$(1).programs/lab $(LAB8_OBJ)/$(1).programs/ruler: $(KERNEL_DIR)/user/user.lds
	@mkdir -p $$(@D)
	$(PV_LD) $(KERNEL_LDFLAGS) -s -T $(KERNEL_DIR)/user/user.lds -o $$@ $$(filter %.o %.a,$$^)
$(LAB8_OBJ)/$(1).programs.o: $(KERNEL_DIR)/kern/programs.S $(KERNEL_PROGRAM_FILES) \
		$(LAB8_OBJ)/$(1).programs/lab $(LAB8_OBJ)/$(1).programs/ruler
	$(PV_CC) $(KERNEL_CPPFLAGS) -D__ASSEMBLY__ -DKERNEL_FOR_LAB $(PV_M) -g \
		-Wa,-I$(KERNEL_OBJ)/programs -Wa,-I$(LAB8_OBJ)/$(1).programs -c -o $$@ $$<
$(PV_OUT)/test/lab-8-$(1): $(filter-out %/kern/programs.o,$(KERNEL_OBJECTS)) \
		$(LAB8_OBJ)/$(1).programs.o $(PV_LIB) $(KERNEL_OBJ)/kernel.lds
	@mkdir -p $$(@D)
	$(PV_LD) $(KERNEL_LDFLAGS) -T $(KERNEL_OBJ)/kernel.lds -o $$@ $$(filter %.o %.a,$$^)
PV_LABS += $(PV_OUT)/test/lab-8-$(1)
endef
$(eval $(call lab8_kernel,start,$(LAB8_OBJ)/lab.o))
$(eval $(call lab8_kernel,solution,$(LAB8_OBJ)/solution/lab.o))

# Not part of `all`: what a student writes need not compile.
.PHONY: labs lab
labs: $(PV_LABS)

# `make lab N=3`, or `make lab 3`: the second word is no target of its own then.
ifeq ($(firstword $(MAKECMDGOALS)),lab)
N ?= $(word 2,$(MAKECMDGOALS))
ifneq ($(wordlist 2,9,$(MAKECMDGOALS)),)
.PHONY: $(wordlist 2,9,$(MAKECMDGOALS))
$(wordlist 2,9,$(MAKECMDGOALS)): lab
	@:
endif
endif
# What this lab needs, and not what another's student has broken.
LAB_NUMBERS := 8 $(foreach lab,$(LAB_FOLDERS),$(call lab_number,$(lab)))
LAB_PROGRAM := $(if $(filter $(N),$(LAB_NUMBERS)), \
	$(PV_OUT)/test/lab-$(N)-$(if $(SOLUTION),solution,start))
EMU_OF_LAB := $(if $(filter command environment,$(origin EMU)),$(EMU),qemu)
lab: $(LAB_PROGRAM) $(B)/$(ARCH)/ringlet $(B)/$(ARCH)/keeper $(PV_OUT)/test/victim
	@ARCH=$(ARCH) EMU=$(EMU_OF_LAB) python3 test/host/labs.py '$(N)' $(if $(SOLUTION),solution)
