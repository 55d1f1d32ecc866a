"""What tshark makes of the packets of a port."""

import os
import shutil
import socket
import subprocess
import time

import pytest

LIMIT = 60


def need_tshark():
    if not shutil.which("tshark"):
        pytest.skip("there is no tshark")
    if os.geteuid() != 0:
        pytest.skip("only root may capture packets")


class Capture:
    """Captures what goes over a TCP port of loopback while it is open."""

    def __init__(self, port, file):
        self.port, self.file = port, file

    def __enter__(self):
        self.process = subprocess.Popen(
            ["tshark", "-q", "-i", "lo", "-f", f"tcp port {self.port}", "-w", str(self.file)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self._catch_up()
        return self

    def __exit__(self, *_):
        self._catch_up()
        self.process.terminate()
        self.process.wait(timeout=LIMIT)

    def _catch_up(self):
        """Makes connections until one is seen in the file: what comes later will be, and what came
        before is there."""
        deadline = time.monotonic() + LIMIT
        while True:
            with socket.create_connection(("127.0.0.1", self.port)) as link:
                mine = link.getsockname()[1]
            for _ in range(10):
                time.sleep(0.2)
                if self.file.exists() and self.read(f"tcp.port == {mine}", strict=False):
                    return
            assert time.monotonic() < deadline, "tshark captures nothing"

    def read(self, display, *fields, strict=True):
        """The fields of all packets that the display filter takes, a line each."""
        arguments = ["-r", str(self.file), "-d", f"tcp.port=={self.port},http2", "-Y", display]
        if fields:
            arguments += ["-T", "fields", *(part for name in fields for part in ("-e", name))]
        done = subprocess.run(
            ["tshark", *arguments], capture_output=True, text=True, timeout=LIMIT, check=strict
        )
        return done.stdout.splitlines()

    def is_well_formed(self, user_agent):
        """HTTP/2 and gRPC are decoded from the first byte to the last, with nothing malformed."""
        malformed = self.read("_ws.malformed || _ws.expert.severity == error")
        assert not malformed, malformed[:5]
        agents = self.read("http2.headers.user_agent", "http2.headers.user_agent")
        assert agents and all(user_agent in line for line in agents), agents[:5]
        assert self.read("grpc.compressed_flag == 0") and self.read("grpc.compressed_flag == 1")
        refused = 'http2.header.name == "grpc-status" && http2.header.value == "12"'
        assert self.read(refused), "the call of an unknown method is not seen"
