// SPDX-License-Identifier: MIT
/*
 * Trap dispatch of a PV guest. Called by the width's entry.S; a trap nobody handles is
 * printed and ends the domain with SHUTDOWN_crash.
 */

#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/hypercall.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/traps.h"

#define NR_VECTORS	      0x102
#define STUB_SIZE_BYTES	      16
#define TRAP_FLAG_MASK_EVENTS 4

struct catcher {
	struct trap_context context;
	struct trap_result *result;
	struct catcher *outer;
};

extern const uint8_t trap_stubs[];
int trap_context_save(struct trap_context *ctx) __attribute__((returns_twice));
void trap_context_restore(struct trap_context *ctx) __attribute__((noreturn));
void guest_trap(struct guest_trap_frame *frame);

static trap_handler_t handlers[NR_VECTORS];
static struct catcher *catcher;

int trap_set_gate(unsigned int vector, unsigned int dpl, bool mask_events)
{
	struct trap_info table[2] = {0};

	table[0].vector = vector;
	table[0].flags = dpl | (mask_events ? TRAP_FLAG_MASK_EVENTS : 0);
	table[0].cs = FLAT_KERNEL_CS;
	table[0].address = (unsigned long)trap_stubs + vector * STUB_SIZE_BYTES;
	return hypercall_set_trap_table(table);
}

static bool raised_by_user(unsigned int vector)
{
	return vector == VECTOR_BP || vector == VECTOR_OF || vector == VECTOR_BR ||
	       vector == VECTOR_SYSCALL;
}

void traps_init(void)
{
	static struct trap_info table[34];
	unsigned int vector, n = 0;

	for (vector = 0; vector <= VECTOR_SYSCALL; vector++) {
		if (vector >= 32 && vector != VECTOR_SYSCALL)
			continue;
		table[n].vector = vector;
		table[n].flags = raised_by_user(vector) ? 3 : 0;
		table[n].cs = FLAT_KERNEL_CS;
		table[n].address = (unsigned long)trap_stubs + vector * STUB_SIZE_BYTES;
		n++;
	}
	if (hypercall_set_trap_table(table))
		debug_printf("set_trap_table failed\n");
}

void trap_set_handler(unsigned int vector, trap_handler_t handler)
{
	if (vector < NR_VECTORS)
		handlers[vector] = handler;
}

static unsigned long read_cr2(void)
{
	return vcpu_info ? vcpu_info->arch.cr2 : 0;
}

static void die(const struct guest_trap_frame *f)
{
	debug_printf("unhandled trap %u, error %x, cr2 %lx\n", (unsigned int)f->vector,
		     f->error_code, read_cr2());
	debug_printf("ip %lx cs %x flags %lx\n", (unsigned long)f->ip, f->cs,
		     (unsigned long)f->flags);
	debug_printf("ax %lx bx %lx cx %lx dx %lx\n", (unsigned long)f->ax, (unsigned long)f->bx,
		     (unsigned long)f->cx, (unsigned long)f->dx);
	debug_printf("si %lx di %lx bp %lx\n", (unsigned long)f->si, (unsigned long)f->di,
		     (unsigned long)f->bp);
	guest_shutdown(SHUTDOWN_crash);
}

void guest_trap(struct guest_trap_frame *frame)
{
	struct trap_result *r;

	if (handlers[frame->vector] && handlers[frame->vector](frame))
		return;
	if (!catcher)
		die(frame);
	r = catcher->result;
	r->trapped = true;
	r->vector = frame->vector;
	r->error_code = frame->error_code;
	r->ip = frame->ip;
	r->cs = frame->cs;
	r->cr2 = read_cr2();
	trap_context_restore(&catcher->context);
}

bool trap_catch(void (*fn)(void *arg), void *arg, struct trap_result *result)
{
	struct catcher this = {.result = result, .outer = catcher};

	*result = (struct trap_result){0};
	if (!trap_context_save(&this.context)) {
		catcher = &this;
		barrier();
		fn(arg);
		barrier();
	}
	catcher = this.outer;
	return READ_ONCE(result->trapped);
}

struct probe {
	unsigned long va;
	uint32_t value;
};

static void do_read32(void *arg)
{
	struct probe *p = arg;

	p->value = *(const volatile uint32_t *)p->va;
}

static void do_write32(void *arg)
{
	struct probe *p = arg;

	*(volatile uint32_t *)p->va = p->value;
}

bool probe_read32(unsigned long va, uint32_t *value, struct trap_result *result)
{
	struct probe p = {.va = va};

	if (trap_catch(do_read32, &p, result))
		return false;
	*value = p.value;
	return true;
}

bool probe_write32(unsigned long va, uint32_t value, struct trap_result *result)
{
	struct probe p = {.va = va, .value = value};

	return !trap_catch(do_write32, &p, result);
}
