# SPDX-License-Identifier: MIT
"""The monitor's trace ring, read: from memory, or from console lines.

Layout: hv/platform/trace.h; Xen's t_info, t_buf and t_rec (xen/trace.h). Names
come from the sources and from Xen's public headers, so none is typed twice.
"""

import base64
import dataclasses
import functools
import glob
import os
import re
import struct

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
XEN_HEADERS = "/usr/include/xen"
PAGE = 4096
REC_BYTES = 32
TBUF_HEAD = 8
EVENTS = 0x00204000     # TRACE_EVENTS
WRAP_BUFFER = 0x0001f002
IDLE = 0x7fff
INFO_MAGIC = 0x54474e52
TAIL = struct.Struct("<IIIIQQQ")


class TraceError(Exception):
    """What was read is no trace; the text says why."""


@dataclasses.dataclass
class Record:
    """One record, its words taken apart. who: (domain, vcpu)."""

    tsc: int
    kind: str
    sub: int
    who: tuple
    ring: int
    kernel: bool
    error: int      # page faults: the error code
    a: int
    b: int

    @property
    def event(self):
        return "%s/%d" % (self.kind, self.sub)


@dataclasses.dataclass
class Trace:
    """A ring's records, oldest first, and what the monitor says of them."""

    records: list
    khz: int
    width: int
    written: int
    lost: int
    start_tsc: int


def source(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return f.read()


@functools.lru_cache(None)
def kinds():
    """Kinds in the order of their numbers."""
    table = source("hv", "platform", "trace.h")
    return re.findall(r'^\tX\(\w+, "(\w+)"\)', table, re.M)


# ---- names ------------------------------------------------------------------

@functools.lru_cache(None)
def hypercalls():
    """{number: name}"""
    return {int(nr): name for nr, name in
            re.findall(r"^\tX\((\d+), (\w+),", source("hv", "hypercall", "hypercall.h"), re.M)}


@functools.lru_cache(None)
def insn_kinds():
    """Instruction kinds, by number."""
    body = re.search(r"enum insn_kind \{(.*?)\};", source("hv", "x86", "decode.h"), re.S)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return [name.strip()[len("INSN_"):].lower() for name in body.split(",") if name.strip()]


@functools.lru_cache(None)
def operations():
    """{hypercall: {number: operation}} from the public headers."""
    prefixes = {"sched_op": "SCHEDOP_", "event_channel_op": "EVTCHNOP_", "vcpu_op": "VCPUOP_",
                "grant_table_op": "GNTTABOP_", "memory_op": "XENMEM_", "xen_version": "XENVER_",
                "console_io": "CONSOLEIO_", "physdev_op": "PHYSDEVOP_",
                "callback_op": "CALLBACKOP_", "vm_assist": "VMASST_CMD_"}
    text = ""
    for path in sorted(glob.glob(os.path.join(XEN_HEADERS, "*.h"))):
        with open(path, encoding="utf-8") as f:
            text += f.read()
    found = {}
    for call, prefix in prefixes.items():
        names = re.findall(r"^#define (%s\w+)\s+\(?(\d+)\)?\s*(?:/\*.*)?$" % prefix, text, re.M)
        found[call] = {}
        for name, number in names:
            found[call].setdefault(int(number), name[len(prefix):])
    return found


EXCEPTIONS = {0: "#DE", 1: "#DB", 2: "NMI", 3: "#BP", 4: "#OF", 5: "#BR", 6: "#UD", 7: "#NM",
              8: "#DF", 10: "#TS", 11: "#NP", 12: "#SS", 13: "#GP", 14: "#PF", 15: "spurious",
              16: "#MF", 17: "#AC", 18: "#MC", 19: "#XM"}
IRQS = {0: "timer", 1: "keyboard", 4: "serial"}
CALLBACKS = ["event", "failsafe", "sysenter", "syscall"]
EVENT_KINDS = ["interdomain", "ipi", "virq", "pirq"]
VIRQS = {0: "timer", 1: "debug", 2: "console", 3: "dom_exc", 4: "tbuf"}
EMULATED = {0xf0: "fence", 0xf1: "segment"}


def event_name(kind, sub):
    """What a kind and its number mean, in a word or two."""
    if kind in ("trap", "bounce"):
        return EXCEPTIONS.get(sub, "vector %#x" % sub)
    if kind == "hypercall":
        return hypercalls().get(sub, "hypercall %d" % sub)
    if kind == "irq":
        return "irq %d%s" % (sub, " " + IRQS[sub] if sub in IRQS else "")
    if kind == "emulate":
        known = insn_kinds()
        return EMULATED.get(sub) or (known[sub] if sub < len(known) else "insn %d" % sub)
    names = {"callback": CALLBACKS, "event": EVENT_KINDS, "grant": ["map", "unmap"],
             "syscall": ["sysenter", "syscall"], "domain": ["made", "gone"]}.get(kind)
    return names[sub] if names and sub < len(names) else kind


# ---- from memory ------------------------------------------------------------

def parse_record(data):
    """One record, or None for padding; TraceError for anything else."""
    header, tsc_lo, tsc_hi, who, a_lo, a_hi, b_lo, b_hi = struct.unpack("<8I", data)
    event = header & 0xfffffff
    if header >> 28 != 0xd or event & ~0xfff != EVENTS or event >> 8 & 0xf >= len(kinds()):
        raise TraceError("no record: header %08x" % header)
    return Record(tsc_lo | tsc_hi << 32, kinds()[event >> 8 & 0xf], event & 0xff,
                  (who & 0xffff, who >> 16 & 0x3f), who >> 22 & 3, bool(who >> 31),
                  who >> 24 & 0x7f, a_lo | a_hi << 32, b_lo | b_hi << 32)


def parse_ring(data):
    """The records between cons and prod of one CPU's buffer, oldest first."""
    cons, prod = struct.unpack_from("<II", data)
    size = len(data) - TBUF_HEAD
    if cons >= 2 * size or prod >= 2 * size:
        raise TraceError("a ring of %d bytes with cons %d, prod %d" % (size, cons, prod))
    records = []
    while cons != prod:
        at = cons % size
        if size - at < REC_BYTES:       # the padding behind the last record
            cons = (cons + size - at) % (2 * size)
            continue
        records.append(parse_record(data[TBUF_HEAD + at:TBUF_HEAD + at + REC_BYTES]))
        cons = (cons + REC_BYTES) % (2 * size)
    return records


def info_lists(info):
    """Frame numbers of each CPU's buffer, from the bytes of t_info."""
    nr_pages, offset = struct.unpack_from("<HH", info)
    if not nr_pages or offset * 4 + nr_pages * 4 > len(info):
        raise TraceError("no t_info: %d pages listed at %d" % (nr_pages, offset))
    return [struct.unpack_from("<%dI" % nr_pages, info, offset * 4)]


def read_memory(read, info_at, info_pages):
    """The trace of a machine whose memory read(address, bytes) gives."""
    info = read(info_at, info_pages * PAGE)
    magic, width, khz, _, written, lost, start = TAIL.unpack(info[-TAIL.size:])
    if magic != INFO_MAGIC:
        raise TraceError("t_info's tail is missing at %#x" % info_at)
    records = []
    for frames in info_lists(info):
        records += parse_ring(b"".join(read(first * PAGE, nr * PAGE)
                                       for first, nr in runs(frames)))
    records.sort(key=lambda record: record.tsc)
    return Trace(records, khz, width, written, lost, start)


def runs(frames):
    """Consecutive frame numbers, as (first, how many)."""
    found = []
    for frame in frames:
        if found and found[-1][0] + found[-1][1] == frame:
            found[-1][1] += 1
        else:
            found.append([frame, 1])
    return found


# ---- from the console -------------------------------------------------------

SAID = re.compile(r"^\(ringlet\) trace: .*t_info at ([0-9a-f]+), (\d+) pages", re.M)
HEAD_LINE = re.compile(r"^\(ringlet\) trace-head (\d+) bits, (\d+) kHz, (\d+) written, "
                       r"(\d+) lost, from (\d+)$", re.M)
DATA_LINE = re.compile(r"^\(ringlet\) trace-data ([A-Za-z0-9+/=]+)$", re.M)


def where(text):
    """(address of t_info, its pages), as the console says."""
    said = SAID.findall(text)
    if not said:
        raise TraceError("the monitor did not say where its trace is: was trace= given?")
    return int(said[-1][0], 16), int(said[-1][1])


def read_console(text):
    """The trace that a monitor with trace=…,console printed at its end."""
    head = HEAD_LINE.search(text)
    if not head:
        raise TraceError("no trace-head line: was it trace=…,console?")
    width, khz, written, lost, start = map(int, head.groups())
    data = b"".join(base64.b64decode(line) for line in DATA_LINE.findall(text))
    if len(data) % REC_BYTES:
        raise TraceError("%d bytes of trace-data are no whole records" % len(data))
    records = [parse_record(data[at:at + REC_BYTES]) for at in range(0, len(data), REC_BYTES)]
    return Trace(records, khz, width, written, lost, start)


def counters(text):
    """{"kind/sub": count}, as the monitor printed them last."""
    last = text.rfind("(ringlet) counts since the start")
    if last < 0:
        raise TraceError("the monitor printed no counters")
    return {event: int(count) for event, count in
            re.findall(r"^\(ringlet\) count (\w+/\d+) .*?(\d+), \d+ a second$", text[last:],
                       re.M)}
