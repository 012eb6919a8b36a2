"""The `orion` command. Imports `orion_core`, never Reflex; starts web, worker and lab as child processes."""

from __future__ import annotations


def main() -> None:
    """Entry point of the console script."""
    from orion_app.cli.app import run

    run()
