"""Arguments for the 21 tools of HubSpot's MCP server: built, never sent.

    HubSpotMCPHelper.list_contacts(limit=50)                  # arguments of hubspot-list-objects
    HubSpotMCPHelper.search_contacts(email="a@example.org")   # arguments of hubspot-search-objects
    HubSpotMCPHelper.TOOLS["search_contacts"]                 # "hubspot-search-objects"

Server: https://www.npmjs.com/package/@hubspot/mcp-server. What its schemas refuse is refused here, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

from orion_core.base.errors import InvalidInput
from orion_core.engine.adapters.hubspot.adapter import as_text

Arguments = dict[str, Any]
Engagement = Literal["NOTE", "TASK"]
BATCH_MAX: Final = 100
LIST_MAX: Final = 500
CONTACT_PROPERTIES: Final = ("email", "firstname", "lastname", "phone", "company", "jobtitle", "lifecyclestage")
ENGAGED: Final = ("contactIds", "companyIds", "dealIds", "ownerIds", "ticketIds")


class HubSpotMCPHelper:
    """Static builders, one per tool, and the three everyday ones for contacts."""

    TOOLS: ClassVar[dict[str, str]] = {}
    """Builder → tool."""

    @staticmethod
    def list_contacts(limit: int = 100, *, after: str | None = None, properties: Sequence[str] = CONTACT_PROPERTIES) -> Arguments:
        """A page of contacts."""
        return HubSpotMCPHelper.list_objects("contacts", limit=limit, after=after, properties=properties)

    @staticmethod
    def search_contacts(
        email: str | None = None, *, query: str | None = None, limit: int = 10, properties: Sequence[str] = CONTACT_PROPERTIES
    ) -> Arguments:
        """Contacts by e-mail address, or by words."""
        if email is None and query is None:
            raise InvalidInput("Give an e-mail address or words to search for.", detail={"fields": {"email": "missing"}})
        groups = [{"filters": [{"propertyName": "email", "operator": "EQ", "value": email}]}] if email is not None else None
        return HubSpotMCPHelper.search_objects("contacts", query=query, filter_groups=groups, limit=limit, properties=properties)

    @staticmethod
    def create_contacts_batch(contacts: Sequence[Mapping[str, Any]]) -> Arguments:
        """New contacts, each given by its properties."""
        return HubSpotMCPHelper.batch_create_objects("contacts", contacts)

    @staticmethod
    def list_objects(
        object_type: str,
        *,
        limit: int = 100,
        after: str | None = None,
        properties: Sequence[str] | None = None,
        associations: Sequence[str] | None = None,
        archived: bool | None = None,
    ) -> Arguments:
        """A page of objects of one type."""
        return _given(
            objectType=object_type,
            limit=_between("limit", limit, 1, LIST_MAX),
            after=after,
            properties=_list(properties),
            associations=_list(associations),
            archived=archived,
        )

    @staticmethod
    def search_objects(
        object_type: str,
        *,
        query: str | None = None,
        filter_groups: Sequence[Mapping[str, Any]] | None = None,
        limit: int = 10,
        after: str | None = None,
        properties: Sequence[str] | None = None,
        sorts: Sequence[tuple[str, str]] | None = None,
    ) -> Arguments:
        """Objects by words and filters; `sorts` are (property, "ASCENDING" | "DESCENDING")."""
        ordered = [{"propertyName": name, "direction": direction} for name, direction in sorts] if sorts else None
        groups = [dict(group) for group in filter_groups] if filter_groups else None
        return _given(
            objectType=object_type,
            query=query,
            filterGroups=groups,
            limit=_between("limit", limit, 1, 100),
            after=after,
            properties=_list(properties),
            sorts=ordered,
        )

    @staticmethod
    def batch_create_objects(object_type: str, rows: Sequence[Mapping[str, Any]]) -> Arguments:
        """Up to 100 new objects; a row is its properties, or `{"properties", "associations"?, "objectWriteTraceId"?}`."""
        return {"objectType": object_type, "inputs": [_row(row) for row in _batch(rows)]}

    @staticmethod
    def batch_update_objects(object_type: str, rows: Sequence[Mapping[str, Any]]) -> Arguments:
        """Up to 100 changes; a row is `{"id", "properties", "idProperty"?, "objectWriteTraceId"?}`."""
        if any(not row.get("id") or "properties" not in row for row in rows):
            raise InvalidInput(
                "Each row to update needs its id and its properties.", detail={"fields": {"rows": "id or properties missing"}}
            )
        return {"objectType": object_type, "inputs": [{**_row(row), "id": str(row["id"])} for row in _batch(rows)]}

    @staticmethod
    def batch_read_objects(
        object_type: str,
        ids: Sequence[str],
        *,
        properties: Sequence[str] | None = None,
        properties_with_history: Sequence[str] | None = None,
    ) -> Arguments:
        """Up to 100 objects by id."""
        return _given(
            objectType=object_type,
            inputs=[{"id": str(identity)} for identity in _batch(ids)],
            properties=_list(properties),
            propertiesWithHistory=_list(properties_with_history),
        )

    @staticmethod
    def batch_create_associations(
        from_type: str,
        to_type: str,
        pairs: Sequence[tuple[str, str]],
        *,
        type_id: int,
        category: Literal["HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED"] = "HUBSPOT_DEFINED",
    ) -> Arguments:
        """Link objects; a pair is (from id, to id), `type_id` comes from `get_association_definitions`."""
        return {
            "fromObjectType": from_type,
            "toObjectType": to_type,
            "types": [{"associationCategory": category, "associationTypeId": _positive("type_id", type_id)}],
            "inputs": [{"from": {"id": str(one)}, "to": {"id": str(other)}} for one, other in _batch(pairs)],
        }

    @staticmethod
    def get_association_definitions(from_type: str, to_type: str) -> Arguments:
        """The kinds of links between two types."""
        return {"fromObjectType": from_type, "toObjectType": to_type}

    @staticmethod
    def list_associations(object_type: str, object_id: str, to_type: str, *, after: str | None = None) -> Arguments:
        """What an object is linked with."""
        return _given(objectType=object_type, objectId=str(object_id), toObjectType=to_type, after=after)

    @staticmethod
    def list_properties(object_type: str, *, archived: bool | None = None, include_hidden: bool | None = None) -> Arguments:
        """The properties of a type."""
        return _given(objectType=object_type, archived=archived, includeHidden=include_hidden)

    @staticmethod
    def get_property(object_type: str, name: str) -> Arguments:
        """One property."""
        return {"objectType": object_type, "propertyName": name}

    @staticmethod
    def create_property(
        object_type: str,
        name: str,
        label: str,
        *,
        group: str,
        kind: str = "string",
        field_type: str = "text",
        options: Sequence[tuple[str, str]] | None = None,
        **more: Any,
    ) -> Arguments:
        """A new property; `options` are (label, value), `more` are keys of the tool such as `description` or `hasUniqueValue`."""
        return _given(
            objectType=object_type,
            name=name,
            label=label,
            groupName=group,
            type=kind,
            fieldType=field_type,
            options=_options(options),
            **more,
        )

    @staticmethod
    def update_property(
        object_type: str,
        name: str,
        *,
        label: str | None = None,
        description: str | None = None,
        options: Sequence[tuple[str, str]] | None = None,
        **more: Any,
    ) -> Arguments:
        """Change a property."""
        return _given(objectType=object_type, propertyName=name, label=label, description=description, options=_options(options), **more)

    @staticmethod
    def create_engagement(
        kind: Engagement, owner_id: int, *, metadata: Mapping[str, Any], timestamp_ms: int | None = None, **associations: Sequence[int]
    ) -> Arguments:
        """A note or task; `associations` are `contactIds=[…]`, `companyIds`, `dealIds`, `ownerIds`, `ticketIds`."""
        return _given(
            type=kind,
            ownerId=_positive("owner_id", owner_id),
            timestamp=timestamp_ms,
            metadata=dict(metadata),
            associations=_engaged(associations),
        )

    @staticmethod
    def get_engagement(engagement_id: int) -> Arguments:
        """One note or task."""
        return {"engagementId": _positive("engagement_id", engagement_id)}

    @staticmethod
    def update_engagement(
        engagement_id: int,
        *,
        metadata: Mapping[str, Any],
        owner_id: int | None = None,
        timestamp_ms: int | None = None,
        **associations: Sequence[int],
    ) -> Arguments:
        """Change a note or task."""
        return _given(
            engagementId=_positive("engagement_id", engagement_id),
            ownerId=owner_id,
            timestamp=timestamp_ms,
            metadata=dict(metadata),
            associations=_engaged(associations),
        )

    @staticmethod
    def get_user_details() -> Arguments:
        """Whose token it is."""
        return {}

    @staticmethod
    def get_schemas() -> Arguments:
        """The custom object types."""
        return {}

    @staticmethod
    def generate_feedback_link() -> Arguments:
        """Where to tell HubSpot about its server."""
        return {}

    @staticmethod
    def get_link(portal_id: str, pages: Sequence[tuple[str, str | None]], *, ui_domain: str = "app.hubspot.com") -> Arguments:
        """Addresses in HubSpot's own pages; a page is (object type id, object id), without an object id its list."""
        asked = [_given(pagetype="record" if identity else "index", objectTypeId=kind, objectId=identity) for kind, identity in pages]
        return {"portalId": str(portal_id), "uiDomain": ui_domain, "pageRequests": asked}

    @staticmethod
    def list_workflows(limit: int = 20, *, after: str | None = None) -> Arguments:
        """A page of workflows."""
        return _given(limit=_between("limit", limit, 1, 100), after=after)

    @staticmethod
    def get_workflow(flow_id: str) -> Arguments:
        """One workflow."""
        return {"flowId": str(flow_id)}


_EVERYDAY = {"list_contacts": "list_objects", "search_contacts": "search_objects", "create_contacts_batch": "batch_create_objects"}
HubSpotMCPHelper.TOOLS.update(
    (name, "hubspot-" + _EVERYDAY.get(name, name).replace("_", "-"))
    for name, member in vars(HubSpotMCPHelper).items()
    if isinstance(member, staticmethod)
)


def _given(**arguments: Any) -> Arguments:
    return {name: value for name, value in arguments.items() if value is not None}


def _list(values: Sequence[str] | None) -> list[str] | None:
    return list(values) if values is not None else None


def _options(options: Sequence[tuple[str, str]] | None) -> list[Arguments] | None:
    return [{"label": label, "value": value} for label, value in options] if options is not None else None


def _row(row: Mapping[str, Any]) -> Arguments:
    parts = row if isinstance(row.get("properties"), Mapping) else {"properties": row}
    return {**parts, "properties": {name: as_text(value) for name, value in parts["properties"].items()}}


def _engaged(associations: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    unknown = associations.keys() - set(ENGAGED)
    if unknown:
        raise InvalidInput(f"Unknown: {', '.join(sorted(unknown))}. A note or task is linked by {', '.join(ENGAGED)}.")
    return {name: list(ids) for name, ids in associations.items()}


def _batch(rows: Sequence[Any]) -> Sequence[Any]:
    if not 1 <= len(rows) <= BATCH_MAX:
        raise InvalidInput(f"A batch holds 1 to {BATCH_MAX} rows, not {len(rows)}.", detail={"fields": {"rows": "too few or too many"}})
    return rows


def _between(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise InvalidInput(f"{name} is {low} to {high}, not {value}.", detail={"fields": {name: "out of range"}})
    return value


def _positive(name: str, value: int) -> int:
    return _between(name, value, 1, 2**63 - 1)
