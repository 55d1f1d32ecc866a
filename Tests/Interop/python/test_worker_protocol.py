"""The worker protocol, spoken by grpcio instead of Muster's own worker."""

import grpc
import pytest

from peer import Peer, disconnected, instance, messages, refused
from support import ecs_client, eventually, sleeper

HEARTBEAT = "/muster.v1.Worker/Heartbeat"
REGISTER = "/muster.v1.Worker/Register"
REPORT = "/muster.v1.Worker/ReportStatus"


@pytest.fixture
def peer():
    made = Peer()
    yield made
    made.close()


def run_task(ecs, peer):
    """A task that is placed on the peer, with its assignment."""
    ecs.register_task_definition(**sleeper())
    answer = ecs.run_task(taskDefinition="sleeper")
    assert answer["failures"] == [], answer
    (task,) = answer["tasks"]
    return task, peer.next_assignment()


def describe(ecs, task):
    return ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"][0]


def test_a_task_goes_from_run_task_to_its_exit_code(ecs, peer):
    complete = peer.join()
    assert len(complete.assignments) == 0 and not complete.more
    assert len(peer.answer.instance) == 16 and peer.answer.epoch >= 1
    assert 0 < peer.answer.heartbeat.period < peer.answer.heartbeat.lease
    seen = instance(ecs, peer)
    assert seen["agentConnected"] and seen["status"] == "ACTIVE"
    assert {"name": "peer", "value": "grpcio"} in seen["attributes"]
    assert ecs.describe_clusters()["clusters"][0]["clusterName"] == "default"

    task, assignment = run_task(ecs, peer)
    assert assignment.desired == messages.DESIRED_STATUS_RUNNING
    assert assignment.task.id.hex() == task["taskArn"].rsplit("/")[-1]
    assert (assignment.task.family, assignment.task.revision) == ("sleeper", 1)
    (container,) = assignment.task.containers
    assert list(container.command) == ["/bin/sh", "-c", "exec sleep 600"]
    assert container.essential and container.stop_timeout == 2 and container.memory == 16

    peer.report(assignment.task.id, "PENDING")
    peer.report(assignment.task.id, "RUNNING", [("main", "RUNNING", None)])
    running = describe(ecs, task)
    assert running["lastStatus"] == "RUNNING" and running["startedAt"]
    peer.report(
        assignment.task.id,
        "STOPPED",
        [("main", "STOPPED", 3)],
        stop_code=messages.STOP_CODE_ESSENTIAL_CONTAINER_EXITED,
        reason="Essential container in task exited",
    )
    stopped = describe(ecs, task)
    assert stopped["lastStatus"] == "STOPPED" and stopped["desiredStatus"] == "STOPPED"
    assert stopped["containers"][0]["exitCode"] == 3
    assert stopped["stopCode"] == "EssentialContainerExited"
    changes = peer.next_update("changes")
    assert changes.changes[0].forget == assignment.task.id


def test_stop_task_reaches_the_worker(ecs, peer):
    peer.join()
    task, assignment = run_task(ecs, peer)
    peer.report(assignment.task.id, "RUNNING", [("main", "RUNNING", None)])
    ecs.stop_task(task=task["taskArn"], reason="enough")
    wish = peer.next_assignment()
    assert wish.task.id == assignment.task.id
    assert wish.desired == messages.DESIRED_STATUS_STOPPED
    peer.report(assignment.task.id, "STOPPED", [("main", "STOPPED", 143)])
    assert describe(ecs, task)["stoppedReason"] == "enough"


def test_heartbeats_keep_the_lease_and_silence_ends_it(ecs, peer):
    peer.join()
    task, assignment = run_task(ecs, peer)
    peer.report(assignment.task.id, "RUNNING", [("main", "RUNNING", None)])
    lease = peer.answer.heartbeat.lease / 1_000
    beats = peer.sequence
    eventually(
        "heartbeats for longer than two leases",
        lambda: instance(ecs, peer)["agentConnected"]
        and (peer.sequence - beats) * peer.answer.heartbeat.period / 1_000 > 2 * lease,
        within=30,
    )
    assert describe(ecs, task)["lastStatus"] == "RUNNING" and not peer.heartbeat_errors
    peer.fall_silent()
    disconnected(ecs, peer)
    lost = describe(ecs, task)
    assert lost["lastStatus"] == "STOPPED" and lost["stopCode"] == "TerminationNotice"
    assert "peer" in lost["stoppedReason"], lost["stoppedReason"]


def test_a_worker_that_only_registers_is_lost(ecs, peer):
    peer.register()
    assert instance(ecs, peer)["agentConnected"]
    disconnected(ecs, peer)
    refused(grpc.StatusCode.FAILED_PRECONDITION, peer.heartbeat, part="register again")
    request = messages.AssignmentsRequest(session=peer.session)
    stream = peer.stub.Assignments(request, timeout=10)
    refused(grpc.StatusCode.FAILED_PRECONDITION, list, stream, part="register again")


def test_a_worker_joins_a_cluster_of_its_region(ecs, peer):
    peer.request.region = "eu-west-1"
    peer.join()
    assert ecs.list_clusters()["clusterArns"] == []
    west = ecs_client("eu-west-1")
    assert instance(west, peer)["agentConnected"]
    task, assignment = run_task(west, peer)
    assert ":eu-west-1:" in assignment.task.arn == task["taskArn"]


def test_a_closed_connection_cuts_the_lease(ecs, peer):
    peer.join()
    peer.close()
    disconnected(ecs, peer, within=2.5)


def test_a_stale_session_is_refused_and_changes_nothing(ecs, peer):
    peer.join()
    task, assignment = run_task(ecs, peer)
    old, epoch = peer.session, peer.answer.epoch
    peer.request.instance = peer.answer.instance
    peer.request.inventory.add(
        task=assignment.task.id, status=messages.TASK_STATUS_RUNNING
    )
    peer.silent.set()
    peer.register()
    assert peer.session != old and peer.answer.epoch > epoch
    assert describe(ecs, task)["lastStatus"] == "RUNNING", "the inventory counts as a report"
    stale = grpc.StatusCode.FAILED_PRECONDITION
    for call, request in (
        (peer.stub.Heartbeat, messages.HeartbeatRequest(session=old, sequence=99)),
        (
            peer.stub.ReportStatus,
            messages.ReportStatusRequest(
                session=old,
                tasks=[
                    messages.TaskReport(
                        task=assignment.task.id, status=messages.TASK_STATUS_STOPPED
                    )
                ],
            ),
        ),
        (
            lambda request, **options: list(peer.stub.Assignments(request, **options)),
            messages.AssignmentsRequest(session=old),
        ),
        (peer.stub.Heartbeat, messages.HeartbeatRequest(session=b"\x01" * 16, sequence=1)),
    ):
        refused(stale, call, request, timeout=10, part="register again")
    assert describe(ecs, task)["lastStatus"] == "RUNNING"
    peer.heartbeat()


def test_a_worker_that_comes_back_gets_its_whole_set(ecs, peer):
    peer.join()
    task, assignment = run_task(ecs, peer)
    peer.report(assignment.task.id, "RUNNING", [("main", "RUNNING", None)])
    peer.close()
    back = Peer(agent=peer.request.agent, instance=peer.answer.instance)
    back.request.inventory.add(task=assignment.task.id, status=messages.TASK_STATUS_RUNNING)
    complete = back.join()
    assert back.answer.instance == peer.answer.instance
    assert [a.task.id for a in complete.assignments] == [assignment.task.id]
    assert describe(ecs, task)["lastStatus"] == "RUNNING"
    back.close()


def test_registrations_that_are_refused(ecs, peer):
    refused(grpc.StatusCode.NOT_FOUND, Peer(cluster="nowhere").register, part="create-cluster")
    peer.join()
    refused(grpc.StatusCode.ALREADY_EXISTS, Peer(name="peer").register, part="--name")
    twin = Peer(name="twin", instance=peer.answer.instance)
    refused(grpc.StatusCode.ALREADY_EXISTS, twin.register, part="data folder")
    refused(grpc.StatusCode.INVALID_ARGUMENT, Peer(name="").register, part="name")
    refused(grpc.StatusCode.INVALID_ARGUMENT, Peer(agent=b"short").register, part="agent")
    no_resources = Peer(name="other")
    no_resources.request.ClearField("resources")
    refused(grpc.StatusCode.INVALID_ARGUMENT, no_resources.register, part="resources")
    peer.heartbeat()
    assert instance(ecs, peer)["agentConnected"]
    assert len(ecs.list_container_instances()["containerInstanceArns"]) == 1


def test_a_report_that_goes_back_is_ignored(ecs, peer):
    peer.join()
    task, assignment = run_task(ecs, peer)
    peer.report(assignment.task.id, "RUNNING", [("main", "RUNNING", None)])
    before = describe(ecs, task)
    peer.report(assignment.task.id, "PENDING", [("main", "PENDING", None)])
    assert describe(ecs, task) == before
    peer.report(assignment.task.id, "STOPPED", [("main", "STOPPED", 0)])
    before = describe(ecs, task)
    peer.report(assignment.task.id, "RUNNING", [("main", "RUNNING", None)])
    assert describe(ecs, task) == before
    peer.report(b"\x07" * 16, "RUNNING")
    assert len(ecs.list_tasks()["taskArns"]) == 0


def test_malformed_messages_leave_the_connection_alive(ecs, peer):
    peer.join()
    statuses = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)
    for method in (REGISTER, HEARTBEAT, REPORT, "/muster.v1.Worker/Assignments"):
        for body in (b"\xff\xff\xff", b"\x0a\x80\x80\x80\x80\x08a", b"\x0b" * 1_000):
            with pytest.raises(grpc.RpcError) as raised:
                peer.raw(method, body)
            assert raised.value.code() in statuses, f"{method} {body[:9]}: {raised.value}"
    deep = messages.ReportStatusRequest(session=peer.session).SerializeToString()
    with pytest.raises(grpc.RpcError) as raised:
        peer.raw(REPORT, deep + b"\x13" * 100_000)
    assert raised.value.code() in statuses
    refused(grpc.StatusCode.UNIMPLEMENTED, peer.raw, "/muster.v1.Worker/Dance", b"", part="Dance")
    refused(grpc.StatusCode.UNIMPLEMENTED, peer.raw, "/no.Service/Heartbeat", b"")
    refused(
        grpc.StatusCode.UNIMPLEMENTED,
        peer.raw,
        HEARTBEAT,
        b"a" * 500,
        compression=grpc.Compression.Deflate,
        part="gzip",
    )
    refused(
        grpc.StatusCode.INVALID_ARGUMENT,
        peer.raw,
        HEARTBEAT,
        b"a" * 500,
        compression=grpc.Compression.Gzip,
    )
    peer.heartbeat()
    run_task(ecs, peer)
    assert not peer.heartbeat_errors


def test_a_message_over_the_limit_is_exhausting(ecs, peer):
    peer.join()
    for size in (4 << 20, 5 << 20, 30 << 20):
        huge = messages.ReportStatusRequest(session=peer.session)
        huge.tasks.add(task=b"\x01" * 16, status=1, reason="a" * size)
        refused(grpc.StatusCode.RESOURCE_EXHAUSTED, peer.stub.ReportStatus, huge, timeout=20)
    peer.heartbeat()
    run_task(ecs, peer)
    assert not peer.heartbeat_errors


def test_unknown_fields_are_ignored(ecs, peer):
    newer = peer.request.SerializeToString() + b"\xaa\x3f\x05hello"
    answer = messages.RegisterResponse.FromString(peer.raw(REGISTER, newer))
    assert len(answer.session) == 16
    beat = messages.HeartbeatRequest(session=answer.session, sequence=1).SerializeToString()
    peer.raw(HEARTBEAT, beat + b"\xaa\x3f\x05hello")
