"""grpcio's client with Muster's server, `rpc-peer server`: gRPC's own cases."""

import concurrent.futures

import grpc
import pytest

from calls import (
    GZIP, LIMIT, Pipe, answers, connect, ends_with, input_of, large_unary, output, server, simple,
    sizes, stub,
)
from peers import Relay, message_flags
from protos import TEST_SERVICE, UNIMPLEMENTED_SERVICE, Stub, messages
from testing_service import ECHO_INITIAL, ECHO_TRAILING

PAIR = "grpcio"


def test_empty_unary(stub):
    assert stub.EmptyCall(messages.Empty(), timeout=LIMIT) == messages.Empty()


def test_large_unary(stub):
    large_unary(stub)


def test_concurrent_large_unary(stub):
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        for done in [pool.submit(large_unary, stub) for _ in range(200)]:
            done.result()


def test_client_compressed_unary(server):
    with Relay(server.port) as relay, connect(relay) as channel:
        stub = Stub(channel, TEST_SERVICE)
        expected = simple(expect_compressed=messages.BoolValue(value=True))
        ends_with(grpc.StatusCode.INVALID_ARGUMENT, stub.UnaryCall, expected)
        for wanted in (True, False):
            request = simple(
                314_159, 271_828, expect_compressed=messages.BoolValue(value=wanted)
            )
            compression = GZIP if wanted else None
            answer = stub.UnaryCall(request, timeout=LIMIT, compression=compression)
            assert answer.payload.body == bytes(314_159)
        assert message_flags(relay.to_server, preface=True) == [0, 1, 0]


def test_server_compressed_unary(server):
    with Relay(server.port) as relay, connect(relay) as channel:
        stub = Stub(channel, TEST_SERVICE)
        for wanted in (True, False):
            request = simple(
                314_159, 271_828, response_compressed=messages.BoolValue(value=wanted)
            )
            answer = stub.UnaryCall(request, timeout=LIMIT)
            assert answer.payload.body == bytes(314_159)
        assert message_flags(relay.to_client) == [1, 0]


def test_client_streaming(stub):
    requests = [input_of(size) for size in (27_182, 8, 1_828, 45_904)]
    answer = stub.StreamingInputCall(iter(requests), timeout=LIMIT)
    assert answer.aggregated_payload_size == 74_922


def test_client_compressed_streaming(server):
    with Relay(server.port) as relay, connect(relay) as channel:
        stub = Stub(channel, TEST_SERVICE)
        probe = stub.StreamingInputCall.future(
            iter([input_of(27_182, expect_compressed=True)]), timeout=LIMIT
        )
        assert probe.exception().code() == grpc.StatusCode.INVALID_ARGUMENT
        # A stream of grpcio's client is compressed as a whole or not at all.
        for compression, size in ((GZIP, 27_182), (None, 45_904)):
            wanted = compression == GZIP
            requests = iter([input_of(size, expect_compressed=wanted)] * 2)
            answer = stub.StreamingInputCall(requests, timeout=LIMIT, compression=compression)
            assert answer.aggregated_payload_size == 2 * size
        assert message_flags(relay.to_server, preface=True) == [0, 1, 1, 0, 0]


def test_server_streaming(stub):
    wanted = [31_415, 9, 2_653, 58_979]
    assert sizes(stub.StreamingOutputCall(output(*wanted), timeout=LIMIT)) == wanted


def test_server_compressed_streaming(server):
    request = messages.StreamingOutputCallRequest(
        response_parameters=[
            messages.ResponseParameters(size=size, compressed=messages.BoolValue(value=wanted))
            for size, wanted in ((31_415, True), (92_653, False))
        ]
    )
    with Relay(server.port) as relay, connect(relay) as channel:
        responses = Stub(channel, TEST_SERVICE).StreamingOutputCall(request, timeout=LIMIT)
        assert sizes(responses) == [31_415, 92_653]
        assert message_flags(relay.to_client) == [1, 0]


def test_ping_pong(stub):
    pipe = Pipe()
    responses = stub.FullDuplexCall(iter(pipe), timeout=LIMIT)
    for body, size in ((27_182, 31_415), (8, 9), (1_828, 2_653), (45_904, 58_979)):
        pipe.send(output(size, body=body))
        assert len(next(responses).payload.body) == size
    pipe.close()
    assert list(responses) == []
    assert responses.code() == grpc.StatusCode.OK


def test_empty_stream(stub):
    assert list(stub.FullDuplexCall(iter(()), timeout=LIMIT)) == []


def test_custom_metadata(stub):
    value = "test_initial_metadata_value"
    sent = ((ECHO_INITIAL, value), (ECHO_TRAILING, b"\xab\xab\xab"))
    _, unary = stub.UnaryCall.with_call(
        simple(314_159, 271_828), metadata=sent, timeout=LIMIT
    )
    stream = stub.FullDuplexCall(
        iter([output(314_159, body=271_828)]), metadata=sent, timeout=LIMIT
    )
    assert sizes(stream) == [314_159]
    for call in (unary, stream):
        assert dict(call.initial_metadata())[ECHO_INITIAL] == value
        assert dict(call.trailing_metadata())[ECHO_TRAILING] == b"\xab\xab\xab"


def test_status_code_and_message(stub):
    echo_status("test status message", stub)


def echo_status(text, stub):
    status = messages.EchoStatus(code=2, message=text)
    for call, request in (
        (stub.UnaryCall, simple(response_status=status)),
        (stub.FullDuplexCall, iter([output(response_status=status)])),
        (stub.StreamingOutputCall, output(response_status=status)),
    ):
        assert ends_with(grpc.StatusCode.UNKNOWN, call, request).details() == text


def test_special_status_message(stub):
    echo_status("\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n", stub)


def test_unimplemented_method(stub):
    ends_with(grpc.StatusCode.UNIMPLEMENTED, stub.UnimplementedCall, messages.Empty())
    answers(stub)


def test_unimplemented_service(server):
    with connect(server) as channel:
        stub = Stub(channel, UNIMPLEMENTED_SERVICE)
        ends_with(grpc.StatusCode.UNIMPLEMENTED, stub.UnimplementedCall, messages.Empty())


def test_cancel_after_begin(stub):
    pipe = Pipe()
    call = stub.StreamingInputCall.future(iter(pipe), timeout=LIMIT)
    call.cancel()
    assert call.cancelled() and call.code() == grpc.StatusCode.CANCELLED
    pipe.close()
    answers(stub)


def test_cancel_after_first_response(stub):
    pipe = Pipe()
    responses = stub.FullDuplexCall(iter(pipe), timeout=LIMIT)
    pipe.send(output(31_415, body=27_182))
    assert len(next(responses).payload.body) == 31_415
    responses.cancel()
    assert responses.code() == grpc.StatusCode.CANCELLED
    with pytest.raises(grpc.RpcError):
        next(responses)
    pipe.close()
    answers(stub)


def test_timeout_on_sleeping_server(stub):
    pipe = Pipe()
    pipe.send(output(8, body=27_182))
    ends_with(grpc.StatusCode.DEADLINE_EXCEEDED, stub.FullDuplexCall, iter(pipe), timeout=0.001)
    pipe.close()
    answers(stub)
