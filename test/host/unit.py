# SPDX-License-Identifier: MIT
"""The unit layer: lint, the 64-bit monitor's link, and every Check program of
test/unit, compiled with ASan and UBSan in the widths that it names, else with
-m32. Each START_TEST is one test."""

import concurrent.futures
import glob
import os
import re
import subprocess

import emu
import tour_test
import trace_test

PROGRAM_LIMIT = 600     # seconds; ASan on a busy machine is slow
FIXED_SEED = "0x52696e676c657421"


def seed():
    """A number for random tests that is the same for the same commit."""
    if os.environ.get("RINGLET_SEED"):
        return os.environ["RINGLET_SEED"]
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=emu.ROOT, capture_output=True,
                              text=True, check=True).stdout.strip()
        return "0x" + head[:16]
    except (OSError, subprocess.CalledProcessError):
        return FIXED_SEED


def command_test(results, name, command):
    """A command that must exit with 0 is one test."""
    done = subprocess.run(command, cwd=emu.ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        results.note("\n".join(done.stdout.splitlines()[-40:]))
    results.check(name, "`%s` failed" % " ".join(command) if done.returncode else "")


def programs():
    """(name, folder) of every program, as test/build.mk has it."""
    found = []
    for path in sorted(glob.glob(os.path.join(emu.ROOT, "test/unit/test_*.c"))):
        name = os.path.basename(path)[:-2]
        with open(path) as f:
            widths = re.search(r"WIDTHS: ([\d ]+)", f.read())
        for width in widths[1].split() if widths else ["32"]:
            found.append((name, "build/unit64/" if width == "64" else "build/unit/"))
    return found


def run_program(results, name, folder, environment):
    """Runs one Check program and counts its tests by its TAP log."""
    program = os.path.join(emu.ROOT, folder, name)
    fresh = subprocess.run(["make", "-q", folder + name], cwd=emu.ROOT, capture_output=True)
    if folder == "build/unit64/":
        name += ".64"
    if fresh.returncode:
        results.failed("unit/" + name, "does not build")
        return
    tap = os.path.join(emu.LOG, name + ".tap")
    if os.path.exists(tap):
        os.unlink(tap)
    try:
        done = subprocess.run([program], cwd=emu.ROOT, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=dict(environment, CK_TAP_LOG_FILE_NAME=tap),
                              timeout=PROGRAM_LIMIT)
    except subprocess.TimeoutExpired:
        results.failed("unit/" + name, "not done within %d s" % PROGRAM_LIMIT)
        return
    count_tap(results, name, tap, done)


def count_tap(results, name, tap, done):
    found = failed = 0
    if os.path.exists(tap):
        with open(tap, errors="replace") as f:
            for line in f:
                match = re.match(r"(not )?ok \d+ - (?:.*/)?([\w.]+):([^:]*):([^:]*): (.*)", line)
                if not match:
                    continue
                found += 1
                test = "unit/%s/%s" % (name.replace("test_", "", 1), match[4])
                if match[1]:
                    failed += 1
                    results.failed(test, match[5])
                else:
                    results.passed(test)
    if done.returncode and not failed or not found:
        results.failed("unit/" + name, "exit status %d, %d results" % (done.returncode, found))
        failed += 1
    if failed:
        results.note("\n".join(done.stdout.splitlines()[-60:]))


def run(results):
    command_test(results, "lint", ["python3", "test/lint/lint.py"])
    command_test(results, "monitor64", ["make", "-s", "ARCH=x86_64", "hv-image"])
    trace_test.unit(results)
    tour_test.unit(results)
    jobs = os.cpu_count() or 1
    made = subprocess.run(["make", "-k", "-s", "-j%d" % jobs, "unit"], cwd=emu.ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        results.note("\n".join(made.stdout.splitlines()[-60:]))
    environment = dict(os.environ, RINGLET_SEED=seed(), CK_DEFAULT_TIMEOUT="300",
                       CK_VERBOSITY="minimal",
                       UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")
    results.note("RINGLET_SEED=%s" % environment["RINGLET_SEED"])
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for future in [pool.submit(run_program, results, name, folder, environment)
                       for name, folder in programs()]:
            future.result()
