"""`ConnectorRegistry`: every connector this installation knows.

Three sources: the built-in adapters, third-party packages (Python entry points of the group `orion.connectors`, each an adapter class),
and descriptions stored in the database. A change reaches every process within `REFRESH_S`: `current()` looks again when its copy is
older than that, and the look is one indexed query.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

import orion_core.engine.adapters as builtin
from orion_core.base.errors import NotFound
from orion_core.base.kit import json
from orion_core.engine.connector import BaseAdapter, ConnectorSpec, get_adapter

GROUP = "orion.connectors"
REFRESH_S = 3.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A connector of the catalogue: its spec, the class that runs it, and where it comes from."""

    spec: ConnectorSpec
    adapter: type[BaseAdapter[Any]]
    source: str = "built-in"

    @property
    def slug(self) -> str:
        return self.spec.slug

    @property
    def spec_hash(self) -> str:
        return hashlib.sha256(json.canonical(self.spec.model_dump(mode="json"))).hexdigest()


class ConnectorRegistry:
    """Look-up of connectors by slug."""

    def __init__(self, load_entry_points: Callable[[], Iterable[Any]] | None = None) -> None:
        self._load_entry_points = load_entry_points or (lambda: entry_points(group=GROUP))
        self._entries: dict[str, Entry] = {}
        self._extra: dict[str, Entry] = {}
        self._failed: dict[str, str] = {}
        self._loaded_at = float("-inf")

    @property
    def failed(self) -> dict[str, str]:
        """Third-party connectors that could not be loaded, with the reason."""
        self._refresh()
        return dict(self._failed)

    def all(self) -> list[Entry]:
        """Every connector, by name."""
        self._refresh()
        return sorted(self._entries.values(), key=lambda entry: entry.spec.name.lower())

    def get(self, slug: str) -> Entry:
        """The connector of that slug.

        Raises:
            NotFound: there is none; the message lists those there are.
        """
        self._refresh()
        entry = self._entries.get(slug)
        if entry is None:
            raise NotFound(
                f"There is no connector {slug!r}. There are: {', '.join(sorted(self._entries))}.",
                next_step="Look it up in the marketplace, or with `orion connectors`.",
            )
        return entry

    def register(self, adapter: type[BaseAdapter[Any]], *, source: str = "local") -> None:
        """Add a connector to this process (tests, embedding)."""
        self._extra[adapter.spec.slug] = Entry(adapter.spec, adapter, source)
        self._loaded_at = float("-inf")

    def forget(self, slug: str) -> None:
        """Take back `register`."""
        self._extra.pop(slug, None)
        self._loaded_at = float("-inf")

    def _refresh(self) -> None:
        if time.monotonic() - self._loaded_at < REFRESH_S:
            return
        entries = {entry.slug: entry for entry in _builtin()}
        failed: dict[str, str] = {}
        for point in self._load_entry_points():
            try:
                adapter = point.load()
                entries.setdefault(
                    adapter.spec.slug, Entry(adapter.spec, adapter, f"package {point.dist.name if point.dist else point.name}")
                )
            except Exception as error:  # a broken third-party package must not take the others down
                failed[point.name] = f"{type(error).__name__}: {error}"
        entries.update(self._extra)
        self._entries, self._failed, self._loaded_at = entries, failed, time.monotonic()


def _builtin() -> Iterable[Entry]:
    for module in pkgutil.iter_modules(builtin.__path__):
        if module.ispkg:
            importlib.import_module(f"{builtin.__name__}.{module.name}")
            adapter = get_adapter(module.name)
            yield Entry(adapter.spec, adapter)
