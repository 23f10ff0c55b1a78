# SPDX-License-Identifier: MIT
"""`make run`: boots the scene of several guests from an ISO with GRUB2.

In a terminal the scene is interactive. Without one, or with HEADLESS=1, this
script plays the user: it types on COM1 and waits for what comes back, prints
the console as it goes, and ends with status 0 if everything came.

Environment: EMU (bochs, qemu), HEADLESS, SCENE, RUN_NAME (of log files).
"""

import os
import re
import secrets
import sys
import termios
import time
import tty

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import boot
import debian
import emu
from boot import Boot

HEADLESS_LIMIT = 290        # seconds; 300 are promised
CONSOLE_SWITCH = "\x01\x01\x01"
LEAVE_KEY = b"\x1d"         # Ctrl-]

SCENES = {
    # The initial domain d0 comes first; the others are d1, d2, … in this order.
    "default": [
        (boot.KEEPER, ""),
        (boot.PVOPS_GUEST, "domain=alpha,mem=32M name=alpha"),
        (boot.PVOPS_GUEST, "domain=beta,mem=32M name=beta"),
        (boot.GRUB_GUEST, "domain=grub"),
    ],
}
SCENES["teaching"] = SCENES["default"]
# What `default` is on a machine that is wide enough for stock Linux.
STOCK_SCENES = {"qemu": "debian", "bochs": "cloud"}

ALPHA, BETA, GRUB = "d1", "d2", "d3"
PROMPTS = {ALPHA: r"alpha\$ ", BETA: r"beta\$ ", GRUB: r".*grub> ?"}


class Scene:
    """The scripted user of a running scene."""

    def __init__(self, machine):
        self.machine = machine
        self.focused = None     # known once keeper has said it

    def say(self, text):
        print("-- " + text, flush=True)

    def hear_focus(self):
        """keeper says who gets the input, each time that it changes."""
        self.focused = self.machine.expect(r"^\(d0\) input to (\w+)\n", 30)[1]

    def focus(self, dom):
        """Presses Ctrl-a three times until the input goes to this domain."""
        for _ in range(8):
            if self.focused == dom:
                return
            self.machine.type(CONSOLE_SWITCH)
            self.hear_focus()
        raise emu.ConsoleError("the input focus never reached " + dom)

    def ask(self, dom, command, answer, limit=60):
        """Types a command to a domain; its answer must be a line of its own."""
        self.focus(dom)
        self.machine.type(command + "\n")
        self.machine.expect(r"^\(%s\) %s" % (dom, answer), limit)
        # A background process may have the last word on the prompt's line.
        self.machine.expect(r"^\(%s\) %s(?:spin: .*)?$" % (dom, PROMPTS[dom]), limit)

    def echo(self, dom):
        """A word nobody could know comes back from the right domain."""
        word = "w" + secrets.token_hex(4)
        self.ask(dom, "echo " + word, word + r" ?$")

    def play(self):
        self.say("waiting for three prompts")
        for dom, prompt in PROMPTS.items():
            self.machine.expect(r"^\(%s\) %s$" % (dom, prompt), 200, from_start=True)
        self.say("each guest answers with a fresh word")
        for dom in ALPHA, BETA, GRUB:
            self.echo(dom)
        self.say("the guests take turns")
        self.take_turns()
        self.say("beta is killed by its own fault; the others go on")
        self.crash(BETA)
        for dom in ALPHA, GRUB:
            self.echo(dom)
        self.say("the others leave, and the machine powers off")
        self.focus(ALPHA)
        self.machine.type("exit\n")
        self.hear_focus()
        self.focus(GRUB)
        self.machine.type("halt\n")
        self.machine.wait_end(60)
        if not self.machine.powered_off():
            raise emu.ConsoleError("no power-off: " + self.machine.why_ended())
        self.check_lines()

    def check_lines(self):
        """Every line says whose it is, and none carries escape sequences."""
        for line in self.machine.lines():
            if line and not re.match(r"\((ringlet|d\d+)\)", line):
                raise emu.ConsoleError("a line that is nobody's: " + repr(line))
            if "\x1b" in line:
                raise emu.ConsoleError("an escape sequence: " + repr(line))
        problem = boot.lost_frames(self.machine.text)
        if problem:
            raise emu.ConsoleError(problem)
        if len(re.findall(r" is gone: ", self.machine.text)) < len(PROMPTS):
            raise emu.ConsoleError("not every domain's memory was accounted for")

    def take_turns(self):
        """Two guests want the whole CPU; both get on, and still answer."""
        for dom in ALPHA, BETA:
            # What is typed before the next prompt would be answered on its line.
            self.ask(dom, "spin 4", r"\[\d+\]")
        for dom in ALPHA, BETA, GRUB:
            self.echo(dom)
        for dom in ALPHA, BETA:
            self.machine.expect(r"^\(%s\) (?:%s)?spin: 4 s over, [1-9]" % (dom, PROMPTS[dom]), 100,
                                from_start=True)
        for dom in ALPHA, BETA:
            self.ask(dom, "ticks", r"[1-9]\d* ticks, .*kernel in ring %d" % boot.KERNEL_RING)

    def crash(self, dom):
        self.focus(dom)
        self.machine.type("fault kernel\n")
        self.machine.expect(r"^\(ringlet\) %s crashed: " % dom, 60)
        self.hear_focus()


def headless(the_boot, user):
    started = time.monotonic()

    def echo(line):
        print("".join(c for c in line if c >= " " or c == "\t"), flush=True)

    with the_boot.start(echo=echo, iso=os.path.join(boot.OUT, the_boot.name + ".iso")) as machine:
        try:
            user(machine).play()
        except (emu.ConsoleError, debian.Wrong) as error:
            machine.close()
            print("-- FAILED after %d s: %s" % (time.monotonic() - started, error))
            print("-- console: %s" % os.path.relpath(machine.log_path, emu.ROOT))
            return 1
    print("-- done in %d s" % (time.monotonic() - started))
    return 0


def interactive(the_boot):
    print("Console of every guest, COM1 of the machine. Input goes to one guest at a time:\n"
          "  Ctrl-a three times   moves the input to the next guest, and says to which\n"
          "  Ctrl-]               leaves, and switches the machine off\n"
          "The machine powers off by itself when every guest has left (`exit`, GRUB: `halt`).\n",
          flush=True)
    saved = termios.tcgetattr(0)
    with the_boot.start(iso=os.path.join(boot.OUT, the_boot.name + ".iso")) as machine:
        try:
            tty.setraw(0)
            machine.bridge(0, 1, LEAVE_KEY)
        finally:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)
            print()
    return 0


def find_scene(emulator, scripted):
    """The machine of the scene that is asked for, and the class of its scripted user."""
    name = os.environ.get("RUN_NAME") or "run"
    scene = os.environ.get("SCENE") or "default"
    if scene == "default" and boot.ARCH == "x86_64":
        scene = STOCK_SCENES[emulator]
    if scene == "debian":
        return debian.run_boot(name, emulator, fresh=scripted), debian.Scene
    if scene == "cloud":
        return debian.cloud_boot(name, emulator), debian.CloudScene
    if scene not in SCENES:
        sys.exit("run: no scene `%s`; there are: debian cloud %s" % (scene, " ".join(SCENES)))
    return Boot(name, SCENES[scene], emulator=emulator, cpu=boot.SSE2_CPU[emulator],
                how="multiboot2", limit=HEADLESS_LIMIT), Scene


def main():
    emulator = os.environ.get("EMU") or "bochs"
    if emulator not in ("bochs", "qemu"):
        sys.exit("run: EMU is bochs or qemu")
    emu.exit_on_signals()
    scripted = (os.environ.get("HEADLESS", "") not in ("", "0")
                or not os.isatty(0) or not os.isatty(1))
    the_boot, user = find_scene(emulator, scripted)
    missing = the_boot.missing()
    if missing:
        sys.exit("run: not built: " + ", ".join(missing))
    if scripted:
        return headless(the_boot, user)
    the_boot.limit = float("inf")
    the_boot.realtime = True
    return interactive(the_boot)


if __name__ == "__main__":
    sys.exit(main())
