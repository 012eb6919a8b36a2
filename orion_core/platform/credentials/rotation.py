"""Rotate the root keys while everything runs, and say which of them are still needed.

Rotating is re-wrapping: each workspace's key is unwrapped and wrapped by the newest root key, in batches, compare-and-set, so readers
see the old or the new wrapping and both open. Stopping half-way is harmless; running it again does the rest.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orion_core.base.kit import clock
from orion_core.platform.credentials.providers import KeyProvider, Wrapped
from orion_core.platform.credentials.store import WorkspaceKeyStore

_PASSES = 20


@dataclass(slots=True)
class RotationReport:
    """What a rotation did. `failed` maps a workspace to the reason its key could not be re-wrapped; its old wrapping stays."""

    newest: str
    total: int = 0
    rewrapped: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether no key is left behind."""
        return not self.failed and self.rewrapped >= self.total


Progress = Callable[[RotationReport], Awaitable[None] | None]


async def rotate(store: WorkspaceKeyStore, provider: KeyProvider, *, progress: Progress | None = None, batch: int = 500) -> RotationReport:
    """Wrap every workspace's key by the newest root key; `progress` is called after each batch."""
    started = time.monotonic()
    newest = (await provider.roots())[0].name
    report = RotationReport(newest)
    report.total = sum(usage.keys for usage in await store.usage() if usage.wrapped_by != newest)
    for _ in range(_PASSES):  # a key whose row changed between reading and writing is met again in the next pass
        before = report.rewrapped
        seen = await _one_pass(store, provider, report, progress, batch, started)
        if not seen or report.rewrapped == before:
            break
    report.seconds = time.monotonic() - started
    return report


async def _one_pass(store: WorkspaceKeyStore, provider: KeyProvider, report: RotationReport, progress: Progress | None, batch: int,
                    started: float) -> int:
    after: tuple[str, int] | None = None
    seen = 0
    while page := await store.page(not_wrapped_by=report.newest, after=after, limit=batch):
        after = (page[-1].workspace_id, page[-1].version)
        seen += len(page)
        changes = []
        for key, result in zip(page, await provider.rewrap([(key.workspace_id, key.wrapped) for key in page]), strict=True):
            if isinstance(result, Wrapped):
                changes.append((key, result.text, result.by))
                report.failed.pop(key.workspace_id, None)
            else:
                report.failed[key.workspace_id] = result.message
        if changes:
            report.rewrapped += await store.replace(changes)
        report.total = max(report.total, report.rewrapped + len(report.failed))
        report.seconds = time.monotonic() - started
        if progress is not None:
            waiting = progress(report)
            if inspect.isawaitable(waiting):
                await waiting
    return seen


@dataclass(frozen=True, slots=True)
class RotationPolicy:
    """When to warn: root keys older than `max_age_days`, credentials unchanged for as long, and `warn_days` before something expires."""

    max_age_days: int = 365
    warn_days: int = 14


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """A root key, how old it is and what still needs it. `at_hand` False: it is missing, and what it wraps cannot be read."""

    name: str
    newest: bool
    at_hand: bool
    workspaces: int
    created_at: datetime | None
    age_days: int | None
    retirable: bool
    warning: str | None


async def key_status(store: WorkspaceKeyStore, provider: KeyProvider, policy: RotationPolicy = RotationPolicy(),
                     *, now: datetime | None = None) -> list[KeyStatus]:
    """Every root key at hand or in use, newest first. Where the provider keeps no dates, a key is as old as its first use."""
    moment = now or clock.now()
    usage = {entry.wrapped_by: entry for entry in await store.usage() if entry.keys}
    found = []
    for root in await provider.roots():
        used = usage.pop(root.name, None)
        created = root.created_at or (used.first_at if used else None)
        age = (moment - clock.as_utc(created)).days if created else None
        count = used.workspaces if used else 0
        warning = None
        if root.newest and age is not None and age > policy.max_age_days:
            warning = f"This key is {age} days old; the policy is {policy.max_age_days}. Add a new one and run `orion keys rotate`."
        elif not root.newest and count:
            warning = f"{count} workspaces still depend on this older key. Run `orion keys rotate`."
        found.append(KeyStatus(root.name, root.newest, True, count, created, age, not root.newest and not count, warning))
    for name, used in usage.items():
        found.append(KeyStatus(name, False, False, used.workspaces, used.first_at, None, False,
                               f"{used.workspaces} workspaces depend on this key and it is not at hand: their secrets cannot be read. "
                               "Put it back into ORION_SECRET_KEYS (or its file, or lower Vault's min_decryption_version)."))
    return found


def credential_warning(expires_at: datetime | None, changed_at: datetime, policy: RotationPolicy = RotationPolicy(),
                       *, now: datetime | None = None) -> str | None:
    """What to say about a stored credential's age, or None."""
    moment = now or clock.now()
    if expires_at is not None:
        left = clock.as_utc(expires_at) - moment
        if left <= timedelta(0):
            return "This credential has expired. Enter a new one."
        if left <= timedelta(days=policy.warn_days):
            return f"This credential expires in {max(1, left.days)} days. Make a new one at the provider and enter it."
    age = (moment - clock.as_utc(changed_at)).days
    if age > policy.max_age_days:
        return (f"This credential has not changed for {age} days; the policy is {policy.max_age_days}. "
                "Make a new one at the provider and enter it.")
    return None


