/* SPDX-License-Identifier: MIT */
/*
 * Which domains the boot modules ask for.
 *
 * The first module is the initial domain's kernel, the second its ramdisk
 * unless it begins with a word of ours; then `domain=NAME[,mem=64M][,vcpus=1]
 * [,weight=256] command line`, `ramdisk=NAME`, `disk=NAME,xvda[,ro]`. What is
 * malformed is named on the console and skipped; the rest starts.
 *
 * A domain that reboots is destroyed by the initial domain like any that has
 * ended, and then built again from its modules, as a new domain: so modules of
 * unprivileged domains are kept.
 */
#include "domain/builder.h"
#include "domain/domain.h"
#include "domain/kernel.h"
#include "lib/elf.h"
#include "lib/string.h"

#define MB (1024ULL * 1024)
#define DEFAULT_MEM (64 * MB)
#define KEEPER_MEM (16 * MB) /* the initial domain's, when there are others to serve */
#define LINUX_MEM (256 * MB) /* it sets 64 MB aside for DMA, and won't start without */
#define MIN_MEM (4 * MB)

/* More reboots than this within the time are a loop that harms the others. */
#define REBOOTS_MAX 3
#define REBOOTS_NS (60 * 1000000000ULL)

static unsigned int next_id = 1;

/* Modules of domain kernels that were built from; written at boot. */
static bool in_use[BOOT_MAX_MODULES];
/* Disk images whose frames are the initial domain's now; likewise. */
static bool in_package[BOOT_MAX_MODULES];

/* The reboots of a module's domain; single calls of destroydomain write it. */
static struct {
	u64 since_ns;
	unsigned int count;
} reboots[BOOT_MAX_MODULES];

struct domain_spec {
	char name[DOMAIN_NAME_MAX];
	u64 mem_bytes;
	u64 vcpus, weight;
	const char *cmdline;
};

static bool has_word(const char *args, const char *word)
{
	return !strncmp(args, word, strlen(word));
}

static bool is_ours(const char *args)
{
	return has_word(args, "domain=") || has_word(args, "ramdisk=") || has_word(args, "disk=");
}

/* Copy what goes up to a comma or space; false if it is empty or too long. */
static bool take_name(const char **at, char *name)
{
	size_t n = 0;

	while ((*at)[n] && (*at)[n] != ',' && (*at)[n] != ' ')
		n++;
	if (!n || n >= DOMAIN_NAME_MAX)
		return false;
	memcpy(name, *at, n);
	name[n] = '\0';
	*at += n;
	return true;
}

/* One `key=value` of a domain's module; NULL, or what is wrong with it. */
static const char *take_option(const char **at, struct domain_spec *spec)
{
	if (has_word(*at, "mem=")) {
		*at += 4;
		return str_to_size(at, &spec->mem_bytes) ? NULL : "mem= needs a size";
	}
	if (has_word(*at, "vcpus=")) {
		*at += 6;
		return str_to_u64(at, &spec->vcpus) ? NULL : "vcpus= needs a number";
	}
	if (has_word(*at, "weight=")) {
		*at += 7;
		return str_to_u64(at, &spec->weight) ? NULL : "weight= needs a number";
	}
	return "unknown option";
}

static const char *parse_domain(const char *args, struct domain_spec *spec)
{
	const char *at = args + strlen("domain="), *wrong;

	*spec = (struct domain_spec){
		.mem_bytes = DEFAULT_MEM, .vcpus = 1, .weight = SCHED_DEFAULT_WEIGHT
	};
	if (!take_name(&at, spec->name))
		return "it has no name, or a too long one";
	while (*at == ',') {
		at++;
		wrong = take_option(&at, spec);
		if (wrong)
			return wrong;
		if (*at && *at != ',' && *at != ' ')
			return "something follows a number";
	}
	while (*at == ' ')
		at++;
	spec->cmdline = at;
	if (spec->vcpus < 1 || spec->vcpus > MAX_VCPUS)
		return "more vcpus than there can be, or none";
	if (spec->weight < 1 || spec->weight > SCHED_MAX_WEIGHT)
		return "weight is 1 to 65535";
	if (spec->mem_bytes < MIN_MEM)
		return "less than 4 MB of memory";
	return NULL;
}

static bool name_is(const char *args, const char *word, const char *name)
{
	char other[DOMAIN_NAME_MAX];

	if (!has_word(args, word))
		return false;
	args += strlen(word);
	return take_name(&args, other) && !strcmp(other, name);
}

/* The first module from `from` on whose argument names this domain; NULL: none. */
static const struct boot_module *find_named(const char *word, const char *name,
					    unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++)
		if (name_is(boot_info.modules[i].args, word, name))
			return &boot_info.modules[i];
	return NULL;
}

/* The next id that no domain has; they are not used again soon. */
static unsigned int free_id(void)
{
	struct domain *d;
	bool taken;

	for (;; next_id++) {
		if (next_id >= DOMID_FIRST_RESERVED)
			next_id = 1;
		d = domain_get_next(next_id);
		taken = d && d->id == next_id;
		if (d)
			domain_put(d);
		if (!taken)
			return next_id;
	}
}

static void build_unprivileged(unsigned int index)
{
	const struct boot_module *mod = &boot_info.modules[index], *ramdisk;
	struct domain_spec spec;
	struct build_plan plan;
	struct kernel kernel;
	const char *wrong;

	wrong = parse_domain(mod->args, &spec);
	if (!wrong && find_named("domain=", spec.name, 1, index))
		wrong = "its name is taken";
	if (wrong) {
		printk("module %u (%s): skipped: %s", index + 1, mod->args, wrong);
		return;
	}
	plan = (struct build_plan){
		.name = spec.name,
		.cmdline = spec.cmdline,
		.mem_bytes = spec.mem_bytes,
		.weight = (u32)spec.weight,
		.module = index,
	};
	ramdisk = find_named("ramdisk=", spec.name, 1, boot_info.nr_modules);
	if (ramdisk)
		plan.ramdisk = bootinfo_module_image(ramdisk);
	wrong = kernel_open(mod, spec.mem_bytes, &kernel);
	if (!wrong) {
		plan.kernel = kernel.image;
		wrong = domain_build(free_id(), &plan);
		kernel_close(&kernel);
	}
	if (wrong) {
		printk("module %u: domain %s is refused: %s", index + 1, spec.name, wrong);
		return;
	}
	next_id++;
	in_use[index] = true;
}

void domain_rebuild(unsigned int module)
{
	u64 now_ns = time_now_ns();

	if (now_ns - reboots[module].since_ns > REBOOTS_NS)
		reboots[module].count = 0;
	if (!reboots[module].count)
		reboots[module].since_ns = now_ns;
	if (++reboots[module].count > REBOOTS_MAX) {
		printk("module %u: its domain reboots too often, and is left off", module + 1);
		return;
	}
	build_unprivileged(module);
	evtchn_raise_global_virq(VIRQ_DOM_EXC);
}

/* Name what no domain will ever use. */
static void check_attachment(unsigned int index)
{
	const struct boot_module *mod = &boot_info.modules[index];
	const char *word = has_word(mod->args, "ramdisk=") ? "ramdisk=" : "disk=";
	const char *at = mod->args + strlen(word);
	char name[DOMAIN_NAME_MAX];

	if (!take_name(&at, name) || !find_named("domain=", name, 1, boot_info.nr_modules))
		printk("module %u (%s): skipped: no such domain", index + 1, mod->args);
	else if (find_named(word, name, 1, index) && word[0] == 'r')
		printk("module %u (%s): skipped: it has a ramdisk", index + 1, mod->args);
	else if (word[0] == 'd' && !in_package[index])
		printk("module %u (%s): skipped: the initial domain serves no disks", index + 1,
		       mod->args);
}

/* Unless dom0_mem= says. Others: whether there are domains to serve. */
static u64 initial_mem(const struct image *kernel, bool others)
{
	u64 half_bytes = ROUND_DOWN((u64)frames_nr_free() << (PAGE_SHIFT - 1), MB);
	struct elf_info elf;

	if (options.dom0_mem_bytes)
		return options.dom0_mem_bytes;
	if (elf_parse(kernel, &elf)) /* domain_build() will say why */
		return DEFAULT_MEM;
	if (elf.console_switch && others)
		return KEEPER_MEM;
	return strcmp(elf.guest_os, "linux") ? DEFAULT_MEM : MIN(LINUX_MEM, half_bytes);
}

/*
 * Disk images go to the initial domain, beyond the memory it has by itself, if
 * its kernel can take what isn't mapped. A page needs up to 8 bytes of p2m list.
 */
static void pack_disks(struct build_plan *plan)
{
	struct elf_info elf;
	char name[DOMAIN_NAME_MAX];

	if (elf_parse(&plan->kernel, &elf) || !elf.mod_start_pfn)
		return;
	for (unsigned int i = 1; i < boot_info.nr_modules; i++) {
		const char *args = boot_info.modules[i].args, *at = args + strlen("disk=");

		if (!has_word(args, "disk=") || !take_name(&at, name) ||
		    !find_named("domain=", name, 1, boot_info.nr_modules) ||
		    !boot_info.modules[i].len_bytes)
			continue;
		package_add(&boot_info.modules[i]);
		in_package[i] = true;
	}
	if (!package_plan(plan))
		panic("not enough memory for a list of disk images");
	plan->mem_bytes += plan->ramdisk.len_bytes +
			   ROUND_UP(plan->ramdisk.len_bytes / 512, MB);
}

static unsigned int build_initial(void)
{
	const struct boot_module *mods = boot_info.modules;
	unsigned int next = 1;
	struct kernel kernel;
	const char *wrong;
	struct build_plan plan = {
		.name = "initial",
		.cmdline = mods[0].args,
		.weight = SCHED_DEFAULT_WEIGHT,
	};

	if (boot_info.nr_modules > 1 && !is_ours(mods[1].args)) {
		plan.ramdisk = bootinfo_module_image(&mods[1]);
		next = 2;
	}
	wrong = kernel_open(&mods[0], options.dom0_mem_bytes, &kernel);
	if (wrong)
		panic("the initial domain is refused: %s", wrong);
	plan.kernel = kernel.image;
	plan.mem_bytes = initial_mem(&plan.kernel, boot_info.nr_modules > next);
	if (next == 1)
		pack_disks(&plan);
	wrong = domain_build(0, &plan);
	kernel_close(&kernel);
	package_done();
	if (wrong)
		panic("the initial domain is refused: %s", wrong);
	return next;
}

/* Whether a domain that runs may be built from it again. */
static bool is_kept(unsigned int index)
{
	const char *args = boot_info.modules[index].args, *at = args + strlen("ramdisk=");
	const struct boot_module *kernel;
	char name[DOMAIN_NAME_MAX];

	if (!has_word(args, "ramdisk="))
		return in_use[index];
	if (!take_name(&at, name))
		return false;
	kernel = find_named("domain=", name, 1, boot_info.nr_modules);
	return kernel && in_use[kernel - boot_info.modules];
}

/* What no domain will be built from again. */
static void free_modules(unsigned int nr_initial)
{
	unsigned long before = frames_nr_free();

	for (unsigned int i = 0; i < boot_info.nr_modules; i++)
		if (i < nr_initial || (!is_kept(i) && !in_package[i]))
			frames_free_module(&boot_info.modules[i]);
	domains_ledger_add(frames_nr_free() - before);
}

/*
 * [tour: boot 9] The boot loader's modules say what runs. The first is the
 * initial domain, without which nothing makes sense; each other that is wrong
 * is named and skipped.
 */
void domains_build_from_modules(void)
{
	unsigned int first = build_initial();

	console_tag_guests(boot_info.nr_modules > first);
	for (unsigned int i = first; i < boot_info.nr_modules; i++) {
		const char *args = boot_info.modules[i].args;

		if (has_word(args, "domain="))
			build_unprivileged(i);
		else if (is_ours(args))
			check_attachment(i);
		else
			printk("module %u (%s): skipped: neither domain=, ramdisk= nor disk=",
			       i + 1, args);
	}
	free_modules(first);
}
