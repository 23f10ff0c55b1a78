# SPDX-License-Identifier: MIT
"""Checks the house rules: layers, sizes, headers, words. `make lint`.

Prints one line a finding, `file:line: what`, and exits with 1 if there is
any. `lint.py --format` also prints what clang-format would change, as advice.
"""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Layers of hv/, lowest first; a file includes its own layer or lower.
LAYERS = ["lib", "unpack", "x86", "platform", "mm", "domain", "hypercall", "trap"]
WIDTHS = ["x86_32", "x86_64"]
# The headers of a folder that other folders may include; lib and x86 are all front doors.
FRONT_DOORS = {
    "unpack": {"unpack.h"},
    "platform": {"platform.h", "bootinfo.h", "start.h", "step.h", "trace.h"},
    "mm": {"mm.h"},
    "domain": {"domain.h", "evtchn.h", "sched.h", "grant.h", "trace.h"},
    "hypercall": {"hypercall.h"},
    "trap": {"trap.h"},
}
# What the width folders show to the layers above hv/x86.
WIDTH_HEADERS = {"abi.h", "regs.h", "layout.h", "asm-offsets.h"}
# What boot/ and the guests may take from hv/.
NAMED_FOR_OTHERS = {"platform/bootinfo.h", "x86_32/layout.h", "x86_64/layout.h"}
# Where #if may ask for the width.
WIDTH_IF_FOLDERS = ("hv/x86/", "hv/lib/")

FILE_LINES = 500
FILE_LINES_WITH_REASON = 600
FUNCTION_LINES = 60
FUNCTION_LINES_EVER = 100
COLUMNS = 100
FORBIDDEN = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

SOURCE = re.compile(r"\.(c|h|S|py|sh|mk|lds)$|(^|/)Makefile$|\.lds\.S$")
SCRIPT_FOLDERS = ("test/host/", "test/stock/", "boot/", "hv/unpack/", ".ci/")


class Lint:
    """Findings so far."""

    def __init__(self):
        self.count = 0

    def report(self, path, line, what):
        self.count += 1
        print("%s:%d: %s" % (path, line, what))


def files():
    """Every file of the project; what git ignores is left out."""
    try:
        out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
                             capture_output=True, text=True, check=True).stdout
        names = out.split("\n")
    except (OSError, subprocess.CalledProcessError):
        # No repository here, or no git: an unpacked release.
        names = [os.path.relpath(os.path.join(folder, name), ROOT)
                 for folder, _, found in os.walk(ROOT) for name in found]
    return sorted(name for name in names if name and not name.startswith(("build/", ".git/"))
                  and os.path.isfile(os.path.join(ROOT, name)))


def is_script(path, first_line):
    return path.startswith(SCRIPT_FOLDERS) and first_line.startswith("#!")


def check_text(lint, path, lines):
    """Rules for every source file: licence, words, size, line ends."""
    if not any("SPDX-License-Identifier: MIT" in line for line in lines[:2]):
        lint.report(path, 1, "no SPDX-License-Identifier in the first line")
    limit = FILE_LINES
    if any("Size:" in line for line in lines[:40]):
        limit = FILE_LINES_WITH_REASON
    if len(lines) > limit:
        lint.report(path, len(lines), "%d lines; %d are allowed" % (len(lines), limit))
    for number, line in enumerate(lines, 1):
        if path != "test/lint/lint.py" and FORBIDDEN.search(line):
            lint.report(path, number, "word that promises later work: " + line.strip())
        if line != line.rstrip():
            lint.report(path, number, "white space at the end of the line")
        if len(line.expandtabs(8)) > COLUMNS:
            lint.report(path, number, "longer than %d columns" % COLUMNS)
    if lines and not lines[-1].strip():
        lint.report(path, len(lines), "empty line at the end")


def check_c(lint, path, lines):
    """Rules for C: function length, no dead code, no hidden declarations."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            check_function(lint, path, lines, start, number)
            start = None
        if re.match(r"#\s*if\s+0\b", line):
            lint.report(path, number, "#if 0")
        if path.endswith(".c") and re.match(r"\s+extern\b", line):
            lint.report(path, number, "extern inside a body")
        if re.match(r" {8}", line):
            lint.report(path, number, "indented by spaces")


def check_function(lint, path, lines, start, end):
    length = end - start - 1
    before = "\n".join(lines[max(0, start - 25):start])
    if length > FUNCTION_LINES_EVER or length > FUNCTION_LINES and "Length:" not in before:
        lint.report(path, start, "function of %d lines; %d are allowed"
                    % (length, FUNCTION_LINES))


def folder_of(include, own):
    """(folder, header) that an #include "…" in hv/ means."""
    if "/" in include:
        return tuple(include.rsplit("/", 1))
    if os.path.exists(os.path.join(ROOT, "hv", own, include)):
        return own, include
    return "width", include


def check_layers(lint, path, lines):
    """Rules for hv/: who may include whom."""
    own = path.split("/")[1]
    for number, line in enumerate(lines, 1):
        match = re.match(r'#\s*include\s+"([^"]+)"', line)
        if match:
            problem = layer_problem(own, match[1])
            if problem:
                lint.report(path, number, problem)
        if (re.match(r"#\s*(el)?if.*(__x86_64__|__i386__)", line)
                and not path.startswith(WIDTH_IF_FOLDERS) and own not in WIDTHS):
            lint.report(path, number, "the linker chooses the width, not #if")


def layer_problem(own, include):
    folder, header = folder_of(include, own)
    if folder == own or own in WIDTHS and folder == "width":
        return None
    if folder in WIDTHS or folder == "width":
        if header not in WIDTH_HEADERS:
            return "%s belongs to the width folders alone" % include
        return "hv/lib knows no width" if own == "lib" else None
    if folder not in LAYERS:
        return "%s is no layer of hv/" % folder
    # The width folders implement seams of several layers, and call up by name.
    if own in LAYERS and LAYERS.index(folder) > LAYERS.index(own):
        return "hv/%s is below hv/%s and must not include it" % (own, folder)
    if folder in FRONT_DOORS and header not in FRONT_DOORS[folder]:
        return "%s is no front door of hv/%s" % (header, folder)
    return None


def check_outside(lint, path, lines):
    """Rules for boot/ and the guests: what they may take from hv/."""
    for number, line in enumerate(lines, 1):
        match = re.match(r'#\s*include\s+"(?:hv/)?([a-z0-9_]+/[^"]+)"', line)
        if not match or not os.path.exists(os.path.join(ROOT, "hv", match[1])):
            continue
        if match[1] not in NAMED_FOR_OTHERS:
            lint.report(path, number, "%s is the monitor's own" % match[1])


def check_widths(lint):
    """Both width folders hold the same names, once the second one has an entry."""
    names = [set(os.listdir(os.path.join(ROOT, "hv", width)))
             if os.path.isdir(os.path.join(ROOT, "hv", width)) else set() for width in WIDTHS]
    for name in sorted(names[1] - names[0]):
        lint.report("hv/x86_64/" + name, 1, "hv/x86_32 has no such file")
    if "entry.S" in names[1]:
        for name in sorted(names[0] - names[1]):
            lint.report("hv/x86_32/" + name, 1, "hv/x86_64 has no such file")


def check_rules(lint):
    """Every test guest names its rule, and the table of rules is up to date."""
    done = subprocess.run(["test/host/rules", "--check"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        lint.count += len(done.stdout.splitlines()) or 1
        print(done.stdout + done.stderr, end="")


def advise_format(paths):
    for path in paths:
        done = subprocess.run(["clang-format", "--dry-run", path], cwd=ROOT,
                              capture_output=True, text=True)
        count = done.stderr.count("[-Wclang-format-violations]")
        if count:
            print("advice: %s: clang-format would change %d places" % (path, count))


def main():
    lint = Lint()
    c_files = []
    for path in files():
        with open(os.path.join(ROOT, path), "rb") as f:
            data = f.read()
        if b"\0" in data:
            continue
        lines = data.decode("utf-8", "replace").split("\n")
        if lines and not lines[-1]:
            lines.pop()
        if not SOURCE.search(path) and not is_script(path, lines[0] if lines else ""):
            continue
        check_text(lint, path, lines)
        if path.endswith((".c", ".h")):
            c_files.append(path)
            check_c(lint, path, lines)
        if path.endswith((".c", ".h", ".S")):
            if path.startswith("hv/"):
                check_layers(lint, path, lines)
            elif path.startswith("boot/") or path.startswith("pvops-guest/"):
                check_outside(lint, path, lines)
    check_widths(lint)
    check_rules(lint)
    if "--format" in sys.argv[1:]:
        advise_format(c_files)
    if lint.count:
        print("lint: %d findings" % lint.count)
        return 1
    print("lint: clean")
    return 0


if __name__ == "__main__":
    sys.exit(main())
