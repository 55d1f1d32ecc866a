"""Where tasks go and which of them stay, driven by boto3 on real workers."""

import time
from collections import Counter

import pytest
from botocore.exceptions import ClientError

from support import container, definition, eventually, sleeper, wait


def instances(ecs, **filters):
    return sorted(ecs.list_container_instances(**filters)["containerInstanceArns"])


def put(ecs, instance, **attributes):
    return ecs.put_attributes(
        attributes=[
            {"name": name, "value": value, "targetId": instance}
            for name, value in attributes.items()
        ]
    )["attributes"]


def member_of(expression):
    return [{"type": "memberOf", "expression": expression}]


def places(ecs, **filters):
    """Where the tasks are that are wanted RUNNING."""
    arns = ecs.list_tasks(**filters)["taskArns"]
    tasks = ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
    return Counter(task["containerInstanceArn"] for task in tasks)


def test_attributes_are_put_listed_and_deleted(ecs):
    first, second = instances(ecs)
    (made,) = put(ecs, first, rack="r1")
    assert made == {
        "name": "rack", "value": "r1", "targetType": "container-instance", "targetId": first,
    }
    put(ecs, second, rack="r2", disk="ssd")
    found = ecs.list_attributes(targetType="container-instance", attributeName="rack")
    assert {(a["targetId"], a["value"]) for a in found["attributes"]} == {
        (first, "r1"), (second, "r2"),
    }
    described = ecs.describe_container_instances(containerInstances=[second])
    assert {"name": "disk", "value": "ssd"} in described["containerInstances"][0]["attributes"]
    gone = ecs.delete_attributes(attributes=[{"name": "disk", "targetId": second}])["attributes"]
    assert [a["value"] for a in gone] == ["ssd"]
    assert not ecs.list_attributes(targetType="container-instance", attributeName="disk")[
        "attributes"
    ]
    with pytest.raises(ecs.exceptions.TargetNotFoundException):
        put(ecs, "0123456789abcdef0123456789abcdef", rack="r1")
    with pytest.raises(ecs.exceptions.AttributeLimitExceededException):
        for number in range(11):
            put(ecs, first, **{f"n{number}": "x"})
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="reserved"):
        put(ecs, first, **{"ecs.os-type": "x"})


def test_member_of_binds_services_tasks_and_lists(ecs):
    first, second = instances(ecs)
    put(ecs, first, rack="r1")
    put(ecs, second, rack="r2")
    assert instances(ecs, filter="attribute:rack == r1") == [first]
    assert instances(ecs, filter="attribute:rack in [r1, 'r2'] and not(attribute:rack =~ .*1)") == [
        second
    ]
    registered = ecs.register_task_definition(
        **sleeper(placementConstraints=member_of("attribute:rack exists"))
    )["taskDefinition"]
    assert registered["placementConstraints"] == member_of("attribute:rack exists")
    ecs.create_service(
        serviceName="web", taskDefinition="sleeper", desiredCount=3,
        placementConstraints=member_of("attribute:rack == r2"),
        placementStrategy=[{"type": "spread", "field": "host"}, {"type": "binpack", "field": "cpu"}],
    )
    wait(ecs, "services_stable", services=["web"])
    assert places(ecs, serviceName="web") == {second: 3}
    seen = ecs.describe_services(services=["web"])["services"][0]
    assert seen["placementConstraints"] == member_of("attribute:rack == r2")
    assert seen["placementStrategy"] == [
        {"type": "spread", "field": "host"}, {"type": "binpack", "field": "CPU"},
    ]
    # With the service, and away from it.
    near = ecs.run_task(
        taskDefinition="sleeper", count=2, placementConstraints=member_of("task:group == service:web")
    )
    assert {task["containerInstanceArn"] for task in near["tasks"]} == {second}
    far = ecs.run_task(
        taskDefinition="sleeper", count=2,
        placementConstraints=member_of("not(task:group == service:web)"),
    )
    assert {task["containerInstanceArn"] for task in far["tasks"]} == {first}
    nowhere = ecs.run_task(
        taskDefinition="sleeper", placementConstraints=member_of("attribute:rack == r3")
    )
    assert not nowhere["tasks"]
    (failure,) = nowhere["failures"]
    assert failure["reason"] == "MemberOf placement constraint unsatisfied"
    assert "'attribute:rack == r3'" in failure["detail"]
    # The service says so, and goes on as soon as an instance is right.
    ecs.update_service(
        service="web", desiredCount=4, placementConstraints=member_of("attribute:disk == ssd")
    )
    eventually(
        "the service says why it can't place a task",
        lambda: any(
            "does not meet a placement constraint" in event["message"]
            for event in ecs.describe_services(services=["web"])["services"][0]["events"]
        ),
    )
    put(ecs, first, disk="ssd")
    eventually("the fourth is placed", lambda: places(ecs, serviceName="web") == {second: 3, first: 1})


def test_bad_expressions_are_refused_with_their_place(ecs, http):
    ecs.register_task_definition(**sleeper())
    bad = "attribute:rack == r1 and (attribute:disk = ssd)"
    text = r"Invalid placement constraint expression '.*': at character 42: expected one of the "
    calls = [
        lambda: ecs.run_task(taskDefinition="sleeper", placementConstraints=member_of(bad)),
        lambda: ecs.create_service(
            serviceName="web", taskDefinition="sleeper", desiredCount=1,
            placementConstraints=member_of(bad),
        ),
        lambda: ecs.register_task_definition(**sleeper(placementConstraints=member_of(bad))),
    ]
    for call in calls:
        with pytest.raises(ecs.exceptions.InvalidParameterException, match=text):
            call()
    with pytest.raises(
        ecs.exceptions.InvalidParameterException, match="Invalid filter .* at character 1: expected"
    ):
        ecs.list_container_instances(filter="rack == r1")
    with pytest.raises(ClientError, match=r"a back reference '\\1', which is not supported"):
        ecs.list_container_instances(filter=r"attribute:rack =~ '(r)\1'")
    with pytest.raises(ClientError, match="more than 10"):
        ecs.run_task(
            taskDefinition="sleeper", placementConstraints=member_of("agentConnected == true") * 11
        )
    with pytest.raises(ClientError, match="more than 5"):
        ecs.run_task(taskDefinition="sleeper", placementStrategy=[{"type": "random"}] * 6)
    # What the SDK would not send.
    http.refused(
        "RegisterTaskDefinition",
        {**sleeper(), "placementConstraints": [{"type": "distinctInstance"}]},
        "ClientException", "Member must satisfy enum value set: [memberOf]",
    )
    # No expression holds up the manager.
    started = time.monotonic()
    ecs.list_container_instances(filter="attribute:rack =~ '(((.*)*)*)*x'")
    assert time.monotonic() - started < 2


def test_protected_tasks_stay(ecs):
    ecs.register_task_definition(**sleeper())
    ecs.create_service(serviceName="web", taskDefinition="sleeper", desiredCount=4)
    wait(ecs, "services_stable", services=["web"])
    arns = ecs.list_tasks(serviceName="web")["taskArns"]
    kept = sorted(arns[:3])
    answer = ecs.update_task_protection(
        cluster="default", tasks=kept, protectionEnabled=True, expiresInMinutes=60
    )
    assert sorted(task["taskArn"] for task in answer["protectedTasks"]) == kept
    for task in answer["protectedTasks"]:
        assert task["protectionEnabled"]
        assert 3_500 < task["expirationDate"].timestamp() - time.time() < 3_700
    told = ecs.get_task_protection(cluster="default", tasks=arns)["protectedTasks"]
    assert sorted(task["taskArn"] for task in told if task["protectionEnabled"]) == kept

    ecs.update_service(service="web", desiredCount=1)
    held = "The number of protected tasks are more than the desired count of tasks"
    eventually(
        "the service says that protected tasks hold it",
        lambda: held in ecs.describe_services(services=["web"])["services"][0]["events"][0]["message"],
    )
    assert sorted(ecs.list_tasks(serviceName="web")["taskArns"]) == kept
    blocked = ecs.update_task_protection(
        cluster="default", tasks=kept[:1], protectionEnabled=True
    )
    assert [failure["reason"] for failure in blocked["failures"]] == ["DEPLOYMENT_BLOCKED"]
    ended = ecs.update_task_protection(cluster="default", tasks=kept[:2], protectionEnabled=False)
    assert [task["protectionEnabled"] for task in ended["protectedTasks"]] == [False, False]
    wait(ecs, "services_stable", services=["web"])
    assert ecs.list_tasks(serviceName="web")["taskArns"] == kept[2:]

    (alone,) = ecs.run_task(taskDefinition="sleeper")["tasks"]
    failures = ecs.update_task_protection(
        cluster="default", tasks=[alone["taskArn"], "0123456789abcdef0123456789abcdef"],
        protectionEnabled=True,
    )["failures"]
    assert [failure["reason"] for failure in failures] == ["TASK_NOT_VALID", "MISSING"]
    for minutes in (0, 2_881):
        with pytest.raises(ecs.exceptions.InvalidParameterException, match="between 1 and 2880"):
            ecs.update_task_protection(
                cluster="default", tasks=kept[:1], protectionEnabled=True, expiresInMinutes=minutes
            )


def test_gpus_are_counted(ecs):
    gpus = [{"type": "GPU", "value": "1"}]
    ecs.register_task_definition(
        **definition("gpu", container("main", "exec sleep 600", resourceRequirements=gpus))
    )
    answer = ecs.run_task(taskDefinition="gpu")
    assert [failure["reason"] for failure in answer["failures"]] == ["RESOURCE:GPU"]
    with pytest.raises(ClientError, match="whole number of GPUs"):
        ecs.run_task(
            taskDefinition="gpu",
            overrides={
                "containerOverrides": [
                    {"name": "main", "resourceRequirements": [{"type": "GPU", "value": "x"}]}
                ]
            },
        )
