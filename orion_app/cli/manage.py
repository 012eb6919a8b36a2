"""Commands about the installation: migrate, doctor, demo, API keys, links, backup."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import typer

from orion_app.cli.connections import finished
from orion_app.cli.context import opened, options, run, settings_here
from orion_app.cli.output import as_json, cell, console, errors, table
from orion_core.base.db.backup import backup as make_backup
from orion_core.base.db.backup import restore as bring_back
from orion_core.base.db.migrate import migrate as upgrade
from orion_core.base.errors import ConfigurationError, InvalidInput, OperationalError
from orion_core.base.settings import Settings
from orion_core.platform.accounts.principal import SCOPES, Principal
from orion_core.platform.credentials.safe import key_path
from orion_core.runtime import Runtime

api_keys = typer.Typer(no_args_is_help=True, help="Keys for REST.")
ROOT = Path(__file__).resolve().parents[2]


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    for command in (migrate, doctor, demo, backup, restore):
        cli.command()(command)
    cli.command("setup-link")(setup_link)
    cli.command("reset-link")(reset_link)
    cli.command("audit-verify")(audit_verify)
    cli.add_typer(api_keys, name="api-keys")


def migrate(ctx: typer.Context) -> None:
    """Bring the database to the newest schema (PostgreSQL: with ORION_DATABASE_ADMIN_URL)."""
    settings = Settings.load()
    settings.ensure_data_dir()
    before, after = upgrade(settings.db_url, admin_url=settings.database_admin_url)
    if options(ctx).json:
        return as_json({"before": before, "after": after})
    console.print(f"Revision {after}" + (" already" if before == after else f", was {before or 'empty'}"))
    return None


def doctor(ctx: typer.Context) -> None:
    """Say what is wrong with this installation, and what to do."""
    checks = run(ctx, lambda rt, _p: rt.health.machine())
    if options(ctx).json:
        as_json(checks)
    else:
        colours = {"healthy": "green", "degraded": "yellow", "failed": "red"}
        for check in checks:
            console.print(f"[{colours[check.state]}]{check.state:<9}[/] {check.title:<12} {cell(check.text)}")
            if check.next_step:
                console.print(f"{'':<22} {cell(check.next_step)}")
    if any(check.state == "failed" for check in checks):
        raise typer.Exit(1)


def demo(
    ctx: typer.Context,
    size: int = typer.Option(500, min=1, max=1_000_000, help="Customers in each fake provider."),
    keep: str = typer.Option("", help="Keep the data in this folder instead of a temporary one."),
) -> None:
    """Do the main job against the lab: connect Stripe and HubSpot, sync both, show what is there."""
    with tempfile.TemporaryDirectory(prefix="orion-demo-") as scratch:
        data = Path(keep).resolve() if keep else Path(scratch)
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "lab", "--host", "127.0.0.1", "--port", str(port), "--size", str(size), "--until-stdin-ends"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT) as lab:
            try:
                _wait_for(url)
                settings = Settings.load(data_dir=data, lab_url=url, redis_url="", database_url="", database_admin_url="", mode="local")
                result = asyncio.run(_demo(settings))
            finally:
                lab.terminate()
    if options(ctx).json:
        as_json(result)
    else:
        _print_demo(result)
    if not result["ok"]:
        raise typer.Exit(1)


async def _demo(settings: Settings) -> dict[str, Any]:
    began = time.perf_counter()
    steps: list[dict[str, Any]] = []
    async with opened(settings) as (rt, p):
        for connector in rt.connections.lab_providers():
            connection_id = await rt.connections.connect_lab(p, connector)
            for full in (False, True):
                run_id = await rt.sync.start(p, connection_id, full=full, trigger="demo")
                progress = await finished(rt, p, run_id)
                assert progress is not None
                view = progress.run
                steps.append(
                    {
                        "connection": view.connection_name,
                        "kind": "full again" if full else "first",
                        "status": view.status,
                        "read": view.read,
                        "changed": view.changed,
                        "set_aside": view.set_aside,
                        "seconds": round(view.duration_s or 0.0, 2),
                        "error": view.error,
                    }
                )
        models = await rt.records.models(p)
        sample = await _sample(rt, p)
    ok = all(step["status"] == "succeeded" for step in steps) and any(model.total for model in models)
    return {"ok": ok, "seconds": round(time.perf_counter() - began, 2), "runs": steps, "models": models, "sample": sample}


async def _sample(rt: Runtime, p: Principal) -> dict[str, Any]:
    """One customer, and where its e-mail comes from."""
    found = await rt.records.page(p, "customer", sort="name", limit=1)
    if not found.rows:
        return {}
    row = found.rows[0]
    return {"customer": row, "why_email": await rt.records.why(p, "customer", row.id, "email")}


def _print_demo(result: dict[str, Any]) -> None:
    table(
        "Syncs",
        ("Connection", "Run", "Status", "Read", "Changed", "Set aside", "Seconds"),
        [(s["connection"], s["kind"], s["status"], s["read"], s["changed"], s["set_aside"], s["seconds"]) for s in result["runs"]],
        right=(3, 4, 5, 6),
    )
    console.print()
    table("Unified records", ("Model", "Records"), [(m.title_plural, m.total) for m in result["models"]], right=(1,))
    console.print(f"\n{'Everything worked' if result['ok'] else 'Something failed'}, in {result['seconds']} s.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=1):  # noqa: S310 (our own lab)
                return
        except OSError as error:
            if time.monotonic() > deadline:
                raise ConfigurationError("The lab did not start within 30 s.", next_step="Run `python -m lab` to see why.") from error
            time.sleep(0.05)


def backup(
    ctx: typer.Context,
    target: Path = typer.Argument(..., help="File to write."),
    with_keys: bool = typer.Option(False, help="Put the secret keys in too: then the file opens every credential."),
) -> None:
    """Save the SQLite database while it is in use."""
    settings = settings_here()
    report = make_backup(settings.db_url, target, keys_file=key_path(settings) if with_keys else None)
    if options(ctx).json:
        return as_json(report)
    console.print(f"Saved to {target}.")
    return None


def restore(
    ctx: typer.Context,
    source: Path = typer.Argument(..., help="A file that `orion backup` wrote."),
    force: bool = typer.Option(False, help="Even though the database is in use."),
) -> None:
    """Put a backup in the place of the database; the replaced one is kept beside it."""
    settings = settings_here()
    report = bring_back(source, settings.db_url, force=force, keys_file=key_path(settings))
    if options(ctx).json:
        return as_json(report)
    console.print(f"Restored {source}, revision {report.revision}; {report.runs_requeued} open runs start anew.")
    for note in report.notes:
        console.print(cell(note))
    return None


def setup_link(ctx: typer.Context) -> None:
    """Print a link that sets Orion up, once."""
    link = run(ctx, lambda rt, _p: rt.accounts.setup_link())
    as_json({"url": link}) if options(ctx).json else console.print(link, soft_wrap=True)


def reset_link(ctx: typer.Context, email: str = typer.Argument(...)) -> None:
    """Print a link with which somebody sets a new password, once, within an hour."""
    link = run(ctx, lambda rt, p: rt.accounts.reset_link(p, email))
    as_json({"url": link}) if options(ctx).json else console.print(link, soft_wrap=True)


def audit_verify(ctx: typer.Context) -> None:
    """Prove that the audit log of the workspace is whole, or name the first entry that is not."""
    report = run(ctx, lambda rt, p: rt.audit.verify(p))
    if options(ctx).json:
        as_json(report)
    elif report.intact:
        console.print(f"[green]Chain intact[/green], {report.entries:,} entries.")
    if not report.intact:
        raise OperationalError(f"The audit log was changed: {report.reason}", next_step="Compare with a backup; see docs/operations.md.")


@api_keys.command("create")
def create(
    ctx: typer.Context,
    name: str = typer.Argument(...),
    scope: list[str] = typer.Option([], help=f"One of {', '.join(SCOPES)}; read scopes by default."),
    rate: int = typer.Option(600, min=1, help="Calls a minute at most."),
) -> None:
    """Make an API key; it is shown once."""
    scopes = scope or [item for item in SCOPES if item.endswith(":read")]
    row, secret = run(ctx, lambda rt, p: rt.accounts.create_api_key(p, name, scopes, rate_per_minute=rate))
    if options(ctx).json:
        return as_json({"key": secret, "row": row})
    console.print(secret)
    errors.print("This key is shown once. Use it as `Authorization: Bearer KEY`.")
    return None


@api_keys.command("list")
def list_(ctx: typer.Context) -> None:
    """List API keys."""
    rows = run(ctx, lambda rt, p: rt.accounts.api_keys(p))
    if options(ctx).json:
        return as_json(rows)
    table(
        "",
        ("Id", "Name", "Key", "Scopes", "State", "Last used"),
        [(r.id, r.name, r.hint, ", ".join(r.scopes), r.state, r.last_used_at) for r in rows],
    )
    return None


@api_keys.command()
def revoke(ctx: typer.Context, key_id: str = typer.Argument(...)) -> None:
    """End an API key at once."""
    if not key_id.startswith("key_"):
        raise InvalidInput("An API key is revoked by its id (key_…).", next_step="See `orion api-keys list`.")
    run(ctx, lambda rt, p: rt.accounts.revoke_api_key(p, key_id))
    console.print("Revoked.")
