# SPDX-License-Identifier: MIT
"""The trace ring's records, read through gdb, in words. hv/platform/trace.h says
what they hold."""

import gdb

import monitor

EVENT_BITS = 0x0fffffff
IDLE = 0x7fff


def kinds():
    """Names of enum trace_kind, in order."""
    fields = gdb.lookup_type("enum trace_kind").fields()
    return [field.name.replace("TRACE_", "").lower() for field in fields]


def who_text(who):
    domain = who & 0xffff
    if domain == IDLE:
        return "idle"
    ring = who >> 22 & 3
    where = "kernel" if who >> 31 else "user" if ring else "monitor"
    return "d%dv%d %s ring %d" % (domain, who >> 16 & 0x3f, where, ring)


def hypercall_name(number):
    entry = monitor.address("hypercall_table") + number * monitor.long_bytes()
    name = monitor.symbol_text(monitor.read(entry, monitor.long_bytes()))
    return name[3:] if name.startswith("hc_") else "%d" % number


def what_text(kind, sub):
    if kind in ("trap", "bounce"):
        return monitor.VECTORS.get(sub, "vector %d" % sub)
    if kind == "hypercall":
        return hypercall_name(sub)
    if kind == "emulate":
        try:
            text = str(gdb.Value(sub).cast(gdb.lookup_type("enum insn_kind")))
            return text.replace("INSN_", "").lower()
        except gdb.error:
            pass
    return "%d" % sub


def last(count):
    """Lines for the last records, oldest first."""
    ring = monitor.pointer(monitor.address("trace_ring"), "struct trace_ring")
    if monitor.is_null(ring["shared"]):
        raise gdb.GdbError("no trace ring: boot with trace=all")
    first_record = ring["shared"]["rec"][0].address
    names, size = kinds(), int(ring["end"] - first_record)
    slot = int(ring["next"] - first_record)
    count = min(count, size if int(ring["nr_wrapped"]) else slot)
    first = None
    for back in range(count, 0, -1):
        record = ring["shared"]["rec"][(slot - back) % size]
        tsc = int(record["tsc_lo"]) | int(record["tsc_hi"]) << 32
        first = tsc if first is None else first
        event = int(record["header"]) & EVENT_BITS
        kind = names[event >> 8 & 0xf] if (event >> 8 & 0xf) < len(names) else "?"
        args = [int(record["arg"][n]) for n in range(4)]
        yield "%+12d  %-22s %-9s %-20s %#x %#x" % (
            tsc - first, who_text(int(record["who"])), kind, what_text(kind, event & 0xff),
            args[0] | args[1] << 32, args[2] | args[3] << 32)
