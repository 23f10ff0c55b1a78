# SPDX-License-Identifier: MIT
"""`make step`: watch a trap, instruction by instruction, in Bochs' debugger.

    make step                   the walk `cli`, then you are free
    make step WALK=NAME         another walk; WALK=list names them
    make step STEP=KINDS        no walk: the teaching kernel, and stops of these kinds
    make step STEP=… SCENE=NAME the same in a scene of `make run`

Environment: WALK, STEP, SCENE, HEADLESS (plays the walk without waiting), ARCH.
"""

import os
import readline  # noqa: F401  (gives input() its history)
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import boot
import debug
import emu
import run
import session
import symbols
import walk

FIRST_WALK = "cli"
HEADLESS_LIMIT = 120     # seconds


class Player:
    """Leads a session through a walk."""

    def __init__(self, the_session, pause=None):
        """pause(stop): called at the end of each stop, to let somebody look around."""
        self.session, self.pause = the_session, pause
        self.failed = []

    def begin(self):
        """On to where the monitor is up and no guest has run."""
        debugger = self.session.debugger
        debugger.until([debugger.address_of("monitor_main")])

    def play(self, the_walk):
        say = self.session.say
        say("\n%s\n%s" % (the_walk.title, "=" * len(the_walk.title)))
        self.session.kinds(the_walk.step)
        for number, stop in enumerate(the_walk.stops):
            if stop.heading:
                say("\n-- %d of %d: %s" % (number, len(the_walk.stops) - 1, stop.heading))
            self._play_stop(the_walk, stop)
            if self.pause:
                self.pause(stop)
        self.session.kinds("none")

    def _play_stop(self, the_walk, stop):
        for kind, line in stop.items:
            if kind == "text":
                self.session.say(line)
            elif kind == "command":
                self.session.say("> " + line)
                self.session.execute(line)
            elif kind == "keep":
                self.session.facts.keep(line)
            elif not self.session.facts.value(line):
                where = "%s, `%s`: not true: %s" % (the_walk.name, stop.heading, line)
                self.failed.append(where)
                self.session.say("  ! " + where)
            else:
                self.session.say("  holds: " + line)


class Prompt:
    """Reads commands from the terminal until the user wants to go on."""

    def __init__(self, the_session):
        self.session = the_session

    def read(self, prompt, enter_goes_on):
        """Serves commands; returns at `next` (or an empty line), ends at `quit`."""
        while True:
            try:
                line = input(prompt).strip()
            except (EOFError, KeyboardInterrupt):
                print()
                raise SystemExit(0)
            if line in ("q", "quit", "exit"):
                raise SystemExit(0)
            if line in ("n", "next") or not line and enter_goes_on:
                return
            if line:
                self.serve(line)

    def serve(self, line):
        try:
            self.session.execute(line)
        except KeyboardInterrupt:
            self.session.debugger.interrupt()
            self.session.debugger.catch_up()
            self.session.show_place()
        except (emu.ConsoleError, ValueError) as error:
            print("  " + str(error))
            if self.session.debugger.ended():
                raise SystemExit(1)

    def pause(self, stop):
        if stop.heading:
            self.read("Enter goes on, help lists commands> ", True)
        else:
            self.read("Enter begins> ", True)


def open_session(the_boot, images, interactive):
    the_boot.limit = float("inf") if interactive else HEADLESS_LIMIT
    missing = the_boot.missing()
    if missing:
        raise SystemExit("step: not built: " + ", ".join(missing))
    print("booting %s in Bochs ..." % the_boot.name, flush=True)
    the_session = session.Session(the_boot, [symbols.MONITOR, boot.KEEPER] + images,
                                  colours=sys.stdout.isatty())
    if interactive:
        the_session.debugger.patience = float("inf")
    return the_session


def free(interactive):
    """No walk: the teaching kernel, stops as STEP says."""
    kinds = os.environ["STEP"]
    session.parse_kinds(kinds)
    scene = os.environ.get("SCENE")
    if scene and scene not in run.SCENES:
        raise emu.ConsoleError("no scene `%s`; there are: %s" % (scene, " ".join(run.SCENES)))
    modules = run.SCENES[scene] if scene else debug.MODULES[:2]
    images = [path for path in debug.symbol_files(modules) if path != boot.KEEPER]
    the_session = open_session(session.scene("step", modules, "step=" + kinds), images,
                               interactive)
    try:
        the_session.go()
        if interactive:
            print("The monitor has stopped; `help` lists commands, `go` goes on.")
            Prompt(the_session).read("step> ", False)
    finally:
        the_session.close()


def guided(name, interactive):
    the_walk = walk.find(name)
    the_session = open_session(session.walker_scene("step-" + name, "step=" + session.NO_STOPS),
                               [session.WALKER], interactive)
    prompt = Prompt(the_session)
    player = Player(the_session, prompt.pause if interactive else None)
    try:
        player.begin()
        player.play(the_walk)
        if interactive:
            print("\nThe walk is over; the machine is yours. `kinds` sets new stops, `go` goes "
                  "on,\n`quit` leaves. Other walks: make step WALK=…  "
                  + " ".join(each for each in walk.names() if each != name))
            prompt.read("step> ", False)
    finally:
        the_session.close()
    return 1 if player.failed else 0


def main():
    emu.exit_on_signals()
    name = os.environ.get("WALK") or FIRST_WALK
    interactive = (os.environ.get("HEADLESS", "") in ("", "0")
                   and os.isatty(0) and os.isatty(1))
    if name not in walk.names():
        if name != "list":
            print("There is no walk `%s` with ARCH=%s." % (name, boot.ARCH))
        print("The walks: " + " ".join(walk.names()))
        return 0 if name == "list" else 1
    try:
        if os.environ.get("STEP") and not os.environ.get("WALK"):
            return free(interactive)
        return guided(name, interactive)
    except emu.ConsoleError as error:
        print("step: %s" % error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
