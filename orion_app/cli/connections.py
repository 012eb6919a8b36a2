"""Commands about connectors, connections and syncs."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import typer

from orion_app.cli.context import options, run
from orion_app.cli.output import as_json, console, table
from orion_core.base.errors import InvalidInput, NotFound
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime
from orion_core.services.connections.types import NewConnection
from orion_core.services.sync.types import RunProgress

CLAIMED_S = 3.0


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    for command in (connectors, connect, connections, sync, runs):
        cli.command()(command)


def connectors(ctx: typer.Context, q: str = typer.Argument("", help="Words to look for.")) -> None:
    """List what can be connected."""
    cards = run(ctx, lambda rt, p: rt.marketplace.cards(p, q=q))
    if options(ctx).json:
        return as_json(cards)
    table(
        "",
        ("Connector", "Name", "Category", "Models", "Can", "Quality"),
        [
            (c.slug, c.name, c.category, ", ".join(c.models), ", ".join(c.capabilities), None if c.score is None else f"{c.score} %")
            for c in cards
        ],
    )
    return None


def connect(
    ctx: typer.Context,
    connector: str = typer.Argument(..., help="Slug of the connector, see `orion connectors`."),
    name: str = typer.Option("", help="Name of the connection."),
    credential: list[str] = typer.Option([], help="KEY=VALUE, or KEY=@FILE to keep it out of the shell's history; once per field."),
    base_url: str = typer.Option("", help="Another address of the provider's API."),
    auth_url: str = typer.Option("", help="Another OAuth authorisation address."),
    token_url: str = typer.Option("", help="Another OAuth token address."),
    auth: str = typer.Option("", help="Which way to sign in, where the connector has several."),
    streams: str = typer.Option("", help="Streams to read, comma-separated; the connector's own choice by default."),
    since: str = typer.Option("", help="Read only what was created since this date (2024-01-31)."),
    lab: bool = typer.Option(False, help="Connect the lab's account."),
    test: bool = typer.Option(True, help="Try the connection before saving it."),
) -> None:
    """Connect an account."""

    async def work(rt: Runtime, p: Principal) -> str:
        if lab:
            return await rt.connections.connect_lab(p, connector)
        values = {key: _value(value) for key, value in map(_pair, credential)}
        new = NewConnection(
            connector,
            name,
            values,
            auth_kind=auth or None,
            base_url=base_url,
            auth_url=auth_url,
            token_url=token_url,
            streams=[part.strip() for part in streams.split(",")] if streams else None,
            backfill_start=since,
        )
        return await rt.connections.connect(p, new, test=test)

    connection_id = run(ctx, work)
    if options(ctx).json:
        return as_json({"id": connection_id})
    console.print(f"Connected: {connection_id}. Next: [bold]orion sync {connection_id} --wait[/bold]")
    return None


def _pair(text: str) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not mark:
        raise InvalidInput("A credential is written KEY=VALUE.", next_step="For example --credential api_key=@key.txt")
    return key, value


def _value(text: str) -> str:
    if not text.startswith("@"):
        return text
    path = Path(text[1:])
    if not path.is_file():
        raise InvalidInput(f"There is no file {path}.")
    return path.read_text(encoding="utf-8").strip()


def connections(ctx: typer.Context) -> None:
    """List connections."""
    rows = run(ctx, lambda rt, p: rt.connections.rows(p))
    if options(ctx).json:
        return as_json(rows)
    table(
        "",
        ("Id", "Name", "Connector", "Account", "State", "Records", "Last sync"),
        [(r.id, r.name, r.connector, r.account, r.state, r.records, r.last_sync_at) for r in rows],
        right=(5,),
    )
    return None


async def find_connection(rt: Runtime, p: Principal, name: str) -> str:
    """The id of the connection with that id, name or connector (where there is only one)."""
    rows = await rt.connections.rows(p)
    for fits in (lambda r: r.id == name, lambda r: r.name.lower() == name.lower(), lambda r: r.connector == name):
        found = [row for row in rows if fits(row)]
        if len(found) == 1:
            return found[0].id
    known = ", ".join(f"{row.name} ({row.id})" for row in rows) or "none yet"
    raise NotFound(f"There is no connection {name!r}. There are: {known}.", next_step="Name it by its id.")


def sync(
    ctx: typer.Context,
    connection: str = typer.Argument(..., help="Id or name of the connection."),
    model: list[str] = typer.Option([], help="Only this model or stream; may be given more than once."),
    full: bool = typer.Option(False, help="Read everything again, and delete what a complete listing proves gone."),
    allow_deletes: bool = typer.Option(False, help="Do a mass delete that was held back."),
    wait: bool = typer.Option(False, help="Wait until it is over."),
) -> None:
    """Start a sync."""

    async def work(rt: Runtime, p: Principal) -> RunProgress | None:
        connection_id = await find_connection(rt, p, connection)
        run_id = await rt.sync.start(p, connection_id, full=full, streams=model or None, trigger="cli", allow_deletes=allow_deletes)
        return await (finished(rt, p, run_id) if wait else rt.sync.progress(p, run_id=run_id))

    progress = run(ctx, work)
    if options(ctx).json:
        as_json(progress)
    elif progress is not None:
        print_run(progress)
    if progress is not None and wait and progress.run.status not in ("succeeded", "partial"):
        raise typer.Exit(1)


async def finished(rt: Runtime, p: Principal, run_id: str) -> RunProgress | None:
    """The run once it is over; where no worker takes it up within a few seconds it is executed here."""
    began = time.monotonic()
    while True:
        progress = await rt.sync.progress(p, run_id=run_id)
        if progress is None or not progress.run.open:
            return progress
        nobody = progress.run.status == "queued" and (rt.queue is None or time.monotonic() - began > CLAIMED_S)
        if nobody or (rt.queue is None and progress.run.status in ("running", "waiting")):
            status = await rt.sync.execute(p.workspace_id, run_id)
            if status in ("busy", "waiting"):
                await asyncio.sleep(0.5)
            continue
        await asyncio.sleep(0.2)


def print_run(progress: RunProgress) -> None:
    """A run as a table of its streams."""
    run_ = progress.run
    rows = [(s.title, s.model, s.state, s.read, s.changed, s.deleted, s.set_aside) for s in progress.streams]
    table(
        f"{run_.connection_name}: {run_.status}, {run_.kind}",
        ("Stream", "Model", "State", "Read", "Changed", "Deleted", "Set aside"),
        rows,
        right=(3, 4, 5, 6),
    )
    if run_.duration_s is not None:
        console.print(f"{run_.read:,} records in {run_.duration_s:.1f} s, {run_.requests:,} calls. Run {run_.id}")
    for note in run_.notes:
        console.print(f"[yellow]{note}[/yellow]")
    if run_.error:
        console.print(f"[red]{run_.error.get('message')}[/red]\n{run_.error.get('next_step')}")


def runs(ctx: typer.Context, connection: str = typer.Argument(""), limit: int = typer.Option(20, min=1, max=200)) -> None:
    """List runs, newest first."""

    async def work(rt: Runtime, p: Principal):  # type: ignore[no-untyped-def]
        connection_id = await find_connection(rt, p, connection) if connection else None
        return await rt.sync.runs(p, connection_id=connection_id, limit=limit)

    listing = run(ctx, work)
    if options(ctx).json:
        return as_json(listing)
    table(
        "",
        ("Run", "Connection", "Kind", "Trigger", "Status", "Read", "Changed", "Set aside", "Started"),
        [(r.id, r.connection_name, r.kind, r.trigger, r.status, r.read, r.changed, r.set_aside, r.started_at) for r in listing.rows],
        right=(5, 6, 7),
    )
    return None
