"""deploy/examples/terraform with the real Terraform and its AWS provider."""

import json
import os
import pathlib
import shutil
import subprocess
import time

from own_manager import SCRATCH, worker
from support import API, aws_client, ecs_client, eventually, tell

EXAMPLE = pathlib.Path(os.environ["MUSTER_TEST_PROTOS"]).parent / "deploy/examples/terraform"
FOLDER = SCRATCH / "terraform"
SAME, CHANGES = 0, 2
TOOK = []


def terraform(verb, *arguments, code=0, **variables):
    """What one command said. A provider's process is half a gigabyte: one at a time."""
    environment = {
        **os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_INPUT": "0",
        "TF_VAR_endpoint": f"http://{API}", "HOME": str(SCRATCH),
        **{f"TF_VAR_{name}": str(value) for name, value in variables.items()},
    }
    # A test has one folder of providers; the settings of the person who runs it are not its own.
    environment.pop("TF_CLI_CONFIG_FILE", None)
    began = time.monotonic()
    done = subprocess.run(
        ["terraform", verb, "-no-color", *arguments], cwd=FOLDER, env=environment,
        capture_output=True, text=True, timeout=240,
    )
    said = f"terraform {verb} {arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.returncode == code, said
    TOOK.append(f"{verb} {time.monotonic() - began:.0f} s")
    return done.stdout


def apply(*arguments, **variables):
    return terraform("apply", "-auto-approve", *arguments, **variables)


def plan(code, **variables):
    return terraform("plan", "-detailed-exitcode", code=code, **variables)


def test_applies_plans_nothing_changes_and_destroys(children):
    shutil.copytree(EXAMPLE, FOLDER)
    terraform("init", f"-plugin-dir={os.environ['MUSTER_TEST_TERRAFORM_PLUGINS']}")
    apply("-target=aws_ecs_cluster.shop")
    for number in (1, 2):
        children.append(worker(f"shop-{number}", "shop", "shop"))
    ecs = ecs_client()
    assert "5 added, 0 changed, 0 destroyed" in apply()
    plan(SAME)

    def shown():
        (service,) = ecs.describe_services(
            cluster="shop", services=["web"], include=["TAGS"])["services"]
        return service

    first = shown()
    assert (first["runningCount"], first["desiredCount"]) == (2, 2)
    assert {"key": "managed-by", "value": "terraform"} in first["tags"]

    logs = aws_client("logs")

    def group():
        (found,) = logs.describe_log_groups(logGroupNamePrefix="/ecs/shop-web")["logGroups"]
        tags = logs.list_tags_for_resource(resourceArn=found["logGroupArn"])["tags"]
        return found["retentionInDays"], tags

    def said():
        events = logs.filter_log_events(logGroupName="/ecs/shop-web")["events"]
        return [event["message"] for event in events]

    assert group() == (7, {"managed-by": "terraform", "stage": "test"})
    eventually("both tasks have spoken", lambda: said() == ["hello", "hello"])

    # A new revision, one task more, fewer days of output, and a tag of everything.
    change = {"greeting": "good day", "tasks": 3, "log_days": 3, "stage": "production"}
    plan(CHANGES, **change)
    apply(**change)
    last = plan(SAME, **change)
    second = shown()
    assert second["runningCount"] == 3 and len(second["deployments"]) == 1
    assert second["taskDefinition"] != first["taskDefinition"]
    assert second["placementStrategy"] == first["placementStrategy"]
    assert second["deploymentConfiguration"] == first["deploymentConfiguration"]
    assert group() == (3, {"managed-by": "terraform", "stage": "production"})
    (cluster,) = ecs.describe_clusters(clusters=["shop"], include=["TAGS"])["clusters"]
    for tagged in (second, cluster):
        assert {"key": "stage", "value": "production"} in tagged["tags"]

    # The provider waits until the cluster has no instances.
    for child in children:
        child.end()
    for arn in ecs.list_container_instances(cluster="shop")["containerInstanceArns"]:
        ecs.deregister_container_instance(cluster="shop", containerInstance=arn, force=True)
    destroyed = terraform("destroy", "-auto-approve", **change)
    state = json.loads((FOLDER / "terraform.tfstate").read_text())
    assert state["resources"] == [], state
    assert ecs.list_clusters()["clusterArns"] == []
    assert logs.describe_log_groups()["logGroups"] == []
    assert "6 destroyed" in destroyed, destroyed
    tell("terraform: " + ", ".join(TOOK))
    tell("its last plan before it destroyed 6 resources:\n" + last.strip())
