"""Fixtures of the lab's tests: a lab in a child process, the providers' own clients, the recorded evidence."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe
from hubspot import HubSpot

from lab.serve import LabServer

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = Path(os.environ.get("ORION_TEST_EVIDENCE", ROOT.parent / "shared" / "evidence"))
SIZE = 500
STRIPE_KEY = "sk_test_lab_orion_4242"
HUBSPOT_TOKEN = "pat-lab-orion-4242"


@pytest.fixture(scope="session")
def lab_server() -> Iterator[LabServer]:
    """One lab per test worker; tests that change it take ``lab``."""
    with LabServer(size=SIZE, seed=7) as server:
        yield server


@pytest.fixture
def lab(lab_server: LabServer) -> LabServer:
    """The lab as new: nothing written, no faults, no limits, the clock right."""
    lab_server.control("POST", "/reset", {"size": SIZE, "seed": 7, "limits": "off"})
    lab_server.control("POST", "/latency", {"ms": 0})
    return lab_server


@pytest.fixture
def stripe_client(lab: LabServer) -> stripe.StripeClient:
    return stripe.StripeClient(STRIPE_KEY, base_addresses={"api": lab.url + "/stripe"}, max_network_retries=0)


@pytest.fixture
def hubspot_client(lab: LabServer) -> HubSpot:
    return HubSpot(access_token=HUBSPOT_TOKEN, host=lab.url + "/hubspot")


class Http:
    """Plain requests to one provider of the lab."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", 20)
        return self._session.request(method, self.url + path, **kwargs)


@pytest.fixture
def stripe_http(lab: LabServer) -> Http:
    return Http(lab.url + "/stripe", STRIPE_KEY)


@pytest.fixture
def hubspot_http(lab: LabServer) -> Http:
    return Http(lab.url + "/hubspot", HUBSPOT_TOKEN)


def evidence(path: str) -> Any:
    """A file of the recorded evidence; the test is skipped where it was not handed out."""
    file = EVIDENCE / path
    if not file.exists():
        pytest.skip(f"recorded evidence is not here: {file}")
    return json.loads(file.read_text())
