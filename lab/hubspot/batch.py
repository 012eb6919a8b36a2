"""Batches of up to a hundred records, each row judged alone.

https://developers.hubspot.com/docs/api/crm/contacts (batch endpoints): rows that fail are
in ``errors`` of a 207, with the ``objectWriteTraceId`` the caller gave them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from lab.http import Response
from lab.hubspot.crm import Crm
from lab.hubspot.errors import HubSpotError, input_json, invalid
from lab.hubspot.schema import ObjectType
from lab.hubspot.times import iso
from lab.store import Record

if TYPE_CHECKING:
    from lab.hubspot.api import HubSpot

MOST = 100
Row = dict[str, Any]


class Batch:
    """Batch endpoints of one portal."""

    def __init__(self, hubspot: HubSpot, crm: Crm) -> None:
        self._hubspot = hubspot
        self._crm = crm
        self._verbs: dict[str, Callable[[ObjectType, list[Row], Record], Response]] = {
            "read": self._read,
            "create": self._create,
            "update": self._update,
            "upsert": self._upsert,
            "archive": self._archive,
        }

    def answer(self, obj: ObjectType, verb: str, body: Any) -> Response | None:
        """Do a batch; None when there is no such batch endpoint."""
        work = self._verbs.get(verb)
        if work is None:
            return None
        inputs = body.get("inputs") if isinstance(body, dict) else None
        if not isinstance(inputs, list) or not all(isinstance(row, dict) for row in inputs):
            raise input_json("Some required fields were not set: [inputs]")
        if len(inputs) > MOST:
            raise invalid(f"The maximum number of inputs in a batch request is {MOST}, but {len(inputs)} were sent")
        if verb in ("update", "archive", "upsert"):
            self._unique([str(row.get("id")) for row in inputs])
        return work(obj, inputs, body)

    @staticmethod
    def _unique(ids: list[str]) -> None:
        doubled = sorted({identifier for identifier in ids if ids.count(identifier) > 1})
        if doubled:
            raise invalid(f"Duplicate IDs found in batch input: [{', '.join(doubled)}]. IDs must be unique")

    def _finish(self, results: list[Record], errors: list[Record], *, created: bool = False) -> Response:
        now = int(self._hubspot.context.now() * 1000)
        body: Record = {"status": "COMPLETE", "results": results, "startedAt": iso(now - 20), "completedAt": iso(now)}
        if errors:
            body |= {"numErrors": len(errors), "errors": errors}
        status = 207 if errors else 201 if created else 200
        return Response(status, orjson.dumps(body), "application/json;charset=utf-8")

    @staticmethod
    def _error(error: HubSpotError, row: Row) -> Record:
        out: Record = {"status": "error", "category": error.category, "message": error.message, "context": {}}
        if error.errors:
            out["errors"] = error.errors
        if "objectWriteTraceId" in row:
            out["context"] = {"objectWriteTraceId": [str(row["objectWriteTraceId"])]}
        elif "id" in row:
            out["context"] = {"ids": [str(row["id"])]}
        return out

    @staticmethod
    def _missing(obj: ObjectType, ids: list[str]) -> Record:
        return {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": f"Could not get some {obj.singular.upper()} objects, they may be deleted or not exist. "
            "Check that ids are valid.",
            "context": {"ids": ids},
        }

    def _read(self, obj: ObjectType, inputs: list[Row], body: Record) -> Response:
        results, absent = [], []
        for row in inputs:
            identifier = str(row.get("id"))
            index = self._crm.locate(obj, identifier, body.get("idProperty"))
            if index is None:
                absent.append(identifier)
                continue
            history = body.get("propertiesWithHistory") or ()
            results.append(self._crm.view(obj, index, body.get("properties"), history=history))
        return self._finish(results, [self._missing(obj, absent)] if absent else [])

    def _create(self, obj: ObjectType, inputs: list[Row], body: Record) -> Response:
        results, errors = [], []
        for row in inputs:
            try:
                index = self._crm.create(obj, row.get("properties", {}))
            except HubSpotError as error:
                errors.append(self._error(error, row))
                continue
            self._hubspot.connect_new(obj, index, row.get("associations"))
            results.append(self._traced(self.whole(obj, index), row))
        return self._finish(results, errors, created=True)

    @staticmethod
    def _traced(view: Record, row: Row) -> Record:
        return view | {"objectWriteTraceId": row["objectWriteTraceId"]} if "objectWriteTraceId" in row else view

    def whole(self, obj: ObjectType, index: int) -> Record:
        """A new record with everything that is set, as creation answers."""
        held = self._crm.collections[obj.name].get(index)["properties"]
        return self._crm.view(obj, index, [name for name, value in held.items() if value is not None])

    def _update(self, obj: ObjectType, inputs: list[Row], body: Record) -> Response:
        results, errors, absent = [], [], []
        for row in inputs:
            index = self._crm.locate(obj, str(row.get("id")), row.get("idProperty"))
            if index is None:
                absent.append(row)
                continue
            try:
                results.append(self._traced(self._crm.update(obj, index, row.get("properties", {})), row))
            except HubSpotError as error:
                errors.append(self._error(error, row))
        for row in absent:
            problem = self._missing(obj, [str(row.get("id"))])
            if "objectWriteTraceId" in row:
                problem["context"]["objectWriteTraceId"] = [str(row["objectWriteTraceId"])]
            errors.append(problem)
        return self._finish(results, errors)

    def _upsert(self, obj: ObjectType, inputs: list[Row], body: Record) -> Response:
        results, errors = [], []
        for row in inputs:
            id_property = row.get("idProperty")
            if not id_property:
                raise input_json("Some required fields were not set: [idProperty]")
            identifier = str(row.get("id"))
            try:
                index = self._crm.locate(obj, identifier, id_property)
                new = index is None
                if index is None:
                    if id_property == "hs_object_id":
                        raise invalid(f"{identifier} does not exist")
                    index = self._crm.create(obj, {id_property: identifier} | dict(row.get("properties", {})))
                    view = self.whole(obj, index)
                else:
                    view = self._crm.update(obj, index, row.get("properties", {}))
            except HubSpotError as error:
                errors.append(self._error(error, row))
                continue
            results.append(self._traced(view | {"new": new}, row))
        return self._finish(results, errors)

    def _archive(self, obj: ObjectType, inputs: list[Row], body: Record) -> Response:
        for row in inputs:
            index = self._crm.locate(obj, str(row.get("id")))
            if index is not None:
                self._crm.archive(obj, index)
        return Response(204)
