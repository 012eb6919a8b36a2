"""What HubSpot refuses in property values: https://developers.hubspot.com/docs/api/crm/properties"""

from __future__ import annotations

import re
from typing import Any

import orjson

from lab.hubspot.errors import invalid
from lab.hubspot.schema import READ_ONLY, ObjectType
from lab.hubspot.times import milliseconds
from lab.store import Record

_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,.]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_MAX_TEXT = 65_536


def normal(sent: Any) -> Record:
    """Sent property values as HubSpot keeps them: text, or null for unset."""
    if not isinstance(sent, dict):
        raise invalid("Invalid input JSON on line 1, column 1: Cannot build SimplePublicObjectInput: properties")
    out: Record = {}
    for name, value in sent.items():
        if value is None or value == "":
            out[name] = None
        elif isinstance(value, bool):
            out[name] = "true" if value else "false"
        elif isinstance(value, int | float):
            out[name] = str(value)
        elif isinstance(value, str):
            out[name] = value.strip().lower() if name == "email" else value
        else:
            raise invalid(
                f"Invalid input JSON on line 1, column 1: Cannot deserialize value of type `java.lang.String` "
                f"from {'Array' if isinstance(value, list) else 'Object'} value"
            )
    return out


def _problem(obj: ObjectType, name: str, value: str | None) -> tuple[str, str] | None:
    definition = obj.properties.get(name)
    if definition is None:
        return "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'
    if name in READ_ONLY:
        return "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.'
    if value is None:
        return None
    kind = definition["type"]
    if name == "email" and not _EMAIL.fullmatch(value):
        return "INVALID_EMAIL", f"Email address {value} is invalid"
    if kind == "number" and not _NUMBER.fullmatch(value):
        return "INVALID_DOUBLE", f"{value} was not a valid number."
    if kind in ("date", "datetime") and milliseconds(value) is None:
        return "INVALID_DATE", f"{value} was not a valid long."
    options = [option["value"] for option in definition["options"]]
    if kind in ("enumeration", "bool") and options and value not in options:
        return "INVALID_OPTION", f"{value} was not one of the allowed options: [{', '.join(options)}]"
    if len(value) > _MAX_TEXT:
        return "INVALID_LENGTH", f"Property value was too long: the maximum is {_MAX_TEXT} characters"
    return None


def check(obj: ObjectType, values: Record) -> None:
    """Raise what HubSpot answers when values are not valid."""
    problems = []
    for name, value in values.items():
        found = _problem(obj, name, value)
        if found is not None:
            problems.append((name, *found))
    if not problems:
        return
    details = [
        {"isValid": False, "message": message, "error": code, "name": name, "localizedErrorMessage": message}
        for name, code, message in problems
    ]
    errors = [
        {"message": message, "code": code, "context": {"propertyName": [name]}} for name, code, message in problems
    ]
    raise invalid(f"Property values were not valid: {orjson.dumps(details).decode()}", errors=errors)
