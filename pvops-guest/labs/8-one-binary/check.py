# SPDX-License-Identifier: MIT
"""Lab 8, the check: one kernel, which carries the student's program and a ruler,
boots bare and as a guest. The program has to find what the ruler finds, in both."""

import os

import boot
import emu

LIMIT = 100             # seconds for a boot
TOLERANCE = 0.4         # of the ruler's number: the tick comes in between
SLACK = 20              # cycles on top: the loop around it
WHERE = {"bare": "bare", "guest": "as a guest"}


def measure(which, kind):
    """{program: (system call, page fault)}, or a problem as text."""
    program = os.path.join(boot.OUT, "test", "lab-8-" + which)
    name = "lab-8-%s-%s" % (which, kind)
    if kind == "bare":
        the_boot = boot.Boot(name, [], "name=lab", kernel=program, limit=LIMIT)
    else:
        the_boot = boot.Boot(name, [(program, "name=lab")], limit=LIMIT)
    missing = the_boot.missing()
    if missing:
        return "not built: " + ", ".join(missing)
    found = {}
    with the_boot.start() as machine:
        try:
            for command in ("ruler", "lab"):
                machine.expect(r"^lab\$ $", LIMIT)
                machine.type(command + "\n")
                line = machine.expect(r"^%s: system call (\d+), page fault (\d+)\s" % command, 30)
                found[command] = int(line[1]), int(line[2])
            machine.expect(r"^lab\$ $", LIMIT)
            machine.type("exit\n")
            machine.wait_end(30)
        except emu.ConsoleError as error:
            return "%s: %s" % (WHERE[kind], error)
    return found


def problem_with(which):
    """What is wrong with the program, or ""."""
    by_kind = {}
    for kind in WHERE:
        found = by_kind[kind] = measure(which, kind)
        if isinstance(found, str):
            return found
        for what, mine, right in zip(("a system call", "a page fault"), found["lab"],
                                     found["ruler"]):
            if abs(mine - right) > TOLERANCE * right + SLACK:
                return "%s %s takes %d cycles, and the program says %d" % (WHERE[kind], what, right,
                                                                            mine)
    for at, what in enumerate(("system call", "page fault")):
        bare, guest = (by_kind[kind]["ruler"][at] for kind in ("bare", "guest"))
        print("lab: a %s takes %d cycles bare and %d as a guest, %.1f times as many"
              % (what, bare, guest, guest / bare))
    return ""
