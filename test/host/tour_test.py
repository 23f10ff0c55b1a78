# SPDX-License-Identifier: MIT
"""hv/tour: finds stops, names what is wrong with them, and writes pages whose
links lead somewhere."""

import importlib.machinery
import importlib.util
import os
import re
import sys
import tempfile

import emu

SOURCE = """/*
 * A function.
 *
 * [tour: boot 1] Text that goes
 * on here.
 *
 * Not of it.
 */
int a;
/* [tour: boot %s] One line. */
int b;
"""


def load():
    """The script as a module; nothing compiled is left beside it."""
    loader = importlib.machinery.SourceFileLoader("tour", os.path.join(emu.ROOT, "hv/tour"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("tour", loader))
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = writes
    return module


def wrong_with(tour, second):
    """What is named of a source whose second stop has this number; other chapters aside."""
    stops = list(tour.stops_of("x.c", SOURCE % second))
    return [line for line in tour.problems(stops) if "has no stop" not in line]


def check_finding(tour):
    first, second = tour.stops_of("x.c", SOURCE % 2)
    if (first.text, first.line, second.text, second.line) != ("Text that goes on here.", 4,
                                                              "One line.", 10):
        return "found %r and %r" % (first, second)
    return ""


def check_problems(tour):
    for second, pattern in (("2", None), ("3", "stop 2 is missing"), ("1", "is also at"),
                            ("0", "stop 0 is missing")):
        found = wrong_with(tour, second)
        if pattern is None and found:
            return "a good numbering is refused: %s" % found
        if pattern and not any(pattern in line for line in found):
            return "numbered 1, %s: %s" % (second, found)
    unknown = list(tour.stops_of("x.c", "/* [tour: nowhere 1] x */"))
    if not any("no tour chapter" in line for line in tour.problems(unknown)):
        return "an unknown chapter is accepted"
    return ""


def check_pages(tour):
    files = tour.source_files()
    stops = [stop for path, text in files.items() for stop in tour.stops_of(path, text)]
    with tempfile.TemporaryDirectory() as folder:
        tour.write_html(folder, stops, files)
        pages = {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                pages[name] = f.read()
    anchors = {name: set(re.findall(r'id="(\w+)"', text)) for name, text in pages.items()}
    for name, text in pages.items():
        if re.search(r'(?:src|href)="(?:https?:)?//', text):
            return "%s needs the network" % name
        for target, anchor in re.findall(r'href="([^"#]*)(?:#(\w+))?"', text):
            target = target or name
            if target not in pages or anchor and anchor not in anchors[target]:
                return "%s: a link to %s#%s" % (name, target, anchor)
    if pages["index.html"].count("<h3>") != len(stops):
        return "%d stops on the first page, %d in the source" % (
            pages["index.html"].count("<h3>"), len(stops))
    return ""


def unit(results):
    tour = load()
    files = tour.source_files()
    stops = [stop for path, text in files.items() for stop in tour.stops_of(path, text)]
    results.check("tour/numbered", "; ".join(tour.problems(stops)))
    results.check("tour/finds", check_finding(tour))
    results.check("tour/names-problems", check_problems(tour))
    results.check("tour/pages", check_pages(tour))
