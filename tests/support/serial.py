"""Tests marked `serial` run while no other test does, though the suite runs on several workers.

A reader-writer lock between the worker processes, made of two files: every test holds `running` shared, a serial one alone. `door` keeps it
fair: who waits for `running` holds it, so a waiting serial test lets no new test start. The wait lies outside pytest-timeout's clock.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from pathlib import Path

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    folder = shared_folder(item.config)
    with (folder / "door.lock").open("w") as door, (folder / "running.lock").open("w") as running:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(running, fcntl.LOCK_EX if item.get_closest_marker("serial") else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        return (yield)


def shared_folder(config: pytest.Config) -> Path:
    """A temporary folder that all workers of this run see; pytest removes it some runs later."""
    base: Path = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
