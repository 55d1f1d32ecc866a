"""The worker of mock_worker.py passes for one of Muster's own."""

from own_manager import Manager, mock_worker
from support import container, definition, eventually, wait


def connected(ecs):
    """The names of the connected instances, by their ARN."""
    arns = ecs.list_container_instances()["containerInstanceArns"]
    if not arns:
        return {}
    found = ecs.describe_container_instances(containerInstances=arns)["containerInstances"]
    return {one["containerInstanceArn"]: one["ec2InstanceId"] for one in found
            if one["agentConnected"]}


def running(ecs, count):
    """The service's tasks, once so many of them and no more are RUNNING."""
    arns = ecs.list_tasks(serviceName="web")["taskArns"]
    if len(arns) != count:
        return None
    tasks = ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
    return tasks if all(task["lastStatus"] == "RUNNING" for task in tasks) else None


def test_passes_for_a_worker(ecs, children):
    manager = Manager("--no-tls")
    children.append(manager)
    ecs.create_cluster(clusterName="default")
    story(ecs, manager, children, [])


def test_passes_for_a_worker_with_mutual_tls(ecs, children):
    manager = Manager()
    children.append(manager)
    ecs.create_cluster(clusterName="default")
    story(ecs, manager, children, ["--token", manager.token("default")])


def test_renews_its_certificate(ecs, children):
    manager = Manager("--worker-certificate-life", "10s")
    children.append(manager)
    ecs.create_cluster(clusterName="default")
    one = mock_worker("one", "--token", manager.token("default"))
    children.append(one)
    eventually("a second renewal", lambda: one.said().count("renewed") >= 2, within=40)
    # What it got is good: with it the worker comes back to a manager that was restarted.
    manager.kill()
    manager.start()
    eventually("the worker came back", lambda: one.said().count("registered") == 2)
    assert one.said().count("joined") == 1, one.said()


def story(ecs, manager, children, options):
    one = mock_worker("one", *options)
    children.append(one)
    eventually("the worker is there", lambda: connected(ecs))
    (instance,) = connected(ecs)
    port = {"containerPort": 80, "hostPort": 0}
    ecs.register_task_definition(**definition("web", container("main", "", portMappings=[port])))
    ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=3)
    wait(ecs, "services_stable", cluster="default", services=["web"])
    tasks = running(ecs, 3)
    assert {task["containerInstanceArn"] for task in tasks} == {instance}
    for task in tasks:
        (seen,) = task["containers"]
        assert seen["lastStatus"] == "RUNNING" and seen["networkBindings"][0]["containerPort"] == 80

    manager.kill()
    manager.start()
    eventually("the worker came back", lambda: one.said().count("registered") == 2)
    eventually("it is connected", lambda: list(connected(ecs)) == [instance])
    arns = {task["taskArn"] for task in tasks}
    assert {task["taskArn"] for task in running(ecs, 3)} == arns, "neither stopped nor started"

    two = mock_worker("two", *options)
    children.append(two)
    eventually("the second worker is there", lambda: len(connected(ecs)) == 2)
    ecs.stop_task(task=tasks[0]["taskArn"], reason="enough")
    wait(ecs, "tasks_stopped", tasks=[tasks[0]["taskArn"]])
    stopped = ecs.describe_tasks(tasks=[tasks[0]["taskArn"]])["tasks"][0]
    assert stopped["stoppedReason"] == "enough" and stopped["containers"][0]["exitCode"] == 143
    eventually("it is replaced", lambda: running(ecs, 3))

    one.kill()
    (other,) = eventually("one is lost", lambda: len(connected(ecs)) == 1 and connected(ecs))
    replaced = eventually("its tasks run on the other", lambda: running(ecs, 3))
    assert {task["containerInstanceArn"] for task in replaced} == {other} != {instance}
    lost = ecs.describe_tasks(tasks=[tasks[1]["taskArn"]])["tasks"][0]
    assert lost["lastStatus"] == "STOPPED" and "one" in lost["stoppedReason"]

    ecs.update_service(service="web", desiredCount=0)
    eventually("all are stopped", lambda: running(ecs, 0) == [])
    assert two.process.poll() is None
    assert "lost" not in two.said(), two.said()
