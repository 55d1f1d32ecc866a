"""The AWS CLI as its users have it, told of Muster by AWS_ENDPOINT_URL alone."""

from cli import aws, ecs, finished, run, waiting, write
from support import container, definition, eventually


def test_the_workflow_of_the_ecs_documentation():
    made = ecs("create-cluster", "--cluster-name", "default", "--tags", "key=stage,value=test")
    assert made["cluster"]["status"] == "ACTIVE"
    web = write(
        "web.json",
        definition(
            "web",
            container("web", "exec sleep 600", portMappings=[{"containerPort": 8080}]),
            container("app", "exec sleep 600"),
        ),
    )
    job = write("job.json", definition("job", container("main", "exit 3")))
    first = ecs("register-task-definition", "--cli-input-json", web)["taskDefinition"]
    assert (first["family"], first["revision"]) == ("web", 1)
    ecs("register-task-definition", "--cli-input-json", job)
    ecs("create-service", "--service-name=web", "--task-definition=web", "--desired-count=2")
    stable = waiting("services-stable", "--services", "web")
    ran = ecs("run-task", "--task-definition", "job", "--count", "2")
    jobs = [task["taskArn"] for task in ran["tasks"]]
    assert len(jobs) == 2 and ran["failures"] == []
    stopped = waiting("tasks-stopped", "--tasks", *jobs)
    listed = eventually(
        "two tasks of the service",
        lambda: (arns := ecs("list-tasks", "--service-name", "web")["taskArns"])
        and len(arns) == 2
        and arns,
    )
    running = waiting("tasks-running", "--tasks", *listed)
    for waiter in (stable, stopped, running):
        finished(waiter)

    described = ecs("describe-tasks", "--tasks", *jobs)["tasks"]
    assert [task["containers"][0]["exitCode"] for task in described] == [3, 3]
    service = ecs("describe-services", "--services", "web")["services"][0]
    assert service["runningCount"] == 2
    arns = ecs("list-container-instances")["containerInstanceArns"]
    instances = ecs("describe-container-instances", "--container-instances", *arns)
    assert len(instances["containerInstances"]) == 2
    assert ecs("list-clusters")["clusterArns"] == [made["cluster"]["clusterArn"]]
    assert len(ecs("list-task-definitions")["taskDefinitionArns"]) == 2
    cluster = ecs("describe-clusters", "--include", "TAGS", "STATISTICS")["clusters"][0]
    assert cluster["registeredContainerInstancesCount"] == 2
    assert cluster["activeServicesCount"] == 1

    ecs("update-service", "--service", "web", "--desired-count", "0")
    gone = ecs("delete-service", "--service", "web")["service"]
    assert gone["status"] == "DRAINING"
    finished(waiting("services-inactive", "--services", "web"))
    ecs("deregister-task-definition", "--task-definition", "web:1")
    assert ecs("list-task-definition-families", "--status", "ACTIVE")["families"] == ["job"]
    ecs("create-cluster", "--cluster-name", "other")
    assert ecs("delete-cluster", "--cluster", "other")["cluster"]["status"] == "INACTIVE"


def test_errors_and_formats_are_as_people_know_them():
    unsupported = run("ecs", "discover-poll-endpoint")
    assert unsupported.returncode != 0
    assert "UnsupportedFeatureException" in unsupported.stderr, unsupported.stderr
    assert "DiscoverPollEndpoint" in unsupported.stderr
    missing = run("ecs", "run-task", "--cluster", "nowhere", "--task-definition", "x")
    assert missing.returncode != 0 and "ClusterNotFoundException" in missing.stderr, missing.stderr

    ecs("create-cluster", "--cluster-name", "one")
    table = run("ecs", "describe-clusters", "--clusters", "one", "--output", "table")
    assert table.returncode == 0 and "DescribeClusters" in table.stdout, table.stderr
    assert "clusterName" in table.stdout and "one" in table.stdout
    text = run(
        "ecs", "list-clusters", "--query", "clusterArns[0]", "--output", "text"
    )
    assert text.stdout.strip() == "arn:aws:ecs:us-east-1:000000000000:cluster/one"
    assert aws("sts", "get-caller-identity")["Account"] == "000000000000"
