"""A worker written with grpcio from the published protocol: what any gRPC client could be."""

import os
import queue
import sys
import threading
import uuid

import grpc

from support import WORKERS, eventually

sys.path.insert(0, os.environ["MUSTER_TEST_PROTOS"])
messages, services = grpc.protos_and_services("muster/v1/worker.proto")

DEADLINE = 10


class Peer:
    """One worker on one connection. It keeps its lease until `close()` or `fall_silent()`."""

    def __init__(self, name="peer", **registration):
        options = [
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.enable_retries", 0),
            ("grpc.max_send_message_length", -1),
        ]
        self.channel = grpc.insecure_channel(WORKERS, options=options)
        self.stub = services.WorkerStub(self.channel)
        self.request = messages.RegisterRequest(
            name=name,
            cluster="default",
            agent=uuid.uuid4().bytes,
            resources=messages.Resources(cpu=4096, memory=4096, tcp_ports=[22]),
            attributes=[messages.Attribute(name="peer", value="grpcio")],
            agent_version="1.0.0",
            runtime="grpcio",
        )
        for member, value in registration.items():
            setattr(self.request, member, value)
        self.updates = queue.Queue()
        self.heartbeat_errors = []
        self.silent = threading.Event()
        self.stream = None
        self.sequence = 0
        self.revision = 0
        self.acknowledged = 0

    def register(self):
        self.answer = self.stub.Register(self.request, timeout=DEADLINE)
        self.session = self.answer.session
        return self.answer

    def join(self):
        """Registers, opens the stream, takes the complete set and begins to send heartbeats."""
        self.register()
        self.open()
        complete = self.next_update("complete")
        self.revision = complete.revision
        threading.Thread(target=self._beat, daemon=True).start()
        return complete

    def open(self):
        self.stream = self.stub.Assignments(messages.AssignmentsRequest(session=self.session))
        threading.Thread(target=self._read, args=(self.stream,), daemon=True).start()

    def _read(self, stream):
        try:
            for update in stream:
                part = getattr(update, update.WhichOneof("update"))
                self.acknowledged = getattr(part, "revision", self.acknowledged)
                self.updates.put(update)
            self.updates.put(grpc.StatusCode.OK)
        except grpc.RpcError as error:
            self.updates.put(error.code())

    def next_update(self, kind):
        """The next message of the stream, which has to be of that kind."""
        update = self.updates.get(timeout=DEADLINE)
        assert not isinstance(update, grpc.StatusCode), f"the stream ended with {update}"
        assert update.WhichOneof("update") == kind, update
        return getattr(update, kind)

    def next_assignment(self):
        """The one assignment that the next changes bring."""
        changes = self.next_update("changes")
        assert changes.applies_to == self.revision, "revisions follow each other"
        self.revision = changes.revision
        (change,) = changes.changes
        return change.put

    def heartbeat(self):
        self.sequence += 1
        return self.stub.Heartbeat(
            messages.HeartbeatRequest(
                session=self.session, sequence=self.sequence, acknowledged=self.acknowledged
            ),
            timeout=DEADLINE,
        )

    def _beat(self):
        while not self.silent.wait(self.answer.heartbeat.period / 1_000):
            try:
                self.heartbeat()
            except grpc.RpcError as error:
                if not self.silent.is_set():
                    self.heartbeat_errors.append(error)
                return

    def report(self, task, status, containers=(), session=None, **members):
        """Reports one task; containers as (name, status, exit code or None)."""
        report = messages.TaskReport(
            task=task, status=messages.TaskStatus.Value(f"TASK_STATUS_{status}"), **members
        )
        for name, state, code in containers:
            container = report.containers.add(
                name=name, status=messages.ContainerStatus.Value(f"CONTAINER_STATUS_{state}")
            )
            if code is not None:
                container.exit_code = code
        return self.stub.ReportStatus(
            messages.ReportStatusRequest(session=session or self.session, tasks=[report]),
            timeout=DEADLINE,
        )

    def raw(self, method, body, **options):
        """Calls a method with bytes instead of a message."""
        call = self.channel.unary_unary(method)
        return call(body, timeout=DEADLINE, **options)

    def fall_silent(self):
        """No more heartbeats; the connection stays open."""
        self.silent.set()

    def close(self):
        self.silent.set()
        self.channel.close()


def refused(code, call, *arguments, part="", **options):
    """The call ends with that status and a message for people."""
    try:
        call(*arguments, **options)
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()}: {error.details()}"
        assert error.details() and part in error.details(), error.details()
        return error.details()
    raise AssertionError(f"the call was answered instead of {code}")


def instance(ecs, peer):
    """The peer's container instance, as the API shows it."""
    (found,) = ecs.describe_container_instances(
        containerInstances=[peer.answer.instance.hex()]
    )["containerInstances"]
    return found


def disconnected(ecs, peer, within=10):
    eventually(
        "the lease runs out", lambda: not instance(ecs, peer)["agentConnected"], within=within
    )
