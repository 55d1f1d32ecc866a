"""What the scenarios have in common: where Muster listens, clients, waiting, raw requests."""

import http.client
import json
import os
import time

import boto3
from botocore.config import Config

from shapes import watch

API = os.environ["MUSTER_TEST_API"]
WORKERS = os.environ["MUSTER_TEST_WORKERS"]
TARGET = "AmazonEC2ContainerServiceV20141113."
ACCOUNT = "000000000000"
REGION = "us-east-1"

# Waiters ask this often here, in seconds, instead of every 6 or 15.
WAITER = {"Delay": 0.2, "MaxAttempts": 150}


def ecs_client(region=REGION, **settings):
    """A boto3 client that takes no answer which the service model does not allow."""
    client = aws_client("ecs", region, **settings)
    watch(client)
    return client


def aws_client(service, region=REGION, retries={"total_max_attempts": 1}):
    return boto3.client(
        service,
        endpoint_url=f"http://{API}",
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries=retries, read_timeout=30, connect_timeout=5),
    )


def wait(client, waiter, **arguments):
    client.get_waiter(waiter).wait(WaiterConfig=WAITER, **arguments)


def tell(text):
    """Says something that whoever runs the tests should see."""
    with open(os.path.join(os.environ["MUSTER_TEST_SCRATCH"], "told.txt"), "a") as file:
        file.write(f"{text}\n")


def eventually(what, probe, within=20.0):
    """What the probe returns as soon as that is true; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        seen = probe()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.02)


def definition(family, *containers, **members):
    return {"family": family, "containerDefinitions": list(containers), **members}


def container(name, script, **members):
    """A container that runs a shell script."""
    return {
        "name": name,
        "image": "busybox",
        "memory": 16,
        "cpu": 16,
        "stopTimeout": 2,
        "command": ["/bin/sh", "-c", script],
        **members,
    }


def sleeper(family="sleeper", **members):
    return definition(family, container("main", "exec sleep 600"), **members)


class Connection:
    """One HTTP connection that is never silently opened again."""

    def __init__(self, address=API, timeout=20):
        self.http = http.client.HTTPConnection(address, timeout=timeout)
        self.http.connect()
        self.http.auto_open = 0

    def post(self, body, headers):
        self.http.request("POST", "/", body=body, headers=headers)
        response = self.http.getresponse()
        return response.status, response.read(), response.headers

    def call(self, operation, body=b"{}", target=TARGET):
        """Status and parsed body of one operation; `body` is sent as it is, or as JSON."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        status, answer, _ = self.post(
            body,
            {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target + operation},
        )
        return status, json.loads(answer)

    def refused(self, operation, body, code, part=""):
        """The operation is refused with 400, that code, and a message that has this part."""
        status, answer = self.call(operation, body)
        assert (status, answer.get("__type")) == (400, code), f"{operation} {body!r}: {answer}"
        assert part in answer["message"], f"{operation} {body!r}: {answer}"
        return answer["message"]

    def close(self):
        self.http.close()
