"""Services on a real database of each kind, with the lab in a child process as their provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.serve import LabServer
from orion_core.base.settings import Settings
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.runtime import Runtime
from tests.support.databases import TestDatabase

SIZE = 240


@pytest.fixture(scope="session")
def lab_process() -> Iterator[LabServer]:
    with LabServer(size=SIZE, seed=11) as server:
        yield server


@pytest.fixture
def lab(lab_process: LabServer) -> LabServer:
    """The lab as new."""
    lab_process.control("DELETE", "/faults")
    lab_process.control("DELETE", "/poison")
    lab_process.control("POST", "/reset", {"size": SIZE, "seed": 11, "limits": "off"})
    lab_process.control("POST", "/latency", {"ms": 0})
    return lab_process


@pytest.fixture
def settings(fresh_database: TestDatabase, tmp_path: Path, lab: LabServer) -> Settings:
    return Settings.load(
        data_dir=tmp_path / "data",
        database_url=fresh_database.url,
        database_admin_url=fresh_database.admin_url or "",
        lab_url=lab.url,
        lease_s=5.0,
    )


@pytest.fixture
async def rt(settings: Settings) -> AsyncIterator[Runtime]:
    async with Runtime.open(settings) as runtime:
        yield runtime


@pytest.fixture
async def p(rt: Runtime) -> Principal:
    """The owner of the first workspace."""
    return Principal.system(await rt.accounts.ensure_workspace("First"))


@pytest.fixture
async def stranger(rt: Runtime, p: Principal) -> Principal:
    """The owner of another workspace."""
    return Principal(workspace_id="ws_other", role=Role.owner, kind="system", name="stranger")


def truth(lab: LabServer, provider: str, name: str) -> dict[str, Any]:
    """What the lab holds now: id → version, read from its oracle."""
    return {str(row["id"]): row for row in lab.control("GET", f"/truth?provider={provider}&object={name}")}
