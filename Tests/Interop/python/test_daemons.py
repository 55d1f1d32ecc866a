"""Managed daemons on groups of real workers, through boto3 and the AWS CLI."""

import pytest
from botocore.exceptions import ClientError

import cli
from own_manager import Manager, worker
from support import container, ecs_client, eventually

AGENT = {"family": "agent", "containerDefinitions": [container("a", "exec sleep 600")]}


def test_a_daemon_is_on_each_instance_of_its_providers(children):
    children.append(Manager("--no-tls"))
    ecs = ecs_client()
    ecs.create_cluster()
    for name, group in [("worker-1", "red"), ("worker-2", "red"), ("worker-3", "blue")]:
        children.append(worker(name, group))
    eventually(
        "the workers are there",
        lambda: len(ecs.list_container_instances()["containerInstanceArns"]) == 3,
    )
    for name in ("red", "blue"):
        ecs.create_capacity_provider(
            name=name, autoScalingGroupProvider={"autoScalingGroupArn": name}
        )
    ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=["red", "blue"], defaultCapacityProviderStrategy=[]
    )
    (red,) = ecs.describe_capacity_providers(capacityProviders=["red"])["capacityProviders"]
    first, second = (
        ecs.register_daemon_task_definition(**AGENT)["daemonTaskDefinitionArn"] for _ in range(2)
    )
    made = ecs.create_daemon(
        daemonName="log",
        daemonTaskDefinitionArn=first,
        capacityProviderArns=[red["capacityProviderArn"]],
        tags=[{"key": "team", "value": "ops"}],
        propagateTags="DAEMON",
        enableECSManagedTags=True,
    )
    arn = made["daemonArn"]
    assert arn.endswith(":daemon/default/log") and made["status"] == "ACTIVE"

    def detail():
        return ecs.describe_daemon(daemonArn=arn)["daemon"]

    def runs(count):
        (revision, *older) = detail()["currentRevisions"]
        provider = [(p["arn"], p["runningCount"]) for p in revision["capacityProviders"]]
        return (
            not older and revision["totalRunningCount"] == count
            and provider == [(red["capacityProviderArn"], count)]
        )

    eventually("it runs on both", lambda: runs(2))
    tasks = ecs.list_tasks(daemonName="log")["taskArns"]
    for task in ecs.describe_tasks(tasks=tasks, include=["TAGS"])["tasks"]:
        assert task["group"] == "daemon:log" and task["taskDefinitionArn"] == first
        assert task["capacityProviderName"] == "red"
        assert {"key": "team", "value": "ops"} in task["tags"]
        assert {"key": "aws:ecs:daemonName", "value": "log"} in task["tags"]
    assert ecs.list_services()["serviceArns"] == []
    assert ecs.list_task_definition_families()["families"] == []
    assert ecs.describe_clusters()["clusters"][0]["activeServicesCount"] == 0

    children.append(worker("worker-4", "red"))
    eventually("it runs on the third too", lambda: runs(3))

    def deployed(deployment):
        (seen,) = ecs.describe_daemon_deployments(daemonDeploymentArns=[deployment])[
            "daemonDeployments"
        ]
        return seen if seen["status"] == "SUCCESSFUL" else None

    eventually("the deployment is over", lambda: deployed(made["deploymentArn"]))
    updated = ecs.update_daemon(
        daemonArn=arn, daemonTaskDefinitionArn=second, capacityProviderArns=["red"],
        deploymentConfiguration={"drainPercent": 0},
    )
    eventually("the new revision is everywhere", lambda: deployed(updated["deploymentArn"]), 40)
    assert runs(3)
    tasks = ecs.list_tasks(daemonName="log")["taskArns"]
    described = ecs.describe_tasks(tasks=tasks)["tasks"]
    assert {task["taskDefinitionArn"] for task in described} == {second}
    listed = ecs.list_daemon_deployments(daemonArn=arn, status=["SUCCESSFUL"])
    assert [d["daemonDeploymentArn"] for d in listed["daemonDeployments"]] == [
        updated["deploymentArn"], made["deploymentArn"],
    ]
    revision = detail()["currentRevisions"][0]["arn"]
    (seen,) = ecs.describe_daemon_revisions(daemonRevisionArns=[revision])["daemonRevisions"]
    assert seen["daemonTaskDefinitionArn"] == second and seen["propagateTags"] == "DAEMON"

    ecs.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "b"}])
    told = cli.ecs("list-tags-for-resource", "--resource-arn", arn)["tags"]
    assert {"key": "a", "value": "b"} in told
    told = cli.ecs("list-daemons", "--cluster-arn", "default")["daemonSummariesList"]
    assert [daemon["daemonArn"] for daemon in told] == [arn]
    told = cli.ecs("list-daemon-task-definitions", "--sort", "DESC")
    assert [d["arn"] for d in told["daemonTaskDefinitions"]] == [second, first]
    told = cli.ecs("delete-daemon-task-definition", "--daemon-task-definition", first)
    assert told["daemonTaskDefinitionArn"] == first
    assert len(ecs.list_daemon_task_definitions()["daemonTaskDefinitions"]) == 1

    def status(definition):
        seen = ecs.describe_daemon_task_definition(daemonTaskDefinition=definition)
        return seen["daemonTaskDefinition"]["status"]

    ecs.delete_daemon_task_definition(daemonTaskDefinition=second)
    assert status(first) == "DELETED" and status(second) == "DELETE_IN_PROGRESS", "it runs"

    assert cli.ecs("delete-daemon", "--daemon-arn", arn)["status"] == "DELETE_IN_PROGRESS"

    def is_gone():
        try:
            return not detail()
        except ClientError as error:
            return error.response["Error"]["Code"] == "DaemonNotFoundException"

    eventually("the daemon is gone", is_gone)
    assert ecs.list_tasks()["taskArns"] == []
    assert status(second) == "DELETED"


def test_daemons_that_can_not_be(ecs):
    ecs.create_cluster(clusterName="default")
    definition = ecs.register_daemon_task_definition(**AGENT)["daemonTaskDefinitionArn"]
    for code, arguments in (
        ("ClientException", {"capacityProviderArns": ["gone"]}),
        ("InvalidParameterException", {"capacityProviderArns": []}),
        ("ClusterNotFoundException", {"capacityProviderArns": ["a"], "clusterArn": "gone"}),
    ):
        with pytest.raises(ClientError) as refusal:
            ecs.create_daemon(
                daemonName="log", daemonTaskDefinitionArn=definition, **arguments
            )
        assert refusal.value.response["Error"]["Code"] == code, refusal.value
    with pytest.raises(ClientError) as refusal:
        ecs.run_task(taskDefinition=definition)
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterException"
