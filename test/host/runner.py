# SPDX-License-Identifier: MIT
"""Runs the tests: runner.py [unit] [guest] [labs] [real] [bochs]; all without a name.

Called by `make test`. The environment's ARCH is the width to test; without it
all are, each by a run of its own. Builds what there is to build first; a part that does
not build fails its own tests and no others. The last line of output is
`N passed, N failed` or `N passed, N failed, N skipped`.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bochs
import boot
import emu
import guest
import labs
import real
import unit
from results import Results

LAYERS = {"unit": unit.run, "guest": guest.run, "labs": labs.run, "real": real.run,
          "bochs": bochs.run}
WIDTHS = ["x86_32", "x86_64"]
BOTH_WIDTHS = ["unit"]      # layers that are run once


def build(results):
    """Builds the images; the build itself is a test."""
    jobs = "-j%d" % (os.cpu_count() or 1)
    done = subprocess.run(["make", "-k", jobs, "all", "ARCH=" + boot.ARCH], cwd=emu.ROOT,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        results.note("\n".join(done.stdout.splitlines()[-60:]))
    results.check("build" + boot.SUFFIX, "make all failed" if done.returncode else "")


def run_layers(results, names):
    if set(names) - set(BOTH_WIDTHS):
        build(results)
    for name in names:
        results.note("\n== %s" % (name if name in BOTH_WIDTHS else name + boot.SUFFIX))
        LAYERS[name](results)


def run_width(results, arch, names):
    """The layers in one width: by another process, because it is in every module."""
    saved = os.path.join(emu.LOG, "results-" + arch)
    if os.path.exists(saved):
        os.unlink(saved)
    subprocess.run([sys.executable, os.path.abspath(__file__)] + names, cwd=emu.ROOT,
                   env=dict(os.environ, ARCH=arch, RESULTS=saved), preexec_fn=emu.child_setup)
    if os.path.exists(saved):
        results.add_run(saved)
    else:
        results.failed(arch, "the run of its tests ended early")


def main(names):
    for name in names:
        if name not in LAYERS:
            sys.exit("runner.py: no test layer `%s`; there are %s" % (name, ", ".join(LAYERS)))
    names = names or list(LAYERS)
    emu.exit_on_signals()
    os.makedirs(emu.LOG, exist_ok=True)
    results = Results(os.path.join(emu.LOG, "verdict"))
    if os.environ.get("ARCH"):
        run_layers(results, names)
        if os.environ.get("RESULTS"):
            return results.save(os.environ["RESULTS"])
        return results.finish()
    run_layers(results, [name for name in names if name in BOTH_WIDTHS])
    names = [name for name in names if name not in BOTH_WIDTHS]
    for arch in WIDTHS if names else []:
        run_width(results, arch, names)
    return results.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
