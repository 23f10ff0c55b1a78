# SPDX-License-Identifier: MIT
"""NMIs at any moment, in QEMU: in guests, in the monitor, at its first and last
instruction, and while debug traps nest there. Nobody may notice."""

import os
import re

import boot
import emu
import guest

# Guests that enter the monitor in every way and as often as they can.
CLAIMS = ["single-step", "watched-copies", "user-mode", "random-hypercalls", "evtchn-loopback"]
CLAIMS_64 = ["mov-ss-shadow", "hostile-iret-frames"]
NMI_LIMIT = 180


def run(results):
    names = CLAIMS + (CLAIMS_64 if boot.ARCH == "x86_64" else []) + [guest.VICTIM]
    claims = [guest.read_claim(os.path.join(emu.ROOT, "test/guest", name)) for name in names]
    modules = [(boot.KEEPER, "")]
    for claim in claims:
        modules += claim.modules(len(modules))
    the_boot = boot.Boot("nmi", modules, "guest_debugcon qemu-exit", limit=NMI_LIMIT)
    missing = the_boot.missing()
    if missing:
        results.failed(the_boot.name, "not built: " + ", ".join(missing))
        return
    problem, sent = "", 0
    with the_boot.start() as machine:
        try:
            machine.expect(r"^\(ringlet\) .*; starting$", NMI_LIMIT)
            # Until the victim is alone, and then some rounds of it.
            alone = re.compile(r"^\(d0\) input to d%d$" % len(claims), re.M)
            while not alone.search(machine.text):
                machine.command("nmi")
                machine.poll()
                sent += 1
            machine.type("end\n")
            machine.wait_end(NMI_LIMIT)
            if not machine.powered_off():
                problem = "ended without powering off: " + machine.why_ended()
        except emu.ConsoleError as error:
            problem = str(error)
        problem = problem or boot.lost_frames(machine.text)
    for claim in claims:
        word, detail = guest.verdict_of(claim, "d[0-9]+", machine.text)
        if word != "SUCCESS":
            problem = problem or "%s: %s %s" % (claim.name, word, detail)
    told = sum(int(n) for n in re.findall(r"^\(ringlet\) (\d+) NMIs, ignored$", machine.text, re.M))
    if not told:
        problem = problem or "the monitor heard of none of %d NMIs" % sent
    results.check(the_boot.name, problem)
