"""The old engagements interface, which HubSpot's own MCP server still uses for notes and tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.http import Request, Response
from lab.hubspot.crm import PORTAL, Crm
from lab.hubspot.errors import input_json, not_found
from lab.hubspot.objects import json_body, json_response
from lab.store import Record

if TYPE_CHECKING:
    from lab.hubspot.api import HubSpot

_KINDS = ("NOTE", "TASK", "CALL", "EMAIL", "MEETING")


class Engagements:
    """``/engagements/v1/engagements``"""

    def __init__(self, hubspot: HubSpot, crm: Crm) -> None:
        self._hubspot = hubspot
        self._crm = crm
        self._kept: dict[str, Record] = {}

    def answer(self, request: Request, rest: list[str]) -> Response | None:
        """Create, read, change and delete engagements."""
        if request.method == "POST" and not rest:
            return json_response(self._create(json_body(request)))
        if len(rest) != 1:
            return None
        record = self._kept.get(rest[0])
        if record is None:
            raise not_found()
        if request.method == "GET":
            return json_response(record)
        if request.method == "PATCH":
            body = json_body(request)
            record["engagement"] |= body.get("engagement", {})
            record["engagement"]["lastUpdated"] = int(self._hubspot.context.now() * 1000)
            record["metadata"] |= body.get("metadata", {})
            self._hubspot.journal("update", "engagement", rest[0])
            return json_response(record)
        if request.method == "DELETE":
            del self._kept[rest[0]]
            self._hubspot.journal("delete", "engagement", rest[0])
            return Response(204)
        return None

    def _create(self, body: Record) -> Record:
        engagement = dict(body.get("engagement", {}))
        if engagement.get("type") not in _KINDS:
            raise input_json(f"engagement.type must be one of {', '.join(_KINDS)}")
        now = int(self._hubspot.context.now() * 1000)
        number = 71_000_000_000 + len(self._kept) + 1
        record: Record = {
            "engagement": {"id": number, "portalId": PORTAL, "active": True, "createdAt": now, "lastUpdated": now,
                           "timestamp": now} | engagement,
            "associations": {"contactIds": [], "companyIds": [], "dealIds": [], "ownerIds": [], "ticketIds": []}
            | body.get("associations", {}),
            "attachments": body.get("attachments", []),
            "metadata": dict(body.get("metadata", {})),
        }  # fmt: skip
        self._kept[str(number)] = record
        self._hubspot.journal("create", "engagement", str(number))
        return record
