"""Services that even themselves out after a host returns, driven by boto3 on real workers."""

import time
from collections import Counter

import pytest

from own_manager import MUSTER, SCRATCH, Child, Manager
from support import WORKERS, ecs_client, eventually, sleeper, wait

ZONES = {"worker-1": "us-east-1a", "worker-2": "us-east-1b", "worker-3": "us-east-1c"}


def join(children, name):
    (SCRATCH / "workers" / name).mkdir(parents=True, exist_ok=True)
    child = Child(
        name, MUSTER, "worker", "--manager", WORKERS, "--name", name, "--no-tls",
        "--data", SCRATCH / "workers" / name, "--cpu", "1024", "--memory", "1024",
        "--attributes", f"ecs.availability-zone={ZONES[name]}",
    )
    children.append(child)
    return child


def service(ecs):
    return ecs.describe_services(services=["web"])["services"][0]


def running(ecs):
    """The tasks that run and shall, and on which worker each is."""
    arns = ecs.list_tasks(serviceName="web")["taskArns"]
    tasks = ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
    instances = ecs.list_container_instances()["containerInstanceArns"]
    described = ecs.describe_container_instances(containerInstances=instances)
    names = {
        i["containerInstanceArn"]: i["ec2InstanceId"] for i in described["containerInstances"]
    }
    return {
        task["taskArn"]: names[task["containerInstanceArn"]]
        for task in tasks
        if task["lastStatus"] == "RUNNING" and task["desiredStatus"] == "RUNNING"
    }


@pytest.mark.parametrize("over", ["instances", "zones"])
def test_a_service_is_even_again_after_a_host_returns(children, over):
    children.append(Manager("--no-tls"))
    ecs = ecs_client()
    ecs.create_cluster()
    for name in ZONES:
        join(children, name)
    eventually(
        "the workers are there",
        lambda: len(ecs.list_container_instances()["containerInstanceArns"]) == 3,
    )
    ecs.register_task_definition(**sleeper("web"))
    options = {
        "instances": {
            "tags": [{"key": "muster:rebalance", "value": "instances/1/1"}],
            "availabilityZoneRebalancing": "DISABLED",
        },
        "zones": {},
    }[over]
    made = ecs.create_service(
        serviceName="web", taskDefinition="web", desiredCount=6, **options
    )["service"]
    expected = "ENABLED" if over == "zones" else "DISABLED"
    assert made["availabilityZoneRebalancing"] == expected
    wait(ecs, "services_stable", services=["web"])
    assert sorted(Counter(running(ecs).values()).values()) == [2, 2, 2]
    data = SCRATCH / "workers" / "worker-3"
    assert Child("kill", MUSTER, "kill-host", "worker-3", "--data", SCRATCH).process.wait() == 0
    eventually(
        "all run elsewhere",
        lambda: Counter(running(ecs).values()) == {"worker-1": 3, "worker-2": 3},
    )
    wait(ecs, "services_stable", services=["web"])

    assert data.exists()
    join(children, "worker-3")
    began = time.monotonic()
    least, most = 6, 6

    def is_even():
        nonlocal least, most
        now = running(ecs)
        least, most = min(least, len(now)), max(most, len(now))
        return Counter(now.values()) == {name: 2 for name in ZONES}

    eventually("all are even again", is_even, within=60)
    print(f"even {time.monotonic() - began:.1f} s after the host returned")
    assert least == 6, "never fewer than are wished"
    assert 6 < most <= 7 if over == "instances" else most <= 8
    wait(ecs, "services_stable", services=["web"])
    said = [event["message"] for event in service(ecs)["events"]]
    if over == "zones":
        eventually(
            "that is said",
            lambda: any(
                "is AZ balanced with 2 tasks in us-east-1a, 2 tasks in us-east-1b, 2 tasks in"
                in event["message"]
                for event in service(ecs)["events"]
            ),
        )
        assert any("in us-east-1c to AZ Rebalance: (task " in text for text in said)
        assert any("running tasks in us-east-1" in t and "due to AZ" in t for t in said)
    else:
        assert any("to rebalance over instances: (task " in text for text in said)

    # Nothing moves any more.
    rest = running(ecs)
    deadline = time.monotonic() + 13
    while time.monotonic() < deadline:
        assert running(ecs) == rest
        time.sleep(0.2)
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="instances/N/SECONDS"):
        ecs.tag_resource(
            resourceArn=made["serviceArn"], tags=[{"key": "muster:rebalance", "value": "hosts"}]
        )
    for name in ZONES:
        Child("kill-" + name, MUSTER, "kill-host", name, "--data", SCRATCH).process.wait()
