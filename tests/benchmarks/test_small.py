"""Every benchmark at a small size: it runs, and what it measures is true. No time is judged here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from benchmarks.kit import pull, records_page, seed_figures

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
KINDS = ("sqlite", "postgresql")


@pytest.mark.timeout(300)
def test_pull_stores_everything_and_a_second_pull_nothing() -> None:
    found = pull.main(["--small", "--n", "1200", "--parts", "pull,again"])
    for kind in KINDS:
        facts = found[kind]["facts"]
        assert facts["rows"] == 1200
        assert facts["looked_at"] > 5
        assert facts["wrong"] == 0, "a record lacks its raw bytes, unified or custom fields, or provenance"
        (orion,) = found[kind]["runs"]["orion"]
        assert (orion["status"], orion["changed"], orion["set_aside"]) == ("succeeded", 1200, 0)
        assert (orion["again"]["status"], orion["again"]["records"], orion["again"]["changed"]) == ("succeeded", 1200, 0)
        assert not orion["again"]["wrote_rows"], "an unchanged re-sync wrote record rows"
        assert orion["peak_mb"] < 400
        assert {each["records"] for runs in found[kind]["runs"].values() for each in runs} == {1200}


@pytest.mark.timeout(300)
def test_pull_with_latency_and_at_two_sizes() -> None:
    found = pull.main(["--small", "--n", "800", "--parts", "latency,growth", "--db", "sqlite"])
    assert [each["records"] for each in found["growth"]] == [200, 800]
    assert found["latency"]["orion"][0]["records"] == found["latency"]["serial"][0]["records"] == 800


@pytest.mark.timeout(300)
def test_records_page_answers_every_question() -> None:
    found = records_page.main(["--small", "--n", "1000"])
    for kind in KINDS:
        assert found[kind]["rows"] == 1000
        assert {"next page", "search", "any sort", "filter"} <= set(found[kind]["times"])


@pytest.mark.timeout(300)
def test_seed_figures_are_all_measured() -> None:
    found = seed_figures.main(["--small"])
    names = " ".join(each["name"] for each in found["figures"])
    for figure in ("Schema validation", "Transformation", "Batch create", "Webhook verification", "Encryption", "Decryption", "Dashboard"):
        assert figure in names
    assert all(each["p50_ms"] > 0 for each in found["figures"])


@pytest.mark.parametrize("name", ["pull", "records_page", "seed_figures", "kills"])
def test_scripts_can_be_run(name: str) -> None:
    script = BENCHMARKS / name
    assert os.access(script, os.X_OK)
    done = subprocess.run([str(script), "--help"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "--full" in done.stdout
    assert "--json" in done.stdout
