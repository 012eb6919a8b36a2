"""Named transforms and their inverses: one registry for mappings, flows and the mapper."""

from __future__ import annotations

from collections import abc
from typing import Any

from orion_core.engine.mapping.context import SKIP, Context, Unfit
from orion_core.engine.mapping.transforms import addresses, amounts, countries, numbers, people, texts, times
from orion_core.engine.mapping.transforms.addresses import format_address, split_address
from orion_core.engine.mapping.transforms.countries import country_names, country_of
from orion_core.engine.mapping.transforms.people import e164, split_full_name
from orion_core.engine.mapping.transforms.registry import TRANSFORMS, Bound, Transform, check_args, transform

__all__ = [
    "SKIP",
    "TRANSFORMS",
    "Bound",
    "Context",
    "Transform",
    "Unfit",
    "apply_transform",
    "check_args",
    "country_names",
    "country_of",
    "e164",
    "format_address",
    "split_address",
    "split_full_name",
    "transform",
]

_MODULES = (addresses, amounts, countries, numbers, people, texts, times)  # importing them is what fills the registry


def apply_transform(name: str, value: Any, args: abc.Mapping[str, Any] | None = None, *, record: Any = None) -> Any:
    """One value through one transform, for flows and previews.

    Raises:
        KeyError: no such transform.
        Unfit: the value cannot be transformed (a ValueError).
    """
    bound = TRANSFORMS[name].bind(args)
    if value is None and not bound.nulls:
        return None
    try:
        return bound.forward(value, Context({} if record is None else record))
    except Unfit as why:
        if why.flag is not None:
            raise
        return why.instead if isinstance(why.instead, str) else None
