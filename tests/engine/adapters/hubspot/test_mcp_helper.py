"""Arguments for HubSpot's MCP server: each builder's output passes the input schema of its tool, as the server gave it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from orion_core.base.errors import InvalidInput
from orion_core.engine.adapters.hubspot import HubSpotMCPHelper as Helper

FILE = Path(os.environ.get("ORION_EVIDENCE", Path(__file__).parents[5] / "shared" / "evidence")) / "mcp" / "hubspot_tools_list.json"
CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("list_contacts", (), {}), ("list_contacts", (), {"limit": 50, "after": "1"}),
    ("search_contacts", (), {"email": "test@example.com"}), ("search_contacts", (), {"query": "Ada", "limit": 100}),
    ("create_contacts_batch", ([{"email": "a@x.org", "n": 3, "gone": None}, {"properties": {"email": "b"}, "objectWriteTraceId": "t"}],), {}),
    ("list_objects", ("deals",), {"limit": 500, "properties": ["amount"], "associations": ["contacts"], "archived": True}),
    ("search_objects", ("deals",), {"sorts": [("amount", "DESCENDING")], "filter_groups": [{"filters": [{"propertyName": "amount", "operator": "BETWEEN", "value": "1", "highValue": "2"}]}]}),
    ("batch_create_objects", ("notes", [{"properties": {"a": True}, "associations": [{"to": {"id": "1"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]}]}]), {}),
    ("batch_update_objects", ("contacts", [{"id": 7, "properties": {"a": 1.5}, "idProperty": "email"}]), {}),
    ("batch_read_objects", ("contacts", ["1", "2"]), {"properties": ["a"], "properties_with_history": ["b"]}),
    ("batch_create_associations", ("contacts", "companies", [("1", "2")]), {"type_id": 279}),
    ("get_association_definitions", ("contacts", "companies"), {}), ("list_associations", ("contacts", "1", "deals"), {"after": "x"}),
    ("list_properties", ("contacts",), {"archived": False, "include_hidden": True}), ("get_property", ("contacts", "email"), {}),
    ("create_property", ("contacts", "colour", "Colour"), {"group": "contactinformation", "kind": "enumeration", "field_type": "select", "options": [("Red", "red")], "description": "d", "hasUniqueValue": False}),
    ("update_property", ("contacts", "colour"), {"label": "Farbe", "options": [("Blue", "blue")], "hidden": True}),
    ("create_engagement", ("NOTE", 77), {"metadata": {"body": "hi"}, "contactIds": [1], "timestamp_ms": 5}),
    ("get_engagement", (5,), {}), ("update_engagement", (5,), {"metadata": {"body": "x"}, "dealIds": [2]}),
    ("get_user_details", (), {}), ("get_schemas", (), {}), ("generate_feedback_link", (), {}),
    ("get_link", ("147", [("0-1", "9"), ("0-2", None)]), {}), ("list_workflows", (), {"limit": 5, "after": "x"}), ("get_workflow", ("9",), {}),
]


def test_every_builder_is_called() -> None:
    assert {name for name, _, _ in CALLS} == set(Helper.TOOLS) and len(set(Helper.TOOLS.values())) == 21


@pytest.mark.skipif(not FILE.exists(), reason=f"no recorded tool list at {FILE}")
@pytest.mark.parametrize(("name", "args", "kwargs"), CALLS, ids=[call[0] for call in CALLS])
def test_arguments_pass_the_schema(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    document = json.loads(FILE.read_text())
    tools = {tool["name"]: tool["inputSchema"] for tool in (document if isinstance(document, list) else document["tools"])}
    assert set(Helper.TOOLS.values()) == set(tools)
    arguments = getattr(Helper, name)(*args, **kwargs)
    jsonschema.validate(json.loads(json.dumps(arguments)), tools[Helper.TOOLS[name]])


@pytest.mark.parametrize(("name", "args", "kwargs"), [
    ("list_contacts", (0,), {}), ("list_contacts", (501,), {}), ("search_contacts", (), {}), ("search_contacts", (), {"email": "a", "limit": 101}),
    ("create_contacts_batch", ([],), {}), ("create_contacts_batch", ([{}] * 101,), {}), ("batch_update_objects", ("contacts", [{"id": "1"}]), {}),
    ("batch_create_associations", ("a", "b", [("1", "2")]), {"type_id": 0}), ("get_engagement", (0,), {}), ("list_workflows", (101,), {}),
    ("create_engagement", ("NOTE", 1), {"metadata": {}, "personIds": [1]}),
])
def test_what_the_schema_refuses_is_refused_here(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        getattr(Helper, name)(*args, **kwargs)
