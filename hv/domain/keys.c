/* SPDX-License-Identifier: MIT */
/*
 * The keys that look at domains: who there is, who runs, what they hold. They
 * only read. One fact a line, each begins with its kind; a key prints at most
 * KEY_LINES of them, however much guests have piled up.
 */
#include "domain/domain.h"
#include "domain/evtchn_port.h"
#include "lib/div.h"
#include "lib/string.h"

#define KEY_LINES 200
#define NS_PER_MS 1000000

/* ---- how much one key may say ---- */

static unsigned int lines_left, lines_dropped;

static void say_begin(void)
{
	lines_left = KEY_LINES;
	lines_dropped = 0;
}

/* Whether there is room for one more line. */
static bool say_one(void)
{
	if (!lines_left) {
		lines_dropped++;
		return false;
	}
	lines_left--;
	return true;
}

static void say_end(void)
{
	if (lines_dropped)
		printk("%u lines more, not shown", lines_dropped);
}

/* Call fn for each domain. */
static void each_domain(void (*fn)(struct domain *d))
{
	struct domain *d;
	unsigned int id = 0;

	say_begin();
	while ((d = domain_get_next(id))) {
		fn(d);
		id = d->id + 1;
		domain_put(d);
	}
	say_end();
}

/* ---- d: domains and vcpus ---- */

static const char *domain_state(const struct domain *d)
{
	if (d->dying)
		return "dying";
	if (d->shut_down)
		return "shut down";
	return d->paused ? "paused" : "alive";
}

static const char *vcpu_state(const struct vcpu *v)
{
	if (v->why_stopped & VCPU_DOWN)
		return "down";
	if (v->why_stopped & VCPU_PAUSED)
		return "paused";
	if (v->why_stopped & VCPU_POLLING)
		return "polling";
	if (v->why_stopped & VCPU_BLOCKED)
		return "blocked";
	return v == sched_running() ? "running" : "runnable";
}

static void say_vcpu(struct vcpu *v)
{
	u64 ms = div_u64_u32(v->sched.ran_ns, NS_PER_MS, NULL);

	if (say_one())
		printk("vcpu d%uv%u: %s, ran %lu ms, %lu traps, %lu hypercalls, "
		       "%lu interrupts, %lu bounces",
		       v->domain->id, v->id, vcpu_state(v), (unsigned long)ms, v->nr_traps[0],
		       v->nr_traps[1], v->nr_traps[2], v->nr_traps[3]);
}

static void say_domain(struct domain *d)
{
	if (say_one())
		printk("domain d%u (%s): %s, %lu frames of %lu, %lu heap pages, weight %u%s",
		       d->id, d->name, domain_state(d), d->mm.nr_frames, d->mm.max_frames,
		       d->heap_pages, d->weight, d->privileged ? ", privileged" : "");
	for (unsigned int i = 0; i < d->nr_vcpus; i++)
		say_vcpu(d->vcpus[i]);
}

static void key_domains(char key)
{
	(void)key;
	printk("domains: %u", domain_count());
	each_domain(say_domain);
}

/* ---- q: the run queue ---- */

static void say_queued(struct vcpu *v)
{
	if (say_one())
		printk("queued d%uv%u: virtual time %lu ms, weight %u%s", v->domain->id, v->id,
		       (unsigned long)div_u64_u32(v->sched.vtime, NS_PER_MS, NULL),
		       v->sched.weight, v->sched.yielded ? ", yielded" : "");
}

static void key_run_queue(char key)
{
	const struct vcpu *v = sched_running();

	(void)key;
	say_begin();
	if (v)
		printk("running d%uv%u: virtual time %lu ms, weight %u", v->domain->id, v->id,
		       (unsigned long)div_u64_u32(v->sched.vtime, NS_PER_MS, NULL),
		       v->sched.weight);
	else
		printk("running: nobody");
	sched_each_queued(say_queued);
	say_end();
}

/* ---- r: registers ---- */

static void say_registers(struct domain *d)
{
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		if (!say_one())
			continue;
		printk("registers of d%uv%u: %s", d->id, i, vcpu_state(d->vcpus[i]));
		arch_print_vcpu(d->vcpus[i]);
	}
}

static void key_registers(char key)
{
	(void)key;
	each_domain(say_registers);
}

/* ---- m: memory and types ---- */

static void say_frames(struct domain *d)
{
	if (say_one())
		printk("memory of d%u: %lu frames of %lu, %lu heap pages", d->id,
		       d->mm.nr_frames, d->mm.max_frames, d->heap_pages);
}

static void key_memory(char key)
{
	struct mm_census c;

	(void)key;
	mm_census(&c);
	printk("memory: %lu frames, %lu free, heap %lu pages", frames_nr_total(),
	       frames_nr_free(), heap_nr_pages_used());
	printk("memory: %lu frames owned by domains, %lu of the monitor's shared, %lu pinned",
	       c.nr_owned, c.nr_shared, c.nr_pinned);
	for (unsigned int type = 0; type < NR_FRAME_TYPES; type++)
		if (c.nr_of_type[type])
			printk("frames of type %s: %lu", frame_type_name(type),
			       c.nr_of_type[type]);
	each_domain(say_frames);
}

/* ---- e: event channels; g: grants ---- */

static void say_port(const struct domain *d, u32 port, const struct evtchn *c)
{
	char what[48] = "ipi";

	switch (c->state) {
	case ECS_UNBOUND:
		fmt(what, sizeof(what), "unbound, for d%u", c->domid);
		break;
	case ECS_INTERDOMAIN:
		fmt(what, sizeof(what), "to port %u of d%u", c->remote_port, c->domid);
		break;
	case ECS_PIRQ:
		fmt(what, sizeof(what), "interrupt line %u", c->pirq);
		break;
	case ECS_VIRQ:
		fmt(what, sizeof(what), "virq %u", c->virq);
		break;
	}
	if (say_one())
		printk("port %u of d%u: %s, vcpu %u%s%s", port, d->id, what, c->vcpu,
		       evtchn_is_pending(d, port) ? ", pending" : "",
		       test_bit(port, d->shared->evtchn_mask) ? ", masked" : "");
}

static void say_ports(struct domain *d)
{
	for (u32 port = 1; d->shared && port < EVTCHN_MAX_PORTS; port++) {
		const struct evtchn *c = evtchn_of(d, port);

		if (c && c->state != ECS_FREE)
			say_port(d, port, c);
	}
}

static void key_events(char key)
{
	(void)key;
	each_domain(say_ports);
}

static void say_grants(struct domain *d)
{
	for (unsigned int frame = 0; frame < d->grants.nr_frames; frame++) {
		const struct grant_pin *pins = d->grants.pins[frame];

		for (u32 i = 0; pins && i < GRANTS_PER_FRAME; i++) {
			if (!(pins[i].readers || pins[i].writers) || !say_one())
				continue;
			printk("grant %u of d%u: frame %#x, used by d%u, %u readers, %u writers",
			       frame * (u32)GRANTS_PER_FRAME + i, d->id, pins[i].mfn,
			       pins[i].domid, pins[i].readers, pins[i].writers);
		}
	}
}

static void key_grants(char key)
{
	(void)key;
	each_domain(say_grants);
}

void domain_keys_init(void)
{
	keys_register('d', "domains and vcpus", key_domains);
	keys_register('q', "run queue", key_run_queue);
	keys_register('r', "registers of every vcpu", key_registers);
	keys_register('m', "memory, and what it is used for", key_memory);
	keys_register('e', "event channels", key_events);
	keys_register('g', "grants in use", key_grants);
}
