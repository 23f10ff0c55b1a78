# SPDX-License-Identifier: MIT
# Ringlet: `make help` lists what can be made.

ifeq ($(ARCH),)
ARCH := x86_32
endif
B := build
CC := gcc
SHELL := /bin/bash

.PHONY: all help clean
all:

ifeq ($(filter x86_32 x86_64,$(ARCH)),)
$(error ARCH=$(ARCH): it is x86_32 or x86_64)
endif

include hv/build.mk
-include boot/build.mk
-include pvops-guest/build.mk
-include test/build.mk
-include test/stock/build.mk

# Unless a width is named it is both.
ifeq ($(origin ARCH),file)
.PHONY: other-width
all: other-width
other-width:
	@$(MAKE) ARCH=x86_64 hv-image guests
endif

clean:
	rm -rf $(B)

help:
	@echo 'make                the monitor, keeper and guests, in build/x86_32/, build/x86_64/;'
	@echo '                    ARCH=x86_64, here and below: that width alone'
	@echo 'make run            several guests side by side in Bochs; EMU=qemu: in QEMU;'
	@echo '                    HEADLESS=1: scripted, ends by itself'
	@echo 'make step           watch a trap, instruction by instruction, in Bochs; WALK=list'
	@echo 'make gdb            gdb on monitor and guests, in QEMU'
	@echo 'make trace          every crossing of a scene: build/trace.html, .json for Perfetto'
	@echo 'make tour           the source, stop by stop; as pages in build/tour/'
	@echo 'make lab N=1        a lab of pvops-guest/labs/, 1 to 8: build, boot, judge'
	@echo 'make test           every test; also test-unit test-guest test-labs test-real'
	@echo '                    test-bochs'
	@echo 'make lint           layering, sizes, style'
	@echo 'make clean'
