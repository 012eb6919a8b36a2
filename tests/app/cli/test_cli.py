"""The command line as a person and a script meet it: real processes, an empty data folder, nothing running."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.serve import LabServer

ROOT = Path(__file__).resolve().parents[3]
Orion = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def lab() -> Iterator[LabServer]:
    with LabServer(size=120, seed=5) as server:
        yield server


@pytest.fixture
def orion(tmp_path: Path, lab: LabServer) -> Orion:
    env = {
        **os.environ,
        "ORION_DATA_DIR": str(tmp_path / "data"),
        "ORION_LAB_URL": lab.url,
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
        "NO_COLOR": "1",
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "orion_app.cli", *words], env=env, capture_output=True, text=True, cwd=tmp_path, timeout=90, check=False
        )

    return run


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(400)
def test_the_main_job_on_the_command_line(orion: Orion, lab: LabServer) -> None:
    assert {card["slug"] for card in answer(orion("connectors", "--json"))} >= {"stripe", "hubspot"}
    made = answer(
        orion("connect", "stripe", "--name", "Shop", "--credential", "api_key=sk_test_lab_9", "--base-url", f"{lab.url}/stripe", "--json")
    )
    done = answer(orion("sync", "Shop", "--model", "customer", "--wait", "--json"))
    assert done["run"]["status"] == "succeeded" and done["run"]["read"] == 120
    rows = answer(orion("connections", "--json"))
    assert [(row["id"], row["name"], row["records"], row["state"]) for row in rows] == [(made["id"], "Shop", 120, "healthy")]
    found = answer(orion("records", "customer", "--limit", "200", "--json"))["data"]
    assert len(found) == 120
    table = orion("records", "customer", "--connection", "Shop", "--format", "csv")
    assert table.returncode == 0
    assert len(list(csv.DictReader(io.StringIO(table.stdout)))) == 120
    key = answer(orion("api-keys", "create", "ci", "--json"))
    assert key["key"].startswith("ok_")
    assert [row["name"] for row in answer(orion("api-keys", "list", "--json"))] == ["ci"]
    assert orion("api-keys", "revoke", key["row"]["id"]).returncode == 0
    assert answer(orion("audit-verify", "--json"))["intact"]
    assert all(check["state"] != "failed" for check in answer(orion("doctor", "--json")))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("connect", "unicorn"), 1, "There is no connector 'unicorn'"),
        (("connect", "stripe", "--credential", "api_key=hello"), 1, "api_key"),
        (("connect", "stripe", "--credential", "api_key"), 1, "KEY=VALUE"),
        (("sync", "nothing"), 1, "There is no connection 'nothing'"),
        (("records", "unicorn"), 1, "unicorn"),
        (("records", "customer", "--format", "xml"), 1, "not a format"),
        (("records", "customer", "--sort", "shoe_size"), 1, "shoe_size"),
        (("--workspace", "nowhere", "connections"), 1, "There is no workspace 'nowhere'"),
        (("frobnicate",), 2, "frobnicate"),
        (("sync",), 2, "connection"),
    ],
)
def test_what_is_wrong_is_said_with_a_next_step(orion: Orion, words: tuple[str, ...], code: int, says: str) -> None:
    plain = orion(*words)
    assert plain.returncode == code, plain.stdout + plain.stderr
    assert says in plain.stderr and "Traceback" not in plain.stderr
    as_json = orion(*words, "--json")
    assert as_json.returncode == code
    error = json.loads(as_json.stdout)["error"]
    assert error["message"] and error["next_step"]


def test_a_provider_that_is_not_there(orion: Orion) -> None:
    done = orion("connect", "stripe", "--credential", "api_key=sk_test_lab_9", "--base-url", "http://127.0.0.1:9", "--json")
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert "127.0.0.1" in error["message"] and error["next_step"]
    assert "sk_test_lab_9" not in done.stdout + done.stderr


@pytest.mark.timeout(400)
def test_demo(orion: Orion) -> None:
    result = answer(orion("demo", "--size", "60", "--json"))
    assert result["ok"]
    assert {step["connection"] for step in result["runs"]} == {"Stripe", "HubSpot"}
    assert sum(model["total"] for model in result["models"]) > 120


def test_backup_and_restore(orion: Orion, tmp_path: Path, lab: LabServer) -> None:
    answer(
        orion("connect", "stripe", "--name", "Shop", "--credential", "api_key=sk_test_lab_9", "--base-url", f"{lab.url}/stripe", "--json")
    )
    file = tmp_path / "backup.orion"
    assert orion("backup", str(file)).returncode == 0
    answer(
        orion("connect", "stripe", "--name", "Later", "--credential", "api_key=sk_test_lab_9", "--base-url", f"{lab.url}/stripe", "--json")
    )
    done = orion("restore", str(file))
    assert done.returncode == 0, done.stderr
    assert [row["name"] for row in answer(orion("connections", "--json"))] == ["Shop"]
    assert answer(orion("sync", "Shop", "--model", "product", "--wait", "--json"))["run"]["status"] == "succeeded"


def test_keys_rotate(orion: Orion, lab: LabServer) -> None:
    answer(
        orion("connect", "stripe", "--name", "Shop", "--credential", "api_key=sk_test_lab_9", "--base-url", f"{lab.url}/stripe", "--json")
    )
    assert len(answer(orion("keys", "status", "--json"))) == 1
    report = answer(orion("keys", "rotate", "--json"))
    assert report["rewrapped"] == 1
    status = answer(orion("keys", "status", "--json"))
    assert [(key["newest"], key["workspaces"], key["retirable"]) for key in status] == [(True, 1, False), (False, 0, True)]
    assert answer(orion("sync", "Shop", "--model", "product", "--wait", "--json"))["run"]["status"] == "succeeded"
