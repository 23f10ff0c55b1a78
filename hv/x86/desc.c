// SPDX-License-Identifier: MIT
/*
 * The check that keeps a guest's segment descriptors harmless.
 *
 * Called by mm/ when a frame becomes a descriptor page and for each
 * update_descriptor. Pure. On 32 bits the segment limit is all that keeps
 * ring 1 out of the monitor, which lives in every address space above
 * rules->limit: a descriptor that reaches one byte further gives a guest the
 * whole machine. SDM vol. 3A, 3.4.5 and 5.3; ABI 4.8.
 */
#include "x86/desc.h"

#define TYPE_CODE	 8u
#define TYPE_CONFORMING	 4u /* of code */
#define TYPE_EXPAND_DOWN 4u /* of data */

#define LIMIT_FIELD_MAX 0xfffffu
#define ADDRESS_SPACE	(1ULL << 32)

/* The limit in bytes, as the CPU counts: the last offset below or at it. */
static u32 desc_limit(desc_t d)
{
	u32 limit = (u32)(d & 0xffff) | (u32)(d >> 32 & 0xf0000);

	return d & DESC_G ? limit << 12 | 0xfff : limit;
}

static desc_t with_limit_field(desc_t d, u32 field)
{
	return (d & ~0x000f00000000ffffULL) | (field & 0xffff) | (u64)(field & 0xf0000) << 32;
}

/* The largest limit not above this one. */
static desc_t set_limit_at_most(desc_t d, u32 limit)
{
	if (limit <= LIMIT_FIELD_MAX)
		return with_limit_field(d & ~DESC_G, limit);
	/* In pages the low 12 bits are ones: take the last whole page. */
	return with_limit_field(d | DESC_G, (u32)(((u64)limit + 1) >> 12) - 1);
}

/* The smallest limit not below this one. */
static desc_t set_limit_at_least(desc_t d, u32 limit)
{
	if (limit <= LIMIT_FIELD_MAX)
		return with_limit_field(d & ~DESC_G, limit);
	return with_limit_field(d | DESC_G, limit >> 12);
}

/* Offsets 0 to limit: the end must not pass, and so never wraps either. */
static bool cut_expand_up(desc_t *d, u32 highest)
{
	u32 base = desc_base(*d);

	/* Not one byte of it would be allowed. */
	if (base > highest)
		return false;
	if (desc_limit(*d) > highest - base)
		*d = set_limit_at_most(*d, highest - base);
	return true;
}

/*
 * Offsets above the limit, up to 64 KiB or 4 GiB. That upper end is fixed, and
 * where the base isn't zero, addresses wrap there: what lies past the wrap
 * begins at linear 0 and ends just below the base, and may be kept.
 */
static bool cut_expand_down(desc_t *d, u32 highest)
{
	u32 base = desc_base(*d);
	u32 upper = *d & DESC_DB ? 0xffffffff : 0xffff;
	u64 end = (u64)base + upper;

	/* Empty, or all in the allowed part. */
	if (desc_limit(*d) >= upper || end <= highest)
		return true;
	if (end < ADDRESS_SPACE)
		return false;
	/*
	 * CPUs differ on an access that runs over offset 4 GiB - 1: one that
	 * doesn't fault goes on at offset 0, so a page after the end counts.
	 */
	end -= ADDRESS_SPACE;
	if (end + PAGE_SIZE > highest)
		return false;
	/* The first offset is limit + 1, and must be at the wrap or after. */
	if (desc_limit(*d) < (u32)(ADDRESS_SPACE - 1 - base))
		*d = set_limit_at_least(*d, (u32)(ADDRESS_SPACE - 1 - base));
	return true;
}

static desc_t raise_dpl(desc_t d, u8 min_dpl)
{
	if ((d >> DESC_DPL_SHIFT & 3) >= min_dpl)
		return d;
	return (d & ~(3ULL << DESC_DPL_SHIFT)) | (u64)min_dpl << DESC_DPL_SHIFT;
}

bool desc_check(desc_t *d, const struct desc_rules *rules)
{
	unsigned int type = *d >> DESC_TYPE_SHIFT & 15;
	desc_t safe = *d;
	bool ok = true;

	/* The CPU refuses to load it, whatever else it holds. */
	if (!(safe & DESC_P))
		return true;
	/* A TSS, LDT or gate would let the guest choose a stack or code of ours. */
	if (!(safe & DESC_S))
		return false;
	/* Conforming code runs at its caller's level; no guest needs that. */
	if (type & TYPE_CODE && type & TYPE_CONFORMING)
		return false;
	/* 64-bit code has no limit at all. */
	if (safe & DESC_L && !rules->allow_l)
		return false;
	safe = raise_dpl(safe, rules->min_dpl);
	if (rules->limit != 0xffffffff) {
		if (!(type & TYPE_CODE) && type & TYPE_EXPAND_DOWN)
			ok = cut_expand_down(&safe, rules->limit);
		else
			ok = cut_expand_up(&safe, rules->limit);
	}
	if (ok)
		*d = safe;
	return ok;
}
