"""Version 4 of the associations interface: https://developers.hubspot.com/docs/api/crm/associations"""

from __future__ import annotations

from typing import Any

from lab.http import Request, Response
from lab.hubspot.crm import Crm
from lab.hubspot.errors import input_json, invalid, not_found
from lab.hubspot.links import TYPES, singular
from lab.hubspot.objects import Params, json_body, json_response
from lab.hubspot.schema import ObjectType
from lab.store import Record


class Associations:
    """Reading and writing what belongs to what."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def of_record(self, request: Request, rest: list[str]) -> Response | None:
        """``/crm/v4/objects/{type}/{id}/associations/{to}[/{toId}]`` and the version 3 form."""
        source = self._crm.type_of(rest[0])
        index = self._index(source, rest[1])
        match request.method, rest[3:]:
            case "GET", [to]:
                return self._read(source, self._crm.type_of(to), index, Params(request))
            case "PUT", ["default", to, other]:
                return self._put(source, index, self._crm.type_of(to), other, set())
            case "PUT", [to, other]:
                kinds = json_body(request)
                if not isinstance(kinds, list):
                    raise input_json("expected a list of association types")
                return self._put(source, index, self._crm.type_of(to), other, self._numbers(kinds))
            case "DELETE", [to, other]:
                target = self._crm.type_of(to)
                self._crm.links.disconnect(source.name, target.name, index, self._index(target, other))
                return Response(204)
        return None

    def _index(self, obj: ObjectType, identifier: str) -> int:
        index = self._crm.locate(obj, identifier)
        if index is None:
            raise not_found()
        return index

    @staticmethod
    def _numbers(kinds: list[Any]) -> set[int]:
        try:
            return {int(kind["associationTypeId"]) for kind in kinds}
        except (KeyError, TypeError, ValueError):
            raise input_json("associationTypeId must be an integer") from None

    def _rows(self, source: ObjectType, target: ObjectType, index: int) -> list[Record]:
        links = self._crm.links
        collection = self._crm.collections[target.name]
        return [
            {
                "toObjectId": int(collection.id(other)),
                "associationTypes": links.described(source.name, target.name, numbers),
            }
            for other, numbers in links.get(source.name, target.name, index)
        ]

    def _read(self, source: ObjectType, target: ObjectType, index: int, params: Params) -> Response:
        limit = params.number("limit", 500)
        start = params.number("after", 0)
        rows = self._rows(source, target, index)
        answer: Record = {"results": rows[start : start + limit]}
        if start + limit < len(rows):
            answer["paging"] = {"next": {"after": str(start + limit)}}
        return json_response(answer)

    def _put(self, source: ObjectType, index: int, target: ObjectType, other: str, numbers: set[int]) -> Response:
        place = self._index(target, other)
        self._crm.links.connect(source.name, target.name, index, place, numbers)
        return json_response(self._created(source, target, index, place), 201)

    def _created(self, source: ObjectType, target: ObjectType, index: int, place: int) -> Record:
        return {
            "fromObjectTypeId": source.type_id,
            "fromObjectId": int(self._crm.collections[source.name].id(index)),
            "toObjectTypeId": target.type_id,
            "toObjectId": int(self._crm.collections[target.name].id(place)),
            "labels": [],
        }

    def between(self, request: Request, rest: list[str]) -> Response | None:
        """``/crm/v4/associations/{from}/{to}/…``: labels and batches."""
        source, target = self._crm.type_of(rest[0]), self._crm.type_of(rest[1])
        match request.method, rest[2:]:
            case "GET", ["labels"]:
                types = TYPES.get((source.name, target.name), ())
                numbers = tuple(number for number, _ in types)
                return json_response({"results": self._crm.links.described(source.name, target.name, numbers)})
            case "POST", ["batch", "read"]:
                return self._batch_read(source, target, self._inputs(request))
            case "POST", ["batch", "create"]:
                return self._batch_create(source, target, self._inputs(request))
            case "POST", ["batch", "archive"]:
                for row in self._inputs(request):
                    for to in row.get("to", []):
                        self._crm.links.disconnect(
                            source.name,
                            target.name,
                            self._index(source, str(row["from"]["id"])),
                            self._index(target, str(to["id"])),
                        )
                return Response(204)
        return None

    @staticmethod
    def _inputs(request: Request) -> list[Record]:
        body = json_body(request)
        inputs = body.get("inputs") if isinstance(body, dict) else None
        if not isinstance(inputs, list):
            raise input_json("Some required fields were not set: [inputs]")
        if len(inputs) > 1_000:
            raise invalid("The maximum number of inputs is 1000")
        return inputs

    def _batch_read(self, source: ObjectType, target: ObjectType, inputs: list[Record]) -> Response:
        results, errors = [], []
        for row in inputs:
            identifier = str(row.get("id"))
            index = self._crm.locate(source, identifier)
            rows = self._rows(source, target, index) if index is not None else []
            if rows:
                results.append({"from": {"id": identifier}, "to": rows})
            else:
                errors.append(
                    {
                        "status": "error",
                        "category": "OBJECT_NOT_FOUND",
                        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                        "message": f"No {singular(target.name)} is associated with {singular(source.name)} {identifier}.",
                        "context": {"fromObjectId": [identifier]},
                    }
                )
        answer: Record = {"status": "COMPLETE", "results": results, "startedAt": "2026-01-01T00:00:00.000Z",
                          "completedAt": "2026-01-01T00:00:00.010Z"}  # fmt: skip
        if errors:
            answer |= {"numErrors": len(errors), "errors": errors}
        return json_response(answer, 207 if errors else 200)

    def _batch_create(self, source: ObjectType, target: ObjectType, inputs: list[Record]) -> Response:
        results = []
        for row in inputs:
            index = self._index(source, str(row["from"]["id"]))
            place = self._index(target, str(row["to"]["id"]))
            numbers = self._numbers(row.get("types", []))
            self._crm.links.connect(source.name, target.name, index, place, numbers)
            results.append(self._created(source, target, index, place))
        return json_response(
            {"status": "COMPLETE", "results": results, "startedAt": "2026-01-01T00:00:00.000Z",
             "completedAt": "2026-01-01T00:00:00.010Z"}, 201,
        )  # fmt: skip
