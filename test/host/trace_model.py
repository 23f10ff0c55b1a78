# SPDX-License-Identifier: MIT
"""What happened, made from trace records: lanes of slices, arrows, counts.

A lane is a vcpu, or the CPU itself. On a vcpu's lane the guest's own running
and its visits to the monitor follow each other; a visit during which others had
the CPU holds a slice of its own for that time. Times are TSC cycles.
"""

import collections
import dataclasses

from trace_records import (EXCEPTIONS, IDLE, VIRQS, event_name, hypercalls, operations)

CPU = ("cpu", 0)
ENTRIES = ("trap", "hypercall", "irq", "syscall")


@dataclasses.dataclass
class Slice:
    """Something that lasted: a visit to the monitor, a guest's running, idling."""

    lane: tuple
    category: str           # visit, guest, off, idle, run
    name: str
    start: int
    end: int = None
    args: dict = dataclasses.field(default_factory=dict)
    event: str = ""         # visits: kind/sub
    from_mode: str = ""     # visits: kernel, user
    to_mode: str = ""
    off: int = 0            # visits: cycles during which others had the CPU
    marks: list = dataclasses.field(default_factory=list)   # (time, text)

    @property
    def cost(self):
        return self.end - self.start - self.off


@dataclasses.dataclass
class Arrow:
    """An event or a grant, from one lane to another."""

    kind: str
    name: str
    source: tuple           # (lane, time)
    target: tuple = None


class Model:
    """All of it; build() fills it."""

    def __init__(self, trace, symbols=None, names=None):
        self.trace = trace
        self.symbols = symbols or (lambda domain, ip: "")
        self.slices = []
        self.arrows = []
        self.undelivered = 0            # events that no upcall had taken up at the end
        self.grants = []                # [granter, mapper, ref, mfn, start, end]
        self.counts = collections.Counter()     # kind/sub of every record but exits
        self.names = dict(names or {})  # domain: name
        self.crossings = collections.Counter()  # (domain, from, to)
        self.open = {}                  # lane: stack of slices
        self.waiting = collections.defaultdict(list)    # vcpu: arrows under way
        self.running = None             # the vcpu that has the CPU
        self.first = trace.records[0].tsc if trace.records else 0
        self.last = trace.records[-1].tsc + 1 if trace.records else 0
        self.build()

    # ---- slices -------------------------------------------------------------

    def begin(self, lane, category, name, time, **more):
        one = Slice(lane, category, name, time, **more)
        self.open.setdefault(lane, []).append(one)
        self.slices.append(one)
        return one

    def end(self, lane, time):
        one = self.open[lane].pop()
        one.end = time
        return one

    def top(self, lane):
        stack = self.open.get(lane)
        return stack[-1] if stack else None

    def visit(self, lane):
        """The visit to the monitor that a lane is in, if any."""
        for one in self.open.get(lane, ()):
            if one.category == "visit":
                return one
        return None

    def close(self, lane, time):
        while self.open.get(lane):
            one = self.end(lane, time)
            visit = self.visit(lane) if one.category == "off" else None
            if visit:
                visit.off += one.end - one.start

    def inside(self, record):
        """The slice in which a record's deed was done: a visit, or idling. One that
        began in a way that wasn't recorded gets a slice from here on."""
        if record.kind not in ("event", "irq", "trap"):
            self.running = record.who   # only these come while nobody runs
        if not self.running:
            return self.top(CPU) or self.begin(CPU, "idle", "idle", record.tsc)
        one = self.visit(record.who)
        if not one:
            self.running = record.who
            self.close(record.who, record.tsc)
            one = self.begin(record.who, "visit", "monitor", record.tsc)
        return one

    def mark(self, record, text):
        """Something done during a visit, or while the CPU idles."""
        self.inside(record).marks.append((record.tsc, text))

    # ---- records ------------------------------------------------------------

    def build(self):
        handlers = {kind: self.enter for kind in ENTRIES}
        handlers.update(exit=self.leave, switch=self.switch, event=self.event,
                        callback=self.bounce, bounce=self.bounce, grant=self.grant,
                        domain=self.domain, emulate=self.emulate, ptwrite=self.ptwrite)
        for record in self.trace.records:
            if record.kind != "exit":
                self.counts[record.event] += 1
            handlers[record.kind](record)
        for lane in list(self.open):
            self.close(lane, self.last)
        self.undelivered = sum(len(arrows) for arrows in self.waiting.values())
        for grant in self.grants:
            grant[5] = grant[5] or self.last

    def place(self, record, ip):
        name = self.symbols(record.who[0], ip)
        return "%#x%s" % (ip, " " + name if name else "")

    def enter(self, record):
        name = event_name(record.kind, record.sub)
        if record.ring == 0:
            # It came to the monitor itself, which idles or opened a window.
            self.mark(record, name)
            return
        lane = record.who
        guest = self.top(lane)
        if guest and guest.category == "guest" and not record.kernel and guest.name == "kernel":
            # It went to its user by itself: iret, sysexit, or int 0x80's return.
            guest.name = "kernel, then user"
        self.close(lane, record.tsc)
        mode = "kernel" if record.kernel else "user"
        args = self.describe(record)
        if record.kind == "hypercall" and args.get("operation"):
            name += " " + args["operation"]
        self.begin(lane, "visit", name, record.tsc, event=record.event, args=args, from_mode=mode)
        self.crossings[lane[0], mode, "monitor"] += 1
        self.running = lane

    def describe(self, record):
        """Decoded arguments of an entry."""
        if record.kind == "hypercall":
            call = hypercalls().get(record.sub, "")
            args = {"arg1": "%#x" % record.a, "arg2": "%#x" % record.b}
            operation = operations().get(call, {}).get(record.a)
            if operation:
                args["operation"] = operation
            return args
        args = {"at": self.place(record, record.a), "ring": record.ring}
        if record.kind == "trap" and record.sub == 14:
            bits = [word for bit, word in enumerate(("present", "write", "user", "reserved",
                                                     "fetch")) if record.error >> bit & 1]
            args["address"] = "%#x" % record.b
            args["error"] = "%#x%s" % (record.error, " (%s)" % " ".join(bits) if bits else "")
        elif record.kind == "trap":
            args["error"] = "%#x" % record.b
        return args

    def leave(self, record):
        lane = record.who
        visit = self.visit(lane)
        mode = "kernel" if record.kernel else "user"
        if visit:
            if self.waiting[lane] and visit.name.startswith("sched_op"):
                # It polled: there is no upcall, coming back is how it learns.
                self.deliver(lane, record.tsc - 1)
            if visit.event.startswith("hypercall/") and visit.name != "iret":
                visit.args["result"] = signed(record.b, self.trace.width)
            visit.args["leaves to"] = "%s at %s" % (mode, self.place(record, record.a))
            visit.to_mode = mode
        self.close(lane, record.tsc)
        self.crossings[lane[0], "monitor", mode] += 1
        self.begin(lane, "guest", mode, record.tsc, args={"ring": record.ring})
        self.running = lane

    def switch(self, record):
        before = record.who
        after = (record.a & 0xffff, record.a >> 16 & 0x3f)
        self.close(CPU, record.tsc)
        if before[0] != IDLE:
            self.running = before
            self.inside(record)
            self.begin(before, "off", "others run", record.tsc)
        if after[0] == IDLE:
            self.begin(CPU, "idle", "idle", record.tsc)
            self.running = None
            return
        self.begin(CPU, "run", "d%dv%d" % after, record.tsc)
        top = self.top(after)
        if top and top.category == "off":
            off = self.end(after, record.tsc)
            self.visit(after).off += off.end - off.start
        elif not top:
            self.begin(after, "visit", "starts", record.tsc)
        self.running = after

    def emulate(self, record):
        name = event_name(record.kind, record.sub)
        detail = {"in": " port %#x", "out": " port %#x", "ins": " port %#x", "outs": " port %#x",
                  "rdmsr": " %#x", "wrmsr": " %#x", "mov_from_cr": " cr%d", "mov_to_cr": " cr%d",
                  "mov_from_dr": " dr%d", "mov_to_dr": " dr%d"}.get(name)
        self.done(record, name)
        self.mark(record, "emulated " + name + (detail % record.b if detail else ""))

    def done(self, record, what):
        """What a trap turned out to be: its visit says so."""
        visit = self.inside(record)
        if visit.event.startswith("trap/") and ":" not in visit.name:
            visit.name += ": " + what

    def ptwrite(self, record):
        self.done(record, "page table")
        self.mark(record, "store to page table at %#x" % record.a)

    def bounce(self, record):
        if record.kind == "callback":
            what = event_name(record.kind, record.sub) + " callback"
        else:
            what = EXCEPTIONS.get(record.sub, "vector %#x" % record.sub) + " handler"
        self.mark(record, "to guest's %s at %s" % (what, self.place(record, record.a)))
        if record.event == "callback/0":
            self.deliver(record.who, record.tsc)

    # ---- between domains ----------------------------------------------------

    def event(self, record):
        port, to_port, to = record.a & 0xffffffff, record.a >> 32, record.b & 0xffff
        if record.sub == 2:
            name = "virq %s" % VIRQS.get(port, port)
        elif record.sub == 3:
            name = "irq %d of a device" % port
        else:
            name = "event %d -> d%d %d" % (port, to, to_port)
        self.mark(record, "%s, port %d of d%d" % (name, to_port, to))
        source = record.who if self.running else CPU
        arrow = Arrow("event", name, (source, record.tsc))
        self.waiting[to, 0].append(arrow)

    def deliver(self, lane, time):
        for arrow in self.waiting[lane]:
            arrow.target = (lane, time)
            self.arrows.append(arrow)
        self.waiting[lane] = []

    def grant(self, record):
        granter, ref, mfn = record.a & 0xffff, record.a >> 32, record.b
        mapper = record.who[0]
        key = [granter, mapper, ref, mfn]
        what = "%s reference %d of d%d, frame %#x" % (event_name("grant", record.sub), ref,
                                                      granter, mfn)
        self.mark(record, what)
        if record.sub == 0:
            self.grants.append(key + [record.tsc, None])
            if self.running:
                self.arrows.append(Arrow("grant", "grant %d of d%d" % (ref, granter),
                                         ((granter, "grants"), record.tsc),
                                         (record.who, record.tsc)))
            return
        for grant in self.grants:
            if grant[:4] == key and grant[5] is None:
                grant[5] = record.tsc
                break

    def domain(self, record):
        if record.sub == 0:
            raw = record.a.to_bytes(8, "little") + record.b.to_bytes(8, "little")
            self.names[record.who[0]] = raw.split(b"\0")[0].decode("latin-1")

    # ---- sums ---------------------------------------------------------------

    def visits(self):
        return [one for one in self.slices if one.category == "visit" and one.event]

    def costs(self):
        """[(kind/sub, name, count, total, mean, median, most)] of visits, dearest first.
        Hypercalls by operation, traps by what they turned out to be."""
        groups = collections.defaultdict(list)
        for one in self.visits():
            groups[one.event, one.name].append(one.cost)
        rows = []
        for (event, name), costs in groups.items():
            costs.sort()
            rows.append((event, name, len(costs), sum(costs),
                         sum(costs) // len(costs), costs[len(costs) // 2], costs[-1]))
        return sorted(rows, key=lambda row: -row[3])


def signed(value, width):
    value &= (1 << width) - 1
    return value - (1 << width) if value >> (width - 1) else value
