"""The rows of the settings, in words."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from orion_app.components import format as words
from orion_app.shell.guard import may

SCOPE_WORDS = {
    "connections:read": "See connections",
    "connections:write": "Add and change connections",
    "records:read": "Read records",
    "records:write": "Create and update records at providers",
    "syncs:read": "See runs",
    "syncs:write": "Start and stop syncs",
    "passthrough": "Call providers with a connection's credential",
    "audit:read": "Read the audit log",
}


@dataclasses.dataclass
class MemberView:
    id: str = ""
    name: str = ""
    email: str = ""
    initials: str = ""
    hue: str = ""
    role: str = ""
    sessions: str = ""
    seen: str = ""
    you: bool = False
    operator: bool = False
    fixed: bool = False


@dataclasses.dataclass
class InviteView:
    id: str = ""
    email: str = ""
    role: str = ""
    note: str = ""
    expired: bool = False


@dataclasses.dataclass
class SessionView:
    id: str = ""
    device: str = ""
    address: str = ""
    since: str = ""
    seen: str = ""
    current: bool = False


@dataclasses.dataclass
class KeyView:
    id: str = ""
    name: str = ""
    hint: str = ""
    scopes: list[str] = dataclasses.field(default_factory=list)
    owner: str = ""
    initials: str = ""
    hue: str = ""
    used: str = ""
    limit: str = ""
    expires: str = ""
    soon: bool = False
    live: bool = True


@dataclasses.dataclass
class ScopeView:
    name: str = ""
    text: str = ""


def member_view(m: Any, who: Any, now: datetime) -> MemberView:
    return MemberView(
        m.id,
        m.name,
        m.email,
        words.initials(m.name or m.email),
        words.hue(m.name or m.email),
        m.role.name,
        words.number(m.sessions) if may(who, "admin") else "–",
        words.ago(m.last_seen_at, now) if m.last_seen_at else "–",
        m.is_you,
        m.is_operator,
        not may(who, "admin") or m.role > who.role or m.is_you,
    )


def key_view(k: Any, now: datetime) -> KeyView:
    days = round((k.expires_at - now).total_seconds() / 86400) if k.expires_at else None
    expires = "never" if days is None else "expired" if k.state == "expired" else f"in {words.plural(days, 'day')}"
    return KeyView(
        k.id,
        k.name,
        k.hint,
        list(k.scopes),
        k.created_by,
        words.initials(k.created_by),
        words.hue(k.created_by),
        words.ago(k.last_used_at, now),
        f"{k.rate_per_minute:,}/min",
        expires,
        days is not None and days < 14,
        k.state == "active",
    )
