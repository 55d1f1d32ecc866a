"""Muster's server as the stock reflection client sees it, which knows no .proto file."""

import grpc
import pytest
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from calls import LIMIT, connect, server
from protos import Stub, compiled

PAIR = "grpcio"
SERVICES = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "grpc.testing.TestService",
]


def test_reflection(server):
    with connect(server) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        assert sorted(database.get_services()) == SERVICES
        pool = descriptor_pool.DescriptorPool(database)
        calls_by_reflection(channel, pool)
        knows_the_worker_protocol(pool)
        knows_extensions(database, pool)
        for missing in ("no.Message", "muster.v1.Nothing"):
            with pytest.raises(KeyError):
                pool.FindMessageTypeByName(missing)
        with pytest.raises(KeyError):
            pool.FindFileByName("none.proto")


def calls_by_reflection(channel, pool):
    """What a tool does that is given a method's name and fields."""
    service = pool.FindServiceByName("grpc.testing.TestService")
    assert len(service.methods) == 7
    request = message_factory.GetMessageClass(
        pool.FindMessageTypeByName("grpc.testing.SimpleRequest")
    )
    answer = Stub(channel, service).UnaryCall(request(response_size=42), timeout=LIMIT)
    assert len(answer.payload.body) == 42


def knows_the_worker_protocol(pool):
    worker = pool.FindServiceByName("muster.v1.Worker")
    assert "Heartbeat" in worker.methods_by_name
    ours = compiled("muster/v1/worker.proto").FindFileByName("muster/v1/worker.proto")
    assert worker.file.serialized_pb == ours.serialized_pb


def knows_extensions(database, pool):
    extended = pool.FindMessageTypeByName("muster.testing.Extended")
    assert database.FindAllExtensionNumbers("muster.testing.Extended") == [100, 150]
    note = pool.FindExtensionByNumber(extended, 100)
    assert note.full_name == "muster.testing.note"
    weight = pool.FindExtensionByName("muster.testing.Holder.weight")
    assert (weight.number, weight.containing_type.full_name) == (150, "muster.testing.Extended")


def test_reflection_v1(server):
    """grpcio has no client of v1 yet: its questions and answers as they are."""
    name = "grpc/reflection/v1/reflection.proto"
    pool = compiled(name)
    service = pool.FindServiceByName("grpc.reflection.v1.ServerReflection")
    request = message_factory.GetMessageClass(
        pool.FindMessageTypeByName("grpc.reflection.v1.ServerReflectionRequest")
    )

    def extending(name, number):
        wanted = {"containing_type": name, "extension_number": number}
        return request(file_containing_extension=wanted)

    questions = [
        request(host="here", list_services=""),
        request(file_containing_symbol="grpc.testing.TestService.UnaryCall"),
        request(file_by_filename="none.proto"),
        request(file_by_filename=name),
        request(),
        extending("muster.testing.Extended", 150),
        extending("muster.testing.Extended", 101),
    ]
    with connect(server) as channel:
        stub = Stub(channel, service)
        answers = list(stub.ServerReflectionInfo(iter(questions), timeout=LIMIT))
    assert [answer.original_request for answer in answers] == questions
    listed, found, missing, itself, nothing, extension, no_extension = answers
    assert listed.valid_host == "here"
    assert [entry.name for entry in listed.list_services_response.service] == SERVICES
    assert len(found.file_descriptor_response.file_descriptor_proto) == 3, "with its imports"
    assert len(extension.file_descriptor_response.file_descriptor_proto) == 2
    for answer in (missing, no_extension):
        assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
    assert len(itself.file_descriptor_response.file_descriptor_proto) == 1
    assert nothing.error_response.error_code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
