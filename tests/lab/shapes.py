"""Comparing the shape of an answer with a recorded one: same fields, same JSON types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def kind(value: Any) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


class Shape:
    """What was seen at each path of some examples: types, and the fields of objects."""

    def __init__(self, examples: Iterable[Any], free: Iterable[str] = ()) -> None:
        # below these paths people choose the fields themselves (metadata and the like)
        self.free = frozenset(free)
        self.types: dict[str, set[str]] = {}
        self.fields: dict[str, set[str]] = {}
        self.always: dict[str, set[str]] = {}
        for example in examples:
            self._learn("", example)

    def _learn(self, path: str, value: Any) -> None:
        self.types.setdefault(path, set()).add(kind(value))
        if path in self.free:
            return
        if isinstance(value, dict):
            self.fields.setdefault(path, set()).update(value)
            self.always[path] = self.always.get(path, set(value)) & set(value)
            for name, item in value.items():
                self._learn(f"{path}.{name}", item)
        elif isinstance(value, list):
            for item in value:
                self._learn(f"{path}[]", item)

    def misfits(self, value: Any, *, optional: Iterable[str] = ()) -> list[str]:
        """Where a value departs from the shape: a field never seen, one always seen and now missing, another type.

        A type seen only as null, and an object or list seen only empty, tell nothing of what they hold.
        """
        found: list[str] = []
        self._compare("", value, frozenset(optional), found)
        return found

    def _compare(self, path: str, value: Any, optional: frozenset[str], found: list[str]) -> None:
        seen = self.types.get(path)
        if seen is None:
            return
        if kind(value) not in seen and value is not None and seen != {"null"}:
            found.append(f"{path}: {kind(value)}, recorded {'/'.join(sorted(seen))}")
        if path in self.free:
            return
        if isinstance(value, dict) and self.fields.get(path):
            for name in sorted(set(value) - self.fields[path]):
                if f"{path}.{name}" not in optional:
                    found.append(f"{path}.{name}: not in the recording")
            for name in sorted(self.always[path] - set(value)):
                if f"{path}.{name}" not in optional:
                    found.append(f"{path}.{name}: missing")
            for name, item in value.items():
                self._compare(f"{path}.{name}", item, optional, found)
        elif isinstance(value, list):
            for item in value:
                self._compare(f"{path}[]", item, optional, found)
