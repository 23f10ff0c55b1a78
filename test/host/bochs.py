# SPDX-License-Identifier: MIT
"""The Bochs layer: what only a machine with segment limits and real PDPTE
loads can show. Every test guest again, old CPU models, the scene, and the walks
of `make step`, which look on from the debugger."""

import boot
import boot_cases
import guest
import labs
import real
import trace_test
import walks


def run(results):
    boot_cases.run(results, "bochs")
    guest.run_guests(results, "bochs", "bochs")
    real.bare_kernel(results, "bochs")
    real.first_kernel(results, "bochs")
    labs.run_in_bochs(results)
    real.grub_prompt(results, "bochs")
    real.drive_persists(results, "bochs")
    if boot.ARCH == "x86_64":   # where the scene is a stock kernel
        real.make_stock(results, "stock-kernels")
    real.scene(results, "bochs")
    trace_test.on_console(results, "bochs")
    walks.run(results)
