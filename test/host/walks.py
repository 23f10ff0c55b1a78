# SPDX-License-Identifier: MIT
"""Replays the walks of test/bochs/ in one boot, and checks at every stop what
they say is true there: ring, symbol, stack, frame."""

import os

import boot
import emu
import session
import step
import symbols
import walk

LIMIT = 240     # seconds, for all walks


def run(results):
    prefix = "walk" + boot.SUFFIX
    the_boot = session.walker_scene("walks", "step=" + session.NO_STOPS)
    the_boot.limit = LIMIT
    missing = the_boot.missing()
    if missing:
        results.failed(prefix, "not built: " + ", ".join(missing))
        return
    said = []
    try:
        the_session = session.Session(the_boot, [symbols.MONITOR, boot.KEEPER, session.WALKER],
                                      said.append)
    except emu.ConsoleError as error:
        results.failed(prefix, str(error))
        return
    try:
        player = step.Player(the_session)
        player.begin()
        for name in walk.names():
            replay(results, "%s/%s" % (prefix, name), player, name)
    finally:
        the_session.close()
        with open(os.path.join(emu.LOG, the_boot.name + ".said"), "w") as f:
            f.write("\n".join(said) + "\n")


def replay(results, test, player, name):
    problem = ""
    player.failed = []
    try:
        player.play(walk.find(name))
    except (emu.ConsoleError, ValueError, NameError, KeyError) as error:
        problem = "%s: %s" % (type(error).__name__, error)
    results.check(test, "; ".join(player.failed + ([problem] if problem else [])))
