// SPDX-License-Identifier: MIT
/*
 * Lab 4, the check: was each attack one, and did it fail?
 */
#include "pvops-guest/labs/4-isolation/lab.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/test.h"
#include "pvops-guest/lib/traps.h"

enum attempt { ATTEMPT_MAP, ATTEMPT_ROOT, ATTEMPT_EXECUTE, NR_ATTEMPTS };

/* How many attempts of each kind deserve the name, and how many of them succeeded. */
static unsigned int hostile[NR_ATTEMPTS], came_through[NR_ATTEMPTS];
static bool (*is_hostile_entry)(uint64_t entry);

static bool is_own(unsigned long mfn)
{
	for (unsigned long pfn = 0; pfn < start_info->nr_pages; pfn++)
		if (mm_pfn_to_mfn(pfn) == mfn)
			return true;
	return false;
}

static bool is_foreign_entry(uint64_t entry)
{
	return (entry & PTE_P) && !is_own((entry & PTE_FRAME_MASK) >> 12);
}

/* A writable mapping of a table: of one that translates this program. */
static bool is_table_entry(uint64_t entry)
{
	unsigned long frame = (entry & PTE_FRAME_MASK) >> 12;

	if (!(entry & PTE_P) || !(entry & PTE_RW))
		return false;
	for (unsigned int i = 0; i < start_info->nr_pt_frames; i++)
		if (mm_virt_to_mfn(start_info->pt_base + i * PAGE_SIZE) == frame)
			return true;
	return false;
}

static void note(enum attempt kind, bool is_hostile, bool succeeded)
{
	if (!is_hostile)
		return;
	hostile[kind]++;
	if (succeeded)
		came_through[kind]++;
}

long lab_map(unsigned long va, uint64_t entry)
{
	long error = hypercall_update_va_mapping(va, entry, UVMF_INVLPG);
	bool there = (mm_entry_read(va, 1) & PTE_FRAME_MASK) == (entry & PTE_FRAME_MASK);

	debug_printf("lab: mapping frame %x: %ld\n", (unsigned int)(entry >> 12 & 0xffffff), error);
	note(ATTEMPT_MAP, is_hostile_entry && is_hostile_entry(entry), !error || there);
	return error;
}

long lab_load_root(unsigned long mfn)
{
	const uint64_t *root = (const uint64_t *)mm_pfn_to_virt(mm_mfn_to_pfn(mfn));
	bool is_hostile = false;
	long error;

	for (unsigned int i = 0; is_own(mfn) && i < (PT_LEVELS == 3 ? 4 : 512); i++)
		is_hostile |= is_foreign_entry(root[i]);
	error = mm_ext_op(MMUEXT_NEW_BASEPTR, mfn);
	debug_printf("lab: loading root %lx: %ld\n", mfn, error);
	note(ATTEMPT_ROOT, is_hostile, !error);
	return error;
}

/* lgdt, lidt, lldt and ltr: 0F 01 /2, /3 and 0F 00 /2, /3. */
static bool loads_table(const uint8_t *code)
{
	unsigned int operation = code[2] >> 3 & 7;

	return code[0] == 0x0f && code[1] <= 1 && (operation == 2 || operation == 3);
}

void lab_execute(void (*fn)(void *arg), void *arg)
{
	struct trap_result r;
	bool trapped = trap_catch(fn, arg, &r);

	debug_printf("lab: executing: trap %d\n", trapped ? (int)r.vector : -1);
	note(ATTEMPT_EXECUTE, trapped && loads_table((const uint8_t *)r.ip), r.vector != VECTOR_GP);
}

/* One attack; how many attempts of its kind did it make, and did any come through? */
static void check(const char *name, void (*attack)(void), enum attempt kind,
		  bool (*is_hostile)(uint64_t entry))
{
	hostile[kind] = came_through[kind] = 0;
	is_hostile_entry = is_hostile;
	attack();
	TEST_CHECK(hostile[kind], "%s: no attempt that would have harmed anybody", name);
	TEST_CHECK(!came_through[kind], "%s: it came through! Report this", name);
}

void test_main(void)
{
	check("attack_neighbour", attack_neighbour, ATTEMPT_MAP, is_foreign_entry);
	check("attack_own_tables", attack_own_tables, ATTEMPT_MAP, is_table_entry);
	check("attack_with_root", attack_with_root, ATTEMPT_ROOT, NULL);
	check("attack_processor", attack_processor, ATTEMPT_EXECUTE, NULL);
}
