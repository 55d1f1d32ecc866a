"""Groups of workers as capacity providers, driven by boto3 on real workers."""

from collections import Counter

import pytest

from own_manager import MUSTER, SCRATCH, Child, Manager
from support import ACCOUNT, REGION, WORKERS, ecs_client, eventually, sleeper, wait

RED = (
    f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:"
    "01234567-89ab-cdef-0123-456789abcdef:autoScalingGroupName/red-asg"
)


def providers(ecs, **filters):
    """How many tasks that shall run each provider has."""
    arns = ecs.list_tasks(**filters)["taskArns"]
    tasks = ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
    instances = ecs.list_container_instances()["containerInstanceArns"]
    described = ecs.describe_container_instances(containerInstances=instances)
    of = {
        i["containerInstanceArn"]: i["capacityProviderName"]
        for i in described["containerInstances"]
    }
    for task in tasks:
        assert task["capacityProviderName"] == of[task["containerInstanceArn"]]
    return Counter(task["capacityProviderName"] for task in tasks)


def test_tasks_are_divided_among_providers(children):
    children.append(Manager("--no-tls"))
    ecs = ecs_client()
    ecs.create_cluster()
    for name, group in [("worker-1", "red-asg"), ("worker-2", "blue")]:
        (SCRATCH / name).mkdir()
        children.append(
            Child(
                name, MUSTER, "worker", "--manager", WORKERS, "--name", name, "--no-tls",
                "--data", SCRATCH / name, "--cpu", "2048", "--memory", "2048", "--group", group,
            )
        )
    eventually(
        "the workers are there",
        lambda: len(ecs.list_container_instances()["containerInstanceArns"]) == 2,
    )
    red = ecs.create_capacity_provider(
        name="red", autoScalingGroupProvider={"autoScalingGroupArn": RED}
    )["capacityProvider"]
    assert red["status"] == "ACTIVE" and red["updateStatus"] == "CREATE_COMPLETE"
    assert red["autoScalingGroupProvider"]["managedScaling"]["status"] == "DISABLED"
    ecs.create_capacity_provider(
        name="blue", autoScalingGroupProvider={"autoScalingGroupArn": "blue"},
        tags=[{"key": "team", "value": "a"}],
    )
    shown = ecs.describe_capacity_providers(include=["TAGS"])["capacityProviders"]
    assert [provider["name"] for provider in shown] == ["blue", "red"]
    assert shown[0]["tags"] == [{"key": "team", "value": "a"}]

    ecs.register_task_definition(**sleeper("web"))
    strategy = [
        {"capacityProvider": "red", "base": 1, "weight": 1},
        {"capacityProvider": "blue", "weight": 3},
    ]
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="not associated with the"):
        ecs.run_task(taskDefinition="web", capacityProviderStrategy=strategy)
    cluster = ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=["red", "blue"],
        defaultCapacityProviderStrategy=strategy,
    )["cluster"]
    assert cluster["capacityProviders"] == ["red", "blue"]
    made = ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=5)["service"]
    assert [s["capacityProvider"] for s in made["capacityProviderStrategy"]] == ["red", "blue"]
    assert "launchType" not in made
    wait(ecs, "services_stable", services=["web"])
    assert providers(ecs, serviceName="web") == {"red": 2, "blue": 3}
    ecs.update_service(service="web", desiredCount=9)
    wait(ecs, "services_stable", services=["web"])
    assert providers(ecs, serviceName="web") == {"red": 3, "blue": 6}
    ecs.update_service(service="web", desiredCount=5)
    wait(ecs, "services_stable", services=["web"])
    assert providers(ecs, serviceName="web") == {"red": 2, "blue": 3}

    only_red = [{"capacityProvider": red["capacityProviderArn"], "weight": 1}]
    tasks = ecs.run_task(taskDefinition="web", count=3, capacityProviderStrategy=only_red)["tasks"]
    assert {task["capacityProviderName"] for task in tasks} == {"red"}
    (plain,) = ecs.run_task(taskDefinition="web", launchType="EC2")["tasks"]
    assert "capacityProviderName" not in plain
    refused(ecs, strategy)

    ecs.delete_service(service="web", force=True)
    wait(ecs, "services_inactive", services=["web"])
    ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=[], defaultCapacityProviderStrategy=[]
    )
    gone = ecs.delete_capacity_provider(capacityProvider="red")["capacityProvider"]
    assert gone["status"] == "INACTIVE" and gone["updateStatus"] == "DELETE_COMPLETE"
    for name in ["worker-1", "worker-2"]:
        Child("kill-" + name, MUSTER, "kill-host", name, "--data", SCRATCH).process.wait()


def refused(ecs, strategy):
    errors = ecs.exceptions
    with pytest.raises(errors.InvalidParameterException, match="both a launch type and capacity"):
        ecs.run_task(taskDefinition="web", launchType="EC2", capacityProviderStrategy=strategy)
    with pytest.raises(errors.InvalidParameterException, match="weight value greater than zero"):
        ecs.run_task(taskDefinition="web", capacityProviderStrategy=[{"capacityProvider": "red"}])
    with pytest.raises(errors.InvalidParameterException, match="Only one capacity provider"):
        ecs.run_task(
            taskDefinition="web",
            capacityProviderStrategy=[{**item, "base": 1} for item in strategy],
        )
    with pytest.raises(errors.ResourceInUseException, match="in use and cannot be removed"):
        ecs.put_cluster_capacity_providers(
            cluster="default", capacityProviders=["red"], defaultCapacityProviderStrategy=[]
        )
    with pytest.raises(errors.ClientException, match="associated with cluster: default"):
        ecs.delete_capacity_provider(capacityProvider="blue")
    with pytest.raises(errors.ClientException, match="already exists"):
        ecs.create_capacity_provider(
            name="red", autoScalingGroupProvider={"autoScalingGroupArn": "other"}
        )
    with pytest.raises(errors.UnsupportedFeatureException, match="scale groups"):
        ecs.create_capacity_provider(
            name="green",
            autoScalingGroupProvider={
                "autoScalingGroupArn": "g", "managedScaling": {"status": "ENABLED"}
            },
        )
