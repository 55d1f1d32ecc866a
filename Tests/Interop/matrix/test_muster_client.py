"""Muster's client, `rpc-peer client`, with the servers of others and with our own."""

import pytest

import capture
from cases import CASES, not_applicable
from peers import Relay, cpp_server, has_ipv6, message_flags, muster_server, run_client
from testing_service import LENIENT, Server as GrpcioServer

import grpc


class ToGrpcio:
    """How grpcio's server is started in every way that a case needs."""

    probes = False

    def start(self, lenient=False):
        return self.made(options=LENIENT if lenient else ())

    def on(self, address):
        return self.made(address)

    def with_tls(self, certificates, mutual):
        credentials = grpc.ssl_server_credentials(
            [(certificates.read("server-key.pem"), certificates.read("server.pem"))],
            certificates.read("ca.pem") if mutual else None,
            require_client_auth=mutual,
        )
        return self.made(credentials=credentials)

    def made(self, *arguments, **options):
        return _Started(GrpcioServer(*arguments, **options))


class _Started:
    """A server in this process, used like one in another."""

    def __init__(self, server):
        self.server, self.port = server, server.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop()


class ToCpp:
    probes = True

    def start(self, lenient=False):
        return cpp_server("127.0.0.1:0", *(["lenient"] if lenient else []))

    def on(self, address):
        return cpp_server(address)

    def with_tls(self, certificates, mutual):
        files = [certificates.path(name) for name in ("server.pem", "server-key.pem", "ca.pem")]
        return cpp_server("127.0.0.1:0", "tls", *files[:2], files[2] if mutual else "none")


class Ours:
    probes = True

    def start(self, lenient=False):
        return muster_server(*(["--min-ping-ms", 10] if lenient else []))

    def on(self, address):
        kind, _, path = address.partition("unix:")
        return muster_server("--unix", path) if path else muster_server("--host", "::1")

    def with_tls(self, certificates, mutual):
        options = ["--cert", certificates.path("server.pem")]
        options += ["--key", certificates.path("server-key.pem")]
        if mutual:
            options += ["--client-ca", certificates.path("ca.pem")]
        return muster_server(*options)


PEERS = {"to-grpcio": ToGrpcio(), "to-c++": ToCpp(), "ours": Ours()}
CELLS = [
    pytest.param(pair, case, id=f"{pair}-{case}")
    for pair in PEERS
    for case in CASES
    if not not_applicable(case, pair)
]


@pytest.fixture(scope="module")
def running():
    """A server of each pair that is kept for all cases which leave it as it was."""
    servers = {}
    yield lambda pair: servers.setdefault(pair, PEERS[pair].start())
    for server in servers.values():
        server.__exit__(None, None, None)


@pytest.mark.parametrize("pair, case", CELLS)
def test_cell(pair, case, running, certificates, tmp_path):
    special = SPECIAL.get(case)
    if special:
        special(pair, PEERS[pair], certificates, tmp_path)
    else:
        run_client(case, "--port", running(pair).port, *probing(PEERS[pair]))


def probing(peer):
    return ["--probes-compression"] if peer.probes else []


def server_compresses(case):
    """The server's first message is compressed on the wire, and its second is not."""

    def run(pair, peer, certificates, folder):
        with peer.start() as server, Relay(server.port) as relay:
            run_client(case, "--port", relay.port)
            assert message_flags(relay.to_client) == [1, 0]

    return run


def client_compresses(case):
    """The client compresses where it says so, and nowhere else."""

    def run(pair, peer, certificates, folder):
        with peer.start() as server, Relay(server.port) as relay:
            run_client(case, "--port", relay.port, *probing(peer))
            probes = [0] if peer.probes else []
            assert message_flags(relay.to_server, preface=True) == [*probes, 1, 0]

    return run


def keepalive(pair, peer, certificates, folder):
    with peer.start(lenient=True) as server, Relay(server.port, freeze_after=1.2) as relay:
        run_client("keepalive", "--port", relay.port)


def ends_its_server(case):
    def run(pair, peer, certificates, folder):
        with peer.start() as server:
            run_client(case, "--port", server.port)

    return run


def unix_socket(pair, peer, certificates, folder):
    path = folder / "socket"
    with peer.on(f"unix:{path}"):
        for case in ("large_unary", "ping_pong"):
            run_client(case, "--unix", path)


def ipv6(pair, peer, certificates, folder):
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with peer.on("[::1]:0") as server:
        for case in ("large_unary", "ping_pong"):
            run_client(case, "--host", "::1", "--port", server.port)


def trusting(certificates, server, name="peer.test"):
    return ["--port", server.port, "--ca", certificates.path("ca.pem"), "--server-name", name]


def tls(pair, peer, certificates, folder):
    with peer.with_tls(certificates, mutual=False) as server:
        for case in ("large_unary", "ping_pong", "long_streams"):
            run_client(case, *trusting(certificates, server))
        with pytest.raises(AssertionError, match="can't connect"):
            run_client("empty_unary", *trusting(certificates, server, name="other.test"))


def mutual_tls(pair, peer, certificates, folder):
    own = ["--cert", certificates.path("client.pem"), "--key", certificates.path("client-key.pem")]
    with peer.with_tls(certificates, mutual=True) as server:
        for case in ("large_unary", "ping_pong"):
            run_client(case, *trusting(certificates, server), *own)
        with pytest.raises(AssertionError, match="unavailable"):
            run_client("empty_unary", *trusting(certificates, server))


def decoded(pair, peer, certificates, folder):
    capture.need_tshark()
    with peer.start() as server:
        with capture.Capture(server.port, folder / "packets") as packets:
            for case in ("gzip_both_ways", "ping_pong", "custom_metadata", "unimplemented_method"):
                run_client(case, "--port", server.port)
        packets.is_well_formed(user_agent="muster")


SPECIAL = {
    "client_compressed_unary": client_compresses("client_compressed_unary"),
    "client_compressed_streaming": client_compresses("client_compressed_streaming"),
    "server_compressed_unary": server_compresses("server_compressed_unary"),
    "server_compressed_streaming": server_compresses("server_compressed_streaming"),
    "keepalive": keepalive,
    "too_many_pings": ends_its_server("too_many_pings"),
    "goaway_during_calls": ends_its_server("goaway_during_calls"),
    "unix_socket": unix_socket,
    "ipv6": ipv6,
    "tls_1_3": tls,
    "mutual_tls": mutual_tls,
    "decoded_by_tshark": decoded,
}
