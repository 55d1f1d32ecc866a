"""Clusters, task definitions, tags and namespaces, driven by boto3 without any worker."""

import pytest

from support import ACCOUNT, aws_client, container, definition, ecs_client, sleeper


def test_clusters_are_made_described_and_deleted(ecs):
    tags = [{"key": "stage", "value": "test"}]
    made = ecs.create_cluster(clusterName="one", tags=tags)["cluster"]
    assert made["clusterArn"] == f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/one"
    assert made["status"] == "ACTIVE"
    assert ecs.create_cluster(clusterName="one")["cluster"]["clusterArn"] == made["clusterArn"]
    assert ecs.create_cluster()["cluster"]["clusterName"] == "default"
    assert sorted(a.rsplit("/")[-1] for a in ecs.list_clusters()["clusterArns"]) == [
        "default",
        "one",
    ]
    seen = ecs.describe_clusters(
        clusters=["one", made["clusterArn"], "nowhere"],
        include=["TAGS", "SETTINGS", "STATISTICS", "CONFIGURATIONS", "ATTACHMENTS"],
    )
    assert seen["clusters"][0]["tags"] == tags
    (failure,) = seen["failures"]
    assert failure["reason"] == "MISSING"
    assert failure["arn"] == f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/nowhere"

    ecs.register_task_definition(**sleeper())
    ecs.create_service(cluster="one", serviceName="s", taskDefinition="sleeper", desiredCount=0)
    with pytest.raises(ecs.exceptions.ClusterContainsServicesException):
        ecs.delete_cluster(cluster="one")
    ecs.delete_service(cluster="one", service="s")
    assert ecs.delete_cluster(cluster="one")["cluster"]["status"] == "INACTIVE"
    assert ecs.describe_clusters(clusters=["one"])["clusters"][0]["status"] == "INACTIVE"
    assert len(ecs.list_clusters()["clusterArns"]) == 1
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.delete_cluster(cluster="nowhere")
    with pytest.raises(ecs.exceptions.ClientError):
        ecs.create_service(
            cluster="one", serviceName="s", taskDefinition="sleeper", desiredCount=0
        )


def test_definitions_have_revisions_and_defaults(ecs):
    given = definition(
        "web",
        container("web", "exec sleep 600", portMappings=[{"containerPort": 80}]),
        container("app", "exec sleep 600", essential=False, memoryReservation=8),
        cpu="256",
        memory="512",
        tags=[{"key": "team", "value": "a"}],
    )
    first = ecs.register_task_definition(**given)
    assert first["tags"] == given["tags"]
    made = first["taskDefinition"]
    assert made["taskDefinitionArn"].endswith(":task-definition/web:1")
    assert (made["cpu"], made["memory"]) == ("256", "512")
    web, app = made["containerDefinitions"]
    assert web["essential"] is True and app["essential"] is False
    assert web["environment"] == [] and web["mountPoints"] == [] and web["volumesFrom"] == []
    assert web["portMappings"][0]["containerPort"] == 80
    assert web["command"] == given["containerDefinitions"][0]["command"]
    assert made["compatibilities"]

    assert ecs.register_task_definition(**given)["taskDefinition"]["revision"] == 2
    latest = ecs.describe_task_definition(taskDefinition="web", include=["TAGS"])
    assert latest["taskDefinition"]["revision"] == 2 and latest["tags"] == given["tags"]
    dropped = ecs.deregister_task_definition(taskDefinition="web:2")["taskDefinition"]
    assert dropped["status"] == "INACTIVE" and dropped["deregisteredAt"]
    latest = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    assert latest["revision"] == 1
    by_number = ecs.describe_task_definition(taskDefinition="web:2")["taskDefinition"]
    assert by_number["status"] == "INACTIVE"
    assert ecs.register_task_definition(**given)["taskDefinition"]["revision"] == 3
    ecs.create_cluster()
    with pytest.raises(ecs.exceptions.ClientException, match="[Ii]nactive"):
        ecs.run_task(taskDefinition="web:2")


def test_definitions_are_refused_for_what_is_wrong_with_them(ecs):
    for given, part in (
        (definition("w", {"name": "a", "image": "b"}), "memory"),
        (definition("w", container("a", "true", essential=False)), "essential"),
        (definition("w", container("a", "true"), container("a", "true")), "a"),
        (definition("not a name", container("a", "true")), ""),
        (
            definition(
                "w",
                container("a", "", dependsOn=[{"containerName": "b", "condition": "START"}]),
                container("b", "", dependsOn=[{"containerName": "a", "condition": "START"}]),
            ),
            "",
        ),
        (definition("w", *[container(f"c{n}", "true") for n in range(11)]), ""),
    ):
        with pytest.raises(ecs.exceptions.ClientException, match=part):
            ecs.register_task_definition(**given)
    with pytest.raises(ecs.exceptions.ClientException, match="Unable to describe"):
        ecs.describe_task_definition(taskDefinition="w")
    with pytest.raises(ecs.exceptions.ClientException, match="Invalid revision number"):
        ecs.describe_task_definition(taskDefinition="w:foo")
    with pytest.raises(ecs.exceptions.ClientException, match="[Rr]evision"):
        ecs.deregister_task_definition(taskDefinition="w")


def test_long_lists_come_in_pages(ecs):
    families = [f"family-{n:03}" for n in range(120)]
    for family in reversed(families):
        ecs.register_task_definition(**sleeper(family))
    ecs.register_task_definition(**sleeper("family-000"))
    first = ecs.list_task_definitions()
    assert len(first["taskDefinitionArns"]) == 100 and first["nextToken"]
    names = [
        arn.rsplit("/")[-1]
        for page in ecs.get_paginator("list_task_definitions").paginate()
        for arn in page["taskDefinitionArns"]
    ]
    assert names == ["family-000:1", "family-000:2"] + [f"{f}:1" for f in families[1:]]
    backwards = ecs.list_task_definitions(sort="DESC", maxResults=2)["taskDefinitionArns"]
    assert [arn.rsplit("/")[-1] for arn in backwards] == ["family-119:1", "family-118:1"]
    only = ecs.list_task_definitions(familyPrefix="family-000")["taskDefinitionArns"]
    assert len(only) == 2
    pages = ecs.get_paginator("list_task_definition_families").paginate(
        familyPrefix="family-0", PaginationConfig={"PageSize": 7}
    )
    assert [f for page in pages for f in page["families"]] == families[:100]
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.list_task_definitions(nextToken="made up")
    for count in (0, 101):
        with pytest.raises(ecs.exceptions.InvalidParameterException):
            ecs.list_task_definitions(maxResults=count)


def test_tags_are_put_listed_and_taken_away(ecs):
    cluster = ecs.create_cluster(clusterName="one")["cluster"]["clusterArn"]
    family = ecs.register_task_definition(**sleeper())["taskDefinition"]["taskDefinitionArn"]
    service = ecs.create_service(
        cluster="one", serviceName="s", taskDefinition="sleeper", desiredCount=0
    )["service"]["serviceArn"]
    for arn in (cluster, family, service):
        ecs.tag_resource(
            resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": ""}]
        )
        ecs.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "2"}])
        tags = {t["key"]: t["value"] for t in ecs.list_tags_for_resource(resourceArn=arn)["tags"]}
        assert tags == {"a": "2", "b": ""}, arn
        ecs.untag_resource(resourceArn=arn, tagKeys=["a", "never there"])
        assert ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": ""}]
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.tag_resource(resourceArn=cluster, tags=[{"key": "aws:mine", "value": ""}])
    with pytest.raises(ecs.exceptions.ClientError):
        ecs.tag_resource(
            resourceArn=cluster, tags=[{"key": f"k{n}", "value": ""} for n in range(51)]
        )
    with pytest.raises(ecs.exceptions.ClientError):
        ecs.list_tags_for_resource(resourceArn=f"{cluster}-not")
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.list_tags_for_resource(resourceArn="no arn")


def test_each_region_is_a_namespace():
    east, west = ecs_client("us-east-1"), ecs_client("eu-west-1")
    here = east.create_cluster(clusterName="same")["cluster"]["clusterArn"]
    assert west.list_clusters()["clusterArns"] == []
    there = west.create_cluster(clusterName="same")["cluster"]["clusterArn"]
    assert here != there and ":eu-west-1:" in there
    east.register_task_definition(**sleeper())
    east.register_task_definition(**sleeper())
    assert west.list_task_definitions()["taskDefinitionArns"] == []
    first = west.register_task_definition(**sleeper())["taskDefinition"]
    assert first["revision"] == 1
    east.delete_cluster(cluster="same")
    assert west.describe_clusters(clusters=["same"])["clusters"][0]["status"] == "ACTIVE"
    with pytest.raises(west.exceptions.ClientError):
        west.delete_cluster(cluster=here)


def test_the_account_is_the_configured_one(ecs):
    account = "123456789012"
    cluster = ecs.create_cluster(clusterName="one")["cluster"]
    assert cluster["clusterArn"] == f"arn:aws:ecs:us-east-1:{account}:cluster/one"
    assert aws_client("sts").get_caller_identity()["Account"] == account


def test_who_am_i():
    identity = aws_client("sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT and identity["Arn"].startswith("arn:aws:iam::")
