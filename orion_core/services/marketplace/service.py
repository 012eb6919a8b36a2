"""What can be connected, how good each connector is, and what it will touch."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from orion_core.base.db.tables import Connector
from orion_core.base.work import Work
from orion_core.engine.connector import StreamSpec
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.catalog import ConnectorRegistry, Entry
from orion_core.services.marketplace import repository
from orion_core.services.marketplace.types import ConnectorCard, ConnectorDetail, QualityCheck, StreamCard, auth_choice


class Marketplace:
    """The marketplace service."""

    def __init__(self, work: Work, registry: ConnectorRegistry, *, lab: tuple[str, ...] = ()) -> None:
        self.work = work
        self.registry = registry
        self.lab = lab

    async def cards(self, p: Principal, *, q: str = "", category: str = "") -> tuple[ConnectorCard, ...]:
        """Connectors by name; `q` looks in name, description, streams and models."""
        p.require(Role.viewer, "connections:read")
        used = await self._used(p)
        words = q.lower().split()
        return tuple(
            self._card(entry, used.get(entry.slug, 0))
            for entry in self.registry.all()
            if (not category or entry.spec.category == category) and all(word in _text(entry) for word in words)
        )

    async def categories(self, p: Principal) -> tuple[tuple[str, int], ...]:
        """Categories with how many connectors each has."""
        p.require(Role.viewer, "connections:read")
        counts: dict[str, int] = {}
        for entry in self.registry.all():
            counts[entry.spec.category] = counts.get(entry.spec.category, 0) + 1
        return tuple(sorted(counts.items()))

    async def connector(self, p: Principal, slug: str) -> ConnectorDetail:
        """One connector whole.

        Raises:
            NotFound: there is none.
        """
        p.require(Role.viewer, "connections:read")
        entry = self.registry.get(slug)
        used = await self._used(p)
        spec = entry.spec
        hosts = dict.fromkeys(
            urlsplit(url).hostname or "" for url in [spec.base_url, *(getattr(auth, "token_url", "") for auth in spec.auth)] if url
        )
        limit = spec.rate_limit
        return ConnectorDetail(
            card=self._card(entry, used.get(slug, 0)),
            base_url=spec.base_url,
            docs_url=spec.docs_url,
            hosts=tuple(hosts),
            auth=tuple(auth_choice(auth) for auth in spec.auth),
            streams=tuple(_stream(stream) for stream in spec.streams),
            checks=_checks(entry),
            readme=_read(entry, "README.md"),
            rate=f"{limit.requests:,} calls in {limit.per_s:g} s" + (f", {limit.daily:,} a day" if limit.daily else ""),
        )

    async def _used(self, p: Principal) -> dict[str, int]:
        async with self.work.read(p.workspace_id) as session:
            return await repository.used(session)

    def _card(self, entry: Entry, used: int) -> ConnectorCard:
        spec = entry.spec
        checks = [check for check in _checks(entry) if check.answer != "exempt"]
        done = sum(check.answer == "done" for check in checks)
        return ConnectorCard(
            spec.slug,
            spec.name,
            spec.description,
            spec.category,
            tuple(str(item) for item in spec.capabilities),
            tuple(dict.fromkeys(stream.model for stream in spec.streams if stream.model)),
            len(spec.streams),
            entry.source,
            spec.version,
            round(100 * done / len(checks)) if checks else None,
            used,
            spec.slug in self.lab,
        )

    async def publish(self) -> int:
        """Write the registry into the `connectors` table where it changed, so that SQL can join it; how many rows changed."""
        changed = 0
        async with self.work.directory(write=True) as directory:
            present = {row.id: row for row in await directory.all(Connector)}
            for entry in self.registry.all():
                values: dict[str, Any] = {
                    "name": entry.slug,
                    "display_name": entry.spec.name,
                    "description": entry.spec.description,
                    "category": entry.spec.category,
                    "capabilities": [str(item) for item in entry.spec.capabilities],
                    "spec_hash": entry.spec_hash,
                    "source": entry.source,
                    "config_schema": {"auth": [auth.model_dump(mode="json") for auth in entry.spec.auth]},
                    "updated_at": datetime.now(UTC),
                }
                old = present.get(entry.slug)
                if old is None:
                    await directory.add(Connector(id=entry.slug, **values))
                elif old.spec_hash != entry.spec_hash or old.source != entry.source:
                    await directory.update(Connector, Connector.id == entry.slug, **values)
                else:
                    continue
                changed += 1
        return changed


def _text(entry: Entry) -> str:
    spec = entry.spec
    return " ".join(
        [
            spec.slug,
            spec.name,
            spec.description,
            spec.category,
            *(f"{stream.name} {stream.title} {stream.model or ''}" for stream in spec.streams),
        ]
    ).lower()


def _stream(stream: StreamSpec) -> StreamCard:
    write = stream.write
    writes = tuple(name for name in ("create", "update", "delete") if write is not None and getattr(write, name) is not None)
    return StreamCard(
        stream.name,
        stream.title or stream.name,
        stream.description,
        stream.model or "",
        len(stream.mapping.rules) if stream.mapping else 0,
        stream.cursor is not None,
        stream.windows is not None,
        stream.deletes or "",
        writes,
        stream.selected,
        stream.docs_url,
    )


def _folder(entry: Entry) -> Path | None:
    module = sys.modules.get(entry.adapter.__module__)
    return Path(module.__file__).parent if module is not None and module.__file__ else None


def _read(entry: Entry, name: str) -> str:
    folder = _folder(entry)
    path = folder / name if folder else None
    return path.read_text(encoding="utf-8") if path is not None and path.is_file() else ""


def _checks(entry: Entry) -> tuple[QualityCheck, ...]:
    """The answers of `quality.yaml`: level → rule → `done`, or `todo: why`, or `exempt: why`."""
    levels = yaml.safe_load(_read(entry, "quality.yaml") or "{}") or {}
    checks = []
    for level, rules in levels.items():
        for rule, answer in rules.items():
            word, _, note = str(answer).partition(":")
            checks.append(QualityCheck(level, rule, rule.replace("-", " ").capitalize(), word.strip(), note.strip()))
    return tuple(checks)
