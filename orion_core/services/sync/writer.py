"""The writer of a run: every batch is one transaction that carries rows, dead letters, counts, the proof of what was seen, the request
log and the place to go on from, under the run's fence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from orion_core.base.db import bulk
from orion_core.base.db.tables import RECORD_TABLES, DeadLetter, RequestLogRow, RunSeen
from orion_core.base.db.tables.records import to_micros
from orion_core.base.egress import LogEntry
from orion_core.base.errors import Reauthorize, RecordError, RetryLater
from orion_core.base.kit.clock import now
from orion_core.base.kit.ids import new_id
from orion_core.base.work import Transaction, Work
from orion_core.engine.connector import Page, StreamSpec
from orion_core.engine.schema import model_of
from orion_core.services.sync import repository
from orion_core.services.sync.pipeline import Arrived, last_places, later
from orion_core.services.sync.store import Batch, Dead, Shaper, dead_key, pack_ids
from orion_core.services.sync.types import Claim

LOGGED_REQUESTS = 2_000
_SHAPED_AT_ONCE = 500


@dataclass(slots=True)
class Written:
    """What one transaction did."""

    stop: bool = False
    rows: int = 0
    changed: int = 0


@dataclass(slots=True)
class StreamWriter:
    """Writes batches of one stream."""

    work: Work
    held: Claim
    stream: StreamSpec
    shaper: Shaper
    lease_s: float
    has_letters: bool = False
    logged: int = 0
    # Whether there was anything of this stream when the writer began; a first read has nothing to compare with.
    stored: bool | None = None

    async def write(self, arrived: list[Arrived], log: Sequence[LogEntry]) -> Written:
        """Store a batch.

        Raises:
            LeaseLost: another worker has the run; nothing of the batch was stored.
        """
        places = last_places(arrived)
        pages = [page for _, found, _, _ in places.values() for page in found]
        table = self.shaper.table
        batch, known = await self._shape(pages)
        gone = [remote_id for page in pages for remote_id in page.deleted]
        at = now()
        async with self.work.write(self.held.workspace_id) as tx:
            tx_no = await bulk.next_tx(tx.session) if batch.rows or gone else 0
            inserted = updated = deleted = 0
            if batch.rows:
                done = await store_rows(tx, self.held, self.stream, self.shaper, batch, known, tx_no, at)
                inserted, updated = done.inserted, done.updated
            if gone:
                deleted = await bulk.tombstone(
                    tx.session,
                    table,
                    connection_id=self.held.connection_id,
                    stream=self.stream.name,
                    remote_ids=gone,
                    run_id=self.held.run_id,
                    tx=tx_no,
                    at=to_micros(at),
                    proof="named by the provider",
                )
                self.stored = True  # what was deleted may come back
            aside = await self._set_aside(tx, batch.dead, batch, at)
            revived = sum(1 for row in batch.rows if row.remote_id in known and known[row.remote_id].deleted)
            requests = sum(len(page.requests) for page in pages)
            read = sum(len(page.records) + len(page.poison) for page in pages)
            changed = inserted + updated
            await self._places(tx, places, batch, changed, deleted, aside, at)
            await self._state(tx, inserted + revived - deleted, deleted, aside, changed + deleted > 0, at)
            await self._log(tx, log)
            stop = await repository.beat(
                tx,
                self.held,
                lease_s=self.lease_s,
                at=at,
                read=read,
                changed=changed,
                deleted=deleted,
                set_aside=max(0, aside),
                requests=requests,
            )
        return Written(stop, read, changed + deleted)

    async def _shape(self, pages: list[Page]) -> tuple[Batch, dict[str, bulk.Known]]:
        """Compare with what is stored and map the rest, before the transaction begins: it stays short."""
        ids = [remote_id for page in pages for remote_id in page.ids]
        known: dict[str, bulk.Known] = {}
        if ids and self.stored is not False:
            async with self.work.read(self.held.workspace_id) as session:
                if self.stored is None:
                    self.stored = await bulk.has_any(session, self.shaper.table, self.held.connection_id, self.stream.name)
                if self.stored:
                    known = await bulk.known(session, self.shaper.table, self.held.connection_id, self.stream.name, ids)
        batch = Batch()
        # Of a repeated id the last wins.
        latest = iter(dict(zip(ids, (record for page in pages for record in page.records), strict=True)).items())
        while some := list(islice(latest, _SHAPED_AT_ONCE)):
            self.shaper.add(batch, some, known)
            await asyncio.sleep(0)  # a large batch does not keep readers and other runs of this process waiting
        for page in pages:
            for poison in page.poison:
                cause = {
                    "code": "record_error",
                    "message": poison.reason,
                    "next_step": "Mend the record at the provider, then run again.",
                    "detail": {},
                }
                batch.dead.append(Dead(dead_key("", poison.data), "", poison.data, cause))
        return batch, known

    async def _set_aside(self, tx: Transaction, dead: list[Dead], batch: Batch, at: datetime) -> int:
        """Store dead letters; a record that passes now closes its old one. Returns by how many the open ones grew."""
        keys = [letter.key for letter in dead]
        found = await repository.open_dead_letters(tx.session, self.held.connection_id, self.stream.name, keys)
        fresh = 0
        for letter in dead:
            old = found.get(letter.key)
            raw = letter.raw.decode("utf-8", "replace").replace("\x00", "\ufffd")
            if old is None:
                fresh += 1
                tx.session.add(
                    DeadLetter(
                        connection_id=self.held.connection_id,
                        run_id=self.held.run_id,
                        stream=self.stream.name,
                        key=letter.key,
                        remote_id=letter.remote_id,
                        raw=raw,
                        cause=letter.cause,
                        last_at=at,
                    )
                )
            else:
                fresh += old.state != "open"
                old.raw, old.cause, old.state, old.last_at, old.attempts = raw, letter.cause, "open", at, old.attempts + 1
                old.run_id = self.held.run_id
        if self.has_letters:
            fresh -= await self._close_letters(tx, [row.remote_id for row in batch.rows], at)
        return fresh

    async def _close_letters(self, tx: Transaction, passed: list[str], at: datetime) -> int:
        closed = 0
        for start in range(0, len(passed), 500):
            found = await repository.open_dead_letters(tx.session, self.held.connection_id, self.stream.name, passed[start : start + 500])
            for letter in found.values():
                if letter.state == "open":
                    letter.state, letter.last_at = "resolved", at
                    closed += 1
        return closed

    async def _places(
        self, tx: Transaction, places: dict[str, Any], batch: Batch, changed: int, deleted: int, aside: int, at: datetime
    ) -> None:
        """Move each part to the place after its last page; the batch's counts go to the first part touched (they are sums anyway)."""
        for index, (part, pages, error, ended) in enumerate(places.values()):
            for page in pages:
                part.pages += 1
                part.read += len(page.records) + len(page.poison)
                part.watermark = (
                    {"value": later((part.watermark or {}).get("value"), page.cursor)} if page.cursor is not None else part.watermark
                )
                part.resume = page.resume
                part.complete = part.complete or page.complete
            if index == 0:
                part.changed += changed
                part.deleted += deleted
                part.set_aside += max(0, aside)
            part.started_at = part.started_at or at
            if error is not None:
                # What a later try may clear is no failure: the part goes on from here then.
                part.error, part.state = error.as_dict(), "running" if isinstance(error, (RetryLater, Reauthorize)) else "failed"
            elif (pages or ended) and part.resume is None:
                # The last page says so itself: were the reader's own end awaited, a stop in between would read the part again.
                part.state, part.finished_at, part.error = "done", at, None
            else:
                part.state = "running"
            await repository.save_part(tx, part)
        seen = pack_ids(
            remote_id for part, pages, _, _ in places.values() if part.mode == "list" for page in pages for remote_id in page.ids
        )
        if seen:
            tx.session.add(RunSeen(run_id=self.held.run_id, stream=self.stream.name, hashes=seen))

    async def _state(self, tx: Transaction, records: int, deleted: int, aside: int, changed: bool, at: datetime) -> None:
        await repository.add_to_stream(tx, self.held.connection_id, self.stream.name, records=records, deleted=deleted, set_aside=aside)
        if changed:
            await repository.set_stream(tx, self.held.connection_id, self.stream.name, last_changed_at=at)

    async def _log(self, tx: Transaction, entries: Sequence[LogEntry]) -> None:
        rows = []
        for entry in entries:
            if self.logged >= LOGGED_REQUESTS and not (entry.error or (entry.status or 0) >= 400):
                continue
            self.logged += 1
            rows.append({"id": new_id("req"), **log_values(entry, self.held.run_id, self.held.connection_id, self.stream.name)})
        await bulk.append(tx.session, RequestLogRow, rows)


async def store_rows(
    tx: Transaction, held: Claim, stream: StreamSpec, shaper: Shaper, batch: Batch, known: dict[str, bulk.Known], tx_no: int, at: datetime
) -> bulk.Upserted:
    """Upsert a batch; a row that neither database can hold moves to the dead letters and the rest passes."""

    async def upsert() -> bulk.Upserted:
        return await bulk.upsert(
            tx.session,
            shaper.table,
            connection_id=held.connection_id,
            stream=stream.name,
            run_id=held.run_id,
            mapping_version=shaper.mapping_version,
            schema_version=_schema_version(shaper.table.model),
            rows=batch.rows,
            existing=known,
            tx=tx_no,
            synced_at=to_micros(at),
        )

    try:
        return await upsert()
    except RecordError:
        good = []
        for row in batch.rows:
            refusal = bulk.refusal(tx.session, shaper.table, held.connection_id, stream.name, row)
            if refusal is None:
                good.append(row)
            else:
                name = row.remote_id.replace("\x00", "\ufffd")[:255]
                raw = row.raw if isinstance(row.raw, bytes) else str(row.raw).encode()
                batch.dead.append(Dead(name, name, raw, refusal.as_dict()))
        batch.rows[:] = good
        return await upsert() if good else bulk.Upserted(0, 0, 0)


def log_row(entry: LogEntry, run_id: str, connection_id: str, stream: str) -> RequestLogRow:
    """A request log entry as a row."""
    return RequestLogRow(**log_values(entry, run_id, connection_id, stream))


def log_values(entry: LogEntry, run_id: str, connection_id: str, stream: str) -> dict[str, Any]:
    """A request log entry as the values of a row; bodies of answers are kept where something went wrong, to keep the log small."""
    failed = bool(entry.error) or (entry.status or 0) >= 400
    return {
        "run_id": run_id,
        "connection_id": connection_id,
        "stream": stream,
        "at": entry.at,
        "method": entry.method,
        "url": entry.url,
        "status": entry.status or 0,
        "elapsed_ms": round(entry.elapsed_ms, 2),
        "size": entry.size,
        "headers": {"rate": entry.rate_headers, "request": entry.request_headers},
        "request_body": entry.request_body or "",
        "body": (entry.response_body or "") if failed else "",
        "error": entry.error or "",
    }


def _schema_version(model: str) -> str:
    return model_of(model).__schema_version__ if model else "1.0.0"


def table_of(stream: StreamSpec) -> Any:
    """The record table of a stream."""
    return RECORD_TABLES[stream.model or ""]
