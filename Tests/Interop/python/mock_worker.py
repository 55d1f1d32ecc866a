#!/usr/bin/env python3
"""A worker in Python that a manager takes for one of its own.

It speaks the published protocol (Protos/muster/v1/worker.proto) with grpcio and runs nothing: a task
that it is given is reported RUNNING, and STOPPED when the manager wants that. It joins with a token,
or does without TLS when it has none; it comes back by itself, to the same manager after a restart
or to another one that it is sent to.

    mock_worker.py --manager HOST:PORT --data FOLDER [--name NAME] [--cluster NAME] [--token TOKEN]

Says on standard output what happens, a line each.
"""

import argparse
import hashlib
import json
import pathlib
import queue
import random
import re
import socket
import subprocess
import sys
import threading
import time
import uuid

import grpc

PROTOS = pathlib.Path(__file__).resolve().parents[3] / "Protos"
sys.path.insert(0, str(PROTOS))
messages, services = grpc.protos_and_services("muster/v1/worker.proto")

LIMIT = 5
MANAGER_NAME = "manager.muster"


def say(*words):
    print(*words, flush=True)


class Credentials:
    """What the worker needs for TLS, in its folder: its key, its certificate, the authority."""

    def __init__(self, folder, token):
        self.key, self.chain = folder / "key.pem", folder / "chain.pem"
        self.authority, self.times = folder / "authority.pem", folder / "times"
        fields = bytes.fromhex(token.removeprefix("muster-1-"))
        self.id, self.secret, self.pin = fields[:16], fields[16:48], fields[48:]

    def channel_credentials(self, manager, **names):
        if not self.times.exists() or self.is_past("ends"):
            self.join(manager, **names)
        return grpc.ssl_channel_credentials(
            self.authority.read_bytes(), self.key.read_bytes(), self.chain.read_bytes()
        )

    def join(self, manager, **names):
        """Asks for a certificate on a connection that trusts the pinned authority alone."""
        self.authority.write_text(self.pinned(manager))
        credentials = grpc.ssl_channel_credentials(self.authority.read_bytes())
        with grpc.secure_channel(manager, credentials, OPTIONS) as channel:
            request = messages.JoinRequest(
                token=self.id, secret=self.secret, certificate_request=self.request(), **names
            )
            self.keep(services.WorkerStub(channel).Join(request, timeout=LIMIT), "joined as")

    def renew_if_due(self, stub):
        if self.is_past("renew"):
            request = messages.RenewRequest(certificate_request=self.request())
            self.keep(stub.Renew(request, timeout=LIMIT), "renewed the certificate of")

    def keep(self, issued, what):
        pems = [openssl("x509", "-inform", "DER", given=der) for der in issued.chain]
        self.chain.write_bytes(b"".join(pems))
        self.times.write_text(json.dumps({"renew": issued.renew_at, "ends": issued.ends_at}))
        say(what, issued.worker.hex())

    def is_past(self, what):
        return time.time() * 1_000 >= json.loads(self.times.read_text())[what]

    def pinned(self, manager):
        """The certificate that the token pins, among those that the manager shows."""
        shown = openssl(
            "s_client", "-connect", manager, "-servername", MANAGER_NAME, "-alpn", "h2", "-showcerts"
        ).decode(errors="replace")
        for pem in re.findall("-----BEGIN.*?-----END CERTIFICATE-----\n", shown, re.DOTALL):
            der = openssl("x509", "-outform", "DER", given=pem.encode())
            if hashlib.sha256(der).digest() == self.pin:
                return pem
        raise SystemExit(f"{manager} is not the manager that the token is for")

    def request(self):
        """PKCS#10 for the worker's key, which stays the same."""
        if not self.key.exists():
            curve = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
            self.key.write_bytes(openssl("genpkey", *curve))
        return openssl("req", "-new", "-key", self.key, "-subj", "/CN=mock", "-outform", "DER")


def openssl(*arguments, given=b""):
    return subprocess.run(
        ["openssl", *arguments], input=given, capture_output=True, check=True, timeout=LIMIT
    ).stdout


OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
    ("grpc.ssl_target_name_override", MANAGER_NAME),
]


class Worker:
    def __init__(self, options):
        self.options = options
        self.credentials = Credentials(options.data, options.token) if options.token else None
        self.file = options.data / "instance"
        self.agent = uuid.uuid4().bytes
        self.manager = options.manager
        self.tasks = {}  # id: the newest report
        self.unsaid = {}  # those of them that the manager has not answered
        self.failures = 0

    def run(self):
        while True:
            try:
                self.serve_once()
            except grpc.RpcError as error:
                say("lost:", error.code().name, error.details())
                if error.code() == grpc.StatusCode.PERMISSION_DENIED:
                    raise SystemExit("the manager does not want this worker any more") from None
                self.manager = self.options.manager
                # Full jitter, so that many workers do not come back in step.
                time.sleep(random.uniform(0, min(5, 0.1 * 2**self.failures)))
                self.failures = min(self.failures + 1, 10)

    def serve_once(self):
        """One connection: registers, and works until it is lost or the manager sends it on."""
        options = self.options
        if self.credentials:
            names = {"name": options.name, "cluster": options.cluster}
            made = self.credentials.channel_credentials(self.manager, **names)
            channel = grpc.secure_channel(self.manager, made, OPTIONS)
        else:
            channel = grpc.insecure_channel(self.manager, OPTIONS)
        with channel:
            self.stub = services.WorkerStub(channel)
            self.register()
            self.updates = queue.Queue(1_000)
            stream = self.stub.Assignments(messages.AssignmentsRequest(session=self.session))
            threading.Thread(target=self.read, args=(stream, self.updates), daemon=True).start()
            while self.work():
                pass

    def register(self):
        request = messages.RegisterRequest(
            name=self.options.name, cluster=self.options.cluster, agent=self.agent,
            resources=messages.Resources(cpu=4_096, memory=4_096), agent_version="1.0.0",
            attributes=[messages.Attribute(name="mock", value="python")], runtime="mock",
            inventory=self.tasks.values(),
        )
        if self.file.exists():
            request.instance = bytes.fromhex(json.loads(self.file.read_text()))
        answer = self.stub.Register(request, timeout=LIMIT)
        self.file.write_text(json.dumps(answer.instance.hex()))
        self.session, self.settings = answer.session, answer.heartbeat
        self.sequence, self.revision, self.failures = 0, 0, 0
        self.named, self.next_beat = set(), 0.0
        say("registered", answer.instance.hex(), "epoch", answer.epoch)

    @staticmethod
    def read(stream, updates):
        try:
            for update in stream:
                updates.put(update)
            updates.put(EOFError("the stream of assignments ended"))
        except grpc.RpcError as error:
            updates.put(error)

    def work(self):
        """Takes an update or sends a heartbeat, whichever comes first. Whether to go on."""
        try:
            update = self.updates.get(timeout=max(0, self.next_beat - time.monotonic()))
        except queue.Empty:
            self.beat()
            return True
        if isinstance(update, grpc.RpcError):
            raise update
        if isinstance(update, EOFError):
            return False
        kind = update.WhichOneof("update")
        part = getattr(update, kind) if kind else None
        if kind == "complete":
            self.take_set(part)
        elif kind == "changes":
            if part.applies_to != self.revision:
                return False
            for change in part.changes:
                self.change(change)
            self.revision = part.revision
        elif kind == "heartbeat":
            self.settings = part
        elif kind == "redirect":
            self.manager = part.manager
            say("sent on to", part.manager)
            return False
        self.report()
        return True

    def beat(self):
        if self.credentials:
            self.credentials.renew_if_due(self.stub)
        self.sequence += 1
        request = messages.HeartbeatRequest(
            session=self.session, sequence=self.sequence, acknowledged=self.revision
        )
        self.stub.Heartbeat(request, timeout=LIMIT)
        period = self.settings.period / 1_000
        self.next_beat = time.monotonic() + period * random.uniform(0.9, 1.1)

    def take_set(self, part):
        """A part of all there is to run; after the last, what no part named is not to run."""
        for assignment in part.assignments:
            self.named.add(assignment.task.id)
            self.wish(assignment)
        if part.more:
            return
        for task in [task for task in self.tasks if task not in self.named]:
            say("stopped", task.hex(), "which is not this worker's any more")
            del self.tasks[task]
        self.named, self.revision = set(), part.revision

    def change(self, change):
        if change.WhichOneof("change") == "put":
            self.wish(change.put)
        else:
            self.tasks.pop(change.forget, None)
            self.unsaid.pop(change.forget, None)

    def wish(self, assignment):
        task, wanted = assignment.task, assignment.desired
        report = self.tasks.get(task.id)
        if report is None:
            # Nothing is downloaded or started, but the states pass as they would.
            report = self.say_status(task, "PENDING", "PENDING")
            self.report()
        if wanted == messages.DESIRED_STATUS_RUNNING:
            if report.status == messages.TASK_STATUS_PENDING:
                self.say_status(task, "RUNNING", "RUNNING", started_at=int(time.time() * 1_000))
        elif report.status != messages.TASK_STATUS_STOPPED:
            self.say_status(task, "STOPPED", "STOPPED", stopped_at=int(time.time() * 1_000))

    def say_status(self, task, status, container_status, **times):
        report = messages.TaskReport(
            task=task.id, status=messages.TaskStatus.Value(f"TASK_STATUS_{status}"), **times
        )
        for definition in task.containers:
            container = report.containers.add(
                name=definition.name,
                status=messages.ContainerStatus.Value(f"CONTAINER_STATUS_{container_status}"),
            )
            if status == "STOPPED":
                container.exit_code = 143
            for port in definition.port_mappings:
                container.network_bindings.add(
                    bind_ip="0.0.0.0", container_port=port.container_port,
                    host_port=port.host_port or 32_768, protocol=port.protocol,
                )
        self.tasks[task.id] = self.unsaid[task.id] = report
        say(status.lower(), task.id.hex())
        return report

    def report(self):
        """What is answered is on the manager's disk; until then it is said again."""
        if self.unsaid:
            request = messages.ReportStatusRequest(
                session=self.session, tasks=self.unsaid.values()
            )
            self.stub.ReportStatus(request, timeout=LIMIT)
            self.unsaid.clear()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--manager", required=True, help="where the manager listens for workers")
    parser.add_argument("--data", required=True, type=pathlib.Path, help="the worker's folder")
    parser.add_argument("--name", default=socket.gethostname())
    parser.add_argument("--cluster", default="default")
    parser.add_argument("--token", default="", help="a join token; without it there is no TLS")
    options = parser.parse_args()
    options.data.mkdir(parents=True, exist_ok=True)
    Worker(options).run()


if __name__ == "__main__":
    main()
