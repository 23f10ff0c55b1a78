/* SPDX-License-Identifier: MIT */
/*
 * The seam's upper part: a vcpu's architectural state and what the width
 * folder does with it. struct arch_vcpu and struct regs come from the width's
 * own regs.h; common code uses the names both have (->ip, ->sp, ->flags, ->ax).
 */
#ifndef X86_GUEST_H
#define X86_GUEST_H

#include "lib/types.h"
#include "x86/desc.h"
#include "x86/pte.h"

#include "regs.h" /* the width folder's */

struct vcpu;
struct domain;
struct guest_handler;

/* ---- running ---- */

/* Keep what the CPU holds of the one that ran, besides its frame. */
void arch_switch_out(struct vcpu *prev);
/* Load what the next one needs: its root above all, and with it a clean TLB. */
void arch_switch_in(struct vcpu *next);
/* Leave to whatever vcpu is current; the start of all running. Never returns. */
void arch_run(void) __noreturn;
/* Leave the boot stack: call fn, which doesn't return, on this CPU's own. */
void arch_call_on_cpu_stack(void (*fn)(void)) __noreturn;

/* ---- a vcpu's life ---- */

void arch_vcpu_init(struct vcpu *v);
/* First instruction: ip, sp, and the start_info's address (ABI 1.5). */
void arch_vcpu_start_state(struct vcpu *v, unsigned long ip, unsigned long sp,
			   unsigned long start_info);
/* It will never run again: drop what this CPU keeps of it. */
void arch_vcpu_forget(struct vcpu *v);

/* Its registers, for a crash report, through printk. */
void arch_print_vcpu(struct vcpu *v);

/*
 * Make h the next thing to run, with a frame on the guest kernel's stack: extra
 * words in front (an error code; the failsafe's selectors), and the common part
 * (ABI 4.1). masked: what the frame says of the upcall mask. Kills the guest if
 * its stack can't be written. v is running.
 */
void arch_push_frame(struct vcpu *v, const struct guest_handler *h, const unsigned long *extra,
		     unsigned int nr_extra, bool masked);
/* The code selector with which a handler starts. */
u16 arch_handler_cs(const struct guest_handler *h);
/* The failsafe's words: ds, es, fs, gs as they are; null ones are loaded instead. */
#define NR_DATA_SELECTORS 4
void arch_take_selectors(struct vcpu *v, unsigned long sel[NR_DATA_SELECTORS]);
/*
 * The last of a switch: load the data selectors of who was switched in. False:
 * one can't be loaded, and the failsafe callback is to hear of it.
 */
bool arch_load_selectors(struct vcpu *v) __must_check;

/* The root in use: in user mode it may be another one than the kernel's. */
mfn_t arch_current_root(const struct vcpu *v);
/* Where the root for user mode is kept; NULL where there is none besides. */
mfn_t *arch_user_root(struct vcpu *v);
/*
 * See memory as the running guest's kernel does, until the next call with what
 * this one returned.
 */
bool arch_kernel_view(struct vcpu *v, bool on);
/* Hypercall set_segment_base (ABI 2.1): 0, -EINVAL, -ENOSYS. */
long arch_set_segment_base(struct vcpu *v, unsigned int which, u64 base);
/* A guest's own MSRs, segment bases: false if this isn't one, or the value is bad. */
bool arch_msr_read(struct vcpu *v, u32 msr, u64 *val) __must_check;
bool arch_msr_write(struct vcpu *v, u32 msr, u64 val) __must_check;

/* ---- state that a hypercall changed: take it over if v is running ---- */

void arch_load_new_root(struct vcpu *v);
void arch_load_kernel_entry(struct vcpu *v); /* stack_switch, int 0x80's gate */

/* The I/O bitmap behind this CPU's TSS, and whether the CPU looks at it. */
struct io_bitmap *arch_io_bitmap(void);
void arch_io_bitmap_enable(bool on);

/* What guests are told of the machine-to-physical table: [start, end). */
extern const unsigned long guest_m2p_start, guest_m2p_end;

/* ---- registers and selectors ---- */

/* The running vcpu's register frame (top of this CPU's stack). */
struct regs *guest_regs(void);
/* A vcpu's registers, wherever they are now. */
struct regs *vcpu_regs(struct vcpu *v);
bool regs_from_guest(const struct regs *r);
bool regs_in_guest_kernel(const struct regs *r);
/*
 * A frame of virtual-8086 mode, which lies elsewhere and names no selectors:
 * put it where the guest's frame belongs, as ring 3 with null ones.
 */
struct regs *arch_frame_from_v86(const struct regs *r);
/* Segment registers by their numbers in instructions. */
enum { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS };
/* Base of what a segment register of the running guest holds; false: nothing usable. */
bool arch_segment_base(const struct regs *r, unsigned int segment, unsigned long *base)
	__must_check;
/* How code at r is decoded: in 64-bit mode; else whether in 32-bit. */
void arch_code_mode(const struct regs *r, bool *long_mode, bool *op32);
/* Whether a guest may name this selector as code of a handler or frame. */
bool arch_code_selector_ok(u16 sel) __must_check;
/* Guests think of ring 0 where we mean ring 1 (32-bit) or 3. */
u16 arch_fix_rpl(u16 sel);
/*
 * Which frame of checked descriptors shows as a page of the window on the GDT or
 * LDT; INVALID_MFN: none. The caller drops the old translation.
 */
void arch_gdt_map(unsigned int page, mfn_t mfn);
void arch_ldt_map(unsigned int page, mfn_t mfn);
/* The LDT has so many entries from now on; 0: there is none. */
void arch_ldt_select(unsigned int nr_entries);
/* The iret hypercall's own part: 0, or the frame is refused. */
int arch_guest_iret(struct vcpu *v) __must_check;
/* A root's number as guests write it in cr3 (xen_pfn_to_cr3 on 32-bit). */
unsigned long arch_root_to_cr3(mfn_t root);
/* A handler for int 0x80 goes straight into the IDT where that is safe. */
void arch_set_int80(struct vcpu *v);

/* Fill a hypercall page, mapped at page (ABI 1.7). */
void arch_fill_hypercall_page(void *page);

#endif
