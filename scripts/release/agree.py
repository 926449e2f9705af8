#!/usr/bin/env python3
"""Stops a release whose parts do not agree.

usage: agree.py TAG REPOSITORY_URL

The tag is `v` and the version of the workspace; CHANGELOG.md has a heading of it; `repository` of the manifest, from which
`cargo binstall` makes its addresses, is the repository that releases. Every disagreement is told at once.
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    tag, url = sys.argv[1:3]
    told = subprocess.run(["cargo", "metadata", "--no-deps", "--locked", "--format-version", "1"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    packages = json.loads(told.stdout)["packages"]
    wrong = []
    for package in packages:
        if tag != f"v{package['version']}":
            wrong.append(f"{package['name']} has version {package['version']}, the tag is {tag}")
    program = next(p for p in packages if p["name"] == "cachewright")
    if program["repository"] != url:
        wrong.append(f"`repository` of Cargo.toml is {program['repository'] or 'not set'}, the release is made at {url}")
    headings = [line.split()[1].strip("[]") for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    if tag.removeprefix("v") not in headings:
        wrong.append(f"CHANGELOG.md has no heading `## {tag.removeprefix('v')}`")
    for line in wrong:
        print(f"release: {line}", file=sys.stderr)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
