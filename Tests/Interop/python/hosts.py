"""Simulated hosts with a containerd of their own, and Muster's workers on them."""

import contextlib
import os
import pathlib
import signal
import subprocess
import urllib.request

from own_manager import MUSTER, SCRATCH, Child, Manager
from support import WORKERS, eventually

TOP = pathlib.Path(os.environ["MUSTER_TEST_PROTOS"]).parent
TOOL = TOP / "deploy/lib/simulated-host"
GATEWAY = "10.98.0.1"
# Not 5000, where Debian's docker-registry starts itself.
REGISTRY = f"{GATEWAY}:5317"
REGISTERED = "registered with the manager"


def tool(*words, program=TOOL, **settings):
    return subprocess.run(
        [str(word) for word in (program, *words)], check=True, timeout=60,
        capture_output=True, text=True, **settings,
    ).stdout


def push(image, name):
    """Puts one of the built images into the registry by another name."""
    subprocess.run(
        ["skopeo", "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false",
         "--dest-tls-verify=false", f"docker://{REGISTRY}/{image}", f"docker://{REGISTRY}/{name}"],
        check=True, timeout=60,
    )


class Host:
    """One that can lose its power; `number` decides on its addresses."""

    def __init__(self, number):
        self.number, self.name = number, f"host-{number}"
        self.folder = SCRATCH / self.name
        self.address = f"10.98.0.{number + 10}"
        self.worker = None

    def up(self):
        tool("up", self.folder, self.number, REGISTRY)

    def start_worker(self, token, *options):
        self.token, self.options = token, options
        self.worker = Child(
            f"worker-{self.number}", TOOL, "exec", self.folder, MUSTER, "worker",
            "--name", self.name, "--manager", f"{GATEWAY}:{WORKERS.split(':')[1]}",
            "--token-file", token, "--data", self.folder / "worker",
            "--runtime", f"containerd://{self.folder}/containerd.sock",
            "--cpu", "4096", "--memory", "4096", "--attributes", f"host={self.name}", *options,
        )

    def kill_worker(self):
        """With SIGKILL: the agent alone, which runs below the one that entered the host."""
        parent = self.worker.process.pid
        children = pathlib.Path(f"/proc/{parent}/task/{parent}/children")
        agent = eventually("the agent runs", lambda: children.read_text().split())[0]
        os.kill(int(agent), signal.SIGKILL)
        self.worker.process.wait()

    def start_worker_again(self):
        self.start_worker(self.token, *self.options)

    def restart_worker(self):
        """Kills the agent, and waits until the next one is registered."""
        self.kill_worker()
        known = self.worker.said().count(REGISTERED)
        self.start_worker_again()
        eventually(
            "the agent is back", lambda: self.worker.said().count(REGISTERED) > known)

    def cut_power(self):
        tool("kill", self.folder)
        self.worker.process.wait()

    def boot(self):
        tool("boot", self.folder)

    def kill_containerd(self):
        tool("containerd-kill", self.folder)

    def start_containerd(self):
        tool("containerd-start", self.folder)

    def down(self):
        tool("down", self.folder)
        if self.worker:
            self.worker.process.wait()

    def tell(self):
        print(f"== {self.name}\n{self.worker.said()[-3_000:] if self.worker else ''}")

    def run(self, *words):
        return tool("exec", self.folder, *words)

    def ctr(self, *words):
        return subprocess.run(
            ["ctr", "-a", f"{self.folder}/containerd.sock", "-n", "k8s.io", *words],
            check=True, timeout=30, capture_output=True, text=True,
        ).stdout

    def get(self, port, path="/"):
        return page(self.address, port, path)

    def left(self):
        """What tasks leave behind if something is not cleaned up, counted."""
        init = (self.folder / "init.pid").read_text().strip()
        mounts = pathlib.Path(f"/proc/{init}/mountinfo").read_text().splitlines()
        # With version 1 a hierarchy deeper than with version 2.
        groups = [path for path in pathlib.Path("/sys/fs/cgroup").glob("**/muster-*/*")
                  if path.is_dir()]
        return {
            "processes": len(self.run("busybox", "ps", "-o", "pid").split()),
            "mounts": len(mounts),
            "network namespaces": len(list((self.folder / "state").rglob("cni-*"))),
            "links": len(self.run("ip", "-o", "link").splitlines()),
            "addresses": len(list((self.folder / "addresses").rglob("10.87.*"))),
            "control groups": len(groups),
            "containers": len(self.ctr("containers", "list", "-q").split()),
            "snapshots": len(self.ctr("snapshots", "list").splitlines()),
            "port rules": self.run("iptables-save", "-t", "nat").count("CNI-DN-"),
            "images": len(self.ctr("images", "list", "-q").split()),
        }


def page(address, port, path="/"):
    try:
        with urllib.request.urlopen(f"http://{address}:{port}{path}", timeout=2) as answer:
            return answer.read().decode().strip()
    except OSError:
        return None


@contextlib.contextmanager
def images():
    """A registry with the built images."""
    registry, program = SCRATCH / "registry", TOP / "deploy/lib/registry"
    # Each step back is taken, whatever became of the one before.
    with contextlib.ExitStack() as stack:
        tool("network")
        stack.callback(tool, "no-network")
        stack.callback(tool, "down", registry, program=program)
        tool("up", registry, REGISTRY, program=program)
        folder = os.environ.get("MUSTER_TEST_IMAGES", SCRATCH / "images")
        subprocess.run(
            [TOP / "deploy/images/build", folder, REGISTRY], check=True, timeout=300,
            stdout=subprocess.DEVNULL,
        )
        yield


@contextlib.contextmanager
def town(count, *options):
    """A registry, a manager, and so many hosts with a worker each, started with the options."""
    with images(), contextlib.ExitStack() as stack:
        manager = Manager(workers=f"{GATEWAY}:{WORKERS.split(':')[1]}")
        stack.callback(lambda: print(f"== manager\n{manager.said()[-2_000:]}"))
        stack.callback(manager.kill)
        token = SCRATCH / "token"
        token.write_text(Manager.token("default"))
        hosts = [Host(number) for number in range(1, count + 1)]
        for host in hosts:
            stack.callback(host.tell)
            stack.callback(host.down)
            host.up()
            host.start_worker(token, *options)
        yield hosts


def binding(task, name):
    container = next(c for c in task["containers"] if c["name"] == name)
    return container["networkBindings"][0]["hostPort"]


