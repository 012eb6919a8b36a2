"""What callers of the records service see. Values are raw (numbers, aware times, lists); `display` is the same for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from orion_core.engine.mapping import CompiledMapping

Hint = Literal["text", "email", "phone", "url", "id", "tag", "number", "money", "time", "date", "bool", "list", "object", "json"]


class MappingSource(Protocol):
    """Who knows the rules by which a record was mapped."""

    async def mapping(self, workspace_id: str, connection_id: str, stream: str, version: int) -> CompiledMapping | None:
        """The mapping of a connection's stream in that version; the current one where that version is no longer kept."""
        ...


@dataclass(frozen=True, slots=True)
class ModelCount:
    """A model and how many live records of it there are, by the counters of its streams. `model` is "" for streams without a model."""

    model: str
    title_singular: str
    title_plural: str
    total: int


@dataclass(frozen=True, slots=True)
class SourceView:
    """The connection a record came through."""

    connection_id: str
    name: str
    connector: str
    stream: str


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column of the list."""

    name: str
    title: str
    hint: Hint
    sortable: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class FilterView:
    """A filter of a model. `options` are value and title; empty where any text may be asked for."""

    name: str
    title: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RecordRowView:
    """One line of the list. `values` and `display` are by column; `updated_at` is the provider's time, or when Orion stored the change."""

    id: str
    remote_id: str
    label: str
    values: dict[str, Any]
    display: dict[str, str]
    flags: tuple[str, ...]
    source: SourceView
    updated_at: datetime
    synced_at: datetime
    deleted: bool
    version: int


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of the list.

    `total` of everything that fits, None when it is not known; `total_exact` is false for an estimate ("about 21,000"). `behind`: more
    changed records wait for the index than could be looked through, so some may be missing for the moment.
    """

    columns: tuple[ColumnView, ...]
    rows: list[RecordRowView]
    next: str | None
    previous: str | None
    total: int | None
    total_exact: bool
    behind: int = 0


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where a value came from: derived from the mapping, not stored."""

    source: SourceView
    path: str
    transform: str | None
    args: dict[str, Any]
    mapping_version: int
    run_id: str
    synced_at: datetime


@dataclass(frozen=True, slots=True)
class FieldView:
    """One unified field that has a value. `name` is its path (`billing_address.city`), `group` the heading it stands under."""

    name: str
    title: str
    group: str
    value: Any
    display: str
    hint: Hint
    description: str = ""
    source: FieldSource | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordDetail:
    """One record, whole. `raw` is the provider's JSON, indented; `verified_at` when its stream was last read without finding a change."""

    id: str
    model: str
    label: str
    remote_id: str
    source: SourceView
    version: int
    fields: list[FieldView]
    custom: list[FieldView]
    flags: tuple[str, ...]
    raw: str
    run_id: str
    mapping_version: int
    schema_version: str
    remote_created_at: datetime | None
    remote_updated_at: datetime | None
    synced_at: datetime
    verified_at: datetime | None
    deleted_at: datetime | None
    delete_proof: str | None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class RelatedView:
    """Records of one model that point at another record: how many (`more`: at least), and the filters of the page that lists them."""

    model: str
    title: str
    count: int
    filters: dict[str, str]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of "why is this value here?".

    `kind`: sent (what the provider sent at `path`), default (it sent nothing), rule (`before` became `after`), problem (a rule gave
    nothing), passed (another rule won), stored, flag.
    """

    kind: Literal["sent", "default", "rule", "problem", "passed", "stored", "flag"]
    title: str
    path: str = ""
    before: Any = None
    after: Any = None
    transform: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    source: SourceView | None = None
    run_id: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of one version against the version before."""

    field: str
    old: Any
    new: Any
    old_display: str
    new_display: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a record. `kind`: created, changed, remapped (same bytes, new rules), deleted, restored."""

    version: int
    kind: Literal["created", "changed", "remapped", "deleted", "restored"]
    valid_from: datetime
    valid_to: datetime | None
    run_id: str
    mapping_version: int
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change feed: the newest state of a record that changed. `data` is its unified form, None when it was deleted."""

    id: str
    model: str
    remote_id: str
    connection_id: str
    stream: str
    version: int
    deleted: bool
    changed_at: datetime
    data: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changes since a cursor. `next` is always given: keep it, and ask again later when `data` is empty."""

    data: list[Change]
    next: str


@dataclass(frozen=True, slots=True)
class RecordHit:
    """A record the command palette found."""

    model: str
    model_title: str
    id: str
    label: str
    note: str
    source: SourceView
