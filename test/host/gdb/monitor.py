# SPDX-License-Identifier: MIT
"""The monitor's data, found through gdb: domains, the running vcpu, physical
memory. Runs inside gdb; the commands are in commands.py."""

import re

import gdb

VECTORS = {0: "#DE", 1: "#DB", 2: "NMI", 3: "#BP", 4: "#OF", 5: "#BR", 6: "#UD", 7: "#NM",
           8: "#DF", 10: "#TS", 11: "#NP", 12: "#SS", 13: "#GP", 14: "#PF", 16: "#MF", 17: "#AC",
           18: "#MC", 19: "#XM", 0x80: "int 0x80", 0x82: "hypercall", 0x100: "SYSENTER",
           0x101: "SYSCALL", 0x102: "SYSCALL of 32-bit code"}
STOP_REASONS = ("blocked", "polling", "down", "paused")     # bits of vcpu.why_stopped


def long_bytes():
    return gdb.lookup_type("long").sizeof


def wide():
    """Whether this is the 64-bit monitor."""
    return long_bytes() == 8


def address(name):
    """
    Of a symbol of the monitor's. The link-time optimizer renames some static ones,
    and describes them once more without an address.
    """
    for each in (name, name + ".lto_priv.0"):
        try:
            return int(gdb.parse_and_eval("(unsigned long)&'%s'" % each))
        except gdb.error:
            continue
    for symbol in gdb.lookup_static_symbols(name):
        try:
            return int(symbol.value().address)
        except (gdb.error, TypeError):
            continue
    raise gdb.GdbError("no symbol %s: are these the monitor's symbols?" % name)


def pointer(where, type_name):
    """*(TYPE *)where, as a value."""
    return gdb.Value(int(where)).cast(gdb.lookup_type(type_name).pointer()).dereference()


def offset_of(type_name, field):
    for each in gdb.lookup_type(type_name).fields():
        if each.name == field:
            return each.bitpos // 8
    raise gdb.GdbError("struct %s has no %s" % (type_name, field))


def read(where, size):
    data = gdb.selected_inferior().read_memory(int(where), size)
    return int.from_bytes(bytes(data), "little")


def read_physical(where, size):
    """Machine memory, which QEMU gives when asked; elsewhere the direct map has some of it."""
    said = gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    if '"OK"' not in said:
        raise gdb.GdbError("only QEMU's gdb stub can read machine memory")
    try:
        return read(where, size)
    finally:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)


def register(name):
    return int(gdb.parse_and_eval("(unsigned long)$" + name))


def symbol_text(where):
    """`name+4`, with the file that has it if it isn't the monitor's, or hex."""
    said = gdb.execute("info symbol %#x" % where, to_string=True).strip()
    match = re.match(r"(\S+)(?: \+ (\d+))? in section \S+(?: of (\S+))?", said)
    if not match:
        return "%#x" % where
    text = match[1] + ("+%#x" % int(match[2]) if match[2] else "")
    image = (match[3] or "").rsplit("/", 1)[-1]
    return text + (" (%s)" % image if image and not image.startswith("ringlet") else "")


def cpu():
    """struct cpu of the one CPU: it ends its stack."""
    stack = address("cpu0_stack")
    size = int(gdb.parse_and_eval("sizeof(cpu0_stack)"))
    return pointer(stack + size - gdb.lookup_type("struct cpu").sizeof, "struct cpu")


def is_null(value):
    return int(value) == 0


def current():
    """The vcpu whose state is loaded, or None."""
    value = cpu()["current"]
    return None if is_null(value) else value.dereference()


def domains():
    """Every struct domain, by id."""
    head = address("domains")
    link = offset_of("struct domain", "link")
    at = read(head, long_bytes())
    while at and at != head:
        yield pointer(at - link, "struct domain")
        at = read(at, long_bytes())


def domain(text):
    """The domain that an argument names (`1` or `d1`); the running one without."""
    text = text.strip().lstrip("d")
    if not text:
        vcpu = current()
        if vcpu is None:
            raise gdb.GdbError("no domain runs; name one: dN")
        return vcpu["domain"].dereference()
    for each in domains():
        if int(each["id"]) == int(text):
            return each
    raise gdb.GdbError("no domain d%s" % text)


def name_of(vcpu):
    return "d%dv%d" % (int(vcpu["domain"]["id"]), int(vcpu["id"]))


def registers_of(vcpu):
    """Its struct regs: on the CPU's stack if it is loaded, else put away with it."""
    loaded = current()
    if loaded is not None and int(loaded.address) == int(vcpu.address):
        return cpu()["guest"]
    return vcpu["arch"]["regs"]


def in_kernel(vcpu):
    """Whether it was in its kernel, not its user, when it last left to us."""
    arch = vcpu["arch"]
    if "in_kernel" in [field.name for field in arch.type.fields()]:
        return bool(arch["in_kernel"])
    return int(registers_of(vcpu)["cs"]) & 3 == 1


def pte_flags(entry):
    names = ((1, "P"), (2, "RW"), (4, "US"), (8, "PWT"), (16, "PCD"), (32, "A"), (64, "D"),
             (128, "PS"), (256, "G"), (1 << 63, "NX"))
    return " ".join(name for bit, name in names if entry & bit)


def frame_text(mfn):
    """What a frame is used for, from the frame table."""
    if mfn >= int(gdb.parse_and_eval("max_mfn")):
        return "no RAM"
    table = gdb.parse_and_eval("frame_table")
    frame = table[mfn]
    word, count = int(frame["type"]), int(frame["count"])
    kind = "unused"
    if word & 0x03ffffff:
        kind = str(gdb.Value(word >> 28).cast(gdb.lookup_type("enum frame_type")))
        kind = "%s x%d%s" % (kind, word & 0x03ffffff, " pinned" if word & 1 << 27 else "")
    owner = frame["owner"]
    whose = "the monitor's" if is_null(owner) else "d%d's" % int(owner["domid"])
    return "%s, %s, %d references" % (whose, kind, count & 0x3fffffff)
