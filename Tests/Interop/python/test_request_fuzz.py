"""Thousands of invalid and odd requests, made from the service model by a seed: each is answered,
with a well-formed 4xx or a rightful 200. `MUSTER_FUZZ_SEED` and `MUSTER_FUZZ_COUNT` choose others."""

import os
import random
import time
from collections import Counter

from conformance_requests import REQUESTS
from conformance_world import Town, World
from service_model import MODEL, leaves, put, without
from shapes import FRONT_END_ERRORS, problems_of

SEED = int(os.environ.get("MUSTER_FUZZ_SEED", "20"))
COUNT = int(os.environ.get("MUSTER_FUZZ_COUNT", "8000"))
# Seconds within which the slowest answer comes, on a machine that does other things too.
PATIENCE = 20

ODD = [
    None, True, False, 0, -1, 1, 2**31 - 1, 2**31, -(2**31) - 1, 2**63, 1e308, 0.5, "", " ", "a",
    "a" * 300, "\u0000", "\u0001;", "ä€\U0001f433", "../..", "arn:aws:ecs:us-east-1::", "-1",
    "arn:aws:ecs:us-east-1:000000000000:task/default/0123456789abcdef0123456789abcdef",
    "arn:aws:ecs:elsewhere:000000000000:cluster/default", "*", "%00", "${a}", "null", [], {},
    [None], [[]], [{}], {"a": None}, {"": ""}, ["a"] * 101, [{"a": 1}] * 51, "default", "web", "job:1",
    "job:99999999999999999999", "2024-01-01T00:00:00Z", 1_700_000_000.25,
]


KINDS = {
    "string": str, "integer": int, "long": int, "double": (int, float), "boolean": bool,
    "list": list, "structure": dict, "map": dict, "timestamp": (int, float),
}


def odd_value(random, shape):
    """Any value: of another type, at a bound or beyond, or rightful by chance."""
    enum = getattr(shape, "enum", None)
    if enum and random.random() < 0.3:
        return random.choice([*enum, enum[0].lower(), enum[0] + " "])
    limits = shape.metadata
    if limits and random.random() < 0.4:
        bound = random.choice([limits.get("min", 0), limits.get("max", 0)])
        size = int(bound) + random.choice([-1, 0, 1])
        if shape.type_name == "string":
            return "a" * max(0, min(size, 5_000))
        if shape.type_name == "list":
            return ["a"] * max(0, min(size, 200))
        return size
    if random.random() < 0.6:
        kinds = KINDS.get(shape.type_name, object)
        return random.choice([odd for odd in ODD if isinstance(odd, kinds)])
    return random.choice(ODD)


def mutated(random, shape, request, paths):
    """The request with one to four members changed, taken away or made up."""
    for _ in range(random.choice([1, 1, 1, 2, 4])):
        path, member = random.choice(paths) if paths else ("", None)
        action = random.random()
        if member is None or action < 0.08:
            name = random.choice(["", "unknown", "Cluster", "__type"])
            request = {**request, name: odd_value(random, shape)}
        elif action < 0.2:
            # A whole branch becomes something else.
            top = path.split(".")[0].removesuffix("[]")
            request = {**request, top: odd_value(random, shape.members[top])}
        else:
            value = odd_value(random, member)
            try:
                changed = without(request, path) if action < 0.3 else None
                request = changed or put(request, shape, path, value)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError):
                continue  # what was changed before has no such place any more
    return request


def check(operation, request, status, answer):
    """What a client must be able to rely on whatever it sent."""
    label = f"seed {SEED}: {operation.name} {request!r:.600}: {status} {answer!r:.300}"
    assert isinstance(answer, dict), label
    if status == 200:
        problems = list(problems_of(answer, operation.output_shape, operation.name))
        # Settings of Muster's own are beyond the enum.
        problems = [problem for problem in problems if "muster:" not in problem]
        assert not problems, f"{label}: {problems}"
        return "200"
    assert 400 <= status < 500, label
    known = {shape.name for shape in operation.error_shapes} | FRONT_END_ERRORS
    assert answer.get("__type") in known, label
    assert isinstance(answer.get("message"), str) and answer["message"], label
    return answer["__type"]


def test_odd_requests():
    chance = random.Random(SEED)
    names = sorted(REQUESTS)
    paths = {
        name: [(path, shape) for path, shape, _ in leaves(MODEL.operation_model(name).input_shape)]
        for name in names
    }
    world, answers, slowest, sent, faults = None, Counter(), 0.0, 0, {}
    while sent < COUNT:
        if sent % 500 == 0:
            # What earlier requests made must not grow without end, nor hide what these make.
            world = World(f"us-fuzz-{sent}")
            built = {}
        name = chance.choice(names)
        operation = MODEL.operation_model(name)
        if name not in built:
            built[name] = base(world, name)
        request = mutated(chance, operation.input_shape, built[name], paths[name])
        begun = time.monotonic()
        status, answer = world.ask(name, request)
        slowest = max(slowest, time.monotonic() - begun)
        assert slowest < PATIENCE, f"{name} {request!r:.300} took {slowest:.1f} s"
        sent += 1
        try:
            answers[check(operation, request, status, answer)] += 1
        except AssertionError as fault:
            faults.setdefault((name, status, str(answer)[:60]), str(fault))
    print(f"{sent} requests, slowest {slowest:.2f} s: {dict(answers.most_common())}")
    assert not faults, "\n".join(list(faults.values())[:20])
    assert Town.connection.http.sock is not None, "the connection was dropped"
    assert world.do("ListClusters", {})["clusterArns"] is not None
    assert len(answers) > 8 and answers["200"] > COUNT / 50, answers


def base(world, name):
    """A request that may work: those for tasks that run name tasks that are not there."""
    try:
        return REQUESTS[name][0](world)
    except (AssertionError, AttributeError):
        shape = MODEL.operation_model(name).input_shape
        return {member: "a" for member in shape.required_members}
