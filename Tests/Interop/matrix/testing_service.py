"""gRPC's test service on grpcio, with health and reflection: the peer of Muster's client.

What clients may ask for beyond gRPC's own document is in Tests/RPCPeer/Server/Controls.swift.
"""

import concurrent.futures
import threading
import time

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from protos import POOL, TEST_SERVICE, add_servicer, messages

ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"
SERVICE = "grpc.testing.TestService"
LENIENT = [
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10),
    ("grpc.keepalive_permit_without_calls", 1),
]
THREADS = 32


class TestService:
    def __init__(self, health_servicer, drain):
        self.health, self.drain = health_servicer, drain
        self.lock, self.open = threading.Lock(), 0

    def count(self, step):
        with self.lock:
            self.open += step
            return self.open

    def begin(self, context):
        """Counts a stream until it has ended, and sends back what the client wants to see."""
        self.count(1)
        if not context.add_callback(lambda: self.count(-1)):
            self.count(-1)
        self.echo(context)

    def echo(self, context, trailing=()):
        found = dict(context.invocation_metadata())
        if ECHO_INITIAL in found:
            context.send_initial_metadata([(ECHO_INITIAL, found[ECHO_INITIAL])])
        if ECHO_TRAILING in found:
            trailing = [*trailing, (ECHO_TRAILING, found[ECHO_TRAILING])]
        context.set_trailing_metadata(trailing)
        return found

    def obey(self, word):
        states = health_pb2.HealthCheckResponse
        if word == "drain":
            threading.Thread(target=self.drain, daemon=True).start()
        elif word in ("serving", "not-serving"):
            status = states.SERVING if word == "serving" else states.NOT_SERVING
            self.health.set(SERVICE, status)
        elif word == "open":
            return [("muster-test-open", str(self.count(0)))]
        return []

    def EmptyCall(self, request, context):
        return messages.Empty()

    def UnaryCall(self, request, context):
        found = dict(context.invocation_metadata())
        trailing = self.obey(found.get("muster-test-control"))
        if request.HasField("response_status"):
            details = found.get("muster-test-details-bin")
            if details is not None:
                trailing.append(("grpc-status-details-bin", details))
            context.set_trailing_metadata(trailing)
            context.set_details(request.response_status.message)
            context.set_code(code(request.response_status.code))
            return messages.SimpleResponse()
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        if "muster-test-delay-ms" in found:
            self.count(1)
            time.sleep(int(found["muster-test-delay-ms"]) / 1_000)
            self.count(-1)
        self.echo(context, trailing)
        return messages.SimpleResponse(payload=payload(request.response_size))

    def StreamingOutputCall(self, request, context):
        self.begin(context)
        yield from self.answer(request, context)

    def StreamingInputCall(self, requests, context):
        self.begin(context)
        total = sum(len(request.payload.body) for request in requests)
        return messages.StreamingInputCallResponse(aggregated_payload_size=total)

    def FullDuplexCall(self, requests, context):
        self.begin(context)
        for request in requests:
            yield from self.answer(request, context)
            if request.HasField("response_status"):
                return

    def HalfDuplexCall(self, requests, context):
        self.begin(context)
        for request in list(requests):
            yield from self.answer(request, context)

    def answer(self, request, context):
        if any(wanted.compressed.value for wanted in request.response_parameters):
            context.set_compression(grpc.Compression.Gzip)
        for wanted in request.response_parameters:
            time.sleep(wanted.interval_us / 1_000_000)
            if wanted.HasField("compressed") and not wanted.compressed.value:
                context.disable_next_message_compression()
            yield messages.StreamingOutputCallResponse(payload=payload(wanted.size))
        if request.HasField("response_status"):
            context.set_code(code(request.response_status.code))
            context.set_details(request.response_status.message)


def payload(size):
    return messages.Payload(body=bytes(size))


def code(number):
    return next(status for status in grpc.StatusCode if status.value[0] == number)


class Server:
    """The service on a port of its own, until `stop()`."""

    def __init__(self, address="127.0.0.1:0", credentials=None, options=()):
        pool = concurrent.futures.ThreadPoolExecutor(THREADS)
        self.server = grpc.server(pool, options=[("grpc.so_reuseport", 0), *options])
        health_servicer = health.HealthServicer()
        for name in ("", SERVICE):
            health_servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(health_servicer, self.server)
        service = TestService(health_servicer, lambda: self.server.stop(grace=10))
        add_servicer(service, TEST_SERVICE, self.server)
        reflection.enable_server_reflection(
            (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), self.server, POOL
        )
        if credentials:
            self.port = self.server.add_secure_port(address, credentials)
        else:
            self.port = self.server.add_insecure_port(address)
        self.server.start()

    def stop(self):
        self.server.stop(grace=0).wait()
