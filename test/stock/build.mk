# SPDX-License-Identifier: MIT
# Stock guests: kernels, ramdisks and disks made from Debian's own packages.
# Downloaded once, into build/stock; STOCK=FOLDER keeps them elsewhere.

STOCK ?= $(B)/stock
export STOCK

STOCK_FLAVOURS := amd64 cloud
STOCK_RAMDISKS := $(foreach f,$(STOCK_FLAVOURS),$(STOCK)/$(f)/shell.img $(STOCK)/$(f)/root.img)

.PHONY: stock-kernels
stock-kernels: $(STOCK_RAMDISKS)

$(STOCK_FLAVOURS:%=$(STOCK)/%/release) &: test/stock/kernels test/stock/fetch
	test/stock/kernels $(STOCK)
	touch $(STOCK_FLAVOURS:%=$(STOCK)/%/release)

$(STOCK)/tsc: test/stock/tsc.c
	@mkdir -p $(@D)
	$(CC) -m64 -std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -static -nostdlib \
		-fno-stack-protector -fno-pie -no-pie -Wl,--build-id=none -s -o $@ $<

$(STOCK)/%/shell.img: $(STOCK)/%/release $(STOCK)/tsc test/stock/mkramdisk test/stock/shell-init
	test/stock/mkramdisk -o $@ $(@D) shell

$(STOCK)/%/root.img: $(STOCK)/%/release $(STOCK)/tsc test/stock/mkramdisk test/stock/root-init
	test/stock/mkramdisk -o $@ $(@D) root

# ---- Debian roots: one to log in to, and one with what the tests work with ----

.PHONY: stock-roots
stock-roots: $(STOCK)/login.img $(STOCK)/tools.img

STOCK_MKROOT := test/stock/mkroot test/stock/root-files test/stock/root-image

$(STOCK)/login.img: $(STOCK_MKROOT)
	@mkdir -p $(@D)
	test/stock/mkroot $@ 200M procps

$(STOCK)/tools.img: $(STOCK_MKROOT)
	@mkdir -p $(@D)
	test/stock/mkroot $@ 640M procps gcc libc6-dev python3-minimal stress-ng

# README's table, from what the last run of the real layer has found.
.PHONY: stock-table
stock-table:
	@python3 test/host/stock_table.py

# make trace SCENE=linux shows one of them.
ifeq ($(SCENE),linux)
trace: $(STOCK)/amd64/shell.img
endif

# The scenes of `make run` in 64 bits.
ifeq ($(ARCH),x86_64)
run: $(STOCK)/amd64/root.img $(STOCK)/cloud/root.img $(STOCK)/cloud/shell.img
ifeq ($(EMU),qemu)
run: $(STOCK)/login.img
endif
endif
