"""The one registry of transforms; mappings, flows and the mapper use it.

A transform is a named pair of functions: `forward` turns what a provider sends into what the unified field holds, `inverse` turns it
back. It is bound to its arguments once, and then called per value:

    @transform("epoch", accepts=("int",), gives="time", params={...})
    def epoch(args):
        \"\"\"Seconds since 1970 ↔ a time.\"\"\"
        return Bound(forward, inverse)

Laws (tested with random data): where `exact`, `inverse(forward(x)) == x` for every x it accepts; otherwise
`forward(inverse(forward(x))) == forward(x)`.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from orion_core.engine.mapping.context import SKIP, Context, Unfit

Args = abc.Mapping[str, Any]
Function = Callable[[Any, Context], Any]


@dataclass(frozen=True, slots=True)
class Bound:
    """A transform with its arguments. `identity` marks an inverse that changes nothing; `nulls` a forward that wants None too."""

    forward: Function
    inverse: Function | None = None
    identity: bool = False
    nulls: bool = False


@dataclass(frozen=True, slots=True)
class Transform:
    """A named transform: what it takes and gives (kinds of `schema.fields`, or "any"), the JSON schema of its arguments, its words."""

    name: str
    doc: str
    accepts: tuple[str, ...]
    gives: str
    params: dict[str, Any]
    make: Callable[[Args], Bound]
    exact: bool = False
    examples: tuple[tuple[Any, dict[str, Any], Any], ...] = field(default=())

    def bind(self, args: Args | None = None) -> Bound:
        """The functions for these arguments.

        Raises:
            ValueError: an argument is unknown, missing or of the wrong type.
        """
        problems = check_args(self.params, args or {})
        if problems:
            raise ValueError("; ".join(f"{name}: {what}" for name, what in problems.items()))
        return self.make(args or {})

    def forward(self, value: Any, ctx: Context | None = None, args: Args | None = None) -> Any:
        """Provider's value → unified value (binds anew each time: for one-off use).

        Raises:
            Unfit: the value cannot be transformed.
        """
        return self.bind(args).forward(value, ctx or Context({}))

    def inverse(self, value: Any, ctx: Context | None = None, args: Args | None = None) -> Any:
        """Unified value → provider's value; `SKIP` when there is nothing to write.

        Raises:
            Unfit: there is no way back.
        """
        bound = self.bind(args)
        if bound.identity:
            return value
        if bound.inverse is None:
            raise Unfit(f"{self.name} has no inverse")
        return bound.inverse(value, ctx or Context({}))

    def describe(self) -> dict[str, Any]:
        """For the mapping page and the docs: name, words, kinds, arguments."""
        return {
            "name": self.name,
            "doc": self.doc,
            "accepts": list(self.accepts),
            "gives": self.gives,
            "params": self.params,
            "exact": self.exact,
        }


TRANSFORMS: Final[dict[str, Transform]] = {}


def transform(
    name: str,
    *,
    accepts: tuple[str, ...],
    gives: str,
    params: dict[str, Any] | None = None,
    required: tuple[str, ...] = (),
    exact: bool = False,
    examples: tuple[tuple[Any, dict[str, Any], Any], ...] = (),
) -> Callable[[Callable[[Args], Bound]], Callable[[Args], Bound]]:
    """Register the function that binds a transform to its arguments. `params`: JSON schema of each argument."""
    schema = {"type": "object", "properties": params or {}, "required": list(required), "additionalProperties": False}

    def register(make: Callable[[Args], Bound]) -> Callable[[Args], Bound]:
        if name in TRANSFORMS:
            raise ValueError(f"there already is a transform {name!r}")
        TRANSFORMS[name] = Transform(name, (make.__doc__ or "").strip(), accepts, gives, schema, make, exact, examples)
        return make

    return register


def words(text: str) -> frozenset[str]:
    """The words of a text: a readable way to write a long set."""
    return frozenset(text.split())


_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list, tuple),
    "null": (type(None),),
}


def check_args(schema: dict[str, Any], args: Args) -> dict[str, str]:
    """Argument → what is wrong with it. The part of JSON Schema our arguments use: type, enum, properties, items, required."""
    problems: dict[str, str] = {}
    known = schema["properties"]
    for name in args:
        if name not in known:
            problems[name] = f"unknown argument. Allowed: {', '.join(known) or 'none'}."
    for name in schema["required"]:
        if name not in args:
            problems[name] = "is missing"
    for name, part in known.items():
        if name in args and (wrong := _wrong(part, args[name])):
            problems[name] = wrong
    return problems


def _wrong(schema: dict[str, Any], value: Any) -> str | None:
    if "enum" in schema and value not in schema["enum"]:
        return f"must be one of {', '.join(map(repr, schema['enum']))}, not {value!r}"
    wanted = schema.get("type")
    if wanted is not None:
        names = wanted if isinstance(wanted, list) else [wanted]
        if not any(isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool)) for name in names):
            return f"must be {' or '.join(names)}, not {type(value).__name__}"
    if "items" in schema and isinstance(value, (list, tuple)):
        return next((f"item {index} {wrong}" for index, item in enumerate(value) if (wrong := _wrong(schema["items"], item))), None)
    if isinstance(schema.get("additionalProperties"), dict) and isinstance(value, dict):
        return next((f"{key!r} {wrong}" for key, item in value.items() if (wrong := _wrong(schema["additionalProperties"], item))), None)
    return None


__all__ = ["SKIP", "TRANSFORMS", "Args", "Bound", "Function", "Transform", "check_args", "transform", "words"]
