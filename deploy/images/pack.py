#!/usr/bin/env python3
"""Makes an OCI image of one layer of a folder, the same bytes each time.

    pack.py FOLDER LAYOUT TAG [--config JSON]

LAYOUT is the folder of the image; --config is merged into its configuration, as in
'{"Cmd": ["sh"], "StopSignal": "SIGQUIT"}'.
"""

import argparse
import gzip
import hashlib
import io
import json
import pathlib
import platform
import tarfile

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def layer(folder):
    """A tar file of a folder without anything of this machine or moment."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            entry = tar.gettarinfo(path, arcname=str(path.relative_to(folder)))
            if entry is None:
                continue
            if entry.islnk():
                entry.type, entry.size = tarfile.REGTYPE, path.stat().st_size
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = ""
            with path.open("rb") if entry.isreg() else io.BytesIO() as content:
                tar.addfile(entry, content)
    return output.getvalue()


def put(layout, content, media_type):
    digest = hashlib.sha256(content).hexdigest()
    blob = layout / "blobs/sha256" / digest
    blob.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(content)
    return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(content)}


def put_json(layout, value, media_type):
    return put(layout, json.dumps(value, sort_keys=True).encode(), media_type)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("layout", type=pathlib.Path)
    arguments.add_argument("tag")
    arguments.add_argument("--config", type=json.loads, default={})
    given = arguments.parse_args()
    tar = layer(given.folder)
    kind = "application/vnd.oci.image."
    packed = put(given.layout, gzip.compress(tar, 6, mtime=0), kind + "layer.v1.tar+gzip")
    config = {
        "created": "1970-01-01T00:00:00Z",
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Env": [PATH], **given.config},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(tar).hexdigest()]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind + "manifest.v1+json",
        "config": put_json(given.layout, config, kind + "config.v1+json"),
        "layers": [packed],
    }
    described = put_json(given.layout, manifest, kind + "manifest.v1+json")
    described["annotations"] = {"org.opencontainers.image.ref.name": given.tag}
    (given.layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (given.layout / "index.json").write_text(
        json.dumps({"schemaVersion": 2, "manifests": [described]})
    )


if __name__ == "__main__":
    main()
