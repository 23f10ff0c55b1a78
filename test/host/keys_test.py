# SPDX-License-Identifier: MIT
"""The monitor's keys, pressed one after the other on a machine with two guests:
each says what is so, as far as the console or another key knows it too.
"""

import re

import boot
import emu

GUESTS = ["alpha", "beta"]
SWITCH = "\x01\x01\x01"
LIMIT = 240


class Keys:
    """A machine whose input goes to the monitor."""

    def __init__(self, machine):
        self.machine = machine

    def focus(self, whom):
        for _ in range(8):
            self.machine.type(SWITCH)
            if self.machine.expect(r"^\(d0\) input to (\w+)\n", 30)[1] == whom:
                return
        raise emu.ConsoleError("the focus never reached " + whom)

    def press(self, key):
        """The lines that a key prints: all until the next key's first line."""
        self.machine.mark()
        start = self.machine.pos
        self.machine.type(key + "?")    # "?" is no key; then one that has one line
        self.machine.type("b")
        self.machine.expect(r"^\(ringlet\) trace: ", 30)
        text = self.machine.text[start:]
        return re.findall(r"^\(ringlet\) (.*)$", text, re.M)[:-1]


def numbers(lines, pattern):
    """What the pattern's groups are, of all lines that match."""
    return [match.groups() for match in (re.match(pattern, line) for line in lines) if match]


def check_domains(keys):
    lines = keys.press("d")
    found = numbers(lines, r"domain d(\d+) \((\w+)\): (\w+), (\d+) frames of (\d+)")
    if [(number, name) for number, name, *_ in found] != \
            [("0", "initial")] + [(str(n), name) for n, name in enumerate(GUESTS, 1)]:
        return "domains: %s" % lines
    if any(state != "alive" for _, _, state, *_ in found):
        return "not all alive: %s" % lines
    states = dict(numbers(lines, r"vcpu d(\d+)v0: (\w+)"))
    # Who asked for the key runs; the guests wait at their prompts, or a tick woke them.
    waiting = {states.pop("1"), states.pop("2")}
    return "" if states == {"0": "running"} and waiting <= {"blocked", "runnable"} else \
        "vcpus: %s" % lines


def check_memory(keys):
    domains, lines = keys.press("d"), keys.press("m")
    frames = numbers(domains, r"domain d(\d+) \(\w+\): \w+, (\d+) frames of (\d+)")
    if numbers(lines, r"memory of d(\d+): (\d+) frames of (\d+)") != frames:
        return "d and m differ: %s" % lines
    owned, = numbers(lines, r"memory: (\d+) frames owned by domains")
    if int(owned[0]) != sum(int(nr) for _, nr, _ in frames):
        return "%s frames owned, domains have %s" % (owned[0], frames)
    types = {name: int(nr) for name, nr in numbers(lines, r"frames of type (\w+): (\d+)")}
    if sum(types.values()) != int(owned[0]) or not types.get("L1") or not types.get("writable"):
        return "types: %s" % types
    total, free = map(int, numbers(lines, r"memory: (\d+) frames, (\d+) free")[0])
    return "" if int(owned[0]) < total - free else "more owned than in use: %s" % lines


def check_registers(keys):
    lines = keys.press("r")
    heads = numbers(lines, r"registers of d(\d+)v0: (\w+)")
    frames = numbers(lines, r"  d(\d+)v0 [er]ip ([0-9a-f]{4}):([0-9a-f]+)")
    if [number for number, _ in heads] != ["0", "1", "2"] or len(frames) != 3:
        return "registers: %s" % lines
    # Both guests are the same kernel, asleep in the same place if they are.
    asleep = heads[1][1] == heads[2][1] == "blocked"
    return "" if frames[1][1:] == frames[2][1:] or not asleep else "ips: %s" % frames


def check_run_queue(keys):
    lines = keys.press("q")
    if not re.match(r"running d0v0: ", lines[0]):
        return "run queue: %s" % lines
    queued = {who for who, in numbers(lines, r"queued (\w+): ")}
    return "" if queued <= {"d1v0", "d2v0"} and len(queued) == len(lines) - 1 else \
        "who waits? %s" % lines


def check_events(keys):
    ports = {(d, port): (to, peer) for port, d, to, peer in
             numbers(keys.press("e"), r"port (\d+) of d(\d+): to port (\d+) of d(\d+)")}
    if len(ports) < 8:      # console and xenstore of each guest, both ends
        return "ports: %s" % ports
    wrong = [(d, port) for (d, port), (to, peer) in ports.items()
             if ports.get((peer, to)) != (port, d)]
    return "ends that don't meet: %s of %s" % (wrong, ports) if wrong else ""


def check_grants(keys):
    users = numbers(keys.press("g"), r"grant (\d+) of d(\d+): frame \S+ used by d(\d+), (\d+) "
                    r"readers, (\d+) writers")
    by = {granter for _, granter, user, _, _ in users if user == "0"}
    return "" if by == {"1", "2"} else "keeper maps each guest's rings: %s" % users


def check_timers(keys):
    lines = keys.press("t")
    count, = numbers(lines, r"timers: (\d+),")
    found = numbers(lines, r"timer in (\d+) us: (\w+)\+0x0$")
    return "" if int(count[0]) == len(found) else "timers: %s" % lines


def check_counters(keys):
    second = keys.press("c")
    for _ in range(30):     # until so much time has passed that a rate says something
        first, second = second, keys.press("c")
        span, = numbers(second, r"counts since the start; a second: over the last ([\d.]+) s")
        if float(span[0]) >= 0.01:
            break
    pattern = r"count hypercall/(\d+) \w+ (\d+), (\d+) a second$"
    before = {nr: int(count) for nr, count, _ in numbers(first, pattern)}
    after = {nr: int(count) for nr, count, _ in numbers(second, pattern)}
    # sysctl is what presses keys: c itself, "?", b, and then c again.
    if after.get("35", 0) - before.get("35", 0) != 3:
        return "sysctl: %s, then %s" % (before.get("35"), after.get("35"))
    rate = [int(rate) for nr, _, rate in numbers(second, pattern) if nr == "35"][0]
    wanted = 3 / float(span[0])
    return "" if 0.9 * wanted - 1 <= rate <= 1.1 * wanted + 1 else \
        "%d a second, 3 in %s s" % (rate, span[0])


def check_audit(keys):
    lines = keys.press("a")
    return "" if lines == ["reference audit: 0 differences"] else "audit: %s" % lines


def check_help(keys):
    known = {letter for letter, in numbers(keys.press("h"), r"key (.): ")}
    wanted = set("abcdeghmqrtBR")
    return "" if known == wanted else "keys %s" % "".join(sorted(known))


CHECKS = (("help", check_help), ("domains", check_domains), ("memory", check_memory),
          ("registers", check_registers), ("run-queue", check_run_queue),
          ("events", check_events), ("grants", check_grants), ("timers", check_timers),
          ("counters", check_counters), ("audit", check_audit))


def run(results):
    name = "keys" + boot.SUFFIX
    modules = [(boot.KEEPER, "")] + [(boot.PVOPS_GUEST, "domain=%s,mem=32M name=%s" % (g, g))
                                     for g in GUESTS]
    the_boot = boot.Boot("keys", modules, limit=LIMIT)
    missing = the_boot.missing()
    if missing:
        results.failed(name, "not built: " + ", ".join(missing))
        return
    with the_boot.start() as machine:
        try:
            for number, guest in enumerate(GUESTS, 1):
                machine.expect(r"^\(d%d\) %s\$ $" % (number, guest), 60, from_start=True)
            keys = Keys(machine)
            keys.focus("monitor")
            for what, check in CHECKS:
                results.check("%s/%s" % (name, what), check(keys))
            for number in range(1, len(GUESTS) + 1):
                if number == 1:
                    keys.focus("d1")
                machine.type("exit\n")
                machine.expect(r"^\(d0\) d%d %s has ended" % (number, GUESTS[number - 1]), 30)
            machine.wait_end(30)
            results.check(name, "" if machine.powered_off() else machine.why_ended())
        except (emu.ConsoleError, ValueError, IndexError, ZeroDivisionError) as error:
            results.failed(name, repr(error))
