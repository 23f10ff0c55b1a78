/* SPDX-License-Identifier: MIT */
/*
 * Front door of hv/platform: the machine under us.
 *
 * Everything here runs with interrupts off unless a comment says otherwise.
 */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include "lib/bug.h"
#include "lib/lock.h"
#include "lib/printf.h"
#include "lib/types.h"
#include "platform/bootinfo.h"

#include "layout.h" /* the width folder's */

/*
 * The upward entry point: everything of platform/ is ready, interrupts are
 * off, and boot_info has at least one module. Defined above platform/.
 */
void monitor_main(void) __noreturn;

/* ---- console.c: monitor output, guest output, input ---- */

/* Log levels of loglvl= : a line is printed if its level is at most the threshold. */
enum loglvl { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/**
 * Print one line "(ringlet) …". A newline at the end is added if missing; text
 * may hold several lines, each gets the prefix. Any context.
 */
void printk(const char *format, ...) __printf(1, 2);
void log_at(enum loglvl level, const char *format, ...) __printf(2, 3);

/**
 * As printk for lines that a guest can trigger: at most some lines a second of
 * system time, then one line says how many were dropped.
 */
void printk_limited(const char *format, ...) __printf(1, 2);

/* Output everywhere at once, before any option is known: from start() only. */
void console_early_init(void);
/* Start output on COM1 and VGA as console= and com1= say; callable before time_init. */
void console_init(void);
/* Start input, and serial output by interrupt. After pic_init. */
void console_start_irqs(void);
/* Push out everything that is still buffered, polling. Before the end of the world. */
void console_sync(void);

/**
 * Write what a guest says, as bytes. Control characters other than \n \r \t \b
 * are dropped.
 * @domid: who speaks. Domain 0's lines that begin with a "(dN) " tag keep it,
 * others get "(d0) "; any other domain's lines always get "(dN) ". Without
 * console_tag_guests(true) domain 0's lines get no prefix.
 */
void console_guest_write(unsigned int domid, const char *text, size_t len_bytes);

/*
 * A domain has nothing more to say for now (it blocks, yields or ends): print
 * its unfinished line. Cheap when there is none. Only domains other than 0 are
 * held back to whole lines.
 */
void console_guest_flush(unsigned int domid);

/* Whether lines of domain 0 get its prefix: true once a second domain exists. */
void console_tag_guests(bool on);

/**
 * Take up to len_bytes of typed input; returns how many. Input is buffered
 * (1 KiB, newest dropped when full).
 */
size_t console_read(char *buf, size_t len_bytes);

/* Called, interrupts off, whenever input arrives for domain 0. One listener. */
void console_set_input_listener(void (*notify)(void));

/*
 * Who handles Ctrl-a three times: the monitor (true, default; toggles domain 0
 * and monitor, conswitch= names the letter) or the initial domain (false).
 */
void console_set_switch(bool monitor_switches);

/* Feed one key to the monitor's own key handlers (keys.c), as if it had the focus. */
void console_monitor_key(char key);

/* Register keys.c's own handlers. */
void keys_init(void);
/* Register the handler of one letter typed in monitor focus; `h` lists them. */
void keys_register(char key, const char *help, void (*handler)(char key));

/* IRQ entry points, called by trap/irq.c. */
void console_serial_irq(void);
void console_keyboard_irq(void);

/* ---- cmdline.c ---- */

/*
 * Options register themselves in a table in cmdline.c; unknown or malformed
 * ones are named on the console and ignored.
 */
struct monitor_options {
	bool guest_debugcon;	/* any domain may use console_io write */
	bool qemu_exit;		/* end QEMU through isa-debug-exit at port 0xf4 */
	bool noreboot;		/* halt instead of reset after a panic */
	bool watchdog;
	u64 dom0_mem_bytes;	/* 0: default */
	unsigned int max_cpus;	/* 0: all */
	enum loglvl loglvl, guest_loglvl;
	bool console_com1, console_vga;
	u32 com1_baud;
	char conswitch;		/* letter, 'a' by default; 0 turns it off */
	char sched[16], trace[64]; /* kept for later, accepted as given */
};
extern struct monitor_options options;
void cmdline_parse(const char *cmdline);

/* Frames the allocator, and so the frame table, can hold. */
#define FRAMES_MAX ((unsigned long)FRAMETABLE_MAX_FRAMES)

/* ---- memory.c: frame allocator (a bitmap of free machine frames) ---- */

/**
 * Take over memory: all RAM of boot_info but the monitor, the modules and what
 * lies above the highest frame the frame table can hold.
 */
void frames_init(void);

/* One past the highest RAM frame known to the frame table. */
extern unsigned long max_mfn;

/**
 * Allocate nr contiguous frames, aligned to align frames (power of two), all
 * below limit (a frame number; 0 = no limit). Highest first, so that low memory
 * stays for the heap, but what lies above 4 GiB after that below. INVALID_MFN if there is none.
 * Contents undefined.
 */
mfn_t frames_alloc(unsigned long nr, unsigned long align, unsigned long limit);
static inline mfn_t frame_alloc_any(void)
{
	return frames_alloc(1, 1, 0);
}
/* Give frames back; BUG on a double free. */
void frames_free(mfn_t first, unsigned long nr);
unsigned long frames_nr_free(void);
unsigned long frames_nr_total(void);
/* Whether mfn is RAM at all (else device memory or a hole). */
bool frame_is_ram(mfn_t mfn);
/*
 * Whether mfn is memory of devices or firmware that the machine's owner may
 * map: not RAM, or below 1 MiB, where nothing of ours lies. Not the interrupt
 * controllers: who programs them has the CPU. Never true of a frame that
 * frames_alloc() hands out.
 */
bool frame_is_io(mfn_t mfn);
/* Whether a frame that the module lies in is RAM and holds nothing else of the boot. */
bool module_has_frame(const struct boot_module *mod, mfn_t mfn);
/* Hand a boot module's frames to the allocator once it has been used. */
void frames_free_module(const struct boot_module *mod);

/* ---- scratch.c: plenty of memory in one piece, for a while ---- */

/* One user at a time: it takes an address space of its own. */
struct scratch {
	mfn_t l2;		/* INVALID_MFN: not open */
	unsigned int next;	/* first page not yet used */
};

/* Begin; false if there is no memory. Nothing is mapped yet. */
bool scratch_open(struct scratch *s) __must_check;
/**
 * Map nr pages side by side, with one unmapped page behind them.
 * @first: machine frames from here on; INVALID_MFN: fresh ones, of undefined
 * contents, which belong to s.
 * Returns where, good between arch_scratch_enter(s->l2) and
 * arch_scratch_leave(); NULL if there is no memory, or more than 1 GiB in all.
 */
void *scratch_map(struct scratch *s, mfn_t first, unsigned long nr) __must_check;
/* The frame that is mapped at an address of scratch_map()'s. */
mfn_t scratch_frame(const struct scratch *s, const void *va);
/* Give all of it back. Nothing to do if it is not open. */
void scratch_close(struct scratch *s);

/* Heap: whole pages inside the direct map, zeroed; NULL if there is none. */
void *heap_alloc_pages(unsigned int nr) __must_check;
void heap_free_pages(void *va, unsigned int nr);
unsigned long heap_nr_pages_used(void);

/* ---- time.c: system time from the TSC ---- */

/* Calibrate the TSC against PIT channel 2 and read the RTC. */
void time_init(void);
/* Nanoseconds since time_init; never runs backwards. */
u64 time_now_ns(void);
/* Parameters for vcpu_time_info: ns = scale_tsc(tsc - stamp, mul, shift) + base. */
struct time_scale {
	u64 tsc_stamp, system_ns;
	u32 mul;
	s8 shift;
};
struct time_scale time_scale(void);
/* UTC seconds and nanoseconds at system time 0. */
void time_wallclock_base(u64 *sec, u32 *nsec);
/* Somebody knows better: it was sec, nsec UTC at system_ns of system time. */
void time_set_wallclock(u64 sec, u32 nsec, u64 system_ns);
u32 time_tsc_khz(void);

/* ---- timer.c: one-shot software timers on the PIT ---- */

struct timer {
	u64 expires_ns;		/* system time */
	void (*fn)(void *arg);	/* interrupts off; may set timers */
	void *arg;
	bool armed;
	unsigned int heap_slot;
};
/* Program the PIT and unmask its interrupt; before any timer_set(). */
void timers_init(void);
void timer_init(struct timer *t, void (*fn)(void *), void *arg);
/* (Re)arm; a deadline in the past fires at the next timer_run(), never lost. */
void timer_set(struct timer *t, u64 expires_ns);
void timer_stop(struct timer *t);
/* For a key: who waits for what, at most some lines. */
void timers_print(void);
/* Run what is due and program the PIT for the next. Called by the PIT's IRQ. */
void timer_run(void);

/* ---- pic.c: the two 8259s ---- */
void pic_init(void);		/* remapped to VEC_IRQ_BASE, all masked */
void pic_unmask(unsigned int irq);
void pic_mask(unsigned int irq);
/* Acknowledge; false if it was spurious (IRQ 7 or 15). */
bool pic_ack(unsigned int irq) __must_check;

/* ---- reserved.c: what no domain gets ---- */

/* Whether a port is the monitor's own; the list is there. */
bool port_is_reserved(u16 port);
/* Keep nr more ports from first on. Boot time only. */
void port_reserve(u16 first, u16 nr);
/* Whether an interrupt line is, or there is no such line. */
bool irq_is_reserved(unsigned int irq);

/* ---- panic.c, power.c, symbols.c ---- */

/* A monitor bug or a hopeless machine: message, backtrace, then as noreboot says. */
void panic(const char *format, ...) __noreturn __printf(1, 2);
/* The same, with the backtrace of other code: at ip, with the frame pointer bp. */
void panic_at(unsigned long ip, unsigned long bp, const char *format, ...)
	__noreturn __printf(3, 4);
/* Print a symbolised backtrace from a frame pointer chain. */
void backtrace(unsigned long ip, unsigned long bp);
/* "name+0xoff" for an address in the monitor, or hex. Returns buf. */
const char *symbol_name(unsigned long addr, char *buf, size_t size);

void power_init(void);	/* read ACPI's tables; after arch_paging_init */
/* With the option qemu-exit, end QEMU with status 2 * value + 1; else return. */
void power_qemu_exit(u8 value);
void power_off(void) __noreturn;	/* ACPI, Bochs' and QEMU's ports, else halt */
void power_reset(void) __noreturn;	/* keyboard controller, 0xcf9, triple fault */
/* After a crash of ours or of domain 0: reset after 5 s, or with noreboot halt. */
void power_after_crash(void) __noreturn;
void power_halt(void) __noreturn;	/* cli; hlt for ever */

#endif
