"""Rows as people see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from orion_core.base.db.states import connection_state
from orion_core.base.db.tables import ConnectorConfig, ConnectorCredential, RunStream, StreamState, SyncRun
from orion_core.base.kit.clock import now
from orion_core.engine.connector import ConnectorSpec
from orion_core.services.connections.types import ConnectionDetail, ConnectionRow, CredentialView, OpenRun, StreamView

_AGED = timedelta(days=180)
_ENDING = timedelta(days=7)


def row(
    connection: ConnectorConfig, spec: ConnectorSpec | None, states: Sequence[StreamState], run: SyncRun | None, parts: Sequence[RunStream]
) -> ConnectionRow:
    """A connection for a list."""
    mine = [state for state in states if state.connection_id == connection.id]
    return ConnectionRow(
        id=connection.id,
        name=connection.name,
        connector=connection.connector_id,
        connector_name=spec.name if spec else connection.connector_id,
        account=connection.account_name,
        state=connection_state(connection, mine, run),
        status=connection.status,
        records=sum(state.records for state in mine),
        streams=len(connection.config.get("streams") or mine),
        set_aside=sum(state.set_aside for state in mine),
        last_sync_at=connection.last_sync_at,
        next_due_at=connection.next_due_at,
        schedule_kind=connection.schedule_kind,
        schedule_value=connection.schedule_value,
        error=connection.status_error or next((state.error for state in mine if state.error), None),
        run=_open(run, parts),
    )


def _open(run: SyncRun | None, parts: Sequence[RunStream]) -> OpenRun | None:
    if run is None:
        return None
    mine = [part for part in parts if part.run_id == run.id]
    current = next(
        (part.stream for part in mine if part.state == "running"), next((part.stream for part in mine if part.state == "pending"), "")
    )
    known = [part.expected for part in mine if part.part == 0]
    expected = None if not known or any(value is None for value in known) else sum(value or 0 for value in known)
    return OpenRun(run.id, run.status, run.read, expected, current)


def detail(
    connection: ConnectorConfig,
    spec: ConnectorSpec | None,
    states: Sequence[StreamState],
    stored: Sequence[ConnectorCredential],
    run: SyncRun | None,
    parts: Sequence[RunStream],
) -> ConnectionDetail:
    """A connection whole."""
    by_name = {state.stream: state for state in states}
    chosen = connection.config.get("streams")
    exclude = connection.config.get("exclude", {})
    streams = tuple(
        StreamView(
            stream.name,
            stream.title or stream.name,
            stream.description,
            stream.model or "",
            stream.selected if chosen is None else stream.name in chosen,
            tuple(exclude.get(stream.name, ())),
            state.records if state else 0,
            state.deleted if state else 0,
            state.set_aside if state else 0,
            (state.cursor or {}).get("value") if state else None,
            state.last_success_at if state else None,
            state.last_full_at if state else None,
            state.last_changed_at if state else None,
            state.error if state else None,
            stream.deletes,
            stream.cursor is not None,
            stream.docs_url,
        )
        for stream in (spec.streams if spec else ())
        for state in (by_name.get(stream.name),)
    )
    auth = spec.auth_of(connection.config.get("auth_kind")) if spec else None
    titles = {item.name: item.title for item in auth.fields} if auth else {}
    return ConnectionDetail(
        row=row(connection, spec, states, run, parts),
        base_url=connection.base_url,
        default_base_url=spec.base_url if spec else "",
        auth_url=connection.auth_url,
        token_url=connection.token_url,
        auth_kind=auth.kind if auth else "",
        account_id=connection.account_id,
        backfill_start=connection.config.get("backfill_start") or "",
        created_at=connection.created_at,
        last_used_at=connection.last_used_at,
        capabilities=tuple(str(item) for item in spec.capabilities) if spec else (),
        streams=streams,
        credentials=tuple(_credential(item, titles) for item in stored),
    )


def _credential(item: ConnectorCredential, titles: dict[str, str]) -> CredentialView:
    since = item.rotated_at or item.created_at
    warning = ""
    if item.expires_at is not None and item.credential_type != "access_token" and item.expires_at < now() + _ENDING:
        warning = "This credential ends soon: enter a new one."
    elif now() - since > _AGED and item.credential_type != "access_token":
        warning = f"This credential is {(now() - since).days} days old: exchange it at the provider."
    return CredentialView(
        item.credential_type,
        titles.get(item.credential_type, item.credential_type.replace("_", " ").capitalize()),
        item.hint,
        item.created_at,
        item.rotated_at,
        item.expires_at,
        warning,
    )
