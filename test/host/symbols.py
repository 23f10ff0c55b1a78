# SPDX-License-Identifier: MIT
"""Symbols of the monitor and of the guests, which are all linked at addresses
of their own: one table, for Bochs' debugger and for ours."""

import bisect
import os
import re
import subprocess

import boot
import emu

MONITOR = os.path.join(boot.OUT, "ringlet-syms")
FAR = 0x100000      # a symbol doesn't stand for what lies this far behind it


def read(path):
    """[(address, name)] of what `nm` finds in an image."""
    done = subprocess.run(["nm", path], cwd=emu.ROOT, capture_output=True, text=True, check=True)
    found = []
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in "tTdDbBrR" and not words[2].startswith("."):
            found.append((int(words[0], 16), words[2]))
    return found


class Symbols:
    """The symbols of several images."""

    def __init__(self, paths):
        """paths: of ELF files; the monitor's comes first."""
        table = []          # (address, name, image)
        self.address = {}   # of NAME (the first image that has it wins) and IMAGE:NAME
        for path in paths:
            image = "monitor" if path == MONITOR else os.path.basename(path)
            for address, name in read(path):
                # Below lie constants, and what runs before paging.
                if address >= 1 << 24:
                    table.append((address, name, image))
                    self.address.setdefault(name, address)
                    self.address["%s:%s" % (image, name)] = address
        # Where one thing ends and another begins, the latter is meant.
        table.sort(key=lambda each: (each[0], each[1].endswith("_end")))
        self._table = table
        self._starts = [each[0] for each in table]

    def find(self, address):
        """(name, offset, image) of what is at an address, or None."""
        at = bisect.bisect_right(self._starts, address) - 1
        if at < 0:
            return None
        start, name, image = self._table[at]
        # Of several at one place the first is the function.
        while at > 0 and self._starts[at - 1] == start:
            at -= 1
            name, image = self._table[at][1:]
        return (name, address - start, image) if address - start < FAR else None

    def text(self, address):
        """`name+0x12 (image)`, or an empty string."""
        found = self.find(address)
        if not found:
            return ""
        name, offset, image = found
        return "%s%s (%s)" % (name, "+%#x" % offset if offset else "", image)

    def write(self, path):
        """The table as Bochs' debugger reads it."""
        with open(path, "w") as f:
            for address, name, _ in self._table:
                f.write("%x %s\n" % (address, name))


def directmap_start():
    """Where the monitor maps machine memory from 0, from the width's own header."""
    with open(os.path.join(emu.ROOT, "hv", boot.ARCH, "layout.h")) as f:
        found = re.search(r"#define DIRECTMAP_START \D*(0x[0-9a-fA-F]+)", f.read())
    return int(found[1], 16)
