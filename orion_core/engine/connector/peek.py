"""Typed glances into JSON: decode a few dotted paths, skip the rest."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct, defstruct


def struct_of(leaves: dict[str, Any], required: AbstractSet[str] = frozenset()) -> type[Struct]:
    """A msgspec type that decodes just these dotted paths and skips the rest; a path not required may be absent (UNSET)."""
    tree: dict[str, Any] = {}
    for path, kind in leaves.items():
        *parents, last = path.split(".")
        node = tree
        for part in parents:
            node = node.setdefault(part, {})
        node[last] = (kind, path in required)
    return _build(tree)


def _build(tree: dict[str, Any]) -> type[Struct]:
    fields: list[Any] = []
    names: dict[str, str] = {}
    for key, node in tree.items():
        name = _attribute(key)
        names[name] = key
        kind, needed = (_build(node), _any_required(node)) if isinstance(node, dict) else node
        if isinstance(node, dict) and not needed:
            kind = kind | None
        fields.append((name, kind) if needed else (name, kind if kind is Any else kind | msgspec.UnsetType, msgspec.UNSET))
    return defstruct("Peek", fields, rename=names, kw_only=True, gc=False)


def _attribute(key: str) -> str:
    return "k" + key.encode().hex()


def _any_required(node: dict[str, Any]) -> bool:
    return any(_any_required(item) if isinstance(item, dict) else item[1] for item in node.values())


def getter(path: str, required: bool = False) -> Callable[[Any], Any]:
    """A function from a `struct_of` value to what stands at `path`."""
    if not path:
        return lambda value: value
    parts = [_attribute(part) for part in path.split(".")]
    if required or len(parts) == 1:
        return attrgetter(".".join(parts))

    def get(value: Any) -> Any:
        for part in parts:
            if value is None or value is msgspec.UNSET:
                return None
            value = getattr(value, part)
        return value

    return get
