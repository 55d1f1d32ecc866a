"""Peers that send garbage. Their connection is closed, and nobody else notices."""

import json
import os
import random

import pytest

import wire
from peer import Peer, instance
from support import TARGET, Connection, sleeper


@pytest.fixture
def bystander(ecs):
    """A worker that is connected all the time; in the end it has noticed nothing."""
    peer = Peer(name="bystander")
    peer.join()
    epoch = peer.answer.epoch
    yield peer
    assert not peer.heartbeat_errors
    assert peer.updates.empty(), "the stream is as it was"
    seen = instance(ecs, peer)
    assert seen["agentConnected"] and seen["status"] == "ACTIVE"
    ecs.register_task_definition(**sleeper())
    answer = ecs.run_task(taskDefinition="sleeper")
    assert answer["failures"] == []
    assert peer.next_assignment().task.id.hex() in answer["tasks"][0]["taskArn"]
    assert peer.answer.epoch == epoch
    peer.close()


def closed(data, code=None):
    """The worker port closes a connection that sends this, with that GOAWAY if one is named."""
    with wire.worker_port() as link:
        wire.send(link, data)
        received = wire.read_to_end(link)
    codes = wire.goaway_codes(received)
    assert code is None or codes == [code], f"{data[:40]!r}: GOAWAY {codes}, {received[:100]!r}"


def test_on_the_worker_port(bystander):
    silent = [wire.worker_port() for _ in range(20)]
    half = [wire.worker_port() for _ in range(20)]
    for link in half:
        link.sendall(wire.PREFACE[:10])
    generator = random.Random(20260101)
    for _ in range(20):
        closed(b"\x00" + generator.randbytes(generator.randrange(24, 5_000)))
    closed(b"GET / HTTP/1.1\r\nHost: muster\r\n\r\n")
    closed(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
    closed(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + generator.randbytes(300))
    closed(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + wire.frame(wire.SETTINGS))
    closed(wire.PREFACE + wire.frame(wire.PING, payload=b"12345678"), wire.PROTOCOL_ERROR)
    # HTTP/2 from here on: the right code is known.
    oversize = wire.frame(wire.DATA, stream=1, payload=b"a" * 1_000, length=0xFFFFFF)
    closed(wire.HELLO + oversize, wire.FRAME_SIZE_ERROR)
    closed(wire.HELLO + wire.frame(wire.PING, payload=b"short"), wire.FRAME_SIZE_ERROR)
    closed(wire.HELLO + wire.frame(wire.DATA, stream=0, payload=b"a"), wire.PROTOCOL_ERROR)
    closed(wire.HELLO + wire.frame(wire.HEADERS, 4, 2, b"\x82"), wire.PROTOCOL_ERROR)
    closed(wire.HELLO + wire.frame(wire.HEADERS, 4, 1, b"\xff" * 40), wire.COMPRESSION_ERROR)
    for link in silent + half:
        wire.read_to_end(link)
        link.close()


def test_floods_on_the_worker_port(bystander):
    literal = b"\x00\x01a\x7f\x81\x7f" + b"b" * 256  # a header of 256 bytes, not indexed
    headers = wire.frame(wire.HEADERS, 0, 1, literal)
    more = wire.frame(wire.CONTINUATION, 0, 1, literal * 60)
    closed(wire.HELLO + headers + more * 40)
    # PINGs whose answers nobody reads, empty DATA, unknown frames: counted, then the end.
    closed(wire.HELLO + wire.frame(wire.PING, payload=b"12345678") * 200_000)
    closed(wire.HELLO + wire.frame(0x77) * 200_000)
    for number in range(1_000):
        link = wire.worker_port()
        if number % 3:
            link.send(wire.HELLO[: number % len(wire.HELLO)])
        link.close()


def test_on_the_api_port(http):
    assert http.call("CreateCluster", {"clusterName": "here"})[0] == 200
    slow = [wire.api_port() for _ in range(20)]
    for link in slow:
        link.sendall(b"POST / HTTP/1.1\r\nHost: mus")
    generator = random.Random(20260101)
    for _ in range(20):
        with wire.api_port() as link:
            wire.send(link, b"\x00" + generator.randbytes(generator.randrange(24, 5_000)))
            wire.read_to_end(link)
    for data in (
        wire.HELLO,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + generator.randbytes(300),
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\n" + b"X-Long: " + b"a" * 5_000_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\n" + b"X-More: aaaaaaaaaa\r\n" * 500_000 + b"\r\n",
        b"POST / HTTP/9.9\r\nHost: a\r\n\r\n",
    ):
        with wire.api_port() as link:
            wire.send(link, data)
            answer = wire.read_to_end(link)
            assert b" 200 " not in answer[:20], f"{data[:60]!r}: {answer[:100]!r}"
            assert http.call("ListClusters")[0] == 200
    for number in range(1_000):
        link = wire.api_port()
        if number % 3:
            link.send(b"POST / HTTP/1.1\r\nHost: a\r\n"[: number % 26])
        link.close()
    # Those that were slow may end what they began.
    body = json.dumps({"clusters": ["here"]}).encode()
    for link in slow:
        link.sendall(
            b"ter\r\nConnection: close\r\nX-Amz-Target: "
            + TARGET.encode()
            + b"DescribeClusters\r\nContent-Length: "
            + str(len(body)).encode()
            + b"\r\n\r\n"
            + body
        )
        answer = wire.read_to_end(link)
        assert answer.startswith(b"HTTP/1.1 200") and b"cluster/here" in answer
        link.close()
    assert http.call("ListClusters")[0] == 200


def test_memory_stays_bounded_under_garbage(bystander):
    manager = int(os.environ["MUSTER_TEST_MANAGER"])

    def resident():
        with open(f"/proc/{manager}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20

    def round():
        for _ in range(20):
            closed(b"\x00" * 100_000)
            connection = Connection()
            assert connection.call("CreateCluster", b"x" * 3_000_000)[0] == 413
            connection.close()

    round()
    before = resident()
    for _ in range(4):
        round()
    assert resident() - before < 64, f"MiB grown from {before} to {resident()}"
