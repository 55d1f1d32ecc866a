"""The AWS CLI as its users have it, told of Muster by AWS_ENDPOINT_URL alone."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from botocore import xform_name

from support import API

AWS = os.path.join(os.path.dirname(sys.executable), "aws")
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ["MUSTER_TEST_SCRATCH"],
    "AWS_ENDPOINT_URL": f"http://{API}",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
    "AWS_MAX_ATTEMPTS": "1",
}

# A process of the CLI is a second of one core.
AT_ONCE = 3


def run(*arguments, **environment):
    return subprocess.run(
        [AWS, *arguments], env=ENVIRONMENT | environment, capture_output=True, text=True,
        timeout=60,
    )


def aws(*arguments):
    """What the CLI printed, parsed."""
    done = run(*arguments)
    assert done.returncode == 0, f"aws {' '.join(arguments)}: {done.stderr}"
    return json.loads(done.stdout) if done.stdout.strip() else None


def ecs(*arguments):
    return aws("ecs", *arguments)


def side_by_side(work, items):
    """What `work` gives for each item, in their order, several at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, items))


def waiting(*arguments, region="us-east-1"):
    """A waiter of the CLI, started now. They ask every 6 or 15 s, so they wait side by side."""
    return subprocess.Popen(
        [AWS, "ecs", "wait", *arguments],
        env=ENVIRONMENT | {"AWS_DEFAULT_REGION": region},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(waiter):
    output, _ = waiter.communicate(timeout=90)
    assert waiter.returncode == 0, f"{waiter.args}: {output}"


def write(name, value):
    path = os.path.join(ENVIRONMENT["HOME"], name)
    with open(path, "w") as file:
        json.dump(value, file)
    return f"file://{path}"


def dashed(name):
    """A name of the model as the CLI spells it: `RunTask` is `run-task`."""
    return xform_name(name, "-")


def options(request):
    """A request as a person types it."""
    typed = []
    for name, value in request.items():
        option = f"--{dashed(name)}"
        if isinstance(value, bool):
            typed.append(option if value else option.replace("--", "--no-", 1))
        elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            typed += [option, *value]
        else:
            typed += [option, value if isinstance(value, str) else json.dumps(value)]
    return typed
