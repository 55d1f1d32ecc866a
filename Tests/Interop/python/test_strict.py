"""`muster manager --strict-aws`, as clients of AWS's own meet it."""

import time

import pytest
from botocore.exceptions import ClientError

from support import ecs_client, eventually, sleeper, tell

NAMES = 15


def test_a_burst_above_the_bucket_is_throttled(ecs):
    arn = ecs.create_cluster(clusterName="default")["cluster"]["clusterArn"]
    began, refusals = time.monotonic(), []
    for number in range(90):
        try:
            ecs.tag_resource(resourceArn=arn, tags=[{"key": "k", "value": str(number)}])
        except ClientError as error:
            refusals.append(error.response)
    took = time.monotonic() - began
    passed = 90 - len(refusals)
    # Tags are written 20 at once, and 10 a second.
    assert 20 <= passed <= 21 + 10 * took, (passed, took)
    for refusal in refusals:
        assert refusal["Error"] == {"Code": "ThrottlingException", "Message": "Rate exceeded"}
        assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refusals, f"90 calls took {took:.1f} s"
    # Other categories and regions have their own.
    assert ecs.describe_clusters()["clusters"][0]["clusterArn"] == arn
    assert ecs_client("eu-west-1").create_cluster(clusterName="default")
    tell(f"strict: 90 calls of TagResource in {took:.1f} s, {len(refusals)} throttled")


def test_the_standard_retry_mode_survives():
    ecs = ecs_client(retries={"mode": "standard", "total_max_attempts": 10})
    began, retries = time.monotonic(), 0
    for number in range(24):
        answer = ecs.register_task_definition(**sleeper())
        assert answer["taskDefinition"]["revision"] == number + 1
        retries += answer["ResponseMetadata"]["RetryAttempts"]
    took = time.monotonic() - began
    # 20 at once, and one a second.
    assert took > 3.5 and retries, (took, retries)
    tell(f"strict: 24 revisions in {took:.1f} s, {retries} retries")


def test_pages_are_as_long_as_in_aws(ecs):
    ecs.create_cluster(clusterName="default")
    patient = ecs_client(retries={"mode": "standard", "total_max_attempts": 10})
    patient.register_task_definition(**sleeper())
    for number in range(NAMES):
        patient.create_capacity_provider(
            name=f"p{number}", autoScalingGroupProvider={"autoScalingGroupArn": f"g{number}"}
        )
        patient.create_service(serviceName=f"s{number}", taskDefinition="sleeper", desiredCount=0)
    for page, most in (
        (ecs.describe_capacity_providers()["capacityProviders"], 10),
        (ecs.describe_capacity_providers(maxResults=10)["capacityProviders"], 10),
        (ecs.list_services()["serviceArns"], 10),
        (ecs.list_services(maxResults=100)["serviceArns"], NAMES),
        (ecs.list_account_settings(effectiveSettings=True)["settings"], 10),
    ):
        assert len(page) == most, page
    for call, arguments in (
        (ecs.describe_capacity_providers, {"maxResults": 11}),
        (ecs.list_account_settings, {"maxResults": 11}),
        (ecs.list_services, {"maxResults": 101}),
    ):
        with pytest.raises(ClientError) as refusal:
            call(**arguments)
        assert refusal.value.response["Error"]["Code"] == "InvalidParameterException"
        assert "maxResults" in str(refusal.value)


def test_a_task_counts_as_healthy_after_forty_seconds(ecs):
    ecs.register_task_definition(**sleeper())
    ecs.create_service(serviceName="web", taskDefinition="sleeper", desiredCount=1)

    def tasks(status):
        arns = ecs.list_tasks(serviceName="web", desiredStatus=status)["taskArns"]
        seen = ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
        return {task["taskDefinitionArn"].rpartition(":")[2]: task for task in seen}

    # The reads have their rates too.
    def until(what, probe, within):
        return eventually(what, lambda: time.sleep(0.5) or probe(), within)

    until("the first runs", lambda: tasks("RUNNING").get("1", {}).get("startedAt"), 20)
    # Long enough after the first for its own forty seconds to be told from the second's.
    time.sleep(5)
    ecs.register_task_definition(**sleeper())
    ecs.update_service(service="web", taskDefinition="sleeper:2")
    new = until("the second runs", lambda: tasks("RUNNING").get("2", {}).get("startedAt"), 20)
    old = until("the first goes", lambda: tasks("STOPPED").get("1"), 80)
    waited = (old["stoppingAt"] - new).total_seconds()
    assert 40 <= waited < 45, waited
    tell(f"strict: the old task was stopped {waited:.1f} s after the new one ran")
