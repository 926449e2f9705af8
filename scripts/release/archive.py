#!/usr/bin/env python3
"""Packs the program for one target: binary, README, LICENSE, CHANGELOG, shell completions, man pages.

usage: archive.py BINARY TARGET VERSION OUT_DIR

Writes OUT_DIR/cachewright-TARGET-vVERSION.tar.gz and prints its path. Completions and man pages are what the binary itself
prints, so it must run here. The same binary gives the same bytes: names sorted, no times, no owner.
"""
import gzip
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile

# Name of the completions of each shell, as its loader looks for it.
COMPLETIONS = {"bash": "cachewright.bash", "elvish": "cachewright.elv", "fish": "cachewright.fish",
               "powershell": "_cachewright.ps1", "zsh": "_cachewright"}
ROOT = pathlib.Path(__file__).resolve().parents[2]


def contents(binary, target):
    """Name → (bytes, mode)."""
    suffix = ".exe" if "windows" in target else ""
    files = {f"cachewright{suffix}": (binary.read_bytes(), 0o755)}
    for name in ("README.md", "LICENSE", "CHANGELOG.md"):
        files[name] = ((ROOT / name).read_bytes(), 0o644)
    for shell, name in COMPLETIONS.items():
        text = subprocess.run([binary, "completions", shell], check=True, stdout=subprocess.PIPE).stdout
        files[f"completions/{name}"] = (text, 0o644)
    with tempfile.TemporaryDirectory() as pages:
        subprocess.run([binary, "man", "-o", pages], check=True, stdout=subprocess.DEVNULL)
        for page in pathlib.Path(pages).iterdir():
            files[f"man/{page.name}"] = (page.read_bytes(), 0o644)
    return files


def archive(folder, files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(files):
            data, mode = files[name]
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mode, entry.mtime = len(data), mode, 0
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), 6, mtime=0)


def main():
    binary, target, version, out = sys.argv[1:5]
    binary = pathlib.Path(binary).resolve()
    folder = f"cachewright-{target}-v{version}"
    path = pathlib.Path(out) / f"{folder}.tar.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(archive(folder, contents(binary, target)))
    print(path)


if __name__ == "__main__":
    main()
