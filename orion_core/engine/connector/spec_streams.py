"""Streams, paging, cursors, windows and writes as data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from orion_core.base.errors import InvalidInput
from orion_core.engine.connector.spec_base import SpecModel
from orion_core.engine.mapping import Mapping

TimeFormat = Literal["epoch", "epoch_ms", "iso", "iso_ms", "date"]
ValueFormat = Literal["epoch", "epoch_ms", "iso", "iso_ms", "date", "int", "text"]


class _Paging(SpecModel):
    """`limit_param` asks for `StreamSpec.page_size` records; `location` says whether parameters go into the query or the JSON body."""

    limit_param: str | None = "limit"
    location: Literal["query", "body"] = "query"


class NoPaging(_Paging):
    """Everything comes in one answer."""

    kind: Literal["none"] = "none"
    limit_param: str | None = None


class CursorPaging(_Paging):
    """The answer holds a token for the next page; no token (or `more_path` false) ends."""

    kind: Literal["cursor"] = "cursor"
    param: str = "cursor"
    next_path: str
    more_path: str | None = None


class NextLinkPaging(_Paging):
    """The answer names the next address: `path` in the body, or the `Link` header with rel="next" where path is None."""

    kind: Literal["next_link"] = "next_link"
    path: str | None = None


class OffsetPaging(_Paging):
    """Counts records. Ends at `total_path`, else at an empty page: a short page may only mean that the provider caps the limit."""

    kind: Literal["offset"] = "offset"
    param: str = "offset"
    start: int = 0
    total_path: str | None = None


class PagePaging(_Paging):
    """Counts pages. Ends at `pages_path`, else at an empty page."""

    kind: Literal["page"] = "page"
    param: str = "page"
    start: int = 1
    pages_path: str | None = None


class KeysetPaging(_Paging):
    """The next page begins after the last record's id. Ends when `more_path` is false, else at an empty page."""

    kind: Literal["keyset"] = "keyset"
    param: str = "starting_after"
    more_path: str | None = None


PaginationSpec = Annotated[
    NoPaging | CursorPaging | NextLinkPaging | OffsetPaging | PagePaging | KeysetPaging,
    Field(discriminator="kind"),
]


class CursorSpec(SpecModel):
    """What changes when a record changes, and how to ask for what changed.

    `param` takes the bound through `template` ("{value}", "updated_at ge {value}", …); None: the adapter has its own way.
    `overlap_s`: how far behind the saved value the next read begins.
    """

    path: str
    format: ValueFormat = "iso"
    param: str | None = None
    template: str = "{value}"
    location: Literal["query", "body"] = "query"
    overlap_s: int = 60


class WindowSpec(SpecModel):
    """A filter on an unchanging time (creation), by which a full read is cut into parallel parts: gte ≤ time < lt."""

    path: str
    gte_param: str
    lt_param: str
    format: TimeFormat = "epoch"
    earliest: str = "2010-01-01"


class OperationSpec(SpecModel):
    """One writing call. `{id}` in the path is the record's id."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: str
    params: dict[str, str] = Field(default_factory=dict)


class BatchSpec(SpecModel):
    """Calls that write many records; the adapter knows their answer."""

    size: int = 100
    create: str | None = None
    update: str | None = None
    upsert: str | None = None
    upsert_key: str | None = None


class WriteSpec(SpecModel):
    """`envelope`: key the fields stand under in the body. `idempotency_header`: takes the caller's key on POST."""

    create: OperationSpec | None = None
    update: OperationSpec | None = None
    delete: OperationSpec | None = None
    encoding: Literal["json", "form"] = "json"
    envelope: str | None = None
    record_path: str = ""
    idempotency_header: str | None = None
    batch: BatchSpec | None = None


def _mapping_in(value: Any) -> Mapping:
    try:
        return value if isinstance(value, Mapping) else Mapping.from_dict(value)
    except InvalidInput as error:
        raise PydanticCustomError("mapping", "{why}", {"why": error.message}) from error


MappingField = Annotated[
    Mapping,
    PlainValidator(_mapping_in),
    PlainSerializer(Mapping.to_dict, return_type=dict),
    WithJsonSchema({"type": "object"}),
]


class StreamSpec(SpecModel):
    """One list of records.

    `records_path` and `id_path` are dotted ("" for `records_path`: the answer is the list). `order`: how a read is sorted by the
    cursor field; only "asc" lets the cursor move before the read is complete. `deletes`: how a deletion is seen
    ("complete_listing": absent from a full read; "archived" and "events": an incremental read names it).
    """

    name: str
    title: str = ""
    description: str = ""
    docs_url: str = ""
    model: str | None = None
    path: str
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    records_path: str = "data"
    id_path: str = "id"
    pagination: PaginationSpec = NoPaging()
    page_size: int | None = 100
    cursor: CursorSpec | None = None
    windows: WindowSpec | None = None
    order: Literal["none", "asc", "desc"] = "none"
    mapping: MappingField | None = None
    deletes: Literal["complete_listing", "archived", "events"] | None = "complete_listing"
    item_path: str | None = None
    item_params: dict[str, str] = Field(default_factory=dict)
    gone_path: str | None = None
    write: WriteSpec | None = None
    scopes: tuple[str, ...] = ()
    selected: bool = True
