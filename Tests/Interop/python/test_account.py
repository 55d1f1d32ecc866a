"""What an account and its clusters are set to, through boto3 and the AWS CLI."""

import pytest
from botocore.exceptions import ClientError

import cli
from support import ACCOUNT, container, definition, eventually, sleeper

ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def refused(code, call, **arguments):
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    assert refusal.value.response["Error"]["Code"] == code, refusal.value
    return refusal.value.response["Error"]["Message"]


def test_account_settings(ecs):
    pages = ecs.get_paginator("list_account_settings").paginate(
        effectiveSettings=True, PaginationConfig={"PageSize": 4}
    )
    settings = [setting for page in pages for setting in page["settings"]]
    names = [setting["name"] for setting in settings]
    assert len(names) == 11 and names == sorted(names)
    assert all(setting["principalArn"] == ROOT for setting in settings)
    assert ecs.list_account_settings()["settings"] == []
    put = ecs.put_account_setting_default(name="containerInsights", value="enhanced")["setting"]
    assert put == {
        "name": "containerInsights", "value": "enhanced", "principalArn": ROOT, "type": "user"
    }
    made = ecs.create_cluster(clusterName="insight")["cluster"]
    assert {"name": "containerInsights", "value": "enhanced"} in made["settings"]
    user = f"arn:aws:iam::{ACCOUNT}:user/ann"
    ecs.put_account_setting(name="awsvpcTrunking", value="enabled", principalArn=user)
    (own,) = ecs.list_account_settings(principalArn=user)["settings"]
    assert (own["name"], own["value"]) == ("awsvpcTrunking", "enabled")
    gone = ecs.delete_account_setting(name="awsvpcTrunking", principalArn=user)["setting"]
    assert gone["value"] == "disabled"
    message = refused(
        "InvalidParameterException", ecs.put_account_setting,
        name="serviceLongArnFormat", value="disabled",
    )
    assert message == "You can no longer disable Long Arn settings"
    told = cli.ecs("list-account-settings", "--effective-settings")["settings"]
    assert len(told) == 11
    told = cli.ecs(
        "put-account-setting", "--name", "defaultLogDriverMode", "--value", "blocking"
    )
    assert told["setting"]["value"] == "blocking"


def test_clusters_are_updated(ecs):
    ecs.create_cluster(clusterName="c", tags=[{"key": "a", "value": "b"}])
    updated = ecs.update_cluster(
        cluster="c",
        settings=[{"name": "containerInsights", "value": "enabled"}],
        configuration={"executeCommandConfiguration": {"logging": "NONE"}},
    )["cluster"]
    assert updated["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    assert updated["tags"] == [{"key": "a", "value": "b"}]
    updated = cli.ecs(
        "update-cluster-settings", "--cluster", "c",
        "--settings", "name=containerInsights,value=disabled",
    )["cluster"]
    assert {"name": "containerInsights", "value": "disabled"} in updated["settings"]
    (seen,) = ecs.describe_clusters(
        clusters=["c"], include=["SETTINGS", "CONFIGURATIONS"]
    )["clusters"]
    assert seen["configuration"] == {"executeCommandConfiguration": {"logging": "NONE"}}
    refused("ClusterNotFoundException", ecs.update_cluster, cluster="gone")
    refused(
        "UnsupportedFeatureException", ecs.update_cluster,
        cluster="c", serviceConnectDefaults={"namespace": "n"},
    )


def test_instances_by_the_api(ecs):
    ecs.create_cluster(clusterName="default")
    made = ecs.register_container_instance(
        cluster="default",
        instanceIdentityDocument='{"instanceId": "i-0123"}',
        totalResources=[{"name": "CPU", "type": "INTEGER", "integerValue": 1024}],
        versionInfo={"agentVersion": "1.80.0", "agentHash": "abc", "dockerVersion": "25"},
        attributes=[{"name": "rack", "value": "7"}],
        tags=[{"key": "a", "value": "b"}],
    )["containerInstance"]
    assert made["agentConnected"] is False and made["ec2InstanceId"] == "i-0123"
    assert made["versionInfo"]["agentHash"] == "abc"
    arn = made["containerInstanceArn"]
    assert ecs.list_container_instances(filter="attribute:rack == 7")[
        "containerInstanceArns"
    ] == [arn]
    ecs.register_task_definition(**sleeper())
    answer = ecs.run_task(taskDefinition="sleeper")
    assert answer["tasks"] == [] and answer["failures"][0]["reason"] == "AGENT", answer
    message = refused(
        "NoUpdateAvailableException", ecs.update_container_agent, containerInstance=arn
    )
    assert "i-0123" in message
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "c", "value": "d"}])
    assert len(ecs.list_tags_for_resource(resourceArn=arn)["tags"]) == 2
    gone = cli.ecs("deregister-container-instance", "--container-instance", arn)
    assert gone["containerInstance"]["status"] == "INACTIVE"


def test_what_an_agent_says(ecs):
    ecs.register_task_definition(**definition("pair", container("a", "exec sleep 600")))
    (task,) = ecs.run_task(taskDefinition="pair", enableExecuteCommand=True)["tasks"]
    arn = task["taskArn"]

    def runs():
        return ecs.describe_tasks(tasks=[arn])["tasks"][0]["lastStatus"] == "RUNNING"

    eventually("the task runs", runs)
    assert ecs.submit_task_state_change(task=arn, status="RUNNING")["acknowledgment"]
    assert ecs.submit_container_state_change(task=arn, containerName="a", status="RUNNING")
    refused("ClientException", ecs.submit_task_state_change, task=arn, status="STOPPED")
    assert runs()
    message = refused(
        "TargetNotConnectedException", ecs.execute_command,
        task=arn, command="ls", interactive=True,
    )
    assert "muster exec" in message
    seen = ecs.describe_tasks(tasks=[arn])["tasks"][0]
    assert seen["enableExecuteCommand"]
    (agent,) = seen["containers"][0]["managedAgents"]
    assert agent["name"] == "ExecuteCommandAgent" and agent["lastStatus"] == "RUNNING"
    refused("NamespaceNotFoundException", ecs.list_services_by_namespace, namespace="n")
    refused("UnsupportedFeatureException", ecs.discover_poll_endpoint)


def test_definitions_are_deleted(ecs):
    for _ in range(2):
        ecs.register_task_definition(**sleeper())
    answer = ecs.delete_task_definitions(taskDefinitions=["sleeper:1"])
    assert answer["taskDefinitions"] == [] and len(answer["failures"]) == 1
    ecs.deregister_task_definition(taskDefinition="sleeper:1")
    answer = cli.ecs("delete-task-definitions", "--task-definitions", "sleeper:1")
    assert answer["taskDefinitions"][0]["status"] == "DELETE_IN_PROGRESS"
    listed = ecs.list_task_definitions(status="DELETE_IN_PROGRESS")["taskDefinitionArns"]
    assert [arn.rsplit("/", 1)[1] for arn in listed] == ["sleeper:1"]
    ecs.create_cluster(clusterName="default")
    refused("ClientException", ecs.run_task, taskDefinition="sleeper:1")
    assert ecs.register_task_definition(**sleeper())["taskDefinition"]["revision"] == 3
