"""What the cases of grpcio's client have in common."""

import queue

import grpc
import pytest

from peers import muster_server
from protos import TEST_SERVICE, Stub, messages
from testing_service import payload

LIMIT = 30
GZIP = grpc.Compression.Gzip


@pytest.fixture(scope="module")
def server():
    with muster_server() as running:
        yield running


@pytest.fixture
def stub(server):
    with connect(server) as channel:
        yield Stub(channel, TEST_SERVICE)


def connect(server, *options, **arguments):
    """A channel with a connection of its own."""
    options = [
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.max_send_message_length", -1),
        ("grpc.enable_retries", 0),
        *options,
    ]
    return grpc.insecure_channel(server.target, options=options, **arguments)


def simple(size=0, body=0, **members):
    return messages.SimpleRequest(response_size=size, payload=payload(body), **members)


def output(*sizes, body=0, **members):
    wanted = [messages.ResponseParameters(size=size) for size in sizes]
    return messages.StreamingOutputCallRequest(
        response_parameters=wanted, payload=payload(body), **members
    )


def sizes(responses):
    return [len(response.payload.body) for response in responses]


def ends_with(code, call, *arguments, **options):
    """The call ends with that status; what it said."""
    with pytest.raises(grpc.RpcError) as raised:
        answer = call(*arguments, **{"timeout": LIMIT, **options})
        list(answer) if hasattr(answer, "__iter__") else None
    assert raised.value.code() == code, raised.value
    return raised.value


def answers(stub):
    assert len(stub.UnaryCall(simple(10), timeout=LIMIT).payload.body) == 10


def large_unary(stub, **options):
    answer = stub.UnaryCall(simple(314_159, 271_828), timeout=LIMIT, **options)
    assert answer.payload.body == bytes(314_159)


def input_of(size, expect_compressed=None):
    request = messages.StreamingInputCallRequest(payload=payload(size))
    if expect_compressed is not None:
        request.expect_compressed.value = expect_compressed
    return request


class Pipe:
    """Requests that a test sends when it wants to."""

    def __init__(self):
        self.queue = queue.Queue()

    def send(self, request):
        self.queue.put(request)

    def close(self):
        self.queue.put(None)

    def __iter__(self):
        return iter(self.queue.get, None)
