"""The processes on the other side, certificates, and a relay that listens in."""

import os
import pathlib
import re
import select
import socket
import subprocess
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[3]
PEER = os.environ.get("MUSTER_TEST_PEER", str(TOP / ".build/debug/rpc-peer"))
LIMIT = 60


class Process:
    """A server that says on standard output where it listens."""

    def __init__(self, *command):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), f"{command}: {line!r} {self.said()}"
        self.where = line.split()[-1]

    @property
    def port(self):
        return int(self.where)

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    def said(self):
        self.errors.seek(0)
        return self.errors.read()[-4_000:]

    def stop(self):
        """Asks it to drain. It has to end well."""
        self.process.terminate()
        try:
            code = self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"does not end: {self.process.args}: {self.said()}") from None
        assert code == 0, f"exit code {code}: {self.process.args}: {self.said()}"

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            return self.stop()
        self.process.kill()
        self.process.wait()


def muster_server(*options):
    return Process(PEER, "server", *map(str, options))


def cpp_server(address="127.0.0.1:0", *options):
    """The C++ peer, built when it is asked for the first time."""
    built = subprocess.run(
        [TOP / "Tests/Interop/cpp/build"], capture_output=True, text=True, timeout=600
    )
    assert built.returncode == 0, built.stderr[-4_000:]
    return Process(built.stdout.strip(), address, *map(str, options))


def run_client(case, *options):
    """One case of Muster's client: fails with what it says."""
    done = subprocess.run(
        [PEER, "client", *map(str, options), case],
        capture_output=True, text=True, timeout=LIMIT,
    )
    assert done.stdout.strip() == f"{case}: ok", f"{done.stdout} {done.stderr[-2_000:]}"


def client_cases():
    """The cases that Muster's client knows."""
    done = subprocess.run([PEER, "client", "--list"], capture_output=True, text=True, check=True)
    return done.stdout.split()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Certificates:
    """An authority and what it has signed, in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self._openssl(
            "req", "-x509", *self._key("ca"), "-out", self.path("ca.pem"),
            "-subj", "/CN=interop test authority", "-days", "2",
        )
        self._sign("server", "subjectAltName=DNS:peer.test")
        self._sign("client", "extendedKeyUsage=clientAuth")

    def path(self, name):
        return self.folder / name

    def read(self, name):
        return self.path(name).read_bytes()

    def _key(self, name):
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        return (*curve, "-keyout", self.path(f"{name}-key.pem"))

    def _sign(self, name, extension):
        request, extensions = self.path(f"{name}.csr"), self.path(f"{name}.ext")
        extensions.write_text(extension + "\n")
        self._openssl("req", *self._key(name), "-out", request, "-subj", f"/CN={name}")
        self._openssl(
            "x509", "-req", "-in", request, "-CA", self.path("ca.pem"), "-days", "2",
            "-CAkey", self.path("ca-key.pem"), "-CAcreateserial", "-extfile", extensions,
            "-out", self.path(f"{name}.pem"),
        )

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Relay:
    """Passes TCP connections on, keeps what went by, and can fall silent like a pulled cable."""

    def __init__(self, port, freeze_after=None):
        self.server = port
        self.freeze_after = freeze_after
        self.to_server, self.to_client = bytearray(), bytearray()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target = f"127.0.0.1:{self.port}"
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.server))
            except OSError:
                client.close()
                continue
            self.open += [client, server]
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client, server):
        started = time.monotonic()
        try:
            while True:
                ready, _, _ = select.select([client, server], [], [], 0.05)
                age = time.monotonic() - started
                if self.freeze_after is not None and age > self.freeze_after:
                    return
                for side in ready:
                    data = side.recv(65_536)
                    if not data:
                        client.close(), server.close()
                        return
                    (self.to_server if side is client else self.to_client).extend(data)
                    (server if side is client else client).sendall(data)
        except (OSError, ValueError):
            return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        for side in self.open:
            side.close()


def frames(data, preface=False):
    """The frames in a direction of a connection: (type, flags, stream, payload)."""
    rest = bytes(data)[24 if preface else 0 :]
    found = []
    while len(rest) >= 9:
        length = int.from_bytes(rest[:3], "big")
        stream = int.from_bytes(rest[5:9], "big") & 0x7FFFFFFF
        found.append((rest[3], rest[4], stream, rest[9 : 9 + length]))
        rest = rest[9 + length :]
    return found


def message_flags(data, preface=False):
    """The compression flag of each gRPC message in a direction of a connection."""
    bodies = {}
    for kind, _, stream, payload in frames(data, preface):
        if kind == 0:
            bodies.setdefault(stream, bytearray()).extend(payload)
    flags = []
    for body in bodies.values():
        while len(body) >= 5:
            flags.append(body[0])
            del body[: 5 + int.from_bytes(body[1:5], "big")]
    return flags


def goaways(data):
    """(error code, debug text) of each GOAWAY in what a server sent."""
    return [
        (int.from_bytes(payload[4:8], "big"), payload[8:].decode())
        for kind, _, _, payload in frames(data)
        if kind == 7
    ]


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        return True
    except OSError:
        return False


def version_of_tls(port, certificates):
    """What the server speaks when the client would take anything, and the protocol it chose."""
    import ssl

    context = ssl.create_default_context(cafile=str(certificates.path("ca.pem")))
    context.set_alpn_protocols(["h2"])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        with context.wrap_socket(link, server_hostname="peer.test") as secure:
            return secure.version(), secure.selected_alpn_protocol()


ANSI = re.compile(r"\x1b\[[0-9;]*m")
