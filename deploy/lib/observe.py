#!/usr/bin/env python3
"""What deploy/demo measures and checks, by asking Muster as any client of ECS would.

Exits non-zero with a sentence when something is not as promised.
"""
import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import boto3

ecs = None


def fail(text):
    sys.exit(f"not as promised: {text}")


def tell(text):
    print(f"      {text}", flush=True)


def tasks(cluster, service):
    """The service's tasks that are to run, by id."""
    arns = ecs.list_tasks(cluster=cluster, serviceName=service)["taskArns"]
    found = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    return {task["taskArn"].rsplit("/", 1)[1]: task for task in found}


def running(cluster, service):
    return {id: task for id, task in tasks(cluster, service).items()
            if task["lastStatus"] == "RUNNING" and task["desiredStatus"] == "RUNNING"}


def worker_names(cluster):
    arns = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
    found = ecs.describe_container_instances(
        cluster=cluster, containerInstances=arns)["containerInstances"] if arns else []
    return {i["containerInstanceArn"]: (i["ec2InstanceId"], i["agentConnected"]) for i in found}


def place(task, names):
    """Address and port where a task serves its page."""
    worker = names[task["containerInstanceArn"]][0]
    web = next(c for c in task["containers"] if c["name"] == "web")
    # A simulated host of `muster up` has an address of its own.
    number = int(worker.rsplit("-", 1)[1])
    host = f"10.98.0.{number + 10}" if os.environ["RUNTIME"] == "containerd" else "127.0.0.1"
    return host, web["networkBindings"][0]["hostPort"]


def page(place, limit=5):
    connection = http.client.HTTPConnection(*place, timeout=limit)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == 200 else None
    except OSError:
        return None
    finally:
        connection.close()


def wait(condition, seconds, what, pause=0.02):
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            fail(f"{what} (waited {seconds} s)")
        time.sleep(pause)


def stable(arguments):
    """Waits like `aws ecs wait services-stable`, which looks each 15 s only, and says how long."""
    def reached():
        service = ecs.describe_services(
            cluster=arguments.cluster, services=[arguments.service])["services"][0]
        return len(service["deployments"]) == 1 and \
            service["runningCount"] == service["desiredCount"]
    start = time.monotonic()
    wait(reached, 60, "the service is stable")
    tell(f"stable {time.monotonic() - start:.1f} s after the command")


def pages(arguments):
    found = running(arguments.cluster, arguments.service)
    names = worker_names(arguments.cluster)
    if len(found) != arguments.tasks:
        fail(f"{arguments.tasks} tasks run; there are {len(found)}")
    used = set()
    for id, task in sorted(found.items()):
        worker, (host, port) = names[task["containerInstanceArn"]][0], place(task, names)
        text = wait(lambda: page((host, port)), 5, f"a page from {id} at {host}:{port}")
        plain = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)).strip()
        tell(f"{worker}  http://{host}:{port}/  {plain}")
        used.add(worker)
        if f"revision {arguments.revision}" not in text:
            fail(f"the page of {id} is of revision {arguments.revision}")
    if len(used) < arguments.workers:
        fail(f"the tasks are on {arguments.workers} workers or more, not on {sorted(used)}")


def failover(arguments):
    """Runs a command that kills a worker; measures until its tasks run elsewhere and answer."""
    names = worker_names(arguments.cluster)
    before = running(arguments.cluster, arguments.service)
    lost = {id for id, task in before.items()
            if names[task["containerInstanceArn"]][0] == arguments.worker}
    if not lost:
        fail(f"a task runs on {arguments.worker}")
    print("    $ " + " ".join(arguments.command).replace(os.environ.get("DATA", "\0"), "DIR"),
          flush=True)
    result = subprocess.run(arguments.command, capture_output=True, text=True, check=False)
    start = time.monotonic()
    if result.returncode:
        fail(f"{arguments.command[1]} succeeds: {result.stderr}")
    tell(result.stdout.strip())

    def replaced():
        now = running(arguments.cluster, arguments.service)
        new = set(now) - set(before)
        return {id: now[id] for id in new} if len(new) >= len(lost) else None
    new = wait(replaced, 30, "the lost tasks are replaced", pause=0.005)
    took = (time.monotonic() - start) * 1000
    for id, task in new.items():
        worker = names[task["containerInstanceArn"]][0]
        tell(f"task {id[:8]} RUNNING on {worker} {took:.0f} ms after the loss of power")
        where = place(task, names)
        wait(lambda: page(where), 5, "the replacement answers")
    tell(f"its first page came after {(time.monotonic() - start) * 1000:.0f} ms")
    for id in lost:
        old = ecs.describe_tasks(cluster=arguments.cluster, tasks=[id])["tasks"][0]
        tell(f"task {id[:8]} {old['lastStatus']}: {old.get('stoppedReason')}")
        if old["lastStatus"] != "STOPPED":
            fail("the lost task is shown STOPPED")
    if took > arguments.limit:
        fail(f"replaced within {arguments.limit} ms")


def connected(arguments):
    start = time.monotonic()

    def enough():
        try:
            names = worker_names(arguments.cluster)
        except Exception:  # the manager may be on its way up
            return None
        there = sorted(name for name, connected in names.values() if connected)
        return there if len(there) == arguments.count else None
    there = wait(enough, 20, f"{arguments.count} workers are connected")
    tell(f"connected after {(time.monotonic() - start) * 1000:.0f} ms: {', '.join(there)}")


def epochs(text):
    """How often each worker has registered."""
    return {worker["name"]: worker["epoch"]
            for cluster in json.loads(text)["clusters"] for worker in cluster["workers"]}


def returned(arguments):
    """Waits until every worker of an earlier `muster status --json` has registered anew."""
    start = time.monotonic()
    with open(arguments.file, encoding="utf-8") as file:
        before = epochs(file.read())

    def anew():
        status = subprocess.run(["muster", "status", "--json"], capture_output=True, text=True,
                                check=False)
        if status.returncode:
            return False
        now = epochs(status.stdout)
        return all(now[name] > epoch for name, epoch in before.items())
    wait(anew, 20, "every worker finds the manager again")
    took = (time.monotonic() - start) * 1000
    tell(f"all {len(before)} workers had found it again after {took:.0f} ms")


def visit(arguments):
    """Asks every running task for its page, again and again until SIGTERM."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    rounds, fewest, revisions = 0, None, {}
    names = worker_names(arguments.cluster)
    while not over.is_set() or rounds == 0:
        answers = [page(place(task, names), 2)
                   for task in running(arguments.cluster, arguments.service).values()]
        good = [text for text in answers if text]
        for text in good:
            revision = re.search(r"revision (\d+)", text)
            name = revision.group(1) if revision else "?"
            revisions[name] = revisions.get(name, 0) + 1
        fewest = len(good) if fewest is None else min(fewest, len(good))
        rounds += 1
    seen = ", ".join(f"{count} of revision {name}" for name, count in sorted(revisions.items()))
    tell(f"clients asked all tasks {rounds} times and never got fewer than {fewest} pages: {seen}")
    if fewest < arguments.at_least:
        fail(f"at least {arguments.at_least} pages at any time")
    if set(revisions) != {"1", "2"}:
        fail("pages of revisions 1 and 2, and no other")


def snapshot(arguments):
    """What must not change while the manager is away, one line a task."""
    names = worker_names(arguments.cluster)
    for id, task in sorted(tasks(arguments.cluster, arguments.service).items()):
        containers = [
            {key: container.get(key) for key in ("name", "lastStatus", "runtimeId",
                                                 "networkBindings")}
            for container in sorted(task["containers"], key=lambda c: c["name"])]
        kept = {"instance": task["containerInstanceArn"], "status": task["lastStatus"],
                "started": str(task.get("startedAt")), "place": place(task, names), "containers": containers}
        print("task", id, json.dumps(kept, sort_keys=True))


def reachable(arguments):
    with open(arguments.file, encoding="utf-8") as file:
        for line in file:
            if not page(json.loads(line.split(" ", 2)[2])["place"]):
                fail("every page is there while the manager is away")
    tell("every task answers while there is no manager")


def processes(arguments):
    """Processes that name the folder in their command line, environment or working directory."""
    folder = arguments.folder.encode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) in (os.getpid(), os.getppid()):
            continue
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read()
            where = os.readlink(f"/proc/{pid}/cwd").encode()
        except OSError:
            continue
        if folder in command or where.startswith(folder):
            print(pid, command.replace(b"\0", b" ").decode(errors="replace"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(required=True)

    def verb(action, *names, **options):
        sub = verbs.add_parser(action.__name__)
        sub.set_defaults(action=action)
        for name in names:
            sub.add_argument(name)
        for name, kind in options.items():
            sub.add_argument("--" + name.replace("_", "-"), type=kind, required=True)
        return sub

    verb(stable, "cluster", "service")
    verb(pages, "cluster", "service", tasks=int, workers=int, revision=int)
    verb(failover, "cluster", "service", "worker", limit=int).add_argument("command", nargs="+")
    verb(connected, "cluster").add_argument("count", type=int)
    verb(visit, "cluster", "service", at_least=int)
    verb(snapshot, "cluster", "service")
    verb(reachable, "file")
    verb(returned, "file")
    verb(processes, "folder")
    arguments = parser.parse_args()
    if arguments.action not in (reachable, returned, processes):
        global ecs
        ecs = boto3.client("ecs")
    arguments.action(arguments)


main()
