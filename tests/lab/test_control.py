"""The control interface and the lab as a process."""

from __future__ import annotations

import ast
import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pytest
import requests

from lab.poison import KINDS, WHOLE
from lab.serve import LabServer
from tests.lab.conftest import ROOT, SIZE, STRIPE_KEY, Http


def _truth(lab: LabServer, provider: str, obj: str) -> dict[str, tuple[int, str]]:
    rows = lab.control("GET", f"/truth?provider={provider}&object={obj}")
    return {row["id"]: (row["version"], row["hash"]) for row in rows}


def _listed(http: Http, path: str, key: str = "") -> dict[str, Any]:
    """Every record of a Stripe list by id."""
    rows: dict[str, Any] = {}
    after = ""
    while True:
        page = http("GET", f"{path}?limit=100{after}").json()
        rows |= {row["id"]: row for row in page["data"]}
        if not page["has_more"]:
            return rows
        after = f"&starting_after={page['data'][-1]['id']}"


def test_index_health_state_and_unknown_routes(lab: LabServer) -> None:
    index = requests.get(lab.url, timeout=5).json()
    assert index["size"] == SIZE and set(index["providers"]) == {"stripe", "hubspot"}
    assert requests.get(lab.url + "/health", timeout=5).json() == {"status": "ok"}
    missing = requests.get(lab.url + "/_lab/nothing", timeout=5)
    assert missing.status_code == 404 and "POST /_lab/faults" in missing.json()["known"]
    assert requests.post(lab.url + "/_lab/faults", data="[]", timeout=5).status_code == 400
    assert requests.post(lab.url + "/_lab/mutate", json={"provider": "nobody"}, timeout=5).status_code == 400


def test_truth_is_what_the_lists_show(lab: LabServer, stripe_http: Http) -> None:
    truth = _truth(lab, "stripe", "customers")
    assert set(truth) == set(_listed(stripe_http, "/v1/customers"))
    assert {version for version, _ in truth.values()} == {0}
    stripe_http("POST", f"/v1/customers/{min(truth)}", data={"name": "New"})
    after = _truth(lab, "stripe", "customers")
    assert [key for key in truth if truth[key] != after[key]] == [min(truth)]
    assert after[min(truth)][0] == 1


@pytest.mark.parametrize(("provider", "obj"), [("stripe", "customers"), ("hubspot", "contacts"), ("hubspot", "deals")])
def test_mutations_follow_from_the_seed(lab: LabServer, provider: str, obj: str) -> None:
    before = _truth(lab, provider, obj)
    asked = {"provider": provider, "object": obj, "n": 20, "deletes": 3, "creates": 4}
    done = lab.control("POST", "/mutate", asked)
    after = _truth(lab, provider, obj)
    assert (len(done["updated"]), len(done["deleted"]), len(done["created"])) == (20, 3, 4)
    assert set(before) - set(after) == set(done["deleted"]) and set(after) - set(before) == set(done["created"])
    assert {key for key in before.keys() & after.keys() if before[key] != after[key]} == set(done["updated"])
    lab.control("POST", "/reset", {"size": SIZE, "seed": 7})
    assert lab.control("POST", "/mutate", asked)["updated"] == done["updated"]
    lab.control("POST", "/reset", {"seed": 8})
    assert lab.control("POST", "/mutate", asked)["updated"] != done["updated"]


def test_mutations_leave_events_and_modification_times(lab: LabServer, stripe_http: Http, hubspot_http: Http) -> None:
    since = int(time.time())
    done = lab.control("POST", "/mutate", {"provider": "stripe", "n": 10, "deletes": 2, "creates": 1})
    events = stripe_http("GET", f"/v1/events?limit=100&created[gte]={since}").json()["data"]
    changed = {event["data"]["object"]["id"] for event in events if event["type"] == "customer.updated"}
    assert changed == set(done["updated"])
    assert {e["data"]["object"]["id"] for e in events if e["type"] == "customer.deleted"} == set(done["deleted"])
    done = lab.control("POST", "/mutate", {"provider": "hubspot", "n": 10})
    query = {"limit": 100, "filterGroups": [{"filters": [{"propertyName": "lastmodifieddate", "operator": "GTE", "value": str(since * 1000)}]}]}
    found = hubspot_http("POST", "/crm/v3/objects/contacts/search", json=query).json()
    assert {row["id"] for row in found["results"]} == set(done["updated"])


def test_requests_are_logged_without_tokens(lab: LabServer, stripe_http: Http) -> None:
    stripe_http("POST", "/v1/customers", data={"name": "x"}, headers={"Idempotency-Key": "log-1"})
    seen = lab.control("GET", "/requests?provider=stripe")["requests"]
    assert [(row["method"], row["path"], row["status"], row["idempotency_key"]) for row in seen] == [("POST", "/v1/customers", 200, "log-1")]
    assert STRIPE_KEY not in json.dumps(seen)


@pytest.mark.parametrize("kind", [*KINDS, *WHOLE])
def test_poison_spoils_one_record_and_the_page_stays_whole(lab: LabServer, kind: str) -> None:
    token = {"stripe": STRIPE_KEY, "hubspot": "pat-x"}
    paths = {"stripe": ("customers", "/v1/customers?limit=3", SIZE - 2), "hubspot": ("contacts", "/crm/v3/objects/contacts?limit=3", 1)}
    for provider, (obj, path, index) in paths.items():
        http = Http(f"{lab.url}/{provider}", token[provider])
        before = http("GET", path).json()
        clean = before["data"] if provider == "stripe" else before["results"]
        lab.control("POST", "/poison", {"provider": provider, "object": obj, "index": index, "kind": kind})
        text = http("GET", path).content.decode()
        page = json.loads(text)
        rows = page["data"] if provider == "stripe" else page["results"]
        assert len(rows) == 3 and rows[0] == clean[0] and rows[2] == clean[2], (provider, kind)
        assert repr(rows[1]) != repr(clean[1])
        if kind == "surrogate":
            assert "\\ud83d" in text
        lab.control("DELETE", "/poison")
        assert (http("GET", path).json()["data" if provider == "stripe" else "results"])[1] == clean[1]


def test_latency_and_the_clock_can_be_set(lab: LabServer, stripe_http: Http) -> None:
    lab.control("POST", "/latency", {"ms": 80})
    began = time.monotonic()
    stripe_http("GET", "/v1/customers?limit=1")
    assert time.monotonic() - began >= 0.075
    lab.control("POST", "/latency", {"ms": 0})
    lab.control("POST", "/clock", {"skew_s": 3600})
    made = stripe_http("POST", "/v1/customers", data={"name": "future"}).json()
    assert made["created"] - time.time() > 3500
    lab.control("POST", "/clock", {"skew_s": 0})


def test_http_corner_cases(lab: LabServer) -> None:
    host, port = lab.url.removeprefix("http://").split(":")

    def talk(data: bytes, answers: int = 1) -> bytes:
        with socket.create_connection((host, int(port)), timeout=5) as sock:
            sock.sendall(data)
            received = b""
            while received.count(b"HTTP/1.1 ") < answers or not received.endswith((b"}", b"line", b"length")):
                part = sock.recv(65536)
                if not part:
                    break
                received += part
            return received

    pipelined = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 3
    assert talk(pipelined, 3).count(b"200 OK") == 3
    assert b"400" in talk(b"nonsense\r\n\r\n")
    assert b"400" in talk(b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n")
    chunked = (b"POST /stripe/v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_x\r\nTransfer-Encoding: chunked\r\n"
               b"Content-Type: application/x-www-form-urlencoded\r\n\r\n5\r\nname=\r\n3\r\nAda\r\n0\r\n\r\n")  # fmt: skip
    assert b'"name":"Ada"' in talk(chunked)
    with socket.create_connection((host, int(port)), timeout=5) as sock:
        sock.sendall(b"POST /stripe/v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_x\r\n"
                     b"Expect: 100-continue\r\nContent-Length: 8\r\n\r\n")  # fmt: skip
        assert sock.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        sock.sendall(b"name=Ada")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_a_lab_dies_with_its_parent() -> None:
    script = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from lab.serve import LabServer
lab = LabServer(size=5).start()
print(lab.url, lab.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url, pid = parent.stdout.readline().split()
        assert requests.get(url + "/health", timeout=5).status_code == 200
        os.kill(parent.pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                requests.get(url + "/health", timeout=1)
            except requests.ConnectionError:
                break
            time.sleep(0.05)
        else:
            pytest.fail(f"the lab {pid} outlived its parent")


def test_the_command_starts_quickly_and_stops_on_sigterm() -> None:
    began = time.monotonic()
    with LabServer(size=SIZE) as started:
        assert time.monotonic() - began < 5
        os.kill(started.pid, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                requests.get(started.url + "/health", timeout=1)
            except requests.ConnectionError:
                return
            time.sleep(0.05)
    pytest.fail("still serving after SIGTERM")


def test_wrong_options_are_told() -> None:
    for arguments, words in ((["--size", "0"], "between 1 and"), (["--providers", "acme"], "no such provider")):
        done = subprocess.run([sys.executable, "-m", "lab", "--port", "0", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode != 0 and words in done.stderr


def test_the_lab_knows_nothing_of_orion_nor_orion_of_the_lab() -> None:
    def imports(folder: str) -> set[str]:
        found: set[str] = set()
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {name.name.split(".")[0] for name in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.split(".")[0])
        return found

    assert not {name for name in imports("lab") if name.startswith("orion") or name == "workers"}
    for folder in ("orion_core", "orion_app", "workers"):
        assert "lab" not in imports(folder)
