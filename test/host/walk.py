# SPDX-License-Identifier: MIT
"""Walks: texts that lead through one crossing, stop by stop, with the commands
that bring us there and checks of what must be true. The files are
test/bochs/NAME.walk; `make step` reads them out, `make test-bochs` replays them.

    # TITLE             the first line
    step: KINDS         where the monitor stops in this walk, or `none`
    arch: ARCH          only on that width
    == HEADING          a stop; what follows belongs to it
    > COMMAND           given to the session (see session.py)
    ? EXPRESSION        must be true; the names are those of Facts
    : NAME = EXPRESSION keeps what is true now under a name for later checks
    anything else       text

Text and checks may name {kring}, the ring of the guests' kernels.
"""

import glob
import os
import re

import boot
import emu
from bochsdbg import FLAGS, LONG_BYTES, Registers

KINDS = {"> ": "command", "? ": "check", ": ": "keep"}
FOLDER = os.path.join("test", "bochs")
KERNEL_RING = 3 if boot.ARCH == "x86_64" else 1


def frame_fields():
    """The names of struct regs, in order, from the width's own header."""
    with open(os.path.join(emu.ROOT, "hv", boot.ARCH, "regs.h")) as f:
        body = re.search(r"struct regs \{(.*?)\n\};", f.read(), re.S)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return re.findall(r"\w+", " ".join(re.findall(r"unsigned long ([^;]*);", body)))


class Facts:
    """What is true where a debugger stands; each attribute is read when asked for.

    ring ip symbol offset image insn   where the CPU stands: `insn` as Bochs prints it
    at                                 the symbol, if it stands at its first byte
    reg frame                          registers now (ax, sp, flags …); those saved of the guest
    stack(n)                           the nth word of the stack
    flag(name), frame_flag(name)       CF IF TF …
    cr0 cr2 cr3 cr4, word(address)     control registers; memory
    vcpu                               which one is loaded: the address of its struct
    line                               the monitor's last `step` line
    kring                              the ring of guests' kernels: 1 on x86_32, 3 on x86_64
    address(symbol)
    """

    kring = KERNEL_RING

    def __init__(self, debugger):
        self._debugger = debugger
        self._frame = 0
        self._kept = {}

    def __getattr__(self, name):
        debugger, place = self._debugger, self._debugger.place
        if name in ("ring", "ip", "symbol", "offset", "image", "insn"):
            return getattr(place, name)
        if name == "at":
            return place.symbol if not place.offset else ""
        if name == "reg":
            return debugger.registers()
        if name == "line":
            return debugger.line
        if name in ("cr0", "cr2", "cr3", "cr4"):
            return debugger.control(name)
        if name == "frame":
            fields = frame_fields()
            words = debugger.words(self.frame_address(), len(fields))
            return Registers(dict(zip(fields, words)))
        if name == "vcpu":
            return self.word(self.frame_address() + LONG_BYTES * len(frame_fields()))
        if name in self._kept:
            return self._kept[name]
        raise NameError(name)

    def keep(self, text):
        """NAME = EXPRESSION: the value under that name, from now on."""
        name, _, expression = text.partition(" = ")
        self._kept[name.strip()] = self.value(expression)

    def frame_address(self):
        """Of the running guest's frame: it ends where the TSS says ring 0's stack begins."""
        if self._frame:
            return self._frame
        text = self._debugger.command("info tss")
        tss = int(re.search(r"base=(0x[0-9a-f]+)", text)[1], 16)
        self._frame = self.word(tss + 4) - LONG_BYTES * len(frame_fields())
        return self._frame

    def word(self, address):
        return self._debugger.words(address, 1)[0]

    def stack(self, index):
        return self.word(self.reg.sp + index * LONG_BYTES)

    def flag(self, name):
        return self.reg.flag(name)

    def frame_flag(self, name):
        return self.frame.flags >> FLAGS[name] & 1

    def address(self, symbol):
        return self._debugger.address_of(symbol)

    def value(self, expression):
        """Of an expression of these names."""
        return eval(expression, {"__builtins__": {}, "hex": hex, "re": re}, _Names(self))


class _Names(dict):
    """Lets eval() look names up among the facts, each only when it is used."""

    def __init__(self, facts):
        super().__init__()
        self._facts = facts
        self._kept = {}

    def __missing__(self, name):
        if name not in self._kept:
            if name.startswith("_"):
                raise KeyError(name)
            try:
                self._kept[name] = getattr(self._facts, name)
            except NameError:
                raise KeyError(name)
        return self._kept[name]


class Stop:
    """One stop of a walk: its items are ("text" or one of KINDS, line)."""

    def __init__(self, heading):
        self.heading, self.items = heading, []


class Walk:
    """A walk, read from its file."""

    def __init__(self, path):
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.step, self.arch = "none", ""
        self.stops = [Stop("")]
        with open(path) as f:
            lines = f.read().splitlines()
        self.title = lines[0].lstrip("# ")
        for line in lines[1:]:
            self._take(line)

    def _take(self, line):
        key = re.match(r"(step|arch): *(.*)$", line)
        if line.startswith("== "):
            self.stops.append(Stop(line[3:]))
        elif key and len(self.stops) == 1:
            setattr(self, key[1], key[2])
        elif line[:2] in KINDS:
            self.stops[-1].items.append((KINDS[line[:2]], line[2:].strip()))
        else:
            self.stops[-1].items.append(("text", line.replace("{kring}", str(KERNEL_RING))))


def names():
    """Of the walks there are on this width."""
    found = sorted(glob.glob(os.path.join(emu.ROOT, FOLDER, "*.walk")))
    return [walk.name for walk in map(Walk, found) if walk.arch in ("", boot.ARCH)]


def find(name):
    return Walk(os.path.join(emu.ROOT, FOLDER, name + ".walk"))
