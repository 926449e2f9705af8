#!/usr/bin/env python3
"""Packs a built program as a Python wheel, so that pip, pipx and uvx install it where there is no Rust.

usage: wheel.py BINARY VERSION OUT_DIR [PLATFORM_TAG]

No Python code is in it: the binary becomes a script of the environment. Without PLATFORM_TAG the tag is read from the binary
(Linux: the newest glibc it asks for); for other systems it is given, as `macosx_11_0_arm64`. The same binary gives the same bytes.
"""
import base64
import hashlib
import pathlib
import sys
import zipfile

import elf

ROOT = pathlib.Path(__file__).resolve().parents[2]
METADATA = """Metadata-Version: 2.4
Name: cachewright
Version: {version}
Summary: Which AWS cache to use, what it costs, why the others lose, and the stack that deploys it
License-Expression: Apache-2.0
License-File: LICENSE
Requires-Python: >=3.8
Description-Content-Type: text/markdown

{readme}"""
WHEEL = """Wheel-Version: 1.0
Generator: cachewright scripts/release/wheel.py
Root-Is-Purelib: false
Tag: py3-none-{platform}
"""


def platform(data):
    _, arch = elf.machine(data)
    glibc = elf.newest_glibc(data)
    if glibc is None:
        raise SystemExit("the binary asks for no glibc: say for which platform it is")
    return f"manylinux_{glibc[0]}_{glibc[1]}_{arch}"


def files(data, version, tag):
    """Name → (bytes, mode), with the record last."""
    info = f"cachewright-{version}.dist-info"
    suffix = ".exe" if tag.startswith("win") else ""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    out = {
        f"cachewright-{version}.data/scripts/cachewright{suffix}": (data, 0o755),
        f"{info}/METADATA": (METADATA.format(version=version, readme=readme).encode(), 0o644),
        f"{info}/WHEEL": (WHEEL.format(platform=tag).encode(), 0o644),
        f"{info}/licenses/LICENSE": ((ROOT / "LICENSE").read_bytes(), 0o644),
    }
    lines = []
    for name, (content, _) in out.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    record = "\n".join(lines + [f"{info}/RECORD,,", ""])
    return out | {f"{info}/RECORD": (record.encode(), 0o644)}


def main():
    binary, version, out = sys.argv[1:4]
    data = pathlib.Path(binary).read_bytes()
    tag = sys.argv[4] if len(sys.argv) > 4 else platform(data)
    path = pathlib.Path(out) / f"cachewright-{version}-py3-none-{tag}.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as wheel:
        for name, (content, mode) in files(data, version, tag).items():
            entry = zipfile.ZipInfo(name)  # the year 1980, whatever the clock says
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    print(path)


if __name__ == "__main__":
    main()
