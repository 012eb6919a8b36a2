"""The records page over a million rows: how long a page, a search, a sort, a filter takes, on both databases.

The rows are real ones: synced from the lab, then indexed. Times are those of `Records.page`, which the page and the API call.
"""

from __future__ import annotations

from typing import Any

from benchmarks.kit import show
from benchmarks.kit.children import run
from benchmarks.kit.options import parser
from benchmarks.kit.places import fast_lab, places

TARGETS = {"next page": 150.0, "search": 300.0, "any sort": 300.0}


def main(argv: list[str] | None = None) -> dict[str, Any]:
    made = parser(__doc__ or "", full="1,000,000 rows", small="2,000 rows")
    made.add_argument("--n", type=int, help="rows (100,000)")
    made.add_argument("--pages", type=int, help="questions of each kind (120)")
    made.add_argument("--db", type=lambda text: text.split(","), default=["sqlite", "postgresql"])
    options = made.parse_args(argv)
    n = options.n or (1_000_000 if options.full else 2_000 if options.small else 100_000)
    result: dict[str, Any] = {"n": n, "machine": show.machine()}
    print(f"{n:,} customers; {show.machine()}")
    with places() as where, fast_lab(n) as lab:
        for kind in options.db:
            with where.fresh(kind) as place:
                args = {"lab": lab.url, **place.args(), "pages": options.pages or (12 if options.small else 120)}
                found = result[kind] = run("benchmarks.kit.subjects.records", args)
            show.table(
                f"Records.page on {kind} ({found['rows']:,} rows; pulled in {found['pull_s']:.0f} s, indexed in {found['index_s']:.0f} s)",
                ["", "n", "p50 ms", "p95 ms", "max ms", "slowest"],
                [[name, each["n"], each["p50"], each["p95"], each["max"], each["slowest"]] for name, each in found["times"].items()],
            )
            for name, most in TARGETS.items():
                p95 = found["times"].get(name, {}).get("p95", 0.0)
                show.verdict(f"{name}, p95", f"{p95:.0f} ms", f"≤ {most:.0f} ms", p95 <= most)
    show.finish(result, as_json=options.json)
    return result
