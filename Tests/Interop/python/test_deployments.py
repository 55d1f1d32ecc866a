"""Deployments that fail or are stopped, and services on every worker, driven by boto3."""

import time

import pytest

from own_manager import MUSTER, SCRATCH, Child, Manager
from support import WORKERS, container, definition, ecs_client, eventually, sleeper, wait

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def service(ecs, name="web"):
    return ecs.describe_services(services=[name])["services"][0]


def running(ecs, name="web"):
    arns = ecs.list_tasks(serviceName=name)["taskArns"]
    tasks = ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
    return [task for task in tasks if task["lastStatus"] == "RUNNING"]


def records(ecs, name="web"):
    """The service's deployments, newest first."""
    arns = [
        brief["serviceDeploymentArn"]
        for brief in ecs.list_service_deployments(service=name)["serviceDeployments"]
    ]
    return ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]


@pytest.mark.parametrize("count", [1, 4])
def test_a_command_that_exits_1_is_rolled_back(ecs, count):
    ecs.register_task_definition(**sleeper("web"))
    ecs.create_service(
        serviceName="web", taskDefinition="web", desiredCount=count, deploymentConfiguration=BREAKER
    )
    wait(ecs, "services_stable", services=["web"])
    eventually("the first is complete", lambda: records(ecs)[0]["status"] == "SUCCESSFUL")
    before = {task["taskArn"] for task in running(ecs)}
    good = service(ecs)["deployments"][0]
    ecs.register_task_definition(**definition("web", container("main", "exit 1")))
    began = time.monotonic()
    bad = ecs.update_service(service="web", taskDefinition="web:2")["service"]["deployments"][0]

    def is_back():
        assert before <= set(ecs.list_tasks()["taskArns"]), "a good task was stopped"
        return records(ecs)[0]["status"] == "ROLLBACK_SUCCESSFUL"

    eventually("the rollback is complete", is_back, within=60)
    took = time.monotonic() - began
    assert took < 60, f"it took {took} s"
    print(f"rolled back after {took:.1f} s")
    (primary,) = service(ecs)["deployments"]
    assert primary["id"] == good["id"] and primary["rolloutState"] == "COMPLETED"
    assert primary["taskDefinition"].endswith("web:1")
    assert {task["taskArn"] for task in running(ecs)} == before
    said = [event["message"] for event in reversed(service(ecs)["events"])]
    failed = f"(service web) (deployment {bad['id']}) deployment failed: tasks failed to start."
    assert failed in said
    assert f"(service web) rolling back to deployment {good['id']}." in said[said.index(failed) :]
    record = records(ecs)[0]
    breaker = record["deploymentCircuitBreaker"]
    assert breaker["status"] == "TRIGGERED" and breaker["threshold"] == 3
    assert breaker["failureCount"] >= 3
    source = record["sourceServiceRevisions"][0]["arn"]
    assert record["rollback"]["serviceRevisionArn"] == source
    revisions = ecs.describe_service_revisions(
        serviceRevisionArns=[source, record["targetServiceRevision"]["arn"]]
    )["serviceRevisions"]
    assert [r["taskDefinition"].rsplit(":", 1)[1] for r in revisions] == ["1", "2"]


def test_a_deployment_is_stopped_with_rollback(ecs):
    ecs.register_task_definition(**sleeper("web"))
    ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=2)
    wait(ecs, "services_stable", services=["web"])
    eventually("the first is complete", lambda: records(ecs)[0]["status"] == "SUCCESSFUL")
    ecs.register_task_definition(
        **definition("web", container("main", "exec sleep 600", cpu=100_000))
    )
    updated = ecs.update_service(service="web", taskDefinition="web:2")["service"]
    current = updated["currentServiceDeployment"]
    assert ecs.list_service_deployments(service="web", status=["IN_PROGRESS"])[
        "serviceDeployments"
    ][0]["serviceDeploymentArn"] == current
    stopped = ecs.stop_service_deployment(serviceDeploymentArn=current, stopType="ROLLBACK")
    assert stopped["serviceDeploymentArn"] == current
    eventually("it is rolled back", lambda: records(ecs)[0]["status"] == "ROLLBACK_SUCCESSFUL")
    assert service(ecs)["taskDefinition"].endswith("web:1")
    assert len(running(ecs)) == 2
    with pytest.raises(ecs.exceptions.ConflictException, match="ROLLBACK_SUCCESSFUL"):
        ecs.stop_service_deployment(serviceDeploymentArn=current)
    with pytest.raises(ecs.exceptions.ServiceDeploymentNotFoundException):
        ecs.stop_service_deployment(serviceDeploymentArn=current[:-1] + "A")
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="not paused"):
        ecs.continue_service_deployment(serviceDeploymentArn=current, hookId="hook")


def test_a_daemon_is_on_each_worker_that_joins(children):
    manager = Manager("--no-tls")
    children.append(manager)
    ecs = ecs_client()
    ecs.create_cluster()

    def join(name):
        (SCRATCH / name).mkdir()
        children.append(
            Child(
                name, MUSTER, "worker", "--manager", WORKERS, "--name", name, "--no-tls",
                "--data", SCRATCH / name, "--cpu", "1024", "--memory", "1024",
            )
        )

    join("worker-1")
    eventually(
        "the worker is there", lambda: ecs.list_container_instances()["containerInstanceArns"]
    )
    for family, cpu in [("agent", 400), ("web", 700)]:
        main = container("main", "exec sleep 600", cpu=cpu)
        ecs.register_task_definition(**definition(family, main))
    made = ecs.create_service(
        serviceName="agent", taskDefinition="agent", schedulingStrategy="DAEMON"
    )["service"]
    assert made["schedulingStrategy"] == "DAEMON"
    assert made["deploymentConfiguration"]["maximumPercent"] == 100
    assert made["deploymentConfiguration"]["minimumHealthyPercent"] == 0
    eventually("it runs", lambda: len(running(ecs, "agent")) == 1)
    # It waits for room on the next worker, where the daemon comes first.
    ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=1)
    join("worker-2")
    eventually("it runs on both", lambda: len(running(ecs, "agent")) == 2)
    wait(ecs, "services_stable", services=["agent"])
    assert service(ecs, "agent")["desiredCount"] == 2
    assert len({task["containerInstanceArn"] for task in running(ecs, "agent")}) == 2
    assert running(ecs, "web") == [], "the daemon took the room"
    assert ecs.list_services(schedulingStrategy="DAEMON")["serviceArns"] == [made["serviceArn"]]

    victim = running(ecs, "agent")[0]["containerInstanceArn"]
    ecs.update_container_instances_state(containerInstances=[victim], status="DRAINING")
    eventually("it left the worker that drains", lambda: len(running(ecs, "agent")) == 1)
    assert service(ecs, "agent")["desiredCount"] == 1
    ecs.update_container_instances_state(containerInstances=[victim], status="ACTIVE")
    eventually("it is back", lambda: len(running(ecs, "agent")) == 2)
    for wrong in [
        {"desiredCount": 1}, {"placementStrategy": [{"type": "random"}]},
        {"deploymentConfiguration": {"maximumPercent": 200}},
    ]:
        with pytest.raises(ecs.exceptions.InvalidParameterException):
            ecs.create_service(
                serviceName="other", taskDefinition="agent", schedulingStrategy="DAEMON", **wrong
            )
    ecs.delete_service(service="agent")
    wait(ecs, "services_inactive", services=["agent"])
    for name in ["worker-1", "worker-2"]:
        Child("kill-" + name, MUSTER, "kill-host", name, "--data", SCRATCH).process.wait()
