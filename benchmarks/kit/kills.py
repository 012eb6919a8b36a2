"""Kill workers at random points; what is stored in the end must be what the provider holds, each change stored once.

Two drills. "lease": workers with a short lease, SIGKILLed between 0 and the time a run takes. "production": two `python -m workers` with
their embedded Redis, lease 30 s and sweep 30 s; the one that holds the run is killed.

Checked after every run: it succeeded; ids and contents equal the lab's truth; versions count the changes, one each; the history holds the
superseded ones; the run's own counts equal the changes made.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import col, func, select

from benchmarks.kit import show
from benchmarks.kit.measure import percentile
from benchmarks.kit.options import parser
from benchmarks.kit.places import Place, places
from benchmarks.kit.start import ROOT
from benchmarks.kit.subjects.orion import connect
from lab.serve import LabServer
from orion_core.base.db.tables import CustomerRecord, RecordVersion, SyncRun
from orion_core.base.redis_server import EmbeddedRedis
from orion_core.base.settings import Settings
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime, Silent


@dataclass
class Report:
    """What a drill found."""

    name: str
    seed: int
    kills: int = 0
    runs: int = 0
    resumed_s: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        times = self.resumed_s or [0.0]
        return {
            "name": self.name,
            "seed": self.seed,
            "kills": self.kills,
            "runs": self.runs,
            "problems": self.problems,
            "upper_bound": 3 / self.kills if self.kills else 1.0,
            "resume_p50_s": percentile(times, 0.5),
            "resume_p99_s": percentile(times, 0.99),
            "resume_max_s": max(times),
        }


class Worker:
    """A child that can be told to go."""

    def __init__(self, place: Place, lab: LabServer, lease_s: float) -> None:
        args = {**place.args(), "lab": lab.url, "lease_s": lease_s}
        env = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
        self.log = (place.folder / "workers.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.kit.subjects.worker", json.dumps(args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            cwd=ROOT,
            env=env,
            text=True,
        )

    async def go(self, workspace_id: str, run_id: str) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        if line.strip() != "ready":
            raise RuntimeError(f"a worker did not start:\n{Path(self.log.name).read_text(errors='replace')[-3000:]}")
        self.process.stdin.write(f"{workspace_id} {run_id}\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.close()

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout, self.log):
            if stream is not None:
                stream.close()


class Truth:
    """What the provider holds, and what a perfect sync of it would have stored by now."""

    def __init__(self, lab: LabServer) -> None:
        self.lab = lab
        self.now: dict[str, str] = {}
        self.versions: Counter[str] = Counter()
        self.changed = self.deleted = 0
        self.look()

    def look(self) -> None:
        """Take in what changed since the last look."""
        rows = self.lab.control("GET", "/truth?provider=stripe&object=customers")
        found = {str(row["id"]): str(row["hash"]) for row in rows if not row.get("deleted")}
        changed = [key for key, value in found.items() if self.now.get(key) != value]
        gone = self.now.keys() - found.keys()
        self.versions.update([*changed, *gone])
        self.now, self.changed, self.deleted = found, len(changed), len(gone)


async def check(rt: Runtime, p: Principal, truth: Truth, run_id: str) -> list[str]:
    """What is wrong with the stored records after a run."""
    problems: list[str] = []
    async with rt.work.read(p.workspace_id) as session:
        run = (await session.execute(select(SyncRun).where(col(SyncRun.id) == run_id))).scalar_one()
        columns = (CustomerRecord.remote_id, CustomerRecord.version, CustomerRecord.raw, CustomerRecord.deleted_at)
        rows = (await session.execute(select(*columns))).all()
        kept = int((await session.execute(select(func.count()).select_from(RecordVersion))).scalar_one())
    if run.status != "succeeded":
        problems.append(f"the run ended {run.status}: {run.error}")
    live = [(remote_id, version, raw) for remote_id, version, raw, deleted_at in rows if deleted_at is None]
    ids = {row[0] for row in live}
    if len(rows) != len({row[0] for row in rows}):
        problems.append("an id is stored twice")
    if ids != truth.now.keys():
        problems.append(f"{len(truth.now.keys() - ids)} records lost, {len(ids - truth.now.keys())} too many")
    stale = [remote_id for remote_id, _, raw in live if _hash(raw) != truth.now.get(remote_id)]
    if stale:
        problems.append(f"{len(stale)} records do not hold what the provider holds, such as {stale[0]}")
    odd = [(row[0], row[1], truth.versions[row[0]]) for row in rows if row[1] != truth.versions[row[0]]]
    if odd:
        problems.append(f"{len(odd)} records with a wrong version, such as {odd[0]} (stored, expected)")
    if kept != sum(truth.versions.values()) - len(truth.versions):
        problems.append(f"the history has {kept} versions, expected {sum(truth.versions.values()) - len(truth.versions)}")
    if (run.changed, run.deleted) != (truth.changed, truth.deleted):
        problems.append(f"the run counted {run.changed} changed and {run.deleted} deleted, there were {truth.changed} and {truth.deleted}")
    return problems


def _hash(raw: str) -> str:
    return hashlib.sha256(orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


async def _run_state(rt: Runtime, p: Principal, run_id: str) -> tuple[str, int, str]:
    async with rt.work.read(p.workspace_id) as session:
        statement = select(SyncRun.status, SyncRun.fence, SyncRun.lease_owner).where(col(SyncRun.id) == run_id)
        status, fence, owner = (await session.execute(statement)).one()
    return str(status), int(fence), str(owner)


class Drill:
    """Runs with kills in them, one after another, until enough workers died."""

    def __init__(self, rt: Runtime, p: Principal, connection_id: str, lab: LabServer, report: Report) -> None:
        self.rt, self.p, self.connection_id, self.lab, self.report = rt, p, connection_id, lab, report
        self.rng = random.Random(report.seed)
        self.truth = Truth(lab)
        self.killed_at: float | None = None
        self.fence = 0

    async def next_run(self) -> str:
        """The first run reads everything; then changes are made at the provider, and runs are whole or incremental by turns."""
        if self.report.runs:
            self.lab.control(
                "POST",
                "/mutate",
                {
                    "provider": "stripe",
                    "object": "customers",
                    "updates": len(self.truth.now) // 3,
                    "deletes": 9,
                    "creates": 15,
                    "seed": f"{self.report.seed}:{self.report.runs}",
                },
            )
            self.truth.look()
        self.report.runs += 1
        self.fence = 0
        return await self.rt.sync.start(self.p, self.connection_id, full=self.report.runs % 2 == 1)

    async def claimed(self, run_id: str, patience_s: float) -> tuple[str, str]:
        """Wait until a worker holds the run anew (or it is over); its status and holder."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            status, fence, owner = await _run_state(self.rt, self.p, run_id)
            if fence > self.fence:
                self.fence = fence
                if self.killed_at is not None:
                    self.report.resumed_s.append(time.monotonic() - self.killed_at)
                    self.killed_at = None
                return status, owner
            if status not in ("queued", "running", "waiting"):
                return status, ""
            await asyncio.sleep(0.02)
        raise RuntimeError(f"nobody took up run {run_id} within {patience_s:.0f} s")

    async def over(self, run_id: str) -> None:
        """A run has ended: hold it against the truth."""
        found = await check(self.rt, self.p, self.truth, run_id)
        self.report.problems += [f"run {self.report.runs}, after {self.report.kills} kills: {problem}" for problem in found]
        self.killed_at = None


async def lease_drill(place: Place, lab: LabServer, report: Report, *, kills: int, lease_s: float = 2.0) -> Report:
    """Kill `kills` workers that hold a run, at random points of it."""
    settings = Settings.load(data_dir=place.folder / "data", database_url=place.url, database_admin_url=place.admin_url, lab_url=lab.url)
    async with Runtime.open(settings, bell=Silent()) as rt:
        p, connection_id = await connect(rt, lab.url)
        drill = Drill(rt, p, connection_id, lab, report)
        takes_s = 1.5
        standby = Worker(place, lab, lease_s)
        try:
            while report.kills < kills or drill.killed_at is not None:
                run_id = await drill.next_run()
                while True:
                    worker, standby = standby, Worker(place, lab, lease_s)
                    try:
                        await worker.go(p.workspace_id, run_id)
                        await drill.claimed(run_id, 60 + 10 * lease_s)
                        began = time.monotonic()
                        if report.kills < kills:
                            await _until_over(worker, drill.rng.uniform(0, takes_s))
                            if worker.process.poll() is None:
                                worker.kill()
                                drill.killed_at = time.monotonic()
                                report.kills += 1
                                continue
                        await _finished(worker, drill, run_id)
                        takes_s = max(0.3, 0.5 * takes_s + 0.6 * (time.monotonic() - began))
                        break
                    finally:
                        if worker.process.poll() is None:
                            worker.kill()
                        worker.close()
                await drill.over(run_id)
                show.note(f"  {report.name}: {report.kills} kills, {report.runs} runs, {len(report.problems)} problems")
        finally:
            standby.kill()
    return report


async def _finished(worker: Worker, drill: Drill, run_id: str, patience_s: float = 120) -> None:
    await _until_over(worker, patience_s)
    if worker.process.poll() is None:
        state = await _run_state(drill.rt, drill.p, run_id)
        raise RuntimeError(f"a run was not over after {patience_s:.0f} s without a kill: {state}")


async def _until_over(worker: Worker, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and worker.process.poll() is None:
        await asyncio.sleep(min(0.01, max(0.0, deadline - time.monotonic())))


async def production_drill(
    place: Place, lab: LabServer, report: Report, *, kills: int, lease_s: float = 30.0, sweep_s: float = 30.0
) -> Report:
    """Kill the one of two real workers that holds the run; the other finds it through the sweeper."""
    data = place.folder / "data"
    data.mkdir(exist_ok=True, mode=0o700)
    redis = EmbeddedRedis(data)
    settings = Settings.load(
        data_dir=data,
        database_url=place.url,
        database_admin_url=place.admin_url,
        lab_url=lab.url,
        lease_s=lease_s,
        sweep_s=sweep_s,
        redis_url=redis.start(),
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")} | {
        "ORION_DATA_DIR": str(data),
        "ORION_DATABASE_URL": place.url,
        "ORION_DATABASE_ADMIN_URL": place.admin_url,
        "ORION_LAB_URL": lab.url,
        "ORION_REDIS_URL": settings.redis_url,
        "ORION_LEASE_S": str(lease_s),
        "ORION_SWEEP_S": str(sweep_s),
    }
    log = (place.folder / "workers.log").open("ab")

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "workers"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=env)

    workers: list[subprocess.Popen[bytes]] = []
    try:
        async with Runtime.open(settings) as rt:
            p, connection_id = await connect(rt, lab.url)
            drill = Drill(rt, p, connection_id, lab, report)
            workers = [start(), start()]
            while report.kills < kills or drill.killed_at is not None:
                run_id = await drill.next_run()
                while True:
                    status, owner = await drill.claimed(run_id, 60 + 2 * (lease_s + sweep_s))
                    if status not in ("queued", "running", "waiting"):
                        break
                    await asyncio.sleep(drill.rng.uniform(0, 1.5))
                    holder = next((each for each in workers if f":{each.pid}:" in owner), None)
                    if report.kills >= kills or holder is None:
                        while (await _run_state(rt, p, run_id))[0] in ("queued", "running", "waiting"):
                            await asyncio.sleep(0.05)
                        break
                    if (await _run_state(rt, p, run_id))[0] != "running":
                        break
                    holder.send_signal(signal.SIGKILL)
                    holder.wait()
                    drill.killed_at = time.monotonic()
                    report.kills += 1
                    workers = [start() if each is holder else each for each in workers]
                await drill.over(run_id)
                show.note(
                    f"  {report.name}: {report.kills} kills, {report.runs} runs, resumed after "
                    f"{', '.join(f'{each:.0f}' for each in report.resumed_s)} s, {len(report.problems)} problems"
                )
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            try:
                worker.wait(15)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        redis.stop()
        log.close()
    return report


def main(argv: list[str] | None = None) -> dict[str, Any]:
    made = parser(__doc__ or "", full="200 kills with a lease of 2 s, 5 at production settings", small="4 kills, no production settings")
    made.add_argument("--kills", type=int, help="with the short lease (20)")
    made.add_argument("--production", type=int, help="kills at production settings (1)")
    made.add_argument("--seed", type=int, default=20_260_101)
    made.add_argument("--db", type=lambda text: text.split(","), default=["sqlite", "postgresql"])
    options = made.parse_args(argv)
    kills = options.kills if options.kills is not None else 200 if options.full else 4 if options.small else 20
    production = options.production if options.production is not None else 5 if options.full else 0 if options.small else 1
    reports: list[Report] = []
    with places() as where:
        for kind in options.db:
            share = kills // len(options.db)
            if share:
                # 30 pages of 80 ms in eight windows: a run takes a second or two, so that a kill can fall anywhere in it.
                with LabServer(size=3_000, latency_ms=80, providers=("stripe",)) as lab, where.fresh(kind) as place:
                    report = Report(f"{kind}, lease 2 s", options.seed)
                    reports.append(asyncio.run(lease_drill(place, lab, report, kills=share)))
        for number in range(production):
            kind = options.db[number % len(options.db)]
            with LabServer(size=3_000, latency_ms=250, providers=("stripe",)) as lab, where.fresh(kind) as place:
                report = Report(f"{kind}, lease 30 s, sweep 30 s", options.seed + number)
                reports.append(asyncio.run(production_drill(place, lab, report, kills=1)))
    return _show(reports, as_json=options.json)


def _show(reports: list[Report], *, as_json: bool) -> dict[str, Any]:
    found = [each.as_dict() for each in reports]
    show.table(
        "Kills",
        ["", "seed", "kills", "runs", "wrong", "resume p50 s", "p99 s", "max s", "95 % bound"],
        [
            [
                each["name"],
                str(each["seed"]),
                each["kills"],
                each["runs"],
                len(each["problems"]),
                each["resume_p50_s"],
                each["resume_p99_s"],
                each["resume_max_s"],
                f"< {each['upper_bound']:.2%}",
            ]
            for each in found
        ],
    )
    for each in found:
        for problem in each["problems"]:
            print(f"    {each['name']}: {problem}")
    total = sum(each["kills"] for each in found)
    wrong = sum(len(each["problems"]) for each in found)
    if total:
        show.verdict(f"lost or double in {total} kills (rule of three: < {3 / total:.2%})", str(wrong), "0", wrong == 0)
    slow = [each["resume_max_s"] for each in found if "30 s" in each["name"]]
    if slow:
        show.verdict(f"resume at production settings, longest of {len(slow)}", f"{max(slow):.1f} s", "≤ 90 s", max(slow) <= 90)
    result = {"reports": found, "kills": total, "wrong": wrong, "machine": show.machine()}
    show.finish(result, as_json=as_json)
    return result
