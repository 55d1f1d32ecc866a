"""Container instances, driven by boto3: real workers that drain and leave."""

import os
import subprocess

import pytest

from own_manager import MUSTER
from support import API, eventually, sleeper, wait


def instances(ecs, **filters):
    arns = ecs.list_container_instances(**filters)["containerInstanceArns"]
    if not arns:
        return []
    return ecs.describe_container_instances(containerInstances=arns)["containerInstances"]


def on(ecs, instance):
    return ecs.list_tasks(containerInstance=instance["containerInstanceArn"])["taskArns"]


def resource(instance, kind, name):
    return next(r for r in instance[kind] if r["name"] == name)


def alive(task):
    """Whether a container of a task is still a process here."""
    pids = [c["runtimeId"] for c in task["containers"] if c.get("runtimeId", "").isdigit()]
    return any(os.path.exists(f"/proc/{pid}") for pid in pids)


def test_are_described(ecs):
    first, second = instances(ecs)
    for instance in (first, second):
        assert instance["status"] == "ACTIVE" and instance["agentConnected"]
        assert instance["versionInfo"]["agentVersion"]
        assert {r["name"] for r in instance["registeredResources"]} >= {
            "CPU",
            "MEMORY",
            "PORTS",
            "PORTS_UDP",
        }
        attributes = {a["name"]: a.get("value") for a in instance["attributes"]}
        assert attributes.get("ecs.os-type") == "linux", attributes
    assert "healthStatus" not in first

    def well():
        arns = [first["containerInstanceArn"], second["containerInstanceArn"]]
        told = ecs.describe_container_instances(
            containerInstances=arns, include=["CONTAINER_INSTANCE_HEALTH"]
        )["containerInstances"]
        return all(i["healthStatus"]["overallStatus"] == "OK" for i in told) and told

    (detail,) = eventually("both say that they are well", well)[0]["healthStatus"]["details"]
    assert detail["type"] == "CONTAINER_RUNTIME" and detail["status"] == "OK"
    assert detail["lastUpdated"] >= detail["lastStatusChange"]
    ecs.register_task_definition(**sleeper())
    ecs.start_task(
        taskDefinition="sleeper", containerInstances=[first["containerInstanceArn"]]
    )
    held = eventually(
        "one task is counted",
        lambda: next((i for i in instances(ecs) if i["runningTasksCount"] == 1), None),
    )
    assert held["containerInstanceArn"] == first["containerInstanceArn"]
    memory = resource(held, "registeredResources", "MEMORY")["integerValue"]
    assert resource(held, "remainingResources", "MEMORY")["integerValue"] == memory - 16
    cpu = resource(held, "registeredResources", "CPU")["integerValue"]
    assert resource(held, "remainingResources", "CPU")["integerValue"] == cpu - 16


def test_drain_and_come_back(ecs):
    ecs.register_task_definition(**sleeper())
    ecs.create_service(serviceName="web", taskDefinition="sleeper", desiredCount=4)
    wait(ecs, "services_stable", services=["web"])
    drained, kept = instances(ecs)
    assert len(on(ecs, drained)) == 2
    answer = ecs.update_container_instances_state(
        containerInstances=[drained["containerInstanceArn"]], status="DRAINING"
    )
    assert answer["containerInstances"][0]["status"] == "DRAINING" and not answer["failures"]
    eventually(
        "its tasks run on the other",
        lambda: not on(ecs, drained) and len(on(ecs, kept)) == 4,
    )
    wait(ecs, "services_stable", services=["web"])
    assert [i["containerInstanceArn"] for i in instances(ecs, status="DRAINING")] == [
        drained["containerInstanceArn"]
    ]
    again = ecs.update_container_instances_state(
        containerInstances=[drained["containerInstanceArn"]], status="ACTIVE"
    )
    assert again["containerInstances"][0]["status"] == "ACTIVE"
    ecs.update_service(service="web", desiredCount=8)
    eventually("new tasks are placed on it", lambda: len(on(ecs, drained)) == 4)


def test_are_deregistered(ecs):
    ecs.register_task_definition(**sleeper())
    ecs.create_service(serviceName="web", taskDefinition="sleeper", desiredCount=2)
    wait(ecs, "services_stable", services=["web"])
    leaves, stays = instances(ecs)
    (victim,) = on(ecs, leaves)
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.deregister_container_instance(containerInstance=leaves["containerInstanceArn"])
    gone = ecs.deregister_container_instance(
        containerInstance=leaves["containerInstanceArn"], force=True
    )["containerInstance"]
    assert gone["status"] == "INACTIVE"
    eventually(
        "its task is replaced",
        lambda: len(arns := ecs.list_tasks()["taskArns"]) == 2 and victim not in arns,
    )
    wait(ecs, "services_stable", services=["web"])
    wait(ecs, "tasks_stopped", tasks=[victim])
    task = ecs.describe_tasks(tasks=[victim])["tasks"][0]
    assert task["stoppedReason"] == "Container instance deregistration forced by user"
    eventually("no container of it is left", lambda: not alive(task))
    assert stays["containerInstanceArn"] in ecs.list_container_instances()["containerInstanceArns"]


def test_unknown_ones(ecs):
    ecs.create_cluster()
    missing = "0123456789abcdef0123456789abcdef"
    answer = ecs.describe_container_instances(containerInstances=[missing])
    assert [f["reason"] for f in answer["failures"]] == ["MISSING"]
    answer = ecs.update_container_instances_state(containerInstances=[missing], status="DRAINING")
    assert [f["reason"] for f in answer["failures"]] == ["MISSING"]
    with pytest.raises(ecs.exceptions.ClientError):
        ecs.deregister_container_instance(containerInstance=missing)
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.list_container_instances(cluster="nowhere")


def test_drained_by_the_verb(ecs):
    ecs.register_task_definition(**sleeper())
    ecs.create_service(serviceName="web", taskDefinition="sleeper", desiredCount=4)
    wait(ecs, "services_stable", services=["web"])
    drained, kept = instances(ecs)

    def verb(*arguments):
        return subprocess.run(
            [MUSTER, "worker", "drain", *arguments, "--api", f"http://{API}"],
            capture_output=True, text=True, timeout=60,
        )

    name = drained["ec2InstanceId"]
    done = verb(name, "--within", "30s")
    assert done.returncode == 0 and "It is empty." in done.stdout, done
    assert not on(ecs, drained) and len(on(ecs, kept)) == 4
    assert verb(name, "--undo").returncode == 0
    assert all(i["status"] == "ACTIVE" for i in instances(ecs))
    strange = verb("nobody")
    assert strange.returncode == 66 and "has no worker nobody" in strange.stderr, strange
