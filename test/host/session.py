# SPDX-License-Identifier: MIT
"""A session in Bochs' debugger: its own commands, and ours on top, which know
the monitor. Used interactively by `make step`, and by the replayed walks."""

import os
import re

import boot
import bochsdbg
import emu
import symbols
import walk

WALKER = os.path.join(boot.OUT, "walker")
STEP_KINDS = ("hypercall", "fault", "privop", "ptwrite", "bounce", "irq", "switch", "event")
STEP_AGAIN = 1 << 31
ANY_DOMAIN = 0xffffffff
WAYS_OUT = ("iret_to_guest", "sysret_to_guest")
NO_STOPS = "all,d32767"     # stops are possible, but at nobody
RING_COLOURS = {0: "31", 1: "33", 2: "33", 3: "32"}

HELP = """\
go               on to the monitor's next stop (or a breakpoint)
s [N]            one instruction, or N
ring             instruction by instruction until the ring changes
space            the same until the address space (CR3) changes
out              on to the monitor's last instruction before a guest's
until PLACE      on to a symbol or address, over the stops before it; with `here`
                 behind it: in this guest only
frame            the guest's registers, as the monitor saved them
stack [N]        the top N words of the stack
where [PLACE]    which symbol is here or there, and what is executed
kinds LIST       other stops from now on: LIST as in step=, or `none`
type TEXT        type a line at the machine's console
next             the walk's next stop (also: Enter)
help, quit

Everything else goes to Bochs' debugger. The most useful ones:
r  sreg  creg    registers, segments, control registers
u /8             disassemble; x /8wx ADDRESS: memory; print-stack 8
info idt 13      a gate; info gdt N; info tss; page ADDRESS: how it is mapped
lb ADDRESS       breakpoint; blist; d N: delete it; c: go on; Ctrl-C: stop"""


def scene(name, modules, options):
    """A boot for a session."""
    return boot.Boot(name, modules, "guest_debugcon " + options, "bochs")


def walker_scene(name, options):
    """The walker twice, beside keeper."""
    return scene(name, [(boot.KEEPER, ""), (WALKER, "domain=walker,mem=16M"),
                        (WALKER, "domain=other,mem=16M")], options)


def parse_kinds(text):
    """(kinds, domain, left) of a list as step= takes it, or `none`."""
    if text == "none":
        return 0, ANY_DOMAIN, 0
    words, _, count = text.partition(":")
    kinds, domain = 0, ANY_DOMAIN
    for word in words.split(","):
        if word == "all":
            kinds |= (1 << len(STEP_KINDS)) - 1
        elif word in STEP_KINDS:
            kinds |= 1 << STEP_KINDS.index(word)
        elif re.fullmatch(r"d\d+", word):
            domain = int(word[1:])
        else:
            raise emu.ConsoleError("no kind `%s`; there are: %s" % (word, " ".join(STEP_KINDS)))
    return kinds, domain, int(count or 0)


class Session:
    """Commands by name, on a machine that stands."""

    def __init__(self, the_boot, images, say=print, colours=False):
        self.say, self.colours = say, colours
        self.debugger = bochsdbg.start(the_boot, images, on_output=self._console_line)
        self.facts = walk.Facts(self.debugger)
        self.commands = {each.__name__: each for each in (
            self.go, self.ring, self.space, self.out, self.until, self.frame, self.stack,
            self.where, self.kinds, self.type, self.help)}
        self.commands["s"] = self.step

    def close(self):
        self.debugger.close()

    def _console_line(self, line):
        if self.colours and line.startswith("(ringlet) step "):
            line = "\x1b[1m" + line + "\x1b[0m"
        self.say(line)
        if "(ringlet) step " not in line:
            return
        for number in re.findall(r"\b(?:at|to) ([0-9a-f]{8,16})\b", line):
            name = self.debugger.symbols.text(int(number, 16))
            if name:
                self.say("  %s is %s" % (number, name))

    def execute(self, line):
        """One command, ours or the debugger's; raises emu.ConsoleError if it can't be."""
        word, _, rest = line.strip().partition(" ")
        if word in self.commands:
            self.commands[word](rest.strip())
            return
        before = self.debugger.place
        text = self.debugger.command(line, quiet=False)
        text = re.sub(r"<bochs:\d+> $", "", text).strip("\n")
        text = "\n".join(each for each in text.splitlines() if each.strip() != line.strip()
                         and not bochsdbg.CONSOLE_LINE.match(each))
        if text:
            self.say(text)
        if self.debugger.place is not before:
            self.show_place()

    def show_place(self):
        """One line: the ring, the symbol, the instruction."""
        place = self.debugger.place
        name = self.debugger.symbols.text(place.ip) or "%#x" % place.ip
        text = "ring %d  %-38s %s" % (place.ring, name, self.insn_text(place))
        if self.colours:
            text = "\x1b[%sm%s\x1b[0m" % (RING_COLOURS[place.ring], text)
        self.say("  " + text)

    def insn_text(self, place):
        """The instruction, with a symbol for the address in it."""
        text = re.sub(r" \.[+-]\d+ ", " ", place.insn)
        match = re.search(r"\((0x[0-9a-f]+)\)|\b(0x[0-9a-f]{8,16})\b", text)
        name = self.debugger.symbols.text(int(match[1] or match[2], 16)) if match else ""
        return text + (" = " + name if name else "")

    # ---- our commands --------------------------------------------------------

    def go(self, _=""):
        self.debugger.go()
        self.show_place()

    def step(self, count=""):
        for _ in range(max(1, int(count or 1))):
            self.debugger.step()
            self.show_place()

    def ring(self, _=""):
        start = self.debugger.place.ring
        self.debugger.step_until(lambda place: place.ring != start)
        self.show_place()

    def space(self, _=""):
        before = self.debugger.control("cr3")
        self.debugger.step_until(lambda place: self.debugger.control("cr3") != before)
        self.show_place()

    def until(self, text):
        place, _, here = text.partition(" ")
        if not place or here not in ("", "here"):
            raise emu.ConsoleError("until PLACE [here]")
        vcpu = self.facts.vcpu
        self.debugger.until([self.debugger.address_of(place)],
                            (lambda: self.facts.vcpu == vcpu) if here else None)
        self.show_place()

    def out(self, _=""):
        known = self.debugger.symbols.address
        self.debugger.until([known[name] for name in WAYS_OUT if name in known])
        self.show_place()

    def frame(self, _=""):
        fields = walk.frame_fields()
        address = self.facts.frame_address()
        words = self.debugger.words(address, len(fields))
        self.say("  the guest's registers, at %#x:" % address)
        for at in range(0, len(fields), 4):
            self.say("  " + "".join("%8s %0*x" % (name, 2 * bochsdbg.LONG_BYTES, word)
                                    for name, word in zip(fields[at:at + 4], words[at:at + 4])))
        text = self.debugger.symbols.text(dict(zip(fields, words))["ip"])
        if text:
            self.say("  ip is " + text)

    def stack(self, count=""):
        sp = self.debugger.registers().sp
        digits = 2 * bochsdbg.LONG_BYTES
        for index, word in enumerate(self.debugger.words(sp, int(count or 8))):
            self.say("  %0*x: %0*x  %s" % (digits, sp + index * bochsdbg.LONG_BYTES, digits, word,
                                           self.debugger.symbols.text(word)))

    def where(self, place=""):
        if not place:
            self.show_place()
            return
        address = self.debugger.address_of(place)
        self.say("  %#x is %s" % (address, self.debugger.symbols.text(address) or "unknown"))

    def kinds(self, text):
        values = parse_kinds(text)
        address = self.debugger.address_of("step") - symbols.directmap_start()
        keep = self.debugger.words(self.debugger.address_of("step"), 1, 4)[0] & STEP_AGAIN
        for index, value in enumerate(values):
            self.debugger.poke(address + 4 * index, value | (keep if index == 0 else 0))

    def type(self, text):
        self.debugger.type(text + "\n")

    def help(self, _=""):
        self.say(HELP)
