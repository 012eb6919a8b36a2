"""What accounts hand to pages, API and command line. None of it holds a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from orion_core.platform.accounts.principal import Role


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person in the workspace. `sessions` counts the open ones, `last_seen_at` is the newest of them."""

    id: str
    name: str
    email: str
    role: Role
    joined_at: datetime
    is_operator: bool
    is_you: bool
    sessions: int
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class InviteRow:
    """An invite that was not used yet."""

    id: str
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime
    expired: bool


@dataclass(frozen=True, slots=True)
class InviteView:
    """What the page of an invite link shows. `has_account`: the person signs in with their own password instead of choosing one."""

    email: str
    role: Role
    workspace: str
    invited_by: str
    has_account: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A signed-in browser. `device` is such as "Firefox on Linux"."""

    id: str
    device: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """An API key. `state`: active, expired, revoked."""

    id: str
    name: str
    hint: str
    scopes: tuple[str, ...]
    rate_per_minute: int
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class WorkspaceRow:
    """A workspace the person is a member of."""

    id: str
    name: str
    slug: str
    role: Role
    members: int
    current: bool
    created_at: datetime


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
             ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"), ("python", "Python"))
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
            ("CrOS", "ChromeOS"), ("Linux", "Linux"))


def device_of(user_agent: str) -> str:
    """A browser's name for people, from its user agent."""
    browser = next((name for mark, name in _BROWSERS if mark.lower() in user_agent.lower()), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or re.sub(r"[^\w ./-]", "", user_agent)[:40] or "Unknown device"
