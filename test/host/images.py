# SPDX-License-Identifier: MIT
"""Disk images that tests make for themselves, in build/images."""

import array
import os
import struct
import subprocess

import boot
import emu

FOLDER = os.path.join(boot.OUT, "images")


def path_of(name):
    os.makedirs(os.path.join(emu.ROOT, FOLDER), exist_ok=True)
    return os.path.join(FOLDER, name)


def words(sectors, tag):
    return array.array("I", range(tag << 24, (tag << 24) + sectors * 128)).tobytes()


def make_words(name, sectors, tag=0):
    """An image whose 32-bit words are numbered, with a tag in bits 24 and up. Its path."""
    path = path_of(name)
    with open(os.path.join(emu.ROOT, path), "wb") as f:
        f.write(words(sectors, tag))
    return path


PARTITIONS = ((64, 512), (576, 256), (832, 39000))     # first sector, sectors
DRIVE_SECTORS = 40 * 16 * 63


def make_drive(name):
    """An ATA drive with three partitions, each of numbered words, the nth with the tag
    n - 1. Its path."""
    path = make_words(name, DRIVE_SECTORS, 0xff)
    table = bytes(446) + b"".join(struct.pack("<4xB3xII", 0x83, first, nr)
                                  for first, nr in PARTITIONS)
    with open(os.path.join(emu.ROOT, path), "r+b") as f:
        f.write(table.ljust(510, b"\0") + b"\x55\xaa")
        for tag, (first, nr) in enumerate(PARTITIONS):
            f.seek(first * 512)
            f.write(words(nr, tag))
    return path


def as_bytes(content):
    return content.encode() if isinstance(content, str) else content


def make_fat(name, files, mbytes=4):
    """A FAT file system without partitions; files: {name: text or bytes}. Its path."""
    path = path_of(name)
    full = os.path.join(emu.ROOT, path)
    with open(full, "wb") as f:
        f.truncate(mbytes << 20)
    subprocess.run(["mformat", "-i", full, "::"], check=True, capture_output=True)
    for file_name, text in files.items():
        subprocess.run(["mcopy", "-i", full, "-", "::" + file_name], input=as_bytes(text),
                       check=True, capture_output=True)
    return path
