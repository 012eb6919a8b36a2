"""Pull Stripe customers from the lab's prerendered pages: Orion, dlt, and a floor written by hand, one after the other, round by round.

Orion is the sync service of a whole runtime in one process: afterwards raw, unified, custom fields and provenance are there. The floor
stores the typed columns alone; "floor + raw" the provider's bytes beside them. The search index, which Orion fills after the stream and
the others do not have, is told apart. The lab's customers have 0.76 kB (real ones 0.8 to 1.4).
"""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks.kit import show
from benchmarks.kit.children import run
from benchmarks.kit.measure import middle, ratios
from benchmarks.kit.options import parser
from benchmarks.kit.places import KEY, Place, Places, fast_lab, places
from lab.serve import LabServer

SUBJECTS = "benchmarks.kit.subjects"
PARTS = ("pull", "again", "latency", "growth")
Runs = dict[str, list[dict[str, Any]]]


def main(argv: list[str] | None = None) -> dict[str, Any]:
    options = _options(argv)
    n = options.n or (100_000 if options.full else 2_000 if options.small else 20_000)
    rounds = options.rounds or (1 if options.small else 3)
    result: dict[str, Any] = {"n": n, "rounds": rounds, "machine": show.machine()}
    print(f"{n:,} customers, {rounds} round(s) interleaved; {show.machine()}")
    with places() as where:
        if {"pull", "again"} & set(options.parts):
            with fast_lab(n) as lab:
                for kind in options.db:
                    result[kind] = _pull(where, lab, kind, rounds, options)
        if "latency" in options.parts:
            with fast_lab(n) as lab:
                result["latency"] = _latency(where, lab, rounds)
        if "growth" in options.parts:
            sizes = options.sizes or ([10_000, 100_000, 1_000_000] if options.full else [n // 4, n])
            result["growth"] = [_growth(where, size, kind) for kind in options.db for size in sizes]
            _show_growth(result["growth"])
    show.finish(result, as_json=options.json)
    return result


def _options(argv: list[str] | None) -> argparse.Namespace:
    made = parser(__doc__ or "", full="100,000 records, memory up to 1,000,000", small="2,000 records, one round, no peers")
    made.add_argument("--n", type=int, help="records (20,000)")
    made.add_argument("--rounds", type=int, help="rounds (3)")
    made.add_argument("--sizes", type=lambda text: [int(each) for each in text.split(",")], help="of the growth part")
    made.add_argument("--db", type=lambda text: text.split(","), default=["sqlite", "postgresql"], help="sqlite,postgresql")
    made.add_argument("--parts", type=lambda text: text.split(","), default=list(PARTS), help=",".join(PARTS))
    made.add_argument("--no-peers", action="store_true", help="leave dlt out")
    options = made.parse_args(argv)
    options.peers = not (options.no_peers or options.small)
    return options


# -- pull and pull again ---------------------------------------------------------------------------------------------------


def _pull(where: Places, lab: LabServer, kind: str, rounds: int, options: argparse.Namespace) -> dict[str, Any]:
    runs: Runs = {}

    def note(name: str, found: dict[str, Any]) -> None:
        runs.setdefault(name, []).append(found)
        show.note(f"  {kind} {name}: {found['rate']:,.0f}/s, {found['cpu_s']:.2f} CPU s, {found['peak_mb']:.0f} MB")

    for _ in range(rounds):
        for name, args in (("floor", {}), ("floor + raw", {"raw": True})):
            with where.fresh(kind) as place:
                note(name, _floor(lab, place, store=kind, **args))
        with where.fresh(kind) as place:
            found = run(f"{SUBJECTS}.orion", {"lab": lab.url, **place.args(), "again": "again" in options.parts})
            note("orion", found)
        if "again" in options.parts:
            with where.fresh("sqlite") as place:
                note("fetch + decode + hash", _floor(lab, place, store="none"))
                note("orion's reading alone", run(f"{SUBJECTS}.reading", {"lab": lab.url}))
        if options.peers:
            with where.fresh(kind) as place:
                args = {
                    "lab": lab.url,
                    "folder": str(place.folder),
                    "db": place.admin_url or place.url,
                    "key": KEY,
                    "server_pid": place.server_pid,
                }
                note("dlt", run(f"{SUBJECTS}.dlt_rest", args, peer=True))
    return _show_pull(kind, runs)


def _floor(lab: LabServer, place: Place, **args: Any) -> dict[str, Any]:
    return run(f"{SUBJECTS}.floor", {"lab": lab.url, **place.args(), **args})


def _cpu(found: dict[str, Any]) -> float:
    """Without the search index, with the database server."""
    return float(found["cpu_s"] - found.get("index_cpu_s", 0.0) + _server(found))


def _server(found: dict[str, Any]) -> float:
    return float(found.get("server_cpu_s", 0.0) - found.get("index_server_cpu_s", 0.0))


def _rate(found: dict[str, Any]) -> float:
    return float(found["records"] / max(1e-9, found["wall_s"] - found.get("index_wall_s", 0.0)))


def _show_pull(kind: str, runs: Runs) -> dict[str, Any]:
    rows = []
    for name, found in runs.items():
        per = [100_000 / each["records"] for each in found]
        rows.append(
            [
                name,
                middle(map(_rate, found)),
                f"{min(map(_rate, found)):,.0f}–{max(map(_rate, found)):,.0f}",
                middle((each["cpu_s"] - each.get("index_cpu_s", 0.0)) * scale for each, scale in zip(found, per, strict=True)),
                middle(_server(each) * scale for each, scale in zip(found, per, strict=True)),
                middle(
                    (each.get("index_cpu_s", 0.0) + each.get("index_server_cpu_s", 0.0)) * scale
                    for each, scale in zip(found, per, strict=True)
                ),
                middle(each["peak_mb"] for each in found),
            ]
        )
    show.table(f"Pull into {kind}", ["", "records/s", "spread", "CPU s/100k", "server", "search index", "peak MB"], rows)
    orion = runs["orion"]
    made: dict[str, Any] = {"runs": runs, "facts": orion[-1]["facts"]}
    made["cpu_to_floor"] = ratios([*map(_cpu, orion)], [*map(_cpu, runs["floor"])])
    made["cpu_to_floor_with_raw"] = ratios([*map(_cpu, orion)], [*map(_cpu, runs["floor + raw"])])
    if "dlt" in runs:
        made["speed_to_dlt"] = ratios([each["rate"] for each in orion], [each["rate"] for each in runs["dlt"]])
        _ratio("records/s of dlt (with the search index)", made["speed_to_dlt"], "≥ 5×", lambda value: value >= 5)
    _ratio("CPU of the floor (columns alone)", made["cpu_to_floor"], "≤ 1.6×", lambda value: value <= 1.6)
    _ratio("CPU of the floor that keeps raw", made["cpu_to_floor_with_raw"], "(context)", None)
    peak = max(each["peak_mb"] for each in orion)
    show.verdict("peak memory", f"{peak:.0f} MB", "< 200 MB", peak < 200)
    facts = made["facts"]
    show.verdict(
        "stored as read: rows / looked at / wrong",
        f"{facts['rows']:,} / {facts['looked_at']} / {facts['wrong']}",
        "0 wrong",
        facts["wrong"] == 0 and facts["rows"] == orion[-1]["records"],
    )
    again = [each["again"] for each in orion if "again" in each]
    if again:
        cpu = [_cpu(each) - _server(each) for each in again]
        made["again_to_hash"] = ratios(cpu, [each["cpu_s"] for each in runs["fetch + decode + hash"]])
        made["again_to_reading"] = ratios(cpu, [each["cpu_s"] for each in runs["orion's reading alone"]])
        made["again_wrote"] = any(each["wrote_rows"] or each["changed"] for each in again)
        show.verdict("unchanged re-sync: record rows written", "some" if made["again_wrote"] else "0", "0", not made["again_wrote"])
        _ratio("unchanged re-sync: CPU of fetch + decode + hash", made["again_to_hash"], "≤ 1.3×", lambda value: value <= 1.3)
        _ratio("unchanged re-sync: CPU of Orion's own reading", made["again_to_reading"], "(context)", None)
    return made


def _ratio(name: str, found: tuple[float, float, float], target: str, holds: Any) -> None:
    value, low, high = found
    show.verdict(name, f"{value:.2f}× ({low:.2f}–{high:.2f})", target, holds(value) if holds else None)


# -- latency and growth ----------------------------------------------------------------------------------------------------


def _latency(where: Places, lab: LabServer, rounds: int) -> dict[str, Any]:
    lab.control("POST", "/latency", {"ms": 20})
    orion, serial = [], []
    for _ in range(rounds):
        with where.fresh("sqlite") as place:
            serial.append(_floor(lab, place, store="sqlite", ahead=False))
        with where.fresh("sqlite") as place:
            orion.append(run(f"{SUBJECTS}.orion", {"lab": lab.url, **place.args(), "facts": False}))
    rows = [
        [name, middle(map(_rate, found)), f"{min(map(_rate, found)):,.0f}–{max(map(_rate, found)):,.0f}"]
        for name, found in (("serial client", serial), ("orion", orion))
    ]
    show.table("At 20 ms provider latency, into sqlite", ["", "records/s", "spread"], rows)
    found = ratios([*map(_rate, orion)], [*map(_rate, serial)])
    _ratio("records/s of a serial client at 20 ms", found, "≥ 4×", lambda value: value >= 4)
    return {"orion": orion, "serial": serial, "speed_to_serial": found}


def _growth(where: Places, size: int, kind: str) -> dict[str, Any]:
    with fast_lab(size) as lab, where.fresh(kind) as place:
        found = run(f"{SUBJECTS}.orion", {"lab": lab.url, **place.args(), "facts": False})
    return {"db": kind, **found}


def _show_growth(found: list[dict[str, Any]]) -> None:
    show.table(
        "Memory over size",
        ["", "records", "records/s", "CPU s/100k", "peak MB"],
        [[each["db"], each["records"], _rate(each), _cpu(each) * 100_000 / each["records"], each["peak_mb"]] for each in found],
    )
    for kind in dict.fromkeys(each["db"] for each in found):
        peaks = [each["peak_mb"] for each in found if each["db"] == kind]
        show.verdict(
            f"{kind}: peak memory, smallest to largest",
            f"{peaks[0]:.0f} → {peaks[-1]:.0f} MB",
            "< 200, flat",
            max(peaks) < 200 and peaks[-1] < peaks[0] * 1.25 + 20,
        )
