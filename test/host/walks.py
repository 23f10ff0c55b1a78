# SPDX-License-Identifier: MIT
"""Tests of make step: the walks of test/bochs/, replayed in one boot and checked
at every stop for ring, symbol, stack and frame; the session that a newcomer
has; and what step= says without a debugger."""

import os
import pty
import re
import select
import signal
import subprocess
import time

import boot
import emu
import session
import step
import symbols
import walk

LIMIT = 240     # seconds, for all walks
SESSION_LIMIT = 90
# What a newcomer types, each when the last thing on the terminal is this.
NEWCOMER = [(r"Enter begins> $", ""), (r"commands> $", "frame"), (r"commands> $", ""),
            (r"commands> $", "s"), (r"commands> $", "until nowhere"),
            (r"no symbol `nowhere`\s+Enter goes on, help lists commands> $", "quit")]


def run(results):
    """In Bochs."""
    prefix = "walk" + boot.SUFFIX
    the_boot = session.walker_scene("walks", "step=" + session.NO_STOPS)
    the_boot.limit = LIMIT
    missing = the_boot.missing()
    if missing:
        results.failed(prefix, "not built: " + ", ".join(missing))
        return
    said = []
    try:
        the_session = session.Session(the_boot, [symbols.MONITOR, boot.KEEPER, session.WALKER],
                                      said.append)
    except emu.ConsoleError as error:
        results.failed(prefix, str(error))
        return
    try:
        player = step.Player(the_session)
        player.begin()
        for name in walk.names():
            replay(results, "%s/%s" % (prefix, name), player, name)
    finally:
        the_session.close()
        with open(os.path.join(emu.LOG, the_boot.name + ".said"), "w") as f:
            f.write("\n".join(said) + "\n")
    newcomer(results)


def replay(results, test, player, name):
    problem = ""
    player.failed = []
    try:
        player.play(walk.find(name))
    except (emu.ConsoleError, ValueError, NameError, KeyError) as error:
        problem = "%s: %s" % (type(error).__name__, error)
    results.check(test, "; ".join(player.failed + ([problem] if problem else [])))


def newcomer(results):
    """`make step` on a terminal, as the README has it."""
    master, slave = pty.openpty()
    process = subprocess.Popen(["python3", "test/host/step.py"], cwd=emu.ROOT, stdin=slave,
                               stdout=slave, stderr=slave, preexec_fn=emu.child_setup,
                               env=dict(os.environ, WALK="", STEP="", HEADLESS="", TERM="dumb"))
    os.close(slave)
    text, seen, todo = "", 0, list(NEWCOMER)
    until = time.monotonic() + SESSION_LIMIT
    while process.poll() is None and time.monotonic() < until:
        if select.select([master], [], [], 0.2)[0]:
            try:
                text += os.read(master, 65536).decode("latin-1")
            except OSError:
                break
        if todo and re.search(todo[0][0], text[seen:]):
            seen = len(text)
            os.write(master, todo.pop(0)[1].encode() + b"\n")
    problem = "" if not todo and "ring" in text else "no /%s/ on the terminal" % todo[0][0]
    if process.poll() is None and not _ends(process):
        problem = problem or "`quit` does not end it"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    os.close(master)
    with open(os.path.join(emu.LOG, "step%s.terminal" % boot.SUFFIX), "w") as f:
        f.write(text)
    for wanted in (r"\) step 1 \(d1v0 kernel ring \d\): cli at",
                   r"[0-9a-f]{8} is walk_cli \(walker\)", r"ring 0  step_break",
                   r"ip is walk_cli", r"ring \d  walk_cli"):
        if not problem and not re.search(wanted, text):
            problem = "the terminal never showed /%s/" % wanted
    results.check("step%s/newcomer" % boot.SUFFIX, problem)


def _ends(process):
    try:
        process.wait(20)
        return True
    except subprocess.TimeoutExpired:
        return False


def option(results):
    """step= in QEMU, where the stop itself is nothing: its lines, and nothing else changes."""
    text = boot_with(results, "step-option", "hello", "step=irq,cli step=hypercall,privop,d1:3")
    numbers = re.findall(r"^\(ringlet\) step (\d+) \(d1v0 kernel ring %d\): hypercall"
                         % walk.KERNEL_RING, text, re.M)
    problem = "" if numbers == ["1", "2", "3"] else "stops " + " ".join(numbers)
    if "(ringlet) step=: 'cli' is no kind, domain or count here" not in text:
        problem = problem or "the bad kind isn't named"
    results.check("step-option%s/lines" % boot.SUFFIX, problem)
    text = boot_with(results, "step-all", "privileged-instructions", "step=all,d1")
    for wanted in (r"step \d+ .*: cli at .*#GP\(0\)", r"step \d+ .*: mov %cr\d, %\w+ at",
                   r"step \d+ .*: hypercall \d+ at", r"step \d+ .*: a frame below"):
        found = re.search(wanted, text)
        results.check("step-all%s/%s" % (boot.SUFFIX, wanted.split(": ", 1)[1].split(" ")[0]),
                      "" if found else "no /%s/" % wanted)


def boot_with(results, name, guest, steps):
    """Boots a test guest with step= and expects its success; the console's text."""
    test = name + boot.SUFFIX + "/goes-on"
    image = os.path.join(boot.OUT, "test", guest)
    the_boot = boot.Boot(name, [(boot.KEEPER, ""), (image, "domain=guest,mem=16M")],
                         "guest_debugcon qemu-exit " + steps)
    missing = the_boot.missing()
    if missing:
        results.failed(test, "not built: " + ", ".join(missing))
        return ""
    problem = ""
    with the_boot.start() as machine:
        try:
            machine.wait_end(60)
        except emu.ConsoleError as error:
            problem = str(error)
        if "TEST %s: SUCCESS" % guest not in machine.text or not machine.powered_off():
            problem = problem or "the guest did not go on"
        results.check(test, problem)
        return machine.text
