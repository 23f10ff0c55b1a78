# SPDX-License-Identifier: MIT
"""Debian's grub-x86_64-xen.bin as a guest that loads a kernel from its disk, as pv-grub does."""

import os

import boot
import emu
import images
import stock


def run(results):
    files = {"vmlinuz": "amd64/vmlinuz", "ramdisk": "amd64/shell.img"}
    contents = {}
    for name, source in files.items():
        with open(os.path.join(emu.ROOT, stock.path(*source.split("/"))), "rb") as f:
            contents[name] = f.read()
    disk = images.make_fat("pvgrub.fat", contents, mbytes=24)
    modules = [(boot.KEEPER, ""), (boot.GRUB_GUEST, "domain=grub,mem=192M"),
               (disk, "disk=grub,xvda,ro")]

    def loads(typist):
        machine = typist.machine
        machine.expect(r"^\(d1\) .*grub>", 200)
        for line in ("linux (xen/xvda)/vmlinuz console=hvc0 hostname=loaded",
                     "initrd (xen/xvda)/ramdisk", "boot"):
            machine.type(line + "\n")
            if line != "boot":
                machine.expect(r"^\(d1\) .*grub>", 120)
        stock.ready("d1", typist, "loaded")

    def leaves(typist):
        typist.echo("d1")
        typist.machine.type("exit\n")

    stock.play(results, boot.Boot("pv-grub", modules, memory=512, limit=stock.LIMIT),
               [("loads-linux", loads), ("power", leaves)])
