"""JSON in and out. One policy for what providers send that is not clean JSON.

`loads` refuses NaN and Infinity (orjson does), numbers too long and nesting too deep, and keeps integers exact.
Lone surrogates cannot be decoded by orjson: `loads_lenient` replaces them and says so, so that nothing is lost silently.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from orion_core.base.errors import BadResponse

JSON = dict[str, Any]
MAX_DEPTH = 100
_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def dumps(value: Any) -> bytes:
    """Compact JSON bytes; datetimes as RFC 3339 with Z; Decimal as text."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_UTC_Z)


def dumps_text(value: Any) -> str:
    """`dumps` as text."""
    return dumps(value).decode()


def canonical(value: Any) -> bytes:
    """Bytes that are equal whenever the values are: keys sorted, compact."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def loads(data: bytes | str) -> Any:
    """Parse strict JSON.

    Raises:
        BadResponse: not JSON, NaN or Infinity, or nested deeper than 100 levels.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return loads_lenient(data, error)[0]


def loads_lenient(data: bytes | str, error: Exception | None = None) -> tuple[Any, bool]:
    """Parse JSON that holds lone surrogates; the flag says whether any was replaced by U+FFFD.

    Raises:
        BadResponse: it is broken in any other way.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if error is not None and _LONE_SURROGATE.search(raw):
        try:
            value = json.loads(raw, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as cause:
            raise BadResponse(f"The answer is not valid JSON: {cause}.") from cause
        return _replace_surrogates(value), True
    if error is not None:
        raise BadResponse(f"The answer is not valid JSON: {error}.") from error
    return loads(raw), False


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _replace_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_replace_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_replace_surrogates(key): _replace_surrogates(item) for key, item in value.items()}
    return value


def _default(value: Any) -> Any:
    from decimal import Decimal  # only reached for values orjson does not know

    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no JSON form")
