"""Fixtures of the scenarios."""

import pytest

import support


@pytest.fixture
def ecs():
    return support.ecs_client()


@pytest.fixture
def http():
    connection = support.Connection()
    yield connection
    connection.close()


@pytest.fixture
def children():
    """What a scenario starts itself: killed afterwards. A scenario that fails shows what they said."""
    started = []
    yield started
    for child in started:
        child.kill()
        print(f"== {child.name}\n{child.said()[-3_000:]}")
