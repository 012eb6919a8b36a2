"""Commands about records."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import typer

from orion_app.cli.connections import find_connection
from orion_app.cli.context import opened, options, run, settings_here
from orion_app.cli.output import as_json, table
from orion_core.base.errors import InvalidInput
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime

FORMATS = ("table", "json", "jsonl", "csv")


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(records)


def records(
    ctx: typer.Context,
    model: str = typer.Argument("", help="customer, invoice, …; without it, the models with their counts."),
    connection: str = typer.Option("", help="Only of this connection (id or name)."),
    q: str = typer.Option("", help="Words to look for."),
    sort: str = typer.Option("-remote_updated_at", help="Column, with - for descending."),
    limit: int | None = typer.Option(None, min=1, help="At most this many; 50 by default (table and json)."),
    format: str = typer.Option("table", help=f"One of {', '.join(FORMATS)}; csv and jsonl give all that fit."),
) -> None:
    """Show unified records."""
    chosen = "json" if options(ctx).json and format == "table" else format
    if chosen not in FORMATS:
        raise InvalidInput(f"{format!r} is not a format. There are: {', '.join(FORMATS)}.")
    if not model:
        counts = run(ctx, lambda rt, p: rt.records.models(p))
        return as_json(counts) if chosen == "json" else table("", ("Model", "Records"), [(m.model, m.total) for m in counts], right=(1,))
    if chosen in ("csv", "jsonl"):
        if limit is not None:
            raise InvalidInput(
                "--limit goes with table and json; csv and jsonl give all that fit.", next_step="Leave it out, or pipe into head."
            )
        return asyncio.run(_export(ctx, model, connection, q, sort, chosen))

    async def work(rt: Runtime, p: Principal) -> Any:
        filters = {"connection": await find_connection(rt, p, connection)} if connection else {}
        found, cursor, most = [], None, limit or 50
        while len(found) < most:
            part = await rt.records.page(p, model, q=q, filters=filters, sort=sort, cursor=cursor, limit=min(500, most - len(found)))
            found += part.rows
            cursor = part.next
            if cursor is None:
                break
        return part.columns, found

    columns, rows = run(ctx, work)
    if chosen == "json":
        return as_json({"data": rows})
    return table(
        "",
        ["Id", *(column.title for column in columns if column.shown), "Connection"],
        [(row.id, *(row.display.get(column.name) for column in columns if column.shown), row.source.name) for row in rows],
    )


async def _export(ctx: typer.Context, model: str, connection: str, q: str, sort: str, format: str) -> None:
    async with opened(settings_here(), options(ctx).workspace) as (rt, p):
        filters = {"connection": await find_connection(rt, p, connection)} if connection else {}
        async for chunk in rt.records.export(p, model, q=q, filters=filters, sort=sort, format=format):
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
