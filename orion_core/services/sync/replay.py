"""Dead letters, tried again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from orion_core.base.db import bulk
from orion_core.base.db.tables import DeadLetter
from orion_core.base.db.tables.records import to_micros
from orion_core.base.errors import ConnectorError
from orion_core.base.kit.clock import now
from orion_core.base.work import Work
from orion_core.engine.schema import model_of
from orion_core.services.sync import repository
from orion_core.services.sync.store import Shaper
from orion_core.services.sync.types import Adapters, Replayed
from orion_core.services.sync.writer import table_of

_NAMELESS = "The record has no id, so it cannot be asked for; it comes with the next full sync."


async def replay_letters(work: Work, adapters: Adapters, workspace_id: str, letters: Sequence[DeadLetter]) -> Replayed:
    """Fetch, map and store each letter's record; what still fails stays open with its new cause."""
    result = Replayed()
    ordered = sorted(letters, key=lambda letter: (letter.connection_id, letter.stream))
    for (connection_id, stream_name), group in groupby(ordered, key=lambda letter: (letter.connection_id, letter.stream)):
        adapter = await adapters.adapter(workspace_id, connection_id)
        stream = adapter.spec.stream(stream_name)
        compiled = adapter.mapping(stream_name)
        async with work.read(workspace_id) as session:
            row = await repository.connection(session, connection_id)
        version = compiled.mapping.version if compiled else 1
        shaper = Shaper(table_of(stream), compiled, mapping_version=version, exclude=row.config.get("exclude", {}).get(stream_name, ()))
        for letter in group:
            if letter.state != "open":
                continue
            if not letter.remote_id:
                await _keep(work, workspace_id, letter, {**letter.cause, "next_step": _NAMELESS}, result)
                continue
            try:
                raw = await adapter.fetch_one(stream_name, letter.remote_id)
            except ConnectorError as error:
                await _keep(work, workspace_id, letter, error.as_dict(), result)
                continue
            if raw is None:
                await _gone(work, workspace_id, letter, shaper, result)
            else:
                await _store(work, workspace_id, letter, shaper, raw, stream.model or "", result)
    return result


async def _keep(work: Work, workspace_id: str, letter: DeadLetter, cause: dict[str, Any], result: Replayed) -> None:
    async with work.write(workspace_id) as tx:
        await repository.set_letter(tx, letter.id, cause=cause, last_at=now(), attempts=letter.attempts + 1)
    result.still_failing += 1
    result.causes.append(str(cause.get("message", "")))


async def _gone(work: Work, workspace_id: str, letter: DeadLetter, shaper: Shaper, result: Replayed) -> None:
    """The provider has no such record any more: that is proof, here too."""
    at = now()
    async with work.write(workspace_id) as tx:
        count = await bulk.tombstone(
            tx.session,
            shaper.table,
            connection_id=letter.connection_id,
            stream=letter.stream,
            remote_ids=[letter.remote_id],
            run_id=letter.run_id,
            tx=await bulk.next_tx(tx.session),
            at=to_micros(at),
            proof="asked for by id, and not there",
        )
        await repository.add_to_stream(tx, letter.connection_id, letter.stream, set_aside=-1, records=-count, deleted=count)
        await repository.set_letter(tx, letter.id, state="resolved", last_at=at, attempts=letter.attempts + 1)
    result.stored += 1


async def _store(work: Work, workspace_id: str, letter: DeadLetter, shaper: Shaper, raw: bytes, model: str, result: Replayed) -> None:
    at = now()
    async with work.write(workspace_id) as tx:
        known = await bulk.known(tx.session, shaper.table, letter.connection_id, letter.stream, [letter.remote_id])
        batch = shaper.shape([letter.remote_id], [raw], known)
        refusal = next((bulk.refusal(tx.session, shaper.table, letter.connection_id, letter.stream, row) for row in batch.rows), None)
        cause = batch.dead[0].cause if batch.dead else refusal.as_dict() if refusal is not None else None
        if cause is not None:
            await repository.set_letter(tx, letter.id, cause=cause, last_at=at, attempts=letter.attempts + 1)
            result.still_failing += 1
            result.causes.append(str(cause.get("message", "")))
            return
        records = 0
        if batch.rows:
            done = await bulk.upsert(
                tx.session,
                shaper.table,
                connection_id=letter.connection_id,
                stream=letter.stream,
                run_id=letter.run_id,
                mapping_version=shaper.mapping_version,
                schema_version=model_of(model).__schema_version__ if model else "1.0.0",
                rows=batch.rows,
                existing=known,
                tx=await bulk.next_tx(tx.session),
                synced_at=to_micros(at),
            )
            records = done.inserted + (sum(item.deleted for item in known.values()) if done.updated else 0)
        await repository.add_to_stream(tx, letter.connection_id, letter.stream, set_aside=-1, records=records)
        await repository.set_letter(tx, letter.id, state="resolved", last_at=at, attempts=letter.attempts + 1)
    result.stored += 1
