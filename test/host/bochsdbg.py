# SPDX-License-Identifier: MIT
"""Drives Bochs' own debugger: commands in, what it prints and where it stands
out. Used by `make step` and by the scripted walks."""

import os
import re
import select
import signal
import time

import boot
import emu
from symbols import Symbols

PROMPT = re.compile(rb"<bochs:\d+> $")
STANDS = re.compile(r"^\(0\) \[\w+\] ([0-9a-f]{4}):([0-9a-f]+) "
                    r"\([^)]*\): (.*?)\s*; ([0-9a-f]+)\s*$", re.M)
CONSOLE_LINE = re.compile(r"\((ringlet|d\d+)\) ")
STEP_LINE = re.compile(r"^\(ringlet\) step \d+ .*$", re.M)
FLAGS = {"CF": 0, "PF": 2, "AF": 4, "ZF": 6, "SF": 7, "TF": 8, "IF": 9, "DF": 10, "OF": 11,
         "NT": 14, "RF": 16, "VM": 17, "AC": 18}
LONG_BYTES = 8 if boot.ARCH == "x86_64" else 4
CALM_SECONDS = 60       # the longest that a command may take, when nobody watches


class Place:
    """Where the CPU stands."""

    def __init__(self, cs, ip, insn, code, found):
        self.cs, self.ip, self.insn, self.code = cs, ip, insn, code
        self.ring = cs & 3
        self.symbol, self.offset, self.image = found or ("", 0, "")


class Registers:
    """General registers by their names without width: ax, sp, ip, flags."""

    def __init__(self, values):
        self.__dict__.update(values)

    def flag(self, name):
        return self.flags >> FLAGS[name] & 1


class Debugger(emu.Bochs):
    """A machine in Bochs whose debugger has stopped, most of the time."""

    def __init__(self, name, symbols, on_output=None, **kw):
        """symbols: a Symbols; on_output: gets the debugger's text as it comes."""
        super().__init__(name, debugger=True, **kw)
        self.symbols = symbols
        self.on_output = on_output
        self.line = ""          # the monitor's last `step` line
        self.place = None
        self.patience = CALM_SECONDS
        self._in = self.process.stdin
        self._out = self.process.stdout.fileno()
        self._fds += [os.dup(self._out)]
        self._answer(emu.Bochs.__name__)
        path = os.path.join(emu.LOG, name + ".symbols")
        symbols.write(path)
        self.command('ldsym global "%s"' % path)

    # ---- commands -----------------------------------------------------------

    def command(self, text, quiet=True):
        """Gives one command; returns what was printed until the next prompt."""
        self._in.write(text.encode() + b"\n")
        self._in.flush()
        return self._answer(text, quiet)

    def _answer(self, what, quiet=True):
        said, shown = b"", 0
        until = min(time.monotonic() + self.patience, self.deadline)
        while not PROMPT.search(said):
            self._pump(0)
            ready = select.select([self._out], [], [], 0.2 if shown else 0.05)[0]
            if ready:
                data = os.read(self._out, 65536)
                if not data:
                    break
                said += data
            if not quiet and self.on_output:
                shown = self._show(said, shown, not ready)
            if time.monotonic() >= until:
                raise emu.ConsoleError("`%s`: no stop within %d s" % (what, self.patience))
        text = said.decode("latin-1").replace("\r", "")
        for found in STEP_LINE.findall(text):
            self.line = found
        self._note_place(text)
        if not PROMPT.search(said):
            self.process.wait()
            raise emu.ConsoleError("the machine has ended: " + self.why_ended())
        return text

    def _show(self, said, shown, idle):
        """Passes the console's lines on as they come; an unfinished one, a prompt,
        when nothing more comes. What else there is are the debugger's own words."""
        end = len(said) if idle else said.rfind(b"\n") + 1
        begun = shown > 0 and said[shown - 1:shown] != b"\n"
        for line in said[shown:end].decode("latin-1").splitlines():
            if begun or CONSOLE_LINE.match(line):
                self.on_output(line)
            begun = False
        return max(shown, end)

    def _note_place(self, text):
        stands = STANDS.findall(text)
        if stands:
            cs, ip, insn, code = stands[-1]
            ip = int(ip, 16)
            self.place = Place(int(cs, 16), ip, insn, code, self.symbols.find(ip))

    def interrupt(self):
        """Ctrl-C for the running machine."""
        os.kill(self.process.pid, signal.SIGINT)

    def catch_up(self):
        """After an interrupted command: what it still prints, up to its prompt."""
        return self._answer("Ctrl-C")

    # ---- going on -----------------------------------------------------------

    def go(self):
        """On to the monitor's next stop, or any breakpoint."""
        return self.command("c", quiet=False)

    def step(self, count=1):
        return self.command("s %d" % count if count > 1 else "s")

    def step_until(self, wanted, limit=20000):
        """Instruction by instruction, until wanted(place)."""
        for _ in range(limit):
            self.step()
            if wanted(self.place):
                return
        raise emu.ConsoleError("not reached within %d instructions" % limit)

    def address_of(self, where):
        """Of a symbol, or of a number in hex."""
        if where in self.symbols.address:
            return self.symbols.address[where]
        try:
            return int(where, 16)
        except ValueError:
            raise emu.ConsoleError("no symbol `%s`" % where)

    def until(self, addresses, wanted=None):
        """On to one of these addresses, where wanted() is true; other stops on the
        way are passed over."""
        numbers = []
        for address in addresses:
            self.command("lb %#x" % address)
            numbers += re.findall(r"^\s*(\d+) lbreakpoint.*$", self.command("blist"), re.M)[-1:]
        try:
            self.go()
            while self.place.ip not in addresses or wanted and not wanted():
                self.go()
        finally:
            if not self.ended():
                for number in numbers:
                    self.command("d %s" % number)

    # ---- looking ------------------------------------------------------------

    def registers(self):
        text = self.command("r")
        values = {}
        for name, high, low in re.findall(r"\b(r\w\w?) ?: ([0-9a-f]{8})_([0-9a-f]{8})", text):
            short = name[1:] if name[1:].isalpha() else name
            values[short] = int(high + low, 16)
        values["flags"] = int(re.search(r"eflags (0x[0-9a-f]+)", text)[1], 16)
        return Registers(values)

    def control(self, name):
        """cr0, cr2, cr3 or cr4."""
        found = re.search(r"^%s.*?=(0x[0-9a-f]+)" % name.upper(), self.command("creg"), re.M)
        return int(found[1], 16)

    def words(self, address, count, size=None):
        """Memory at a linear address, in words of size bytes (a long by default)."""
        size = size or LONG_BYTES
        unit = {1: "b", 2: "h", 4: "w", 8: "g"}[size]
        text = self.command("x /%d%sx %#x" % (count, unit, address))
        found = []
        for line in text.splitlines():
            match = re.match(r"0x[0-9a-f]+ <[^>]*>:(.*)", line)
            if match:
                found += [int(word, 16) for word in re.findall(r"\t(0x[0-9a-f]+)", match[1])]
        if len(found) != count:
            raise emu.ConsoleError("no memory to read at %#x" % address)
        return found

    def poke(self, maddr, value):
        """Sets a 32-bit word of machine memory."""
        self.command("setpmem %#x 4 %#x" % (maddr, value))


def start(the_boot, images, **kw):
    """The machine of a boot.Boot, at its first instruction, under the debugger."""
    symbols = Symbols(images)
    return the_boot.start(machine=lambda name, **rest: Debugger(name, symbols, **rest), **kw)
