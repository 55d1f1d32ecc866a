"""Output of containers, through `muster logs` as a person or a script reads it."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import pytest

from cli import AWS
from own_manager import MUSTER, SCRATCH, WORKERS, Child, Manager, worker
from support import API, aws_client, container, definition, eventually

ENVIRONMENT = {
    "PATH": os.environ["PATH"], "HOME": str(SCRATCH), "AWS_ENDPOINT_URL": f"http://{API}",
}
KEYS = {
    "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
}


def run(*words):
    """Exit code, output and errors."""
    done = subprocess.run(
        [MUSTER, "logs", *words], env=ENVIRONMENT, capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Follower:
    """`muster logs --follow` and what it has said so far."""

    def __init__(self, *words):
        self.path = SCRATCH / f"follow-{time.monotonic_ns()}"
        with open(self.path, "wb") as output:
            self.process = subprocess.Popen(
                [MUSTER, "logs", "--follow", *words], env=ENVIRONMENT, stdout=output,
                stderr=output)

    def lines(self):
        return self.path.read_text().splitlines()

    def ends(self):
        """By Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=10)


def started(ecs, family, *containers):
    """The id of a task of these containers."""
    ecs.register_task_definition(**definition(family, *containers))
    (task,) = ecs.run_task(taskDefinition=family)["tasks"]
    return task["taskArn"].split("/")[-1]


def stopped(ecs, task):
    def is_stopped():
        (seen,) = ecs.describe_tasks(tasks=[task])["tasks"]
        return seen["lastStatus"] == "STOPPED"
    eventually("the task stops", is_stopped)


def test_a_task(ecs):
    task = started(
        ecs, "two", container("a", "echo one; sleep 0.4; echo three >&2; sleep 0.4; exit 3"),
        container("b", "sleep 0.2; echo two; printf '\\377 bytes'; exec sleep 60"))
    stopped(ecs, task)
    code, output, errors = run(task[:8])
    assert (code, errors) == (0, "")
    assert output.splitlines()[:3] == [
        f"{task[:8]} a | one", f"{task[:8]} b | two", f"{task[:8]} a | three"]
    assert output.splitlines()[3] == f"{task[:8]} b | \ufffd bytes"
    assert run(task, "--container", "b", "--no-prefix")[1] == "two\n\ufffd bytes\n"
    assert run(task, "--tail", "1", "--container", "a", "--no-prefix")[1] == "three\n"
    code, output, _ = run(task, "--timestamps", "--no-prefix")
    times = [line.split()[0] for line in output.splitlines()]
    assert times == sorted(times) and len(times) == 4
    assert run(task, "--since", times[2], "--no-prefix", "--container", "a")[1] == "three\n"
    assert run(task, "--since", "0s")[1] == ""
    # A task that has ended is followed to its end.
    assert run(task, "--follow", "--no-prefix")[1].startswith("one\ntwo\nthree\n")


def test_a_service(ecs):
    ecs.register_task_definition(**definition(
        "beat", container("main", "echo begin; while sleep 0.1; do echo beat; done")))
    ecs.create_service(serviceName="beat", taskDefinition="beat", desiredCount=2)
    follower = Follower("beat")

    def tasks():
        return {line.split()[0] for line in follower.lines() if line.endswith("| beat")}

    eventually("both beat", lambda: len(tasks()) == 2)
    first = tasks()
    (killed,) = [
        arn for arn in ecs.list_tasks(serviceName="beat")["taskArns"]
        if arn.split("/")[-1].startswith(min(first))]
    ecs.stop_task(task=killed)
    eventually("a third beats", lambda: len(tasks()) == 3)
    follower.ends()
    began = [line for line in follower.lines() if line.endswith("| begin")]
    assert len(began) == len(set(began)) == 3, began
    # What has stopped can still be read.
    code, output, _ = run("beat", "--tail", "1")
    assert code == 0 and len(output.splitlines()) == 3, output
    ecs.delete_service(service="beat", force=True)


def test_lost_workers(ecs, children):
    manager = Manager("--no-tls")
    children.append(manager)
    ecs.create_cluster(clusterName="default")
    workers = {name: worker(name, "g") for name in ("one", "two")}
    children += workers.values()
    eventually("both join", lambda: len(
        ecs.list_container_instances()["containerInstanceArns"]) == 2)
    ecs.register_task_definition(**definition(
        "beat", container("main", "while sleep 0.1; do echo beat; done")))
    ecs.create_service(
        serviceName="beat", taskDefinition="beat", desiredCount=2,
        placementConstraints=[{"type": "distinctInstance"}])
    follower = Follower("beat")

    def beats(lines):
        return {line.split()[0] for line in lines if line.endswith("| beat")}

    eventually("both beat", lambda: len(beats(follower.lines())) == 2)
    # Frozen, its connection stays open.
    workers["one"].process.send_signal(signal.SIGSTOP)
    code, output, errors = run("beat", "--tail", "1")
    assert code == 0 and len(beats(output.splitlines())) == 1, (output, errors)
    assert "its worker" in errors, errors
    seen = len(follower.lines())
    eventually("the other goes on", lambda: beats(follower.lines()[seen:]))
    workers["one"].process.send_signal(signal.SIGCONT)
    workers["two"].kill()
    eventually("its loss is said", lambda: any(
        "The worker was lost" in line for line in follower.lines()))
    again = worker_again("two")
    children.append(again)
    seen = len(follower.lines())
    eventually("both beat again", lambda: len(beats(follower.lines()[seen:])) >= 2, within=40)
    follower.ends()
    for child in (again, workers["one"]):
        child.end()


def worker_again(name):
    return Child(
        f"{name}-again", MUSTER, "worker", "--manager", WORKERS, "--name", name, "--no-tls",
        "--data", SCRATCH / name, "--cpu", "2048", "--memory", "2048", "--group", "g",
        "--stop-tasks")


def test_much(ecs):
    task = started(
        ecs, "much", container("main", "seq 1 40000; head -c 300000 /dev/zero | tr '\\0' x"))
    stopped(ecs, task)
    code, output, errors = run(task, "--no-prefix")
    assert (code, errors) == (0, "")
    lines = output.splitlines()
    assert lines[:40_000] == [str(number) for number in range(1, 40_001)]
    assert "".join(lines[40_000:]) == "x" * 300_000
    # One that reads nothing for a while loses nothing.
    with subprocess.Popen(
        [MUSTER, "logs", task, "--no-prefix"], env=ENVIRONMENT, stdout=subprocess.PIPE
    ) as slow:
        time.sleep(2)
        assert slow.stdout.read().decode() == output
    # One that goes is forgotten.
    for _ in range(5):
        gone = subprocess.Popen(
            [MUSTER, "logs", task, "--follow"], env=ENVIRONMENT, stdout=subprocess.PIPE)
        gone.stdout.read(1)
        gone.kill()
        gone.wait()
        gone.stdout.close()
    eventually("a place is free", lambda: run(task, "--tail", "1")[0] == 0)


def test_refusals(ecs):
    task = started(ecs, "idle", container("main", "exec sleep 60"))
    for words, message in [
        (["gone"], "no service 'gone'"),
        (["abcdef"], "The referenced task was not found."),
        ([task, "--container", "b"], "no container 'b'"),
        ([task, "--cluster", "gone"], "Cluster not found."),
    ]:
        code, output, errors = run(*words)
        assert code == 64 and output == "" and message in errors, (words, code, errors)


def aws(*words):
    """What the AWS CLI says, as JSON."""
    done = subprocess.run(
        [AWS, "logs", *words, "--output", "json"],
        env=ENVIRONMENT | KEYS, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def aws_silent(*words):
    """What the AWS CLI says where there is nothing to say."""
    done = subprocess.run(
        [AWS, "logs", *words], env=ENVIRONMENT | KEYS, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def awslogs(group, prefix="ecs"):
    return {"logDriver": "awslogs", "options": {
        "awslogs-group": group, "awslogs-region": "us-east-1", "awslogs-stream-prefix": prefix,
        "awslogs-create-group": "true", "mode": "non-blocking", "max-buffer-size": "4m"}}


def test_cloudwatch(ecs):
    ecs.register_task_definition(**definition("shop", container(
        "app", "for i in 1 2 3; do echo line $i; sleep 0.05; done; echo ERROR one >&2; "
        "exec sleep 600", logConfiguration=awslogs("/ecs/shop"))))
    tasks = [task["taskArn"].split("/")[-1]
             for task in ecs.run_task(taskDefinition="shop", count=2)["tasks"]]
    names = sorted(f"ecs/app/{task}" for task in tasks)
    groups = aws("describe-log-groups", "--log-group-name-prefix", "/ecs/")["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["/ecs/shop"]
    streams = aws("describe-log-streams", "--log-group-name", "/ecs/shop")["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == names

    def said(*words):
        answer = aws("filter-log-events", "--log-group-name", "/ecs/shop", *words)
        return [event["message"] for event in answer["events"]]

    eventually("all is written", lambda: len(said()) == 8)
    assert said("--filter-pattern", "ERROR") == ["ERROR one"] * 2
    assert said("--log-stream-names", names[0]) == ["line 1", "line 2", "line 3", "ERROR one"]
    of = ["get-log-events", "--log-group-name", "/ecs/shop", "--log-stream-name", names[0]]
    page = aws(*of, "--limit", "2", "--start-from-head")
    assert [event["message"] for event in page["events"]] == ["line 1", "line 2"]
    page = aws(*of, "--start-from-head", "--next-token", page["nextForwardToken"])
    assert [event["message"] for event in page["events"]] == ["line 3", "ERROR one"]
    last = aws(*of, "--start-from-head", "--next-token", page["nextForwardToken"])
    assert last["events"] == []
    assert last["nextForwardToken"] == page["nextForwardToken"]


def test_cloudwatch_tail(ecs):
    """As `aws logs tail --follow` of the AWS CLI's version 2 asks."""
    ecs.register_task_definition(**definition("count", container(
        "app", "i=0; while sleep 0.02; do i=$((i+1)); echo $i; done",
        logConfiguration=awslogs("/ecs/count"))))
    (task,) = ecs.run_task(taskDefinition="count")["tasks"]
    logs = aws_client("logs")
    seen, known, start = [], set(), int(time.time() * 1000) - 600_000
    deadline = time.monotonic() + 30
    while len(seen) < 300 and time.monotonic() < deadline:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName="/ecs/count", startTime=start, interleaved=True,
            PaginationConfig={"PageSize": 7})
        for page in pages:
            for event in page["events"]:
                if event["eventId"] not in known:
                    known.add(event["eventId"])
                    seen.append(int(event["message"]))
                    start = max(start, event["timestamp"])
    assert seen == list(range(1, len(seen) + 1)) and len(seen) >= 300
    ecs.stop_task(task=task["taskArn"])
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_log_events(logGroupName="gone", logStreamName="gone")
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.filter_log_events(logGroupName="/ecs/count", filterPattern="{ $.a = 1 }")


def test_log_groups(ecs):
    """Groups that clients make, as the AWS CLI and boto3 ask for them."""
    logs = aws_client("logs")
    assert aws_silent("create-log-group", "--log-group-name", "/app/one", "--tags", "a=1,b=2") == ""
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="/app/one")
    aws_silent("put-retention-policy", "--log-group-name", "/app/one", "--retention-in-days", "3")
    (group,) = aws("describe-log-groups", "--log-group-name-pattern", "one")["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == ("/app/one", 3)
    assert group["arn"] == group["logGroupArn"] + ":*"
    arn = group["logGroupArn"]
    logs.tag_resource(resourceArn=arn, tags={"b": "3", "c": ""})
    aws_silent("untag-resource", "--resource-arn", group["arn"], "--tag-keys", "a")
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "3", "c": ""}
    aws_silent("untag-log-group", "--log-group-name", "/app/one", "--tags", "c")
    logs.tag_log_group(logGroupName="/app/one", tags={"d": "4"})
    assert logs.list_tags_log_group(logGroupName="/app/one")["tags"] == {"b": "3", "d": "4"}
    aws_silent("delete-retention-policy", "--log-group-name", "/app/one")
    with pytest.raises(logs.exceptions.InvalidParameterException, match="enum value set"):
        logs.put_retention_policy(logGroupName="/app/one", retentionInDays=2)
    for number in range(5):
        logs.create_log_group(logGroupName=f"/page/{number}")
    pages = logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix="/page/", PaginationConfig={"PageSize": 2})
    assert [group["logGroupName"] for page in pages for group in page["logGroups"]] == [
        f"/page/{number}" for number in range(5)]

    # One that a task wrote to is gone with all that was written, and comes with the next task.
    ecs.register_task_definition(**definition("writer", container(
        "app", "while sleep 0.1; do echo old; done", logConfiguration=awslogs("/app/one"))))
    (task,) = ecs.run_task(taskDefinition="writer")["tasks"]
    eventually("it writes", lambda: logs.filter_log_events(logGroupName="/app/one")["events"])
    ecs.stop_task(task=task["taskArn"])
    stopped(ecs, task["taskArn"].split("/")[-1])
    aws_silent("delete-log-group", "--log-group-name", "/app/one")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName="/app/one")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName="/app/one")
    assert logs.describe_log_groups(logGroupNamePrefix="/app/")["logGroups"] == []
    ecs.run_task(taskDefinition="writer")
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/app/")["logGroups"]
    assert "retentionInDays" not in group
    streams = logs.describe_log_streams(logGroupName="/app/one")["logStreams"]
    assert len(streams) == 1 and task["taskArn"].split("/")[-1] not in streams[0]["logStreamName"]


# Of CloudWatch Logs.
ANSWERED = {
    "CreateLogGroup", "DeleteLogGroup", "DeleteRetentionPolicy", "DescribeLogGroups",
    "DescribeLogStreams", "FilterLogEvents", "GetLogEvents", "ListTagsForResource",
    "ListTagsLogGroup", "PutRetentionPolicy", "TagLogGroup", "TagResource", "UntagLogGroup",
    "UntagResource",
}


def test_refused_operations(ecs):
    """Every operation that the service has is answered, or refused so that clients understand."""
    logs = aws_client("logs")
    names = logs.meta.service_model.operation_names
    assert ANSWERED <= set(names) and len(names) > 100
    for name in names:
        request = urllib.request.Request(f"http://{API}/", data=b"{}", headers={
            "X-Amz-Target": f"Logs_20140328.{name}", "Content-Type": "application/x-amz-json-1.1"})
        try:
            with urllib.request.urlopen(request, timeout=10):
                assert name == "DescribeLogGroups", name
        except urllib.error.HTTPError as error:
            refusal = json.load(error)
            assert error.code == 400 and refusal["message"], name
            assert (refusal["__type"] == "UnknownOperationException") == (name not in ANSWERED), (
                name, refusal)
            assert error.headers["x-amzn-errortype"] == refusal["__type"], name
    # As clients tell it. Live tails have a host of their own, which must not be asked for here.
    logs = boto3.client(
        "logs", endpoint_url=f"http://{API}", region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test", config=botocore.config.Config(inject_host_prefix=False))
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:a"
    for refused in (
        lambda: logs.put_log_events(logGroupName="a", logStreamName="b", logEvents=[
            {"timestamp": 1, "message": "m"}]),
        lambda: logs.create_log_stream(logGroupName="a", logStreamName="b"),
        lambda: logs.start_live_tail(logGroupIdentifiers=[arn]),
        lambda: logs.start_query(logGroupName="a", startTime=0, endTime=1, queryString="q"),
    ):
        with pytest.raises(botocore.exceptions.ClientError, match="Muster") as error:
            refused()
        assert error.value.response["Error"]["Code"] == "UnknownOperationException"
