# SPDX-License-Identifier: MIT
"""Debian systems as guests, each on a disk of its own: what `make run` shows in 64 bits,
and what their userland is made to do."""

import os
import secrets
import struct

import boot
import emu
import stock
from stock import Wrong, check
from typist import Typist

ALPHA, BETA = "alpha", "beta"
# Of each its own. The monitor unpacks cloud's in a tenth of the time, so alpha reboots.
FLAVOUR = {ALPHA: "cloud", BETA: "amd64"}
ROOT_WORDS = "root=/dev/xvda rw quiet"
SECTOR = 512
FIRST_SECTOR = 2048         # of the first partition: 1 MiB, as everybody does it
LINUX_PARTITION = 0x83
LOGIN_LIMIT = 280
RUN_LIMIT = 290            # seconds; 300 are promised


# ---- disks ---------------------------------------------------------------------

def copy_sparse(source, out, at):
    """Copies a file into an open one at an offset, its holes and zeroes left out."""
    chunk = 1 << 20
    zeroes = bytes(chunk)
    with open(source, "rb") as f:
        while True:
            data = f.read(chunk)
            if not data:
                return
            if data != zeroes[:len(data)]:
                out.seek(at)
                out.write(data)
            at += len(data)


def make_disk(path, roots):
    """A disk with a partition for each root image."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    table, at = b"", FIRST_SECTOR
    with open(path + ".part", "wb") as out:
        for root in roots:
            sectors = os.path.getsize(root) // SECTOR
            table += struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", LINUX_PARTITION,
                                 b"\xfe\xff\xff", at, sectors)
            copy_sparse(root, out, at * SECTOR)
            at += sectors
        out.truncate(at * SECTOR)
        out.seek(446)
        out.write(table.ljust(64, b"\0") + b"\x55\xaa")
    os.replace(path + ".part", path)


def modules(sources, words=ROOT_WORDS, mem=192):
    """keeper and the two systems, whose disks are these drives or partitions."""
    found = [(boot.KEEPER, " ".join("disk=%s,xvda,phy:%s" % (name, source)
                                    for name, source in zip((ALPHA, BETA), sources)))]
    for name in ALPHA, BETA:
        found += stock.guest(FLAVOUR[name], name, words, mem=mem, ramdisk="root.img")
    return found


def run_boot(name, emulator, fresh):
    """The machine of `make run`: one ATA disk, with a partition for each system, which
    keeps what is written to it unless it is to be a fresh one."""
    disk = os.path.join(emu.ROOT, boot.OUT, name + ".disk")
    root = os.path.join(emu.ROOT, stock.path("login.img"))
    if fresh and os.path.exists(disk):
        os.unlink(disk)
    if os.path.exists(root) and not os.path.exists(disk):
        make_disk(disk, [root, root])
    return boot.Boot(name, modules(["hda1", "hda2"]), emulator=emulator, how="multiboot2",
                     memory=640, limit=RUN_LIMIT, drive=disk)


def cloud_boot(name, emulator):
    """One small guest: the kernel that a machine of few instructions a second boots soonest."""
    found = [(boot.KEEPER, "")] + stock.guest("cloud", "cloud", "quiet", mem=80)
    return boot.Boot(name, found, emulator=emulator, how="multiboot2", memory=192,
                     limit=RUN_LIMIT)


# ---- what a user does ------------------------------------------------------------

def log_in(typist, dom, name, limit=LOGIN_LIMIT):
    """Waits for the login, and leaves a plain shell that is waiting."""
    machine = typist.machine
    machine.expect(r"^\(%s\) %s login: " % (dom, name), limit, from_start=True)
    typist.focus(dom)
    machine.type("root\n")
    machine.expect(r"^\(%s\) root@%s:~# " % (dom, name), 60)
    machine.type("exec sh\n")
    machine.expect(r"^\(%s\) # $" % dom, 60)
    said = typist.run(dom, "hostname")
    check(said == [name], "the host name of %s is %s" % (name, said))


def leave(typist, dom):
    typist.focus(dom)
    typist.machine.type("poweroff\n")
    typist.wait_ended(dom, "poweroff", 120)


class Scene:
    """The scripted user of `make run`: two systems, side by side."""

    def __init__(self, machine):
        self.machine = machine
        self.typist = Typist(machine)

    def say(self, text):
        print("-- " + text, flush=True)

    def play(self):
        typist = self.typist
        words = {}
        self.say("waiting for two logins")
        for dom, name in ("d1", ALPHA), ("d2", BETA):
            log_in(typist, dom, name)
        self.say("each system answers with a fresh word, and keeps one on its own disk")
        for dom in "d1", "d2":
            typist.echo(dom)
            words[dom] = secrets.token_hex(8)
            typist.run(dom, "echo %s >/root/word; sync" % words[dom])
        for dom in words:
            said = typist.run(dom, "cat /root/word; findmnt -no SOURCE /")
            check(said == [words[dom], "/dev/xvda"], "%s has %s on its disk" % (dom, said))
        self.say("alpha reboots; its file is still there")
        typist.focus("d1")
        self.machine.type("reboot\n")
        log_in(typist, "d3", ALPHA)
        said = typist.run("d3", "cat /root/word")
        check(said == [words["d1"]], "the file survived as %s" % said)
        typist.echo("d2")
        self.say("both power off, and the machine does")
        for dom in "d2", "d3":
            leave(typist, dom)
        self.machine.wait_end(60)
        check(self.machine.powered_off(), "no power-off: " + self.machine.why_ended())
        problem = boot.lost_frames(self.machine.text)
        check(not problem, problem)


class CloudScene(Scene):
    """The scripted user of the small scene."""

    def play(self):
        self.say("waiting for the shell")
        stock.ready("d1", self.typist, "cloud")
        self.typist.echo("d1")
        self.say("it leaves, and the machine powers off")
        self.machine.type("exit\n")
        self.machine.wait_end(60)
        check(self.machine.powered_off(), "no power-off: " + self.machine.why_ended())
