"""Workers that die at random points of a run lose nothing and double nothing.

The drills are those of `benchmarks/kills`, which does 200 and 5 at production settings.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kit.kills import Report, lease_drill, production_drill
from benchmarks.kit.places import Place
from lab.serve import LabServer
from tests.support.databases import TestDatabase

SEED = 7
KILLS = 6


def _place(database: TestDatabase, folder: Path) -> Place:
    return Place(database.kind, database.url, database.admin_url, folder)


@pytest.mark.serial
@pytest.mark.timeout(400)
async def test_killed_workers_lose_nothing_and_double_nothing(fresh_database: TestDatabase, tmp_path: Path) -> None:
    report = Report(fresh_database.kind, SEED)
    with LabServer(size=2_000, latency_ms=60, providers=("stripe",)) as lab:
        await lease_drill(_place(fresh_database, tmp_path), lab, report, kills=KILLS)
    assert report.kills == KILLS
    assert len(report.resumed_s) >= 1, "no kill fell into a run"
    assert not report.problems, report.as_dict()


@pytest.mark.serial
@pytest.mark.timeout(400)
async def test_real_workers_find_the_run_of_a_dead_one(fresh_database: TestDatabase, tmp_path: Path) -> None:
    """Two `python -m workers` with their own Redis: the sweeper hands the run of the dead one to the other."""
    report = Report(fresh_database.kind, SEED)
    with LabServer(size=2_000, latency_ms=150, providers=("stripe",)) as lab:
        await production_drill(_place(fresh_database, tmp_path), lab, report, kills=1, lease_s=2.0, sweep_s=1.0)
    assert report.kills == 1
    assert not report.problems, report.as_dict()
