"""Standalone tasks, driven by boto3 on real workers."""

import pytest

from support import container, definition, eventually, sleeper, wait


def describe(ecs, arn):
    return ecs.describe_tasks(tasks=[arn])["tasks"][0]


def run(ecs, family, **members):
    answer = ecs.run_task(taskDefinition=family, **members)
    assert answer["failures"] == [], answer
    return answer["tasks"]


def test_run_once_and_show_their_exit_codes(ecs):
    ecs.register_task_definition(**definition("fine", container("main", "exit 0")))
    ecs.register_task_definition(**definition("fails", container("main", "exit 3")))
    (fine,) = run(ecs, "fine", startedBy="batch/1")
    (fails,) = run(ecs, "fails")
    assert fine["lastStatus"] in ("PROVISIONING", "PENDING") and fine["desiredStatus"] == "RUNNING"
    assert fine["group"] == "family:fine" and fine["startedBy"] == "batch/1"
    wait(ecs, "tasks_stopped", tasks=[fine["taskArn"], fails["taskArn"]])
    for arn, code in ((fine["taskArn"], 0), (fails["taskArn"], 3)):
        task = describe(ecs, arn)
        assert task["containers"][0]["exitCode"] == code
        assert task["stopCode"] == "EssentialContainerExited"
        assert task["stoppedReason"] == "Essential container in task exited"
        assert task["createdAt"] <= task["startedAt"] <= task["stoppedAt"]
    assert ecs.list_tasks()["taskArns"] == []
    both = {fine["taskArn"], fails["taskArn"]}
    assert set(ecs.list_tasks(desiredStatus="STOPPED")["taskArns"]) == both


def test_are_stopped_on_request(ecs):
    ecs.register_task_definition(
        **definition(
            "polite", container("main", "trap 'exit 5' TERM; while :; do sleep 0.05; done")
        )
    )
    ecs.register_task_definition(
        **definition(
            "deaf",
            container("main", "trap '' TERM; while :; do sleep 0.05; done", stopTimeout=1),
        )
    )
    polite, deaf = run(ecs, "polite")[0]["taskArn"], run(ecs, "deaf")[0]["taskArn"]
    wait(ecs, "tasks_running", tasks=[polite, deaf])
    stopping = ecs.stop_task(task=polite, reason="enough")["task"]
    assert stopping["desiredStatus"] == "STOPPED" and stopping["stoppedReason"] == "enough"
    ecs.stop_task(task=deaf.rsplit("/", 1)[1])
    wait(ecs, "tasks_stopped", tasks=[polite, deaf])
    assert describe(ecs, polite)["containers"][0]["exitCode"] == 5
    assert describe(ecs, deaf)["containers"][0]["exitCode"] == 137
    assert describe(ecs, deaf)["stoppedReason"] == "Task stopped by user"
    assert describe(ecs, deaf)["stopCode"] == "UserInitiated"
    again = ecs.stop_task(task=polite)["task"]
    assert again["lastStatus"] == "STOPPED" and again["stoppedReason"] == "enough"


def test_take_overrides(ecs):
    script = 'test "$KEPT-$CHANGED-$ADDED" = kept-changed-added && exit 42'
    ecs.register_task_definition(
        **definition(
            "env",
            container(
                "main",
                script,
                environment=[
                    {"name": "KEPT", "value": "kept"},
                    {"name": "CHANGED", "value": "not yet"},
                ],
            ),
        )
    )
    (task,) = run(
        ecs,
        "env",
        overrides={
            "containerOverrides": [
                {
                    "name": "main",
                    "environment": [
                        {"name": "CHANGED", "value": "changed"},
                        {"name": "ADDED", "value": "added"},
                    ],
                }
            ]
        },
    )
    assert task["overrides"]["containerOverrides"][0]["name"] == "main"
    wait(ecs, "tasks_stopped", tasks=[task["taskArn"]])
    assert describe(ecs, task["taskArn"])["containers"][0]["exitCode"] == 42


def test_that_do_not_fit_are_failures_and_no_errors(ecs):
    for family, members, reason in (
        ("fat", {"memory": 1_000_000}, "RESOURCE:MEMORY"),
        ("busy", {"cpu": 1_000_000}, "RESOURCE:CPU"),
    ):
        ecs.register_task_definition(
            **definition(family, container("main", "exit 0", **members))
        )
        answer = ecs.run_task(taskDefinition=family)
        assert answer["tasks"] == []
        assert [f["reason"] for f in answer["failures"]] == [reason]
    fixed = definition(
        "fixed",
        container(
            "main", "exec sleep 600", portMappings=[{"containerPort": 80, "hostPort": 39_999}]
        ),
    )
    ecs.register_task_definition(**fixed)
    answer = ecs.run_task(taskDefinition="fixed", count=3)
    assert len(answer["tasks"]) == 2, "one on each of two workers"
    assert [f["reason"] for f in answer["failures"]] == ["RESOURCE:PORTS"]


def test_start_where_they_are_told_and_are_listed_by_filter(ecs):
    ecs.register_task_definition(**sleeper("a"))
    ecs.register_task_definition(**sleeper("b"))
    first, second = sorted(ecs.list_container_instances()["containerInstanceArns"])
    started = ecs.start_task(
        taskDefinition="a", containerInstances=[second], startedBy="me", group="mine"
    )
    assert started["failures"] == []
    a = started["tasks"][0]
    assert a["containerInstanceArn"] == second and a["group"] == "mine"
    b = ecs.start_task(taskDefinition="b", containerInstances=[first])["tasks"][0]
    wait(ecs, "tasks_running", tasks=[a["taskArn"], b["taskArn"]])
    for filters, expected in (
        ({"family": "a"}, [a]),
        ({"startedBy": "me"}, [a]),
        ({"containerInstance": first}, [b]),
        ({"containerInstance": second, "family": "b"}, []),
        ({"launchType": "EC2"}, [a, b]),
        ({"desiredStatus": "STOPPED"}, []),
    ):
        found = ecs.list_tasks(**filters)["taskArns"]
        assert sorted(found) == sorted(t["taskArn"] for t in expected), filters
    everything = ecs.list_tasks(maxResults=1)
    rest = ecs.list_tasks(maxResults=1, nextToken=everything["nextToken"])
    assert sorted(everything["taskArns"] + rest["taskArns"]) == sorted(
        [a["taskArn"], b["taskArn"]]
    )
    assert "nextToken" not in rest
    pages = ecs.get_paginator("list_tasks").paginate(PaginationConfig={"PageSize": 1})
    assert len([arn for page in pages for arn in page["taskArns"]]) == 2


def test_unknown_ones(ecs):
    ecs.register_task_definition(**sleeper())
    missing = "0123456789abcdef0123456789abcdef"
    (failure,) = ecs.describe_tasks(tasks=[missing])["failures"]
    assert failure["reason"] == "MISSING" and failure["arn"].endswith(missing)
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="not found"):
        ecs.stop_task(task=missing)
    with pytest.raises(ecs.exceptions.ClientException, match="TaskDefinition not found"):
        ecs.run_task(taskDefinition="nobody")
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.run_task(cluster="nowhere", taskDefinition="sleeper")
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.describe_tasks(cluster="nowhere", tasks=[missing])
    ecs.create_cluster(clusterName="empty")
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="No Container Instances"):
        ecs.run_task(cluster="empty", taskDefinition="sleeper")


def test_the_same_client_token_runs_one_task(ecs):
    ecs.register_task_definition(**sleeper())
    first = run(ecs, "sleeper", clientToken="token-1")
    second = run(ecs, "sleeper", clientToken="token-1")
    assert [t["taskArn"] for t in first] == [t["taskArn"] for t in second]
    with pytest.raises(ecs.exceptions.ConflictException):
        ecs.run_task(taskDefinition="sleeper", clientToken="token-1", startedBy="another")
    eventually("one task runs", lambda: len(ecs.list_tasks()["taskArns"]) == 1)
