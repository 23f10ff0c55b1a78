# SPDX-License-Identifier: MIT
# The monitor's link, its symbol table, and the image maker.
# HV_LINKED and HV_ASFLAGS come from hv/build.mk.

BOOT_OUT := $(B)/$(ARCH)
BOOT_OBJ := $(BOOT_OUT)/obj/boot
HV_LD_EMULATION_x86_32 := elf_i386
HV_LD_EMULATION_x86_64 := elf_x86_64
HV_LDFLAGS := -m $(HV_LD_EMULATION_$(ARCH)) -nostdlib -static -z noexecstack \
	-z max-page-size=4096 --build-id=none --no-warn-rwx-segments

.PHONY: hv-image
all: hv-image
hv-image: $(BOOT_OUT)/ringlet $(BOOT_OUT)/ringlet-syms

$(BOOT_OBJ)/head.o: boot/$(ARCH).S
	@mkdir -p $(@D)
	$(CC) $(HV_ASFLAGS) -c -o $@ $<

$(BOOT_OBJ)/ringlet.lds: boot/ringlet.lds.S
	@mkdir -p $(@D)
	$(CC) -E -P -x assembler-with-cpp $(HV_ASFLAGS) -MT $@ -MF $(@:=.d) -o $@ $<

# The table of text symbols: empty for the first link, made from it for the
# second. It lies behind everything else, so no address changes; checked.
$(BOOT_OBJ)/symbols0.S: boot/mksymbols
	@mkdir -p $(@D)
	boot/mksymbols < /dev/null > $@

$(BOOT_OBJ)/symbols1.S: $(BOOT_OBJ)/ringlet.link0 boot/mksymbols
	nm -n $< | boot/mksymbols > $@.tmp
	mv $@.tmp $@

$(BOOT_OBJ)/symbols%.o: $(BOOT_OBJ)/symbols%.S
	$(CC) $(filter -m32 -m64,$(HV_CFLAGS)) -c -o $@ $<

.SECONDARY: $(BOOT_OBJ)/symbols0.o $(BOOT_OBJ)/symbols1.o

BOOT_LINK_INPUT := $(BOOT_OBJ)/head.o $(HV_LINKED)

$(BOOT_OBJ)/ringlet.link0: $(BOOT_OBJ)/ringlet.lds $(BOOT_LINK_INPUT) $(BOOT_OBJ)/symbols0.o
	$(LD) $(HV_LDFLAGS) -T $< -o $@ $(BOOT_LINK_INPUT) $(BOOT_OBJ)/symbols0.o

$(BOOT_OUT)/ringlet-syms: $(BOOT_OBJ)/ringlet.lds $(BOOT_LINK_INPUT) $(BOOT_OBJ)/symbols1.o
	$(LD) $(HV_LDFLAGS) -T $< -o $@.tmp $(BOOT_LINK_INPUT) $(BOOT_OBJ)/symbols1.o
	nm -n $@.tmp | boot/mksymbols | cmp - $(BOOT_OBJ)/symbols1.S
	mv $@.tmp $@

# Loaders take 32-bit ELF files. Cutting 64-bit addresses to 32 bits is just
# what is wanted: the direct map begins on 4 GiB, so it leaves the machine's.
HV_OBJCOPY_x86_64 := -O elf32-i386

$(BOOT_OUT)/ringlet: $(BOOT_OUT)/ringlet-syms
	objcopy --strip-all $(HV_OBJCOPY_$(ARCH)) $< $@

-include $(BOOT_OBJ)/head.d $(BOOT_OBJ)/ringlet.lds.d
