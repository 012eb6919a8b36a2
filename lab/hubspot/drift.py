"""A portal whose people are at work: random changes, the same for the same random state."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from lab.hubspot.schema import DEAL_STAGES

if TYPE_CHECKING:
    from lab.hubspot.api import HubSpot


def drift(
    hubspot: HubSpot, name: str, rng: random.Random, updates: int, deletes: int, creates: int
) -> dict[str, list[str]]:
    """Change, archive and create records."""
    crm = hubspot.crm
    if name not in ("contacts", "companies", "deals"):
        raise ValueError("object must be contacts, companies or deals")
    obj = crm.types[name]
    collection = crm.collections[name]
    done: dict[str, list[str]] = {"updated": [], "deleted": [], "created": []}
    chosen = hubspot.choose(collection, rng, updates + deletes)
    for index in chosen[:updates]:
        crm.update(obj, index, _change(name, rng), quiet=True)
        done["updated"].append(collection.id(index))
    for index in chosen[updates:]:
        crm.archive(obj, index, quiet=True)
        done["deleted"].append(collection.id(index))
    for _ in range(creates):
        done["created"].append(_create(hubspot, name, rng))
    return done


def _change(name: str, rng: random.Random) -> dict[str, str]:
    stamp = f"{rng.randrange(10**6):06d}"
    if name == "contacts":
        return rng.choice(
            (
                {"phone": f"(415) 555-{stamp[:4]}"},
                {"jobtitle": f"Director {stamp}"},
                {"city": f"Newtown {stamp}"},
                {"email": f"moved{stamp}@newhome.example"},
            )
        )
    if name == "deals":
        return {"amount": stamp, "dealstage": rng.choice(DEAL_STAGES)}
    return {"phone": f"+1415555{stamp[:4]}", "description": f"Revised {stamp}"}


def _create(hubspot: HubSpot, name: str, rng: random.Random) -> str:
    crm = hubspot.crm
    collection = crm.collections[name]
    stamp = f"{rng.randrange(10**9):09d}"
    person = hubspot.context.world.person(crm.contacts.first + collection.top)
    values: dict[str, str] = {"name": f"{person.last} {stamp}", "domain": f"new{stamp}.example"}
    if name == "contacts":
        email = person.email if crm.by_email(person.email) is None else f"new{stamp}@{person.locale.free_mail}"
        values = {"email": email, "firstname": person.first, "lastname": person.last, "phone": person.phone}
    elif name == "deals":
        values = {"dealname": f"{person.name} {stamp}", "amount": stamp[:5], "dealstage": DEAL_STAGES[0]}
    index = crm.create(crm.types[name], values)
    return collection.id(index)
