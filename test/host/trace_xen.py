# SPDX-License-Identifier: MIT
"""A trace as a file of xentrace, which Debian's xenalyze reads.

Only what Xen has an event for: hypercalls, traps, emulated instructions, stores
to page tables, context switches, grants. Formats are those of xen/trace.h and of Xen
4.17's own records.
"""

import struct

from trace_records import IDLE

CPU_CHANGE = 0x0001f003
RUNSTATE_CHANGE = 0x00021001
SWITCH_INFPREV = 0x0002800e
SWITCH_INFNEXT = 0x0002800f
GRANT = {0: 0x0010f001, 1: 0x0010f002}
PV_HYPERCALL_V2 = 0x0020100d
PV_TRAP = 0x00201003
PV_PAGE_FAULT = 0x00201004
PV_EMULATE = 0x00201006
PV_MATH_STATE = 0x00201008
PV_PTWR, PV_PTWR_PAE = 0x0020100b, 0x0020100c
FLAG_64 = 0x100
RUNNING, RUNNABLE, BLOCKED, OFFLINE = range(4)
IDLE_DOMAIN = 0x7fff
WINDOW_BYTES = 1 << 20


def pack(event, tsc, *words):
    return struct.pack("<IQ%dI" % len(words), event | len(words) << 28 | 1 << 31, tsc, *words)


class Converter:
    """Turns records into Xen's, one after the other."""

    def __init__(self, trace):
        self.wide = trace.width == 64
        self.out = []
        self.blocked = set()
        self.seen = set()
        self.current = (IDLE, 0)
        self.entry_ip = 0

    def address_words(self, *values):
        """Addresses as 32 or 64 bits each, as Xen of this width records them."""
        if not self.wide:
            return [value & 0xffffffff for value in values]
        return [half for value in values for half in (value & 0xffffffff, value >> 32)]

    def flag(self):
        return FLAG_64 if self.wide else 0

    def convert(self, record):
        handler = getattr(self, "on_" + record.kind, None)
        if handler:
            handler(record)

    def on_hypercall(self, record):
        if self.wide:
            words = [record.sub | 2 << 20 | 2 << 22] + self.address_words(record.a, record.b)
        else:
            words = [record.sub | 1 << 20 | 1 << 22, record.a & 0xffffffff,
                     record.b & 0xffffffff]
        self.out.append(pack(PV_HYPERCALL_V2, record.tsc, *words))
        if record.sub == 29 and record.a in (1, 3):     # SCHEDOP_block, SCHEDOP_poll
            self.blocked.add(record.who)
        elif record.sub == 29 and record.a == 2:        # SCHEDOP_shutdown
            self.blocked.add(record.who)

    def on_trap(self, record):
        if record.ring == 0:
            return
        self.entry_ip = record.a
        if record.sub == 14:
            words = self.address_words(record.a, record.b) + [record.error]
            self.out.append(pack(PV_PAGE_FAULT | self.flag(), record.tsc, *words))
            return
        if record.sub == 7:
            self.out.append(pack(PV_MATH_STATE, record.tsc))
            return
        number = record.sub | (int(record.b != 0) << 15) | (record.b & 0xffff) << 16
        self.out.append(pack(PV_TRAP | self.flag(), record.tsc,
                             *self.address_words(record.a), number))

    def on_emulate(self, record):
        self.out.append(pack(PV_EMULATE | self.flag(), record.tsc,
                             *self.address_words(self.entry_ip)))

    def on_ptwrite(self, record):
        # New entry (not recorded), address, ip.
        self.out.append(pack(PV_PTWR | FLAG_64 if self.wide else PV_PTWR_PAE, record.tsc, 0, 0,
                             *self.address_words(record.a, record.b)))

    def on_grant(self, record):
        self.out.append(pack(GRANT[record.sub], record.tsc, record.a & 0xffff))

    def runstate(self, tsc, who, old, new):
        domain, vcpu = (IDLE_DOMAIN, 0) if who[0] == IDLE else who
        self.out.append(pack(RUNSTATE_CHANGE | old << 8 | new << 4, tsc, domain << 16 | vcpu))

    def on_switch(self, record):
        before, after = record.who, (record.a & 0xffff, record.a >> 16 & 0x3f)
        gone = BLOCKED if before in self.blocked else RUNNABLE
        self.runstate(record.tsc, before, RUNNING, RUNNABLE if before[0] == IDLE else gone)
        came = BLOCKED if after in self.blocked else RUNNABLE
        if came == BLOCKED:
            self.runstate(record.tsc, after, BLOCKED, RUNNABLE)
        self.runstate(record.tsc, after, RUNNABLE, RUNNING)
        self.blocked.discard(after)
        self.current = after


def write(trace, path):
    """One CPU's records, in windows as xentrace writes them."""
    converter = Converter(trace)
    for record in trace.records:
        converter.convert(record)
    with open(path, "wb") as f:
        window = b""
        for one in converter.out + [None]:
            if window and (one is None or len(window) + len(one) > WINDOW_BYTES):
                f.write(struct.pack("<III", CPU_CHANGE | 2 << 28, 0, len(window)))
                f.write(window)
                window = b""
            window += one or b""
    return len(converter.out)
