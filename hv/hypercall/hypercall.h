/* SPDX-License-Identifier: MIT */
/*
 * The hypercall list: one table, from which dispatch, prototypes and the ABI
 * document come. A number that isn't here returns -ENOSYS.
 *
 * A handler reads its arguments from struct hc_args (ABI 1.7: on 32-bit these
 * are the caller's ebx, ecx, edx, esi, edi, ebp themselves) and returns the
 * result, or hc_restart().
 */
#ifndef HYPERCALL_HYPERCALL_H
#define HYPERCALL_HYPERCALL_H

#include "domain/domain.h"
#include "lib/types.h"

#include "abi.h" /* the width folder's */

struct hc_args {
	unsigned long arg[6];
};

/*
 * number, name, arguments on 32-bit, on 64-bit, who may call, what is served
 *
 * [tour: hypercall 4] The list. Dispatch, prototypes, the names in traces and
 * the document ABI.md all come from these lines.
 */
#define HYPERCALLS(X)                                                                        \
	X(0, set_trap_table, 1, 1, "any", "all")                                             \
	X(1, mmu_update, 4, 4, "any", "NORMAL, MACHPHYS_UPDATE, PRESERVE_AD, NO_TRANSLATE")  \
	X(2, set_gdt, 2, 2, "any", "all")                                                    \
	X(3, stack_switch, 2, 2, "any", "all")                                               \
	X(4, set_callbacks, 4, 3, "any", "all")                                              \
	X(5, fpu_taskswitch, 1, 1, "any", "all")                                             \
	X(7, platform_op, 1, 1, "initial domain",                                            \
	  "settime32/64, firmware_info, enter_acpi_sleep (S5), get_cpuinfo")                 \
	X(8, set_debugreg, 2, 2, "any", "0-3, 6, 7")                                         \
	X(9, get_debugreg, 1, 1, "any", "0-3, 6, 7")                                         \
	X(10, update_descriptor, 4, 2, "any", "all")                                         \
	X(12, memory_op, 2, 2, "any",                                                        \
	  "increase/decrease_reservation, populate_physmap, current/maximum_reservation, "   \
	  "maximum_ram_page, machphys_mapping, exchange, memory_map, "                       \
	  "machine_memory_map (d0)")                                              \
	X(13, multicall, 2, 2, "any", "all")                                                 \
	X(14, update_va_mapping, 4, 3, "any", "all")                                         \
	X(15, set_timer_op, 2, 1, "any", "all")                                              \
	X(17, xen_version, 2, 2, "any",                                                      \
	  "version, extraversion, compile_info, capabilities, changeset, "                   \
	  "platform_parameters, get_features, pagesize, guest_handle, commandline (d0)")     \
	X(18, console_io, 3, 3, "initial domain; others with guest_debugcon", "write, read") \
	X(20, grant_table_op, 3, 3, "any",                                                   \
	  "version 1: map, unmap, unmap_and_replace, copy, setup_table, query_size, "        \
	  "set/get_version")                                                                 \
	X(21, vm_assist, 2, 2, "any",                                                        \
	  "4gb_segments, writable_pagetables, runstate_update_flag act")                     \
	X(23, iret, 0, 0, "any", "without virtual-8086 mode")                                \
	X(24, vcpu_op, 3, 3, "any",                                                          \
	  "all for the one vcpu but send_nmi and the vcpu_time area")                        \
	X(25, set_segment_base, 2, 2, "any", "all on 64-bit, -ENOSYS on 32-bit")             \
	X(26, mmuext_op, 4, 4, "any",                                                        \
	  "pin, unpin, new_baseptr, new_user_baseptr (64-bit), tlb, invlpg, set_ldt, "       \
	  "clear_page, copy_page")                                                           \
	X(29, sched_op, 2, 2, "any",                                                         \
	  "yield, block, shutdown (suspend isn't), shutdown_code, poll; "                      \
	  "remote_shutdown, pin_override (d0)")                                              \
	X(30, callback_op, 2, 2, "any",                                                      \
	  "event, failsafe, sysenter, syscall32, syscall (64-bit)")               \
	X(32, event_channel_op, 2, 2, "any", "2-level operations; FIFO is not there")        \
	X(33, physdev_op, 2, 2, "any",                                                       \
	  "set_iopl, set_iobitmap; d0: map/unmap_pirq, alloc_irq_vector, setup_gsi, "         \
	  "irq_status_query, eoi")                                                            \
	X(35, sysctl, 1, 1, "initial domain",                                                \
	  "getdomaininfolist, debug_keys, physinfo, sched_id, "                                 \
	  "tbuf_op")                               \
	X(36, domctl, 1, 1, "initial domain",                                                \
	  "getdomaininfo, pause, unpause, destroydomain, scheduler_op (credit2 weights)")

#define NR_HYPERCALLS 64

#define HC_PROTOTYPE(nr, name, n32, n64, who, what) long hc_##name(struct hc_args *a);
HYPERCALLS(HC_PROTOTYPE)
#undef HC_PROTOTYPE

typedef long (*hypercall_fn)(struct hc_args *a);
extern const hypercall_fn hypercall_table[NR_HYPERCALLS];

/*
 * Results that never reach a guest. HC_RESTART: back up over the hypercall
 * instruction, so that the guest makes the call again once interrupts and
 * other domains had their turn; the handler has changed a->arg to what remains.
 * HC_NO_RESULT: the handler set the registers itself.
 */
#define HC_RESTART (-0x10000L)
#define HC_NO_RESULT (-0x10001L)

static inline long hc_restart(void)
{
	return HC_RESTART;
}

/*
 * Take the table work a call left behind: 0, or -ERESTART to be passed on as
 * HC_RESTART after the arguments say what remains.
 */
int hc_drain(struct vcpu *v) __must_check;

/*
 * table_get() for the running call, with interrupts let in between its steps.
 * As table_get; -ERESTART: somebody else should run, return hc_restart().
 */
int hc_long_table_get(struct vcpu *v, mfn_t mfn, enum frame_type type) __must_check;
/* Let waiting interrupts in; true if somebody else should run now. */
bool hc_preempt(void);

/* Copy one struct at a guest address in or out: 0 or -EFAULT. */
#define hc_copy_in(obj, gva) copy_from_guest((obj), (gva), sizeof(*(obj)))
#define hc_copy_out(gva, obj) copy_to_guest((gva), (obj), sizeof(*(obj)))

/* Guest handles are 32-bit addresses on this width, padded in tools' structs. */
#define hc_handle_gva(handle) ((unsigned long)(handle).p)

#endif
