"""Muster's server as nghttp sees it: an HTTP/2 client that shows every frame."""

import re
import struct
import subprocess

from calls import server, simple
from peers import ANSI

PAIR = "nghttp"
UNARY = "/grpc.testing.TestService/UnaryCall"


def shown(server, folder, message, *headers, path=UNARY):
    """What `nghttp -v` says of one call."""
    body = folder / "body"
    body.write_bytes(b"\0" + struct.pack(">I", len(message)) + message)
    fields = ["content-type: application/grpc", "te: trailers", *headers]
    done = subprocess.run(
        [
            "nghttp", "-v", "--no-dep", *(f"-H{field}" for field in fields), "-d", str(body),
            f"http://{server.target}{path}",
        ],
        capture_output=True, text=True, errors="replace", timeout=30,
    )
    text = ANSI.sub("", done.stdout)
    assert done.returncode == 0 and "[ERROR]" not in text, text + done.stderr
    return text


def received(text):
    """The frames that the server sent: (kind, flags, stream, bytes)."""
    form = r"recv (\w+) frame <length=(\d+), flags=0x(\w+), stream_id=(\d+)>"
    return [
        (kind, int(flags, 16), int(stream), int(length))
        for kind, length, flags, stream in re.findall(form, text)
    ]


def headers(text):
    """The header fields that the server sent."""
    return dict(re.findall(r"recv \(stream_id=\d+\) ([\w:-]+): (.*)", text))


def test_well_formed_frames(server, tmp_path):
    message = simple(100_000).SerializeToString()
    text = shown(server, tmp_path, message, "grpc-timeout: 10S")
    frames = received(text)
    kinds = [kind for kind, *_ in frames]
    assert kinds[0] == "SETTINGS" and "GOAWAY" not in kinds and "RST_STREAM" not in kinds, text
    assert all(length <= 16_384 for *_, length in frames), "frames within the default size"
    ours = [frame for frame in frames if frame[2] != 0]
    assert [kind for kind, *_ in ours if kind != "DATA"] == ["HEADERS", "HEADERS"], text
    # The head, the message, and the trailers, which end the stream.
    assert ours[0][:2] == ("HEADERS", 0x4) and ours[-1][:2] == ("HEADERS", 0x5), text
    sizes = [length for kind, _, _, length in ours if kind == "DATA"]
    assert sum(sizes) == 5 + len(simple(0, 100_000).SerializeToString()), sizes
    found = headers(text)
    assert found[":status"] == "200" and found["content-type"] == "application/grpc"
    assert found["grpc-status"] == "0" and "grpc-message" not in found

    refused = shown(server, tmp_path, b"", path="/no.Service/Call")
    (only,) = [frame for frame in received(refused) if frame[2] != 0]
    assert only[:2] == ("HEADERS", 0x5), "a status alone ends the stream with its head"
    assert headers(refused)["grpc-status"] == "12"
    assert headers(refused)["content-type"] == "application/grpc"


def test_unknown_encoding(server, tmp_path):
    found = headers(shown(server, tmp_path, b"", "grpc-encoding: snappy"))
    assert found["grpc-status"] == "12" and "snappy" in found["grpc-message"]
    assert found["grpc-accept-encoding"] == "identity,gzip"
