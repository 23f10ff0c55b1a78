# SPDX-License-Identifier: MIT
"""Runs the tests: runner.py [unit] [guest] [real] [bochs]; all without a name.

Called by `make test`. Builds what there is to build first; a part that does
not build fails its own tests and no others. The last line of output is
`N passed, N failed` or `N passed, N failed, N skipped`.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bochs
import emu
import guest
import real
import unit
from results import Results

LAYERS = {"unit": unit.run, "guest": guest.run, "real": real.run, "bochs": bochs.run}


def build(results):
    """Builds the images; the build itself is a test."""
    jobs = "-j%d" % (os.cpu_count() or 1)
    done = subprocess.run(["make", "-k", jobs, "all"], cwd=emu.ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        results.note("\n".join(done.stdout.splitlines()[-60:]))
    results.check("build", "make all failed" if done.returncode else "")


def main(names):
    for name in names:
        if name not in LAYERS:
            sys.exit("runner.py: no test layer `%s`; there are %s" % (name, ", ".join(LAYERS)))
    emu.exit_on_signals()
    os.makedirs(emu.LOG, exist_ok=True)
    results = Results(os.path.join(emu.LOG, "verdict"))
    if names != ["unit"]:
        build(results)
    for name in names or LAYERS:
        results.note("\n== %s" % name)
        LAYERS[name](results)
    return results.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
