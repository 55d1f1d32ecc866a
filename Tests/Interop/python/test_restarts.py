"""Containers that are started again in their place, driven by boto3 on a real worker."""

import json
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError

from support import API, container, definition, eventually, wait

# The shortest period that ECS allows.
PERIOD = 60


def policy(**members):
    return {"enabled": True, "restartAttemptPeriod": PERIOD, **members}


def describe(ecs, arn):
    return ecs.describe_tasks(tasks=[arn])["tasks"][0]


def restarts(arn):
    """Of the task's first container, as `muster status` has it: ECS's API does not tell."""
    with urllib.request.urlopen(f"http://{API}/muster/v1/status") as answer:
        clusters = json.load(answer)["clusters"]
    tasks = {task["id"]: task for cluster in clusters for task in cluster["tasks"]}
    return tasks[arn.split("/")[-1]]["containers"][0].get("restarts", 0)


def test_what_ran_for_its_period_starts_again_in_its_place(ecs):
    families = {
        # It runs for its period once, and then ends at once.
        "again": container(
            "main", f"[ -e ran ] && exit 9; touch ran; sleep {PERIOD + 1}; exit 3",
            restartPolicy=policy(),
        ),
        "ignored": container(
            "main", f"sleep {PERIOD + 1}; exit 4", restartPolicy=policy(ignoredExitCodes=[4])
        ),
        "early": container("main", "sleep 1; exit 5", restartPolicy=policy()),
        "disabled": container(
            "main", f"sleep {PERIOD + 1}; exit 6", restartPolicy={"enabled": False}
        ),
    }
    tasks = {}
    for family, main in families.items():
        ecs.register_task_definition(**definition(family, main))
        answer = ecs.run_task(taskDefinition=family)
        assert answer["failures"] == [], answer
        tasks[family] = answer["tasks"][0]["taskArn"]
    began = time.monotonic()
    wait(ecs, "tasks_stopped", tasks=[tasks["early"]])
    assert time.monotonic() - began < 30
    eventually("restarted", lambda: restarts(tasks["again"]) == 1, within=PERIOD + 30)
    wait(ecs, "tasks_stopped", tasks=list(tasks.values()))
    codes = {
        family: describe(ecs, arn)["containers"][0]["exitCode"] for family, arn in tasks.items()
    }
    # The restarted one ended by its second run, which was too short for a third.
    assert codes == {"again": 9, "ignored": 4, "early": 5, "disabled": 6}
    assert {family: restarts(arn) for family, arn in tasks.items()} == {
        "again": 1, "ignored": 0, "early": 0, "disabled": 0,
    }
    again = describe(ecs, tasks["again"])
    assert again["stopCode"] == "EssentialContainerExited"


def test_policies_are_kept_and_wrong_ones_refused(ecs):
    given = policy(ignoredExitCodes=[0, 143])
    made = ecs.register_task_definition(
        **definition("kept", container("main", "true", restartPolicy=given))
    )["taskDefinition"]
    assert made["containerDefinitions"][0]["restartPolicy"] == given
    assert {"name": "ecs.capability.container-restart-policy"} in made["requiresAttributes"]
    for wrong, text in (
        ({"enabled": True, "restartAttemptPeriod": 59}, "between 60 and 1800; it is 59"),
        ({"enabled": True, "restartAttemptPeriod": 1801}, "between 60 and 1800; it is 1801"),
        ({"enabled": True, "ignoredExitCodes": list(range(51))}, "at most 50 codes"),
    ):
        with pytest.raises(ClientError) as refused:
            ecs.register_task_definition(
                **definition("wrong", container("main", "true", restartPolicy=wrong))
            )
        assert refused.value.response["Error"]["Code"] == "ClientException"
        assert text in refused.value.response["Error"]["Message"]
