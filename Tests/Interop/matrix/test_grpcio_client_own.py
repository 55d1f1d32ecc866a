"""grpcio's client with Muster's server, `rpc-peer server`: cases of our own."""

import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from google.rpc import error_details_pb2, status_pb2

import capture
from calls import (
    GZIP, LIMIT, Pipe, answers, connect, ends_with, input_of, large_unary, output, server, simple,
    sizes, stub,
)
from peers import Relay, free_port, goaways, has_ipv6, message_flags, muster_server, version_of_tls
from protos import TEST_SERVICE, Stub, messages
from testing_service import ECHO_TRAILING, SERVICE, payload

PAIR = "grpcio"
ENHANCE_YOUR_CALM = 11


def control(stub, word):
    _, call = stub.UnaryCall.with_call(
        simple(), metadata=(("muster-test-control", word),), timeout=LIMIT
    )
    return dict(call.trailing_metadata())


def open_calls(stub):
    return int(control(stub, "open")["muster-test-open"])


def eventually(what, probe, within=10):
    deadline = time.monotonic() + within
    while not probe():
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.02)


def test_half_duplex(stub):
    requests = iter([output(10), output(20), output(30)])
    assert sizes(stub.HalfDuplexCall(requests, timeout=LIMIT)) == [10, 20, 30]


def test_long_streams(stub):
    requests = (input_of(10_000) for _ in range(2_000))
    answer = stub.StreamingInputCall(requests, timeout=LIMIT)
    assert answer.aggregated_payload_size == 20_000_000
    wanted = [10_000] * 2_000
    assert sizes(stub.StreamingOutputCall(output(*wanted), timeout=LIMIT)) == wanted


def test_gzip_both_ways(server):
    with Relay(server.port) as relay, connect(relay, compression=GZIP) as channel:
        stub = Stub(channel, TEST_SERVICE)
        for size in (100, 100_000, 3_000_000):
            request = simple(size, size, response_compressed=messages.BoolValue(value=True))
            assert len(stub.UnaryCall(request, timeout=LIMIT).payload.body) == size
        assert message_flags(relay.to_server, preface=True) == [1, 1, 1]
        assert message_flags(relay.to_client) == [1, 1, 1]


def test_unknown_encoding(stub):
    error = ends_with(
        grpc.StatusCode.UNIMPLEMENTED, stub.UnaryCall, simple(0, 1_000),
        compression=grpc.Compression.Deflate,
    )
    assert "deflate" in error.details() and "gzip" in error.details()
    answers(stub)


def test_binary_metadata(stub):
    for value in (b"", b"\0", bytes(range(256)), b"\xff" * 1_000):
        _, call = stub.UnaryCall.with_call(
            simple(), metadata=((ECHO_TRAILING, value),), timeout=LIMIT
        )
        assert dict(call.trailing_metadata())[ECHO_TRAILING] == value


def test_status_details(stub):
    status = status_pb2.Status(code=9, message="with details")
    status.details.add().Pack(error_details_pb2.RetryInfo())
    error = ends_with(
        grpc.StatusCode.FAILED_PRECONDITION, stub.UnaryCall,
        simple(response_status=messages.EchoStatus(code=9, message="with details")),
        metadata=(("muster-test-details-bin", status.SerializeToString()),),
    )
    assert rpc_status.from_call(error) == status


def test_cancel_reaches_the_server(stub):
    pipes = [Pipe(), Pipe()]
    calls = [stub.FullDuplexCall(iter(pipes[0])), stub.StreamingInputCall.future(iter(pipes[1]))]
    calls.append(stub.StreamingOutputCall(output(1)))
    held = messages.StreamingOutputCallRequest()
    held.response_parameters.add(size=1, interval_us=60_000_000)
    calls.append(stub.StreamingOutputCall(held))
    eventually("the calls are open", lambda: open_calls(stub) >= 3)
    for call in calls:
        call.cancel()
    eventually("the calls have ended", lambda: open_calls(stub) == 0)
    for pipe in pipes:
        pipe.close()


def test_server_ends_before_the_client(stub):
    pipe = Pipe()
    responses = stub.FullDuplexCall(iter(pipe), timeout=LIMIT)
    pipe.send(output(5, response_status=messages.EchoStatus(code=10, message="enough")))
    assert len(next(responses).payload.body) == 5
    with pytest.raises(grpc.RpcError) as raised:
        next(responses)
    assert (raised.value.code(), raised.value.details()) == (grpc.StatusCode.ABORTED, "enough")
    pipe.close()
    answers(stub)


def test_deadline_of_a_unary_call(stub):
    started = time.monotonic()
    ends_with(
        grpc.StatusCode.DEADLINE_EXCEEDED, stub.UnaryCall, simple(),
        metadata=(("muster-test-delay-ms", "5000"),), timeout=0.2,
    )
    assert time.monotonic() - started < 3
    answers(stub)


def test_message_under_the_servers_limit(stub):
    answer = stub.UnaryCall(simple(1, (4 << 20) - 100), timeout=LIMIT)
    assert len(answer.payload.body) == 1


def test_message_over_the_servers_limit(stub):
    for size in (4 << 20, 5 << 20, 30 << 20):
        ends_with(grpc.StatusCode.RESOURCE_EXHAUSTED, stub.UnaryCall, simple(0, size))
        requests = iter([input_of(10), input_of(size)])
        ends_with(grpc.StatusCode.RESOURCE_EXHAUSTED, stub.StreamingInputCall, requests)
    answers(stub)


def test_message_over_the_clients_limit(stub):
    ends_with(grpc.StatusCode.RESOURCE_EXHAUSTED, stub.UnaryCall, simple(5 << 20))
    ends_with(grpc.StatusCode.RESOURCE_EXHAUSTED, stub.StreamingOutputCall, output(5 << 20))
    answers(stub)


def test_slow_reader(server, stub):
    """Two gigabytes for a client that takes none of them wait with the server, not in it."""
    before = resident(server)
    responses = stub.StreamingOutputCall(output(*[1 << 20] * 2_000), timeout=LIMIT)
    assert len(next(responses).payload.body) == 1 << 20
    for _ in range(20):
        large_unary(stub)
    assert resident(server) - before < 64 << 20
    responses.cancel()
    answers(stub)


def resident(server):
    with open(f"/proc/{server.process.pid}/statm") as numbers:
        return int(numbers.read().split()[1]) * 4_096


PINGING = (
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
)


def test_keepalive():
    """Each side notices that the other one is gone, as if a cable had been pulled."""
    with muster_server("--min-ping-ms", 10, "--keepalive-ms", 400) as server:
        with Relay(server.port, freeze_after=1.2) as relay:
            options = (("grpc.keepalive_time_ms", 200), ("grpc.http2.ping_timeout_ms", 500))
            with connect(relay, *options, *PINGING) as channel, connect(server) as other:
                watching = Stub(other, TEST_SERVICE)
                started = time.monotonic()
                pipe = Pipe()
                error = ends_with(
                    grpc.StatusCode.UNAVAILABLE, Stub(channel, TEST_SERVICE).FullDuplexCall,
                    iter(pipe),
                )
                assert 1 < time.monotonic() - started < 10, error
                eventually("the server ended the call", lambda: open_calls(watching) == 0)
                pipe.close()


def test_too_many_pings(server):
    with Relay(server.port) as relay:
        with connect(relay, ("grpc.keepalive_time_ms", 50), *PINGING) as channel:
            stub = Stub(channel, TEST_SERVICE)
            answers(stub)
            eventually("the server says GOAWAY", lambda: goaways(relay.to_client), within=20)
            assert (ENHANCE_YOUR_CALM, "too_many_pings") in goaways(relay.to_client)
    with connect(server) as channel:
        answers(Stub(channel, TEST_SERVICE))


def test_goaway_during_calls():
    with muster_server() as server, Relay(server.port) as relay, connect(relay) as channel:
        stub = Stub(channel, TEST_SERVICE)
        pipe = Pipe()
        stream = stub.FullDuplexCall(iter(pipe), timeout=LIMIT)
        slow = stub.UnaryCall.future(
            simple(314_159), metadata=(("muster-test-delay-ms", "1000"),), timeout=LIMIT
        )
        eventually("both calls are open", lambda: open_calls(stub) == 2)
        control(stub, "drain")
        assert len(slow.result().payload.body) == 314_159
        with pytest.raises(grpc.RpcError) as raised:
            next(stream)
        assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
        pipe.close()
        ends_with(grpc.StatusCode.UNAVAILABLE, stub.EmptyCall, messages.Empty())
        assert [code for code, _ in goaways(relay.to_client)] == [0, 0]
        assert server.process.wait(timeout=10) == 0


def test_health_check(server):
    with connect(server) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for service in ("", SERVICE):
            asked = health_pb2.HealthCheckRequest(service=service)
            assert stub.Check(asked, timeout=LIMIT).status == asked_status("SERVING")
        unknown = health_pb2.HealthCheckRequest(service="no.Service")
        ends_with(grpc.StatusCode.NOT_FOUND, stub.Check, unknown)


def asked_status(name):
    return health_pb2.HealthCheckResponse.ServingStatus.Value(name)


def test_health_watch():
    with muster_server() as server, connect(server) as channel:
        stub, watching = Stub(channel, TEST_SERVICE), health_pb2_grpc.HealthStub(channel)

        def watch(service):
            return watching.Watch(health_pb2.HealthCheckRequest(service=service), timeout=LIMIT)

        unknown, statuses = watch("no.Service"), watch(SERVICE)
        assert next(unknown).status == asked_status("SERVICE_UNKNOWN")
        assert next(statuses).status == asked_status("SERVING")
        for word, status in (("not-serving", "NOT_SERVING"), ("serving", "SERVING")):
            control(stub, word)
            assert next(statuses).status == asked_status(status)
        # The last word of a server that stops.
        control(stub, "drain")
        assert next(statuses).status == asked_status("NOT_SERVING")
        with pytest.raises(grpc.RpcError) as raised:
            next(statuses)
        assert raised.value.code() == grpc.StatusCode.UNAVAILABLE


def test_wait_for_ready():
    port = free_port()
    where = type("Later", (), {"target": f"127.0.0.1:{port}"})
    options = (("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 200))
    with connect(where, *options) as channel:
        stub = Stub(channel, TEST_SERVICE)
        ends_with(grpc.StatusCode.UNAVAILABLE, stub.EmptyCall, messages.Empty())
        waiting = stub.UnaryCall.future(simple(10), timeout=LIMIT, wait_for_ready=True)
        with muster_server("--port", port):
            assert len(waiting.result().payload.body) == 10


def test_unix_socket(tmp_path):
    path = tmp_path / "socket"
    with muster_server("--unix", path) as server:
        server.where = None
        where = type("Socket", (), {"target": f"unix:{path}"})
        with connect(where) as channel:
            large_unary(Stub(channel, TEST_SERVICE))
            answers(Stub(channel, TEST_SERVICE))


def test_ipv6():
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with muster_server("--host", "::1") as server:
        where = type("Six", (), {"target": f"[::1]:{server.port}"})
        with connect(where) as channel:
            large_unary(Stub(channel, TEST_SERVICE))


def secure(server, certificates, *own, name="peer.test"):
    credentials = grpc.ssl_channel_credentials(certificates.read("ca.pem"), *own)
    options = (
        ("grpc.ssl_target_name_override", name), ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_retries", 0),
    )
    return grpc.secure_channel(server.target, credentials, options=options)


def tls_options(certificates):
    files = {"--cert": "server.pem", "--key": "server-key.pem"}
    return [part for name in files for part in (name, certificates.path(files[name]))]


def test_tls_1_3(certificates):
    with muster_server(*tls_options(certificates)) as server:
        assert version_of_tls(server.port, certificates) == ("TLSv1.3", "h2")
        with secure(server, certificates) as channel:
            stub = Stub(channel, TEST_SERVICE)
            large_unary(stub)
            assert sizes(stub.FullDuplexCall(iter([output(9)] * 3), timeout=LIMIT)) == [9] * 3
        with secure(server, certificates, name="other.test") as channel:
            stub = Stub(channel, TEST_SERVICE)
            ends_with(grpc.StatusCode.UNAVAILABLE, stub.EmptyCall, messages.Empty())
        with connect(server) as channel:
            stub = Stub(channel, TEST_SERVICE)
            ends_with(grpc.StatusCode.UNAVAILABLE, stub.EmptyCall, messages.Empty())


def test_mutual_tls(certificates):
    options = [*tls_options(certificates), "--client-ca", certificates.path("ca.pem")]
    with muster_server(*options) as server:
        own = certificates.read("client-key.pem"), certificates.read("client.pem")
        with secure(server, certificates, *own) as channel:
            large_unary(Stub(channel, TEST_SERVICE))
        with secure(server, certificates) as channel:
            stub = Stub(channel, TEST_SERVICE)
            ends_with(grpc.StatusCode.UNAVAILABLE, stub.EmptyCall, messages.Empty())


def test_decoded_by_tshark(tmp_path):
    capture.need_tshark()
    with muster_server() as server:
        with capture.Capture(server.port, tmp_path / "packets") as packets:
            with connect(server) as channel:
                stub = Stub(channel, TEST_SERVICE)
                request = simple(
                    1_000, 1_000, response_compressed=messages.BoolValue(value=True)
                )
                stub.UnaryCall(request, timeout=LIMIT, compression=GZIP)
                large_unary(stub)
                assert sizes(stub.FullDuplexCall(iter([output(9)] * 3), timeout=LIMIT)) == [9] * 3
                ends_with(grpc.StatusCode.UNIMPLEMENTED, stub.UnimplementedCall, messages.Empty())
        packets.is_well_formed(user_agent="grpc-python")
