"""The commands, put together."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version

import typer

from orion_app.cli import connections, keys, manage, records
from orion_app.cli.context import Options
from orion_app.cli.output import as_json, console, errors, fail
from orion_app.cli.up import up as start_everything
from orion_core.base.errors import OrionError
from orion_core.base.settings import Settings

cli = typer.Typer(
    name="orion",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Orion, the open connectivity fabric. Every command takes --json; exit 0 is well, 1 failed, 2 wrong usage.",
)


def _version(wanted: bool) -> None:
    if wanted:
        console.print(version("orion-fabric"))
        raise typer.Exit


@cli.callback()
def _options(
    ctx: typer.Context,
    workspace: str = typer.Option("", help="Name, slug or id of the workspace; the first one by default."),
    as_json_too: bool = typer.Option(False, "--json", help="Print JSON."),
    _: bool = typer.Option(False, "--version", is_eager=True, callback=_version, help="Print the version."),
) -> None:
    ctx.obj = Options(workspace=workspace, json=as_json_too)


@cli.command()
def up(
    lab: bool = typer.Option(True, help="Start the lab, the fake providers."),
    workers: int = typer.Option(1, min=1, max=16),
    host: str = typer.Option("127.0.0.1", help="Address to listen on; 0.0.0.0 for all."),
) -> None:
    """Start everything: database, Redis, lab, web and workers."""
    start_everything(Settings.load(), lab=lab, workers=workers, host=host)


@cli.command()
def worker() -> None:
    """Run one worker (needs ORION_REDIS_URL; `orion up` starts workers by itself)."""
    os.execv(sys.executable, [sys.executable, "-m", "workers"])  # noqa: S606 (our own interpreter)


@cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(ctx: typer.Context) -> None:
    """Run the lab alone; its own options are listed by `python -m lab --help`."""
    import runpy

    sys.argv = ["lab", *ctx.args]
    runpy.run_module("lab", run_name="__main__")


connections.register(cli)
records.register(cli)
manage.register(cli)
keys.register(cli)


def run() -> None:
    """Run the command line; errors become a message with a next step and exit code 1."""
    wants_json = "--json" in sys.argv
    argv = ["--json", *(word for word in sys.argv[1:] if word != "--json")] if wants_json else sys.argv[1:]
    try:
        cli(args=argv, standalone_mode=False)
    except OrionError as error:
        fail(error, as_json_too=wants_json)
        sys.exit(1)
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except typer.Abort:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        usage = getattr(error, "exit_code", None)
        if usage is None or not hasattr(error, "format_message"):
            raise
        if wants_json:
            as_json({"error": {"code": "usage", "message": error.format_message(), "next_step": "See --help.", "detail": {}}})
        errors.print(error.format_message(), markup=False)
        sys.exit(2)
