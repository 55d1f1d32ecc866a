"""Fifty boto3 clients at mixed work for a minute: no 5xx, no lost update, and totals that agree."""

import json
import time

from mixed_clients import FAMILIES, MixedClient, SLEEPER, TOKENS, Shared
from support import eventually, sleeper, tell

CLIENTS, SECONDS = 50, 60


def pages(ecs, operation, key, **arguments):
    return [
        item for page in ecs.get_paginator(operation).paginate(**arguments) for item in page[key]
    ]


def prepare(ecs):
    ecs.create_cluster(clusterName="default")
    cluster = ecs.describe_clusters()["clusters"][0]["clusterArn"]
    ecs.register_task_definition(**sleeper(SLEEPER))
    ecs.create_service(
        serviceName="common", taskDefinition=SLEEPER, desiredCount=0,
        availabilityZoneRebalancing="DISABLED",
    )
    instances = [
        ecs.register_container_instance(
            instanceIdentityDocument=json.dumps({"instanceId": f"i-{number}"})
        )["containerInstance"]["containerInstanceArn"]
        for number in range(CLIENTS // 10)
    ]
    return Shared(cluster, instances)


def test_fifty_clients_for_a_minute(ecs):
    shared = prepare(ecs)
    began = time.monotonic()
    clients = [MixedClient(number, shared, began + SECONDS) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    took = time.monotonic() - began
    assert not shared.problems, "\n".join(shared.problems[:10])

    for family in FAMILIES:
        answered = sorted(shared.revisions[family])
        assert answered == list(range(1, len(answered) + 1)), f"{family}: {answered}"
        listed = pages(ecs, "list_task_definitions", "taskDefinitionArns", familyPrefix=family)
        assert [int(arn.rpartition(":")[2]) for arn in listed] == answered, family
    for client in clients:
        for arn in [shared.cluster_arn, *shared.instances]:
            client.check_tags(arn)
        client.check_attribute()
        client.check_common()
    own = {name for client in clients for name in client.services}
    made = own | {"common"} | ({"shared"} if "service" in shared.tokens else set())
    services = pages(ecs, "list_services", "serviceArns")
    assert sorted(arn.rpartition("/")[2] for arn in services) == sorted(made)
    for token in (f"token-{number}" for number in range(TOKENS)):
        tasks = [
            arn for status in ("RUNNING", "STOPPED")
            for arn in ecs.list_tasks(startedBy=token, desiredStatus=status)["taskArns"]
        ]
        expected = [shared.tokens[token]] if token in shared.tokens else []
        assert tasks == expected, f"{token} ran {tasks}"

    def agrees():
        (cluster,) = ecs.describe_clusters()["clusters"]
        tasks = pages(ecs, "list_tasks", "taskArns")
        counted = cluster["runningTasksCount"] + cluster["pendingTasksCount"]
        return counted == len(tasks) and cluster["activeServicesCount"] == len(made)

    eventually("the cluster's counts agree with its lists", agrees, within=60)
    calls = sum(shared.calls.values())
    tell(f"{CLIENTS} clients, {calls} calls in {took:.0f} s ({calls / took:.0f}/s)")
    tell(", ".join(f"{name} {count}" for name, count in shared.calls.most_common()))
    tell(f"revisions {[len(shared.revisions[f]) for f in FAMILIES]}, refused {dict(shared.refused)}")
    assert calls > 2_000 and all(shared.revisions[family] for family in FAMILIES)
