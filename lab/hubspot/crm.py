"""The records of the fake CRM: views, validation, writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from lab.goods import CATALOG
from lab.hubspot.commerce import LINES, Commerce
from lab.hubspot.errors import HubSpotError, invalid, not_found
from lab.hubspot.links import Links
from lab.hubspot.people import Companies, Contacts, Moments, wrap
from lab.hubspot.schema import ObjectType, object_types
from lab.hubspot.times import iso, milliseconds
from lab.hubspot.validation import check, normal
from lab.ids import NumberCodec
from lab.store import Collection, Record
from lab.timeline import Timeline

if TYPE_CHECKING:
    from lab.hubspot.api import HubSpot

PORTAL = 147_900_001
Make = Callable[[int, str], Record]


def note_extras(type_id: str, identifier: str, values: Record, moment: str) -> Record:
    """What HubSpot adds to a new note."""
    text = values.get("hs_note_body") or ""
    extras: Record = {
        "hs_body_preview": text[:200], "hs_body_preview_html": f"<html>\n<head></head>\n<body>\n{text}\n</body>\n</html>",
        "hs_body_preview_is_truncated": str(len(text) > 200).lower(), "hs_obj_coords": f"{type_id}-{identifier}",
    }  # fmt: skip
    owner = values.get("hubspot_owner_id")
    if owner:
        extras |= {"hs_all_owner_ids": owner, "hs_user_ids_of_all_owners": owner, "hubspot_owner_assigneddate": moment}
    return extras


class Crm:
    """Collections of one portal and what can be done with their records."""

    def __init__(self, hubspot: HubSpot) -> None:
        self._hubspot = hubspot
        world = hubspot.context.world
        self.types = object_types()
        self._aliases = {alias: obj.name for obj in self.types.values() for alias in (obj.singular, obj.type_id)}
        self.contacts = Contacts(world)
        companies = Companies(world)
        products = NumberCodec(31_000_000_000, salt=5)
        commerce = Commerce(self.contacts, products)
        self.moments: dict[str, Moments] = {
            "contacts": self.contacts.moments, "companies": companies.moments, **commerce.moments,
        }  # fmt: skip
        self.collections: dict[str, Collection] = {}
        self._add("contacts", NumberCodec(734_000_000_000, salt=1), self.contacts.count, self.contacts.properties)
        self._add("companies", NumberCodec(421_000_000_000, salt=2), companies.count, companies.properties)
        self._add("deals", NumberCodec(479_000_000_000, salt=3), commerce.deals, commerce.deal)
        self._add("tickets", NumberCodec(395_000_000_000, salt=4), commerce.tickets, commerce.ticket)
        self._add("products", products, len(CATALOG), commerce.product)
        self._add("line_items", NumberCodec(52_000_000_000, salt=6), commerce.invoices * LINES, commerce.line_item)
        self._add("invoices", NumberCodec(611_000_000_000, salt=7), commerce.invoices, commerce.invoice)
        for place, name in enumerate(("notes", "tasks")):
            self.moments[name] = Moments(world, Timeline(0), 20 + place)
            self._add(name, NumberCodec(881_000_000_000 + place * 10**10, salt=8 + place), 0, lambda i, identifier: {})
        self.links = Links(commerce, self.collections)
        self._emails: dict[str, int] = {}

    def _add(self, name: str, codec: NumberCodec, count: int, properties: Make) -> None:
        moments = self.moments[name]

        def make(index: int) -> Record:
            identifier = codec.encode(index)
            return wrap(identifier, properties(index, identifier), moments.created(index), moments.modified(index))

        self.collections[name] = Collection(name, codec, count, make, timeline=Timeline(count))

    def type_of(self, name: str) -> ObjectType:
        """The object type a path names: ``contacts``, ``contact`` or ``0-1``."""
        found = self.types.get(self._aliases.get(name, name))
        if found is None:
            raise HubSpotError(
                400, f"Unable to infer object type from: {name}", "VALIDATION_ERROR",
                context={"type": [name]},
            )  # fmt: skip
        return found

    def modified_ms(self, name: str, index: int) -> int:
        """When a record was last modified, without building it where that can be avoided."""
        changed = self.collections[name].changed.get(index)
        if changed is None:
            return self.moments[name].modified(index)
        return milliseconds(changed["updatedAt"]) or 0

    def created_ms(self, name: str, index: int) -> int:
        """When a record was created."""
        collection = self.collections[name]
        if index < collection.base:
            return self.moments[name].created(index)
        return milliseconds(collection.changed[index]["createdAt"]) or 0

    def locate(self, obj: ObjectType, identifier: str, id_property: str | None = None) -> int | None:
        """The live record with an id, or with a unique property."""
        collection = self.collections[obj.name]
        if id_property and id_property != "hs_object_id":
            if id_property == "email" and obj.name == "contacts":
                return self.by_email(identifier)
            definition = obj.properties.get(id_property)
            if definition is None or not definition["hasUniqueValue"]:
                raise invalid(f"Property {id_property} is not a unique identifier property of {obj.singular}")
            for index in collection.changed:
                if collection.has(index) and collection.changed[index]["properties"].get(id_property) == identifier:
                    return index
            return None
        found = collection.index(identifier)
        return found if found is not None and collection.has(found) else None

    def by_email(self, email: str) -> int | None:
        """The live contact with an e-mail address; HubSpot keeps them unique."""
        wanted = email.strip().lower()
        collection = self.collections["contacts"]
        places = [self._emails.get(wanted), *map(self.contacts.of_person, self._hubspot.context.world.candidates(wanted))]
        for place in places:
            if place is None or not collection.has(place):
                continue
            if collection.get(place)["properties"]["email"] == wanted:
                return place
        return None

    def view(
        self,
        obj: ObjectType,
        index: int,
        properties: Iterable[str] | None = None,
        *,
        associations: Iterable[str] = (),
        history: Iterable[str] = (),
        record: Record | None = None,
    ) -> Record:
        """A record as answers show it: asked-for properties, unset ones null."""
        record = self.collections[obj.name].get(index) if record is None else record
        held = record["properties"]
        wanted = {obj.created, obj.modified, "hs_object_id"}
        wanted.update(obj.defaults if properties is None else (p for p in properties if p in obj.properties))
        shown: Record = {"id": record["id"], "properties": {name: held.get(name) for name in sorted(wanted)}}
        if history:
            shown["propertiesWithHistory"] = {
                name: [{"value": held.get(name) or "", "timestamp": record["updatedAt"], "sourceType": "INTEGRATION",
                        "sourceId": "18221010"}]
                for name in history
                if name in obj.properties
            }  # fmt: skip
        shown |= {key: record[key] for key in ("createdAt", "updatedAt", "archived")}
        if record["archived"]:
            shown["archivedAt"] = record["archivedAt"]
        linked = {}
        for name in associations:
            rows = self.links.short(obj.name, self.type_of(name).name, index)
            if rows:
                linked[self.type_of(name).name.replace("_", " ")] = {"results": rows}
        if linked:
            shown["associations"] = linked
        shown["url"] = f"https://app.hubspot.com/contacts/{PORTAL}/record/{obj.type_id}/{record['id']}"
        return shown

    def create(self, obj: ObjectType, sent: Any) -> int:
        """Create a record; returns its index."""
        values = normal(sent)
        check(obj, values)
        email = values.get("email") if obj.name == "contacts" else None
        if email:
            existing = self.by_email(email)
            if existing is not None:
                raise HubSpotError(
                    409, f"Contact already exists. Existing ID: {self.collections['contacts'].id(existing)}", "CONFLICT"
                )
        now = int(self._hubspot.context.now() * 1000)
        collection = self.collections[obj.name]

        def build(index: int, identifier: str) -> Record:
            return wrap(identifier, self._fresh(obj, identifier, values, now), now, now)

        record = collection.add(build, now // 1000)
        index = collection.top - 1
        if email:
            self._emails[email] = index
        self._hubspot.journal("create", obj.singular, record["id"])
        self._hubspot.tell(obj.singular, "creation", record["id"])
        return index

    def _fresh(self, obj: ObjectType, identifier: str, values: Record, now: int) -> Record:
        moment = iso(now)
        properties: Record = {
            obj.created: moment, obj.modified: moment, "hs_object_id": identifier, "hs_object_source": "INTEGRATION",
            "hs_object_source_id": "18221010", "hs_object_source_label": "INTEGRATION",
        }  # fmt: skip
        if obj.name not in ("notes", "tasks"):
            properties |= {"hs_v2_date_entered_current_stage": moment, "hs_v2_time_in_current_stage": moment, "num_notes": "0"}
        if obj.name in ("contacts", "companies"):
            properties |= {"hs_pipeline": f"{obj.name}-lifecycle-pipeline", "lifecyclestage": "lead"}
        if obj.name == "contacts":
            properties |= {
                "hs_all_contact_vids": identifier, "hs_associated_target_accounts": "0", "hs_is_contact": "true",
                "hs_currently_enrolled_in_prospecting_agent": "false", "hs_is_unworked": "true", "email": None,
                "hs_lifecyclestage_lead_date": str(now), "hs_membership_has_accessed_private_content": "0",
                "hs_prospecting_agent_actively_enrolled_count": "0", "hs_prospecting_agent_total_enrolled_count": "0",
                "hs_registered_member": "0", "hs_sequences_actively_enrolled_count": "0",
            }  # fmt: skip
        if obj.name == "companies":
            properties |= {
                "hs_annual_revenue_currency_code": "USD", "hs_num_blockers": "0", "hs_num_child_companies": "0",
                "hs_num_contacts_with_buying_roles": "0", "hs_num_decision_makers": "0", "hs_num_open_deals": "0",
                "num_associated_contacts": "0",
            }  # fmt: skip
        if obj.name == "tickets":
            properties |= {"hs_pipeline": "0", "hs_pipeline_stage": "1", "hs_ticket_id": identifier}
        if obj.name == "deals":
            properties |= {"pipeline": "default"}
        if obj.name == "notes":
            properties |= note_extras(obj.type_id, identifier, values, moment)
        properties |= values
        self._calculate(obj, properties)
        return properties

    @staticmethod
    def _calculate(obj: ObjectType, properties: Record) -> None:
        """Properties HubSpot works out from others."""
        if obj.name == "contacts":
            names = (properties.get("firstname"), properties.get("lastname"))
            email = properties.get("email")
            properties["hs_full_name_or_email"] = " ".join(filter(None, names)) or email
            properties["hs_email_domain"] = email.rpartition("@")[2] if email else None
            phone = properties.get("phone")
            properties["hs_searchable_calculated_phone_number"] = re.sub(r"\D", "", phone) if phone else None
        if obj.name == "companies":
            properties["hs_task_label"] = properties.get("name")
            properties["website"] = properties.get("website") or properties.get("domain")

    def update(self, obj: ObjectType, index: int, sent: Any, *, quiet: bool = False) -> Record:
        """Change a record; returns what the answer shows: what was sent and what HubSpot keeps itself."""
        values = normal(sent)
        check(obj, values)
        collection = self.collections[obj.name]
        record = collection.edit(index)
        email = values.get("email") if obj.name == "contacts" else None
        if email:
            other = self.by_email(email)
            if other is not None and other != index:
                raise HubSpotError(
                    409, f"A contact with the email '{email}' already exists.", "CONFLICT",
                    extra={"subCategory": "VALIDATION_ERROR.DUPLICATE"},
                )  # fmt: skip
            self._emails[email] = index
        changes = {name: value for name, value in values.items() if record["properties"].get(name) != value}
        if changes:
            now = int(self._hubspot.context.now() * 1000)
            record["properties"] |= changes
            self._calculate(obj, record["properties"])
            record["properties"][obj.modified] = record["updatedAt"] = iso(now)
            collection.put(index, record)
            for name, value in changes.items():
                self._hubspot.tell(obj.singular, "propertyChange", record["id"], name, value)
        if not quiet:
            self._hubspot.journal("update", obj.singular, record["id"])
        kept = {name for name in record["properties"] if name.startswith("hs_object_source") or name.startswith("hs_v2")}
        return self.view(obj, index, {*values, *kept, "hs_pipeline", "lifecyclestage"} & record["properties"].keys())

    def archive(self, obj: ObjectType, index: int, *, quiet: bool = False) -> None:
        """Move a record to the recycle bin, where ``archived=true`` still lists it."""
        collection = self.collections[obj.name]
        if not collection.has(index):
            raise not_found()
        now = self._hubspot.context.now()
        record = collection.edit(index)
        record["archived"], record["archivedAt"] = True, iso(int(now * 1000))
        collection.changed[index] = record
        collection.remove(index, now)
        if not quiet:
            self._hubspot.journal("archive", obj.singular, record["id"])
        self._hubspot.tell(obj.singular, "deletion", record["id"])
