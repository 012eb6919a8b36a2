"""Fields drawn from a connector's spec, and the check of what was typed into them."""

from __future__ import annotations

import dataclasses
import re
from typing import Any


@dataclasses.dataclass
class FieldView:
    name: str = ""
    label: str = ""
    hint: str = ""
    kind: str = "text"
    secret: bool = False
    required: bool = True
    placeholder: str = ""
    pattern: str = ""
    default: str = ""
    error: str = ""


def field_view(f: Any) -> FieldView:
    """A credential field of a spec."""
    return FieldView(f.name, f.title, f.help, "password" if f.secret else "text", f.secret, f.required, f.placeholder, f.pattern or "")


def check(fields: list[FieldView], form: dict[str, Any]) -> dict[str, str]:
    """What is missing or of the wrong shape, by field."""
    wrong: dict[str, str] = {}
    for f in fields:
        value = str(form.get(f.name) or "").strip()
        if not value and f.required:
            wrong[f.name] = f"Enter the {f.label[0].lower()}{f.label[1:]}."
        elif value and f.pattern and not re.fullmatch(f.pattern, value):
            wrong[f.name] = f"This does not look like one. {f.hint}"
    return wrong
