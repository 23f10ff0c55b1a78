# SPDX-License-Identifier: MIT
"""Starts QEMU and Bochs without a display and talks to the guest's COM1.

Used by the test runner and by `make run`. A Machine is a running emulator;
its console is read as it comes, searched with expect() and typed to with
type(). Every machine has a wall-clock limit, runs in a process group of its
own and dies with this process.
"""

import atexit
import ctypes
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time
import tty

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOG = os.path.join(ROOT, "build", "log")
PR_SET_PDEATHSIG = 1
PANIC = "(ringlet) PANIC"   # no test survives this line

_libc = ctypes.CDLL(None)
_running = set()


class ConsoleError(Exception):
    """What was waited for did not come; the text says why."""


def child_setup():
    """In the child: own process group, killed when its parent goes."""
    os.setsid()
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _raw_pty():
    """A pty pair whose slave passes bytes unchanged: (master, slave)."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, slave


class Machine:
    """A running emulator. Subclasses build the command and the console."""

    emulator = None

    def __init__(self, name, limit=120, echo=None):
        """name: of the log files; limit: seconds this machine may live;
        echo: called with each finished console line."""
        self.name = name
        self.deadline = time.monotonic() + limit
        self.limit = limit
        self.echo = echo
        self.text = ""          # the console so far, CRs removed
        self.pos = 0            # expect() searches from here
        self._echoed = 0
        self._fds = []          # closed with the machine
        self._drain = None      # a pty whose output nobody needs
        self._tx = b""
        self.process = None
        os.makedirs(LOG, exist_ok=True)
        self.log_path = os.path.join(LOG, name + ".console")
        self._log = open(self.log_path, "wb")

    # ---- life ---------------------------------------------------------------

    def _spawn(self, command, **kw):
        with open(os.path.join(LOG, self.name + ".command"), "w") as f:
            f.write(" ".join("'%s'" % c if " " in c else c for c in command) + "\n")
        self.process = subprocess.Popen(command, cwd=ROOT, preexec_fn=child_setup, **kw)
        _running.add(self)

    def close(self):
        """Ends the emulator if it still runs, and frees everything."""
        if self.process and self.process.poll() is None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
        _running.discard(self)
        if self._log:
            self._flush_echo(final=True)
            self._log.close()
            self._log = None
        for fd in self._fds:
            os.close(fd)
        self._fds = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ended(self):
        return self.process.poll() is not None

    def wait_end(self, limit=60):
        """Waits until the emulator ends by itself; returns its exit status."""
        until = min(time.monotonic() + limit, self.deadline)
        while not self.ended():
            if time.monotonic() >= until:
                raise ConsoleError("the machine did not end within %d s" % limit)
            self._pump(min(0.2, until - time.monotonic()))
            self._check_panic()
        while self._pump(0):
            pass
        self._flush_echo(final=True)
        return self.process.returncode

    # ---- console ------------------------------------------------------------

    def bridge(self, stdin, stdout, leave):
        """Joins a raw terminal and COM1 until the machine ends or the terminal
        sends the byte `leave`."""
        shown = 0
        while not self.ended():
            self._pump(0.02)
            if shown < len(self.text):
                os.write(stdout, self.text[shown:].replace("\n", "\r\n").encode("latin-1"))
                shown = len(self.text)
            if select.select([stdin], [], [], 0)[0]:
                data = os.read(stdin, 4096)
                if not data or leave in data:
                    return
                self.type(data.decode("latin-1"))

    def _pump(self, timeout):
        """Moves bytes for at most timeout seconds; True if console text came."""
        reads = [self._rx] if self._rx is not None else []
        if self._drain is not None:
            reads.append(self._drain)
        writes = [self._tx_fd] if self._tx else []
        ready, writable, _ = select.select(reads, writes, [], max(0, timeout))
        if writable:
            try:
                self._tx = self._tx[os.write(self._tx_fd, self._tx):]
            except BlockingIOError:
                pass
        if self._drain in ready:
            try:
                self._drained(os.read(self._drain, 65536))
            except BlockingIOError:
                pass
            except OSError as error:
                self._log.write(b"[drain: %s]\n" % str(error).encode())
                self._drain = None
        if self._rx not in ready:
            return False
        try:
            data = os.read(self._rx, 65536)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._rx = None
            return False
        self._log.write(data)
        self._log.flush()
        self.text += data.decode("latin-1").replace("\r", "")
        self._flush_echo()
        return True

    def _check_panic(self):
        """Gives up on a monitor that has given up, after hearing it out."""
        at = self.text.find(PANIC)
        if at < 0:
            return
        while self._pump(1):
            pass
        raise ConsoleError("the monitor's panic:\n    " +
                           "\n    ".join(self.text[at:].splitlines()[:12]))

    def _drained(self, data):
        """Output of the emulator's own terminal, which nobody needs."""

    def _flush_echo(self, final=False):
        if not self.echo:
            return
        while True:
            end = self.text.find("\n", self._echoed)
            if end < 0:
                break
            self.echo(self.text[self._echoed:end])
            self._echoed = end + 1
        if final and self._echoed < len(self.text):
            self.echo(self.text[self._echoed:])
            self._echoed = len(self.text)

    def expect(self, pattern, limit=60, from_start=False):
        """Waits until the regular expression matches console text after the
        last match (or anywhere, with from_start); returns the match.
        Patterns are matched with re.M, over finished and unfinished lines."""
        compiled = re.compile(pattern, re.M)
        until = min(time.monotonic() + limit, self.deadline)
        while True:
            match = compiled.search(self.text, 0 if from_start else self.pos)
            if match:
                if not from_start:
                    self.pos = match.end()
                return match
            self._check_panic()
            if time.monotonic() >= until:
                raise ConsoleError("no /%s/ on the console within %d s" % (pattern, limit))
            if not self._pump(min(0.5, until - time.monotonic())) and self.ended():
                if not self._pump(0):
                    raise ConsoleError("the machine ended (%s) before /%s/ came"
                                       % (self.why_ended(), pattern))

    def listen(self, seconds):
        """Takes what the console says in that time, without waiting for anything."""
        self._pump(seconds)

    def poll(self):
        """Takes what is printed already; gives up if the machine has."""
        while self._pump(0):
            pass
        self._check_panic()
        if self.ended():
            raise ConsoleError("the machine ended: " + self.why_ended())

    def mark(self):
        """Forget what was printed so far: expect() looks at later text only."""
        while self._pump(0):
            pass
        self.pos = len(self.text)

    def type(self, text):
        """Types text on COM1; a line ends with a carriage return."""
        self._tx += text.encode("latin-1").replace(b"\n", b"\r")
        while self._tx and not self.ended():
            if time.monotonic() >= self.deadline:
                raise ConsoleError("the machine does not take input")
            self._pump(0.2)

    def lines(self):
        return self.text.split("\n")

    def powered_off(self):
        """Whether the ended machine was switched off by its software."""
        raise NotImplementedError

    def why_ended(self):
        """A sentence about an emulator that is gone."""
        return "status %s" % self.process.returncode


class Qemu(Machine):
    """qemu-system-i386 under TCG, with instruction-counted time."""

    emulator = "qemu"

    def __init__(self, name, iso=None, kernel=None, append="", initrd=None, memory=256,
                 cpu="pentium3", args=(), arch="x86_32", icount="shift=0,sleep=off", **kw):
        super().__init__(name, **kw)
        program = "qemu-system-x86_64" if arch == "x86_64" else "qemu-system-i386"
        command = [program, "-accel", "tcg", "-nodefaults", "-vga", "std", "-display", "none",
                   "-no-reboot", "-m", str(memory), "-cpu", cpu, "-serial", "stdio",
                   "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
        if icount:
            command += ["-icount", icount]
        if iso:
            command += ["-cdrom", iso, "-boot", "d"]
        if kernel:
            command += ["-kernel", kernel]
            if append:
                command += ["-append", append]
            if initrd:
                command += ["-initrd", initrd]
        self._hmp, theirs = socket.socketpair()
        command += ["-chardev", "socket,id=hmp,fd=%d" % theirs.fileno(), "-mon", "chardev=hmp"]
        command += list(args)
        master, slave = _raw_pty()
        self._fds = [master, self._hmp.detach()]
        self._rx = self._tx_fd = master
        with open(os.path.join(LOG, name + ".qemu"), "wb") as err:
            self._spawn(command, stdin=slave, stdout=slave, stderr=err,
                        pass_fds=[theirs.fileno()])
        os.close(slave)
        theirs.close()

    def command(self, line):
        """Gives QEMU's own monitor a command and waits until it was done."""
        hmp = self._fds[1]
        os.write(hmp, line.encode() + b"\n")
        said = b""
        # The command is echoed after one prompt, and done at the next.
        while not re.search(rb"\n(\x1b\[K)?\(qemu\) $", said) or line.encode() not in said:
            self._pump(0)
            if not select.select([hmp], [], [], 10)[0]:
                raise ConsoleError("QEMU's monitor does not answer")
            said += os.read(hmp, 4096)
        return said.decode("latin-1").replace("\r", "")

    def vga_text(self):
        """The 80x25 text screen, as lines."""
        path = os.path.join(LOG, self.name + ".vga")
        self.command('pmemsave 0xb8000 4000 "%s"' % path)
        with open(path, "rb") as f:
            cells = f.read()[::2].decode("latin-1").replace("\0", " ")
        return "\n".join(cells[at:at + 80].rstrip() for at in range(0, 2000, 80))

    def expect_vga(self, pattern, limit=60):
        """Waits until the text screen shows what the regular expression says."""
        until = min(time.monotonic() + limit, self.deadline)
        while not self.ended():
            found = re.search(pattern, self.vga_text(), re.M)
            if found:
                return found
            if time.monotonic() >= until:
                break
            self._pump(0.2)
        raise ConsoleError("no /%s/ on the screen within %d s" % (pattern, limit))

    def press(self, text):
        """Types on the PS/2 keyboard: small letters, digits, space, newline."""
        for key in text:
            self.command("sendkey " + {" ": "spc", "\n": "ret"}.get(key, key))

    def powered_off(self):
        # 1 is isa-debug-exit with the value 0. A reset ends QEMU with 0, like
        # power-off by ACPI, so there the console's last line decides.
        status = self.process.returncode
        return status == 1 or status == 0 and self.text.rstrip().endswith("power off")


class Bochs(Machine):
    """Bochs with the repository's bochsrc and overrides on its command line."""

    emulator = "bochs"

    def __init__(self, name, iso, memory=256, cpu="p3_katmai", options=(), sync="none", rc=None,
                 ips=50000000, debugger=False, **kw):
        """debugger: its prompt is at the process's stdin and stdout, as pipes."""
        super().__init__(name, **kw)
        master, slave = _raw_pty()
        screen, screen_slave = pty.openpty()
        termios.tcsetwinsize(screen_slave, (30, 100))
        os.set_blocking(screen, False)
        self._fds = [master, slave, screen, screen_slave]
        self._rx = self._tx_fd = master
        self._drain = screen
        self._terminal = None
        self.screen = b""       # what the VGA text screen was sent, with escapes
        self.bochs_log = os.path.join(LOG, name + ".bochs")
        command = ["bochs", "-q", "-f", os.path.join(ROOT, "bochsrc"),
                   "-dbglog", os.path.join(LOG, name + ".bochsdbg")]
        if not debugger:
            command += ["-rc", rc or os.path.join(ROOT, "test", "host", "bochs.rc")]
        command += ["cpu: model=%s, count=1, ips=%d, reset_on_triple_fault=0" % (cpu, ips),
                    "memory: guest=%d, host=%d" % (memory, min(memory, 1024)),
                    "ata0-master: type=cdrom, path=%s, status=inserted" % os.path.abspath(iso),
                    "com1: enabled=1, mode=term, dev=%s" % os.ttyname(slave),
                    "clock: sync=%s, time0=946684800" % sync,
                    "log: %s" % self.bochs_log] + list(options)
        environment = dict(os.environ, TERM="linux", LINES="30", COLUMNS="100")
        self.bochs_err = os.path.join(LOG, name + ".bochserr")
        with open(self.bochs_err, "wb") as err:
            self._spawn(command, stdin=subprocess.PIPE if debugger else screen_slave,
                        stdout=subprocess.PIPE if debugger else screen_slave, stderr=err,
                        env=environment)

    def _drained(self, data):
        self.screen = (self.screen + data)[-200000:]

    def _find_terminal(self):
        """The term display of a Bochs with debugger opens a terminal of its own. Nobody
        looks at it, but once its buffer is full Bochs stops for ever: open it, to read it."""
        with open(self.bochs_err, errors="replace") as f:
            said = re.search(r'^Bochs connected to screen "(.*)"', f.read(), re.M)
        if not said:
            return
        self._terminal = os.open(said[1], os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        tty.setraw(self._terminal)
        self._fds.append(self._terminal)

    def _pump(self, timeout):
        if self._terminal is None:
            self._find_terminal()
        else:
            try:
                self._drained(os.read(self._terminal, 65536))
            except OSError:
                pass
        return super()._pump(min(timeout, 0.1))

    def why_ended(self):
        try:
            with open(self.bochs_log, errors="replace") as f:
                log = f.read()
        except OSError:
            return super().why_ended()
        found = re.findall(r">>PANIC<< (.*)", log)
        return found[-1] if found else super().why_ended()

    def powered_off(self):
        return "shutdown requested" in self.why_ended()


def start(emulator, name, **kw):
    """A Machine of the emulator that is named `qemu` or `bochs`."""
    return {"qemu": Qemu, "bochs": Bochs}[emulator](name, **kw)


@atexit.register
def _close_all():
    for machine in list(_running):
        machine.close()


def exit_on_signals():
    """SIGTERM and SIGHUP end the program through its clean-up handlers."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
