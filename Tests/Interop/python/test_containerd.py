"""Real images on simulated hosts: containerd, driven by boto3 through Muster."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time

from hosts import GATEWAY, REGISTRY, images, page, push, town
from own_manager import MUSTER, SCRATCH, Child
from support import API, WORKERS, container, definition, eventually, tell, wait

IMAGE = "busybox:1"


def shell(name, script, **members):
    return container(name, script, **{"image": IMAGE, "memory": 32, **members})


def web(tag, **members):
    return {
        "name": "web", "image": f"nginx:{tag}", "memory": 64, "stopTimeout": 2,
        "portMappings": [{"containerPort": 80}], **members,
    }


def tasks_of(ecs, service, status="RUNNING"):
    arns = ecs.list_tasks(serviceName=service, desiredStatus=status)["taskArns"]
    return ecs.describe_tasks(tasks=arns)["tasks"] if arns else []


def registered(ecs, count):
    eventually("the workers registered", lambda: len(
        ecs.list_container_instances()["containerInstanceArns"]) == count)


def start(ecs, family, *containers, count=1, takes_commands=False, **members):
    ecs.register_task_definition(**definition(family, *containers, **members))
    answer = ecs.run_task(
        taskDefinition=family, count=count, enableExecuteCommand=takes_commands)
    assert answer["failures"] == [], answer
    return [task["taskArn"] for task in answer["tasks"]]


def described(ecs, arn):
    return ecs.describe_tasks(tasks=[arn])["tasks"][0]


def running(ecs, arns):
    wait(ecs, "tasks_running", tasks=arns)
    return ecs.describe_tasks(tasks=arns)["tasks"]


def places(ecs, hosts):
    """The address of the host of each container instance."""
    instances = ecs.list_container_instances()["containerInstanceArns"]
    addresses = {}
    for instance in ecs.describe_container_instances(
        containerInstances=instances
    )["containerInstances"]:
        name = next(a["value"] for a in instance["attributes"] if a["name"] == "host")
        addresses[instance["containerInstanceArn"]] = next(
            host.address for host in hosts if host.name == name)
    return addresses


def pages(ecs, hosts, tasks):
    """What each task serves at its host port."""
    addresses = places(ecs, hosts)
    return [
        page(addresses[task["containerInstanceArn"]], c["networkBindings"][0]["hostPort"])
        for task in tasks for c in task["containers"] if c["name"] == "web"
    ]


def test_a_service_serves_pages_and_rolls_to_a_new_tag(ecs):
    with town(3) as hosts:
        registered(ecs, 3)
        neighbour = shell("app", "until wget -qO- http://127.0.0.1/; do sleep 0.1; done; sleep 600")
        ecs.register_task_definition(**definition("web", web(1), neighbour))
        ecs.create_service(
            serviceName="web", taskDefinition="web", desiredCount=3,
            placementStrategy=[{"type": "spread", "field": "instanceId"}],
        )
        wait(ecs, "services_stable", cluster="default", services=["web"])
        first = tasks_of(ecs, "web")
        assert len({task["containerInstanceArn"] for task in first}) == 3
        assert eventually("pages", lambda: pages(ecs, hosts, first) == ["nginx, page 1"] * 3)
        digests = {c["imageDigest"] for task in first for c in task["containers"]}
        assert len(digests) == 2 and all(digest.startswith("sha256:") for digest in digests)
        # The app sees the web server of its own task.
        logs = [path.read_text() for host in hosts
                for path in (host.folder / "worker/tasks").glob("*/app/output.log")]
        assert len(logs) == 3 and all("nginx, page 1" in log for log in logs)

        ecs.register_task_definition(**definition("web", web(2), neighbour))
        ecs.update_service(service="web", taskDefinition="web")
        wait(ecs, "services_stable", cluster="default", services=["web"])
        second = tasks_of(ecs, "web")
        assert pages(ecs, hosts, second) == ["nginx, page 2"] * 3
        assert {c["imageDigest"] for task in second for c in task["containers"]} != digests
        ecs.update_service(service="web", desiredCount=0)
        wait(ecs, "tasks_stopped", tasks=[task["taskArn"] for task in second])
        # nginx's own stop signal is QUIT, at which it ends well.
        stopped = tasks_of(ecs, "web", "STOPPED")
        assert {c["exitCode"] for task in stopped for c in task["containers"]
                if c["name"] == "web"} == {0}


def test_an_unhealthy_container_is_replaced(ecs):
    with town(1) as (host,):
        registered(ecs, 1)
        check = {"command": ["CMD-SHELL", "test -e /tmp/well"], "interval": 5, "timeout": 2,
                 "retries": 2}
        main = shell("main", "touch /tmp/well; sleep 8; rm /tmp/well; sleep 600", healthCheck=check)
        ecs.register_task_definition(**definition("ill", main))
        ecs.create_service(serviceName="ill", taskDefinition="ill", desiredCount=1)
        first = eventually(
            "healthy", lambda: [t for t in tasks_of(ecs, "ill") if t["healthStatus"] == "HEALTHY"],
        )[0]["taskArn"]
        eventually(
            "another runs",
            lambda: [t for t in tasks_of(ecs, "ill")
                     if t["taskArn"] != first and t["lastStatus"] == "RUNNING"], within=60)
        wait(ecs, "tasks_stopped", tasks=[first])
        assert described(ecs, first)["healthStatus"] == "UNHEALTHY"
        # Checks that take too long leave none of their processes.
        stuck = start(ecs, "stuck", shell("main", "sleep 600", healthCheck={
            "command": ["CMD-SHELL", "sleep 661 & sleep 662"], "interval": 10, "timeout": 2,
            "retries": 2}))[0]
        eventually("two took too long", lambda: described(
            ecs, stuck)["healthStatus"] == "UNHEALTHY", within=60)
        eventually("nothing of them is left", lambda: "sleep 66" not in host.run(
            "busybox", "ps"), within=8)


def test_out_of_memory_and_exit_codes(ecs):
    with town(1):
        registered(ecs, 1)
        hog = "x=a; while :; do x=$x$x; done"
        ends = {
            "three": shell("main", "exit 3"),
            "missing": {**shell("main", ""), "command": ["/no/such/program"]},
            "hog": shell("main", hog, memory=16),
        }
        arns = {family: start(ecs, family, main)[0] for family, main in ends.items()}
        # A limit of the task as a whole.
        unlimited = {key: value for key, value in shell("main", hog).items() if key != "memory"}
        arns["task"] = start(ecs, "task", unlimited, memory="24", cpu="128")[0]
        wait(ecs, "tasks_stopped", tasks=list(arns.values()))
        main = {family: described(ecs, arn)["containers"][0] for family, arn in arns.items()}
        assert main["three"]["exitCode"] == 3
        assert "CannotStartContainerError" in main["missing"]["reason"]
        assert "/no/such/program" in main["missing"]["reason"]
        for family in ("hog", "task"):
            assert main[family]["exitCode"] == 137, main[family]
            assert main[family]["reason"].startswith("OutOfMemoryError"), main[family]


def test_a_pull_fails_and_then_succeeds(ecs):
    with town(1) as (host,):
        registered(ecs, 1)
        late = {**shell("main", "sleep 600"), "image": "late:1"}
        arn = start(ecs, "late", late)[0]
        wait(ecs, "tasks_stopped", tasks=[arn])
        task = described(ecs, arn)
        assert task["stopCode"] == "TaskFailedToStart"
        reason = task["stoppedReason"] + str(task["containers"][0].get("reason"))
        assert "CannotPullContainerError" in reason and "late:1" in reason
        push("library/busybox:1", "library/late:1")
        task = running(ecs, start(ecs, "late", late))[0]
        assert task["containers"][0]["imageDigest"].startswith("sha256:")
        assert host.ctr("containers", "list", "-q").count("\n") == 2


def health(ecs, status):
    """Why the only instance is so, if it is."""
    arns = ecs.list_container_instances()["containerInstanceArns"]
    (told,) = ecs.describe_container_instances(
        containerInstances=arns, include=["CONTAINER_INSTANCE_HEALTH"])["containerInstances"]
    told = told["healthStatus"]
    return told["overallStatus"] == status and told["details"][0].get("statusReason", "nothing")


@contextlib.contextmanager
def frozen_registry():
    """It takes connections and says nothing."""
    pid = int((SCRATCH / "registry/pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_stopped_task_pulls_no_longer(ecs):
    with town(1) as (host,):
        registered(ecs, 1)
        push("library/busybox:1", "library/slow:1")
        slow = {**shell("main", "exec sleep 600"), "image": "slow:1"}
        port = REGISTRY.split(":")[1]

        def pulls():
            return host.run("ss", "-Htn", "state", "established", "dport", "=", f":{port}").count(
                "\n")

        eventually("no connection is kept", lambda: pulls() == 0)
        with frozen_registry():
            first, second = start(ecs, "slow", slow, count=2)
            eventually("an image is pulled", lambda: pulls() == 1)
            # Both wait for the one pull, for the other when one is stopped.
            ecs.stop_task(task=first)
            wait(ecs, "tasks_stopped", tasks=[first])
            assert pulls() == 1
            ecs.stop_task(task=second)
            eventually("nobody waits for it", lambda: pulls() == 0, within=10)
            wait(ecs, "tasks_stopped", tasks=[first, second])
        assert "could not do what was asked" not in host.worker.said()
        running(ecs, start(ecs, "slow", slow))
        assert host.ctr("containers", "list", "-q").count("\n") == 2


def test_agent_and_containerd_are_killed_and_no_task_changes(ecs):
    with town(1) as (host,):
        registered(ecs, 1)
        arns = start(ecs, "calm", shell("main", "exec sleep 600"), count=5)
        short = start(ecs, "short", shell("main", "sleep 5; exit 7"))[0]

        def shape(task):
            return task["lastStatus"], [c["runtimeId"] for c in task["containers"]]

        before = [shape(task) for task in running(ecs, arns)]
        running(ecs, [short])
        host.restart_worker()
        host.kill_containerd()
        # An end while containerd is away has its code all the same.
        eventually("short has ended", lambda: "sleep 5" not in host.run("busybox", "ps"))
        reason = eventually("its instance is impaired", lambda: health(ecs, "IMPAIRED"), within=40)
        assert "does not answer" in reason
        assert [shape(task) for task in running(ecs, arns)] == before
        host.start_containerd()
        assert eventually("it is well again", lambda: health(ecs, "OK"), within=40)
        wait(ecs, "tasks_stopped", tasks=[short])
        assert described(ecs, short)["containers"][0]["exitCode"] == 7
        # Under load: tasks that start meanwhile come up.
        more = start(ecs, "calm", shell("main", "exec sleep 600"), count=5)
        host.kill_containerd()
        host.start_containerd()
        running(ecs, more)
        host.restart_worker()
        assert [shape(task) for task in running(ecs, arns)] == before
        for arn in arns + more:
            ecs.stop_task(task=arn)
        wait(ecs, "tasks_stopped", tasks=arns + more)


def test_a_host_loses_its_power_and_returns(ecs):
    with town(2) as hosts:
        registered(ecs, 2)
        ecs.register_task_definition(**definition("web", web(1)))
        ecs.create_service(
            serviceName="web", taskDefinition="web", desiredCount=4,
            placementStrategy=[{"type": "spread", "field": "instanceId"}],
        )
        wait(ecs, "services_stable", cluster="default", services=["web"])
        began = time.monotonic()
        hosts[1].cut_power()
        addresses = places(ecs, hosts)

        def here():
            return [task for task in tasks_of(ecs, "web") if task["lastStatus"] == "RUNNING"
                    and addresses[task["containerInstanceArn"]] == hosts[0].address]

        eventually("four on the other host", lambda: len(here()) == 4)
        tell(f"power cut to all tasks RUNNING elsewhere: {time.monotonic() - began:.1f} s")
        assert pages(ecs, hosts, here()) == ["nginx, page 1"] * 4
        hosts[1].boot()
        hosts[1].start_worker_again()
        # What it ran is neither run again nor left lying about.
        eventually(
            "the host is clean", lambda: hosts[1].ctr("containers", "list", "-q") == "", within=40)
        assert len(here()) == 4


def test_network_modes(ecs):
    with town(1) as (host,):
        registered(ecs, 1)
        own = running(ecs, [ecs.run_task(
            taskDefinition=ecs.register_task_definition(**definition(
                "own", {**web(1), "portMappings": [{"containerPort": 80}]}, networkMode="awsvpc",
            ))["taskDefinition"]["taskDefinitionArn"],
            networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        )["tasks"][0]["taskArn"]])[0]
        details = {d["name"]: d["value"] for d in own["attachments"][0]["details"]}
        address = details["privateIPv4Address"]
        interface = own["containers"][0]["networkInterfaces"][0]
        assert interface["privateIpv4Address"] == address
        assert interface["attachmentId"] == own["attachments"][0]["id"]
        assert own["attachments"][0]["type"] == "ElasticNetworkInterface"
        eventually("its page", lambda: page(address, 80) == "nginx, page 1")
        assert page(host.address, 80) is None

        on_host = running(ecs, start(ecs, "host", web(1), networkMode="host"))[0]
        assert on_host["attachments"] == []
        eventually("its page", lambda: page(host.address, 80) == "nginx, page 1")
        # A fixed port that is taken is not placed a second time.
        answer = ecs.run_task(taskDefinition="host")
        assert "RESOURCE:PORTS" in answer["failures"][0]["reason"]
        # What CRI can't do is refused at placement.
        ecs.register_task_definition(**definition("limits", shell("main", "true", ulimits=[
            {"name": "nofile", "softLimit": 9, "hardLimit": 9}])))
        answer = ecs.run_task(taskDefinition="limits")
        assert answer["failures"][0]["reason"] == "ATTRIBUTE", answer


def output(host, arn, name="main"):
    return (host.folder / "worker/tasks" / arn.rsplit("/", 1)[1] / name / "output.log").read_text()


def test_no_network_and_shared_namespaces(ecs):
    with town(1) as (host,):
        registered(ecs, 1)
        before = None
        for _ in range(2):
            # Its first line is what there was before anything of it could look elsewhere.
            look = "cat /proc/net/dev | grep -c :; cat /proc/net/route | wc -l"
            arn = start(ecs, "alone", shell(
                "main", f"{look}; ping -c 1 -W 5 127.0.0.1 && echo self; sleep 600",
                restartPolicy={"enabled": True, "restartAttemptPeriod": 60},
                healthCheck={"command": ["CMD-SHELL", "! cat /proc/net/dev | grep eth"]},
            ), networkMode="none", takes_commands=True)[0]
            running(ecs, [arn])
            eventually("it reaches itself", lambda: " F self" in output(host, arn))
            lines = [line.split(" ")[-1] for line in output(host, arn).splitlines()]
            assert lines[:2] == ["1", "1"], lines
            code, seen, _ = command(arn, "grep", "-c", ":", "/proc/net/dev")
            assert (code, seen.strip()) == (0, b"1")
            host.restart_worker()
            assert described(ecs, arn)["lastStatus"] == "RUNNING"
            ecs.stop_task(task=arn)
            wait(ecs, "tasks_stopped", tasks=[arn])
            eventually("it is gone", lambda: host.ctr("containers", "list", "-q") == "")
            before = before or host.left()
        eventually("nothing is left", lambda: host.left() == before)

        # Whose processes there are, and whose shared memory.
        def namespaces(arn, name):
            lines = output(host, arn, name).splitlines()
            return len(lines) >= 2 and [line.split(" ")[-1] for line in lines[:2]]

        hosts = [host.run("readlink", f"/proc/self/ns/{kind}").strip() for kind in ("pid", "ipc")]
        look = "readlink /proc/self/ns/pid; readlink /proc/self/ns/ipc; exec sleep 600"
        for family, members in (
            ("own", {}), ("task", {"pidMode": "task", "ipcMode": "task"}),
            ("host", {"pidMode": "host", "ipcMode": "host"}),
        ):
            arn = start(
                ecs, family, shell("main", look), shell("side", look), takes_commands=True,
                **members)[0]
            running(ecs, [arn])
            main = eventually("main has looked", lambda: namespaces(arn, "main"))
            side = eventually("side has looked", lambda: namespaces(arn, "side"))
            same = main[0] == side[0], main[0] == hosts[0], main[1] == hosts[1]
            assert same == {
                "own": (False, False, False), "task": (True, False, False),
                "host": (True, True, True)}[family], (main, side, hosts)
            code, seen, _ = command(
                arn, "grep", "Seccomp:", "/proc/self/status", container="main")
            assert code == 0 and seen.split()[-1] == b"2", seen
            ecs.stop_task(task=arn)
            wait(ecs, "tasks_stopped", tasks=[arn])
        eventually("all are gone", lambda: host.ctr("containers", "list", "-q") == "")
        eventually("nothing is left", lambda: host.left() == before)


def command(arn, *words, given=None, container=None):
    """Exit code, output and errors of a command in the task's container."""
    options = ["-i"] if given is not None else []
    options += ["--container", container] if container else []
    done = subprocess.run(
        [MUSTER, "exec", *options, "--api", f"http://{API}", arn.split("/")[-1], "--", *words],
        input=given, capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode()


def test_commands_run_in_containers(ecs):
    with town(1) as (host,):
        registered(ecs, 1)
        main = shell("main", "sleep 600", environment=[{"name": "COLOUR", "value": "blue"}],
                     user="nobody", workingDirectory="/tmp")
        ecs.register_task_definition(**definition("exec", main))
        task = running(ecs, [ecs.run_task(taskDefinition="exec", enableExecuteCommand=True)[
            "tasks"][0]["taskArn"]])[0]["taskArn"]
        line = "echo $COLOUR $(id -un) $(pwd) $MUSTER_CONTAINER_NAME; echo oh >&2; exit 7"
        assert command(task, "sh", "-c", line) == (7, b"blue nobody /tmp main\n", "oh\n")
        assert command(task, "sh", "-c", "kill -TERM $$")[0] == 143
        assert command(task, "cat", given=None) == (0, b"", "")
        code, _, errors = command(task, "no-such-program")
        assert code == 127 and "no-such-program" in errors
        # The task metadata endpoint is reached from a network of its own.
        code, said, errors = command(
            task, "sh", "-c", "wget -qO- $ECS_CONTAINER_METADATA_URI_V4/task")
        assert code == 0 and task.encode() in said, (code, said, errors)
        # With a terminal of its own.
        done = subprocess.run(
            [MUSTER, "exec", "-t", "--api", f"http://{API}", task.split("/")[-1], "--", "sh", "-c",
             "test -t 1 && stty size; echo $TERM; exit 4"], stdin=subprocess.DEVNULL,
            env={"TERM": "vt220", "PATH": os.environ["PATH"]}, capture_output=True, timeout=60)
        assert (done.returncode, done.stdout) == (4, b"24 80\r\nvt220\r\n"), done
        # What of the host's every container sees it can't change.
        line = "grep -c '^proc /proc/sys proc ro' /proc/mounts"
        assert command(task, "sh", "-c", line) == (0, b"1\n", "")
        # Both ways at once, far more than any pipe holds.
        much = os.urandom(4 << 20)
        code, output, errors = command(task, "cat", given=much)
        assert (code, errors) == (0, "") and output == much
        # What a command started goes with it.
        assert command(task, "sh", "-c", "sleep 700 & sleep 701 & echo on") == (0, b"on\n", "")
        eventually("nothing of it is left", lambda: "sleep 70" not in host.run("busybox", "ps"))
        # So it does with who asked for it, and with the agent.
        asker = subprocess.Popen(
            [MUSTER, "exec", "--api", f"http://{API}", task.split("/")[-1], "--", "sleep", "702"])
        eventually("it runs", lambda: "sleep 702" in host.run("busybox", "ps"))
        asker.kill()
        asker.wait()
        eventually("it ends", lambda: "sleep 702" not in host.run("busybox", "ps"))
        asker = subprocess.Popen(
            [MUSTER, "exec", "--api", f"http://{API}", task.split("/")[-1], "--", "sh", "-c",
             "sleep 703; true"], stderr=subprocess.PIPE)
        eventually("it runs", lambda: "sleep 703" in host.run("busybox", "ps"))
        host.restart_worker()
        assert asker.wait(timeout=60) == 69
        eventually("it ends", lambda: "sleep 703" not in host.run("busybox", "ps"))
        assert described(ecs, task)["lastStatus"] == "RUNNING"
        eventually("nothing is left on disk", lambda: not os.listdir(
            host.folder / "worker/commands"))


# A request that busybox's wget can't make; the server must not see the end of it too early.
PROTECT = """
rest=${ECS_AGENT_URI#http://} body='{"ProtectionEnabled":true}'
host=${rest%%/*}
(printf 'PUT /%s/task-protection/v1/state HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n' "${rest#*/}"
 printf 'Content-Length: %d\\r\\n\\r\\n%s' ${#body} "$body"; sleep 2) | nc ${host%:*} ${host#*:}
"""


def test_containers_ask_of_themselves(ecs):
    """The task metadata endpoint from each kind of network, before and after the agent's death."""
    with town(1) as (host,):
        registered(ecs, 1)
        network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
        tasks = {}
        for mode in ("host", "bridge", "awsvpc"):
            ecs.register_task_definition(**definition(
                mode, shell("main", "exec sleep 600"), networkMode=mode))
            # Of a service, since protection is a service's matter.
            more = {"networkConfiguration": network} if mode == "awsvpc" else {}
            ecs.create_service(
                serviceName=mode, taskDefinition=mode, desiredCount=1, enableExecuteCommand=True,
                **more)
        wait(ecs, "services_stable", services=list(("host", "bridge", "awsvpc")))
        for mode in ("host", "bridge", "awsvpc"):
            (tasks[mode],) = ecs.list_tasks(serviceName=mode)["taskArns"]

        def asked(mode, path):
            code, said, errors = command(
                tasks[mode], "sh", "-c", f"wget -qO- ${path}")
            assert code == 0, (mode, path, said, errors)
            return json.loads(said)

        def documents(mode):
            task = asked(mode, "{ECS_CONTAINER_METADATA_URI_V4}/task")
            mine = asked(mode, "ECS_CONTAINER_METADATA_URI_V4")
            assert task["TaskARN"] == tasks[mode] and task["ServiceName"] == mode, task
            assert task["KnownStatus"] == mine["KnownStatus"] == "RUNNING", (task, mine)
            assert mine in task["Containers"] and mine["ImageID"].startswith("sha256:"), mine
            (told,) = mine["Networks"]
            assert told["NetworkMode"] == mode, told
            if mode == "awsvpc":
                (attachment,) = described(ecs, tasks[mode])["attachments"]
                details = {d["name"]: d["value"] for d in attachment["details"]}
                assert told["IPv4Addresses"] == [details["privateIPv4Address"]], told
            return task, mine

        def measured(mode):
            (stats,) = asked(mode, "{ECS_CONTAINER_METADATA_URI_V4}/task/stats").values()
            return stats and stats["memory_stats"]["usage"] > 0

        before = {mode: documents(mode) for mode in tasks}
        for mode in tasks:
            eventually("it is measured", lambda mode=mode: measured(mode), within=30)
        host.restart_worker()
        for mode in tasks:
            for told, known in zip(documents(mode), before[mode]):
                changed = {key: (known[key], told.get(key)) for key in known
                           if told.get(key) != known[key]}
                # When its images were fetched the next agent does not know.
                assert set(changed) <= {"PullStartedAt", "PullStoppedAt"}, (mode, changed)
        for mode in tasks:
            eventually("it is measured again", lambda mode=mode: measured(mode), within=30)
            state = asked(mode, "{ECS_AGENT_URI}/task-protection/v1/state")
            assert state["protection"]["ProtectionEnabled"] is False, state
            code, said, errors = command(tasks[mode], "sh", "-c", PROTECT)
            assert code == 0 and b'"ProtectionEnabled":true' in said.replace(b" ", b""), (
                mode, said, errors)
            (told,) = ecs.get_task_protection(
                cluster="default", tasks=[tasks[mode]])["protectedTasks"]
            assert told["protectionEnabled"], told


def test_output_is_bounded(ecs):
    with town(1) as (host,):
        registered(ecs, 1)
        # More than one file may hold, and then a little all the time.
        (task,) = start(ecs, "loud", shell(
            "main", "yes 0123456789012345678901234567890123456789 | head -n 500000; "
            "while :; do echo at last; sleep 0.2; done"))
        folder = eventually("the folder", lambda: list(
            (host.folder / "worker/tasks").glob("*/main")))[0]
        eventually("a second file", (folder / "output.log.1").exists, within=40)
        newest = folder / "output.log"
        eventually("more in the first", lambda: newest.exists() and "at last" in newest.read_text())
        assert newest.stat().st_size < 1 << 20
        # It is read over both files, as that of processes is.
        said = subprocess.run(
            [MUSTER, "logs", task, "--no-prefix", "--api", f"http://{API}"],
            capture_output=True, text=True, timeout=120, check=True).stdout.splitlines()
        assert said[0] in ("0123456789012345678901234567890123456789", "at last")
        assert said[-1] == "at last" and len(said) > 100_000, len(said)


def test_muster_up_on_simulated_hosts(ecs, monkeypatch, children):
    monkeypatch.setenv("MUSTER_IMAGE_REGISTRY", REGISTRY)
    home = SCRATCH / "home"
    with images():
        up = Child(
            "up", MUSTER, "up", "--workers", "2", "--runtime", "containerd", "--data", home,
            "--api-listen", API, "--worker-listen", f"{GATEWAY}:{WORKERS.split(':')[1]}",
            "--memory", "1024",
        )
        children.append(up)
        eventually("the cluster is ready", lambda: "is ready after" in up.said(), within=60)
        ecs.register_task_definition(**definition("web", web(1, portMappings=[
            {"containerPort": 80, "hostPort": 8080}])))
        # The same host port on both: hosts of their own.
        ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=2)
        wait(ecs, "services_stable", cluster="default", services=["web"])
        addresses = ["10.98.0.11", "10.98.0.12"]
        eventually("pages", lambda: [page(a, 8080) for a in addresses] == ["nginx, page 1"] * 2)
        said = subprocess.run(
            [MUSTER, "kill-host", "worker-2", "--data", home], check=True, timeout=30,
            capture_output=True, text=True,
        ).stdout
        assert "worker-2 lost power: its agent" in said and "1 container died" in said
        assert page(addresses[1], 8080) is None and page(addresses[0], 8080) == "nginx, page 1"
        line = eventually("the line that brings it back", lambda: [
            text for text in up.said().splitlines() if "--simulated-host 2" in text])[0]
        # In a shell of its own, as a person would paste it.
        children.append(Child("again", "sh", "-c", f"exec {line.strip()}"))
        eventually("the page is back", lambda: page(addresses[1], 8080) == "nginx, page 1",
                   within=40)
        up.end()
        assert not pathlib.Path("/run/muster-hosts/1").exists()
        assert not [name for name in os.listdir("/run/netns") if name.startswith("muster-")]


def test_a_hundred_tasks_leave_nothing(ecs):
    with town(1) as (host,):
        registered(ecs, 1)
        # Once, for what the first task makes for good: the bridge, images, tables of rules.
        first = start(ecs, "brief", {**web(1), "image": "nginx:1"})
        running(ecs, first)
        ecs.stop_task(task=first[0])
        wait(ecs, "tasks_stopped", tasks=first)
        eventually("it is gone", lambda: host.ctr("containers", "list", "-q") == "")
        before = host.left()
        began = time.monotonic()
        for _ in range(10):
            arns = ecs.run_task(taskDefinition="brief", count=10)["tasks"]
            arns = [task["taskArn"] for task in arns]
            running(ecs, arns)
            for arn in arns:
                ecs.stop_task(task=arn)
            wait(ecs, "tasks_stopped", tasks=arns)
        eventually("all are gone", lambda: host.ctr("containers", "list", "-q") == "", within=60)
        tell(f"100 tasks, 10 at a time, started and stopped: {time.monotonic() - began:.0f} s")
        eventually("nothing is left", lambda: host.left() == before, within=20)
        tell(f"left by 100 tasks: nothing; there are, as before, {before}")


def test_a_definition_asks_for_much(ecs):
    """Each member is read back from inside the container."""
    given = SCRATCH / "given"
    (given / "bucket").mkdir(parents=True)
    (given / "bucket/a.env").write_text("# not this\nFROM_FILE=file\nTOLD=file\n")
    (given / "token").write_text("hush-hush\n")
    (given / "db").write_text('{"user": "app"}')
    secret = "arn:aws:secretsmanager:us-east-1:1:secret:db-AbCdEf:user::"
    options = ("--environment-files", str(given), "--secrets-from", f"file:{given}")
    with town(1, *options) as (host,):
        registered(ecs, 1)
        bind = host.folder / "bind"
        bind.mkdir()
        (bind / "message").write_text("from the host")
        script = "; ".join((
            "set -x", "cat /bind/message", "! touch /bind/x", "touch /own/mine /all/$TOLD",
            "! touch /bin/x", "test ${#TOKEN} = 9", "test $USER_OF_DB = app",
            "test $FROM_FILE = file", "test $TOLD = definition", "test $(hostname) = much",
            "test $(cat /proc/sys/net/core/somaxconn) = 777", "grep 10.9.8.7 /etc/hosts",
            "grep 'nameserver 10.0.0.2' /etc/resolv.conf",
            "grep 'search a.example' /etc/resolv.conf",
            "grep CapEff /proc/self/status", "test -c /dev/nothing",
            "grep ' /t tmpfs .*size=8192k' /proc/mounts",
            "grep ' /dev/shm tmpfs .*size=16384k' /proc/mounts",
            "! dd if=/dev/zero of=/t/x bs=1M count=9",
            "test -t 0", "grep NoNewPrivs:.1 /proc/self/status", "exec sleep 600",
        ))
        main = shell("main", script.replace("; ", " && "), **{
            "hostname": "much", "readonlyRootFilesystem": True, "pseudoTerminal": True,
            "interactive": True, "dnsServers": ["10.0.0.2"], "dnsSearchDomains": ["a.example"],
            "extraHosts": [{"hostname": "db", "ipAddress": "10.9.8.7"}],
            "dockerLabels": {"team": "a"}, "dockerSecurityOptions": ["no-new-privileges"],
            "systemControls": [{"namespace": "net.core.somaxconn", "value": "777"}],
            "linuxParameters": {
                "capabilities": {"add": ["SYS_PTRACE"], "drop": ["CHOWN"]},
                "devices": [{"hostPath": "/dev/null", "containerPath": "/dev/nothing"}],
                "tmpfs": [{"containerPath": "/t", "size": 8}], "sharedMemorySize": 16},
            "environment": [{"name": "TOLD", "value": "definition"}],
            "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::bucket/a.env"}],
            "secrets": [{"name": "TOKEN", "valueFrom": "token"},
                        {"name": "USER_OF_DB", "valueFrom": secret}],
            "mountPoints": [
                {"sourceVolume": "bind", "containerPath": "/bind", "readOnly": True},
                {"sourceVolume": "own", "containerPath": "/own"},
                {"sourceVolume": "all", "containerPath": "/all"}],
        })
        # As another user: the task's own volume is everybody's.
        other = shell(
            "other", "until test -e /own/mine; do sleep 0.1; done; echo seen >/own/seen; sleep 600",
            user="33", volumesFrom=[{"sourceContainer": "main"}])
        volumes = [
            {"name": "bind", "host": {"sourcePath": str(bind)}}, {"name": "own"},
            {"name": "all",
             "dockerVolumeConfiguration": {"scope": "shared", "autoprovision": True}}]
        arn = start(ecs, "much", main, other, volumes=volumes)[0]
        task = running(ecs, [arn])[0]
        folder = host.folder / "worker/tasks" / arn.rsplit("/", 1)[1]
        log = folder / "main/output.log"
        try:
            eventually("the last step", lambda: "+ exec sleep 600" in log.read_text())
            eventually("the other's file", (folder / ".volumes/own/seen").exists)
        except AssertionError:
            print(log.read_text())
            raise
        # Docker's capabilities with SYS_PTRACE and without CHOWN.
        assert "CapEff:\t00000000a80c25fa" in log.read_text().replace("\r", ""), log.read_text()
        identity = next(c["runtimeId"] for c in task["containers"] if c["name"] == "main")
        assert '"team": "a"' in host.ctr("containers", "info", identity)
        assert (host.folder / "worker/volumes/all/definition").exists()
        # What is asked for nowhere but in the container.
        shown = str(described(ecs, arn)) + str(ecs.describe_task_definition(taskDefinition="much"))
        assert "hush-hush" not in shown + host.worker.said()
        # An agent that died leaves its mounts to the next.
        host.restart_worker()
        mounts = (host.folder / "init.pid").read_text().strip()
        mounts = pathlib.Path(f"/proc/{mounts}/mountinfo")
        assert f"{folder}/.memory/main/0" in mounts.read_text()
        ecs.stop_task(task=arn)
        wait(ecs, "tasks_stopped", tasks=[arn])
        eventually("its folder is gone", lambda: not folder.exists())
        assert str(folder) not in mounts.read_text()
        assert (host.folder / "worker/volumes/all/definition").exists()
        assert (bind / "message").exists()

        rights = running(ecs, start(ecs, "rights", shell(
            "main", "grep CapEff /proc/self/status; exec sleep 600", privileged=True)))[0]
        log = host.folder / "worker/tasks" / rights["taskArn"].rsplit("/", 1)[1] / "main/output.log"
        line = eventually("its rights", lambda: [
            text for text in log.read_text().splitlines() if "CapEff" in text])[0]
        assert int(line.split()[-1], 16) & 1 << 21, line  # SYS_ADMIN

        # What can't be had stops a task before it starts, with a sentence and no value.
        lost = start(ecs, "lost", shell(
            "main", "true", secrets=[{"name": "A", "valueFrom": "missing"}]))[0]
        wait(ecs, "tasks_stopped", tasks=[lost])
        assert described(ecs, lost)["stopCode"] == "TaskFailedToStart"
        assert "ResourceInitializationError: unable to pull secrets" in described(
            ecs, lost)["stoppedReason"]
        # What CRI has no word for is not placed.
        ecs.register_task_definition(**definition(
            "no", shell("main", "true", linuxParameters={"initProcessEnabled": True})))
        assert ecs.run_task(taskDefinition="no")["failures"][0]["reason"] == "ATTRIBUTE"
