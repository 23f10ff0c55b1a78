# SPDX-License-Identifier: MIT
"""`make gdb`: gdb on the monitor and its guests, in QEMU.

    make gdb                     stops where the monitor is up and no guest has run
    make gdb STEP=KINDS          and at every stop of step=
    make gdb SCENE=NAME          another scene of `make run`
    make gdb SYMBOLS=vmlinux     further symbols, of a guest's kernel

The machine's console appears in between; gdb's command `type TEXT` types there.
`help ringlet` lists what knows the monitor.

Environment: ARCH, SCENE, STEP, SYMBOLS, GDBFLAGS (as `-batch -ex p-domain`).
"""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import boot
import emu
import run

COMMANDS = os.path.join("test", "host", "gdb", "commands.py")
MODULES = [(boot.KEEPER, ""), (boot.PVOPS_GUEST, "domain=alpha,mem=32M name=alpha"),
           (boot.PVOPS_GUEST, "domain=beta,mem=32M name=beta")]
DEBUG_FILES = "/usr/lib/debug/boot"     # where Debian's -dbg packages put a kernel's symbols


def has_symbols(path):
    """Whether gdb finds more in a file than its addresses."""
    done = subprocess.run(["nm", path], cwd=emu.ROOT, capture_output=True, text=True)
    return done.returncode == 0 and bool(done.stdout.strip())


def symbol_files(modules, further=""):
    """Those of the guests that there are: each guest is linked at addresses of its own."""
    found = []
    for path, _ in modules:
        debug = os.path.join(DEBUG_FILES, os.path.basename(path))
        if os.path.exists(debug):
            path = debug
        if path not in found and has_symbols(path):
            found.append(path)
    return found + further.split()


def gdb_command(socket, guests, flags):
    """gdb, attached to a machine; guests: files with symbols; flags: further words."""
    command = ["gdb", "-q", "-nx"]
    for each in (["set confirm off", "set pagination off", "file %s-syms" % boot.MONITOR]
                 + ["add-symbol-file " + path for path in guests]
                 + ["target remote " + socket, "source " + COMMANDS]):
        command += ["-ex", each]
    return command + flags


class Console(threading.Thread):
    """Shows what the machine says, and types what comes through a pipe."""

    def __init__(self, machine, pipe):
        super().__init__(daemon=True)
        self.machine, self.end = machine, threading.Event()
        self.typed = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)

    def run(self):
        shown = 0
        while not self.end.is_set() and not self.machine.ended():
            self.machine.listen(0.1)
            sys.stdout.write(self.machine.text[shown:])
            sys.stdout.flush()
            shown = len(self.machine.text)
            try:
                self.machine.type(os.read(self.typed, 1000).decode())
            except BlockingIOError:
                pass


def interactive(the_boot, modules, steps):
    with tempfile.TemporaryDirectory() as folder:
        socket, pipe = os.path.join(folder, "gdb"), os.path.join(folder, "type")
        os.mkfifo(pipe)
        the_boot.args = ("-S", "-gdb", "unix:%s,server=on,wait=off" % socket)
        with the_boot.start() as machine:
            console = Console(machine, pipe)
            console.start()
            flags = ["-ex", "tbreak monitor_main", "-ex", "continue"]
            flags += ["-ex", "break step_break"] if steps else []
            flags += shlex.split(os.environ.get("GDBFLAGS", ""))
            # Ctrl-C is for gdb, which stops the machine; it reaches us too.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            done = subprocess.run(
                gdb_command(socket, symbol_files(modules, os.environ.get("SYMBOLS", "")), flags),
                cwd=emu.ROOT, env=dict(os.environ, RINGLET_TYPE=pipe),
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
            console.end.set()
            console.join()
    return done.returncode


def main():
    emu.exit_on_signals()
    scene, steps = os.environ.get("SCENE"), os.environ.get("STEP")
    if scene and scene not in run.SCENES:
        sys.exit("gdb: no scene `%s`; there are: %s" % (scene, " ".join(run.SCENES)))
    modules = run.SCENES[scene] if scene else MODULES
    options = "guest_debugcon trace=all" + (" step=" + steps if steps else "")
    the_boot = boot.Boot("gdb", modules, options, limit=float("inf"), realtime=True)
    missing = the_boot.missing()
    if missing:
        sys.exit("gdb: not built: " + ", ".join(missing))
    return interactive(the_boot, modules, steps)


if __name__ == "__main__":
    sys.exit(main())
