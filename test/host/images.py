# SPDX-License-Identifier: MIT
"""Disk images that tests make for themselves, in build/images."""

import os
import subprocess

import boot
import emu

FOLDER = os.path.join(boot.OUT, "images")


def path_of(name):
    os.makedirs(os.path.join(emu.ROOT, FOLDER), exist_ok=True)
    return os.path.join(FOLDER, name)


def make_fat(name, files, mbytes=4):
    """A FAT file system without partitions; files: {name: text}. Its path."""
    path = path_of(name)
    full = os.path.join(emu.ROOT, path)
    with open(full, "wb") as f:
        f.truncate(mbytes << 20)
    subprocess.run(["mformat", "-i", full, "::"], check=True, capture_output=True)
    for file_name, text in files.items():
        subprocess.run(["mcopy", "-i", full, "-", "::" + file_name], input=text.encode(),
                       check=True, capture_output=True)
    return path
