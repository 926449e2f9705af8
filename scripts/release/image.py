#!/usr/bin/env python3
"""Writes a container image as an OCI layout, without an engine: one layer with the program and a bundle of roots of trust.

usage: image.py BINARY CA_BUNDLE OUT_DIR VERSION

The image is empty but for that, so the binary must be static (`RUSTFLAGS="-C target-feature=+crt-static"`); another is refused.
It runs as user 65532 in /work. Equal inputs give an equal digest, which is printed. OUT_DIR must not exist yet.
"""
import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile

import elf

USER = 65532
OCI = "application/vnd.oci.image"


def layer(binary, bundle):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        def add(name, mode, data=None, owner=0):
            entry = tarfile.TarInfo(name)
            entry.mode, entry.mtime, entry.uid, entry.gid = mode, 0, owner, owner
            if data is None:
                entry.type = tarfile.DIRTYPE
                tar.addfile(entry)
            else:
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        add("cachewright", 0o755, binary)
        for name in ("etc", "etc/ssl", "etc/ssl/certs"):
            add(name, 0o755)
        add("etc/passwd", 0o644, f"cachewright:x:{USER}:{USER}::/work:/\n".encode())
        add("etc/ssl/certs/ca-certificates.crt", 0o644, bundle)
        add("tmp", 0o1777)
        add("work", 0o755, owner=USER)
    return raw.getvalue()


def canonical(value):
    return json.dumps(value, sort_keys=True).encode()


def main():
    binary, bundle, out, version = sys.argv[1:5]
    binary, bundle, out = pathlib.Path(binary).read_bytes(), pathlib.Path(bundle).read_bytes(), pathlib.Path(out)
    architecture, _ = elf.machine(binary)
    if elf.needs_loader(binary):
        raise SystemExit("the binary is not static: in an empty image there is no loader to start it")
    blobs = out / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": f"{OCI}.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    raw = layer(binary, bundle)
    labels = {"org.opencontainers.image.title": "cachewright", "org.opencontainers.image.version": version,
              "org.opencontainers.image.licenses": "Apache-2.0"}
    config = {
        "architecture": architecture, "os": "linux",
        "config": {"User": f"{USER}:{USER}", "WorkingDir": "/work", "Entrypoint": ["/cachewright"], "Env": ["HOME=/work"], "Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(raw).hexdigest()]},
    }
    manifest = {
        "schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json", "annotations": labels,
        "config": blob(canonical(config), "config.v1+json"),
        "layers": [blob(gzip.compress(raw, 9, mtime=0), "layer.v1.tar+gzip")],
    }
    named = blob(canonical(manifest), "manifest.v1+json")
    named |= {"platform": {"architecture": architecture, "os": "linux"}, "annotations": {"org.opencontainers.image.ref.name": version}}
    (out / "oci-layout").write_bytes(canonical({"imageLayoutVersion": "1.0.0"}))
    (out / "index.json").write_bytes(canonical({"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": [named]}))
    print(named["digest"])


if __name__ == "__main__":
    main()
