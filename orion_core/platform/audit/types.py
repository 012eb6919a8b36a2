"""What the audit log takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Actor(Protocol):
    """Who did it: a `Principal` (accounts stand above this room, so it is only described here)."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def ip(self) -> str: ...


class Reader(Actor, Protocol):
    """Who asks to read the log: a `Principal`."""

    @property
    def workspace_id(self) -> str: ...

    def require(self, role: str, scope: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the log."""

    id: str
    seq: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    object_kind: str
    object_id: str
    object_name: str
    detail: dict[str, Any]
    origin: str
    hash: str

    @property
    def short_hash(self) -> str:
        return self.hash[:4]


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """`text` looks in action, person and target; `action` is a name or, ending in a dot, its beginning."""

    text: str = ""
    actor_id: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Newest first. `next` is the cursor of the following page, None on the last."""

    rows: list[AuditRow]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """`first_bad_seq` and `first_bad_id` name the first entry that is wrong; the id is empty when that entry is missing.

    `head_hash` is the newest entry's: noted elsewhere, it also proves that the whole chain was not written anew.
    """

    intact: bool
    entries: int
    head_seq: int = 0
    head_hash: str = ""
    first_bad_seq: int | None = None
    first_bad_id: str = ""
    reason: str = ""
