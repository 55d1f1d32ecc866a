"""Tries every member of every operation and tells of each what came of it."""

import json
import re
from collections import Counter, defaultdict

from conformance_members import (
    EXPLAINED, SHOWN_ELSEWHERE, SIBLINGS, TOGETHER, VALUES, first_token,
)
from conformance_requests import REFUSED, REQUESTS, VIEWS, WITH_TASKS
from conformance_world import Town, World
from service_model import at, leaves, operations, put

WORKS, ECHOED, HELD, REFUSES, IGNORED = "works", "echoed", "held", "refused", "ignored"

# What changes from run to run.
VOLATILE_KEYS = {
    "lastStatus", "healthStatus", "pullStartedAt", "pullStoppedAt", "startedAt", "updatedAt",
    "createdAt", "registeredAt", "connectivityAt", "stoppingAt", "stoppedAt", "finishedAt",
    "executionStoppedAt", "version", "runtimeId", "networkBindings", "containerArn", "taskArn",
    "events", "expirationDate", "failedTasks", "deregisteredAt", "deleteRequestedAt",
    "rolloutState", "rolloutStateReason", "stabilityStatusAt", "failureCount", "pendingTasksCount",
    "runningTasksCount", "pendingCount", "runningCount", "pendingTaskCount", "runningTaskCount",
    "connectivity", "id", "remainingResources", "networkInterfaces",
}
VOLATILE_TEXT = re.compile(
    r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}|\b\d{19}\b|(?<=/)[A-Za-z0-9_-]{21}(?=[\"\\ ])"
)


def normal(value, region):
    """Evidence without what changes from run to run."""
    if isinstance(value, dict):
        return {
            key: normal(item, region) for key, item in value.items() if key not in VOLATILE_KEYS
        }
    if isinstance(value, (list, tuple)):
        return [normal(item, region) for item in value]
    if isinstance(value, str):
        if len(value) > 60 and re.fullmatch(r"[A-Za-z0-9+/=]+", value):
            return "TOKEN"
        value = VOLATILE_TEXT.sub("#", value + '"')[:-1]
        return value.replace(region, "REGION")
    return value


def has(evidence, key, value):
    """Whether the evidence has this member with this value anywhere."""
    if isinstance(evidence, dict):
        if key in evidence and contains(evidence[key], value):
            return True
        return any(has(item, key, value) for item in evidence.values())
    if isinstance(evidence, list):
        return any(has(item, key, value) for item in evidence)
    return False


def contains(shown, value):
    if isinstance(value, list) and isinstance(shown, list):
        return all(item in shown for item in value)
    if isinstance(value, str) and isinstance(shown, str):
        return shown == value or shown.endswith("/" + value) or shown.endswith(":" + value)
    return shown == value


def dropped(evidence, key):
    """The evidence without every member of that name."""
    if isinstance(evidence, dict):
        return {name: dropped(item, key) for name, item in evidence.items() if name != key}
    if isinstance(evidence, list):
        return [dropped(item, key) for item in evidence]
    return evidence


class Trial:
    """One operation, tried with each of its members."""

    count = 0

    def __init__(self, operation):
        self.operation = operation
        self.name = operation.name
        self.shape = operation.input_shape
        self.findings = {}
        self.faults = []
        self.reasons = defaultdict(set)

    def world(self):
        if self.name in WITH_TASKS:
            return Town.shared()
        Trial.count += 1
        return World(f"us-case-{Trial.count}")

    def attempt(self, change=lambda world, request: request):
        """Status, answer and all that shows the effect, in a world of its own."""
        world = self.world()
        build, views = REQUESTS[self.name]
        request = change(world, build(world))
        status, answer = world.ask(self.name, request)
        assert status < 500, f"{self.name} {request}: {answer}"
        seen = [answer, *(VIEWS[view](world) for view in views if status == 200)]
        if self.name in ("RunTask", "StartTask"):
            world.sweep()
        return status, answer, normal(seen, world.region)

    def run(self):
        status, answer, base = self.attempt()
        if self.name in REFUSED:
            assert answer.get("__type") == REFUSED[self.name], f"{self.name}: {answer}"
            self.reasons[VOLATILE_TEXT.sub("…", answer["message"])].add("")
            return self
        assert status == 200, f"{self.name}: {answer}"
        groups = defaultdict(list)
        for path, shape, value in leaves(self.shape):
            plain = path.replace("[]", "")
            value = VALUES.get(f"{self.name}.{plain}", value)
            inner = shape.member if shape.type_name == "list" else shape
            mark = plain
            if getattr(inner, "enum", None):
                mark += f"={value[0] if isinstance(value, list) else value}"
                groups[plain].append(mark)
            self.findings[mark] = self.judge(path, value, base, mark)
        # A default shows nothing where it is asked for; that others do shows that it is heard.
        for marks in groups.values():
            if any(self.findings[mark] in (WORKS, REFUSES) for mark in marks):
                for mark in marks:
                    if self.findings[mark] == IGNORED:
                        self.findings[mark] = WORKS
        self.explain()
        return self

    def explain(self):
        """What has no effect has a reason, or is a fault."""
        for mark, kind in self.findings.items():
            full = f"{self.name}.{mark}"
            if kind != IGNORED:
                continue
            if full in SHOWN_ELSEWHERE:
                self.findings[mark] = WORKS
                continue
            reason = EXPLAINED.get(full) or EXPLAINED.get(self.name)
            if not reason:
                self.faults.append(full)
            self.reasons[f"ignored, {reason}"].add(mark)

    def judge(self, path, value, base, mark):
        key = path.removesuffix("[]").split(".")[-1]
        sent = {}

        def change(world, request):
            if "apacityProvider" in path:
                world.providers()
            sent["value"] = value(world) if callable(value) else value
            if key == "nextToken":
                sent["value"] = first_token(world, self.name, request)
            if f"{self.name}.{path}" == "ListAccountSettings.value":
                request = {**request, "name": "containerInsights"}
            there = at(request, path)
            sent["needed"] = there is not None and (
                there == sent["value"] or sent["value"] in ("sample", ["sample"])
                or "=" not in mark and self.is_name(path)
            )
            if sent["needed"]:
                return request
            return put(self.beside(request, path, mark), self.shape, path, sent["value"])

        status, answer, seen = self.attempt(change)
        if status != 200:
            self.reasons[answer["message"]].add(mark)
            return REFUSES
        if sent["needed"]:
            return WORKS
        wanted = json.loads(json.dumps(sent["value"], default=str))
        echo = has(seen, key, wanted) and not has(base, key, wanted)
        rest, before = dropped(seen, key), dropped(base, key)
        if self.name.startswith("Register") and rest != before and echo:
            had = needs_of(base) + Town.shared().abilities()
            lacking = sorted({name for name in needs_of(seen) if name not in had})
            if lacking:
                self.reasons[f"held for a worker with {', '.join(lacking)}"].add(mark)
                return HELD
        if seen != base:
            return WORKS if rest != before or not echo else ECHOED
        same = has(base, key, wanted) or key in ("cluster", "clusterArn")
        return WORKS if same else IGNORED

    def beside(self, request, path, mark):
        """The request with what a member needs beside it."""
        full = f".{self.name}.{mark}"
        for part, members in TOGETHER.items():
            if f".{part}" in full:
                request = {
                    name: value for name, value in {**request, **members}.items()
                    if value is not None
                }
        parent = path.rpartition(".")[0]
        for end, siblings in SIBLINGS.items():
            direct = full.endswith(f".{end}") or full.split("=")[0].endswith(f".{end}")
            if not direct and f".{end}." not in full:
                continue
            above = parent if direct else parent.rpartition(".")[0]
            for name, value in siblings.items():
                request = put(request, self.shape, f"{above}.{name}".lstrip("."), value)
        return request

    def is_name(self, path):
        """Whether a member says what the request is about: without it, it is another request."""
        return "." not in path and path in self.shape.required_members


def needs_of(evidence):
    """The attributes that a definition asks of a worker."""
    if isinstance(evidence, dict):
        found = [item.get("name") for item in evidence.get("requiresAttributes", [])]
        return found + [name for item in evidence.values() for name in needs_of(item)]
    if isinstance(evidence, list):
        return [name for item in evidence for name in needs_of(item)]
    return []


def trials():
    assert {operation.name for operation in operations()} >= set(REQUESTS)
    found = [
        Trial(operation).run() for operation in operations() if operation.name in REQUESTS
    ]
    faults = [fault for trial in found for fault in trial.faults]
    assert not faults, f"taken without any effect: {faults}"
    return found


def counts(trial):
    return Counter(trial.findings.values())
