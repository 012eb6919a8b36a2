"""Commands about secret keys."""

from __future__ import annotations

import typer

from orion_app.cli.context import options, run
from orion_app.cli.output import as_json, console, errors, table
from orion_core.base.errors import OperationalError
from orion_core.platform.credentials import RotationReport, new_key

keys = typer.Typer(no_args_is_help=True, help="The keys that wrap every workspace's own key.")


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.add_typer(keys, name="keys")


@keys.command()
def new(ctx: typer.Context) -> None:
    """Print a fresh key for the front of ORION_SECRET_KEYS."""
    key = new_key()
    if options(ctx).json:
        return as_json({"key": key})
    console.print(key)
    return None


@keys.command()
def status(ctx: typer.Context) -> None:
    """Which keys there are and what they still wrap."""
    found = run(ctx, lambda rt, _p: rt.safe.status())
    if options(ctx).json:
        return as_json(found)
    table(
        "",
        ("Key", "Newest", "At hand", "Workspaces", "Age in days", "Can go", "Note"),
        [(k.name, k.newest, k.at_hand, k.workspaces, k.age_days, k.retirable, k.warning) for k in found],
        right=(3, 4),
    )
    return None


@keys.command()
def rotate(ctx: typer.Context, make: bool = typer.Option(True, help="Make a new key first (file and Vault providers).")) -> None:
    """Wrap every workspace's key with the newest secret key, while all of them are in use."""
    from orion_core.platform.accounts.principal import Principal
    from orion_core.runtime import Runtime

    async def work(rt: Runtime, p: Principal) -> RotationReport:
        provider = await rt.safe.provider()
        if make and provider.kind != "env":
            await provider.new_root()

        def progress(report: RotationReport) -> None:
            errors.print(f"{report.rewrapped:,} of {report.total:,} keys wrapped anew")

        report = await rt.safe.rotate(progress if not options(ctx).json else None)
        async with rt.work.write(p.workspace_id) as tx:
            await rt.audit.record(tx, p, "keys.rotated", "installation", "", "", {"rewrapped": report.rewrapped, "newest": report.newest})
        return report

    report = run(ctx, work)
    if options(ctx).json:
        as_json(report)
    else:
        console.print(f"{report.rewrapped:,} of {report.total:,} keys wrapped anew by {report.newest} in {report.seconds:.1f} s.")
    if not report.complete:
        raise OperationalError(
            "Some keys could not be wrapped anew: the secret key that wrapped them is not at hand.",
            next_step="Put the older key back into ORION_SECRET_KEYS and rotate again. Nothing was lost.",
        )
