"""Each operation with each member of the service model; the page that tells of it."""

import os
import pathlib
from collections import Counter

from compatibility import ECHOED, HELD, IGNORED, REFUSES, WORKS, counts, trials
from conformance_requests import REFUSED, REQUESTS, WITH_TASKS
from conformance_world import Town, World
from service_model import MODEL, at, required, violations, without, put

TOP = pathlib.Path(os.environ["MUSTER_TEST_PROTOS"]).parent
PAGE = TOP / "Sources/ECSAPI/COMPATIBILITY.md"

INTRODUCTION = """# What of ECS's API works

Written by `Tests/Interop/python/test_conformance.py`, which sends each member of botocore's service
model (each value of an enum) to a real manager and looks at what comes of it; the same test fails
while this page is not what it finds. To write it anew: `MUSTER_WRITE_PAGE=1` and the suite
`ConformanceSerial`.

*Works*: the answer, or what is described afterwards, depends on it. *Echoed*: it is kept and given
back as it was sent, and nothing else that a description shows changed by it; members of a
definition that a worker carries out are among these, since it is described here and not run. *Held*:
kept, and a task that has it waits for a worker that says it can; which do is in
[a table of its own](../Runtimes/FEATURES.md).
*Refused*: with ECS's code and a reason. *Ignored*: taken without any effect, for the reason that is given.
"""


def page(found):
    total = sum((counts(trial) for trial in found), Counter())
    lines = [INTRODUCTION]
    lines.append(
        f"{len(found)} operations, {sum(total.values())} cases: "
        + ", ".join(f"{total[kind]} {kind}" for kind in (WORKS, ECHOED, HELD, REFUSES, IGNORED))
        + f". {len(REFUSED)} operations refuse every request.\n"
    )
    lines.append("| operation | works | echoed | held | refused | ignored |")
    lines.append("|---|---|---|---|---|---|")
    for trial in found:
        if trial.name in REFUSED:
            lines.append(f"| {trial.name} | | | | all: `{REFUSED[trial.name]}` | |")
            continue
        count = counts(trial)
        cells = [str(count[kind] or "") for kind in (WORKS, ECHOED, HELD, REFUSES, IGNORED)]
        lines.append(f"| {trial.name} | " + " | ".join(cells) + " |")
    for trial in found:
        if set(trial.findings.values()) <= {WORKS, ECHOED} and trial.name not in REFUSED:
            continue
        lines.append(f"\n## {trial.name}\n")
        for reason, members in sorted(trial.reasons.items()):
            names = ", ".join(f"`{name}`" for name in folded(members, trial.findings) if name)
            lines.append(f"- {names}{': ' if names else ''}{plain(reason)}")
    return "\n".join(lines) + "\n"


def folded(members, findings):
    """The members by name; those that are all there is below a member as `member.*`."""
    left, names = set(members), set()
    for depth in (1, 2, 3):
        for top in sorted({".".join(name.split(".")[:depth]) for name in left}):
            below = {name for name in findings if name.startswith((top + ".", top + "="))}
            if len(below) > 1 and below <= left:
                names.add(top + (".*" if any("." in n[len(top):] for n in below) else "=*"))
                left -= below
    return sorted(names | left)


def plain(reason):
    return " ".join(reason.replace("|", "\\|").split())


def test_each_member_and_the_page():
    text = page(trials())
    if os.environ.get("MUSTER_WRITE_PAGE"):
        PAGE.write_text(text)
    committed = PAGE.read_text() if PAGE.exists() else ""
    changed = [line for line in text.splitlines() if line not in committed.splitlines()]
    gone = [line for line in committed.splitlines() if line not in text.splitlines()]
    assert text == committed, f"new: {changed[:10]}; gone: {gone[:10]}; MUSTER_WRITE_PAGE=1"


def world_of(name, number):
    return Town.shared() if name in WITH_TASKS else World(f"us-fault-{number}")


def refuses(world, name, request, what):
    status, answer = world.ask(name, request)
    assert status == 400, f"{name} {what}: {status} {answer}"
    assert answer["__type"] in (
        "InvalidParameterException", "ClientException", "SerializationException",
        "UnsupportedFeatureException",
    ), f"{name} {what}: {answer}"
    assert answer["message"]


def test_required_members_are_required():
    checked = 0
    for number, (name, (build, _)) in enumerate(REQUESTS.items()):
        shape = MODEL.operation_model(name).input_shape
        world = world_of(name, number)
        request = build(world)
        for path in required(shape):
            above = path.rpartition(".")[0]
            filled = request
            if above and at(request, above) is None:
                filled = put(request, shape, path, "filled")
            shorter = without(filled, path)
            if shorter is not None:
                refuses(world, name, shorter, f"without {path}")
                checked += 1
    print(f"{checked} requests without a required member")
    assert checked > 80, checked


def test_each_constraint_is_checked():
    checked = 0
    for number, (name, (build, _)) in enumerate(REQUESTS.items()):
        shape = MODEL.operation_model(name).input_shape
        world = world_of(name, 1_000 + number)
        request = build(world)
        for path, value in violations(shape):
            if name == "CreateCluster" and path.endswith("settings[].name"):
                continue  # muster: settings are known beyond the enum
            refuses(world, name, put(request, shape, path, value), f"{path}={value!r:.40}")
            checked += 1
    print(f"{checked} violations of constraints")
    assert checked > 400, checked
