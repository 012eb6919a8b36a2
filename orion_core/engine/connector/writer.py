"""Write records as a stream's `WriteSpec` says: one call a record, or a batch with an outcome for each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

from orion_core.base.errors import BadResponse, ConnectorError, InvalidInput, Reauthorize, RetryLater
from orion_core.base.kit import json
from orion_core.engine.connector.http import HttpResponse
from orion_core.engine.connector.paths import dig
from orion_core.engine.connector.session import Session
from orion_core.engine.connector.spec_streams import OperationSpec, StreamSpec, WriteSpec
from orion_core.engine.connector.types import RowOutcome, WriteResult

Mode = Literal["create", "update", "upsert"]
T = TypeVar("T")


def form_encode(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Nested values as the bracket form many providers take: `{"a": {"b": [1]}}` → `a[b][0]=1`; None empties a field."""
    return [pair for key, value in fields.items() for pair in _form(key, value)]


def _form(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _form(f"{key}[{name}]", item)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _form(f"{key}[{index}]", item)
    else:
        yield key, "" if value is None else "true" if value is True else "false" if value is False else str(value)


async def write_one(
    session: Session,
    stream: StreamSpec,
    kind: Literal["create", "update"],
    fields: Mapping[str, Any],
    *,
    remote_id: str | None = None,
    idempotency_key: str | None = None,
) -> WriteResult:
    """Create or update one record.

    Raises:
        RemoteRejected: the provider refused the fields; its words name them.
        ConnectorError: by the error table.
    """
    spec, operation = _operation(stream, kind)
    body, content_type = _body(spec, fields)
    response = await session.send(
        session.request(
            operation.method,
            _fill(operation.path, remote_id),
            params=list(operation.params.items()),
            body=body,
            content_type=content_type,
            headers=_key(spec, idempotency_key),
            lane="person",
            idempotent=bool(spec.idempotency_header and idempotency_key),
        )
    )
    return _result(stream, spec, response, created=kind == "create", remote_id=remote_id)


async def delete_one(session: Session, stream: StreamSpec, remote_id: str, *, idempotency_key: str | None = None) -> bool:
    """Delete one record; False where the provider had none by that id."""
    spec, operation = _operation(stream, "delete")
    request = session.request(
        operation.method,
        _fill(operation.path, remote_id),
        params=list(operation.params.items()),
        headers=_key(spec, idempotency_key) if operation.method == "POST" else None,
        lane="person",
        idempotent=True,
    )
    return (await session.send(request, accept=(404, 410))).status < 300


async def write_rows(session: Session, stream: StreamSpec, rows: Sequence[Mapping[str, Any]], mode: Mode) -> list[RowOutcome]:
    """The rows one after the other, for a provider without a batch call.

    A row is `{"fields": {…}, "remote_id"?: "…", "idempotency_key"?: "…"}`. A dead credential, or a provider that asks to wait, ends
    the run: the rows not tried carry that error.
    """
    if mode == "upsert":
        raise InvalidInput(
            f"{session.spec.name} has no upsert for {stream.name}; create or update the rows.", detail={"fields": {"mode": "upsert"}}
        )
    outcomes: list[RowOutcome] = []
    stop: ConnectorError | None = None
    for index, row in enumerate(rows):
        if stop is None:
            try:
                remote_id, fields = row_parts(row, mode)
                done = await write_one(session, stream, mode, fields, remote_id=remote_id, idempotency_key=row.get("idempotency_key"))
                outcomes.append(RowOutcome(index, True, done.remote_id, record=done.record))
                continue
            except (Reauthorize, RetryLater) as error:
                stop = error
            except ConnectorError as error:
                outcomes.append(RowOutcome(index, False, row.get("remote_id"), error))
                continue
        outcomes.append(RowOutcome(index, False, row.get("remote_id"), stop))
    return outcomes


def row_parts(row: Mapping[str, Any], mode: str) -> tuple[str | None, Mapping[str, Any]]:
    """The id and the fields of a row.

    Raises:
        InvalidInput: no fields, or no id where one is needed.
    """
    fields, remote_id = row.get("fields"), row.get("remote_id")
    if not isinstance(fields, Mapping):
        raise InvalidInput("A row needs its values under `fields`.", detail={"fields": {"fields": "missing"}})
    if mode == "update" and not remote_id:
        raise InvalidInput("A row to update needs its `remote_id`.", detail={"fields": {"remote_id": "missing"}})
    return remote_id, fields


def chunked(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """`items` in runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _operation(stream: StreamSpec, kind: Literal["create", "update", "delete"]) -> tuple[WriteSpec, OperationSpec]:
    operation: OperationSpec | None = getattr(stream.write, kind) if stream.write else None
    if stream.write is None or operation is None:
        raise InvalidInput(
            f"The stream {stream.name!r} cannot {kind} records.",
            detail={"fields": {"stream": f"no {kind}"}},
            next_step="Choose a stream whose connector page says it can be written.",
        )
    return stream.write, operation


def _fill(path: str, remote_id: str | None) -> str:
    if "{id}" not in path:
        return path
    if not remote_id or remote_id in (".", ".."):
        raise InvalidInput("The id of the record is missing.", detail={"fields": {"remote_id": "missing"}})
    return path.replace("{id}", quote(remote_id, safe=""))


def _body(spec: WriteSpec, fields: Mapping[str, Any]) -> tuple[bytes, str]:
    document = {spec.envelope: fields} if spec.envelope else fields
    if spec.encoding == "form":
        return urlencode(form_encode(document)).encode(), "application/x-www-form-urlencoded"
    return json.dumps(document), "application/json"


def _key(spec: WriteSpec, key: str | None) -> dict[str, str]:
    return {spec.idempotency_header: key} if spec.idempotency_header and key else {}


def _result(stream: StreamSpec, spec: WriteSpec, response: HttpResponse, *, created: bool, remote_id: str | None) -> WriteResult:
    document = json.loads(response.body) if response.body.strip() else {}
    record = dig(document, spec.record_path)
    found = dig(record, stream.id_path) or remote_id
    if not found:
        raise BadResponse("The provider accepted the record but did not say its id.")
    return WriteResult(str(found), response.body if not spec.record_path else json.dumps(record), created)
