"""Associations between records: https://developers.hubspot.com/docs/api/crm/associations"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lab.hubspot.commerce import LINES, Commerce
from lab.store import Collection

# (from, to) → the types HubSpot defines: number and label; the one with a label is the primary one
TYPES: dict[tuple[str, str], tuple[tuple[int, str | None], ...]] = {
    ("contacts", "companies"): ((1, "Primary"), (279, None)),
    ("companies", "contacts"): ((2, "Primary"), (280, None)),
    ("contacts", "deals"): ((4, None),),
    ("deals", "contacts"): ((3, None),),
    ("deals", "companies"): ((5, "Primary"), (341, None)),
    ("companies", "deals"): ((6, "Primary"), (342, None)),
    ("contacts", "tickets"): ((15, None),),
    ("tickets", "contacts"): ((16, None),),
    ("companies", "tickets"): ((25, "Primary"), (340, None)),
    ("tickets", "companies"): ((26, "Primary"), (339, None)),
    ("deals", "line_items"): ((19, None),),
    ("line_items", "deals"): ((20, None),),
    ("invoices", "contacts"): ((177, None),),
    ("contacts", "invoices"): ((178, None),),
    ("invoices", "companies"): ((179, None),),
    ("companies", "invoices"): ((180, None),),
    ("invoices", "line_items"): ((409, None),),
    ("line_items", "invoices"): ((410, None),),
    ("notes", "contacts"): ((202, None),),
    ("contacts", "notes"): ((201, None),),
    ("notes", "companies"): ((190, None),),
    ("companies", "notes"): ((189, None),),
    ("tasks", "contacts"): ((204, None),),
    ("contacts", "tasks"): ((203, None),),
}

_SINGULAR = {"companies": "company", "line_items": "line_item"}


def singular(name: str) -> str:
    """``companies`` → ``company``"""
    return _SINGULAR.get(name, name[:-1])


class Links:
    """Generated associations by arithmetic, and those that were written."""

    def __init__(self, commerce: Commerce, collections: Mapping[str, Collection]) -> None:
        self._commerce = commerce
        self._contacts = commerce.contacts
        self._world = commerce.world
        self._collections = collections
        self._added: dict[tuple[str, str, int], dict[int, set[int]]] = {}
        self._removed: set[tuple[str, str, int, int]] = set()
        via = self._via_contact
        self._base: dict[tuple[str, str], Callable[[int], list[int]]] = {
            ("contacts", "companies"): self._company_of_contact,
            ("companies", "contacts"): self._contacts_of_company,
            ("deals", "contacts"): lambda d: [d * 2 % self._contacts.count],
            ("contacts", "deals"): lambda j: self._every(j, 2, commerce.deals),
            ("deals", "companies"): lambda d: self._company_of_contact(d * 2 % self._contacts.count),
            ("companies", "deals"): lambda c: via(c, 2, commerce.deals),
            ("invoices", "contacts"): lambda k: [k * 3 % self._contacts.count],
            ("contacts", "invoices"): lambda j: self._every(j, 3, commerce.invoices),
            ("invoices", "companies"): lambda k: self._company_of_contact(k * 3 % self._contacts.count),
            ("companies", "invoices"): lambda c: via(c, 3, commerce.invoices),
            ("tickets", "contacts"): lambda t: [t * 10 % self._contacts.count],
            ("contacts", "tickets"): lambda j: self._every(j, 10, commerce.tickets),
            ("tickets", "companies"): lambda t: self._company_of_contact(t * 10 % self._contacts.count),
            ("companies", "tickets"): lambda c: via(c, 10, commerce.tickets),
            ("invoices", "line_items"): lambda k: [k * LINES + place for place in range(LINES)],
            ("line_items", "invoices"): lambda i: [i // LINES],
        }

    @staticmethod
    def _every(contact: int, step: int, count: int) -> list[int]:
        index, rest = divmod(contact, step)
        return [index] if rest == 0 and index < count else []

    def _company_of_contact(self, contact: int) -> list[int]:
        person = self._world.person(contact + self._contacts.first)
        return [person.company] if person.company >= 0 else []

    def _contacts_of_company(self, company: int) -> list[int]:
        step, first = self._world.companies, self._contacts.first
        start = company + -(-(first - company) // step) * step if company < first else company
        people = range(start, first + self._contacts.count, step)
        # the rule of World.person: every sixth works for nobody
        return [person - first for person in people if self._world.bits(person) % 6]

    def _via_contact(self, company: int, step: int, count: int) -> list[int]:
        return [index for j in self._contacts_of_company(company) for index in self._every(j, step, count)]

    def get(self, source: str, target: str, index: int) -> list[tuple[int, tuple[int, ...]]]:
        """Associated live records, each with its association types."""
        base = self._base.get((source, target))
        seeded = index < self._collections[source].base
        found: dict[int, set[int]] = {}
        if base is not None and seeded:
            types = {number for number, _ in TYPES[(source, target)]}
            for other in base(index):
                if (source, target, index, other) not in self._removed:
                    found[other] = set(types)
        for other, numbers in self._added.get((source, target, index), {}).items():
            found.setdefault(other, set()).update(numbers)
        live = self._collections[target]
        return [(other, tuple(sorted(numbers))) for other, numbers in sorted(found.items()) if live.has(other)]

    def connect(self, source: str, target: str, index: int, other: int, numbers: set[int]) -> None:
        """Associate two records, both ways."""
        self._removed.discard((source, target, index, other))
        self._removed.discard((target, source, other, index))
        default = {number for number, label in TYPES.get((source, target), ()) if label is None}
        self._added.setdefault((source, target, index), {}).setdefault(other, set()).update(numbers | default)
        back = {number for number, label in TYPES.get((target, source), ()) if label is None}
        self._added.setdefault((target, source, other), {}).setdefault(index, set()).update(back)

    def disconnect(self, source: str, target: str, index: int, other: int) -> None:
        """Remove every association between two records."""
        for a, b, x, y in ((source, target, index, other), (target, source, other, index)):
            self._removed.add((a, b, x, y))
            self._added.get((a, b, x), {}).pop(y, None)

    def described(self, source: str, target: str, numbers: tuple[int, ...]) -> list[dict[str, Any]]:
        """Association types as version 4 of the interface shows them."""
        labels = dict(TYPES.get((source, target), ()))
        return [
            {"category": "HUBSPOT_DEFINED" if number in labels else "USER_DEFINED", "typeId": number,
             "label": labels.get(number)}
            for number in numbers
        ]  # fmt: skip

    def short(self, source: str, target: str, index: int) -> list[dict[str, str]]:
        """Associations as records list them: one row per type."""
        name = f"{singular(source)}_to_{singular(target)}"
        rows = []
        for other, numbers in self.get(source, target, index):
            identifier = self._collections[target].id(other)
            if len(TYPES.get((source, target), ())) > 1:
                labels = dict(TYPES[(source, target)])
                for number in numbers:
                    kind = name if labels.get(number) else f"{name}_unlabeled"
                    rows.append({"id": identifier, "type": kind})
            else:
                rows.append({"id": identifier, "type": name})
        return rows
