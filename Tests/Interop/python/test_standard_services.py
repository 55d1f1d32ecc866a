"""gRPC's standard services on the worker port, with the stock clients of grpcio."""

import grpc
import pytest
from google.protobuf import descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from own_manager import Manager
from support import WORKERS

LIMIT = 20
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def asking(service):
    return health_pb2.HealthCheckRequest(service=service)


def test_health_from_the_start_to_the_end(children):
    manager = Manager("--no-tls")
    children.append(manager)
    with grpc.insecure_channel(WORKERS) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for service in ("", "muster.v1.Worker"):
            assert stub.Check(asking(service), timeout=LIMIT).status == SERVING
        with pytest.raises(grpc.RpcError) as raised:
            stub.Check(asking("no.Service"), timeout=LIMIT)
        assert raised.value.code() == grpc.StatusCode.NOT_FOUND
        statuses = stub.Watch(asking("muster.v1.Worker"), timeout=LIMIT)
        assert next(statuses).status == SERVING
        manager.child.process.terminate()
        assert next(statuses).status == NOT_SERVING
        with pytest.raises(grpc.RpcError) as raised:
            next(statuses)
        assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
    assert manager.child.process.wait(timeout=20) == 0, manager.said()


def test_a_tool_without_a_proto_file_calls_the_manager(children):
    manager = Manager("--no-tls")
    children.append(manager)
    with grpc.insecure_channel(WORKERS) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        assert "muster.v1.Worker" in database.get_services()
        assert "grpc.health.v1.Health" in database.get_services()
        pool = descriptor_pool.DescriptorPool(database)
        method = pool.FindServiceByName("muster.v1.Worker").methods_by_name["Heartbeat"]
        beat = message_factory.GetMessageClass(method.input_type)(session=bytes(16), sequence=1)
        call = channel.unary_unary("/muster.v1.Worker/Heartbeat")
        with pytest.raises(grpc.RpcError) as raised:
            call(beat.SerializeToString(), timeout=LIMIT)
        assert raised.value.code() == grpc.StatusCode.FAILED_PRECONDITION
        assert "register again" in raised.value.details()
    manager.child.end()
