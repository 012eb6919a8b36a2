"""What a transform may see besides its value, and how it says that a value does not fit."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from orion_core.engine.mapping.path import ABSENT, Tokens, read


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
SKIP: Final = _Missing()
"""What an inverse returns when there is nothing to write."""


class Unfit(ValueError):
    """A transform cannot take this value.

    The field stays empty (or gets `instead`), the value is kept in `custom_fields`, and the record is flagged `<field>_<flag>`;
    `flag=None` flags nothing.
    """

    def __init__(self, why: str, *, flag: str | None = "malformed", instead: Any = MISSING) -> None:
        super().__init__(why)
        self.flag = flag
        self.instead = instead


class Context(msgspec.Struct):
    """One record on its way through a mapping. `record` is the side the values come from, `item` the list item at work.

    A struct because it is made once per record: a tenth of a microsecond where a class takes three times that.
    """

    record: Any
    item: Any = None
    flags: list[str] = []
    rest: dict[str, Any] = {}
    hoisted: list[dict[str, Any]] = []

    def flag(self, name: str) -> None:
        """Raise a flag, once."""
        if name not in self.flags:
            self.flags.append(name)

    def look(self, tokens: Tokens) -> Any:
        """What stands at a path: in the list item at work if it is there, else in the record; ABSENT when nowhere."""
        found = ABSENT if self.item is None else read(self.item, tokens)
        return read(self.record, tokens) if found is ABSENT or found is None else found

    def find(self, tokens: Tokens) -> Any:
        """`look`, with None for what is absent."""
        found = self.look(tokens)
        return None if found is ABSENT else found
