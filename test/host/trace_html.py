# SPDX-License-Identifier: MIT
"""Write a trace as one page that a browser opens from disk: trace_page.html with
its data put in. Nothing is fetched from anywhere.
"""

import json
import os

from trace_model import CPU
from trace_records import event_name

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = ["trace_page.js", "trace_sums.js"]
CATEGORIES = ["guest", "visit", "off", "idle", "run"]
NR_SLOWEST = 40


class Strings:
    """A table of strings, each once."""

    def __init__(self):
        self.list, self._index = [], {}

    def add(self, text):
        if text not in self._index:
            self._index[text] = len(self.list)
            self.list.append(text)
        return self._index[text]


def lanes_of(model):
    """The CPU first, then vcpus in order."""
    return [CPU] + sorted({one.lane for one in model.slices if one.lane != CPU})


def page_data(model, title, counters):
    """What the page shows, small enough to be read by a browser at once."""
    strings = Strings()
    lanes = lanes_of(model)
    lane_number = {lane: number for number, lane in enumerate(lanes)}
    slices, marks = [], []
    numbers = {}
    for number, one in enumerate(model.slices):
        numbers[id(one)] = number
        kind = one.event.split("/")[0] if one.event else ""
        args = "\n".join("%s: %s" % pair for pair in one.args.items())
        slices.append([lane_number[one.lane], CATEGORIES.index(one.category),
                       strings.add(one.name), one.start - model.first, one.end - one.start,
                       one.off, strings.add(kind), strings.add(args)])
        marks += [[number, time - model.first, strings.add(text)] for time, text in one.marks]
    slowest = sorted(model.visits(), key=lambda one: -one.cost)[:NR_SLOWEST]
    return {
        "title": title, "khz": model.trace.khz, "length": model.last - model.first,
        "records": len(model.trace.records), "lost": model.trace.lost,
        "width": model.trace.width, "categories": CATEGORIES,
        "lanes": [["CPU 0", "who has it"] if lane == CPU else
                  ["d%d %s" % (lane[0], model.names.get(lane[0], "")), "vcpu %d" % lane[1]]
                  for lane in lanes],
        "domains": {domain: model.names.get(domain, "") for domain in
                    sorted({lane[0] for lane in lanes if lane != CPU})},
        "strings": strings.list, "slices": slices, "marks": marks,
        "arrows": [[["event", "grant"].index(arrow.kind), strings.add(arrow.name),
                    lane_number.get(arrow.source[0],
                                    lane_number.get((arrow.source[0][0], 0), 0)),
                    arrow.source[1] - model.first,
                    lane_number[arrow.target[0]], arrow.target[1] - model.first]
                   for arrow in model.arrows],
        "counts": [[event, event_name(event.split("/")[0], int(event.split("/")[1])), count,
                    counters.get(event, 0)]
                   for event, count in sorted(model.counts.items(), key=lambda it: -it[1])],
        "costs": [list(row) for row in model.costs()],
        "slowest": [numbers[id(one)] for one in slowest],
        "crossings": [[domain, start, end, count]
                      for (domain, start, end), count in sorted(model.crossings.items())],
    }


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return f.read()


def write(model, title, counters, path):
    page = read("trace_page.html").replace("/*SCRIPT*/", "".join(map(read, SCRIPTS)))
    data = json.dumps(page_data(model, title, counters), separators=(",", ":"))
    # "</script>" in a string would end the script.
    page = page.replace("/*DATA*/null", data.replace("</", "<\\/"))
    with open(path, "w", encoding="utf-8") as f:
        f.write(page)
