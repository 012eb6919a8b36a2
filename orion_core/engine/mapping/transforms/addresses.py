"""Free-text addresses into parts: street, city, region, code, country."""

from __future__ import annotations

import re
from typing import Any

from orion_core.engine.mapping.context import Context, Unfit
from orion_core.engine.mapping.transforms.countries import country_of
from orion_core.engine.mapping.transforms.registry import Args, Bound, transform, words

# City, region and code in one line, by how countries write it. The first that matches wins.
_US = re.compile(r"(?:(?P<city>.+?),?\s+)?(?P<state>[A-Z]{2})\.?\s+(?P<code>\d{5}(?:-\d{4})?)")
_CA = re.compile(r"(?:(?P<city>.+?),?\s+)?(?P<state>[A-Z]{2}),?\s+(?P<code>[A-Z]\d[A-Z]\s?\d[A-Z]\d)")
_AU = re.compile(r"(?:(?P<city>.+?),?\s+)?(?P<state>NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+(?P<code>\d{4})")
_UK = re.compile(r"(?:(?P<city>.+?),?\s+)?(?P<code>[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})")
_JP = re.compile(r"(?:〒\s?)?(?P<code>\d{3}-\d{4})(?:\s+(?P<line>.+))?|(?P<city2>.+?)\s+(?P<code2>\d{3}-\d{4})")
_CODE_FIRST = re.compile(r"(?:[A-Z]{1,3}-)?(?P<code>\d{3}\s\d{2}|\d{4}\s?[A-Z]{2}|\d{2}-\d{3}|\d{4,6})\s+(?P<city>[^\d]+)")
_CODE_LAST = re.compile(r"(?P<city>[^\d]+?)[,\s]+(?P<code>\d{4,6}(?:-\d{3,4})?)")
_ALL = (_US, _CA, _AU, _JP, _CODE_FIRST, _UK, _CODE_LAST)
_CODE_ALONE = re.compile(r"\d{3,6}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d")
_BY_STATE = {_US: "US", _CA: "CA", _AU: "AU"}


def split_address(text: str) -> dict[str, str]:
    """The parts of an address that could be told apart; `formatted` is always the whole text as sent.

    Country from the last part, code and city from the part that looks like them, the rest is street. What is not understood
    stays in the street lines, so that nothing is lost.
    """
    found: dict[str, str] = {"formatted": text}
    parts = [part.strip() for part in re.split(r"[\n\r]+|,", text) if part.strip()]
    if len(parts) > 1 and (code := country_of(parts[-1])) and not _is_state(parts):
        found["country"], found["country_code"] = parts.pop(), code
    if len(parts) > 2 and parts[-1] in _US_STATES:
        found["state"], found["country_code"], found["city"] = parts.pop(), found.get("country_code", "US"), parts.pop()
    for index in range(len(parts) - 1, -1, -1):
        if "city" in found or _take_locality(parts, index, found):
            break
    else:
        if len(parts) > 1:
            found["city"] = parts.pop()
    for name, part in zip(("line1", "line2"), parts[:2], strict=False):
        found[name] = part
    if len(parts) > 2:
        found["line3"] = ", ".join(parts[2:])
    return found


_US_STATES = words(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA PR RI SC SD TN "
    "TX UT VT VA WA WV WI WY"
)


def _is_state(parts: list[str]) -> bool:
    """Whether the last part is a US state whose code is a country's as well (CA, DE, IN…): it follows a city, and no part has a code."""
    return parts[-1] in _US_STATES and len(parts) > 2 and not any(re.search(r"\d{4}", part) for part in parts[1:])


def _take_locality(parts: list[str], index: int, found: dict[str, str]) -> bool:
    if index == 0 and len(parts) > 1:
        return False
    for pattern in _ALL:
        match = pattern.fullmatch(parts[index])
        if match is None:
            continue
        groups = match.groupdict()
        city, code = groups.get("city") or groups.get("city2"), groups.get("code") or groups.get("code2")
        if groups.get("line"):  # Japan writes from the large to the small in one line
            parts.insert(index + 1, str(groups["line"]))
        if city is None and index > 1:  # the city stands in the part before: "Austin, TX 78767"
            city = parts.pop(index - 1)
            index -= 1
        parts.pop(index)
        for name, value in (("city", city), ("postal_code", code), ("state", groups.get("state"))):
            if value:
                found[name] = value.strip(" ,")
        if pattern in _BY_STATE and "country_code" not in found:
            found["country_code"] = _BY_STATE[pattern]
        return True
    if _CODE_ALONE.fullmatch(parts[index]) and index > 0:
        found["postal_code"] = parts.pop(index)
        if index > 1:
            found["city"] = parts.pop(index - 1)
        return True
    return False


def format_address(parts: dict[str, Any]) -> str:
    """One text of the parts: the `formatted` one if it is there."""
    if parts.get("formatted"):
        return str(parts["formatted"])
    locality = " ".join(str(parts[key]) for key in ("postal_code", "city") if parts.get(key))
    lines = [
        parts.get("line1"),
        parts.get("line2"),
        parts.get("line3"),
        locality,
        parts.get("state"),
        parts.get("country") or parts.get("country_code"),
    ]
    return ", ".join(str(line) for line in lines if line)


@transform("parse_address", accepts=("text",), gives="object", exact=True)
def parse_address(args: Args) -> Bound:
    """An address in one text ↔ its parts. `formatted` keeps the text, so nothing is lost where a part is guessed wrong."""

    def forward(value: Any, ctx: Context) -> dict[str, str]:
        if not isinstance(value, str):
            raise Unfit(f"{type(value).__name__} is not an address")
        return split_address(value)

    def inverse(value: Any, ctx: Context) -> str:
        if not isinstance(value, dict):
            raise Unfit(f"{type(value).__name__} is not an address")
        return str(value["formatted"]) if isinstance(value.get("formatted"), str) else format_address(value)

    return Bound(forward, inverse)
