# SPDX-License-Identifier: MIT
"""README's table of stock guests that boot. A run of the real layer notes which tests have
passed and checks that the table says no more and no less; `make stock-table` writes it."""

import os
import sys

import boot
import emu

BEGIN = "<!-- stock guests: written by `make stock-table` from a run of the tests -->"
END = "<!-- end of stock guests -->"
# What, how, and the tests that must have passed for it, by width.
ROWS = [
    ("x86_64", "`linux-image-amd64` (6.1)", "guest, from 84 MB",
     ["stock-shells-64/amd64-boots", "stock-shells-64/amd64-log", "stock-smallest-64/amd64"]),
    ("x86_64", "`linux-image-cloud-amd64` (6.1)", "guest, from 72 MB",
     ["stock-shells-64/cloud-boots", "stock-shells-64/cloud-log", "stock-smallest-64/cloud"]),
    ("x86_64", "`linux-image-amd64` (6.1)", "initial domain, to its ramdisk's shell",
     ["stock-first-64/boots"]),
    ("x86_64", "Debian 12 (SysV init)", "guest, root on an ATA disk's partition", ["run-qemu"]),
    ("x86_64", "`grub-x86_64-xen.bin` (2.06)", "guest, and loads Linux from its disk",
     ["pv-grub-64/loads-linux"]),
    ("x86_32", "`grub-i386-xen.bin` (2.06)", "guest, with disks",
     ["grub-prompt", "grub-disks"]),
]


def saved(arch):
    return os.path.join(emu.LOG, "passed-" + arch)


def save(names):
    with open(saved(boot.ARCH), "w") as f:
        f.write("".join("%s\n" % name for name in sorted(names)))


def table(arch, passed):
    """The lines for one width."""
    return ["| %s | %s | %s |" % (what, arch, how) for width, what, how, tests in ROWS
            if width == arch and all(test in passed for test in tests)]


def readme():
    """README's text before the table's rows, the rows, and the text after them."""
    with open(os.path.join(emu.ROOT, "README.md")) as f:
        before, _, rest = f.read().partition(BEGIN + "\n")
    rows, _, after = rest.partition(END)
    return before, rows.splitlines(), after


def check(results):
    """Compares the table with this run. Rows of the other width are the other run's."""
    save(results.passed_names)
    wanted = table(boot.ARCH, results.passed_names)
    found = [row for row in readme()[1] if "| %s |" % boot.ARCH in row]
    results.check("stock-table" + boot.SUFFIX, "" if wanted == found else
                  "README's table of stock guests is stale: `make stock-table` writes it anew")


def write():
    before, rows, after = readme()
    out = ["| stock guest | width | boots as |", "|---|---|---|"]
    for arch in "x86_64", "x86_32":
        if os.path.exists(saved(arch)):
            with open(saved(arch)) as f:
                out += table(arch, set(f.read().split("\n")))
        else:   # that width was not run: what stands there stays
            out += [row for row in rows if "| %s |" % arch in row]
    with open(os.path.join(emu.ROOT, "README.md"), "w") as f:
        f.write(before + BEGIN + "\n" + "\n".join(out) + "\n" + END + after)


if __name__ == "__main__":
    sys.exit(write())
