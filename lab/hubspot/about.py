"""What a portal says of itself: properties, owners, pipelines, schemas, account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.http import Request, Response
from lab.hubspot.crm import PORTAL, Crm
from lab.hubspot.errors import HubSpotError, input_json, invalid, not_found
from lab.hubspot.objects import Params, json_body, json_response
from lab.hubspot.schema import DEAL_STAGES, Property, define
from lab.hubspot.times import iso
from lab.store import Record
from lab.timeline import WORLD_START

if TYPE_CHECKING:
    from lab.hubspot.api import HubSpot

_BORN = iso(WORLD_START * 1000)
_NEW_KINDS = {"string": "t", "number": "n", "datetime": "d", "date": "D", "enumeration": "e", "bool": "b"}


class About:
    """Descriptive endpoints of one portal."""

    def __init__(self, hubspot: HubSpot, crm: Crm) -> None:
        self._hubspot = hubspot
        self._crm = crm

    def account(self) -> Response:
        """``/account-info/v3/details``"""
        return json_response(
            {
                "portalId": PORTAL, "accountType": "DEVELOPER_TEST", "timeZone": "US/Eastern", "companyCurrency": "USD",
                "additionalCurrencies": ["EUR", "JPY"], "utcOffset": "-05:00", "utcOffsetMilliseconds": -18_000_000,
                "uiDomain": "app.hubspot.com", "dataHostingLocation": "na1",
            }
        )  # fmt: skip

    def owners(self, request: Request, rest: list[str]) -> Response | None:
        """``/crm/v3/owners``: the twelve people the portal's records belong to."""
        if request.method != "GET" or len(rest) > 1:
            return None
        everyone = [self._owner(place) for place in range(12)]
        if rest and rest[0]:
            key = "userId" if Params(request).one("idProperty") == "userId" else "id"
            found = next((owner for owner in everyone if str(owner[key]) == rest[0]), None)
            if found is None:
                raise not_found()
            return json_response(found)
        params = Params(request)
        email = params.one("email")
        chosen = [owner for owner in everyone if not email or owner["email"] == email]
        start, limit = params.number("after", 0), params.number("limit", 100)
        answer: Record = {"results": chosen[start : start + limit]}
        if start + limit < len(chosen):
            answer["paging"] = {"next": {"after": str(start + limit)}}
        return json_response(answer)

    def _owner(self, place: int) -> Record:
        person = self._hubspot.context.world.person(10_000_000 + place)
        number = 534_900 + place
        return {
            "id": str(number), "email": person.email, "type": "PERSON", "firstName": person.first,
            "lastName": person.last, "userId": number, "userIdIncludingInactive": number, "createdAt": _BORN,
            "updatedAt": _BORN, "archived": False,
        }  # fmt: skip

    def pipelines(self, request: Request, rest: list[str]) -> Response | None:
        """``/crm/v3/pipelines/{type}``"""
        if request.method != "GET" or not rest:
            return None
        obj = self._crm.type_of(rest[0])
        if obj.name == "deals":
            pipelines = [_pipeline("default", "Sales Pipeline", [(stage, stage) for stage in DEAL_STAGES])]
        elif obj.name == "tickets":
            stages = [("1", "New"), ("2", "Waiting on contact"), ("3", "Waiting on us"), ("4", "Closed")]
            pipelines = [_pipeline("0", "Support Pipeline", stages)]
        else:
            pipelines = []
        if len(rest) == 1:
            return json_response({"results": pipelines})
        found = next((pipeline for pipeline in pipelines if pipeline["id"] == rest[1]), None)
        if found is None:
            raise not_found()
        return json_response({"results": found["stages"]} if rest[2:] == ["stages"] else found)

    def schemas(self, rest: list[str]) -> Response:
        """``/crm-object-schemas/v3/schemas``: the lab has no custom objects."""
        if rest:
            raise HubSpotError(404, f"Unable to infer object type from: {rest[0]}", "OBJECT_NOT_FOUND")
        return json_response({"results": []})

    def properties(self, request: Request, rest: list[str]) -> Response | None:
        """``/crm/v3/properties/{type}[/{name}]``"""
        if not rest:
            return None
        obj = self._crm.type_of(rest[0])
        match request.method, rest[1:]:
            case "GET", []:
                if Params(request).one("archived").lower() == "true":
                    return json_response({"results": []})
                return json_response({"results": sorted(obj.properties.values(), key=lambda p: p["name"])})
            case "POST", []:
                return json_response(self._define(obj.name, json_body(request)), 201)
            case "POST", ["batch", "read"]:
                names = [str(row.get("name")) for row in json_body(request).get("inputs", [])]
                found = [obj.properties[name] for name in names if name in obj.properties]
                return json_response({"status": "COMPLETE", "results": found, "startedAt": _BORN, "completedAt": _BORN})
            case ("GET" | "PATCH" | "DELETE", [name]):
                definition = obj.properties.get(name)
                if definition is None:
                    raise HubSpotError(404, f"Property {name} does not exist", "OBJECT_NOT_FOUND")
                if request.method == "DELETE":
                    if definition["hubspotDefined"]:
                        raise invalid(f"Property {name} is defined by HubSpot and cannot be archived")
                    del obj.properties[name]
                    return Response(204)
                if request.method == "PATCH":
                    allowed = ("label", "description", "groupName", "options", "displayOrder", "hidden", "fieldType")
                    definition |= {key: value for key, value in json_body(request).items() if key in allowed}
                return json_response(definition)
        return None

    def _define(self, name: str, body: Any) -> Property:
        if not isinstance(body, dict):
            raise input_json("expected an object")
        lacking = [key for key in ("name", "label", "type", "fieldType", "groupName") if not body.get(key)]
        if lacking:
            raise input_json(f"Some required fields were not set: [{', '.join(lacking)}]")
        obj = self._crm.types[name]
        if body["name"] in obj.properties:
            raise HubSpotError(
                409, f"A property named '{body['name']}' already exists.", "OBJECT_ALREADY_EXISTS",
                context={"name": [str(body["name"])]},
            )  # fmt: skip
        if body["type"] not in _NEW_KINDS:
            raise invalid(f"Invalid property type: {body['type']}")
        definition = define(str(body["name"]), str(body["label"]), _NEW_KINDS[body["type"]], obj.singular)
        now = iso(int(self._hubspot.context.now() * 1000))
        definition |= {
            "createdAt": now, "updatedAt": now, "hubspotDefined": False, "groupName": body["groupName"],
            "fieldType": body["fieldType"], "hasUniqueValue": bool(body.get("hasUniqueValue", False)),
            "description": str(body.get("description", "")),
        }  # fmt: skip
        if body.get("options"):
            definition["options"] = body["options"]
        obj.properties[definition["name"]] = definition
        return definition


def _pipeline(identifier: str, label: str, stages: list[tuple[str, str]]) -> Record:
    return {
        "id": identifier, "label": label, "displayOrder": 0, "createdAt": _BORN, "updatedAt": _BORN, "archived": False,
        "stages": [
            {
                "id": stage, "label": name, "displayOrder": place, "createdAt": _BORN, "updatedAt": _BORN,
                "archived": False, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                "metadata": {"isClosed": str(stage.startswith("closed") or name == "Closed").lower()},
            }
            for place, (stage, name) in enumerate(stages)
        ],
    }  # fmt: skip
