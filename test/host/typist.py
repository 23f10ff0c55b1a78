# SPDX-License-Identifier: MIT
"""Who types at a machine of several domains, as keeper lets one do it: finds the
domain that a line is for, and tells when its command is done."""

import re
import secrets

import emu

CONSOLE_SWITCH = "\x01\x01\x01"


class Typist:
    """Types commands to domains' shells, one at a time."""

    def __init__(self, machine):
        self.machine = machine

    def _focused(self):
        """Where keeper last said that the input goes."""
        found = re.findall(r"^\(d0\) input to (\w+)\n", self.machine.text, re.M)
        return found[-1] if found else ""

    def focus(self, dom):
        """Moves the input to this domain, or to `monitor`."""
        for _ in range(16):
            self.machine.mark()
            if self._focused() == dom:
                return
            self.machine.type(CONSOLE_SWITCH)
            self.machine.expect(r"^\(d0\) input to \w+\n", 60)
        raise emu.ConsoleError("the input focus never reached " + dom)

    def wait_ended(self, dom, how, limit=60):
        """Waits for a domain's end, and until keeper has moved the input on if it was there:
        keys pressed before that would move it further."""
        had_input = self._focused() == dom
        self.machine.expect(r"^\(d0\) %s .*has ended: %s\n" % (dom, how), limit)
        if had_input:
            self.machine.expect(r"^\(d0\) (?:input to \w+|the last domain has ended)\n", limit)

    def keeper(self, command, answer, limit=60):
        """Gives keeper itself a command; its answer, a match."""
        self.focus("monitor")
        self.machine.type(":%s\n" % command)
        return self.machine.expect(r"^\(d0\) %s$" % answer, limit)

    def run(self, dom, command, limit=120):
        """Types a command to a domain's shell; what it printed, a list of lines."""
        self.focus(dom)
        first, second = secrets.randbelow(10 ** 6), secrets.randbelow(10 ** 6)
        start = len(self.machine.text)
        # The sum is in what the shell prints, and not in the echo of what is typed.
        self.machine.type("%s; echo end-$((%d+%d))\n" % (command, first, second))
        done = self.machine.expect(r"^\(%s\) .*\bend-%d$" % (dom, first + second), limit)
        # The prompt and the typed line's echo may share a line, or not, with what is said.
        said = r"^\(%s\) (?:\w*[#$] )*(?!.*end-\$\(\()(.*)$" % dom
        lines = re.findall(said, self.machine.text[start:done.start()], re.M)
        return [line.rstrip() for line in lines]

    def echo(self, dom):
        """A word that nobody can know comes back from the right domain."""
        word = "w" + secrets.token_hex(4)
        if self.run(dom, "echo %s" % word)[-1:] != [word]:
            raise emu.ConsoleError("%s did not echo %s" % (dom, word))
