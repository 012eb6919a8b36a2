"""The fake HubSpot judged by HubSpot's own MCP server, a second client nobody here wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from lab.serve import LabServer
from tests.lab.conftest import ROOT, evidence

PACKAGE = "@hubspot/mcp-server@0.4.0"


@pytest.fixture(scope="session")
def mcp_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's script in `.tools/hubspot-mcp`, installed there once."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are needed to run HubSpot's MCP server")
    folder = ROOT / ".tools" / "hubspot-mcp"
    script = folder / "node_modules" / "@hubspot" / "mcp-server" / "dist" / "index.js"
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", PACKAGE],
            capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
        if not script.exists():
            pytest.skip(f"npm could not install {PACKAGE}: {done.stderr[-300:]}")
    return script


class Mcp:
    """A client of one MCP server process, line by line over its pipes."""

    def __init__(self, script: Path, base_url: str) -> None:
        environment = os.environ | {"BASE_URL_OVERRIDE": base_url, "PRIVATE_APP_ACCESS_TOKEN": "pat-lab-orion-4242"}
        self._process = subprocess.Popen(
            ["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        self._answers: Queue[dict[str, Any]] = Queue()
        self._number = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                self._answers.put(json.loads(line))

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        self._number += 1
        self._write({"id": self._number, "method": method, "params": params})
        while True:
            try:
                answer = self._answers.get(timeout=30)
            except Empty:
                raise AssertionError(f"no answer to {method}") from None
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def start(self) -> Any:
        hello = self.ask(
            "initialize", {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "orion-lab-test", "version": "1"}}
        )
        self._write({"method": "notifications/initialized"})
        return hello

    def call(self, tool: str, /, **arguments: Any) -> str:
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        text = "\n".join(part["text"] for part in result["content"] if part["type"] == "text")
        assert not result.get("isError"), text
        return text

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def mcp(mcp_script: Path, lab: LabServer) -> Iterator[Mcp]:
    client = Mcp(mcp_script, lab.url + "/hubspot")
    yield client
    client.stop()


def _json(text: str) -> Any:
    """The JSON inside a tool's answer, wherever its prose ends."""
    start = min(place for place in (text.find("{"), text.find("[")) if place >= 0)
    return json.JSONDecoder().raw_decode(text[start:])[0]


def test_the_whole_conversation(mcp: Mcp, lab: LabServer) -> None:
    assert mcp.start()["serverInfo"]["name"]
    names = {tool["name"] for tool in mcp.ask("tools/list", {})["tools"]}
    assert {"hubspot-list-objects", "hubspot-search-objects", "hubspot-batch-create-objects"} <= names

    assert "147900001" in mcp.call("hubspot-get-user-details")
    listed = _json(mcp.call("hubspot-list-objects", objectType="contacts", limit=5, properties=["email"], associations=["companies"]))
    assert len(listed["results"]) == 5
    first = listed["results"][0]
    again = _json(mcp.call("hubspot-list-objects", objectType="contacts", limit=5, after=listed["paging"]["next"]["after"]))
    assert not {row["id"] for row in again["results"]} & {row["id"] for row in listed["results"]}

    found = _json(
        mcp.call(
            "hubspot-search-objects", objectType="contacts", limit=3, properties=["email"],
            filterGroups=[{"filters": [{"propertyName": "email", "operator": "EQ", "value": first["properties"]["email"]}]}],
        )
    )  # fmt: skip
    assert [row["id"] for row in found["results"]] == [first["id"]]

    made = _json(mcp.call("hubspot-batch-create-objects", objectType="companies", inputs=[{"properties": {"name": "MCP Ltd"}}]))
    company = made["results"][0]["id"]
    mcp.call("hubspot-batch-update-objects", objectType="companies", inputs=[{"id": company, "properties": {"city": "Cork"}}])
    read = _json(mcp.call("hubspot-batch-read-objects", objectType="companies", inputs=[{"id": company}], properties=["name", "city"]))
    assert read["results"][0]["properties"]["city"] == "Cork"
    operations = [row["operation"] for row in lab.control("GET", "/ledger?provider=hubspot")["ledger"]]
    assert operations == ["create", "update"]

    mcp.call(
        "hubspot-batch-create-associations", fromObjectType="contacts", toObjectType="companies",
        types=[{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}],
        inputs=[{"from": {"id": first["id"]}, "to": {"id": company}}],
    )  # fmt: skip
    assert company in mcp.call("hubspot-list-associations", objectType="contacts", objectId=first["id"], toObjectType="companies")
    assert "279" in mcp.call("hubspot-get-association-definitions", fromObjectType="contacts", toObjectType="companies")
    assert "lifecyclestage" in mcp.call("hubspot-list-properties", objectType="contacts")
    assert _json(mcp.call("hubspot-get-property", objectType="contacts", propertyName="email"))["name"] == "email"
    mcp.call("hubspot-get-schemas")
    mcp.call("hubspot-list-workflows")


def test_its_tools_are_those_of_the_evidence(mcp: Mcp) -> None:
    mcp.start()
    recorded = evidence("mcp/hubspot_tools_list.json")
    tools = recorded["tools"]["tools"] if isinstance(recorded["tools"], dict) else recorded["tools"]
    assert {tool["name"] for tool in mcp.ask("tools/list", {})["tools"]} == {tool["name"] for tool in tools}
