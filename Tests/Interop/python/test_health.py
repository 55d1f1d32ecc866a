"""Container health checks, driven by boto3 on real workers."""

import os
import pathlib

import pytest
from botocore.exceptions import ClientError

from support import container, definition, eventually, wait

SCRATCH = pathlib.Path(os.environ["MUSTER_TEST_SCRATCH"])
UNHEALTHY = "Task failed container health checks"
# The fastest that ECS allows.
FAST = {"interval": 5, "timeout": 2, "retries": 1}
# A task is well as long as its file is there.
SCRIPT = 'touch "$WELL/$MUSTER_TASK_ID"; exec sleep 600'
CHECK = {"command": ["CMD-SHELL", 'test -e "$WELL/$MUSTER_TASK_ID"'], **FAST}


def checked(name="main", script=SCRIPT, check=CHECK, **members):
    return container(
        name, script, healthCheck=check,
        environment=[{"name": "WELL", "value": str(SCRATCH)}], **members,
    )


def file_of(task):
    return SCRATCH / task["taskArn"].split("/")[-1]


def describe(ecs, *arns):
    return ecs.describe_tasks(tasks=[*arns])["tasks"] if arns else []


def running(ecs, name="web"):
    tasks = describe(ecs, *ecs.list_tasks(serviceName=name)["taskArns"])
    return [task for task in tasks if task["lastStatus"] == "RUNNING"]


def service(ecs, name="web"):
    return ecs.describe_services(services=[name])["services"][0]


def all_healthy(ecs, count):
    tasks = running(ecs)
    return len(tasks) == count and all(task["healthStatus"] == "HEALTHY" for task in tasks)


def is_completed(ecs):
    return [d["rolloutState"] for d in service(ecs)["deployments"]] == ["COMPLETED"]


def test_health_is_shown(ecs):
    made = ecs.register_task_definition(
        **definition("plain", checked(check={"command": ["CMD", "true"]}))
    )["taskDefinition"]
    assert made["containerDefinitions"][0]["healthCheck"] == {
        "command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3,
    }
    assert {"name": "ecs.capability.container-health-check"} in made["requiresAttributes"]
    with pytest.raises(ClientError):
        ecs.register_task_definition(
            **definition("wrong", checked(check={"command": ["CMD", "true"], "timeout": 1}))
        )
    ecs.register_task_definition(**definition("one", checked()))
    answer = ecs.run_task(taskDefinition="one")
    assert answer["failures"] == [], answer
    arn = answer["tasks"][0]["taskArn"]
    wait(ecs, "tasks_running", tasks=[arn])

    def health():
        (task,) = describe(ecs, arn)
        assert task["lastStatus"] == "RUNNING", task
        return task["healthStatus"], task["containers"][0]["healthStatus"]

    assert health() == ("UNKNOWN", "UNKNOWN")
    eventually("it is healthy", lambda: health() == ("HEALTHY", "HEALTHY"), within=20)
    (task,) = describe(ecs, arn)
    file_of(task).unlink()
    eventually("it is unhealthy", lambda: health() == ("UNHEALTHY", "UNHEALTHY"), within=20)
    file_of(task).touch()
    eventually("it is healthy again", lambda: health() == ("HEALTHY", "HEALTHY"), within=20)
    assert describe(ecs, arn)[0]["desiredStatus"] == "RUNNING"


def test_an_unhealthy_task_is_replaced_start_first(ecs):
    ecs.register_task_definition(**definition("web", checked()))
    ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=2)
    eventually("two run", lambda: len(running(ecs)) == 2, within=30)
    assert not is_completed(ecs), "none is HEALTHY yet"
    eventually("both are healthy", lambda: all_healthy(ecs, 2), within=30)
    eventually("the deployment is complete", lambda: is_completed(ecs))
    sick, other = running(ecs)
    file_of(sick).unlink()

    def is_replaced():
        tasks = running(ecs)
        assert len(tasks) >= 2, tasks
        assert other["taskArn"] in {task["taskArn"] for task in tasks}
        return describe(ecs, sick["taskArn"])[0]["lastStatus"] == "STOPPED" and all_healthy(ecs, 2)

    eventually("it is replaced", is_replaced, within=60)
    (stopped,) = describe(ecs, sick["taskArn"])
    assert stopped["stoppedReason"] == UNHEALTHY
    assert stopped["stopCode"] == "ServiceSchedulerInitiated"
    said = [event["message"] for event in service(ecs)["events"]]
    task = sick["taskArn"].split("/")[-1]
    assert f"(service web) (task {task}) failed container health checks." in said
    assert is_completed(ecs)
    newest = max(running(ecs), key=lambda task: task["createdAt"])
    assert newest["createdAt"] < stopped["stoppingAt"], "the replacement came first"


def test_a_revision_that_is_never_healthy_is_rolled_back(ecs):
    ecs.register_task_definition(**definition("web", checked()))
    ecs.create_service(
        serviceName="web", taskDefinition="web", desiredCount=1,
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    )
    eventually("the first is complete", lambda: is_completed(ecs), within=30)
    (good,) = running(ecs)
    ecs.register_task_definition(
        **definition("web", checked(check={"command": ["CMD", "false"], **FAST}))
    )
    ecs.update_service(service="web", taskDefinition="web:2")

    def is_back():
        assert good["taskArn"] in ecs.list_tasks(serviceName="web")["taskArns"]
        (newest,) = ecs.list_service_deployments(service="web")["serviceDeployments"][:1]
        return newest["status"] == "ROLLBACK_SUCCESSFUL"

    eventually("it is rolled back", is_back, within=90)
    assert is_completed(ecs) and service(ecs)["taskDefinition"].endswith("web:1")
    stopped = describe(
        ecs, *ecs.list_tasks(family="web", desiredStatus="STOPPED")["taskArns"]
    )
    bad = [task for task in stopped if task["taskDefinitionArn"].endswith("web:2")]
    assert len(bad) == 3 and {task["stoppedReason"] for task in bad} == {UNHEALTHY}
    assert [task["taskArn"] for task in running(ecs)] == [good["taskArn"]]


def test_a_container_waits_for_a_healthy_one(ecs):
    gate = SCRATCH / "gate"
    first = checked("db", "exec sleep 600", {"command": ["CMD", "test", "-e", str(gate)], **FAST})
    second = container(
        "web", "exec sleep 600", dependsOn=[{"containerName": "db", "condition": "HEALTHY"}]
    )
    ecs.register_task_definition(**definition("pair", first, second))
    arn = ecs.run_task(taskDefinition="pair")["tasks"][0]["taskArn"]

    def health():
        (task,) = describe(ecs, arn)
        return {c["name"]: (c["lastStatus"], c["healthStatus"]) for c in task["containers"]}

    eventually("db is unhealthy", lambda: health()["db"] == ("RUNNING", "UNHEALTHY"), within=20)
    assert health()["web"][0] == "PENDING" and describe(ecs, arn)[0]["lastStatus"] == "PENDING"
    gate.touch()
    wait(ecs, "tasks_running", tasks=[arn])
    assert health() == {"db": ("RUNNING", "HEALTHY"), "web": ("RUNNING", "UNKNOWN")}
