// SPDX-License-Identifier: MIT
/*
 * Claim: hypercalls with random arguments do no harm to anybody but the caller,
 * and return.
 * See: ABI 2.4
 */

#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

#define CALLS 20000
#define MONITOR_BYTES 0xa000000ul /* some of its addresses; in 32 bits nearly all */

static uint32_t state = 0x2545f491;
static uint32_t *page;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* Numbers of the kinds that find holes. */
static unsigned long random_argument(void)
{
	unsigned long r = random32();

	switch (random32() % 8) {
	case 0:
		return r % 16;
	case 1:
		return (unsigned long)page + r % 4096;
	case 2:
		return HYPERVISOR_VIRT_START + (r << (random32() % 16)) % MONITOR_BYTES;
	case 3:
		return mm_pfn_to_mfn(r % start_info->nr_pages);
	case 4:
		return DOMID_SELF - r % 3;
	case 5:
		return ~0ul - r % 16;
	case 6:
		return start_info->pt_base + r % 0x4000;
	default:
		return r * random32();
	}
}

/* Those that rightly end the domain or its ability to report. */
static bool is_left_out(uint32_t nr)
{
	return nr == __HYPERVISOR_sched_op || nr == __HYPERVISOR_iret ||
	       nr == __HYPERVISOR_set_trap_table || nr == __HYPERVISOR_console_io ||
	       nr == __HYPERVISOR_multicall || nr == __HYPERVISOR_mmuext_op ||
	       nr == __HYPERVISOR_mmu_update || nr == __HYPERVISOR_update_va_mapping ||
	       nr == __HYPERVISOR_memory_op || nr == __HYPERVISOR_callback_op ||
	       nr == __HYPERVISOR_set_callbacks || nr == __HYPERVISOR_set_debugreg;
}

/* Random structs, as the page's contents. */
static void fill_page(void)
{
	for (unsigned int i = 0; i < PAGE_SIZE / 4; i += 1 + random32() % 8)
		page[i] = random_argument();
}

void test_main(void)
{
	uint32_t nr;

	page = mm_page_alloc();
	for (unsigned int i = 0; i < CALLS; i++) {
		if (i % 16 == 0)
			fill_page();
		nr = random32() % 66;
		if (!is_left_out(nr))
			hypercall5(nr, random_argument(), random_argument(), random_argument(),
				   random_argument(), random_argument());
	}
	debug_printf("%u calls made\n", CALLS);
}
