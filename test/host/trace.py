# SPDX-License-Identifier: MIT
"""`make trace`: boots a scene with every crossing recorded, and shows it.

Writes build/trace.json (Perfetto), build/trace.html (any browser, from disk),
build/trace.xentrace (xenalyze) and build/trace.png, a screenshot of the page. Other
uses: trace.py --console FILE converts what a monitor with trace=all,console printed.

Environment: ARCH, SCENE, TRACE_OUT (path without suffix).
"""

import bisect
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import boot
import emu
import run
import trace_html
import trace_json
import trace_model
import trace_records
import trace_xen
from boot import Boot

LIMIT = 280
PAGE_SIZE = "1600,1400"


# ---- scenes: what runs, and what happens while the monitor records ----------

class Teaching(run.Scene):
    """A little of everything: processes, faults, a crash, two that want the CPU."""

    options = "trace=all,8M"
    memory = 256
    modules = [
        (boot.KEEPER, ""),
        (boot.PVOPS_GUEST, "domain=alpha,mem=32M name=alpha"),
        (boot.PVOPS_GUEST, "domain=beta,mem=32M name=beta"),
        (boot.GRUB_GUEST, "domain=grub"),
    ]
    prompts = {"d1": r"alpha\$ ", "d2": r"beta\$ ", "d3": r".*grub> ?"}

    def command(self, dom, command, answer):
        self.focus(dom)
        self.machine.type(command + "\n")
        self.machine.expect(r"^\(%s\) (?:%s)?%s" % (dom, self.prompts[dom], answer), 60)
        # A background process may have the last word on the prompt's line.
        self.machine.expect(r"^\(%s\) %s(?:spin: .*)?$" % (dom, self.prompts[dom]), 60)

    def play(self):
        for dom, prompt in self.prompts.items():
            self.machine.expect(r"^\(%s\) %s$" % (dom, prompt), 200, from_start=True)
        self.say("alpha starts a process, faults, touches memory")
        self.command("d1", "hello", "hello from ring 3")
        self.command("d1", "fault priv", ".*killed: general protection")
        self.command("d1", "touch 8", ".*8 ")
        self.say("alpha and beta want the CPU at once")
        for dom in "d1", "d2":
            self.command(dom, "spin 1", r"\[\d+\]")
        for dom in "d1", "d2":
            self.machine.expect(r"^\(%s\) (?:%s)?spin: 1 s over" % (dom, self.prompts[dom]), 100,
                                from_start=True)
        self.say("beta is killed by its own fault; the others leave")
        self.focus("d2")
        self.machine.type("fault kernel\n")
        self.machine.expect(r"^\(ringlet\) d2 crashed: ", 60)
        self.hear_focus()
        self.focus("d1")
        self.machine.type("exit\n")
        self.hear_focus()
        self.focus("d3")
        self.machine.type("halt\n")
        self.machine.expect(r"^\(ringlet\) power off$", 60)


class Linux(run.Scene):
    """Debian's kernel boots as a guest, says its name, and leaves."""

    options = "trace=all,48M"
    memory = 768
    stock = os.path.join(os.environ.get("STOCK") or "build/stock", "amd64")
    modules = [
        (boot.KEEPER, ""),
        (os.path.join(stock, "vmlinuz"), "domain=debian,mem=256M console=hvc0"),
        (os.path.join(stock, "shell.img"), "ramdisk=debian"),
    ]

    def play(self):
        self.say("Debian boots")
        self.machine.expect(r"^\(d1\) .*# ?$", 200)
        self.machine.type("uname -r\n")
        self.machine.expect(r"^\(d1\) (?:.*# )?\d+\.\d+", 60)
        self.machine.type("exit\n")
        self.machine.expect(r"^\(ringlet\) power off$", 60)


SCENES = {"default": Teaching, "linux": Linux}


def wait_stopped(machine):
    """QEMU keeps a machine that has switched itself off, for us to look at."""
    while "shutdown" not in machine.command("info status"):
        machine.mark()      # hears the console, and notices the deadline
        if machine.ended():
            raise emu.ConsoleError("the machine is gone, and its memory with it")


def memory_reader(machine):
    """read(address, bytes) of a QEMU machine's memory."""
    def read(address, nr_bytes):
        path = os.path.join(emu.LOG, machine.name + ".memory")
        machine.command('pmemsave %d %d "%s"' % (address, nr_bytes, path))
        with open(path, "rb") as f:
            data = f.read()
        os.unlink(path)
        return data
    return read


def record_scene(name, scene):
    """Boots and plays; returns (trace, console text)."""
    the_boot = Boot(name, scene.modules, scene.options, cpu=boot.SSE2_CPU["qemu"],
                    memory=scene.memory, limit=LIMIT, args=("-no-shutdown",))
    missing = the_boot.missing()
    if missing:
        sys.exit("trace: not built: " + ", ".join(missing))
    with the_boot.start() as machine:
        scene(machine).play()
        wait_stopped(machine)
        trace = trace_records.read_memory(memory_reader(machine),
                                          *trace_records.where(machine.text))
        return trace, machine.text


# ---- names of guest addresses -----------------------------------------------

def module_symbols(path):
    """(addresses, names) of a guest kernel's text, empty if it has none."""
    done = subprocess.run(["nm", "-n", path], cwd=emu.ROOT, capture_output=True, text=True)
    pairs = [(int(address, 16), name) for address, kind, name in
             (line.split(None, 2) for line in done.stdout.splitlines() if line[0] != " ")
             if kind in "tT"]
    return [address for address, _ in pairs], [name for _, name in pairs]


def symboliser(modules, names):
    """symbols(domain, ip) for Model: "name+0xoff" where the module says."""
    by_name = {}
    for path, args in modules:
        found = re.search(r"\bdomain=([^, ]+)", args)
        by_name[found[1] if found else "initial"] = path
    tables = {}

    def symbols(domain, ip):
        if domain not in tables:
            path = by_name.get(names.get(domain, "initial" if domain == 0 else ""))
            tables[domain] = module_symbols(path) if path else ([], [])
        addresses, labels = tables[domain]
        at = bisect.bisect_right(addresses, ip) - 1
        if at < 0 or ip - addresses[at] > 0x4000:
            return ""
        return "%s+%#x" % (labels[at], ip - addresses[at])
    return symbols


# ---- out --------------------------------------------------------------------

def screenshot(page, image):
    """A picture of the page as Chromium shows it; the DOM's text is returned."""
    browser = shutil.which("chromium")
    if not browser:
        raise trace_records.TraceError("no chromium here: packages.txt names it")
    with tempfile.TemporaryDirectory() as profile:
        common = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                  "--user-data-dir=" + profile, "--window-size=" + PAGE_SIZE,
                  "--virtual-time-budget=3000", "--run-all-compositor-stages-before-draw"]
        url = "file://" + os.path.abspath(page)
        for what in (["--screenshot=" + os.path.abspath(image)], ["--dump-dom"]):
            done = subprocess.run(common + what + [url], capture_output=True, text=True,
                                  timeout=120)
            if done.returncode:
                raise trace_records.TraceError("chromium: " + done.stderr[-500:])
    return done.stdout


def write_all(model, title, counters, out):
    """The three files, checked where that can be done at once."""
    trace_json.write(model, out + ".json")
    with open(out + ".json", encoding="utf-8") as f:
        wrong = trace_json.problems(json.load(f))
    if wrong:
        raise trace_records.TraceError("%s.json: %s" % (out, "; ".join(wrong[:5])))
    trace_xen.write(model.trace, out + ".xentrace")
    trace_html.write(model, title, counters, out + ".html")


def compare(model, counters):
    """What the records and the monitor's own counters disagree on; "" if nothing."""
    if model.trace.lost or model.trace.written != len(model.trace.records):
        return "%d records written, %d read, %d lost" % (
            model.trace.written, len(model.trace.records), model.trace.lost)
    unended = [one.name for one in model.visits() if not one.to_mode]
    if len(unended) > len(model.names):     # each domain may end in the midst of one
        return "%d visits without an exit: %s …" % (len(unended), ", ".join(unended[:5]))
    wrong = ["%s: %d records, %d counted" % (event, model.counts[event], counters.get(event, 0))
             for event in sorted(set(model.counts) | set(counters))
             if model.counts[event] != counters.get(event, 0)]
    return "; ".join(wrong)


def make_model(trace, modules, text):
    """The model of a trace; the console knows domains whose beginning was lost."""
    names = {int(number): name for number, name in
             re.findall(r"^\(ringlet\) d(\d+) \((\S+)\): ", text, re.M)}
    return trace_model.Model(trace, symboliser(modules, names), names)


def main(args):
    out = os.environ.get("TRACE_OUT") or "build/trace"
    scene = os.environ.get("SCENE") or "default"
    emu.exit_on_signals()
    if args[:1] == ["--console"] and len(args) == 2:
        with open(args[1], encoding="latin-1") as f:
            text = f.read().replace("\r", "")
        modules, trace, title = [], trace_records.read_console(text), args[1]
    elif args or scene not in SCENES:
        sys.exit("trace: no scene `%s`; there are: %s" % (scene, " ".join(SCENES)))
    else:
        modules, title = SCENES[scene].modules, "scene `%s`, %s, QEMU" % (scene, boot.ARCH)
        trace, text = record_scene("trace", SCENES[scene])
    model = make_model(trace, modules, text)
    counters = trace_records.counters(text)
    write_all(model, title, counters, out)
    screenshot(out + ".html", out + ".png")
    print("-- %d records, %d lost, %d visits to the monitor, %d arrows"
          % (len(trace.records), trace.lost, len(model.visits()), len(model.arrows)))
    for suffix, what in (("json", "open in ui.perfetto.dev"), ("html", "open in a browser"),
                         ("xentrace", "xenalyze -s"), ("png", "a picture of the page")):
        print("-- %s.%s: %s" % (out, suffix, what))
    problem = compare(model, counters)
    if problem:
        print("-- the monitor's own counters differ: " + problem)
        return 1
    print("-- the monitor's own counters agree")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
