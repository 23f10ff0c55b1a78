# SPDX-License-Identifier: MIT
"""The guest layer: test guests booted side by side, one folder a claim.

test/guest/CLAIM/main.c becomes the domain CLAIM, which prints its verdict as
`TEST CLAIM: SUCCESS`, `SKIP reason`, `ERROR …` or `FAILURE …`. The last domain
of every boot is the victim, a bystander that checks all it has until it is
typed to; that happens when the others have ended, and it must be a success too.
An optional file test/guest/CLAIM/expect says more, one item a line:

    +REGEX            a console line that must appear; {dom} is the domain's dN
    -REGEX            a console line that must not appear
    widths: WORDS     x86_32 or x86_64: the other width has nothing of the kind
    bochs-only: WHY   skipped, with this reason, in other emulators
    alone: WHY        gets a boot of its own
    initial: WHY      is itself the initial domain, alone, without a victim
    no-verdict: WHY   prints no TEST line (it ends by a crash): + and - decide
    module: ARGS      further module arguments, as `mem=16M` or a command line;
                      {emulator} in it is qemu or bochs
    beside: ARGS      one more domain of the same program, with these arguments;
                      {d1}, {d2} … in arguments are the numbers of a claim's domains
    ramdisk: FILE     a file of this tree to be its ramdisk
    disk: XVDA[,ro] sectors=N   a disk, of numbered words (images.py); once for each
    drive: [XVDB=hda1[,ro]] …   an ATA drive, and which partitions are disks; needs alone
    options: WORDS    further monitor options; implies alone
    until: REGEX      the console line after which the victim may end, if the
                      end of all the first domains isn't it
    x86_64: ITEM      any of these, in that width only; likewise x86_32
    # …               a comment
"""

import concurrent.futures
import dataclasses
import glob
import os
import re

import boot
import boot_cases
import emu
import walks
import images

GUESTS_A_BOOT = 8
SCENE_LIMIT = 200       # seconds
MEMORY_PER_GUEST = "16M"
# Every machine has the width's usual CPU, but for the boots of these numbers.
OTHER_CPU = {"x86_32": {},
             "x86_64": {"qemu": {1: "Opteron_G1,nx=off", 2: "kvm64"},
                        "bochs": {1: "p4_prescott_celeron_336"}}}[boot.ARCH]
VICTIM = "victim"
RANK = ["SUCCESS", "SKIP", "ERROR", "FAILURE"]     # a claim's lines merge to the worst


@dataclasses.dataclass
class Claim:
    """One test guest and what its expect file says."""

    name: str
    wanted: list = dataclasses.field(default_factory=list)
    unwanted: list = dataclasses.field(default_factory=list)
    bochs_only: str = ""
    alone: str = ""
    initial: str = ""
    ramdisk: str = ""
    no_verdict: str = ""
    module: str = ""
    options: str = ""
    until: str = ""
    widths: str = "x86_32 x86_64"
    beside: list = dataclasses.field(default_factory=list)
    disks: list = dataclasses.field(default_factory=list)
    drive: str = None

    def nr_domains(self):
        return 1 + len(self.beside)

    def modules(self, first):
        """(path, arguments) of each of its domains, the first of that number."""
        found = []
        for number, words in enumerate([self.module] + self.beside, first):
            for nth in range(self.nr_domains()):
                words = words.replace("{d%d}" % (nth + 1), str(first + nth))
            words = words.split()
            if number:      # names are unique; the initial domain has none
                keys = words.pop(0) if words and "=" in words[0] else "mem=" + MEMORY_PER_GUEST
                name = self.name + ("-%d" % (number - first + 1) if number > first else "")
                words.insert(0, "domain=%s,%s" % (name, keys))
            found.append((os.path.join(boot.OUT, "test", self.name), " ".join(words)))
        return found


    def drive_options(self):
        """keeper's options for the partitions that are its disks."""
        return " ".join("disk=%s,%s,phy:%s" % (self.name, *words.split("="))
                        for words in (self.drive or "").split())

    def disk_modules(self, boot_name):
        """(path, arguments) of its disks' modules; every domain of the claim has its own."""
        found = []
        for nth in range(self.nr_domains()):
            name = self.name + ("-%d" % (nth + 1) if nth else "")
            for number, (device, size) in enumerate(self.disks):
                path = images.make_words("%s-%s-%d.img" % (boot_name, name, number),
                                         int(size.split("=")[1]), number)
                found.append((path, "disk=%s,%s" % (name, device)))
        return found


def read_claim(folder):
    claim = Claim(os.path.basename(folder))
    path = os.path.join(folder, "expect")
    if not os.path.exists(path):
        return claim
    with open(path) as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            width = re.match(r"(x86_\d\d): *", line)
            if width and width[1] != boot.ARCH:
                continue
            line = line[width.end():] if width else line
            key, _, value = line.partition(":")
            field = key.strip().replace("-", "_")
            if not line.strip() or line.startswith("#"):
                continue
            if line[0] == "+":
                claim.wanted.append(line[1:])
            elif line[0] == "-":
                claim.unwanted.append(line[1:])
            elif field == "beside":
                claim.beside.append(value.strip())
            elif field == "disk":
                claim.disks.append(value.split())
            elif field in ("bochs_only", "alone", "no_verdict", "module", "options", "until",
                           "initial", "ramdisk", "drive", "widths"):
                setattr(claim, field, value.strip())
            else:
                raise ValueError("%s:%d: unknown item `%s`" % (path, number, line))
    claim.alone = claim.alone or claim.initial or ("" if claim.drive is None else "a drive")
    if claim.options:
        claim.alone = claim.alone or "monitor options"
    return claim


def scenes(claims):
    """Groups claims into boots: loners first, the others by the handful."""
    for claim in claims:
        if claim.alone:
            yield [claim]
    group = []
    for claim in [claim for claim in claims if not claim.alone]:
        if sum(each.nr_domains() for each in group + [claim]) > GUESTS_A_BOOT:
            yield group
            group = []
        group.append(claim)
    if group:
        yield group


def verdict_of(claim, domain, text):
    """(rank word, problem or reason) of a claim, from the console's text."""
    found = re.findall(r"TEST %s: (\w+) ?(.*)$" % re.escape(claim.name), text, re.M)
    word, detail = "SUCCESS", ""
    if len(found) < claim.nr_domains() and not claim.no_verdict:
        lines = re.findall(r"^.*\b%s\b.*$" % domain, text, re.M)
        tail = lines[-4:] or text.splitlines()[-4:]
        return "FAILURE", "no verdict; last lines:\n    " + "\n    ".join(tail)
    for each, rest in found:
        if each not in RANK:
            return "FAILURE", "unknown verdict `%s`" % each
        if RANK.index(each) > RANK.index(word):
            word, detail = each, rest
    for pattern in claim.wanted:
        if not re.search(pattern.replace("{dom}", domain), text, re.M):
            return "FAILURE", "no line /%s/" % pattern
    for pattern in claim.unwanted:
        match = re.search(pattern.replace("{dom}", domain), text, re.M)
        if match:
            return "FAILURE", "unwanted line: " + match[0]
    return word, detail


def count(results, prefix, claim, domain, text):
    word, detail = verdict_of(claim, domain, text)
    name = "%s%s/%s" % (prefix, boot.SUFFIX, claim.name)
    if word == "SUCCESS":
        results.passed(name)
    elif word == "SKIP":
        results.skipped(name, detail)
    else:
        results.failed(name, ("%s %s" % (word, detail)).strip())


def boot_scene(name, claims, emulator, cpu):
    """Boots a group of claims; returns (console text, what went wrong)."""
    modules = [] if claims[0].initial else [(boot.KEEPER, claims[0].drive_options())]
    for claim in claims + ([] if claims[0].initial else [Claim(VICTIM)]):
        modules += claim.modules(len(modules))
    modules = [(path, args.replace("{emulator}", emulator)) for path, args in modules]
    victim = "d%d" % (len(modules) - 1)
    modules += [(claim.ramdisk, "" if claim.initial else "ramdisk=" + claim.name)
                for claim in claims if claim.ramdisk]
    for claim in claims:
        modules += claim.disk_modules(name)
    options = " ".join(["guest_debugcon qemu-exit"] + [c.options for c in claims if c.options])
    drive = images.make_drive(name + "-hda.img") if claims[0].drive is not None else ""
    the_boot = boot.Boot(name, modules, options, emulator, limit=SCENE_LIMIT, cpu=cpu,
                         drive=drive)
    missing = the_boot.missing()
    if missing:
        return "", "not built: " + ", ".join(missing)
    problem = ""
    with the_boot.start() as machine:
        try:
            if not claims[0].initial:
                # keeper passes the input on to the next domain when one ends.
                machine.expect(claims[0].until or r"^\(d0\) input to %s$" % victim,
                               the_boot.limit)
                machine.type("end\n")
            machine.wait_end(the_boot.limit)
            if not machine.powered_off():
                problem = "ended without powering off: " + machine.why_ended()
        except emu.ConsoleError as error:
            problem = "%s (see %s)" % (error, os.path.relpath(machine.log_path, emu.ROOT))
        problem = problem or boot.lost_frames(machine.text)
        if claims[0].initial:
            return machine.text, problem
        word, detail = verdict_of(Claim(VICTIM), victim, machine.text)
        if word != "SUCCESS" and (not problem or "no verdict" not in detail):
            problem = "the victim: %s %s" % (word, detail)
        return machine.text, problem


def run_scene(results, prefix, scene_number, claims, emulator):
    """Boots one group of claims and counts each, and the boot's end."""
    name = "%s-scene%d" % (prefix, scene_number)
    cpu = OTHER_CPU.get(emulator, {}).get(scene_number, "")
    text, problem = boot_scene(name, claims, emulator, cpu)
    number = 0 if claims[0].initial else 1
    for claim in claims:
        own_text, domain = text, "d%d" % number
        number += claim.nr_domains()
        finished = re.search(r"^\(d0\) %s has ended" % domain, text, re.M)
        if problem and text and not finished and len(claims) > 1:
            # Another claim may have pulled this one down: it gets a boot of its own.
            own_text, own_problem = boot_scene("%s-alone-%s" % (name, claim.name), [claim],
                                               emulator, cpu)
            domain = "d1"
            if own_problem:
                results.failed("%s%s/%s" % (prefix, boot.SUFFIX, claim.name), own_problem)
                continue
        count(results, prefix, claim, domain, own_text)
    results.check("%s%s/victim-and-power-off" % (name, boot.SUFFIX), problem)


def run_guests(results, prefix, emulator):
    """Every claim of this width, in one emulator."""
    folders = sorted(os.path.dirname(path)
                     for path in glob.glob(os.path.join(emu.ROOT, "test/guest/*/main.c")))
    claims = []
    for folder in folders:
        claim = read_claim(folder)
        if claim.name == VICTIM or boot.ARCH not in claim.widths.split():
            continue
        if claim.bochs_only and emulator != "bochs":
            results.skipped("%s%s/%s" % (prefix, boot.SUFFIX, claim.name),
                            "needs Bochs: " + claim.bochs_only)
        else:
            claims.append(claim)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for future in [pool.submit(run_scene, results, prefix, number, group, emulator)
                       for number, group in enumerate(scenes(claims), 1)]:
            future.result()


def run(results):
    boot_cases.run(results, "qemu")
    run_guests(results, "guest", "qemu")
    walks.option(results)
