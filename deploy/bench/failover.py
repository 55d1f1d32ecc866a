#!/usr/bin/env python3
"""Measures how long a cluster is short of tasks after a worker dies or falls silent.

A real manager and three real workers run nine tasks of a service, three each. Again and again one
worker is killed with all its containers (as in a power loss) or frozen (SIGSTOP), and the time is
taken until nine tasks are RUNNING on the other two. Prints one table; nothing is asserted.
"""
import argparse
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import boto3
from botocore.config import Config

SERVICE, TASKS, WORKERS = "web", 9, ["worker-1", "worker-2", "worker-3"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    def __init__(self, muster, folder):
        self.muster, self.folder = muster, pathlib.Path(folder)
        self.api, self.rpc = free_port(), free_port()
        self.workers = {}
        self.manager = self.start("manager", "--data", str(self.folder / "manager"), "--api-listen",
                                  f"127.0.0.1:{self.api}", "--worker-listen", f"127.0.0.1:{self.rpc}")
        self.ecs = boto3.client(
            "ecs", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{self.api}",
            aws_access_key_id="bench", aws_secret_access_key="bench",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=30))
        self.wait(self.answers, 30, "the manager answers")
        for name in WORKERS:
            self.start_worker(name)
        self.wait(lambda: len(self.connected()) == len(WORKERS), 30, "workers connect")

    def start(self, *arguments):
        log = open(self.folder / "bench.log", "ab")
        return subprocess.Popen([self.muster, *arguments], stdin=subprocess.DEVNULL, stdout=log,
                                stderr=log)

    def start_worker(self, name):
        self.workers[name] = self.start(
            "worker", "--manager", f"127.0.0.1:{self.rpc}", "--name", name, "--data",
            str(self.folder / "workers" / name), "--cpu", "4096", "--memory", "4096")

    def answers(self):
        try:
            self.ecs.list_clusters()
            return True
        except Exception:
            return False

    def instances(self):
        arns = self.ecs.list_container_instances()["containerInstanceArns"]
        if not arns:
            return []
        return self.ecs.describe_container_instances(containerInstances=arns)["containerInstances"]

    def connected(self):
        try:
            return [i for i in self.instances() if i["agentConnected"]]
        except self.ecs.exceptions.ClusterNotFoundException:
            return []

    def running(self):
        arns = self.ecs.list_tasks(serviceName=SERVICE)["taskArns"]
        if not arns:
            return []
        tasks = self.ecs.describe_tasks(tasks=arns)["tasks"]
        return [t for t in tasks if t["lastStatus"] == "RUNNING" and t["desiredStatus"] == "RUNNING"]

    def wait(self, condition, limit, what):
        deadline = time.monotonic() + limit
        while not condition():
            if time.monotonic() > deadline:
                sys.exit(f"not within {limit} s: {what}; see {self.folder}/bench.log")
            time.sleep(0.01)

    def stable(self):
        service = self.ecs.describe_services(services=[SERVICE])["services"][0]
        return (len(service["deployments"]) == 1
                and service["runningCount"] == service["desiredCount"] == TASKS)

    def spread(self):
        counts = {}
        for task in self.running():
            arn = task["containerInstanceArn"]
            counts[arn] = counts.get(arn, 0) + 1
        return sorted(counts.values()) == [3, 3, 3]

    def create_service(self):
        self.ecs.register_task_definition(
            family=SERVICE, containerDefinitions=[{
                "name": "main", "image": "busybox", "memory": 16, "stopTimeout": 2,
                "command": ["sleep", "3600"]}])
        self.ecs.create_service(serviceName=SERVICE, taskDefinition=SERVICE, desiredCount=TASKS)
        self.wait(lambda: self.stable() and self.spread(), 60, "nine tasks, three a worker")

    def respread(self):
        self.wait(lambda: len(self.connected()) == len(WORKERS), 30, "the worker is back")
        self.ecs.update_service(service=SERVICE, forceNewDeployment=True)
        self.wait(lambda: self.stable() and self.spread(), 60, "three tasks a worker again")

    def kill_host(self, name):
        subprocess.run([self.muster, "kill-host", name, "--data", str(self.folder)], check=True,
                       stdout=subprocess.DEVNULL)
        self.workers[name].wait()

    def end(self):
        for name in WORKERS:
            self.workers[name].send_signal(signal.SIGCONT)
            self.kill_host(name)
        self.manager.kill()
        self.manager.wait()


def measure(cluster, name, fault):
    """Seconds from the fault to nine tasks RUNNING elsewhere."""
    victim = next(i["containerInstanceArn"] for i in cluster.instances()
                  if i["ec2InstanceId"] == name)
    if fault == "killed":
        started = time.monotonic()
        cluster.kill_host(name)
    else:
        started = time.monotonic()
        cluster.workers[name].send_signal(signal.SIGSTOP)

    def replaced():
        running = cluster.running()
        return len(running) == TASKS and all(
            t["containerInstanceArn"] != victim for t in running)

    cluster.wait(replaced, 60, "nine tasks run elsewhere")
    took = time.monotonic() - started
    if fault == "killed":
        cluster.start_worker(name)
    else:
        cluster.workers[name].send_signal(signal.SIGCONT)
    cluster.respread()
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--muster", default=os.environ.get("MUSTER_BINARY", "muster"))
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        cluster = Cluster(options.muster, folder)
        try:
            cluster.create_service()
            print(f"{'fault':8} {'n':>3} {'min':>6} {'median':>7} {'worst':>6}   seconds", flush=True)
            for fault in ["killed", "frozen"]:
                times = []
                for number in range(options.rounds):
                    times.append(measure(cluster, WORKERS[number % len(WORKERS)], fault))
                print(f"{fault:8} {len(times):3} {min(times):6.2f} {statistics.median(times):7.2f} "
                      f"{max(times):6.2f}   {' '.join(f'{t:.2f}' for t in times)}", flush=True)
        finally:
            cluster.end()


if __name__ == "__main__":
    main()
