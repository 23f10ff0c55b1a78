# SPDX-License-Identifier: MIT
"""The labs. `labs.py N [solution]` is `make lab N`: boots what the student has
written and says what its check thinks of it. As a layer of the tests: every
solution passes its check, and every starting point fails it.

A lab is a folder pvops-guest/labs/N-NAME. Its expect file is like a test guest's
(guest.py); one without a check.c has a check.py, whose problem_with(program) is asked.
"""

import glob
import importlib.util
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import boot
import emu
import guest

START, SOLUTION = "start", "solution"
PATIENCE = 60           # seconds for what a student has written, and may not end


def folders():
    """{number: folder} of the labs of this width."""
    found = {}
    for path in glob.glob(os.path.join(emu.ROOT, "pvops-guest/labs/[0-9]*-*")):
        number = int(os.path.basename(path).split("-")[0])
        if boot.ARCH in guest.read_claim(path).widths.split():
            found[number] = path
    return dict(sorted(found.items()))


def claim_of(number, folder, which):
    claim = guest.read_claim(folder)
    claim.name = "lab-%d-%s" % (number, which)
    return claim


def has_own_check(folder):
    return os.path.exists(os.path.join(folder, "check.py"))


def ask_own_check(folder, which):
    """What the lab's check.py finds wrong, or ""."""
    spec = importlib.util.spec_from_file_location("check", os.path.join(folder, "check.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.problem_with(which)


def verdicts(claims, text):
    """{claim's name: (rank, detail)} from a boot's console."""
    found, number = {}, 1
    for claim in claims:
        found[claim.name] = guest.verdict_of(claim, "d%d" % number, text)
        number += claim.nr_domains()
    return found


def check_together(results, labs, which):
    """The labs whose check is a guest, all in one boot."""
    claims = [claim_of(number, folder, which) for number, folder in labs.items()
              if not has_own_check(folder)]
    for group in guest.scenes(claims):
        name = "labs-%s%s" % (which, "" if len(claims) == len(group) else "-" + group[0].name)
        text, problem = guest.boot_scene(name, group, "qemu", "")
        for claim_name, (rank, detail) in verdicts(group, text).items():
            count(results, claim_name, which, rank == "SUCCESS", "%s %s" % (rank, detail))
        results.check("%s%s/victim-and-power-off" % (name, boot.SUFFIX), problem)


def count(results, name, which, succeeded, detail):
    if which == SOLUTION:
        problem = "" if succeeded else detail
    else:
        problem = "the starting point passes the check" if succeeded else ""
        if "no verdict" in detail:
            problem = detail
    results.check("labs%s/%s" % (boot.SUFFIX, name), problem)


def build(results):
    built = subprocess.run(["make", "-k", "labs", "ARCH=" + boot.ARCH], cwd=emu.ROOT, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if built.returncode:
        results.note("\n".join(built.stdout.splitlines()[-40:]))
        results.failed("build-labs" + boot.SUFFIX, "make labs failed")


def run(results):
    labs = folders()
    build(results)
    for which in (SOLUTION, START):
        check_together(results, labs, which)
        for number, folder in labs.items():
            if has_own_check(folder):
                problem = ask_own_check(folder, which)
                count(results, "lab-%d-%s" % (number, which), which, not problem, problem)


def run_in_bochs(results):
    """Lab 1 where segments have limits."""
    if 1 not in folders():
        return
    build(results)
    claim = claim_of(1, folders()[1], SOLUTION)
    claim.wanted.append("lab: this machine enforces limits")
    text, problem = guest.boot_scene("bochs-lab-1", [claim], "bochs", "")
    rank, detail = guest.verdict_of(claim, "d1", text)
    count(results, "lab-1-solution-bochs", SOLUTION, rank == "SUCCESS", problem or detail)


def check_one(number, which):
    """`make lab N`. Returns the exit status."""
    labs = folders()
    if number not in labs:
        print("lab: there are %s in %s" % (", ".join(str(n) for n in labs), boot.ARCH))
        return 2
    folder = labs[number]
    if has_own_check(folder):
        problem = ask_own_check(folder, which)
    else:
        guest.SCENE_LIMIT = PATIENCE
        claim = claim_of(number, folder, which)
        text, problem = guest.boot_scene("lab", [claim], os.environ.get("EMU") or "qemu", "")
        for line in re.findall(r"^\(d\d+\) (?:lab: .*|unhandled .*|ip .*)$", text, re.M):
            print(line)
        rank, detail = guest.verdict_of(claim, "d1", text)
        if rank != "SUCCESS":
            problem = detail.replace("no verdict", "it came to no end") or problem
    name = os.path.relpath(folder, emu.ROOT)
    print("lab %d: %s" % (number, "not yet: " + problem if problem else "done"))
    print("     %s/README.md, console in build/log/" % name)
    return 1 if problem else 0


def main(args):
    if not args or not args[0].isdigit():
        print("make lab N=1: N is the number of a lab, see pvops-guest/labs/README.md")
        return 2
    emu.exit_on_signals()
    return check_one(int(args[0]), SOLUTION if SOLUTION in args[1:] else START)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
