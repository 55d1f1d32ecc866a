"""A program that rolls out a service by task sets, driven by boto3 on real workers."""

import pytest
from botocore.exceptions import ClientError

from support import eventually, sleeper

WEB = {"cluster": "default", "service": "web"}


def sets(ecs, *ids):
    answer = ecs.describe_task_sets(**WEB, **({"taskSets": list(ids)} if ids else {}))
    assert answer["failures"] == [], answer
    return answer["taskSets"]


def stands(ecs, name, count):
    def probe():
        (found,) = sets(ecs, name)
        counts = (found["computedDesiredCount"], found["runningCount"], found["pendingCount"])
        return counts == (count, count, 0) and found["stabilityStatus"] == "STEADY_STATE"

    eventually(f"{name} stands with {count}", probe)


def refused(code, call, **arguments):
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    assert refusal.value.response["Error"]["Code"] == code
    return refusal.value.response["Error"]["Message"]


def test_blue_and_green(ecs):
    for _ in range(2):
        ecs.register_task_definition(**sleeper("web"))
    made = ecs.create_service(
        serviceName="web", desiredCount=4, deploymentController={"type": "EXTERNAL"}
    )["service"]
    assert made["deploymentController"] == {"type": "EXTERNAL"}
    assert made["deployments"] == [] and made["taskSets"] == []
    blue = ecs.create_task_set(
        **WEB, taskDefinition="web:1", externalId="blue",
        scale={"value": 100, "unit": "PERCENT"}, clientToken="blue",
    )["taskSet"]
    assert blue["status"] == "ACTIVE" and blue["stabilityStatus"] == "STABILIZING"
    again = ecs.create_task_set(**WEB, taskDefinition="web:1", clientToken="blue")
    assert again["taskSet"]["id"] == blue["id"]
    stands(ecs, blue["id"], 4)
    primary = ecs.update_service_primary_task_set(**WEB, primaryTaskSet=blue["id"])
    assert primary["taskSet"]["status"] == "PRIMARY"
    green = ecs.create_task_set(
        **WEB, taskDefinition="web:2", scale={"value": 30, "unit": "PERCENT"}
    )["taskSet"]
    stands(ecs, green["taskSetArn"], 2)
    arns = ecs.list_tasks(serviceName="web", desiredStatus="RUNNING")["taskArns"]
    started = [task["startedBy"] for task in ecs.describe_tasks(tasks=arns)["tasks"]]
    assert sorted(started) == sorted([blue["id"]] * 4 + [green["id"]] * 2)
    ecs.update_task_set(
        **WEB, taskSet=green["id"], scale={"value": 100, "unit": "PERCENT"}
    )
    stands(ecs, green["id"], 4)
    ecs.update_service_primary_task_set(**WEB, primaryTaskSet=green["id"])
    (service,) = ecs.describe_services(services=["web"])["services"]
    assert service["taskDefinition"].endswith("web:2") and service["runningCount"] == 8
    assert [one["status"] for one in service["taskSets"]] == ["ACTIVE", "PRIMARY"]
    text = refused(
        "InvalidParameterException", ecs.delete_task_set, **WEB, taskSet=blue["id"]
    )
    assert "scaled above 0" in text
    gone = ecs.delete_task_set(**WEB, taskSet=blue["id"], force=True)["taskSet"]
    assert gone["status"] == "DRAINING" and gone["computedDesiredCount"] == 0
    eventually("blue is gone", lambda: [one["id"] for one in sets(ecs)] == [green["id"]])
    stands(ecs, green["id"], 4)
    ecs.update_service(service="web", desiredCount=1)
    stands(ecs, green["id"], 1)
    text = refused(
        "InvalidParameterException", ecs.update_service, service="web", taskDefinition="web:1"
    )
    assert "EXTERNAL deployment controller" in text
    ecs.delete_service(service="web", force=True)
    eventually(
        "the service is gone",
        lambda: ecs.describe_services(services=["web"])["services"][0]["status"] == "INACTIVE",
    )


def test_refusals(ecs):
    ecs.create_cluster(clusterName="default")
    ecs.register_task_definition(**sleeper("web"))
    wanted = {"cluster": "default", "taskDefinition": "web"}
    refused("ServiceNotFoundException", ecs.create_task_set, service="none", **wanted)
    ecs.create_service(serviceName="rolling", taskDefinition="web", desiredCount=0)
    text = refused(
        "InvalidParameterException", ecs.create_task_set, service="rolling", **wanted
    )
    assert "EXTERNAL" in text
    ecs.create_service(
        serviceName="web", desiredCount=0, deploymentController={"type": "EXTERNAL"}
    )
    for call, arguments in (
        (ecs.update_task_set, {"taskSet": "ecs-svc/7", "scale": {"value": 1, "unit": "PERCENT"}}),
        (ecs.delete_task_set, {"taskSet": "ecs-svc/7"}),
        (ecs.update_service_primary_task_set, {"primaryTaskSet": "ecs-svc/7"}),
    ):
        refused("TaskSetNotFoundException", call, **WEB, **arguments)
    answer = ecs.describe_task_sets(**WEB, taskSets=["ecs-svc/7"])
    assert answer["taskSets"] == [] and answer["failures"][0]["reason"] == "MISSING"
