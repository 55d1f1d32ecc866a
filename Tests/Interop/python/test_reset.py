"""A fresh account for each test of a suite, with workers and tasks that really run."""

import json
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from support import API, container, definition, ecs_client, eventually, sleeper, wait

WORKERS = 2


def reset():
    """Resets the manager; answers how long that took, in milliseconds."""
    began = time.monotonic()
    request = urllib.request.Request(f"http://{API}/_muster/reset", data=b"", method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer) == {}
    return (time.monotonic() - began) * 1_000


def fresh(ecs):
    """Nothing is there but what the workers need."""
    for region in ("us-east-1", "eu-west-1"):
        client = ecs_client(region)
        assert client.list_task_definitions()["taskDefinitionArns"] == []
        assert client.list_task_definition_families(status="ALL")["families"] == []
    assert [arn.split("/")[1] for arn in ecs.list_clusters()["clusterArns"]] == ["default"]
    assert ecs_client("eu-west-1").list_clusters()["clusterArns"] == []
    assert ecs.list_tasks()["taskArns"] == []
    assert ecs.list_tasks(desiredStatus="STOPPED")["taskArns"] == []
    assert ecs.list_services()["serviceArns"] == []
    assert ecs.list_account_settings()["settings"] == []
    described = ecs.describe_clusters(include=["TAGS", "SETTINGS", "STATISTICS"])["clusters"][0]
    assert described["tags"] == [] and described["activeServicesCount"] == 0
    assert described["runningTasksCount"] == described["pendingTasksCount"] == 0


def workers(ecs):
    """Those that are connected, with all they have to give."""
    arns = ecs.list_container_instances()["containerInstanceArns"]
    if len(arns) != WORKERS:
        return None
    instances = ecs.describe_container_instances(containerInstances=arns)["containerInstances"]
    assert all(i["runningTasksCount"] == i["pendingTasksCount"] == 0 for i in instances)
    return arns if all(i["agentConnected"] for i in instances) else None


def case_service(ecs, number):
    ecs.register_task_definition(**sleeper("web"))
    ecs.create_service(serviceName="web", taskDefinition="web:1", desiredCount=3)
    if number % 4 == 0:
        wait(ecs, "services_stable", services=["web"])


def case_task(ecs, number):
    ecs.register_task_definition(**sleeper("job"))
    task = ecs.run_task(taskDefinition="job:1", clientToken="always", count=2)
    assert len(task["tasks"]) == 2 and task["failures"] == []
    if number % 4 == 1:
        wait(ecs, "tasks_running", tasks=[t["taskArn"] for t in task["tasks"]])


def case_crash(ecs, _):
    ecs.register_task_definition(**definition("sick", container("main", "exit 1")))
    ecs.create_service(serviceName="sick", taskDefinition="sick:1", desiredCount=1)
    eventually("it fails", lambda: ecs.list_tasks(desiredStatus="STOPPED")["taskArns"])


def case_objects(ecs, _):
    ecs.create_cluster(clusterName="other", tags=[{"key": "a", "value": "b"}])
    ecs.put_account_setting(name="containerInsights", value="enabled")
    other = ecs_client("eu-west-1")
    other.create_cluster(clusterName="far")
    assert other.register_task_definition(**sleeper("web"))["taskDefinition"]["revision"] == 1
    for cluster in ecs.describe_clusters()["clusters"]:
        ecs.tag_resource(resourceArn=cluster["clusterArn"], tags=[{"key": "a", "value": "b"}])


def test_a_hundred_in_a_row(ecs):
    cases = [case_service, case_task, case_crash, case_objects]
    took = []
    seen = set()
    for number in range(100):
        instances = eventually("the workers are back", lambda: workers(ecs))
        assert not seen & set(instances), "an instance survived"
        seen |= set(instances)
        cases[number % len(cases)](ecs, number)
        took.append(reset())
        fresh(ecs)
    took.sort()
    print(f"reset: median {took[50]:.1f} ms, worst {took[-1]:.1f} ms")
    assert took[50] < 100, took
    # What ran before is stopped, on the workers too.
    eventually("the workers are back", lambda: workers(ecs))
    with urllib.request.urlopen(f"http://{API}/muster/v1/status") as answer:
        clusters = json.load(answer)["clusters"]
    assert sum(len(cluster["tasks"]) for cluster in clusters) == 0


def test_containers_end(ecs):
    """What a container left behind tells that it is gone."""
    eventually("the workers are there", lambda: workers(ecs))
    ecs.register_task_definition(
        **definition("loop", container("main", "while :; do date +%s%N > beat; sleep 0.05; done"))
    )
    task = ecs.run_task(taskDefinition="loop")["tasks"][0]["taskArn"]
    wait(ecs, "tasks_running", tasks=[task])
    import pathlib, os

    def beats():
        return sorted(
            path.read_text() for path in
            pathlib.Path(os.environ["MUSTER_TEST_SCRATCH"]).rglob("beat")
        )

    eventually("it beats", beats)
    reset()
    eventually("the workers are back", lambda: workers(ecs))

    def still():
        before = beats()
        time.sleep(0.5)
        return beats() == before

    eventually("it beats no more", still)


def test_restarts_stay_reset(children):
    from own_manager import Manager

    manager = Manager("--enable-test-reset")
    children.append(manager)
    ecs = ecs_client()
    case_objects(ecs, 0)
    reset()
    assert ecs.list_clusters()["clusterArns"] == []
    manager.kill()
    manager.start()
    assert ecs.list_clusters()["clusterArns"] == []
    assert ecs_client("eu-west-1").list_clusters()["clusterArns"] == []
    assert ecs.register_task_definition(**sleeper("web"))["taskDefinition"]["revision"] == 1
    with pytest.raises(ClientError):
        ecs.describe_task_definition(taskDefinition="web:2")


def test_not_enabled(ecs):
    ecs.create_cluster(clusterName="stays")
    with pytest.raises(urllib.error.HTTPError) as refused:
        reset()
    assert refused.value.code == 404
    assert "--enable-test-reset" in json.load(refused.value)["message"]
    assert len(ecs.list_clusters()["clusterArns"]) == 1
