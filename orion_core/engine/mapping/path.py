r"""Paths into nested data, parsed once.

    email                 a key
    address.city          a key in an object
    lines.data[]          each item of a list
    items[0].id           one item by position
    phones[type=mobile]   the first item whose `type` is "mobile"
    metadata.a\.b         a key that holds a dot (also `\[`, `\\`)

Absent and null differ: `read` gives `ABSENT` for a key that is not there, and None for null or anything below it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final


class _Absent:
    """The value of a key that is not there."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = _Absent()


class Each:
    """`[]`: every item of a list."""

    def __repr__(self) -> str:
        return "[]"


EACH: Final = Each()
Select = tuple[str, str]
Token = str | int | Each | Select
Tokens = tuple[Token, ...]


@lru_cache(maxsize=8192)
def parse(path: str) -> Tokens:
    """The tokens of `path`; an empty path is the record itself.

    Raises:
        ValueError: an empty name, or a bracket that is not closed.
    """
    if path == "":
        return ()
    tokens: list[Token] = []
    position, name, named = 0, "", False
    while position < len(path):
        char = path[position]
        if char == "\\" and position + 1 < len(path):
            name, named, position = name + path[position + 1], True, position + 2
            continue
        if char == ".":
            _end_name(tokens, name, named, path)
            name, named = "", False
            if position + 1 == len(path):
                raise ValueError(f"the path {path!r} ends with a dot")
        elif char == "[":
            if named:
                tokens.append(name)
                name, named = "", False
            end = path.find("]", position)
            if end < 0:
                raise ValueError(f"the path {path!r} opens a bracket and does not close it")
            tokens.append(_bracket(path[position + 1 : end], path))
            position = end
        else:
            if not named and tokens and not isinstance(tokens[-1], str) and path[position - 1] == "]":
                raise ValueError(f"the path {path!r} misses a dot after the bracket")
            name, named = name + char, True
        position += 1
    if named:
        tokens.append(name)
    return tuple(tokens)


def _end_name(tokens: list[Token], name: str, named: bool, path: str) -> None:
    if named:
        tokens.append(name)
    elif not tokens or isinstance(tokens[-1], str):
        raise ValueError(f"the path {path!r} has an empty name")


def _bracket(inside: str, path: str) -> Token:
    if inside == "":
        return EACH
    if inside.isascii() and inside.isdigit():
        return int(inside)
    key, equals, value = inside.partition("=")
    if not equals or not key:
        raise ValueError(f"the path {path!r} has [{inside}]; allowed are [], [0] and [key=value]")
    return (key, value)


def render(tokens: Tokens) -> str:
    """The text `parse` makes these tokens of."""
    text = ""
    for token in tokens:
        if isinstance(token, str):
            name = token.replace("\\", "\\\\").replace(".", "\\.").replace("[", "\\[")
            text += f".{name}" if text else name
        elif isinstance(token, int):
            text += f"[{token}]"
        elif isinstance(token, tuple):
            text += f"[{token[0]}={token[1]}]"
        else:
            text += "[]"
    return text


def is_plain(tokens: Tokens) -> bool:
    """Whether the path is keys only."""
    return all(isinstance(token, str) for token in tokens)


def read(value: Any, tokens: Tokens) -> Any:
    """The value at `tokens`; `[]` gives the list of what is found in each item."""
    for position, token in enumerate(tokens):
        if value is None:
            return None
        if token.__class__ is str:
            if not isinstance(value, dict):
                return ABSENT
            value = value.get(token, ABSENT)
            if value is ABSENT:
                return ABSENT
            continue
        if not isinstance(value, list):
            return ABSENT
        if isinstance(token, int):
            if token >= len(value):
                return ABSENT
            value = value[token]
        elif isinstance(token, tuple):
            value = select(value, token)
            if value is ABSENT:
                return ABSENT
        else:
            rest = tokens[position + 1 :]
            return value if not rest else [found for item in value if (found := read(item, rest)) is not ABSENT]
    return value


def select(items: list[Any], token: Select) -> Any:
    """The first item of `items` whose key has the wanted text."""
    key, wanted = token
    for item in items:
        if isinstance(item, dict) and key in item and str(item[key]) == wanted:
            return item
    return ABSENT


def put(target: dict[str, Any], tokens: Tokens, value: Any, *, keep: bool = False) -> bool:
    """Set `value` at `tokens`, making objects and lists on the way; False when something else is in the way.

    `keep` leaves a value that is there already. A list only grows at its end.
    """
    place: Any = target
    for position, token in enumerate(tokens):
        last = position == len(tokens) - 1
        if isinstance(token, str) and isinstance(place, dict):
            if last:
                if keep and token in place:
                    return False
                place[token] = value
                return True
            place = place.setdefault(token, {} if isinstance(tokens[position + 1], str) else [])
        elif isinstance(token, int) and isinstance(place, list) and token <= len(place):
            if token == len(place):
                place.append(None if last else {} if isinstance(tokens[position + 1], str) else [])
            if last:
                place[token] = value
                return True
            place = place[token]
        elif isinstance(token, tuple) and isinstance(place, list):
            item = select(place, token)
            if item is ABSENT:
                item = {token[0]: token[1]}
                place.append(item)
            if last:
                return True
            place = item
        else:
            return False
    return False


def leaves(value: Any, tokens: Tokens = ()) -> list[tuple[Tokens, Any]]:
    """Every leaf below `value` with its path; an empty object or list is a leaf."""
    if isinstance(value, dict) and value:
        return [leaf for key, item in value.items() for leaf in leaves(item, (*tokens, key))]
    if isinstance(value, list) and value:
        return [leaf for index, item in enumerate(value) for leaf in leaves(item, (*tokens, index))]
    return [(tokens, value)]
