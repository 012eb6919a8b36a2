"""HubSpot's batch writes: 100 rows a call, an outcome for each.

A partial success is 207 with `errors[]`, each naming its rows by `objectWriteTraceId` or id. A batch refused as a whole (400, 409) is
halved until the bad row stands alone. https://developers.hubspot.com/docs/api-reference/error-handling
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orion_core.base.errors import ConnectorError, InvalidInput, OrionError, Reauthorize, RecordError, RemoteRejected, RetryLater
from orion_core.base.kit import json
from orion_core.engine.connector.errors import error_from
from orion_core.engine.connector.http import HttpRequest, HttpResponse
from orion_core.engine.connector.session import Session
from orion_core.engine.connector.spec_streams import BatchSpec, StreamSpec
from orion_core.engine.connector.types import RowOutcome
from orion_core.engine.connector.writer import Mode, chunked, row_parts

Row = tuple[int, dict[str, Any]]  # position among the caller's rows, input of the call
UNKNOWN = RecordError(
    "HubSpot's answer to the batch does not say what became of this row.",
    next_step="Look the record up at HubSpot before sending it again.",
)
STATUS = {"OBJECT_NOT_FOUND": 404, "CONFLICT": 409, "RATE_LIMITS": 429}


async def write_batch(session: Session, stream: StreamSpec, rows: Sequence[Mapping[str, Any]], mode: Mode) -> list[RowOutcome]:
    """One outcome a row, in order."""
    batch = stream.write.batch if stream.write else None
    path = getattr(batch, mode, None)
    if batch is None or path is None:
        raise InvalidInput(f"HubSpot has no batch {mode} for {stream.name}.", detail={"fields": {"mode": mode}})
    outcomes: dict[int, RowOutcome] = {}
    ready: list[Row] = []
    for index, row in enumerate(rows):
        try:
            ready.append((index, _input(batch, mode, index, row)))
        except InvalidInput as error:
            outcomes[index] = RowOutcome(index, False, row.get("remote_id"), RecordError(error.message))
    stop: ConnectorError | None = None
    for part in chunked(ready, batch.size):
        if stop is None:
            try:
                outcomes |= await _send(session, path, list(part))
                continue
            except (Reauthorize, RetryLater) as error:
                stop = error
        outcomes |= {index: RowOutcome(index, False, None, stop) for index, _ in part}
    return [outcomes[index] for index in range(len(rows))]


def _input(batch: BatchSpec, mode: str, index: int, row: Mapping[str, Any]) -> dict[str, Any]:
    remote_id, fields = row_parts(row, mode)
    made: dict[str, Any] = {**fields, "objectWriteTraceId": str(index)}
    if mode == "update":
        return {**made, "id": remote_id}
    if mode == "upsert":
        key = str(row.get("key") or batch.upsert_key)
        value = fields.get("properties", {}).get(key)
        if not value:
            raise InvalidInput(f"A row to upsert needs a value for {key!r}, by which HubSpot finds the record.")
        return {**made, "id": value, "idProperty": key}
    return {"associations": [], **made}


async def _send(session: Session, path: str, rows: list[Row]) -> dict[int, RowOutcome]:
    request = session.request(
        "POST", path, body=json.dumps({"inputs": [made for _, made in rows]}), lane="person", idempotent="/create" not in path
    )
    try:
        response = await session.send(request)
    except (Reauthorize, RetryLater):
        raise
    except ConnectorError as error:
        if len(rows) == 1 or not isinstance(error, RemoteRejected):
            return {index: RowOutcome(index, False, None, error) for index, _ in rows}
        middle = len(rows) // 2
        return {**await _send(session, path, rows[:middle]), **await _send(session, path, rows[middle:])}
    try:
        return _outcomes(session, request, response, rows)
    except (OrionError, KeyError, TypeError, AttributeError):
        return {index: RowOutcome(index, False, None, UNKNOWN) for index, _ in rows}


def _outcomes(session: Session, request: HttpRequest, response: HttpResponse, rows: list[Row]) -> dict[int, RowOutcome]:
    answer = json.loads(response.body)
    done: dict[int, RowOutcome] = {}
    left = dict(rows)
    for problem in answer.get("errors") or []:
        status = STATUS.get(str(problem.get("category")), 400)
        error = error_from(session.spec, request, HttpResponse(status, response.headers, json.dumps(problem)), secrets=session.secrets())
        for index in _rows_of(problem, left):
            done[index] = RowOutcome(index, False, left.pop(index).get("id"), error)
    unmatched = []
    for record in answer.get("results") or []:
        found = _row_of(record, left)
        if found is None:
            unmatched.append(record)
        else:
            left.pop(found)
            done[found] = _stored(found, record)
    if len(unmatched) == len(left):  # HubSpot changed the values it was sent; what is left is in the order of the rows
        return done | {index: _stored(index, record) for index, record in zip(sorted(left), unmatched, strict=True)}
    return done | {index: RowOutcome(index, False, None, UNKNOWN) for index in left}


def _stored(index: int, record: dict[str, Any]) -> RowOutcome:
    return RowOutcome(index, True, str(record["id"]), record=json.dumps(record))


def _rows_of(problem: dict[str, Any], left: dict[int, dict[str, Any]]) -> list[int]:
    context = problem.get("context") or {}
    traces = {str(item) for item in context.get("objectWriteTraceId") or []}
    ids = {str(item) for key in ("ids", "id") for item in context.get(key) or []}
    ids |= {str(problem["id"])} if problem.get("id") else set()
    named = [index for index, made in left.items() if made["objectWriteTraceId"] in traces or str(made.get("id", "")) in ids]
    return named or (list(left) if len(left) == 1 else [])


def _row_of(record: dict[str, Any], left: dict[int, dict[str, Any]]) -> int | None:
    """The row a result belongs to: by trace, by id, or by the values it was sent with."""
    trace, identity, stored = str(record.get("objectWriteTraceId", "")), str(record["id"]), record.get("properties") or {}
    for index, made in left.items():
        if made["objectWriteTraceId"] == trace:
            return index
    for index, made in left.items():
        if "idProperty" not in made and str(made.get("id", "")) == identity:
            return index
    for index, made in left.items():
        by_key = "idProperty" in made
        sent = {made["idProperty"]: made["id"]} if by_key else made.get("properties", {})
        same = all(str(stored.get(name, "")).lower() == str(value).lower() for name, value in sent.items() if value)
        if same and (by_key or "id" not in made):
            return index
    return None
