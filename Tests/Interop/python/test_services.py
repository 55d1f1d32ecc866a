"""Services, driven by boto3 on three real workers."""

import threading
from collections import Counter

import pytest
from botocore.exceptions import ClientError

from support import container, definition, ecs_client, eventually, sleeper, wait


def service(ecs, name="web"):
    return ecs.describe_services(services=[name])["services"][0]


def running(ecs, **filters):
    """The descriptions of the tasks that run."""
    arns = ecs.list_tasks(**filters)["taskArns"]
    if not arns:
        return []
    tasks = ecs.describe_tasks(tasks=arns)["tasks"]
    return [task for task in tasks if task["lastStatus"] == "RUNNING"]


def test_comes_up_is_described_and_goes(ecs):
    revision = ecs.register_task_definition(
        **definition(
            "web",
            container(
                "web",
                "exec sleep 600",
                portMappings=[{"containerPort": 8080}],
                environment=[{"name": "GREETING", "value": "hello"}],
                dependsOn=[{"containerName": "app", "condition": "START"}],
            ),
            container("app", "exec sleep 600", essential=False),
            tags=[{"key": "team", "value": "a"}],
        )
    )["taskDefinition"]
    assert revision["revision"] == 1 and revision["status"] == "ACTIVE"
    created = ecs.create_service(
        serviceName="web",
        taskDefinition="web",
        desiredCount=3,
        deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 150},
    )["service"]
    assert created["status"] == "ACTIVE" and created["desiredCount"] == 3
    wait(ecs, "services_stable", services=["web"])

    seen = service(ecs)
    assert (seen["runningCount"], seen["pendingCount"]) == (3, 0)
    assert seen["taskDefinition"] == revision["taskDefinitionArn"]
    assert seen["deploymentConfiguration"]["minimumHealthyPercent"] == 50
    assert [d["status"] for d in seen["deployments"]] == ["PRIMARY"]
    assert seen["schedulingStrategy"] == "REPLICA"
    assert ecs.list_services()["serviceArns"] == [seen["serviceArn"]]
    eventually(
        "an event of the steady state",
        lambda: any("has reached a steady state." in e["message"] for e in service(ecs)["events"]),
    )
    assert service(ecs)["deployments"][0]["rolloutState"] == "COMPLETED"

    tasks = running(ecs, serviceName="web")
    spread = Counter(task["containerInstanceArn"] for task in tasks)
    assert sorted(spread.values()) == [1, 1, 1], "a task on each worker"
    for task in tasks:
        assert task["group"] == "service:web"
        assert task["startedBy"] == seen["deployments"][0]["id"]
        assert task["desiredStatus"] == "RUNNING" and task["startedAt"] >= task["createdAt"]
        byname = {c["name"]: c for c in task["containers"]}
        assert set(byname) == {"web", "app"}
        (binding,) = byname["web"]["networkBindings"]
        assert binding["containerPort"] == 8080 and binding["hostPort"] > 1024
        assert all(c["lastStatus"] == "RUNNING" and c["runtimeId"] for c in byname.values())

    with pytest.raises(ClientError, match="scaled above 0"):
        ecs.delete_service(service="web")
    ecs.update_service(service="web", desiredCount=0)
    gone = ecs.delete_service(service="web")["service"]
    assert gone["status"] == "DRAINING"
    wait(ecs, "services_inactive", services=["web"])
    assert ecs.list_services()["serviceArns"] == []
    assert running(ecs) == []
    stopped = ecs.list_tasks(desiredStatus="STOPPED")["taskArns"]
    for task in ecs.describe_tasks(tasks=stopped)["tasks"]:
        assert task["stopCode"] == "ServiceSchedulerInitiated", task
        assert "ecs-svc/" in task["stoppedReason"], task
    ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=0)
    assert service(ecs)["status"] == "ACTIVE", "the name is free again"


def test_rolls_to_a_new_revision_within_its_bounds(ecs):
    ecs.register_task_definition(**sleeper("web"))
    ecs.create_service(
        serviceName="web",
        taskDefinition="web:1",
        desiredCount=4,
        deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 150},
    )
    wait(ecs, "services_stable", services=["web"])
    second = ecs.register_task_definition(**sleeper("web"))["taskDefinition"]
    assert second["revision"] == 2

    ended = threading.Event()
    seen = []

    def observe():
        other = ecs_client()
        while not ended.is_set():
            arns = other.list_tasks()["taskArns"]
            tasks = other.describe_tasks(tasks=arns)["tasks"]
            wanted = [task for task in tasks if task["desiredStatus"] == "RUNNING"]
            runs = [task for task in wanted if task["lastStatus"] == "RUNNING"]
            statuses = [d["status"] for d in service(other)["deployments"]]
            seen.append((len(runs), len(arns), len(statuses)))

    observer = threading.Thread(target=observe)
    observer.start()
    try:
        updated = ecs.update_service(service="web", taskDefinition="web:2")["service"]
        assert [d["status"] for d in updated["deployments"]] == ["PRIMARY", "ACTIVE"]
        wait(ecs, "services_stable", services=["web"])
    finally:
        ended.set()
        observer.join()
    assert len(seen) > 5, "the roll-out was watched"
    assert min(runs for runs, _, _ in seen) >= 2, f"fewer than half ran: {seen}"
    assert max(total for _, total, _ in seen) <= 6, f"more than 150 % ran: {seen}"
    assert max(deployments for _, _, deployments in seen) == 2
    tasks = running(ecs)
    assert [t["taskDefinitionArn"] for t in tasks] == [second["taskDefinitionArn"]] * 4
    first = ecs.describe_task_definition(taskDefinition="web:1")["taskDefinition"]
    assert first["status"] == "ACTIVE"


def test_scales_and_replaces_what_is_stopped(ecs):
    ecs.register_task_definition(**sleeper())
    ecs.create_service(serviceName="web", taskDefinition="sleeper", desiredCount=1)
    wait(ecs, "services_stable", services=["web"])
    (first,) = running(ecs)
    ecs.update_service(service="web", desiredCount=5)
    wait(ecs, "services_stable", services=["web"])
    grown = {task["taskArn"] for task in running(ecs)}
    assert len(grown) == 5 and first["taskArn"] in grown, "scaling starts no deployment"

    ecs.stop_task(task=first["taskArn"], reason="to see what happens")
    eventually(
        "another task in its place",
        lambda: len(running(ecs)) == 5
        and first["taskArn"] not in {task["taskArn"] for task in running(ecs)},
    )
    stopped = ecs.describe_tasks(tasks=[first["taskArn"]])["tasks"][0]
    assert stopped["stoppedReason"] == "to see what happens"
    assert stopped["stopCode"] == "UserInitiated"

    ecs.update_service(service="web", desiredCount=2)
    wait(ecs, "services_stable", services=["web"])
    eventually("two tasks", lambda: len(running(ecs)) == 2)
    ecs.delete_service(service="web", force=True)
    wait(ecs, "services_inactive", services=["web"])


def test_keeps_what_runs_when_a_revision_fails(ecs):
    ecs.register_task_definition(**sleeper("web"))
    ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=2)
    wait(ecs, "services_stable", services=["web"])
    before = {task["taskArn"] for task in running(ecs)}
    ecs.register_task_definition(**definition("web", container("main", "exit 1")))
    ecs.update_service(service="web", taskDefinition="web:2")

    def is_impaired():
        assert before <= set(ecs.list_tasks()["taskArns"]), "an old task was stopped"
        events = [event["message"] for event in service(ecs)["events"]]
        return any("unable to consistently start tasks" in event for event in events)

    eventually("an event that the revision fails", is_impaired)
    assert [d["status"] for d in service(ecs)["deployments"]] == ["PRIMARY", "ACTIVE"]
    ecs.register_task_definition(**sleeper("web"))
    ecs.update_service(service="web", taskDefinition="web:3")
    wait(ecs, "services_stable", services=["web"])
    assert {task["taskDefinitionArn"].rsplit(":", 1)[1] for task in running(ecs)} == {"3"}


def test_says_why_it_can_not_place_a_task(ecs):
    ecs.register_task_definition(
        **definition("huge", container("main", "exec sleep 600", memory=1_000_000))
    )
    ecs.create_service(serviceName="web", taskDefinition="huge", desiredCount=1)
    eventually(
        "an event that says why",
        lambda: any(
            "was unable to place a task" in e["message"] and "memory" in e["message"]
            for e in service(ecs)["events"]
        ),
    )
    assert service(ecs)["runningCount"] == 0


def test_refusals(ecs):
    ecs.register_task_definition(**sleeper())
    with pytest.raises(ecs.exceptions.ClientException, match="TaskDefinition not found"):
        ecs.create_service(serviceName="web", taskDefinition="nobody", desiredCount=1)
    with pytest.raises(ecs.exceptions.ServiceNotFoundException):
        ecs.update_service(service="nobody", desiredCount=1)
    with pytest.raises(ecs.exceptions.ServiceNotFoundException):
        ecs.delete_service(service="nobody")
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.create_service(
            cluster="nowhere", serviceName="web", taskDefinition="sleeper", desiredCount=1
        )
    ecs.create_service(serviceName="web", taskDefinition="sleeper", desiredCount=0)
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="not idempotent"):
        ecs.create_service(serviceName="web", taskDefinition="sleeper", desiredCount=2)
    ecs.delete_service(service="web")
    wait(ecs, "services_inactive", services=["web"])
    with pytest.raises(ecs.exceptions.ServiceNotActiveException, match="not ACTIVE"):
        ecs.update_service(service="web", desiredCount=1)
    (failure,) = ecs.describe_services(services=["nobody"])["failures"]
    assert failure["reason"] == "MISSING" and failure["arn"].endswith("nobody")
