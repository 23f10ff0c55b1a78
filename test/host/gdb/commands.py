# SPDX-License-Identifier: MIT
"""gdb's commands for the monitor: `source test/host/gdb/commands.py`, or
`make gdb`, which does. `help ringlet` lists them."""

import os
import re
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import monitor
import traces


class Command(gdb.Command):
    """One of ours."""

    name = ""

    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_DATA)

    def invoke(self, text, from_tty):
        try:
            self.run(text.strip())
        except (gdb.error, ValueError) as error:
            raise gdb.GdbError("%s: %s" % (self.name, error))


class PrintFrame(Command):
    """p-frame [dN | ADDRESS]
    The registers of a guest as the monitor saved them: of the running one, of
    domain N, or a struct regs at an address."""

    name = "p-frame"

    def run(self, text):
        text = text.strip()
        if text.startswith("d") and text[1:].isdigit() or not text:
            vcpu = monitor.domain(text)["vcpus"][0].dereference()
            regs = monitor.registers_of(vcpu)
            print("%s, %s:" % (monitor.name_of(vcpu),
                               "kernel" if monitor.in_kernel(vcpu) else "user"))
        else:
            regs = monitor.pointer(gdb.parse_and_eval(text), "struct regs")
        self.show(regs)

    @staticmethod
    def show(regs):
        digits = 2 * monitor.long_bytes()
        names = [field.name for field in regs.type.fields()]
        for at in range(0, len(names), 4):
            print("  " + "".join("%8s %0*x" % (name, digits, int(regs[name]))
                                 for name in names[at:at + 4]))
        vector = int(regs["vector"])
        print("  ip is %s, ring %d; came by %s, error %#x" % (
            monitor.symbol_text(int(regs["ip"])), int(regs["cs"]) & 3,
            monitor.VECTORS.get(vector, "vector %#x" % vector), int(regs["error"])))


class PrintVcpu(Command):
    """p-vcpu [dN]
    A domain's vcpu, by default the running one's: state, address space, handlers,
    counters."""

    name = "p-vcpu"

    def run(self, text):
        vcpu = monitor.domain(text)["vcpus"][0].dereference()
        arch, info = vcpu["arch"], vcpu["info"]
        loaded = monitor.current()
        why = int(vcpu["why_stopped"])
        state = " ".join(name for bit, name in enumerate(monitor.STOP_REASONS) if why & 1 << bit)
        print("%s: %s%s, in its %s" % (
            monitor.name_of(vcpu), state or "runnable",
            ", loaded" if loaded is not None and int(loaded.address) == int(vcpu.address) else "",
            "kernel" if monitor.in_kernel(vcpu) else "user"))
        if "user_root" in [field.name for field in arch.type.fields()]:
            print("  its user's root mfn %#x" % int(arch["user_root"]["v"]))
        print("  root mfn %#x; kernel stack %#x:%#x; fault address %#x" % (
            int(arch["root"]["v"]), int(arch["kernel_ss"]), int(arch["kernel_sp"]),
            int(arch["fault_address"])))
        print("  events: pending %d, masked %d" % (int(info["evtchn_upcall_pending"]),
                                                   int(info["evtchn_upcall_mask"])))
        for name in ("event_callback", "failsafe_callback", "sysenter_callback"):
            ip = int(vcpu[name]["ip"])
            if ip:
                print("  %s %#x %s" % (name, ip, monitor.symbol_text(ip)))
        handlers = [n for n in range(256) if int(vcpu["traps"][n]["ip"])]
        print("  handlers for %d vectors: %s" % (len(handlers), ranges(handlers)))
        print("  traps %d, hypercalls %d, interrupts %d, bounces %d" % tuple(
            int(vcpu["nr_traps"][n]) for n in range(4)))


def ranges(numbers):
    """[0, 1, 2, 5] as 0-2 5."""
    words, start = [], None
    for at, number in enumerate(numbers):
        if start is None:
            start = number
        if at + 1 == len(numbers) or numbers[at + 1] != number + 1:
            words.append("%d" % start if start == number else "%d-%d" % (start, number))
            start = None
    return " ".join(words)


class PrintDomain(Command):
    """p-domain [N]
    All domains, a line each; or one of them with all there is."""

    name = "p-domain"

    def run(self, text):
        if text.strip():
            gdb.execute("p *(struct domain *)%#x" % int(monitor.domain(text).address))
            return
        for each in monitor.domains():
            words = [name for name in ("privileged", "shut_down", "dying") if each[name]]
            if int(each["paused"]):
                words.append("paused %d" % int(each["paused"]))
            vcpu = each["vcpus"][0]
            print("d%d %s: %d of %d frames, weight %d, %s%s" % (
                int(each["id"]), each["name"].string(), int(each["mm"]["nr_frames"]),
                int(each["mm"]["max_frames"]), int(each["weight"]),
                "no vcpu" if monitor.is_null(vcpu) else "vcpu ran %d ms" % (
                    int(vcpu["sched"]["ran_ns"]) // 1000000),
                "".join(", " + word for word in words)))


class PrintPte(Command):
    """p-pte ADDRESS [dN]
    How an address is mapped in the address space that is loaded, or in domain N's
    kernel: every entry on the way, and what the frame is used for."""

    name = "p-pte"

    @staticmethod
    def root_of(text):
        """What is left of the arguments, and where the root table is."""
        match = re.match(r"(.*\S)\s+(d\d+)\s*$", text)
        if not match:
            return text, monitor.register("cr3")
        vcpu = monitor.domain(match[2])["vcpus"][0].dereference()
        return match[1], int(vcpu["arch"]["root"]["v"]) << 12

    def run(self, text):
        text, root = self.root_of(text)
        if not text:
            raise gdb.GdbError("of which address?")
        where = int(gdb.parse_and_eval("(unsigned long)(%s)" % text))
        shifts = (39, 30, 21, 12) if monitor.wide() else (30, 21, 12)
        table = root & (0x000ffffffffff000 if monitor.wide() else 0xffffffe0)
        for level, shift in zip(range(len(shifts), 0, -1), shifts):
            slot = where >> shift & (3 if shift == 30 and not monitor.wide() else 511)
            entry = monitor.read_physical(table + slot * 8, 8)
            print("L%d slot %3d at %#x: %016x  %s" % (level, slot, table + slot * 8, entry,
                                                      monitor.pte_flags(entry)))
            if not entry & 1:
                print("not mapped")
                return
            table = entry & 0x000ffffffffff000
            if level == 2 and entry & 0x80:
                break
        size = 1 << shift
        maddr = (table & ~(size - 1)) | (where & (size - 1))
        print("machine address %#x, frame %#x: %s" % (maddr, maddr >> 12,
                                                      monitor.frame_text(maddr >> 12)))


class PrintIdt(Command):
    """p-idt [VECTOR]
    The gates of the processor's IDT: one, or all, those that go on as the ones
    before them in one line."""

    name = "p-idt"

    @staticmethod
    def gate(vector):
        """(target, dpl, type, selector), or None if there is none."""
        size = 16 if monitor.wide() else 8
        where = monitor.address("idt") + vector * size
        low = monitor.read(where, 8)
        if not low >> 47 & 1:
            return None
        target = low & 0xffff | low >> 48 << 16
        if size == 16:
            target |= (monitor.read(where + 8, 8) & 0xffffffff) << 32
        return target, low >> 45 & 3, low >> 40 & 0xf, low >> 16 & 0xffff

    def text(self, vector):
        gate = self.gate(vector)
        if not gate:
            return "none"
        target, dpl, kind, selector = gate
        if kind == 5:
            return "task gate to %#x" % selector
        return "%s gate to %#x:%s, dpl %d" % ("trap" if kind == 0xf else "interrupt", selector,
                                              monitor.symbol_text(target), dpl)

    def run(self, text):
        if text.strip():
            vector = int(gdb.parse_and_eval(text))
            if not 0 <= vector < 256:
                raise gdb.GdbError("vectors are 0 to 255")
            print("vector %#x %s: %s" % (vector, monitor.VECTORS.get(vector, ""),
                                         self.text(vector)))
            return
        stubs = monitor.address("trap_stubs")
        regular, count = [], 0
        for vector in range(256):
            gate = self.gate(vector)
            count += gate is not None
            if gate and gate[0] == stubs + 16 * vector and gate[1:3] == (0, 0xe):
                regular.append(vector)
            else:
                print("vector %#x %s: %s" % (vector, monitor.VECTORS.get(vector, ""),
                                             self.text(vector)))
        print("to their stubs, dpl 0: %s" % ranges(regular))
        print("%d gates" % count)


class PrintEvtchn(Command):
    """p-evtchn [dN]
    A domain's event channels, by default the running one's: what each port is
    bound to, whether it is pending or masked."""

    name = "p-evtchn"
    STATES = ("free", "unbound", "interdomain", "virq", "ipi")

    def run(self, text):
        domain = monitor.domain(text)
        shared = domain["shared"]
        per_page = 4096 // gdb.lookup_type("struct evtchn").sizeof
        bits = 8 * monitor.long_bytes()
        for page in range(domain["evtchns"]["pages"].type.range()[1] + 1):
            channels = domain["evtchns"]["pages"][page]
            if monitor.is_null(channels):
                continue
            for slot in range(per_page):
                channel, port = channels[slot], page * per_page + slot
                if int(channel["state"]):
                    flags = [name for name, words in (("pending", "evtchn_pending"),
                                                      ("masked", "evtchn_mask"))
                             if int(shared[words][port // bits]) >> port % bits & 1]
                    print("d%d port %d: %s%s" % (int(domain["id"]), port, self.text(channel),
                                                 "".join(", " + each for each in flags)))

    def text(self, channel):
        state = self.STATES[int(channel["state"])]
        if state == "unbound":
            return "waits for d%d" % int(channel["domid"])
        if state == "interdomain":
            return "to d%d port %d" % (int(channel["domid"]), int(channel["remote_port"]))
        if state == "virq":
            return "virq %d" % int(channel["virq"])
        return state


class TrapRing(Command):
    """trapring [N]
    The last N records (20) of the trace ring: who, what, when. The monitor's
    option trace= fills it."""

    name = "trapring"

    def run(self, text):
        for line in traces.last(int(text or 20)):
            print(line)


class Type(Command):
    """type TEXT
    Type a line at the machine's console (with `make gdb`, while it runs or not)."""

    name = "type"

    def run(self, text):
        pipe = os.environ.get("RINGLET_TYPE")
        if not pipe:
            raise gdb.GdbError("nobody listens: gdb was not started by `make gdb`")
        with open(pipe, "w") as f:
            f.write(text + "\n")


COMMANDS = (PrintDomain, PrintVcpu, PrintFrame, PrintPte, PrintIdt, PrintEvtchn, TrapRing, Type)


class Ringlet(Command):
    name = "ringlet"
    __doc__ = "ringlet\nWhat knows the monitor, in this gdb:\n" + "\n".join(
        each.__doc__.rstrip() for each in COMMANDS)

    def run(self, text):
        print(self.__doc__)


for command in COMMANDS + (Ringlet,):
    command()
