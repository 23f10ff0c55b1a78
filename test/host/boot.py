# SPDX-License-Identifier: MIT
"""A boot, described: monitor options, modules, machine. Used by every test
that starts a machine, and by `make run`."""

import dataclasses
import os
import re
import subprocess

import emu

ARCH = os.environ.get("ARCH") or "x86_32"
OUT = os.path.join("build", ARCH)
MONITOR = os.path.join(OUT, "ringlet")
KEEPER = os.path.join(OUT, "keeper")
PVOPS_GUEST = os.path.join(OUT, "pvops-guest")
GRUB_GUEST = "/usr/lib/grub-xen/grub-%s-xen.bin" % ("i386" if ARCH == "x86_32" else ARCH)
# Neither has VT-x or SVM; the 64-bit ones have NX.
CPU = {"x86_32": {"qemu": "pentium3", "bochs": "p3_katmai"},
       "x86_64": {"qemu": "Opteron_G1", "bochs": "athlon64_clawhammer"}}[ARCH]
# Where a guest's kernel runs.
KERNEL_RING = {"x86_32": 1, "x86_64": 3}[ARCH]
SUFFIX = {"x86_32": "", "x86_64": "-64"}[ARCH]      # of the names of machines
# With SSE2, whose MFENCE GRUB's guest executes all the time: without it each is a trap
# that the monitor serves (the grub-prompt tests). Neither has NX or VT-x. In 64 bits all have it.
SSE2_CPU = {"bochs": "p4_willamette", "qemu": "pentium3,+sse2"} if ARCH == "x86_32" else CPU


@dataclasses.dataclass
class Boot:
    """What to boot, and on what. Modules are (path, arguments) pairs."""

    name: str
    modules: list
    options: str = ""
    emulator: str = "qemu"
    memory: int = 256
    cpu: str = ""
    how: str = ""           # "direct", "multiboot1" or "multiboot2"; "" picks the quickest
    limit: int = 120
    args: tuple = ()        # further emulator arguments
    drive: str = ""         # image of an ATA drive, hda
    kernel: str = MONITOR
    realtime: bool = False  # for people; tests count instructions instead

    def __post_init__(self):
        self.name += SUFFIX
        self.cpu = self.cpu or CPU[self.emulator]

    def missing(self):
        """The files that this boot needs and that are not there."""
        wanted = [self.kernel] + [path for path, _ in self.modules]
        if self._protocol() != "direct":
            wanted.append("boot/mkiso")
        return [path for path in wanted if not os.path.exists(os.path.join(emu.ROOT, path))]

    def _protocol(self):
        return self.how or ("direct" if self.emulator == "qemu" else "multiboot2")

    def make_iso(self, path):
        command = ["boot/mkiso", "-o", path, "-k", self.kernel, "-c", self.options]
        if self._protocol() == "multiboot1":
            command.append("--multiboot1")
        for module, args in self.modules:
            command += ["-m", ("%s %s" % (module, args)).strip()]
        done = subprocess.run(command, cwd=emu.ROOT, capture_output=True, text=True)
        if done.returncode:
            raise emu.ConsoleError("boot/mkiso failed: " + (done.stderr or done.stdout).strip())

    def start(self, echo=None, iso=None, machine=None, **kw):
        """Starts the machine; iso names the image to write, if one is used; machine
        makes it of the name and arguments, if it isn't to be an ordinary one."""
        kw["cpu"] = self.cpu
        if self.emulator == "qemu":
            drive = ("-drive", "file=%s,format=raw,if=ide,index=0" % self.drive)
            # A drive answers in the host's time, so time by instructions must not run away
            # while all wait for it.
            icount = "shift=0,sleep=on" if self.drive else "shift=0,sleep=off"
            kw.update(args=self.args + (drive if self.drive else ()),
                      icount="" if self.realtime else icount, arch=ARCH)
        else:
            kw.update(options=self.args, sync="slowdown" if self.realtime else "none")
        kw.update(memory=self.memory, limit=self.limit, echo=echo)
        if self._protocol() == "direct":
            initrd = ",".join(("%s %s" % (path, args.replace(",", ",,"))).strip()
                              for path, args in self.modules)
            return emu.Qemu(self.name, kernel=self.kernel, append=self.options, initrd=initrd, **kw)
        iso = iso or os.path.join(OUT, "iso", self.name + ".iso")
        os.makedirs(os.path.join(emu.ROOT, os.path.dirname(iso)), exist_ok=True)
        self.make_iso(iso)
        if self.drive and self.emulator == "bochs":
            kw["options"] += bochs_drive(self.drive, iso)
        if machine:
            return machine(self.name, iso=iso, **kw)
        return emu.start(self.emulator, self.name, iso=iso, **kw)


def bochs_drive(drive, iso):
    """Options: the drive is hda, and what is booted moves to the second channel."""
    return ("ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15",
            "ata0-master: type=disk, path=%s, mode=flat" % os.path.abspath(drive),
            "ata1-master: type=cdrom, path=%s, status=inserted" % os.path.abspath(iso))


def lost_frames(text):
    """A sentence if a domain's end did not give all its frames back, else ""."""
    for line, before, after in re.findall(r"^(.* is gone: (\d+) frames.*, (\d+) after)$",
                                          text, re.M):
        if before != after:
            return "frames were lost: " + line
    return ""
