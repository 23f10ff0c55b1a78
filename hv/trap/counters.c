/* SPDX-License-Identifier: MIT */
/*
 * The trap counters, by name: for the key c, and at the end of a traced run.
 * What counts is domain/trace.h; here it is only read.
 */
#include "domain/trace.h"
#include "hypercall/hypercall.h"
#include "lib/div.h"
#include "trap/trap.h"

#define NS_PER_SECOND 1000000000u
#define KEY_LINES 200
#define NR_EVENTS ARRAY_SIZE(trace_counts)

#define HC_NAME(nr, name, n32, n64, who, what) [nr] = #name,
static const char *const hypercall_names[NR_HYPERCALLS] = { HYPERCALLS(HC_NAME) };
#undef HC_NAME

static const char *const exception_names[NR_EXCEPTIONS] = {
	[VEC_DE] = "#DE", [VEC_DB] = "#DB", [VEC_NMI] = "NMI", [VEC_BP] = "#BP",
	[VEC_OF] = "#OF", [VEC_BR] = "#BR", [VEC_UD] = "#UD",  [VEC_NM] = "#NM",
	[VEC_DF] = "#DF", [VEC_TS] = "#TS", [VEC_NP] = "#NP",  [VEC_SS] = "#SS",
	[VEC_GP] = "#GP", [VEC_PF] = "#PF", [VEC_MF] = "#MF",  [VEC_AC] = "#AC",
	[VEC_MC] = "#MC", [VEC_XM] = "#XM",
};

static const char *const irq_names[] = { [0] = "timer", [1] = "keyboard", [4] = "serial" };
static const char *const callback_names[] = { "event", "failsafe", "sysenter", "syscall" };
static const char *const event_names[] = { "interdomain", "ipi", "virq", "pirq" };
static const char *const grant_names[] = { "map", "unmap" };
static const char *const syscall_names[] = { "sysenter", "syscall" };
static const char *const domain_names[] = { "made", "gone" };

struct names {
	const char *const *name;
	unsigned int nr;
};

static const struct names names[NR_TRACE_KINDS] = {
	[TRACE_TRAP] = { exception_names, ARRAY_SIZE(exception_names) },
	[TRACE_BOUNCE] = { exception_names, ARRAY_SIZE(exception_names) },
	[TRACE_HYPERCALL] = { hypercall_names, ARRAY_SIZE(hypercall_names) },
	[TRACE_IRQ] = { irq_names, ARRAY_SIZE(irq_names) },
	[TRACE_CALLBACK] = { callback_names, ARRAY_SIZE(callback_names) },
	[TRACE_EVENT] = { event_names, ARRAY_SIZE(event_names) },
	[TRACE_GRANT] = { grant_names, ARRAY_SIZE(grant_names) },
	[TRACE_SYSCALL] = { syscall_names, ARRAY_SIZE(syscall_names) },
	[TRACE_DOMAIN] = { domain_names, ARRAY_SIZE(domain_names) },
};

static const char *sub_name(unsigned int kind, unsigned int sub)
{
	const char *name = NULL;

	if (sub < names[kind].nr)
		name = names[kind].name[sub];
	if (kind == TRACE_EMULATE)
		name = sub == TRACE_EMU_FENCE	? "fence"
		       : sub == TRACE_EMU_SEGMENT ? "segment"
						  : insn_kind_name(sub);
	return name ? name : "-";
}

/* What the last print showed, for the rates of the next. */
static struct {
	u32 counts[NR_EVENTS];
	u64 at_ns;
} last;

/* One line each, "count KIND/SUB NAME TOTAL, RATE a second", greppable. */
static void print_counters(unsigned int lines_left)
{
	u64 now_ns = time_now_ns();
	unsigned int nr_more = 0;
	u32 ms = (u32)div_u64_u32(now_ns - last.at_ns, 1000000, NULL);

	printk("counts since the start; a second: over the last %u.%03u s", ms / 1000, ms % 1000);
	for (unsigned int event = 0; event < NR_EVENTS; event++) {
		u32 now = trace_counts[event];
		u64 rate = (u64)(now - last.counts[event]) * 1000;

		if (!now)
			continue;
		if (!lines_left) {
			nr_more++;
			continue;
		}
		lines_left--;
		printk("count %s/%u %s %u, %u a second", trace_kind_name(event >> 8), event & 0xff,
		       sub_name(event >> 8, event & 0xff), now,
		       (unsigned int)div_u64_u32(rate, ms ? ms : 1, NULL));
		last.counts[event] = now;
	}
	last.at_ns = now_ns;
	if (nr_more)
		printk("%u kinds more, not shown", nr_more);
}

void counters_print(void)
{
	print_counters(NR_EVENTS);
}

void counters_key(char key)
{
	(void)key;
	print_counters(KEY_LINES);
}
