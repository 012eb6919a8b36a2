"""The chain: the bytes an entry's hash covers, and the walk that finds the first entry that does not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from orion_core.base.db.tables import AuditEntry
from orion_core.base.kit.json import canonical
from orion_core.base.kit.redact import redact_json, redact_text
from orion_core.platform.audit.types import VerifyReport

ROOT = "0" * 64
_MAX_DEPTH = 8
_MAX_TEXT = 2000
_BIG = 2**53


def digest(entry: AuditEntry) -> str:
    """SHA-256 over every column but the hash itself, the previous hash included."""
    return hashlib.sha256(canonical({
        "workspace_id": entry.workspace_id, "seq": entry.seq, "id": entry.id, "at": entry.at.isoformat(), "actor_kind": entry.actor_kind,
        "actor_id": entry.actor_id, "actor_name": entry.actor_name, "action": entry.action, "object_kind": entry.object_kind,
        "object_id": entry.object_id, "object_name": entry.object_name, "detail": entry.detail, "previous_hash": entry.previous_hash,
    })).hexdigest()


class Walk:
    """Takes the entries in order and stops at the first that does not fit."""

    def __init__(self, workspace_id: str) -> None:
        self.workspace_id = workspace_id
        self.seq = 0
        self.hash = ROOT
        self.bad: VerifyReport | None = None

    def step(self, entry: AuditEntry) -> bool:
        """Whether the entry fits."""
        expected = self.seq + 1
        if entry.seq != expected:
            return self._stop(expected, "", f"Entry {expected} is missing: entry {entry.seq} follows {self.seq}.")
        if digest(entry) != entry.hash:
            return self._stop(entry.seq, entry.id, f"Entry {entry.seq} ({entry.action}) is not as it was written.")
        if entry.previous_hash != self.hash:
            return self._stop(entry.seq, entry.id, f"Entry {entry.seq} ({entry.action}) does not follow from the entry before: "
                                                   "one of the two was replaced.")
        self.seq, self.hash = entry.seq, entry.hash
        return True

    def finish(self, head: tuple[int, str] | None) -> VerifyReport:
        """Compare with the head that every write notes beside the log: entries cut off or added at the end show here."""
        if self.bad is not None:
            return self.bad
        if head is None and self.seq:
            self._stop(self.seq, "", "The note of the newest entry is missing.")
        elif head is not None and head[0] > self.seq:
            self._stop(self.seq + 1, "", f"Entries {self.seq + 1} to {head[0]} are missing at the end.")
        return self.bad or VerifyReport(True, self.seq, self.seq, self.hash)

    def check_head(self, entry: AuditEntry, head: tuple[int, str]) -> bool:
        """Whether an entry that fits the chain is also one that Orion wrote."""
        if entry.seq > head[0]:
            return self._stop(entry.seq, entry.id, f"Entry {entry.seq} ({entry.action}) was added to the table from outside.")
        if entry.seq == head[0] and entry.hash != head[1]:
            return self._stop(entry.seq, entry.id, f"Entry {entry.seq} ({entry.action}) is not the one Orion wrote: "
                                                   "the chain was written anew.")
        return True

    def _stop(self, seq: int, entry_id: str, reason: str) -> bool:
        self.bad = VerifyReport(False, self.seq, self.seq, self.hash, seq, entry_id, reason)
        return False


def clean_text(value: str, limit: int) -> str:
    """Text that every database takes, without secrets: no NUL, no lone surrogate, cut to `limit`."""
    return redact_text(value.replace("\x00", "").encode("utf-8", "replace").decode())[:limit]


def clean_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    """`detail` as plain JSON without secrets that reads back equal from both databases."""
    cleaned = _plain(redact_json(_plain(dict(detail), 0)), 0)
    assert isinstance(cleaned, dict)
    return cleaned


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and -_BIG < value < _BIG:
        return int(value)
    if isinstance(value, Mapping) and depth < _MAX_DEPTH:
        return {clean_text(str(key), 200): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)) and depth < _MAX_DEPTH:
        return [_plain(item, depth + 1) for item in value]
    # Floats too: their text is not the same everywhere, and money is never a float.
    return clean_text(value.isoformat() if hasattr(value, "isoformat") else str(value), _MAX_TEXT)
