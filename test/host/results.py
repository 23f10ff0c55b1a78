# SPDX-License-Identifier: MIT
"""Counts and prints test results; the last line is the runner's verdict."""

import json
import threading


class Results:
    """Passed, failed and skipped tests of one run. Safe to use from threads."""

    def __init__(self, verdict_path):
        self._verdict_path = verdict_path       # gets the last line, for scripts
        self._lock = threading.Lock()
        self._count = {"passed": 0, "failed": 0, "skipped": 0}
        self._failures = []
        self.passed_names = set()

    def _add(self, what, mark, name, detail):
        with self._lock:
            self._count[what] += 1
            line = "%s %s" % (mark, name) + (": " + detail if detail else "")
            if what == "passed":
                self.passed_names.add(name)
            if what == "failed":
                self._failures.append(line)
            print(line, flush=True)

    def passed(self, name):
        self._add("passed", "ok  ", name, "")

    def failed(self, name, reason):
        self._add("failed", "FAIL", name, reason)

    def skipped(self, name, reason):
        self._add("skipped", "skip", name, reason)

    def check(self, name, problem):
        """A test that passes if there is no problem to name."""
        if problem:
            self.failed(name, problem)
        else:
            self.passed(name)

    def note(self, text):
        with self._lock:
            print(text, flush=True)

    def add_run(self, path):
        """Adds what a run of its own has written there with save()."""
        with open(path) as f:
            count, failures = json.load(f)
        for what, number in count.items():
            self._count[what] += number
        self._failures += failures

    def save(self, path):
        with open(path, "w") as f:
            json.dump([self._count, self._failures], f)

    def finish(self):
        """Prints failures again, then the verdict; returns the exit status."""
        if self._failures:
            print("\nFailed:")
            for line in self._failures:
                print("  " + line.replace("\n", "\n  "))
        verdict = "%(passed)d passed, %(failed)d failed" % self._count
        if self._count["skipped"]:
            verdict += ", %(skipped)d skipped" % self._count
        print("\n" + verdict, flush=True)
        with open(self._verdict_path, "w") as f:
            f.write(verdict + "\n")
        return 1 if self._count["failed"] else 0
