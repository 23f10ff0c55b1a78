# SPDX-License-Identifier: MIT
"""A trace as Chrome's JSON, which Perfetto opens, and a check of such files.

Domains are processes, vcpus threads; the CPU is a process of its own whose
thread shows who has it. Visits to the monitor are slices with their arguments,
what was done during one an instant in it, events and grants are flow arrows.
https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

import collections
import json

from trace_model import CPU

CPU_PID = 100000        # no domain has that number
GRANTS_TID = 1000


def ids(lane):
    """(pid, tid) of a lane."""
    if lane == CPU:
        return CPU_PID, 0
    return lane[0], GRANTS_TID if lane[1] == "grants" else lane[1]


class Writer:
    """Collects the events of one model."""

    def __init__(self, model):
        self.model = model
        self.out = []
        self.first = model.first
        self.per_us = model.trace.khz / 1000.0

    def us(self, time):
        return round((time - self.first) / self.per_us, 3)

    def add(self, phase, lane, time, name="", category="", **more):
        pid, tid = ids(lane)
        event = {"ph": phase, "pid": pid, "tid": tid, "ts": self.us(time)}
        if name:
            event["name"] = name
        if category:
            event["cat"] = category
        event.update(more)
        self.out.append(event)

    def slices(self):
        """B and E, each lane's in the order of time, inner ones inside."""
        lanes = collections.defaultdict(list)
        for one in self.model.slices:
            lanes[one.lane].append(one)
        for lane, slices in lanes.items():
            open_ends = []
            for one in slices:
                while open_ends and open_ends[-1] <= one.start:
                    self.add("E", lane, open_ends.pop())
                args = dict(one.args)
                if one.category == "visit":
                    args["cycles"] = one.cost
                self.add("B", lane, one.start, one.name, one.category, args=args)
                open_ends.append(one.end)
                self.marks(lane, one)
            while open_ends:
                self.add("E", lane, open_ends.pop())

    def marks(self, lane, one):
        for time, text in one.marks:
            self.add("i", lane, time, text, "done", s="t")

    def flows(self):
        for number, arrow in enumerate(self.model.arrows, 1):
            if arrow.kind == "grant":
                # The granter did nothing just now: a thread of grants shows it.
                lane, time = arrow.source
                self.add("X", lane, time, arrow.name, "grant", dur=0.001)
            self.add("s", *arrow.source, arrow.name, arrow.kind, id=number)
            self.add("f", *arrow.target, arrow.name, arrow.kind, id=number, bp="e")
        for number, (granter, mapper, ref, mfn, start, end) in enumerate(self.model.grants, 1):
            name = "reference %d, mapped by d%d" % (ref, mapper)
            lane = (granter, "grants")
            self.add("b", lane, start, name, "mapped", id="g%d" % number,
                     args={"frame": "%#x" % mfn})
            self.add("e", lane, end, name, "mapped", id="g%d" % number)

    def names(self):
        self.add("M", CPU, self.first, "process_name", args={"name": "CPU"})
        self.add("M", CPU, self.first, "thread_name", args={"name": "who has CPU 0"})
        self.add("M", CPU, self.first, "process_sort_index", args={"sort_index": -1})
        for lane in sorted({one.lane for one in self.model.slices if one.lane != CPU}):
            name = self.model.names.get(lane[0], "")
            self.add("M", lane, self.first, "process_name",
                     args={"name": "d%d %s" % (lane[0], name)})
            self.add("M", lane, self.first, "thread_name", args={"name": "vcpu %d" % lane[1]})
        for granter in sorted({grant[0] for grant in self.model.grants}):
            self.add("M", (granter, "grants"), self.first, "thread_name",
                     args={"name": "grants"})

    def document(self):
        self.names()
        self.slices()
        self.flows()
        # Stable: at equal times the order in which they were added stays.
        self.out.sort(key=lambda event: (event["ph"] != "M", event["ts"]))
        return {"displayTimeUnit": "ns", "traceEvents": self.out,
                "otherData": {"records": len(self.model.trace.records),
                              "lost": self.model.trace.lost,
                              "hypercalls": sum(count for event, count in
                                                self.model.counts.items()
                                                if event.startswith("hypercall/")),
                              "tsc_khz": self.model.trace.khz}}


def write(model, path):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(Writer(model).document(), f, separators=(",", ":"))


# ---- the check --------------------------------------------------------------

def problems(document):
    """What is wrong with a trace document: sentences, [] if nothing."""
    found = []
    stacks = collections.defaultdict(list)
    flows, spans = {}, {}
    last = None
    for event in document["traceEvents"]:
        phase, time = event["ph"], event["ts"]
        if phase == "M":
            continue
        if last is not None and time < last:
            found.append("time runs back at %s" % event)
        last = time
        thread = event["pid"], event["tid"]
        if phase == "B":
            stacks[thread].append(event)
        elif phase == "E":
            if not stacks[thread]:
                found.append("E without B on %s at %s" % (thread, time))
            else:
                stacks[thread].pop()
        elif phase in "sf":
            check_flow(found, flows, event, stacks[thread])
        elif phase in "be":
            spans[event["id"]] = spans.get(event["id"], 0) + (1 if phase == "b" else -1)
    for thread, stack in stacks.items():
        found += ["B without E on %s: %s at %s" % (thread, event["name"], event["ts"])
                  for event in stack]
    found += ["flow %s has no end" % number for number, phases in flows.items() if phases != "sf"]
    found += ["span %s is open" % number for number, depth in spans.items() if depth]
    return found


def check_flow(found, flows, event, stack):
    """A flow starts before it ends, and both ends are in a slice."""
    so_far = flows.get(event["id"], "")
    flows[event["id"]] = so_far + event["ph"]
    if event["ph"] == "f" and so_far != "s":
        found.append("flow %s ends before it starts" % event["id"])
    if not stack and event["cat"] != "grant":
        found.append("flow %s is at no slice at %s" % (event["id"], event["ts"]))
