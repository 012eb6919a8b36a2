"""The versions of a record, and what each changed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orion_core.base.db.tables import RecordVersion
from orion_core.base.db.tables.records import RecordRow
from orion_core.services.records import reading
from orion_core.services.records.reading import State
from orion_core.services.records.types import FieldChange, VersionRow


def name_of(table: type[RecordRow]) -> str:
    """What the history calls a table's records."""
    return table.model or str(table.__tablename__)


def rows(table: type[RecordRow], row: Any, older: Sequence[RecordVersion]) -> list[VersionRow]:
    """The versions of a record, newest first. `older` are the superseded ones, newest first; the oldest may be missing."""
    states = [(reading.current(table, row), None), *((reading.superseded(table, version), version.valid_to) for version in older)]
    found = []
    for place, (state, valid_to) in enumerate(states):
        before = states[place + 1][0] if place + 1 < len(states) else None
        changes = [] if before is None else reading.differences(before, state)
        found.append(
            VersionRow(
                state.version,
                _kind(before, state),
                state.valid_from,
                valid_to,
                state.run_id,
                state.mapping_version,
                tuple(_change(table.model, path, old, new, before, state) for path, old, new in changes if before),
            )
        )
    return found


def _kind(before: State | None, state: State) -> Any:
    if before is None:
        return "created" if state.version == 1 else "changed"
    if state.deleted != before.deleted:
        return "deleted" if state.deleted else "restored"
    return "remapped" if state.raw == before.raw and state.mapping_version != before.mapping_version else "changed"


def _change(model: str, path: str, old: Any, new: Any, before: State, after: State) -> FieldChange:
    hint = reading.hint_for(model, path, new if new is not None else old)
    return FieldChange(
        path, old, new, reading.display(old, hint, before.fields.get("currency")), reading.display(new, hint, after.fields.get("currency"))
    )
