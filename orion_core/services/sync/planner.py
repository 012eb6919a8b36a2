"""What a run will read: which streams, whole or only what changed, in how many parts. Written once, when the run is first claimed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Protocol

from orion_core.base.db.tables import ConnectorConfig, RunStream, StreamState, SyncRun
from orion_core.base.errors import InvalidInput, OrionError, Reauthorize, RetryLater
from orion_core.engine.connector import OPEN_END, BaseAdapter, ConnectorSpec, StreamSpec
from orion_core.services.sync.pipeline import patiently


class HasSpec(Protocol):
    """An adapter, or an entry of the catalogue."""

    @property
    def spec(self) -> ConnectorSpec: ...


# A full reading is cut into this many time windows where the provider can filter by creation time, unless it is known to be small.
PARTS = 8
SMALL = 1_000
# A mass delete needs a person: more than this share of a stream's records, and more than this many.
BRAKE_SHARE, BRAKE_COUNT = 0.3, 50
# One empty answer must not take a whole stream away either, unless it is next to nothing.
FEW = 3


def selected_streams(adapter: HasSpec, row: ConnectorConfig, wanted: list[str] | None = None) -> list[StreamSpec]:
    """The streams of a connection a run reads, in the order of the spec.

    Raises:
        InvalidInput: `wanted` names a stream or model the connector does not have, or none is selected.
    """
    chosen = row.config.get("streams")
    streams = [stream for stream in adapter.spec.streams if (stream.selected if chosen is None else stream.name in chosen)]
    if wanted:
        unknown = [name for name in wanted if not any(name in (stream.name, stream.model) for stream in adapter.spec.streams)]
        if unknown:
            known = ", ".join(stream.name for stream in adapter.spec.streams)
            raise InvalidInput(f"{adapter.spec.name} has no stream or model {', '.join(unknown)}. It has: {known}.")
        streams = [stream for stream in adapter.spec.streams if stream.name in wanted or stream.model in wanted]
    if not streams:
        raise InvalidInput("No stream of this connection is selected.", next_step="Choose at least one under Streams.")
    return streams


async def plan_stream(
    adapter: BaseAdapter[Any], stream: StreamSpec, run: SyncRun, row: ConnectorConfig, state: StreamState | None, position: int
) -> list[RunStream]:
    """The parts of one stream: its changes since the cursor, or the whole listing, in windows where that is allowed."""
    cursor = state.cursor if state is not None else None
    expected = state.records if state is not None and state.last_full_at is not None else None
    base: dict[str, Any] = {"workspace_id": run.workspace_id, "run_id": run.id, "stream": stream.name, "position": position}
    if run.kind == "incremental" and cursor is not None and stream.cursor is not None:
        return [RunStream(**base, mode="changes", since=cursor)]
    windows: list[tuple[datetime, datetime]] = []
    if stream.windows is not None:
        start = backfill_start(row)
        if expected is None or expected > SMALL:
            try:
                windows = list(await patiently(lambda: adapter.plan_windows(stream.name, PARTS, since=start)))
            except (RetryLater, Reauthorize):
                raise
            except OrionError:
                # Whatever is wrong with the filter or the stream shows when it is read: serially, and on this stream alone.
                return [RunStream(**base, mode="list", expected=expected)]
        if start is not None:
            windows = [(start, windows[0][1] if windows else OPEN_END), *windows[1:]]
    if not windows:
        return [RunStream(**base, mode="list", expected=expected)]
    return [
        RunStream(**base, part=part, mode="list", window_start=window[0], window_end=window[1], expected=expected if part == 0 else None)
        for part, window in enumerate(windows)
    ]


def backfill_start(row: ConnectorConfig) -> datetime | None:
    """The earliest creation time a connection reads, None for all."""
    text = row.config.get("backfill_start")
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def too_many_deletes(missing: int, live: int) -> bool:
    """Whether deleting `missing` of `live` records needs a person."""
    return missing > live * BRAKE_SHARE and (missing > BRAKE_COUNT or (missing == live and missing > FEW))
