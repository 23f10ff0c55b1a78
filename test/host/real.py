# SPDX-License-Identifier: MIT
"""The real layer: whole kernels, typed at. GRUB's own i386 PV guest from
Debian's package, our teaching kernel bare and as the initial domain, and the
scene of `make run`."""

import concurrent.futures
import os
import secrets
import subprocess

import boot
import debug_test
import emu
import images
import keys_test
import nmi_test
import pvgrub
import stock
import stock_table
import trace_test
import userland

SCENE_LIMIT = 300       # seconds; what `make run HEADLESS=1` promises


def new_word():
    """A word that no guest can know beforehand."""
    return "word" + secrets.token_hex(4)


def session(results, the_boot, play):
    """Boots, lets play(machine) type and wait, and expects a power-off."""
    if the_boot.emulator != "qemu":
        the_boot.name += "-" + the_boot.emulator
    missing = the_boot.missing()
    if missing:
        results.failed(the_boot.name, "not built: " + ", ".join(missing))
        return
    problem = ""
    with the_boot.start() as machine:
        try:
            play(machine)
            machine.wait_end(60)
            if not machine.powered_off():
                problem = "did not power off: " + machine.why_ended()
            problem = problem or boot.lost_frames(machine.text)
        except emu.ConsoleError as error:
            problem = "%s; last lines:\n    %s" % (
                error, "\n    ".join(machine.text.splitlines()[-5:]))
    results.check(the_boot.name, problem)


def grub_prompt(results, emulator):
    """GRUB as the only unprivileged domain: prompt, echo, halt."""
    def play(machine):
        machine.expect(r"^\(d1\) .*grub>", 200)
        word = new_word()
        machine.type("echo %s\n" % word)
        machine.expect(r"^\(d1\) %s$" % word, 60)
        machine.type("halt\n")

    modules = [(boot.KEEPER, ""), (boot.GRUB_GUEST, "domain=grub")]
    # On a Pentium III: its MFENCE is the monitor's to serve there.
    session(results, boot.Boot("grub-prompt", modules, emulator=emulator, limit=SCENE_LIMIT), play)


def grub_disks(results, emulator):
    """GRUB's own block front end: two disks from modules, a file on each."""
    words = [new_word(), new_word()]

    def play(machine):
        machine.expect(r"^\(d1\) .*grub>", 200)
        machine.type("ls\n")
        machine.expect(r"\(xen/xvda\).*\(xen/xvdb\)", 60)
        machine.type("ls (xen/xvda)/\n")
        machine.expect(r"^\(d1\) file-a ", 60)
        for disk, word in zip("ab", words):
            machine.type("cat (xen/xvd%s)/file-%s\n" % (disk, disk))
            machine.expect(word, 60)
        machine.type("halt\n")

    modules = [(boot.KEEPER, ""), (boot.GRUB_GUEST, "domain=grub")]
    for disk, word in zip("ab", words):
        path = images.make_fat("grub-%s.img" % disk, {"file-" + disk: word + "\n"})
        modules.append((path, "disk=grub,xvd%s%s" % (disk, ",ro" if disk == "b" else "")))
    session(results, boot.Boot("grub-disks", modules, emulator=emulator, limit=SCENE_LIMIT), play)


def drive_persists(results, emulator):
    """What a guest wrote to an ATA drive's partition is there in the machine's next life."""
    name = "disk-partition"
    drive = images.make_drive("persists-%s.img" % emulator)
    disks = " ".join("disk=%s,%s" % (name, words) for words in
                     ("xvda,phy:hda1", "xvdb,phy:hda2,ro", "xvdc,phy:hda3"))
    modules = [(boot.KEEPER, disks),
               (os.path.join(boot.OUT, "test", name), "domain=%s,mem=16M" % name)]
    for life in (1, 2):
        def play(machine):
            machine.expect(r"boot number %d of this drive$" % life, 200)
            machine.expect(r"TEST %s: SUCCESS" % name, 60)
        session(results, boot.Boot("drive-persists-%d" % life, modules, "guest_debugcon", emulator,
                                   drive=drive, limit=SCENE_LIMIT), play)


def shell(prefix, name, ring):
    """What the teaching kernel's shell has to do, wherever it runs."""
    def play(machine):
        prompt = r"%s\$ " % name
        machine.expect("^%s%s$" % (prefix, prompt), 100)
        word = new_word()
        for command, answer in (("echo " + word, word),
                                ("ticks", r".*, kernel in ring %d" % ring),
                                ("hello", r".*ring 3"),
                                ("fault null", r"pid \d+ \(fault\) killed: page fault"),
                                ("fault priv", r"pid \d+ \(fault\) killed: general protection"),
                                ("touch 20", r".*\b20\b"),
                                ("thread", r"thread: 0 looks were wrong"),
                                ("spin 1", r"spin: 1 s over, [1-9]")):
            machine.type(command + "\n")
            machine.expect("^%s(?:%s)?%s" % (prefix, prompt, answer), 60)
            if not command.startswith("spin"):
                machine.expect("^%s%s$" % (prefix, prompt), 60)
        machine.type("exit\n")
    return play


def bare_kernel(results, emulator):
    """The teaching kernel without a monitor, in ring 0: by each loader that it knows."""
    for name, how in (("pvops-bare", "" if emulator == "qemu" else "multiboot1"),
                      ("pvops-bare-multiboot2", "multiboot2")):
        session(results, boot.Boot(name, [], "name=bare", emulator, how=how,
                                   kernel=boot.PVOPS_GUEST), shell("", "bare", 0))


def first_kernel(results, emulator):
    """The same binary as the initial domain: in ring 1, or in 64 bits in ring 3."""
    session(results, boot.Boot("pvops-first", [(boot.PVOPS_GUEST, "name=first")], "", emulator),
            shell("", "first", boot.KERNEL_RING))


def reboot(results, emulator):
    """A lone guest that reboots comes back with the keyboard; one that crashes says so."""
    def play(machine):
        machine.expect(r"^\(d1\) alpha\$ $", 100)
        machine.type("reboot\n")
        machine.expect(r"^\(d2\) alpha\$ $", 100)
        word = new_word()
        machine.type("echo %s\n" % word)
        machine.expect(r"^\(d2\) %s$" % word, 60)
        machine.type("crash\n")
        machine.expect(r"^\(ringlet\) d2 crashed: ", 60)

    modules = [(boot.KEEPER, ""), (boot.PVOPS_GUEST, "domain=alpha,mem=32M name=alpha")]
    session(results, boot.Boot("pvops-reboot", modules, emulator=emulator, limit=SCENE_LIMIT), play)


def screen_and_keyboard(results):
    """The VGA text screen shows what COM1 shows, and the keyboard types too."""
    def play(machine):
        machine.expect_vga(r"^\(d1\) alpha\$", 100)
        word = new_word()
        machine.press("echo %s\n" % word)
        machine.expect_vga(r"^\(d1\) %s$" % word, 60)
        machine.expect(r"^\(d1\) %s$" % word, 60)
        machine.press("exit\n")

    modules = [(boot.KEEPER, ""), (boot.PVOPS_GUEST, "domain=alpha,mem=32M name=alpha")]
    session(results, boot.Boot("screen-and-keyboard", modules), play)


def scene(results, emulator, which="default"):
    """`make run HEADLESS=1`, as a test."""
    name = "-".join(["run", emulator] + [which] * (which != "default"))
    environment = dict(os.environ, EMU=emulator, HEADLESS="1", SCENE=which,
                       RUN_NAME="test-" + name)
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


def make_stock(results, *what):
    """Makes what the stock guests' boots need, if it isn't there."""
    done = subprocess.run(["make", "ARCH=" + boot.ARCH] + list(what), cwd=emu.ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        results.note("\n".join(done.stdout.splitlines()[-30:]))
        results.failed("stock-images", "make %s failed" % " ".join(what))


def stock_guests(results):
    """What Debian ships: its kernels, its GRUB, its systems."""
    make_stock(results, "stock-kernels", "stock-roots")

    def others():
        stock.run(results)
        pvgrub.run(results)
        scene(results, "qemu")

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(others), pool.submit(userland.run, results)]:
            future.result()


def run(results):
    bare_kernel(results, "qemu")
    first_kernel(results, "qemu")
    reboot(results, "qemu")
    screen_and_keyboard(results)
    grub_prompt(results, "qemu")
    grub_disks(results, "qemu")
    drive_persists(results, "qemu")
    scene(results, "qemu", "teaching")
    if boot.ARCH == "x86_64":
        stock_guests(results)
    trace_test.booted(results)
    trace_test.small_ring(results)
    keys_test.run(results)
    nmi_test.run(results)
    debug_test.run(results)
    stock_table.check(results)
