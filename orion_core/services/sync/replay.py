"""Dead letters, tried again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

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


async def replay_letters(work: Work, adapters: Adapters, workspace_id: str, letters: Sequence[DeadLetter]) -> Replayed:
    """Fetch, map and store each letter's record; what still fails stays open with its new cause."""
    result = Replayed()
    ordered = sorted(letters, key=lambda letter: (letter.connection_id, letter.stream))
    for (connection_id, stream_name), group in groupby(ordered, key=lambda letter: (letter.connection_id, letter.stream)):
        adapter = await adapters.adapter(workspace_id, connection_id)
        stream = adapter.spec.stream(stream_name)
        compiled = adapter.mapping(stream_name)
        shaper = Shaper(table_of(stream), compiled, mapping_version=compiled.mapping.version if compiled else 1)
        for letter in group:
            raw: bytes | None = letter.raw.encode()
            if letter.remote_id:
                try:
                    raw = await adapter.fetch_one(stream_name, letter.remote_id) or raw
                except ConnectorError as error:
                    result.causes.append(error.message)
            await _store(work, workspace_id, letter, shaper, raw or b"", stream.model or "", result)
    return result


async def _store(work: Work, workspace_id: str, letter: DeadLetter, shaper: Shaper, raw: bytes, model: str, result: Replayed) -> None:
    at = now()
    async with work.write(workspace_id) as tx:
        known = await bulk.known(
            tx.session, shaper.table, letter.connection_id, letter.stream, [letter.remote_id] if letter.remote_id else []
        )
        batch = shaper.shape([letter.remote_id] if letter.remote_id else [], [raw] if letter.remote_id else [], known)
        values: dict[str, object] = {"last_at": at, "attempts": letter.attempts + 1}
        if letter.remote_id and not batch.dead:
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
                records = done.inserted + sum(1 for item in known.values() if item.deleted)
            values["state"] = "resolved"
            result.stored += 1
            await repository.add_to_stream(
                tx, letter.connection_id, letter.stream, set_aside=-1 if letter.state == "open" else 0, records=records
            )
        else:
            cause = (
                batch.dead[0].cause
                if batch.dead
                else {**letter.cause, "next_step": "The record has no id, so it cannot be asked for; it comes with the next full sync."}
            )
            values["cause"] = cause
            result.still_failing += 1
            result.causes.append(str(cause.get("message", "")))
        await repository.set_letter(tx, letter.id, **values)
