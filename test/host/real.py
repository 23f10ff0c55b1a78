# SPDX-License-Identifier: MIT
"""The real layer: unmodified guests from Debian packages. So far GRUB's own
i386 PV guest, at its prompt, and the scene of `make run`, in QEMU."""

import os
import secrets
import subprocess

import boot
import emu

SCENE_LIMIT = 300       # seconds; what `make run HEADLESS=1` promises


def new_word():
    """A word that no guest can know beforehand."""
    return "word" + secrets.token_hex(4)


def grub_prompt(results, emulator):
    """GRUB as the only unprivileged domain: prompt, echo, halt, power-off."""
    name = "grub-prompt" if emulator == "qemu" else "grub-prompt-" + emulator
    the_boot = boot.Boot(name, [(boot.KEEPER, ""), (boot.GRUB_GUEST, "domain=grub")],
                         "qemu-exit", emulator, limit=SCENE_LIMIT)
    missing = the_boot.missing()
    if missing:
        results.failed(name, "not built: " + ", ".join(missing))
        return
    problem = ""
    with the_boot.start() as machine:
        try:
            machine.expect(r"^\(d1\) .*grub>", 200)
            word = new_word()
            machine.type("echo %s\n" % word)
            machine.expect(r"^\(d1\) %s$" % word, 60)
            machine.type("halt\n")
            machine.wait_end(60)
            if not machine.powered_off():
                problem = "did not power off: " + machine.why_ended()
        except emu.ConsoleError as error:
            problem = "%s; last lines:\n    %s" % (
                error, "\n    ".join(machine.text.splitlines()[-5:]))
    results.check(name, problem)


def scene(results, emulator):
    """`make run HEADLESS=1`, as a test."""
    name = "run-" + emulator
    environment = dict(os.environ, EMU=emulator, HEADLESS="1", RUN_NAME="test-run-" + emulator)
    try:
        done = subprocess.run(["python3", "test/host/run.py"], cwd=emu.ROOT, text=True,
                              env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              stderr=subprocess.STDOUT, timeout=SCENE_LIMIT + 60)
    except subprocess.TimeoutExpired:
        results.failed(name, "not done within %d s" % SCENE_LIMIT)
        return
    if done.returncode:
        results.note("\n".join(done.stdout.splitlines()[-40:]))
    results.check(name, "exit status %d" % done.returncode if done.returncode else "")


def run(results):
    grub_prompt(results, "qemu")
    scene(results, "qemu")
