# SPDX-License-Identifier: MIT
"""Tests of the trace: its reader and its writers on records made up here (unit
layer), and `make trace` on a machine (real layer): valid files, numbers that are
the monitor's own, a page that a browser shows.
"""

import json
import os
import random
import re
import struct
import subprocess
import sys
import zlib

import boot
import emu
import trace
import trace_html
import trace_json
import trace_model
import trace_records

LIMIT = 400
XEN_TOOLS = os.path.join("build", "xen-tools")


class Maker:
    """Makes records as the monitor writes them."""

    def __init__(self):
        self.data, self.tsc = [], 1000

    def add(self, kind, sub=0, who=0, a=0, b=0, step=100):
        self.tsc += step
        event = trace_records.EVENTS | trace_records.kinds().index(kind) << 8 | sub
        self.data.append(struct.pack("<IQIQQ", 0xd0000000 | event, self.tsc, who, a, b))

    def records(self):
        return [trace_records.parse_record(one) for one in self.data]

    def trace(self):
        return trace_records.Trace(self.records(), 1000000, 32, len(self.data), 0, 1000)


KERNEL, USER, IDLE = 0x80000000 | 1 << 22, 3 << 22, 0x7fff


def story():
    """Two domains: a grant mapped, an event sent, a block, a page fault, an interrupt."""
    m = Maker()
    for number, name in enumerate((b"initial", b"alpha")):
        m.add("domain", 0, number, int.from_bytes(name, "little"))
    m.add("switch", 0, IDLE, 0)
    m.add("exit", 0, 0 | KERNEL, 0xc0000000)
    m.add("hypercall", 20, 0 | KERNEL, 0, 0x1000)
    m.add("grant", 0, 0, 1 | 8 << 32, 77)
    m.add("exit", 0, 0 | KERNEL, 0xc0000010)
    m.add("hypercall", 32, 0 | KERNEL, 4, 0x1000)
    m.add("event", 0, 0, 3 | 5 << 32, 1)
    m.add("exit", 0, 0 | KERNEL, 0xc0000020, 0)
    m.add("hypercall", 29, 0 | KERNEL, 1, 0)
    m.add("switch", 0, 0, 1)
    m.add("callback", 0, 1, 0xc0100000)
    m.add("exit", 0, 1 | KERNEL, 0xc0100000)
    m.add("trap", 14, 1 | USER | 6 << 24, 0x8000, 0xdead000)
    m.add("bounce", 14, 1, 0xc0100040)
    m.add("exit", 0, 1 | KERNEL, 0xc0100040)
    m.add("hypercall", 29, 1 | KERNEL, 1, 0)
    m.add("switch", 0, 1, IDLE)
    m.add("irq", 0, 1, 0xf9000000)      # ring 0: while idle
    m.add("event", 2, 1, 0 | 2 << 32, 0)
    m.add("switch", 0, IDLE, 0)
    m.add("callback", 0, 0, 0xc0000100)
    m.add("exit", 0, 0 | KERNEL, 0xc0000100)
    m.add("hypercall", 20, 0 | KERNEL, 1, 0x1000)
    m.add("grant", 1, 0, 1 | 8 << 32, 77)
    m.add("exit", 0, 0 | KERNEL, 0xc0000110)
    return m


# ---- unit -------------------------------------------------------------------

def check_story():
    """The story's visits, costs and arrows are what was put in."""
    model = trace_model.Model(story().trace())
    visits = [(one.lane[0], one.name, one.cost) for one in model.visits()]
    wanted = [(0, "grant_table_op map_grant_ref", 200), (0, "event_channel_op send", 200),
              # It blocked: 100 until the switch, 200 after it, others ran in between.
              (0, "sched_op block", 300), (1, "#PF", 200), (1, "sched_op block", 100),
              (0, "grant_table_op unmap_grant_ref", 200)]
    if visits != wanted:
        return "visits: %s" % visits
    arrows = [(one.kind, one.source[0], one.target[0]) for one in model.arrows]
    if arrows != [("grant", (1, "grants"), (0, 0)), ("event", (0, 0), (1, 0)),
                  ("event", trace_model.CPU, (0, 0))]:
        return "arrows: %s" % arrows
    fault = [one for one in model.visits() if one.name == "#PF"][0]
    if fault.args["address"] != "0xdead000" or fault.args["error"] != "0x6 (write user)" or \
            (fault.from_mode, fault.to_mode) != ("user", "kernel"):
        return "page fault: %s" % fault
    if model.grants != [[1, 0, 8, 77, 1600, 3600]]:
        return "grants: %s" % model.grants
    return ""


def check_json():
    """The story is valid; each kind of damage to it is found."""
    document = trace_json.Writer(trace_model.Model(story().trace())).document()
    if trace_json.problems(document):
        return "; ".join(trace_json.problems(document))
    for phase in "BEsfbe":
        events = list(document["traceEvents"])
        at = [i for i, event in enumerate(events) if event["ph"] == phase]
        if not at:
            return "no event of phase " + phase
        for i in at:
            if not trace_json.problems({"traceEvents": events[:i] + events[i + 1:]}):
                return "nobody misses event %s" % events[i]
    events = list(document["traceEvents"])
    events[-1] = dict(events[-1], ts=0)
    return "" if trace_json.problems({"traceEvents": events}) else "time may run back"


def check_pieces():
    """Whatever piece of it is left, in the middle or of some kinds only: valid."""
    numbers = random.Random(7)
    data = story().data * 3
    for _ in range(300):
        m = Maker()
        start = numbers.randrange(len(data))
        m.data = data[start:start + numbers.randrange(1, len(data))]
        kinds = set(numbers.sample(trace_records.kinds(), numbers.randrange(1, 14)))
        t = m.trace()
        t.records = [one for one in t.records if one.kind in kinds]
        for number, one in enumerate(t.records):
            one.tsc = 1000 + number
        model = trace_model.Model(t)
        wrong = trace_json.problems(trace_json.Writer(model).document())
        if wrong:
            return wrong[0]
        if any(one.cost < 0 for one in model.visits()):
            return "a visit of negative cost"
        json.dumps(trace_html.page_data(model, "", {}))
    return ""


def ring_bytes(pages, written):
    """A ring as the monitor leaves it when nobody reads: (bytes, its records)."""
    m = Maker()
    for number in range(written):
        m.add("switch", 0, number & 0x7fff, number)
    size = pages * 4096 - 8
    slots = size // 32
    body = bytearray(size)
    body[slots * 32:slots * 32 + 4] = struct.pack("<I", 5 << 28 | trace_records.WRAP_BUFFER)
    for number, one in enumerate(m.data):
        body[number % slots * 32:number % slots * 32 + 32] = one

    def position(number):
        return number // slots % 2 * size + number % slots * 32
    oldest = max(0, written - slots)
    head = struct.pack("<II", position(oldest), position(written))
    return head + bytes(body), m.records()[oldest:]


def check_ring():
    """A ring is read whole: empty, full, after one turn and several."""
    for written in (0, 1, 126, 127, 128, 200, 254, 255, 1000):
        data, wanted = ring_bytes(1, written)
        if trace_records.parse_ring(data) != wanted:
            return "%d records written: read %d" % (written, len(trace_records.parse_ring(data)))
    try:
        trace_records.parse_ring(struct.pack("<II", 0, 1 << 30) + bytes(4088))
        return "a ring with prod outside was read"
    except trace_records.TraceError:
        return ""


def check_names():
    """Names from the sources: a few that can't change without notice."""
    got = (trace_records.event_name("hypercall", 29), trace_records.event_name("emulate", 0xf0),
           trace_records.insn_kinds()[0], trace_records.operations()["event_channel_op"].get(4))
    return "" if got == ("sched_op", "fence", "unknown", "send") else "names: %s" % (got,)


def unit(results):
    for name, check in (("story", check_story), ("json", check_json), ("pieces", check_pieces),
                        ("ring", check_ring), ("names", check_names)):
        try:
            results.check("unit/trace_convert/" + name, check())
        except (KeyError, IndexError, ValueError, trace_records.TraceError) as error:
            results.failed("unit/trace_convert/" + name, repr(error))


# ---- real: make trace -------------------------------------------------------

def check_page(out, text):
    """What the browser shows is what the monitor counted."""
    dom = trace.screenshot(out + ".html", out + "-again.png")
    shown = {event: int(count) for event, count in
             re.findall(r'data-event="([^"]+)" data-count="(\d+)"', dom)}
    counted = trace_records.counters(text)
    if shown != counted:
        return "the page shows %s, the monitor counted %s" % (shown, counted)
    if 'data-agree="true"' not in dom:
        return "the page doesn't say that the counters agree"
    return ""


def png_colours(path):
    """How many different rows of pixels a picture has."""
    with open(path, "rb") as f:
        data = f.read()
    width, height = struct.unpack(">II", data[16:24])
    packed, at = b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    rows = zlib.decompress(packed)
    stride = len(rows) // height
    return width, height, len({rows[i * stride:(i + 1) * stride] for i in range(height)})


def check_xenalyze(out):
    """Xen's own tool reads the file, and finds as many hypercalls as we did."""
    tool = os.path.join(XEN_TOOLS, "usr", "bin", "xenalyze")
    if not os.path.exists(os.path.join(emu.ROOT, tool)):
        subprocess.run(["test/stock/fetch", XEN_TOOLS, "xen-utils-common"], cwd=emu.ROOT,
                       check=True, capture_output=True)
    done = subprocess.run([tool, "-s", out + ".xentrace"], cwd=emu.ROOT, capture_output=True,
                          text=True, timeout=60)
    said = done.stdout + done.stderr
    if done.returncode or re.search(r"^Strange|FATAL", said, re.M):
        return "xenalyze: " + said[-600:]
    found = sum(int(n) for n in re.findall(r"^  hypercall\s+(\d+)$", said, re.M))
    with open(out + ".json", encoding="utf-8") as f:
        wanted = json.load(f)["otherData"]["hypercalls"]
    return "" if found == wanted else "xenalyze counts %d hypercalls of %d" % (found, wanted)


def booted(results):
    name = "make-trace" + boot.SUFFIX
    out = os.path.join("build", "log", name)
    environment = dict(os.environ, TRACE_OUT=out, ARCH=boot.ARCH)
    try:
        done = subprocess.run([sys.executable, "test/host/trace.py"], cwd=emu.ROOT, text=True,
                              env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              stderr=subprocess.STDOUT, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        results.failed(name, "not done within %d s" % LIMIT)
        return
    if done.returncode:
        results.failed(name, "exit status %d: %s" % (done.returncode, done.stdout[-600:]))
        return
    out = os.path.join(emu.ROOT, out)
    with open(os.path.join(emu.LOG, "trace%s.console" % boot.SUFFIX), encoding="latin-1") as f:
        text = f.read().replace("\r", "")
    with open(out + ".json", encoding="utf-8") as f:
        results.check(name + "/json", "; ".join(trace_json.problems(json.load(f))[:5]))
    results.check(name + "/page", check_page(out, text))
    width, height, rows = png_colours(out + ".png")
    results.check(name + "/screenshot", "" if width >= 1000 and rows > height // 4 else
                  "%dx%d with %d different rows" % (width, height, rows))
    results.check(name + "/xenalyze", check_xenalyze(out))


def on_console(results, emulator):
    """Where nobody reads the memory: the trace that the console carries is the same."""
    name = "trace-console-%s%s" % (emulator, boot.SUFFIX)
    modules = [(boot.KEEPER, ""), (boot.PVOPS_GUEST, "domain=alpha,mem=16M name=alpha")]
    the_boot = boot.Boot("trace-console-" + emulator, modules, "trace=all,256k,console", emulator,
                         limit=LIMIT)
    with the_boot.start() as machine:
        try:
            machine.expect(r"^\(d1\) alpha\$ $", 200)
            machine.type("hello\n")
            machine.expect("hello from ring 3", 60)
            machine.type("exit\n")
            machine.wait_end(200)
            read = trace_records.read_console(machine.text)
            model = trace.make_model(read, modules, machine.text)
            wrong = trace_json.problems(trace_json.Writer(model).document())
            results.check(name, trace.compare(model, trace_records.counters(machine.text)) or
                          "; ".join(wrong[:5]) or
                          ("" if len(model.visits()) > 100 else "hardly anything"))
        except (emu.ConsoleError, trace_records.TraceError) as error:
            results.failed(name, repr(error))


def small_ring(results):
    """A ring too small for the scene keeps the newest, and says how many it lost."""
    name = "trace-overflow" + boot.SUFFIX
    modules = [(boot.KEEPER, ""), (boot.PVOPS_GUEST, "domain=alpha,mem=16M name=alpha")]
    with boot.Boot("trace-overflow", modules, "trace=all,8k,console", limit=120).start() as machine:
        try:
            machine.expect(r"^\(d1\) alpha\$ $", 100)
            machine.type("exit\n")
            machine.wait_end(60)
            read = trace_records.read_console(machine.text)
            stamps = [record.tsc for record in read.records]
            counted = sum(trace_records.counters(machine.text).values())
            results.check(name, "" if len(stamps) == 255 and stamps == sorted(stamps) and
                          read.written == len(stamps) + read.lost and
                          # Exits are records too, but aren't counted.
                          counted < read.written < 2 * counted else
                          "%d records of %d, %d lost, %d counted"
                          % (len(stamps), read.written, read.lost, counted))
        except (emu.ConsoleError, trace_records.TraceError) as error:
            results.failed(name, repr(error))
