# SPDX-License-Identifier: MIT
# The decompressors' libraries: fetched once, then built like the monitor, but
# with their authors' warnings. Included by hv/build.mk.
# UNPACK_ARCHIVES=FOLDER keeps the source archives elsewhere.

UNPACK_ARCHIVES ?= $(B)/unpack/archives
UNPACK := $(B)/unpack/src
UNPACK_LIB_SRCS := $(addprefix $(UNPACK)/, \
	$(addprefix zlib/,inflate.c inftrees.c inffast.c adler32.c crc32.c) lz4/lz4.c \
	$(addprefix zstd/common/,entropy_common.c error_private.c fse_decompress.c \
		xxhash.c zstd_common.c) \
	$(addprefix zstd/decompress/,huf_decompress.c zstd_ddict.c zstd_decompress.c \
		zstd_decompress_block.c))

# Of the libraries' own switches: no C library, no assembly, no old formats.
UNPACK_INCLUDES := $(addprefix -isystem $(UNPACK)/,zlib lz4 zstd xz)
UNPACK_DEFINES := -DZ_SOLO -DHAVE_MEMCPY -DZLIB_CONST -DDYNAMIC_BMI2=0 -DZSTD_DISABLE_ASM=1 \
	-DZSTD_LEGACY_SUPPORT=0 -DZSTD_TRACE=0 -DZSTD_NO_INTRINSICS -DXXH_NAMESPACE=ZSTD_ \
	-DXXH_NO_XXH3 -DZSTDLIB_VISIBLE= -DZSTDERRORLIB_VISIBLE= -DLZ4LIB_VISIBILITY= \
	-DLZ4_FREESTANDING=1 -DLZ4_STATIC_LINKING_ONLY_DISABLE_MEMORY_ALLOCATION=1 \
	-DLZ4_memcpy=__builtin_memcpy -DLZ4_memmove=__builtin_memmove \
	-DLZ4_memset=__builtin_memset -DLZ4_HEAPMODE=0
UNPACK_ENTRIES := inflateInit2_ inflate crc32_z LZ4_decompress_safe ZSTD_isError \
	ZSTD_findFrameCompressedSize ZSTD_getFrameContentSize ZSTD_decompressBound \
	ZSTD_estimateDCtxSize ZSTD_initStaticDCtx ZSTD_decompressDCtx

$(UNPACK)/fetched: hv/unpack/fetch
	hv/unpack/fetch $(UNPACK) $(UNPACK_ARCHIVES)
	@touch $@

# Made before `fetched`, so that being older than it says nothing.
$(UNPACK_LIB_SRCS): | $(UNPACK)/fetched ;

UNPACK_LIB_CFLAGS = $(filter-out $(HV_WARN) -MMD -MP,$(HV_CFLAGS)) -w -std=gnu99 \
	-ffunction-sections -fdata-sections -DNDEBUG \
	-Ihv/unpack/include $(UNPACK_INCLUDES) $(UNPACK_DEFINES)
UNPACK_LIB_OBJS := $(patsubst $(UNPACK)/%.c,$(B)/$(ARCH)/obj/unpack/%.o,$(UNPACK_LIB_SRCS))

$(B)/$(ARCH)/obj/unpack/%.o: $(UNPACK)/%.c hv/unpack/build.mk $(wildcard hv/unpack/include/*.h)
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(UNPACK_LIB_CFLAGS) -c -o $@ $<

# Only what is reached from the functions that we call.
UNPACK_LIB := $(B)/$(ARCH)/obj/unpack.o
$(UNPACK_LIB): $(UNPACK_LIB_OBJS)
	@echo "  LD   $@"
	@$(LD) $(if $(filter x86_64,$(ARCH)),-m elf_x86_64,-m elf_i386) -r --gc-sections \
		$(addprefix -u ,$(UNPACK_ENTRIES)) -o $@ $^

$(B)/$(ARCH)/obj/hv/unpack/%.o: HV_CFLAGS += -Ihv/unpack/include \
	$(UNPACK_INCLUDES) $(UNPACK_DEFINES) -Ihv/unpack
$(patsubst hv/%.c,$(B)/$(ARCH)/obj/hv/%.o,$(wildcard hv/unpack/*.c)): $(UNPACK)/fetched
