"""Deletes, only with proof: a complete listing without a gap in which the record was absent.

A part that was not read to its end, a record without an id (which one was it?) or a filter on what was read: no proof, no delete.
More than a share of the stream at once waits for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orion_core.base.db import bulk
from orion_core.base.db.tables import RunStream
from orion_core.base.db.tables.records import to_micros
from orion_core.base.egress import LogEntry
from orion_core.base.kit.clock import now
from orion_core.base.work import Work
from orion_core.engine.connector import StreamSpec
from orion_core.services.sync import planner, repository
from orion_core.services.sync.pipeline import earlier
from orion_core.services.sync.store import id_hash, unpack_ids
from orion_core.services.sync.types import Claim
from orion_core.services.sync.writer import log_row, table_of

PROOF = "absent from a complete listing"
_BATCH = 1_000


async def sweep_stream(
    work: Work, held: Claim, stream: StreamSpec, parts: list[RunStream], *, lease_s: float, log: Sequence[LogEntry]
) -> None:
    """Close a stream whose parts are all read: delete what a complete listing proves gone, then move the stream's cursor."""
    listing = all(part.mode == "list" and part.complete for part in parts)
    note, deleted = "", 0
    # However a stream tells of deletes otherwise (events, an archive): absence from a whole listing is proof as well.
    if listing and stream.deletes is not None:
        note, deleted = await _sweep(work, held, stream, parts, lease_s=lease_s)
    watermark: Any = None
    for part in parts:
        # Each part saw what was there when it began: the next incremental read starts at the earliest beginning.
        watermark = earlier(watermark, (part.watermark or {}).get("value"))
    at = now()
    async with work.write(held.workspace_id) as tx:
        await repository.beat(tx, held, lease_s=lease_s, at=at)
        values: dict[str, Any] = {
            "last_success_at": at,
            "error": {
                "code": "mass_delete_held",
                "message": note,
                "next_step": "Check the provider's account, then run a full sync that allows the deletes.",
                "detail": {},
            }
            if note
            else None,
        }
        if watermark is not None:
            values["cursor"] = {"value": watermark}
        if listing:
            values["last_full_at"] = at
        await repository.set_stream(tx, held.connection_id, stream.name, **values)
        for entry in log:
            tx.session.add(log_row(entry, held.run_id, held.connection_id, stream.name))
        parts[0].deleted += deleted
        for part in parts:
            # Only now is the stream over: a worker that dies before this line leaves the sweep to the next one.
            part.state = "closed"
            await repository.save_part(tx, part)
        if note:
            run = await repository.run(tx.session, held.run_id)
            run.notes = [*run.notes, note]


async def _sweep(work: Work, held: Claim, stream: StreamSpec, parts: list[RunStream], *, lease_s: float) -> tuple[str, int]:
    table = table_of(stream)
    async with work.read(held.workspace_id) as session:
        run = await repository.run(session, held.run_id)
        row = await repository.connection(session, held.connection_id)
        if await _unproven(work, held, stream, session, row):
            return "", 0
        seen = unpack_ids(await repository.seen_hashes(session, held.run_id, stream.name))
        missing: list[str] = []
        live = 0
        states = await repository.stream_states(session, held.connection_id)
        live = next((state.records for state in states if state.stream == stream.name), 0)
        async for ids in bulk.missing_ids(
            session, table, connection_id=held.connection_id, stream=stream.name, seen=seen, hash_fn=id_hash, batch=_BATCH
        ):
            missing += ids
        # What was written while the listing was read (a record made through the API) was not there to be seen.
        fresh = await repository.stored_since(session, table, held.connection_id, stream.name, run.started_at, missing)
        missing = [remote_id for remote_id in missing if remote_id not in fresh]
    allowed = run.kind == "full" and run.trigger == "approved"
    if planner.too_many_deletes(len(missing), live) and not allowed:
        return (
            f"{len(missing):,} of {live:,} {stream.title or stream.name} are gone from the provider's listing. "
            "Nothing was deleted: that many need your word.",
            0,
        )
    deleted = 0
    for start in range(0, len(missing), _BATCH):
        at = now()
        async with work.write(held.workspace_id) as tx:
            count = await bulk.tombstone(
                tx.session,
                table,
                connection_id=held.connection_id,
                stream=stream.name,
                remote_ids=missing[start : start + _BATCH],
                run_id=held.run_id,
                tx=await bulk.next_tx(tx.session),
                at=to_micros(at),
                proof=PROOF,
            )
            await repository.add_to_stream(tx, held.connection_id, stream.name, records=-count, deleted=count)
            await repository.set_stream(tx, held.connection_id, stream.name, last_changed_at=at)
            await repository.beat(tx, held, lease_s=lease_s, at=at, deleted=count)
            deleted += count
    return "", deleted


async def _unproven(work: Work, held: Claim, stream: StreamSpec, session: Any, row: Any) -> bool:
    """Whether something stands against the proof: a filter on creation time, or a record that came without an id in this run."""
    if row.config.get("backfill_start"):
        return True
    return await repository.nameless_letters(session, held.connection_id, stream.name, held.run_id) > 0
