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
