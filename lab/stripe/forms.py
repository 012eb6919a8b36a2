"""Stripe's request bodies: forms with bracketed names, https://docs.stripe.com/api"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from lab.http import Request
from lab.stripe.errors import StripeError, bad_integer

Form = dict[str, Any]


def parse(pairs: Iterable[tuple[str, str]]) -> Form:
    """``a[b][]=1`` and friends as nested dictionaries and lists."""
    root: Form = {}
    for name, value in pairs:
        head, _, rest = name.partition("[")
        path = [head, *(rest[:-1].split("][") if rest.endswith("]") else [])]
        node: Any = root
        for place, part in enumerate(path):
            last = place == len(path) - 1
            key = part or str(len(node))
            if last:
                node[key] = value
            else:
                child = node.get(key)
                if not isinstance(child, dict):
                    child = node[key] = {}
                node = child
    return {name: _lists(value) for name, value in root.items()}


def _lists(value: Any) -> Any:
    """Turn dictionaries whose keys are 0, 1, 2… into lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(item) for name, item in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def of(request: Request) -> Form:
    """The parameters of a request: query for GET and DELETE, else body and query."""
    pairs = request.params()
    if request.body and request.method not in ("GET", "DELETE"):
        kind = request.headers.get("content-type", "application/x-www-form-urlencoded")
        if "json" in kind:
            raise StripeError(
                400,
                "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have "
                "any questions, we can help at https://support.stripe.com/.",
            )
        pairs = pairs + parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return parse(pairs)


def integer(name: str, value: Any) -> int:
    """An integer parameter."""
    try:
        return int(str(value))
    except ValueError:
        raise bad_integer(name, str(value)) from None


def boolean(name: str, value: Any) -> bool:
    """A boolean parameter."""
    if value not in ("true", "false"):
        raise StripeError(400, f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def text(value: Any) -> str | None:
    """A text parameter: Stripe takes the empty string as "unset this"."""
    return None if value == "" else str(value)


def metadata(current: dict[str, str], value: Any) -> dict[str, str]:
    """Merge sent metadata: an empty value removes a key, an empty whole removes all."""
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise StripeError(400, "Invalid hash", param="metadata")
    merged = dict(current)
    for key, item in value.items():
        if item == "":
            merged.pop(key, None)
            continue
        if len(key) > 40:
            raise StripeError(
                400, f"Metadata keys can have up to 40 characters, but you passed in a key that is {len(key)} "
                f"characters. Invalid key: {key}", param="metadata",
            )  # fmt: skip
        if len(str(item)) > 500:
            raise StripeError(
                400, f"Metadata values can have up to 500 characters, but you passed in a value that is "
                f"{len(str(item))} characters. Invalid value: {item}", param="metadata",
            )  # fmt: skip
        merged[key] = str(item)
    if len(merged) > 50:
        raise StripeError(400, f"Metadata can have up to 50 keys, but you passed in {len(merged)}.", param="metadata")
    return merged
