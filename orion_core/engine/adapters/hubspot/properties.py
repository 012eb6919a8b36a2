"""Which properties to ask for: HubSpot sends only those a call names.

Provider docs: https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from orion_core.base.errors import PermissionMissing, RemoteNotFound
from orion_core.engine.connector.session import Session
from orion_core.engine.mapping import Mapping, Rule

# Characters of the `properties` parameter, encoded, above which an address becomes too long for the way to HubSpot.
LONGEST = 12_000
# Said of a record that took in others: their ids are gone.
MERGED = "hs_merged_object_ids"


class Properties:
    """The property names of each object, asked for once a run."""

    def __init__(self, session: Session, choice: object = None) -> None:
        self.session, self.choice = session, choice
        self._known: dict[str, list[str]] = {}

    async def names(self, kind: str, mapping: Mapping | None, exclude: frozenset[str] = frozenset()) -> list[str]:
        """All visible properties, the mapped ones and custom ones included, sorted. `choice` "all" takes the hidden ones too.

        A token that may not see the schema (or an object without one) gets the mapped properties.
        """
        if kind not in self._known:
            mapped = set(mapped_properties(mapping.rules)) if mapping else set()
            try:
                found = (await self.session.get_json(f"/crm/v3/properties/{kind}")).get("results", [])
            except (PermissionMissing, RemoteNotFound):
                found = []
            wanted = {str(item["name"]) for item in found if self.choice == "all" or not item.get("hidden")}
            exists = {str(item["name"]) for item in found}
            self._known[kind] = sorted(wanted | (mapped & exists if exists else mapped) | ({MERGED} & exists))
        return [name for name in self._known[kind] if f"properties.{name}" not in exclude]


def mapped_properties(rules: Iterable[Rule]) -> Iterable[str]:
    """The names under `properties.` that rules speak of."""
    for rule in rules:
        for path in (rule.path, *(str(value) for value in rule.args.values() if isinstance(value, str))):
            if path.startswith("properties."):
                yield path.split(".")[1].split("[")[0]


def too_long(names: list[str]) -> bool:
    """Whether these names do not fit into an address."""
    return len(quote(",".join(names), safe="")) > LONGEST
