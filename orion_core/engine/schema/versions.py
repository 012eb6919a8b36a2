"""Semantic schema versions, and the functions that lift stored records from one to the next.

A new field or word is a minor version and needs nothing. A field that is renamed, split or retyped is a major version and
registers an upcaster; records are lifted when read, so a release never rewrites a table.

    @upcaster("customer", "1.0.0", "2.0.0")
    def split_company(stored): ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Stored = dict[str, Any]
Upcaster = Callable[[Stored], Stored]
_UPCASTERS: dict[str, dict[str, tuple[str, Upcaster]]] = {}


def parse_version(version: str) -> tuple[int, int, int]:
    """`"1.2.3"` as numbers.

    Raises:
        ValueError: not three numbers with dots between.
    """
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"{version!r} is not a version such as 1.0.0")
    major, minor, patch = map(int, parts)
    return major, minor, patch


def is_newer(version: str, than: str) -> bool:
    """Whether `version` comes after `than`."""
    return parse_version(version) > parse_version(than)


def upcaster(model: str, from_version: str, to_version: str) -> Callable[[Upcaster], Upcaster]:
    """Register a function that lifts stored records of `model` from one version to a later one.

    It gets a copy it may change, and returns the lifted record.
    """
    if not is_newer(to_version, from_version):
        raise ValueError(f"an upcaster goes forward, not {from_version} → {to_version}")

    def register(function: Upcaster) -> Upcaster:
        steps = _UPCASTERS.setdefault(model, {})
        if from_version in steps:
            raise ValueError(f"{model} already has an upcaster from {from_version}")
        steps[from_version] = (to_version, function)
        return function

    return register


def upcast(model: str, stored: Stored, from_version: str, to_version: str) -> Stored:
    """`stored` lifted from one version to the other.

    Versions between which nothing is registered differ only by added fields, so nothing needs to be done.

    Raises:
        ValueError: stored by a newer major version than this Orion understands.
    """
    position, target = parse_version(from_version), parse_version(to_version)
    if position[0] > target[0]:
        raise ValueError(f"the {model} was stored by schema {from_version}, this Orion reads up to {to_version}: upgrade Orion")
    steps = sorted(((parse_version(end), function) for end, function in _UPCASTERS.get(model, {}).values()), key=lambda step: step[0])
    lifted = stored
    for end, function in steps:
        if position < end <= target:
            lifted = function(dict(lifted))
            position = end
    return lifted
