"""The task metadata endpoint, asked by containers and driven by boto3 on real workers."""

import json
import os
import pathlib
import subprocess
import urllib.error
import urllib.request

from own_manager import MUSTER
from support import API, container, definition, eventually, wait

SCRATCH = pathlib.Path(os.environ["MUSTER_TEST_SCRATCH"])
# What a program in the container sees, as an SDK would ask.
SCRIPT = """
out="$OUT/$MUSTER_TASK_ID-$MUSTER_CONTAINER_NAME"
curl -sf "$ECS_CONTAINER_METADATA_URI_V4" > "$out.container"
curl -sf "$ECS_CONTAINER_METADATA_URI_V4/task" > "$out.task"
echo "$ECS_CONTAINER_METADATA_URI_V4 $ECS_AGENT_URI" > "$out.new" && mv "$out.new" "$out.uri"
exec sleep 600
"""


def asking(name="main", **members):
    return container(
        name, SCRIPT, environment=[{"name": "OUT", "value": str(SCRATCH)}], **members
    )


def seen(arn, name="main"):
    """The container's URIs, and the documents that it got."""
    base = SCRATCH / f"{arn.split('/')[-1]}-{name}"
    uri = base.with_name(base.name + ".uri")
    eventually("the container has asked", uri.exists, within=20)
    documents = [
        json.loads(base.with_name(f"{base.name}.{kind}").read_text())
        for kind in ("container", "task")
    ]
    return uri.read_text().split(), *documents


def ask(url, body=None):
    request = urllib.request.Request(
        url, data=None if body is None else json.dumps(body).encode(),
        method="GET" if body is None else "PUT",
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_container_learns_of_itself(ecs):
    ecs.register_task_definition(**definition("two", asking("main"), asking("side")))
    arn = ecs.run_task(taskDefinition="two")["tasks"][0]["taskArn"]
    wait(ecs, "tasks_running", tasks=[arn])
    (uri, _), mine, task = seen(arn)
    (other, _), side, _ = seen(arn, "side")
    assert uri != other and (mine["Name"], side["Name"]) == ("main", "side")
    described = ecs.describe_tasks(tasks=[arn])["tasks"][0]
    arns = {c["name"]: c["containerArn"] for c in described["containers"]}
    assert mine["ContainerARN"] == arns["main"] and mine["KnownStatus"] == "RUNNING"
    assert task["TaskARN"] == arn and task["Family"] == "two" and task["LaunchType"] == "EC2"
    assert [c["Name"] for c in task["Containers"]] == ["main", "side"]
    assert task["AvailabilityZone"] == described["availabilityZone"]

    def measured():
        status, stats = ask(f"{uri}/task/stats")
        assert status == 200 and len(stats) == 2
        return all(stats.values()) and stats

    stats = eventually("both are measured", measured, within=30)
    assert all(each["memory_stats"]["usage"] > 0 for each in stats.values())
    assert ask(f"{uri}/stats")[1]["id"] == mine["DockerId"]

    def known():
        status = json.loads(
            subprocess.run(
                [MUSTER, "status", "--json", "--api", f"http://{API}"], check=True,
                capture_output=True, text=True,
            ).stdout
        )
        (shown,) = [t for t in status["clusters"][0]["tasks"] if t["id"] in arn]
        return all(c.get("usage", {}).get("memory", 0) > 0 for c in shown["containers"])

    # As soon as there is a rate: that takes two measurements.
    eventually("the manager knows it too", known, within=30)

    ecs.stop_task(task=arn)
    wait(ecs, "tasks_stopped", tasks=[arn])
    eventually("the worker has forgotten it", lambda: ask(uri)[0] == 404, within=20)


def test_a_task_protects_itself(ecs):
    ecs.register_task_definition(**definition("web", asking()))
    ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=1)
    wait(ecs, "services_stable", services=["web"])
    (arn,) = ecs.list_tasks(serviceName="web")["taskArns"]
    (_, agent), _, task = seen(arn)
    assert task["ServiceName"] == "web"
    state = f"{agent}/task-protection/v1/state"
    assert ask(state) == (
        200, {"protection": {"ProtectionEnabled": False, "TaskArn": arn}},
    )
    status, answer = ask(state, {"ProtectionEnabled": True, "ExpiresInMinutes": 60})
    assert status == 200 and answer["protection"]["ProtectionEnabled"] is True, answer
    assert answer["protection"]["ExpirationDate"]
    (told,) = ecs.get_task_protection(cluster="default", tasks=[arn])["protectedTasks"]
    assert told["protectionEnabled"]
    status, answer = ask(state, {"ProtectionEnabled": True, "ExpiresInMinutes": 9000})
    assert (status, answer["error"]["Code"]) == (400, "InvalidParameterException"), answer
    status, answer = ask(state, {"ProtectionEnabled": False})
    assert status == 200 and answer["protection"]["ProtectionEnabled"] is False

    alone = ecs.run_task(taskDefinition="web")["tasks"][0]["taskArn"]
    wait(ecs, "tasks_running", tasks=[alone])
    (_, agent), _, _ = seen(alone)
    status, answer = ask(f"{agent}/task-protection/v1/state", {"ProtectionEnabled": True})
    assert status == 200 and answer["failure"]["Reason"] == "TASK_NOT_VALID", answer
