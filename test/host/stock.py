# SPDX-License-Identifier: MIT
"""Stock Linux, as Debian packages it: unprivileged guests with small ramdisks, and the
initial domain. The guests with a Debian root are in debian.py."""

import functools
import os
import re

import boot
import emu
from typist import Typist

STOCK = os.environ.get("STOCK") or "build/stock"
# MiB that Xen 4.17 boots each kernel with, its ramdisk being shell.img: test/stock/peers.md.
XEN_SMALLEST = {"amd64": 84, "cloud": 72}
XEN_TO_INIT = 3829          # million instructions to the init of the same vmlinux on Xen: there
LIMIT = 300             # seconds
RTC_BASE = "2030-02-03T04:05:06"
RTC_SECONDS = 1896321906
FLAVOUR = {"d1": "amd64", "d2": "cloud"}    # who is who beside keeper


def path(*names):
    return os.path.join(STOCK, *names)


def guest(flavour, name, words="", kernel="vmlinuz", mem=128, ramdisk="shell.img"):
    """The modules of one guest."""
    return [(path(flavour, kernel), "domain=%s,mem=%dM console=hvc0 hostname=%s %s"
             % (name, mem, name, words)),
            (path(flavour, ramdisk), "ramdisk=" + name)]


class Wrong(Exception):
    """A claim is not true, though the machine goes on."""


def check(condition, problem):
    if not condition:
        raise Wrong(problem)


def play(results, the_boot, steps):
    """Boots, and takes the steps; steps: (name, what to do with the typist). Each is a test.
    When one didn't end the others fail too. Last of all the machine must power off."""
    missing = the_boot.missing()
    if missing:
        results.failed(the_boot.name, "not there: " + ", ".join(missing))
        return
    broken = False
    with the_boot.start() as machine:
        typist = Typist(machine)
        for name, do in steps + [("power-off", power_off)]:
            problem = "not reached" if broken else ""
            if not broken:
                try:
                    do(typist)
                except Wrong as wrong:
                    results.failed("%s/%s" % (the_boot.name, name), str(wrong))
                    continue
                except emu.ConsoleError as error:
                    problem = "%s; last lines:\n    %s" % (
                        error, "\n    ".join(machine.text.splitlines()[-5:]))
            broken = bool(problem)
            results.check("%s/%s" % (the_boot.name, name), problem)


def power_off(typist):
    machine = typist.machine
    machine.wait_end(60)
    check(machine.powered_off(), "did not power off: " + machine.why_ended())
    problem = boot.lost_frames(machine.text)
    check(not problem, problem)


def ready(dom, typist, name=r"\S+", limit=LIMIT):
    """Waits for the shell of a ramdisk; the time-stamp counter when its init began."""
    prefix = r"\(%s\) " % dom if dom else ""
    match = typist.machine.expect(
        r"^%sramdisk: %s is ready, Linux \S+, init at tsc (\d+)\s" % (prefix, name), limit,
        from_start=True)
    return int(match[1])


# ---- the kernel's log ----------------------------------------------------------

def in_general(line):
    """A log line without what differs from boot to boot: level, time, numbers."""
    line = re.sub(r"^(<\d+>)?\[ *\d+\.\d+\] ", "", line.strip())
    return re.sub(r"\b(0x)?[0-9a-f]*\d[0-9a-f]*\b", "N", line)


def known_to_xen(flavour, role):
    """The warnings that the kernel also gives on Xen 4.17, in general."""
    with open(os.path.join(emu.ROOT, "test/stock/xen-warnings", "%s-%s" % (flavour, role))) as f:
        return {in_general(line) for line in f if line.strip() and not line.startswith("#")}


def log_is_xens(dom, flavour, role, typist):
    """No warning or error in the kernel's log that Xen would not also give."""
    lines = typist.run(dom, "dmesg -r | grep '^<[0-4]>'")
    check(lines, "no warnings at all: the log was not read")
    known = known_to_xen(flavour, role)
    new = [line for line in lines if in_general(line) not in known]
    check(not new, "%d lines that Xen does not give, first: %s" % (len(new), (new or [""])[0]))


# ---- time ----------------------------------------------------------------------

# Reads the clock over and over; prints how often, and whether it ever went back.
CLOCK_LOOP = ("i=0 l=0 b=0; while [ $i -lt 3000 ]; do read u r </proc/uptime; "
              "u=${u%.*}${u#*.}; [ $u -lt $l ] && b=1; l=$u i=$((i+1)); done; echo back $b $i")
SOURCE = "/sys/devices/system/clocksource/clocksource0/"


def time_is_right(typist):
    """The date is the RTC's; it passes as fast as it should; both sources are monotonic."""
    available = " ".join(typist.run("d1", "cat %savailable_clocksource" % SOURCE)).split()
    check({"xen", "tsc"} <= set(available), "clock sources: %s" % available)
    for source in "tsc", "xen":
        typist.run("d1", "echo %s >%scurrent_clocksource" % (source, SOURCE))
        now = typist.run("d1", "cat %scurrent_clocksource" % SOURCE)
        check(now == [source], "clock source %s was not taken: %s" % (source, now))
        typist.run("d2", "yes >/dev/null & echo busy")
        said = typist.run("d1", CLOCK_LOOP)
        check(said == ["back 0 3000"], "clock source %s: %s" % (source, said))
        typist.run("d2", "killall yes")
    said = typist.run("d1", "date +%s; cut -d. -f1 /proc/uptime; "
                            "cat /proc/uptime; sleep 3; cat /proc/uptime")
    began = int(said[0]) - int(said[1]) - RTC_SECONDS
    check(-2 <= began <= 60, "the date is %d s off" % began)
    slept = float(said[3].split()[0]) - float(said[2].split()[0])
    check(2.99 <= slept <= 3.5, "slept %.2f s instead of 3" % slept)


# ---- floating point ------------------------------------------------------------

FLOAT_RUNS = 30
FLOAT_LOOP = ("for i in $(seq %d); do awk 'BEGIN{for(i=1;i<9000;i++)x+=i*1.1/(i+0.7);"
              "printf \"%%.6f\\n\",x}'; done | sort | uniq -c >/f; echo done >>/f" % FLOAT_RUNS)


def floating_point(typist):
    """Both guests compute at once; every sum is what this machine makes it."""
    total = 0.0
    for i in range(1, 9000):
        total += i * 1.1 / (i + 0.7)
    for dom in FLAVOUR:
        typist.run(dom, "(%s) & true" % FLOAT_LOOP)
    for dom in FLAVOUR:
        said = typist.run(dom, "while ! grep -q done /f; do usleep 100000; done; cat /f", LIMIT)
        check([line.split() for line in said] == [[str(FLOAT_RUNS), "%.6f" % total], ["done"]],
              "%s computed %s" % (dom, said))


# ---- memory --------------------------------------------------------------------

BALLOON = "/sys/devices/system/xen_memory/xen_memory0/info/current_kb"


def wait_memory(typist, dom, kib):
    said = typist.run(dom, "i=0; while [ $(cat %s) != %d ] && [ $i -lt 200 ]; do usleep 100000; "
                           "i=$((i+1)); done; cat %s" % (BALLOON, kib, BALLOON))
    check(said == [str(kib)], "%s has %s KiB, not %d" % (dom, said, kib))


def balloon(typist):
    """Down and up by xenstore's target; more than there is can't be had, and hurts nobody."""
    full = int(typist.run("d1", "cat " + BALLOON)[0])
    for kib in full - 16384, full:
        typist.keeper("target d1 %dK" % kib, "d1: memory/target is %d" % kib)
        wait_memory(typist, "d1", kib)
    typist.keeper("target d1 1G", "d1: memory/target is 1048576")
    typist.echo("d1")
    said = typist.run("d1", "sleep 2; cat " + BALLOON)
    check(said == [str(full)], "a domain of %d KiB has %s" % (full, said))
    typist.keeper("target d1 %dK" % full, "d1: memory/target is %d" % full)


# ---- life cycle ----------------------------------------------------------------

def sysrq(typist):
    """By xenstore; and the crash of one guest, which another does not notice."""
    typist.keeper("sysrq d2 h", "d2: control/sysrq is h")
    typist.machine.expect(r"^\(d2\) .*sysrq: HELP", 60)
    typist.focus("d2")
    typist.machine.type("echo c >/proc/sysrq-trigger\n")
    typist.machine.expect(r"^\(d2\) .*Kernel panic - not syncing: sysrq", 60)
    typist.wait_ended("d2", "crash")
    typist.echo("d1")


def reboots(typist):
    """By its own command, and by xenstore; each time it comes back under the next number."""
    typist.focus("d1")
    typist.machine.type("reboot -f\n")
    ready("d3", typist, "one")
    typist.echo("d3")
    typist.keeper("reboot d3", "d3: control/shutdown is reboot")
    ready("d4", typist, "one")
    typist.echo("d4")


def ends(dom, typist):
    """Powered off by xenstore; the machine follows with its last domain."""
    typist.keeper("poweroff " + dom, dom + ": control/shutdown is poweroff")
    typist.wait_ended(dom, "poweroff")


def shells(results):
    """Both kernels side by side, each with a shell."""
    modules = [(boot.KEEPER, "")] + guest("amd64", "one") + guest("cloud", "two")
    the_boot = boot.Boot("stock-shells", modules, memory=768, limit=LIMIT,
                         args=("-rtc", "base=%s,clock=vm" % RTC_BASE))
    steps = []
    for dom, flavour in FLAVOUR.items():
        steps.append(("%s-boots" % flavour, functools.partial(ready, dom)))
        steps.append(("%s-log" % flavour, functools.partial(log_is_xens, dom, flavour, "guest")))
    steps += [("time", time_is_right), ("floating-point", floating_point), ("balloon", balloon),
              ("sysrq-and-panic", sysrq), ("reboot", reboots),
              ("power-off-by-xenstore", functools.partial(ends, "d4"))]
    play(results, the_boot, steps)


def smallest(results):
    """As little memory as Xen boots the same kernels and ramdisks with, on another CPU."""
    modules = [(boot.KEEPER, "")]
    for dom, flavour in FLAVOUR.items():
        modules += guest(flavour, flavour, "quiet", mem=XEN_SMALLEST[flavour])
    the_boot = boot.Boot("stock-smallest", modules, memory=512, limit=LIMIT, cpu="kvm64")

    def leave(dom, typist):
        ready(dom, typist)
        typist.echo(dom)
        typist.focus(dom)
        typist.machine.type("halt -f\n" if dom == "d1" else "exit\n")
        typist.wait_ended(dom, "poweroff")

    play(results, the_boot, [(flavour, functools.partial(leave, dom))
                             for dom, flavour in FLAVOUR.items()])


def first(results):
    """As the initial domain, by console_io."""
    modules = [(path("amd64", "vmlinux"), "console=hvc0 hostname=first"),
               (path("amd64", "shell.img"), "")]
    the_boot = boot.Boot("stock-first", modules, memory=512, limit=LIMIT,
                         cpu="Opteron_G1,nx=off")

    def poweroff(typist):
        typist.machine.type("poweroff -f\n")

    play(results, the_boot, [("boots", functools.partial(ready, "")), ("power", poweroff)])


def speed(results):
    """Instructions from reset to init, the kernel not compressed: no more than on Xen."""
    modules = [(boot.KEEPER, "")] + guest("amd64", "fast", kernel="vmlinux", mem=256)

    def count(typist):
        million = ready("d1", typist) // 1000000
        results.note("%d M instructions to Linux's init; Xen 4.17: %d M" % (million, XEN_TO_INIT))
        typist.machine.type("exit\n")
        check(million <= XEN_TO_INIT, "%d M instructions; Xen takes %d M" % (million, XEN_TO_INIT))

    play(results, boot.Boot("stock-speed", modules, memory=512, limit=LIMIT),
         [("instructions", count)])


def run(results):
    speed(results)
    shells(results)
    smallest(results)
    first(results)
