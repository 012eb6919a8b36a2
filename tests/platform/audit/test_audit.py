"""The audit log: gapless under concurrent writers, and every change from outside is found and named."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import Connection, create_engine, text

from orion_core.base.db import Database
from orion_core.base.db.migrate import sync_url
from orion_core.base.errors import Forbidden, InvalidInput
from orion_core.base.kit.clock import now
from orion_core.base.queue import NullQueue
from orion_core.base.work import Work
from orion_core.platform.accounts import Principal, Role
from orion_core.platform.audit import Audit, AuditQuery
from orion_core.platform.audit.chain import digest
from tests.support.databases import TestDatabase

P = Principal("ws_a", Role.owner, id="usr_1", name="Maren Holt", email="maren@b.de", ip="10.20.4.2")
OTHER = Principal("ws_b", Role.owner, id="usr_2", name="Other")


@pytest.fixture
async def audit(module_database: TestDatabase) -> AsyncIterator[Audit]:
    change(module_database, lambda connection: [connection.execute(text(f"delete from {table}")) for table in ("audit_log", "instance")])
    db = Database(module_database.url)
    yield Audit(Work(db, NullQueue()))
    await db.close()


def change(database: TestDatabase, how: Callable[[Connection], object]) -> None:
    """As somebody with the owner's or the file's rights."""
    engine = create_engine(sync_url(database.admin_url or database.url))
    with engine.begin() as connection:
        how(connection)
    engine.dispose()


async def record(audit: Audit, p: Principal, *actions: str, **detail: object) -> None:
    for action in actions:
        async with audit._work.write(p.workspace_id) as tx:
            await audit.record(tx, p, action, "connection", f"cn_{action}", f"Stripe {action}", detail)


async def test_concurrent_writers_make_one_gapless_chain_a_workspace(audit: Audit) -> None:
    async def one(number: int) -> None:
        p = P if number % 2 else OTHER
        async with audit._work.write(p.workspace_id) as tx:
            await audit.record(tx, p, "a.first")
            await asyncio.sleep(0)
            await audit.record(tx, p, "a.second")
            if number % 5 == 0:
                raise ZeroDivisionError  # what is rolled back leaves no hole

    await asyncio.gather(*(one(number) for number in range(60)), return_exceptions=True)
    for p in (P, OTHER):
        report = await audit.verify(p)
        assert report.intact and report.entries == report.head_seq == 48, report
        page = await audit.page(p, limit=500)
        assert [row.seq for row in page.rows] == list(range(48, 0, -1))


async def test_entry_and_change_are_both_there_or_neither(audit: Audit) -> None:
    with pytest.raises(ZeroDivisionError):
        async with audit._work.write("ws_a") as tx:
            await audit.record(tx, P, "a.b")
            raise ZeroDivisionError
    assert (await audit.page(P)).total == 0 and (await audit.verify(P)).intact


async def test_verify_while_entries_are_written(audit: Audit) -> None:
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            await record(audit, P, "a.b")

    writers = [asyncio.create_task(write()) for _ in range(3)]
    reports = [await audit.verify(P)]
    while reports[-1].entries < 100:
        reports.append(await audit.verify(P))
    stop.set()
    await asyncio.gather(*writers)
    assert all(report.intact for report in reports), reports
    assert (await audit.verify(P)).entries >= reports[-1].entries


def _sql(statement: str) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(text(statement))


def _rehash(connection: Connection, first: int, **changes: object) -> None:
    """Change an entry and write all hashes from there on anew, as somebody does who knows how the chain is made."""
    from sqlalchemy.orm import Session

    from orion_core.base.db.tables import AuditEntry

    with Session(bind=connection) as session:
        rows = session.query(AuditEntry).filter_by(workspace_id="ws_a").order_by(AuditEntry.seq).all()
        previous = rows[first - 2].hash if first > 1 else "0" * 64
        for row in rows[first - 1:]:
            for name, value in (changes if row.seq == first else {}).items():
                setattr(row, name, value)
            row.previous_hash = previous
            row.hash = previous = digest(row)
        session.flush()


ADD = ("insert into audit_log (id, workspace_id, seq, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_name, detail, "
       "previous_hash, hash) select 'aud_x', workspace_id, {seq}, at, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_name, "
       "detail, hash, 'f00' from audit_log where workspace_id = 'ws_a' and seq = {after}")

# name → (what is done, the entry that is named, a part of the reason)
TAMPERING: dict[str, tuple[Callable[[Connection], object], int, str]] = {
    "edited action": (_sql("update audit_log set action = 'x' where workspace_id = 'ws_a' and seq = 4"), 4, "not as it was written"),
    "edited person": (_sql("update audit_log set actor_name = 'Eve' where workspace_id = 'ws_a' and seq = 1"), 1, "not as it was written"),
    "edited time": (_sql("update audit_log set at = '2020-01-01 00:00:00.000000' where workspace_id = 'ws_a' and seq = 7"), 7, "not as it was written"),
    "edited detail": (_sql("""update audit_log set detail = '{"n": 2}' where workspace_id = 'ws_a' and seq = 5"""), 5, "not as it was written"),
    "edited and hashed": (lambda c: (_sql("update audit_log set action = 'x' where workspace_id = 'ws_a' and seq = 4")(c), _rehash_one(c, 4)), 5,
                          "does not follow"),
    "removed in the middle": (_sql("delete from audit_log where workspace_id = 'ws_a' and seq = 4"), 4, "missing"),
    "removed at the start": (_sql("delete from audit_log where workspace_id = 'ws_a' and seq <= 2"), 1, "missing"),
    "removed at the end": (_sql("delete from audit_log where workspace_id = 'ws_a' and seq >= 9"), 9, "Entries 9 to 10 are missing"),
    "removed altogether": (_sql("delete from audit_log where workspace_id = 'ws_a'"), 1, "Entries 1 to 10 are missing"),
    "removed and renumbered": (lambda c: (_sql("delete from audit_log where workspace_id = 'ws_a' and seq = 4")(c),
                                          [_sql(f"update audit_log set seq = {seq} where workspace_id = 'ws_a' and seq = {seq + 1}")(c)
                                           for seq in range(4, 10)]), 4, "not as it was written"),
    "inserted at the end": (_sql(ADD.format(seq=11, after=10)), 11, "not as it was written"),
    "inserted at the end, hashed": (lambda c: (_sql(ADD.format(seq=11, after=10))(c), _rehash(c, 11)), 11, "from outside"),
    "inserted in the middle": (lambda c: ([_sql(f"update audit_log set seq = {seq + 1} where workspace_id = 'ws_a' and seq = {seq}")(c)
                                           for seq in range(10, 4, -1)], _sql(ADD.format(seq=5, after=4))(c)), 5, "not as it was written"),
    "swapped": (lambda c: [_sql(f"update audit_log set seq = {new} where workspace_id = 'ws_a' and seq = {old}")(c)
                           for old, new in ((3, 99), (6, 3), (99, 6))], 3, "not as it was written"),
    "taken from another workspace": (lambda c: (_sql("delete from audit_log where workspace_id = 'ws_a' and seq = 3")(c),
                                                _sql("update audit_log set workspace_id = 'ws_a' where workspace_id = 'ws_b' and seq = 3")(c)), 3,
                                     "not as it was written"),
    "written anew from an edit on": (lambda c: _rehash(c, 4, action="x"), 10, "written anew"),
    "the note removed": (_sql("delete from instance where name = 'audit:ws_a'"), 10, "note of the newest entry"),
}


def _rehash_one(connection: Connection, seq: int) -> None:
    from sqlalchemy.orm import Session

    from orion_core.base.db.tables import AuditEntry

    with Session(bind=connection) as session:
        row = session.query(AuditEntry).filter_by(workspace_id="ws_a", seq=seq).one()
        row.hash = digest(row)
        session.flush()


@pytest.mark.parametrize("case", TAMPERING)
async def test_tampering_is_found_and_the_entry_named(audit: Audit, module_database: TestDatabase, case: str) -> None:
    how, seq, reason = TAMPERING[case]
    await record(audit, P, *(f"a.{number}" for number in range(10)), n=1)
    await record(audit, OTHER, *(f"b.{number}" for number in range(4)))
    before = {row.seq: row.id for row in (await audit.page(P)).rows}
    assert (await audit.verify(P)).intact
    change(module_database, how)
    report = await audit.verify(P)
    assert not report.intact and report.first_bad_seq == seq and reason in report.reason, report
    if "missing" in report.reason:
        assert report.first_bad_id == ""
    elif case.startswith("edited") and "hashed" not in case:
        assert report.first_bad_id == before[seq]
    if "workspace" not in case:
        assert (await audit.verify(OTHER)).intact


async def test_the_log_can_be_written_after_the_note_was_removed(audit: Audit, module_database: TestDatabase) -> None:
    await record(audit, P, "a.1", "a.2")
    change(module_database, _sql("delete from instance where name = 'audit:ws_a'"))
    await record(audit, P, "a.3")
    assert (await audit.verify(P)).entries == 3


async def test_what_is_written_is_clean(audit: Audit) -> None:
    """Secrets are masked; text that a database or JSON would refuse is stored all the same, and verifies on both."""
    async with audit._work.write("ws_a") as tx:
        await audit.record(tx, P, "a.b", "connection", "c" * 200, "key sk_live_canary1234 \x00 \ud800 " + "n" * 400, {
            "api_key": "canary", "nested": {"password": "canary", "list": ["Bearer canarycanary", 2**80, 1.5, Decimal("1.10"), now(), None, True]},
            "text\x00": "a\x00b\udc00", "set": {1}, "deep": [[[[[[[[[[[[1]]]]]]]]]]]], "long": "x" * 9000, "bytes": b"x"})
    row = (await audit.page(P)).rows[0]
    shown = json.dumps([row.object_name, row.detail])
    assert "canary" not in shown and "\\u0000" not in shown and len(row.object_name) <= 320 and len(row.object_id) == 64
    assert row.origin == "10.20.4.2" and "from" not in row.detail and row.actor_name == "Maren Holt" and len(row.short_hash) == 4
    assert (await audit.verify(P)).intact


async def test_pages_search_and_filter(audit: Audit) -> None:
    await record(audit, P, *(f"sync.{number:02}" for number in range(25)))
    with time_machine.travel(now() + timedelta(days=2), tick=True):
        await record(audit, Principal.system("ws_a"), "key.rotated")
    first = await audit.page(P, limit=10)
    assert (len(first.rows), first.total, first.next) == (10, 26, "17")
    second = await audit.page(P, cursor=first.next, limit=10)
    third = await audit.page(P, cursor=second.next, limit=10)
    assert third.next is None and [row.seq for row in first.rows + second.rows + third.rows] == list(range(26, 0, -1))
    assert [row.action for row in (await audit.page(P, " SYNC.07 ")).rows] == ["sync.07"]
    assert (await audit.page(P, "maren")).total == 25 and (await audit.page(P, "%")).total == 0 and (await audit.page(P, "cn_sync")).total == 25
    assert (await audit.page(P, AuditQuery(action="sync."))).total == 25 and (await audit.page(P, AuditQuery(action="key.rotated"))).total == 1
    assert (await audit.page(P, AuditQuery(actor_id="usr_1"))).total == 25
    assert (await audit.page(P, AuditQuery(since=now() + timedelta(days=1)))).total == 1
    assert (await audit.page(P, AuditQuery(until=now() + timedelta(days=1)))).total == 25
    assert (await audit.page(OTHER)).total == 0
    for cursor in ("x", "-1", "1; drop table audit_log", "٣", "9" * 30):
        with pytest.raises(InvalidInput):
            await audit.page(P, cursor=cursor)


async def test_only_admins_and_keys_with_the_scope_read_it(audit: Audit) -> None:
    readers = [Principal("ws_a", Role.admin), Principal("ws_a", Role.admin, kind="api_key", scopes=frozenset({"audit:read"}))]
    strangers = [Principal("ws_a", Role.editor), Principal("ws_a", Role.owner, kind="api_key", scopes=frozenset({"records:read"}))]
    for p in readers:
        await audit.page(p)
        assert (await audit.verify(p)).intact
    for p in strangers:
        with pytest.raises(Forbidden):
            await audit.page(p)
        with pytest.raises(Forbidden):
            await audit.verify(p)
        with pytest.raises(Forbidden):
            [chunk async for chunk in audit.export(p, "csv")]


async def test_export_is_safe_to_open_in_a_spreadsheet(audit: Audit) -> None:
    for name in ('=HYPERLINK("http://evil")', "+1", "-1", "@x", "\tx", 'quote " and, comma', "line\nbreak", "=1"):
        async with audit._work.write("ws_a") as tx:
            await audit.record(tx, P, "a.b", object_name=name)
    content = b"".join([chunk async for chunk in audit.export(P, "csv")]).decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == 9 and rows[0]["action"] == "audit.exported"  # the export is itself in the log
    names = [row["object_name"] for row in rows]
    assert "'=1" in names and 'quote " and, comma' in names and "line\nbreak" in names
    assert not any(value[:1] in ("=", "+", "-", "@", "\t", "\r") for row in rows for value in row.values())
    lines = [json.loads(line) for line in b"".join([chunk async for chunk in audit.export(P, "jsonl", AuditQuery(action="a.b"))]).splitlines()]
    assert lines[0]["object_name"] == "=1" and len(lines) == 8
    with pytest.raises(InvalidInput):
        [chunk async for chunk in audit.export(P, "xlsx")]  # type: ignore[arg-type]


async def test_a_long_log_is_verified_in_steps(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orion_core.platform.audit.service._BATCH", 3)
    await record(audit, P, *(f"a.{number}" for number in range(10)))
    report = await audit.verify(P)
    assert report.intact and report.entries == 10
    assert len(b"".join([chunk async for chunk in audit.export(P, "jsonl")]).splitlines()) == 11
