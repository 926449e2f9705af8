"""The little of an ELF file that a release must know: its machine, whether it needs a loader, which glibc it asks for."""
import re
import struct

# Machine of the header → name in image configurations, name in platform tags of wheels.
MACHINES = {62: ("amd64", "x86_64"), 183: ("arm64", "aarch64")}


def machine(data):
    if data[:6] != b"\x7fELF\x02\x01":
        raise SystemExit("not a 64-bit little-endian ELF file; only these are packed")
    number = struct.unpack_from("<H", data, 18)[0]
    if number not in MACHINES:
        raise SystemExit(f"machine {number} of the ELF header is not one that is packed")
    return MACHINES[number]


def needs_loader(data):
    """Whether a program header names an interpreter: such a program does not start in an empty image."""
    offset = struct.unpack_from("<Q", data, 32)[0]
    size, count = struct.unpack_from("<HH", data, 54)
    return any(struct.unpack_from("<I", data, offset + i * size)[0] == 3 for i in range(count))


def newest_glibc(data):
    """The newest version of a glibc symbol that the file asks for, as (major, minor); None without any."""
    found = {(int(a), int(b)) for a, b in re.findall(rb"\0GLIBC_(\d+)\.(\d+)", data)}
    return max(found, default=None)
