"""A manager and workers that a scenario starts and ends itself."""

import os
import pathlib
import signal
import subprocess
import sys

import botocore.exceptions

from support import API, WORKERS, ecs_client, eventually

SCRATCH = pathlib.Path(os.environ["MUSTER_TEST_SCRATCH"])
MUSTER = os.environ.get("MUSTER_TEST_BINARY", "muster")


class Child:
    """A process with its output in a file."""

    def __init__(self, name, *command):
        self.name, self.log = name, SCRATCH / f"{name}.log"
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                [*map(str, command)], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """As an operator ends it, and well."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=20) == 0, self.said()

    def said(self):
        return self.log.read_text()


class Manager:
    """On the addresses that `support` knows. `kill()` and `start()` as often as a story wants."""

    name = "manager"

    def __init__(self, *options, workers=WORKERS):
        self.options, self.workers = options, workers
        self.start()

    def start(self):
        self.child = Child(
            "manager", MUSTER, "manager", "--data", SCRATCH / "manager",
            "--api-listen", API, "--worker-listen", self.workers, *self.options,
        )
        eventually("the manager answers", self.answers, within=30)

    def answers(self):
        assert self.child.process.poll() is None, self.child.said()
        try:
            return ecs_client().list_clusters()
        except botocore.exceptions.BotoCoreError:
            return None

    def kill(self):
        self.child.kill()

    def said(self):
        return self.child.said()

    @staticmethod
    def token(cluster):
        """A token with which workers join that cluster, as an operator makes it."""
        return subprocess.run(
            [MUSTER, "token", "create", "--cluster", cluster, "--api", f"http://{API}"],
            check=True, capture_output=True, text=True, timeout=30,
        ).stdout.strip()


def worker(name, group, cluster="default"):
    """One of Muster's own, in a group that capacity providers name."""
    (SCRATCH / name).mkdir()
    return Child(
        name, MUSTER, "worker", "--manager", WORKERS, "--name", name, "--no-tls", "--data",
        SCRATCH / name, "--cluster", cluster, "--cpu", "2048", "--memory", "2048", "--group", group,
        "--stop-tasks",
    )


def mock_worker(name, *options):
    script = pathlib.Path(__file__).with_name("mock_worker.py")
    return Child(
        name, sys.executable, script, "--manager", WORKERS, "--name", name,
        "--data", SCRATCH / name, *options,
    )
