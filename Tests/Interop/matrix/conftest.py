"""Fixtures, and the matrix at the end: every case with every pair."""

import signal

import pytest

from cases import CASES, PAIRS, not_applicable
from peers import Certificates

# Started by a thread of Swift's, everything here would be deaf to SIGTERM.
signal.pthread_sigmask(signal.SIG_SETMASK, [])


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def pytest_addoption(parser):
    parser.addoption("--pair", help="only the cells of this pair: " + ", ".join(PAIRS))


def cell(item):
    """The case and the pair that a test is about."""
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    case = parameters.get("case") or item.originalname.removeprefix("test_")
    return names.get(case, case), parameters.get("pair") or item.module.PAIR


# What no function can be called.
names = {case.replace("'", ""): case for case in CASES}


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--pair")
    if wanted:
        assert wanted in PAIRS, f"there is no pair {wanted}"
        items[:] = [item for item in items if cell(item)[1] == wanted]


results = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    case, pair = cell(item)
    if report.failed:
        results[case, pair] = "FAILED"
    elif report.skipped:
        results[case, pair] = f"n.a.: {report.longrepr[2].removeprefix('Skipped: ')}"
    elif report.when == "call":
        results.setdefault((case, pair), "ok")
    return report


def pytest_terminal_summary(terminalreporter, config):
    pairs = [pair for pair in PAIRS if config.getoption("--pair") in (None, pair)]
    reasons, lines = [], []
    for case in CASES:
        row = []
        for pair in pairs:
            told = told_of(case, pair)
            if told.startswith("n.a.: "):
                reason = told.removeprefix("n.a.: ")
                if reason not in reasons:
                    reasons.append(reason)
                told = f"n.a. [{reasons.index(reason) + 1}]"
            row.append(told)
        lines.append(f"{case:34}" + "".join(f"{told:12}" for told in row).rstrip())
    say = terminalreporter.write_line
    say("")
    say(" " * 34 + "".join(f"{pair:12}" for pair in pairs).rstrip())
    for line in lines:
        say(line)
    say("")
    for pair in pairs:
        say(f"{pair}: {PAIRS[pair]}")
    for number, reason in enumerate(reasons, 1):
        say(f"[{number}] {reason}")
    say(verdict([told_of(case, pair) for case in CASES for pair in pairs]))


def verdict(cells):
    counts = {word: sum(cell.startswith(word) for cell in cells) for word in WORDS}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def told_of(case, pair):
    """What there is to say of a cell: its result, or why it was not tried."""
    reason = not_applicable(case, pair)
    return results.get((case, pair)) or (f"n.a.: {reason}" if reason else "MISSING")


WORDS = ("ok", "FAILED", "MISSING", "n.a.")


def pytest_sessionfinish(session):
    """Unless only some cells were asked for, each has to be tried or to have a reason."""
    if session.config.getoption("keyword"):
        return
    wanted = session.config.getoption("--pair")
    cells = [told_of(case, pair) for case in CASES for pair in PAIRS if wanted in (None, pair)]
    if "MISSING" in cells and session.exitstatus == 0:
        session.exitstatus = 1
