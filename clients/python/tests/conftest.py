import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import generate_stubs  # noqa: E402

if generate_stubs.is_stale():
    generate_stubs.generate()

from fake_server import FakeServer  # noqa: E402

import deepvision  # noqa: E402


@pytest.fixture
def server():
    fake = FakeServer()
    yield fake
    fake.stop()


@pytest.fixture
def client(server):
    with deepvision.connect(server.target, timeout=20) as connected:
        yield connected
