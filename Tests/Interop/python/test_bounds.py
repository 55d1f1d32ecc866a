"""Services keep to their bounds while much happens: counted by what really runs, and by the API."""

import os
import threading
import time

from support import container, definition, ecs_client, eventually, wait

DESIRED = 4


def processes(marker):
    """How many containers' processes there are: `sleep <marker>`, whoever their parent is."""
    found = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        found += words[:2] == [b"sleep", marker.encode()]
    return found


class Watch:
    """Counts from its own threads, all the time, what runs and what the API says."""

    def __init__(self, marker):
        self.marker, self.ended = marker, threading.Event()
        self.processes, self.running, self.wanted, self.calls = [], [], [], 0
        self.failures = []
        self.threads = [
            threading.Thread(target=self.guarded, args=(what,))
            for what in [self.count, self.ask, self.load, self.load]
        ]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def guarded(self, what):
        ecs = ecs_client()
        try:
            while not self.ended.is_set():
                what(ecs)
        except Exception as error:  # Told by `check`, in the test's own thread.
            self.failures.append(repr(error))

    def count(self, _):
        self.processes.append((time.monotonic(), processes(self.marker)))
        time.sleep(0.01)

    def ask(self, ecs):
        arns = ecs.list_tasks(serviceName="web")["taskArns"]
        tasks = ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
        wanted = [task for task in tasks if task["desiredStatus"] == "RUNNING"]
        self.wanted.append(len(wanted))
        self.running.append(ecs.describe_services(services=["web"])["services"][0]["runningCount"])

    def load(self, ecs):
        """What other clients do meanwhile: reads, and jobs that come and go."""
        ecs.describe_clusters()
        ecs.list_services()
        (job,) = ecs.run_task(taskDefinition="job")["tasks"]
        ecs.stop_task(task=job["taskArn"])
        self.calls += 4

    def check(self, least, most):
        assert self.failures == []
        counts = [count for _, count in self.processes]
        gaps = [b[0] - a[0] for a, b in zip(self.processes, self.processes[1:])]
        print(
            f"{len(counts)} counts, {max(gaps):.3f} s apart at most: {min(counts)} to "
            f"{max(counts)} processes; {len(self.wanted)} answers: {min(self.running)} to "
            f"{max(self.running)} RUNNING, {max(self.wanted)} wanted; {self.calls} other calls"
        )
        assert len(counts) > 50 and len(self.wanted) > 5 and self.calls > 20
        assert max(gaps) < 1, "no second without a count"
        assert min(counts) >= least, f"{min(counts)} processes, {least} must be"
        # Each of those that are wanted, and of an older revision what is on its way out.
        assert max(counts) <= most + DESIRED, f"{max(counts)} processes"
        assert min(self.running) >= least
        assert max(self.wanted) <= most, f"{max(self.wanted)} tasks wanted, {most} may be"


def serve(ecs, marker, minimum, maximum):
    ecs.register_task_definition(**definition("job", container("main", "exec sleep 60", cpu=1)))
    main = container("main", f"exec sleep {marker}")
    ecs.register_task_definition(**definition("web", main))
    ecs.create_service(
        serviceName="web", taskDefinition="web", desiredCount=DESIRED,
        deploymentConfiguration={
            "minimumHealthyPercent": minimum, "maximumPercent": maximum,
        },
    )
    wait(ecs, "services_stable", services=["web"])
    eventually("all run", lambda: processes(marker) == DESIRED)
    return main


def test_a_drain_leaves_no_second_below_the_minimum(ecs):
    marker = f"8640{os.getpid()}.25"
    serve(ecs, marker, 100, 150)
    (first, second) = ecs.list_container_instances()["containerInstanceArns"]
    with Watch(marker) as watch:
        for victim, other in [(first, second), (second, first)]:
            ecs.update_container_instances_state(containerInstances=[victim], status="DRAINING")

            def is_drained():
                on = ecs.list_tasks(containerInstance=victim, serviceName="web")["taskArns"]
                left = ecs.list_tasks(containerInstance=other, serviceName="web")["taskArns"]
                return not on and len(left) == DESIRED

            eventually("the worker is drained", is_drained, within=60)
            wait(ecs, "services_stable", services=["web"])
            ecs.update_container_instances_state(containerInstances=[victim], status="ACTIVE")
    watch.check(least=DESIRED, most=6)


def test_a_rolling_update_keeps_its_bounds_under_load(ecs):
    marker = f"8641{os.getpid()}.25"
    main = serve(ecs, marker, 50, 150)
    with Watch(marker) as watch:
        for revision in [2, 3, 4]:
            environment = [{"name": "REVISION", "value": str(revision)}]
            ecs.register_task_definition(
                **definition("web", {**main, "environment": environment})
            )
            ecs.update_service(service="web", taskDefinition=f"web:{revision}")
            wait(ecs, "services_stable", services=["web"])

            def is_complete():
                (primary,) = ecs.describe_services(services=["web"])["services"][0]["deployments"]
                return primary["rolloutState"] == "COMPLETED"

            eventually("the update is complete", is_complete)
            arns = ecs.list_tasks(serviceName="web")["taskArns"]
            tasks = ecs.describe_tasks(tasks=arns)["tasks"]
            assert all(t["taskDefinitionArn"].endswith(f":{revision}") for t in tasks)
    watch.check(least=2, most=6)
