# SPDX-License-Identifier: MIT
"""What Debian's userland does in a guest: a compiler, python3, stress-ng, a file
system that loses its machine. Beside it is another one, which is to notice nothing."""

import functools
import os
import secrets

import boot
import debian
import emu
import stock
from stock import check

LIMIT = 900             # seconds
MEMORY_MB = 256
# Bounded work of every kind; --verify: each stressor checks what it got.
STRESS = [("fork", 100), ("exec", 20), ("mmap", 10), ("sigchld", 100), ("kill", 5000),
          ("pipe", 5000), ("futex", 5000), ("pthread", 100), ("timer", 2000),
          ("nanosleep", 50), ("fp", 10), ("matrix", 10)]
C_LINES = ["#include <stdio.h>",
           "int main(void) { double x = 0; for (int i = 1; i < 100000; i++) x += 1.0 / i;",
           'printf("%s %%.9f\\n", x); return 0; }']


def stress(dom, typist):
    words = " ".join("--%s 1 --%s-ops %d" % (name, name, ops) for name, ops in STRESS)
    typist.run(dom, "cd /tmp; stress-ng --seq 1 --verify --mmap-bytes 8m --timer-freq 1000 "
                    "%s >log 2>&1; echo $? >>log" % words, LIMIT)
    said = typist.run(dom, "grep -v 'info:.*\\(disp\\|sett\\|seed\\)' log")
    check(said and said[-1] == "0" and any("successful run completed" in line for line in said),
          "stress-ng: " + " | ".join(said[-6:]))


def compiles(dom, typist):
    word = secrets.token_hex(6)
    typist.run(dom, "rm -f /tmp/a.c")
    for line in C_LINES[:-1] + [C_LINES[-1] % word]:
        typist.run(dom, "printf '%%s\\n' '%s' >>/tmp/a.c" % line)
    said = typist.run(dom, "gcc -O2 -o /tmp/a /tmp/a.c && /tmp/a", LIMIT)
    total = 0.0
    for i in range(1, 100000):
        total += 1.0 / i
    check(said == ["%s %.9f" % (word, total)], "the compiled program said %s" % said)


def python(dom, typist):
    number = 10 ** 40 + secrets.randbelow(10 ** 20)
    said = typist.run(dom, "python3 -c 'print(pow(7, %d, 2**89-1), sum(map(str.isdigit, "
                           "str(3**2000))))'" % number, LIMIT)
    wanted = "%d %d" % (pow(7, number, 2 ** 89 - 1), len(str(3 ** 2000)))
    check(said == [wanted], "python3 said %s" % said)


def killed(dom, name, typist):
    """The domain goes while it writes; the next one mends its disk, with all that was synced.
    Debian starts once more if the check of its root corrected anything. Which one stays."""
    word = secrets.token_hex(8)
    typist.run(dom, "echo %s >/root/kept; touch /forcefsck; sync" % word)
    typist.run(dom, "(while :; do dd if=/dev/urandom of=/root/x bs=64k count=40; done) "
                    ">/dev/null 2>&1 & sleep 1")
    typist.machine.type("echo b >/proc/sysrq-trigger\n")
    typist.machine.expect(r"^\(d\d+\) Checking root file system", debian.LOGIN_LIMIT)
    after = typist.machine.expect(r"^\((d\d+)\) %s login: " % name, 2 * debian.LOGIN_LIMIT)[1]
    debian.log_in(typist, after, name)
    said = typist.run(after, "cat /root/kept; mount -o remount,ro / && e2fsck -fn /dev/xvda; "
                             "echo status $?; mount -o remount,rw /", LIMIT)
    check(said[:1] == [word], "what was synced is %s" % said[:1])
    check("status 0" in said, "e2fsck: " + " | ".join(said[-4:]))
    debian.leave(typist, after)


def log_is_xens(dom, typist):
    stock.log_is_xens(dom, debian.FLAVOUR[debian.ALPHA], "guest", typist)


def run(results):
    drive = os.path.join(emu.ROOT, boot.OUT, "images", "userland.img")
    try:
        debian.make_disk(drive, [os.path.join(emu.ROOT, stock.path(name))
                                 for name in ("tools.img", "login.img")])
    except OSError as error:
        results.failed("debian-userland", str(error))
        return
    the_boot = boot.Boot("debian-userland", debian.modules(["hda1", "hda2"], mem=MEMORY_MB),
                         memory=2 * MEMORY_MB + 256, limit=LIMIT, drive=drive)
    of = functools.partial
    stock.play(results, the_boot, [
        ("alpha-login", lambda typist: debian.log_in(typist, "d1", debian.ALPHA)),
        ("beta-login", lambda typist: debian.log_in(typist, "d2", debian.BETA)),
        ("log", of(log_is_xens, "d1")),
        ("compile", of(compiles, "d1")),
        ("python3", of(python, "d1")),
        ("stress-ng", of(stress, "d1")),
        ("fsck-after-kill", of(killed, "d1", debian.ALPHA)),
        ("beta-leaves", lambda typist: debian.leave(typist, "d2")),
    ])
