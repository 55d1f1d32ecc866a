"""The messages and services of Protos/, compiled when they are imported.

Not by grpc's own `protos_and_services`: the package grpc.testing would be looked for in grpc's.
"""

import pathlib
import tempfile
import types

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

TOP = pathlib.Path(__file__).resolve().parents[3]


def compiled(*names):
    """A pool with these files of Protos/ and all that they import."""
    with tempfile.NamedTemporaryFile() as output:
        arguments = [f"--proto_path={TOP / 'Protos'}", f"--descriptor_set_out={output.name}"]
        assert protoc.main(["protoc", "--include_imports", *arguments, *names]) == 0
        files = descriptor_pb2.FileDescriptorSet.FromString(output.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


def message_classes(pool, *files):
    """The classes of all messages of these files, by name."""
    return types.SimpleNamespace(**{
        name: message_factory.GetMessageClass(message)
        for file in files
        for name, message in pool.FindFileByName(file).message_types_by_name.items()
    })


def form(method):
    """How grpc calls the form of a call: unary_unary, stream_unary, …"""
    sides = (method.client_streaming, method.server_streaming)
    return "_".join("stream" if side else "unary" for side in sides)


class Stub:
    """The methods of a service, as generated stubs have them."""

    def __init__(self, channel, service):
        for method in service.methods:
            call = getattr(channel, form(method))(
                f"/{service.full_name}/{method.name}",
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=message_factory.GetMessageClass(
                    method.output_type
                ).FromString,
            )
            setattr(self, method.name, call)


def add_servicer(servicer, service, server):
    """Lets an object answer the methods of the service that it has."""
    handlers = {
        method.name: getattr(grpc, f"{form(method)}_rpc_method_handler")(
            getattr(servicer, method.name),
            request_deserializer=message_factory.GetMessageClass(method.input_type).FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
        for method in service.methods
        if hasattr(servicer, method.name)
    }
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service.full_name, handlers),)
    )


POOL = compiled("grpc/testing/test.proto")
messages = message_classes(POOL, "grpc/testing/empty.proto", "grpc/testing/messages.proto")
TEST_SERVICE = POOL.FindServiceByName("grpc.testing.TestService")
UNIMPLEMENTED_SERVICE = POOL.FindServiceByName("grpc.testing.UnimplementedService")
