/* SPDX-License-Identifier: MIT */
/*
 * Building a domain: kernel, page tables, start_info. ABI 1.3 to 1.6.
 *
 * layout.c says where everything lies; here it is put there. Guest memory is
 * written through windows, as plain frames; then the root is validated like
 * any guest's, so a mistake made here is refused, not trusted.
 */
#include "domain/builder.h"
#include "domain/domain.h"
#include "lib/string.h"
#include "x86/boottables.h"

#include "abi.h" /* the width folder's */

#define PTE_BOOT (PTE_P | PTE_RW | PTE_A | PTE_D)
#define PTE_BOOT_RO (PTE_P | PTE_A)
#define PTE_BOOT_TABLE (PTE_P | PTE_RW | PTE_A | PTE_D)
#define P2M_PER_PAGE (PAGE_SIZE / sizeof(unsigned long))

/* The domain being built. */
struct build {
	struct domain *d;
	const struct build_plan *plan;
	struct elf_info elf;
	struct layout l;
	struct boot_tables tables;
	mfn_t *p2m_frames;	/* heap array: where the p2m list itself lies */
	unsigned int p2m_array_pages;
};

static mfn_t p2m_read(const struct build *b, unsigned long pfn)
{
	unsigned long *list = arch_map_frame(b->p2m_frames[pfn / P2M_PER_PAGE]);
	mfn_t mfn = MFN(list[pfn % P2M_PER_PAGE]);

	arch_unmap_frame(list);
	return mfn;
}

static void p2m_write(const struct build *b, unsigned long pfn, mfn_t mfn)
{
	unsigned long *list = arch_map_frame(b->p2m_frames[pfn / P2M_PER_PAGE]);

	list[pfn % P2M_PER_PAGE] = mfn.v;
	arch_unmap_frame(list);
	m2p_set(mfn, PFN(pfn));
}

static unsigned long va_to_pfn(const struct build *b, u64 va)
{
	return (unsigned long)((va - b->elf.virt_base) >> PAGE_SHIFT);
}

/*
 * A domain that is built while others run takes a while: let interrupts in
 * between pages, so that no timer is late and no typed letter lost by it.
 */
static void breathe(void)
{
	if (current_vcpu())
		arch_irq_window();
}

static mfn_t ramdisk_frame(const struct build *b, unsigned long pfn)
{
	u64 end = (u64)b->l.ramdisk_pfn + (b->plan->ramdisk.len_bytes >> PAGE_SHIFT);

	if (!b->plan->ramdisk_frame || pfn < b->l.ramdisk_pfn || pfn >= end)
		return INVALID_MFN;
	return b->plan->ramdisk_frame(pfn - b->l.ramdisk_pfn);
}

/* A frame for pfn, zeroed, or with its part of a package in it. */
static mfn_t new_frame(const struct build *b, unsigned long pfn)
{
	mfn_t mfn = ramdisk_frame(b, pfn);

	if (mfn_eq(mfn, INVALID_MFN))
		return mm_alloc_frame(&b->d->mm);
	return mm_adopt_frame(&b->d->mm, mfn) ? INVALID_MFN : mfn;
}

/* All the domain's frames; those of the p2m list first. */
static bool allocate_frames(struct build *b)
{
	unsigned long first = b->l.p2m_pfn, nr_p2m = b->l.nr_p2m_pages, pfn;

	b->p2m_array_pages = (unsigned int)((nr_p2m * sizeof(mfn_t) + PAGE_SIZE - 1) / PAGE_SIZE);
	b->p2m_frames = heap_alloc_pages(b->p2m_array_pages);
	if (!b->p2m_frames)
		return false;
	for (unsigned long i = 0; i < nr_p2m; i++) {
		b->p2m_frames[i] = mm_alloc_frame(&b->d->mm);
		if (mfn_eq(b->p2m_frames[i], INVALID_MFN))
			return false;
	}
	for (pfn = 0; pfn < b->l.nr_pages; pfn++) {
		mfn_t mfn = pfn >= first && pfn < first + nr_p2m ? b->p2m_frames[pfn - first]
								 : new_frame(b, pfn);

		if (mfn_eq(mfn, INVALID_MFN))
			return false;
		p2m_write(b, pfn, mfn);
		breathe();
	}
	return true;
}

/* Copy len bytes of an image to guest memory from pfn * PAGE_SIZE + offset on. */
static bool copy_image(const struct build *b, const struct image *img, u64 off, u64 to, u64 len)
{
	while (len) {
		unsigned long in_page = (unsigned long)to & (PAGE_SIZE - 1);
		size_t n = (size_t)MIN(len, (u64)(PAGE_SIZE - in_page));
		u8 *page = arch_map_frame(p2m_read(b, (unsigned long)(to >> PAGE_SHIFT)));
		bool ok = image_read(img, off, page + in_page, n);

		arch_unmap_frame(page);
		if (!ok)
			return false;
		off += n;
		to += n;
		len -= n;
		breathe();
	}
	return true;
}

/* What of the ramdisk isn't there already. */
static bool load_ramdisk(const struct build *b)
{
	u64 len = b->plan->ramdisk.len_bytes;
	unsigned long first = b->l.ramdisk_pfn;

	if (!b->plan->ramdisk_frame)
		return copy_image(b, &b->plan->ramdisk, 0, (u64)first << PAGE_SHIFT, len);
	for (u64 off = 0; off < len; off += PAGE_SIZE) {
		unsigned long pfn = first + (unsigned long)(off >> PAGE_SHIFT);

		if (mfn_eq(ramdisk_frame(b, pfn), INVALID_MFN) &&
		    !copy_image(b, &b->plan->ramdisk, off, (u64)pfn << PAGE_SHIFT, PAGE_SIZE))
			return false;
	}
	return true;
}

static bool load_kernel(const struct build *b)
{
	for (unsigned int i = 0; i < b->elf.nr_segments; i++) {
		const struct elf_segment *s = &b->elf.segments[i];

		if (!copy_image(b, &b->plan->kernel, s->off, s->paddr - b->elf.paddr_offset,
				s->filesz_bytes))
			return false;
	}
	return true;
}

static void fill_hypercall_page(const struct build *b)
{
	void *page;

	if (!b->elf.has_hypercall_page)
		return;
	page = arch_map_frame(p2m_read(b, va_to_pfn(b, b->elf.hypercall_page)));
	arch_fill_hypercall_page(page);
	arch_unmap_frame(page);
}

static void set_entry(const struct build *b, unsigned long table_pfn, unsigned int slot, pte_t e)
{
	pte_t *table = arch_map_frame(p2m_read(b, table_pfn));

	table[slot] = e;
	arch_unmap_frame(table);
}

/* boot_tables.link: tables are zeroed pages until validated, plain frames. */
static void link_table(const struct boot_tables *t, unsigned long table_pfn, unsigned int slot,
		       unsigned long child_pfn, bool root)
{
	const struct build *b = t->ctx;

	set_entry(b, table_pfn, slot,
		  pte_make(p2m_read(b, child_pfn), root ? PTE_P : PTE_BOOT_TABLE));
}

/* Map the page va to a frame, in the tables that arch_boot_link_upper() made. */
static void map_page(const struct build *b, unsigned long va, unsigned long pfn, u64 flags)
{
	set_entry(b, arch_boot_l1_pfn(&b->tables, va), (va >> PAGE_SHIFT) & (PTES_PER_TABLE - 1),
		  pte_make(p2m_read(b, pfn), flags));
}

/*
 * The boot page tables. Tables are mapped read-only, all else writable and
 * executable (Linux patches its own text).
 *
 * [tour: boot 11] The guest's first page tables. They map themselves too,
 * read-only: a guest may always read its tables, in which it finds machine
 * frame numbers, and never write them unseen.
 */
static void build_tables(struct build *b)
{
	const struct layout *l = &b->l;
	unsigned long first = va_to_pfn(b, l->pt), va;

	b->tables = (struct boot_tables){
		.map_start = l->map_start,
		.map_end = l->map_end,
		.pfn = first,
		.link = link_table,
		.ctx = b,
	};
	if (l->p2m_elsewhere) {
		b->tables.p2m_start = l->p2m;
		b->tables.p2m_end = l->p2m + ((u64)l->nr_p2m_pages << PAGE_SHIFT);
		b->tables.p2m_pfn = l->p2m_pfn + l->nr_p2m_pages;
	}
	arch_boot_link_upper(&b->tables);
	for (va = (unsigned long)l->map_start; va != (unsigned long)l->map_end; va += PAGE_SIZE) {
		unsigned long pfn = va_to_pfn(b, va);
		bool table = pfn >= first && pfn < first + l->nr_pt_pages;

		map_page(b, va, pfn, table ? PTE_BOOT_RO : PTE_BOOT);
	}
	for (unsigned long i = 0; l->p2m_elsewhere && i < l->nr_p2m_pages; i++)
		map_page(b, (unsigned long)l->p2m + i * PAGE_SIZE, l->p2m_pfn + i, PTE_BOOT);
}

/* Event channels and grants by which the initial domain reaches its rings. */
static const char *connect(const struct build *b, evtchn_port_t *store, evtchn_port_t *console)
{
	struct evtchn_alloc_unbound op = { .dom = (domid_t)b->d->id, .remote_dom = 0 };

	if (evtchn_alloc_unbound(b->d, &op))
		return "no event channel";
	*store = op.port;
	if (evtchn_alloc_unbound(b->d, &op))
		return "no event channel";
	*console = op.port;
	grant_set_entry(b->d, GNTTAB_RESERVED_CONSOLE, 0, p2m_read(b, va_to_pfn(b, b->l.console)));
	grant_set_entry(b->d, GNTTAB_RESERVED_XENSTORE, 0, p2m_read(b, va_to_pfn(b, b->l.store)));
	return NULL;
}

/* What the BIOS notes of the screen. */
#define BDA_VIDEO_MODE 0x449
#define BDA_CURSOR 0x450
#define BDA_ROWS 0x484 /* less one */
#define BDA_FONT_HEIGHT 0x485
#define TEXT_MODE 3

static u8 bios_byte(u32 at)
{
	return *(const volatile u8 *)directmap_va(at);
}

/*
 * The screen is the initial domain's if we don't write on it ourselves: told
 * right behind start_info. Size 0: there is none (ABI 1.3, 6.1).
 */
static void write_vga_info(struct start_info *si)
{
	struct dom0_vga_console_info *info = (void *)(si + 1);

	if (options.console_vga || bios_byte(BDA_VIDEO_MODE) != TEXT_MODE)
		return;
	info->video_type = XEN_VGATYPE_TEXT_MODE_3;
	info->u.text_mode_3.columns = 80;
	info->u.text_mode_3.rows = (u16)(bios_byte(BDA_ROWS) + 1);
	info->u.text_mode_3.font_height = bios_byte(BDA_FONT_HEIGHT);
	info->u.text_mode_3.cursor_x = bios_byte(BDA_CURSOR);
	info->u.text_mode_3.cursor_y = bios_byte(BDA_CURSOR + 1);
	si->console.dom0.info_off = sizeof(*si);
	si->console.dom0.info_size = sizeof(*info);
}

static const char *write_start_info(const struct build *b)
{
	struct start_info *si = arch_map_frame(p2m_read(b, va_to_pfn(b, b->l.start_info)));
	evtchn_port_t store, console;
	const char *why = NULL;

	str_copy(si->magic, b->d->privileged ? ABI_INITIAL_MAGIC : ABI_START_INFO_MAGIC,
		 sizeof(si->magic));
	si->nr_pages = b->l.nr_pages;
	si->shared_info = (unsigned long)directmap_maddr(b->d->shared);
	si->pt_base = (unsigned long)b->l.pt;
	si->nr_pt_frames = b->l.nr_pt_pages;
	si->mfn_list = (unsigned long)b->l.p2m;
	if (b->l.p2m_elsewhere) {
		si->first_p2m_pfn = b->l.p2m_pfn;
		si->nr_p2m_frames = b->l.nr_p2m_pages + b->l.nr_p2m_pt_pages;
	}
	if (b->plan->ramdisk.len_bytes) {
		si->mod_start = (unsigned long)b->l.ramdisk;
		si->mod_len = (unsigned long)b->plan->ramdisk.len_bytes;
		if (b->elf.mod_start_pfn)
			si->flags |= SIF_MOD_START_PFN;
		if (b->plan->ramdisk_frame)
			si->flags |= SIF_MULTIBOOT_MOD;
	}
	if (b->d->privileged) {
		si->flags |= SIF_PRIVILEGED | SIF_INITDOMAIN;
		write_vga_info(si);
	} else {
		why = connect(b, &store, &console);
		if (!why) {
			si->store_mfn = p2m_read(b, va_to_pfn(b, b->l.store)).v;
			si->store_evtchn = store;
			si->console.domU.mfn = p2m_read(b, va_to_pfn(b, b->l.console)).v;
			si->console.domU.evtchn = console;
		}
	}
	str_copy((char *)si->cmd_line, b->plan->cmdline, sizeof(si->cmd_line));
	arch_unmap_frame(si);
	return why;
}

/*
 * Validate the root, as for any guest, and leave it pinned and loaded.
 *
 * [tour: boot 12] The builder has written these tables itself and still has
 * them validated like any guest's. There is one way for a frame to become a
 * page table, and no exception to trust.
 */
static const char *install_root(const struct build *b)
{
	struct vcpu *v = b->d->vcpus[0];
	struct mm_domain *md = &b->d->mm;
	mfn_t root = p2m_read(b, va_to_pfn(b, b->l.pt));
	int rc;

	do {
		v->work.budget = MM_WORK_BUDGET;
		rc = table_get(md, root, root_type, &v->work);
	} while (rc == -ERESTART);
	if (rc)
		return "its boot page tables don't validate";
	v->arch.root = root;
	do {
		v->work.budget = MM_WORK_BUDGET;
		rc = mm_pin(md, root, root_type, &v->work);
	} while (rc == -ERESTART);
	return rc ? "its boot root can't be pinned" : NULL;
}

static const char *fill(struct build *b)
{
	const char *why;

	if (!allocate_frames(b))
		return "not enough memory";
	if (!load_kernel(b) || !load_ramdisk(b))
		return "its image is shorter than it says";
	fill_hypercall_page(b);
	build_tables(b);
	why = write_start_info(b);
	if (!why)
		why = install_root(b);
	return why;
}

/* A domain that could not be completed goes the way of all others. */
static void abandon(struct domain *d)
{
	struct mm_work work = { 0 };

	d->privileged = false;
	d->shut_down = true;
	do {
		breathe();
		work.budget = MM_WORK_BUDGET;
	} while (domain_destroy(d, &work) == -ERESTART);
}

static const char *check_image(const struct build *b)
{
	const struct elf_info *e = &b->elf;

	if (e->is_64bit != (sizeof(long) == 8))
		return sizeof(long) == 4 ? "it is made for x86_64, this is Ringlet for x86_32"
					 : "it is made for x86_32, this is Ringlet for x86_64";
	if (sizeof(long) == 4 && e->pae_mode == ELF_PAE_NO)
		return "it can't use PAE page tables";
	if (e->hv_start_low > guest_m2p_start)
		return "it leaves the monitor too little room (HV_START_LOW)";
	if (b->plan->ramdisk.len_bytes > b->plan->mem_bytes)
		return "its ramdisk is larger than its memory";
	return NULL;
}

/*
 * [tour: boot 10] Everything that can be checked is checked before the domain
 * exists: the image, the layout, the memory. What fails after that is taken
 * apart as any domain is that ends.
 */
const char *domain_build(unsigned int id, const struct build_plan *plan)
{
	struct build b = { .plan = plan };
	const char *why = elf_parse(&plan->kernel, &b.elf);

	if (!why)
		why = check_image(&b);
	if (!why && id == 0 && b.elf.has_supported_features &&
	    !(b.elf.supported_features & (1u << 11)))
		why = "it can't be the initial domain (SUPPORTED_FEATURES)";
	if (!why)
		why = layout_compute(&b.elf, plan->mem_bytes, plan->ramdisk.len_bytes, &b.l);
	if (!why && b.l.nr_pages - plan->nr_ramdisk_frames > frames_nr_free())
		why = "not enough memory";
	if (why)
		return why;
	if (domain_create(id, plan->name, b.l.nr_pages, plan->weight, &b.d))
		return "not enough memory for its structures";
	b.d->module = plan->module;
	why = fill(&b);
	if (b.p2m_frames)
		heap_free_pages(b.p2m_frames, b.p2m_array_pages);
	if (why) {
		abandon(b.d);
		return why;
	}
	if (id == 0)
		console_set_switch(!b.elf.console_switch);
	arch_vcpu_start_state(b.d->vcpus[0], (unsigned long)b.elf.entry,
			      (unsigned long)(b.l.stack + PAGE_SIZE),
			      (unsigned long)b.l.start_info);
	printk("d%u (%s): %lu MB, entry %08lx%s%s", id, plan->name,
	       b.l.nr_pages >> (20 - PAGE_SHIFT), (unsigned long)b.elf.entry,
	       b.elf.guest_os[0] ? ", " : "", b.elf.guest_os);
	vcpu_start(b.d->vcpus[0], VCPU_DOWN);
	return NULL;
}
