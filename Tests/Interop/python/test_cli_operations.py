"""Every operation, paginator and waiter of the service model through its own command of the CLI."""

import json
import os
import re
import time

import botocore.session

from cli import AT_ONCE, ENVIRONMENT, dashed, ecs, finished, options, run, side_by_side, waiting
from cli import write
from conformance_requests import REFUSED, REQUESTS, WITH_TASKS
from conformance_world import Town, World
from own_manager import worker
from service_model import MODEL
from shapes import problems_of
from support import container, definition, eventually, tell

LOADER = botocore.session.get_session().get_component("data_loader")


def plugin():
    """A PATH with a session-manager-plugin, which the CLI runs before it asks for a session."""
    folder = os.path.join(ENVIRONMENT["HOME"], "bin")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "session-manager-plugin")
    with open(path, "w") as file:
        file.write("#!/bin/sh\n")
    os.chmod(path, 0o755)
    return f"{folder}:{ENVIRONMENT['PATH']}"


def test_each_operation_by_its_own_command():
    names = MODEL.operation_names
    assert set(names) == set(REQUESTS), set(names) ^ set(REQUESTS)
    asked = []
    for number, name in enumerate(names):
        world = Town.shared() if name in WITH_TASKS else World(f"us-cli-{number}")
        build, _ = REQUESTS[name]
        asked.append((name, world.region, build(world)))
    path, began = plugin(), time.monotonic()

    def call(item):
        name, region, request = item
        return run("ecs", dashed(name), *options(request), AWS_DEFAULT_REGION=region, PATH=path)

    problems, works, refuses = [], 0, 0
    for (name, _, request), done in zip(asked, side_by_side(call, asked)):
        said = f"{name} {options(request)}: {done.returncode} {done.stdout}{done.stderr}"
        if name in REFUSED:
            refuses += 1
            words = re.search(
                rf"\({REFUSED[name]}\) when calling the {name} operation: (.+)", done.stderr
            )
            if done.returncode == 0 or not words or len(words[1].split()) < 4:
                problems.append(said)
            continue
        works += 1
        shape = MODEL.operation_model(name).output_shape
        if done.returncode != 0:
            problems.append(said)
        elif shape and shape.members:
            found = list(problems_of(json.loads(done.stdout or "{}"), shape, name))
            problems += [f"{said}: {found}"] if found or not done.stdout.strip() else []
    took = time.monotonic() - began
    tell(f"{works} commands work, {refuses} are refused, {AT_ONCE} at once in {took:.0f} s")
    assert not problems, "\n".join(problems)


def fill(world, town):
    """Five or more of everything that is listed in pages."""
    for number in range(5):
        world.do("CreateCluster", {"clusterName": f"c{number}"})
        job = definition(f"f{number}", container("app", "true"))
        world.do("RegisterTaskDefinition", job)
        world.instance(f"i-{number}")
    world.cluster()
    for number in range(5):
        service = {"serviceName": f"s{number}", "taskDefinition": "f0", "desiredCount": 0}
        world.do("CreateService", service)
    town.definition()
    town.do("RunTask", {"taskDefinition": "job", "count": 5})


# What a listing needs to be told besides; and whose it is.
LISTED = {
    "ListAccountSettings": {"effectiveSettings": True},
    "ListAttributes": {"targetType": "container-instance", "attributeName": "rack"},
    "ListServicesByNamespace": {"namespace": "a"},
}


def test_each_paginator():
    world, town = World("us-pages-1"), Town.shared()
    fill(world, town)

    def read(name):
        region = town.region if name == "ListTasks" else world.region

        def page(*more):
            return run(
                "ecs", dashed(name), *options(LISTED.get(name, {})), *more,
                AWS_DEFAULT_REGION=region,
            )

        whole = page()
        if name in REFUSED:
            paged = page("--page-size", "2", "--max-items", "3")
            assert f"({REFUSED[name]})" in whole.stderr, whole.stderr
            assert paged.stderr == whole.stderr
            return 0
        assert whole.returncode == 0, f"{name}: {whole.stderr}"
        (key,) = [k for k in json.loads(whole.stdout) if k != "nextToken"]
        everything = json.loads(whole.stdout)[key]
        first = json.loads(page("--page-size", "2", "--max-items", "3").stdout)
        token = first["NextToken"]
        rest = json.loads(page("--page-size", "2", "--starting-token", token).stdout)
        alone = json.loads(page("--no-paginate", "--max-results", "2").stdout)
        assert len(everything) >= 5 and len(first[key]) == 3, f"{name}: {everything}"
        assert first[key] + rest[key] == everything, f"{name}: {first}, {rest}"
        assert "NextToken" not in rest, f"{name}: {rest}"
        assert alone[key] == everything[:2] and alone["nextToken"], f"{name}: {alone}"
        return len(everything)

    names = list(LOADER.load_service_model("ecs", "paginators-1")["pagination"])
    counts = dict(zip(names, side_by_side(read, names)))
    tell(f"{len(names)} paginators: {counts}")
    assert len(names) > 8


def still_daemon(town, memory):
    """A daemon on the town's workers, whose tasks need that much memory."""
    agent = {**container("a", "exec sleep 600"), "memory": memory}
    return town.do(
        "RegisterDaemonTaskDefinition",
        {"family": f"agent-{memory}", "containerDefinitions": [agent]},
    )["daemonTaskDefinitionArn"]


def test_each_waiter(children):
    """Each begins to wait before what it waits for is there."""
    town = Town.shared()
    town.providers()
    children.append(worker("worker-1", "red"))
    eventually("a worker", lambda: town.do("ListContainerInstances", {})["containerInstanceArns"])
    fits, exceeds = still_daemon(town, 16), still_daemon(town, 1_000_000)

    def make(name, definition_arn, provider):
        return town.do(
            "CreateDaemon",
            {
                "daemonName": name, "capacityProviderArns": [provider],
                "daemonTaskDefinitionArn": definition_arn,
            },
        )

    town.definition()
    town.do("RegisterTaskDefinition", definition("brief", container("app", "sleep 1")))
    (brief,) = town.do("RunTask", {"taskDefinition": "brief"})["tasks"]
    (runs,) = town.do("RunTask", {"taskDefinition": "job"})["tasks"]
    leaving = {"serviceName": "leaving", "taskDefinition": "job", "desiredCount": 1}
    town.do("CreateService", leaving)
    works, stuck = make("works", fits, "red"), make("stuck", exceeds, "red")
    stays = {"serviceName": "stays", "taskDefinition": "job", "desiredCount": 1}
    town.do("CreateService", stays)
    town.do("DeleteService", {"service": "leaving", "force": True})
    waited = {
        "TasksRunning": ["--tasks", runs["taskArn"]],
        "TasksStopped": ["--tasks", brief["taskArn"]],
        "ServicesStable": ["--services", "stays"],
        "ServicesInactive": ["--services", "leaving"],
        "DaemonActive": ["--daemon-arn", works["daemonArn"]],
        "DaemonDeploymentSuccessful": ["--daemon-deployment-arns", works["deploymentArn"]],
        "DaemonDeploymentStopped": ["--daemon-deployment-arns", stuck["deploymentArn"]],
        "DaemonTaskDefinitionActive": ["--daemon-task-definition", fits],
        "DaemonTaskDefinitionDeleted": ["--daemon-task-definition", exceeds],
    }
    modelled = set(LOADER.load_service_model("ecs", "waiters-2")["waiters"])
    assert modelled == set(waited), modelled ^ set(waited)
    waiters = [waiting(dashed(name), *arguments) for name, arguments in waited.items()]
    town.do(
        "UpdateDaemon",
        {
            "daemonArn": stuck["daemonArn"], "capacityProviderArns": ["red"],
            "daemonTaskDefinitionArn": fits,
        },
    )
    town.do("DeleteDaemonTaskDefinition", {"daemonTaskDefinition": exceeds})
    for waiter in waiters:
        finished(waiter)
    gone = run("ecs", "wait", "services-stable", "--services", "nothing")
    assert gone.returncode != 0 and "Waiter ServicesStable failed" in gone.stderr, gone.stderr


def test_deploy_has_no_code_deploy():
    world = World("us-east-1")
    world.service(desiredCount=0)
    appspec = {
        "version": 0.0,
        "Resources": [
            {
                "TargetService": {
                    "Type": "AWS::ECS::Service",
                    "Properties": {
                        "TaskDefinition": "x",
                        "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 80},
                    },
                }
            }
        ],
    }
    job = definition("job", container("app", "exec sleep 600"))
    files = [write(name, value).removeprefix("file://") for name, value in (
        ("job.json", job), ("appspec.json", appspec))]
    done = run(
        "ecs", "deploy", "--service", "web", "--task-definition", files[0],
        "--codedeploy-appspec", files[1],
    )
    assert done.returncode != 0
    assert "CodeDeploy_20141006" in done.stderr and "it has ECS" in done.stderr, done.stderr
    revisions = ecs("list-task-definitions", "--family-prefix", "job")["taskDefinitionArns"]
    assert len(revisions) == 1, "nothing was registered for a deployment that can't be"
