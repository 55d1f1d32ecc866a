"""Commands in containers, through `muster exec` as a person or a script runs it."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

from own_manager import MUSTER, SCRATCH
from support import API, container, definition, eventually

ENVIRONMENT = {
    "PATH": os.environ["PATH"], "HOME": str(SCRATCH), "TERM": "vt220",
    "AWS_ENDPOINT_URL": f"http://{API}",
}


def running(ecs, *containers, **members):
    """The id of a task that runs."""
    ecs.register_task_definition(**definition("exec", *containers))
    members = {"enableExecuteCommand": True} | members
    (task,) = ecs.run_task(taskDefinition="exec", **members)["tasks"]

    def runs():
        (seen,) = ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"]
        return seen["lastStatus"] == "RUNNING"

    eventually("the task runs", runs)
    return task["taskArn"].split("/")[-1]


def begin(*words, **pipes):
    return subprocess.Popen(
        [MUSTER, "exec", *words], env=ENVIRONMENT,
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        | pipes,
    )


def run(*words, given=None):
    """Exit code, output and errors."""
    done = subprocess.run(
        [MUSTER, "exec", *words], env=ENVIRONMENT, input=given, capture_output=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr.decode()


def test_commands(ecs):
    task = running(
        ecs, container("a", "exec sleep 600", environment=[{"name": "COLOUR", "value": "blue"}])
    )
    line = "echo $COLOUR $MUSTER_CONTAINER_NAME; echo oh >&2; exit 7"
    assert run(task[:8], "--", "sh", "-c", line) == (7, b"blue a\n", "oh\n")
    assert run(task, "--", "sh", "-c", "kill -TERM $$")[0] == 143
    # Without -i it reads nothing, whatever this program is given.
    assert run(task, "--", "cat", given=b"no") == (0, b"", "")
    code, _, errors = run(task, "--", "no-such-program")
    assert code == 127 and "can't run" in errors
    # Both ways at once, far more than any window or pipe holds.
    much = os.urandom(8 << 20)
    code, output, errors = run("-i", task, "--", "cat", given=much)
    assert (code, errors) == (0, "") and output == much
    # A command that takes none of its input does not keep it from ending.
    assert run("-i", task, "--", "true", given=much)[0] == 0


def test_refusals(ecs):
    task = running(ecs, container("a", "exec sleep 600"), container("b", "exec sleep 600"))
    for words, message in [
        ([task, "--", "ls"], "more than one container"),
        ([task, "--container", "c", "--", "ls"], "no container 'c'"),
        (["123456", "--", "ls"], "The referenced task was not found."),
        ([task, "--cluster", "gone", "--", "ls"], "Cluster not found."),
    ]:
        code, output, errors = run(*words)
        assert code == 64 and output == b"" and message in errors, (words, code, errors)
    assert run(task)[0] == 64
    ecs.stop_task(task=task)
    plain = running(ecs, container("a", "exec sleep 600"), enableExecuteCommand=False)
    code, _, errors = run(plain, "--", "ls")
    assert code == 64 and "execute command was not enabled" in errors


def test_terminal(ecs):
    """At a terminal of its own, as a person sits at one."""
    task = running(ecs, container("a", "exec sleep 600"))
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (21, 77))
    shell = begin("-it", task, "--", "sh", stdin=theirs, stdout=theirs, stderr=theirs)
    seen = b""

    def shows(text):
        nonlocal seen
        deadline = time.monotonic() + 20
        while not re.search(text, seen):
            assert time.monotonic() < deadline and shell.poll() is None, seen
            if select.select([ours], [], [], 1)[0]:
                seen += os.read(ours, 4096)

    os.write(ours, b"echo $TERM; stty size\n")
    shows(rb"vt220\r\n21 77\r\n")
    termios.tcsetwinsize(ours, (30, 100))
    shell.send_signal(signal.SIGWINCH)
    # The new size is on its way while the shell reads on.
    os.write(ours, b"while ! stty size | grep -x '30 100'; do sleep 0.1; done\n")
    # After the shell's prompt, when that came later than what was typed.
    shows(rb"30 100\r\n")
    # Ctrl-C is for what runs in front, and a shell forgets what was typed before it heard of one:
    # whoever types faster than a person waits for both.
    os.write(ours, b"sleep 602\n")
    eventually("it runs", lambda: b"sleep\x00602\x00" in commands())
    os.write(ours, b"\x03")
    eventually("it ends", lambda: b"sleep\x00602\x00" not in commands())
    os.write(ours, b"echo still $((6*7))\n")
    shows(rb"still 42\r\n")
    os.write(ours, b"exit 5\n")
    assert shell.wait(timeout=20) == 5
    for end in (ours, theirs):
        os.close(end)


def test_who_goes_ends_it(ecs):
    task = running(ecs, container("a", "exec sleep 600"))
    # It reads nothing of what it is given, and says its pid.
    child = begin(
        "-i", task, "--", "sh", "-c", "echo $$; exec sleep 600", stdin=subprocess.PIPE
    )
    pid = int(child.stdout.readline())
    child.stdin.write(b"x" * 100_000)
    child.stdin.flush()
    child.kill()
    child.wait()
    eventually("the command ends", lambda: not alive(pid))
    # So does its container.
    other = begin(task, "--", "sleep", "601")
    eventually("it runs", lambda: b"sleep\x00601\x00" in commands())
    ecs.stop_task(task=task)
    assert other.wait(timeout=60) in (137, 69)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return ") Z" not in file.read()
    except FileNotFoundError:
        return False


def commands():
    """The words of every process, each ended by NUL."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                found.append(file.read())
        except OSError:
            continue
    return found
