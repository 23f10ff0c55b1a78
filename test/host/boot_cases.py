# SPDX-License-Identifier: MIT
"""Boots that are about booting: machines too old, too small, large; each
loader; no module, and modules that are not what they should be.

A case lists what its console must say, and ends when all of it was said, or
when the machine does (`powers_off`).
"""

import concurrent.futures
import dataclasses
import os
import re
import struct
import subprocess

import boot
import emu

KEEPER = (boot.KEEPER, "")
# Any one guest that has printed anything: the scene has come to life.
GUEST_TALKS = r"^\(d[1-9]\d*\) \S"
BAD_FILES = os.path.join(boot.OUT, "bad-modules")


@dataclasses.dataclass
class Case:
    """One boot and the lines, in any order, that it must print."""

    boot: boot.Boot
    wanted: list
    unwanted: tuple = (r"panic", r"BUG")
    powers_off: bool = False
    resets: bool = False    # ends by a reset, which ends QEMU
    on_screen: bool = False     # the same lines must be on the VGA text screen (QEMU)
    only: tuple = ("qemu",)
    inspect: object = None      # asked of the machine at the end: "" or what is wrong


def guest(name, more=""):
    return (boot.PVOPS_GUEST, "domain=%s,mem=32M%s" % (name, more))


def write_bad_modules():
    """Files that are no kernels, made from good ones: {what: path}."""
    folder = os.path.join(emu.ROOT, BAD_FILES)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(emu.ROOT, boot.PVOPS_GUEST), "rb") as f:
        good = f.read()
    # e_machine is at 18, e_phoff at 28, e_phnum at 44 of an ELF32 header.
    files = {
        "text": b"This is no kernel.\n" * 40,
        "tiny": good[:20],
        "truncated": good[:len(good) // 2],
        "machine": good[:18] + b"\x3e\x00" + good[20:],
        "phoff": good[:28] + b"\xf0\xff\xff\xff" + good[32:],
        "phnum": good[:44] + b"\xff\xff" + good[46:],
        "bzimage": bytes(0x1fe) + b"\x55\xaa\xeb\x66HdrS" + bytes(4096),
    }
    return write_files(files)


def write_files(files):
    paths = {}
    for what, data in files.items():
        paths[what] = os.path.join(BAD_FILES, what)
        with open(os.path.join(emu.ROOT, paths[what]), "wb") as f:
            f.write(data)
    return paths


# How kernels are packed, and whether Linux's length stands behind them in a bzImage.
PACKERS = {"gzip": (["gzip", "-9n"], False), "xz": (["xz", "-c"], True),
           "xz-linux": (["xz", "--check=crc32", "--x86", "--lzma2=preset=6,dict=128MiB"], True),
           "lz4": (["lz4", "-l", "-c"], True), "zstd": (["zstd", "-q", "-c"], True)}


def bzimage(payload):
    """A Linux kernel's file, as far as who unpacks it looks (boot protocol 2.08)."""
    head = bytearray(1024)
    head[0x1f1] = 1
    struct.pack_into("<H", head, 0x1fe, 0xaa55)
    struct.pack_into("<4sH", head, 0x202, b"HdrS", 0x208)
    struct.pack_into("<II", head, 0x248, 0, len(payload))
    return bytes(head) + payload + bytes(64)


def write_packed_modules():
    """The teaching kernel, compressed: ({name: path} of good ones, and of bad ones)."""
    os.makedirs(os.path.join(emu.ROOT, BAD_FILES), exist_ok=True)
    with open(os.path.join(emu.ROOT, boot.PVOPS_GUEST), "rb") as f:
        kernel = f.read()
    good, bad = {}, {}
    for name, (command, sized) in PACKERS.items():
        data = subprocess.run(command, input=kernel, stdout=subprocess.PIPE, check=True).stdout
        good["bare-" + name] = data
        good["bz-" + name] = bzimage(data + struct.pack("<I", len(kernel)) * sized)
        half = len(data) // 2
        if name != "lz4":   # it has no check sum
            bad["flipped-" + name] = data[:half] + bytes([data[half] ^ 16]) + data[half + 1:]
        bad["cut-" + name] = bzimage(data)[:half]
        bad["long-" + name] = data + struct.pack("<I", len(kernel) + 1)
    # Unpacks to far more than its domain has.
    bad["bomb"] = subprocess.run(["xz", "-c", "-0"], input=kernel + bytes(48 << 20),
                                 stdout=subprocess.PIPE, check=True).stdout
    return write_files(good), write_files(bad)


def packed():
    """Compressed kernels beside damaged ones: each of these is refused alone."""
    good, bad = write_packed_modules()
    modules = [KEEPER] + [(path, "domain=%s,mem=8M" % name)
                          for name, path in list(bad.items()) + list(good.items())]
    started = len(good)
    return Case(boot.Boot("boot-packed", modules, memory=256),
                [r"\bdomain %s is refused: compressed kernel image: .*" % name for name in bad
                 if not name.startswith("cut-")]
                + [r"\bdomain cut-%s is refused: bzImage whose payload lies outside" % name
                   for name in PACKERS]
                + [r"^\(ringlet\) d%d \(\S+\): 8 MB" % started]
                + [r"^\(ringlet\) d\d+ \(%s\): 8 MB" % name for name in good]
                + [r"^\(d%d\) type help" % d for d in range(1, started + 1)],
                only=("qemu", "bochs"))



def packed_reboot():
    """A compressed kernel is unpacked for each life, and every frame comes back."""
    path = os.path.join(boot.OUT, "test", "reboot-from-modules")
    if os.path.exists(os.path.join(emu.ROOT, path)):    # else it is reported as missing
        with open(os.path.join(emu.ROOT, path), "rb") as f:
            data = subprocess.run(["xz", "-c"], input=f.read(), stdout=subprocess.PIPE,
                                  check=True).stdout
        path = write_files({"packed-reboot": data})["packed-reboot"]
    return Case(boot.Boot("boot-packed-reboot",
                          [KEEPER, (path, "domain=again,mem=16M some words"),
                           ("hv/mm/frame.c", "ramdisk=again"), guest("alpha")]),
                [r"^\(ringlet\) d%d \(again\) is gone: (\d+) frames for guests before its life, "
                 r"\1 after" % d for d in (1, 3, 4, 5)]
                + [r"^\(ringlet\) module 2: its domain reboots too often"])


def test_guest(claim, args):
    return (os.path.join(boot.OUT, "test", claim), args)


def initial_crash(name, options, last, **kw):
    """The initial domain crashes, and the monitor does what it was told to do then."""
    return Case(boot.Boot(name, [test_guest("crash-report", "")], options, realtime=True, limit=60),
                [r"^\(ringlet\) d0 crashed: ",
                 r"^\(ringlet\) the initial domain has shut down: crash\n" + last], **kw)


def on_klamath():
    """No FXSAVE, and a SEP that doesn't work: these guests notice both."""
    claims = ["fpu-state", "fpu-clean-start", "system-call-instructions"]
    return Case(boot.Boot("boot-klamath-fpu",
                          [KEEPER] + [test_guest(c, "domain=%s,mem=16M" % c) for c in claims],
                          options="guest_debugcon", emulator="bochs", cpu="p2_klamath", limit=240),
                [r"\bTEST %s: SUCCESS" % claim for claim in claims], powers_off=True,
                only=("bochs",))


def too_old(cpu, what=""):
    return Case(boot.Boot("boot-cpu-" + cpu, [KEEPER], cpu=cpu, limit=30),
                [r"^\(ringlet\) this CPU .*" + what], on_screen=True)


def wide_cases(scene):
    """What only a 64-bit machine has: or hasn't, like NX."""
    yield too_old("pentium3", "no long mode")
    yield Case(boot.Boot("boot-no-nx", scene, cpu="Opteron_G1,nx=off"), [GUEST_TALKS])
    yield Case(boot.Boot("boot-kvm64", scene, cpu="kvm64"), [GUEST_TALKS])
    # As much as is promised; frames are handed out from the top. Nobody touches it all.
    backend = "memory-backend-ram,reserve=off,size=64G,id=ram"
    yield Case(boot.Boot("boot-64G", scene, memory=65536,
                         args=("-object", backend, "-machine", "memory-backend=ram")),
               [r"^\(ringlet\) memory: 65535 MB", GUEST_TALKS])
    yield Case(boot.Boot("boot-mappings", scene), [GUEST_TALKS], inspect=check_mappings)


def check_mappings(machine):
    """What the CPU lets rings 0 and 3 do with the monitor's part of the addresses,
    root slots 256 to 271: a sentence if that is too much."""
    tlb = machine.command("info tlb").splitlines()
    entries = [line.split() for line in tlb if re.match(r"ffff8[0-7]\w{10}: \w+ [-\w]+$", line)]
    if not entries:
        return "no mappings of the monitor's: " + "; ".join(tlb[:3])
    for va, _, flags in entries:
        user, writable, executable = "U" in flags, "W" in flags, "X" not in flags
        if user and (writable or executable or not va.startswith("ffff8000")):
            return "ring 3 may have %s as %s" % (va, flags)
        if executable and (writable or not va.startswith("ffff820000")):
            return "ring 0 may run %s, %s" % (va, flags)
    if not any("U" in flags for _, _, flags in entries):
        return "guests can't read the machine-to-physical table"
    return ""


def cases():
    bad = write_bad_modules()
    scene = [KEEPER, guest("alpha")]
    yield too_old("486")
    yield too_old("pentium")
    if boot.ARCH == "x86_64":
        yield from wide_cases(scene)
    yield Case(boot.Boot("boot-no-module", [], limit=60), [r"^\(ringlet\) .*\bno module"],
               on_screen=True)
    yield Case(boot.Boot("boot-8M", [], memory=8, limit=30), [r"^\(ringlet\) .*memory"],
               on_screen=True)
    yield Case(boot.Boot("boot-64M", [KEEPER, (boot.PVOPS_GUEST, "domain=alpha,mem=16M")],
                         memory=64), [GUEST_TALKS])
    yield Case(boot.Boot("boot-4G", scene, memory=4096), [GUEST_TALKS])
    for protocol in ("multiboot1", "multiboot2"):
        yield Case(boot.Boot("boot-" + protocol, scene, how=protocol), [GUEST_TALKS])
    if boot.ARCH == "x86_32":
        yield Case(boot.Boot("boot-klamath", scene, emulator="bochs", cpu="p2_klamath",
                             limit=240), [GUEST_TALKS], only=("bochs",))
        yield on_klamath()
    yield initial_crash("boot-crash", "", r"\(ringlet\) reset in 5 seconds", resets=True)
    yield initial_crash("boot-crash-noreboot", "noreboot", r"\(ringlet\) halted")
    # The second module is d0's ramdisk if it says nothing else; a later one is nobody's.
    yield Case(boot.Boot("boot-module-words",
                         [KEEPER, (boot.KEEPER, ""), guest("alpha"), (boot.KEEPER, "stray"),
                          guest("zero", ",weight=0"), guest("odd", ",colour=red")]),
               [r"^\(ringlet\) d1 \(alpha\)", GUEST_TALKS, r"^\(ringlet\) .*\bstray\b.*skipped",
                r"^\(ringlet\) .*\bzero\b.*skipped", r"^\(ringlet\) .*\bodd\b.*skipped"])
    yield packed()
    yield packed_reboot()
    yield Case(boot.Boot("boot-bad-modules",
                         [KEEPER] + [(path, "domain=%s,mem=16M" % what)
                                     for what, path in bad.items()]
                         + [guest("alpha"), guest("alpha"), (boot.KEEPER, "ramdisk=nobody"),
                            guest("many", ",vcpus=4000"), guest("huge", ",mem=900G")],
                         options="no-such-option com1=nonsense neither=this"),
               [GUEST_TALKS, r"^\(ringlet\) option 'no-such-option'.* ignored",
                r"^\(ringlet\) option 'com1=nonsense'.* ignored",
                r"^\(ringlet\) option 'neither=this'.* ignored",
                r"^\(ringlet\) .*domain=alpha.*skipped: its name is taken",
                r"\bbzimage is refused: bzImage of a boot protocol before 2.08"]
               + [r"^\(ringlet\) .*\b%s\b" % what for what in bad]
               + [r"^\(ringlet\) .*\bnobody\b", r"^\(ringlet\) .*\bmany\b",
                  r"^\(ringlet\) .*\bhuge\b"])


def run_case(results, case):
    missing = case.boot.missing()
    if missing:
        results.failed(case.boot.name, "not built: " + ", ".join(missing))
        return
    problem = ""
    try:
        with case.boot.start() as machine:
            for pattern in case.wanted:
                machine.expect(pattern, case.boot.limit, from_start=True)
                if case.on_screen:
                    machine.expect_vga(pattern, 20)
            if case.powers_off:
                machine.wait_end(case.boot.limit)
                if not machine.powered_off():
                    problem = "did not power off: " + machine.why_ended()
            if case.resets:
                machine.wait_end(case.boot.limit)
                if machine.powered_off():
                    problem = "powered off, and should have reset"
            if case.inspect:
                problem = case.inspect(machine)
            for pattern in case.unwanted:
                found = re.search("^.*%s.*$" % pattern, machine.text, re.M)
                if found:
                    problem = "unwanted line: " + found[0]
    except emu.ConsoleError as error:
        problem = "%s; last lines:\n    %s" % (
            error, "\n    ".join(machine.text.splitlines()[-5:]))
    results.check(case.boot.name, problem)


def run(results, emulator):
    """Every case that is meant for this emulator."""
    if not os.path.exists(os.path.join(emu.ROOT, boot.PVOPS_GUEST)):
        results.failed("boot", "not built: " + boot.PVOPS_GUEST)
        return
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for future in [pool.submit(run_case, results, case) for case in cases()
                       if emulator in case.only]:
            future.result()
