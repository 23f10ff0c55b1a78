# SPDX-License-Identifier: MIT
"""gdb's commands for the monitor, against what QEMU and the console say."""

import os
import re
import subprocess
import tempfile

import boot
import debug
import emu
import symbols
import walk

GDB_LIMIT = 60      # seconds
LIMIT = 150
LONG = walk.LONG_BYTES


class Outputs:
    """What each command printed, in one run of gdb on a machine that is stopped."""

    def __init__(self, socket, guests, commands):
        flags = ["-batch"]
        for number, command in enumerate(commands):
            flags += ["-ex", "echo \\n@%d@\\n" % number, "-ex", command]
        done = subprocess.run(debug.gdb_command(socket, guests, flags), cwd=emu.ROOT, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=GDB_LIMIT)
        self.all = done.stdout
        pieces = re.split(r"^@(\d+)@\n", done.stdout, flags=re.M)
        self.of = {commands[int(n)]: text for n, text in zip(pieces[1::2], pieces[2::2])}


class Qemu:
    """The same facts, by QEMU's own monitor."""

    def __init__(self, machine):
        self.machine = machine
        self.registers = machine.command("info registers")

    def register(self, name):
        return int(re.search(r"\b%s=([0-9a-f]+)" % name, self.registers)[1], 16)

    def table_base(self, name):
        return int(re.search(r"\b%s *=(?: *[0-9a-f]{4})? +([0-9a-f]+)" % name,
                             self.registers)[1], 16)

    def words(self, address, count, size=LONG):
        text = self.machine.command("x /%d%sx %#x" % (count, {4: "w", 8: "g"}[size], address))
        rows = re.findall(r"^[0-9a-f]+: (.*)$", text, re.M)
        return [int(word, 16) for row in rows for word in row.split()]

    def translate(self, address):
        """The machine address, or None."""
        found = re.search(r"gpa: (0x[0-9a-f]+)", self.machine.command("gva2gpa %#x" % address))
        return int(found[1], 16) if found else None


def check_domains(machine, outputs):
    built = re.findall(r"^\(ringlet\) (d\d+) \((\w+)\): (\d+) MB", machine.text, re.M)
    shown = re.findall(r"^(d\d+) (\w+): (\d+) of (\d+) frames", outputs.of["p-domain"], re.M)
    if len(built) < 2 or [(d, name) for d, name, _ in built] != [(d, n) for d, n, _, _ in shown]:
        return "p-domain shows %s of %s" % (shown, built)
    for (_, _, mbytes), (name, _, frames, limit) in zip(built, shown):
        if int(limit) != int(mbytes) * 256 or not 0 < int(frames) <= int(limit):
            return "p-domain: %s has %s of %s frames, and %s MB" % (name, frames, limit, mbytes)
    return ""


def check_pte(outputs, facts):
    for command, machine_address in facts.items():
        text = outputs.of[command]
        shown = re.search(r"^machine address (0x[0-9a-f]+)", text, re.M)
        if (int(shown[1], 16) if shown else None) != machine_address:
            return "%s says %s, QEMU %s" % (command, text.strip(), machine_address)
        if not shown and "not mapped" not in text:
            return "%s: %s" % (command, text)
    elsewhere = [text for command, text in outputs.of.items() if command.endswith(" d0")
                 and command.startswith("p-pte")]
    if not elsewhere or " d0's, " not in elsewhere[0]:
        return "p-pte in d0: %s" % elsewhere
    if not any(address is None for address in facts.values()):
        return "no unmapped address was tried"
    return ""


def check_idt(outputs, qemu, names):
    words = qemu.words(qemu.table_base("IDT"), 256 * 2 * LONG // 4, 4)
    per_gate = 2 * LONG // 4
    present = sum(words[at + 1] >> 15 & 1 for at in range(0, len(words), per_gate))
    text = outputs.of["p-idt"]
    if "%d gates" % present not in text.splitlines():
        return "p-idt doesn't count %d gates: %s" % (present, text[-200:])
    gate = words[14 * per_gate:]
    target = gate[0] & 0xffff | gate[1] & 0xffff0000
    if names.address["trap_stubs"] + 14 * 16 & 0xffffffff != target:
        return "gate 14 leads to %#x" % target
    if "trap_stubs+0xe0, dpl 0" not in outputs.of["p-idt 14"]:
        return "p-idt 14: " + outputs.of["p-idt 14"]
    return ""


def saved_frame(qemu):
    """The saved registers: they end where the TSS says that the stack begins."""
    top = qemu.words(qemu.table_base("TR") + 4, 1)[0]
    fields = walk.frame_fields()
    return list(zip(fields, qemu.words(top - len(fields) * LONG, len(fields))))


def check_frame(outputs, saved):
    text = outputs.of["p-frame"]
    for name, word in saved:
        shown = re.search(r"\b%s ([0-9a-f]{%d})\b" % (name, 2 * LONG), text)
        if not shown or int(shown[1], 16) != word:
            return "p-frame: %s is %#x, not %s" % (name, word, shown and shown[1])
    if "(pvops-guest)" not in outputs.of["p-frame d1"]:
        return "p-frame d1 doesn't name the guest's code: " + outputs.of["p-frame d1"]
    return ""


def check_evtchn(outputs):
    """Every link between two domains is seen from both ends."""
    links = re.findall(r"^d(\d+) port (\d+): to d(\d+) port (\d+)",
                       outputs.of["p-evtchn d0"] + outputs.of["p-evtchn d1"], re.M)
    ours = [link for link in links if {link[0], link[2]} == {"0", "1"}]
    one_sided = [link for link in ours if (link[2], link[3], link[0], link[1]) not in ours]
    if len(ours) < 4 or one_sided:
        return "p-evtchn: %s, from one end only: %s" % (ours, one_sided)
    return ""


def check_vcpu(outputs):
    text = outputs.of["p-vcpu d1"]
    wanted = (r"^d1v0: blocked", r"root mfn 0x[0-9a-f]+;", r"^  event_callback 0x\w+ xen_event",
              r"handlers for \d+ vectors: 0-\d", r"hypercalls [1-9]")
    return "; ".join("p-vcpu d1: no /%s/" % each for each in wanted
                     if not re.search(each, text, re.M))


def check_trapring(outputs):
    rows = re.findall(r"^ +\+(\d+)  (idle|d\d+v\d \w+ ring \d) +(\w+) ", outputs.of["trapring 50"],
                      re.M)
    times = [int(row[0]) for row in rows]
    if len(rows) != 50 or times != sorted(times):
        return "trapring: %d records: %s" % (len(rows), outputs.of["trapring 50"][:300])
    if not {"hypercall", "exit", "switch"} <= {row[2] for row in rows}:
        return "trapring: kinds " + " ".join(sorted({row[2] for row in rows}))
    return ""


def look(results, prefix, machine, socket, modules):
    guests = debug.symbol_files(modules)
    names = symbols.Symbols([symbols.MONITOR, boot.KEEPER])
    qemu = Qemu(machine)
    stubs, keeper_start = names.address["trap_stubs"], names.address["keeper:_start"]
    facts = {"p-pte %#x" % address: qemu.translate(address)
             for address in (stubs + 0x123, keeper_start + 4, 0x1000)}
    saved = saved_frame(qemu)
    # The machine goes on when gdb leaves it.
    outputs = Outputs(socket, guests, list(facts) + [
        "p-pte %#x d0" % keeper_start, "p-domain", "p-idt", "p-idt 14", "p-frame", "p-frame d1",
        "p-vcpu d1", "p-evtchn d0", "p-evtchn d1", "trapring 50"])
    with open(os.path.join(emu.LOG, "gdb%s.said" % boot.SUFFIX), "w") as f:
        f.write(outputs.all)
    for name, check, arguments in (
            ("p-domain", check_domains, (machine, outputs)),
            ("p-pte", check_pte, (outputs, facts)),
            ("p-idt", check_idt, (outputs, qemu, names)),
            ("p-frame", check_frame, (outputs, saved)),
            ("p-evtchn", check_evtchn, (outputs,)), ("p-vcpu", check_vcpu, (outputs,)),
            ("trapring", check_trapring, (outputs,))):
        try:
            problem = check(*arguments)
        except (KeyError, TypeError, IndexError) as error:
            problem = "%s: %s" % (type(error).__name__, error)
        results.check("%s/%s" % (prefix, name), problem)


def run(results):
    prefix = "gdb" + boot.SUFFIX
    modules = debug.MODULES[:2]
    the_boot = boot.Boot("gdb-test", modules, "trace=all", limit=LIMIT)
    missing = the_boot.missing()
    if missing:
        results.failed(prefix, "not built: " + ", ".join(missing))
        return
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "gdb")
        the_boot.args = ("-gdb", "unix:%s,server=on,wait=off" % socket)
        with the_boot.start() as machine:
            try:
                machine.expect(r"^\(d1\) alpha\$ $", 100)
                machine.command("stop")
                look(results, prefix, machine, socket, modules)
            except (emu.ConsoleError, subprocess.TimeoutExpired) as error:
                results.failed(prefix, str(error))
