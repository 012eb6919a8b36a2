"""The slow way for bodies that are not clean JSON: decoded leniently, judged record by record."""

from __future__ import annotations

import json as stdlib_json
import re
from typing import Any

from orion_core.base.errors import BadResponse, ProviderUnavailable
from orion_core.base.kit.json import MAX_DEPTH
from orion_core.engine.connector.paths import dig

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_BOM = b"\xef\xbb\xbf"
TOO_DEEP = f"It is nested deeper than {MAX_DEPTH} levels."


def clean_body(body: bytes, charset: str | None) -> tuple[bytes, list[str]]:
    """The body as UTF-8 without a byte order mark, and what was replaced to get there."""
    body = body.removeprefix(_BOM)
    if charset and charset.lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii", "ascii"):
        try:
            return body.decode(charset).encode(), []
        except (LookupError, UnicodeError) as error:
            raise BadResponse(f"The answer says it is {charset} but cannot be read so.") from error
    if body.isascii():
        return body, []
    try:
        body.decode()
        return body, []
    except UnicodeDecodeError:
        return body.decode("utf-8", "replace").encode(), ["Bytes that are not UTF-8 were replaced by U+FFFD."]


def parse_lenient(body: bytes, cause: Exception) -> Any:
    """The document, with NaN and infinities marked and lone surrogates kept.

    Raises:
        BadResponse: not JSON by any reading, or nested too deep.
        ProviderUnavailable: it ends too early.
    """
    if not body.strip():
        raise BadResponse("The answer is empty where a list was promised.") from cause
    text = body.decode()
    try:
        return stdlib_json.loads(text, parse_constant=_Constant)
    except RecursionError as error:
        raise BadResponse(f"The answer is nested deeper than {MAX_DEPTH} levels.") from error
    except stdlib_json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise ProviderUnavailable("The answer was cut short.") from error
        raise BadResponse(f"The answer is not valid JSON: {error.msg} at byte {error.pos}.") from error
    except ValueError as error:
        raise BadResponse(f"The answer is not valid JSON: {error}.") from error


class _Constant(float):
    """NaN or an infinity, which JSON does not have."""

    def __new__(cls, name: str) -> _Constant:
        return super().__new__(cls, name)


def judge(item: Any, id_path: str) -> tuple[str | None, str | None]:
    """Why a decoded record cannot be stored (None: it can), and its id."""
    if not isinstance(item, dict):
        return f"It is {shape(item)}, not an object.", None
    found = dig(item, id_path)
    identity = str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) and found != "" else None
    if identity is None:
        return f"It has no id at {id_path!r}." if found in (None, "") else f"Its id at {id_path!r} is {shape(found)}.", None
    if not _encodable(identity):
        return "Its id holds half of a surrogate pair.", None
    if _holds_constant(item):
        return "It holds NaN or Infinity, which are not JSON numbers.", identity
    return None, identity


def _holds_constant(value: Any) -> bool:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, _Constant):
            return True
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return False


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def too_deep(data: bytes) -> bool:
    """Whether a record nests deeper than allowed; a record with few brackets is not looked at closely."""
    if data.count(b"{") + data.count(b"[") <= 2 * MAX_DEPTH:
        return False
    brackets = _STRINGS.sub(b"", data).translate(None, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not brackets:
            return False
    return True


def has_path(document: Any, path: str) -> bool:
    """Whether the key is there, be it null."""
    *parents, last = path.split(".")
    holder = dig(document, ".".join(parents))
    return isinstance(holder, dict) and last in holder


def shape(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, dict):
        return f"an object with {', '.join(map(repr, list(value)[:6])) or 'nothing in it'}"
    return {list: "a list", str: "text", bool: "true or false", type(None): "null", float: "a fraction", int: "a number"}.get(
        type(value), "something else"
    )
