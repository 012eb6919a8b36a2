"""The options every benchmark takes."""

from __future__ import annotations

import argparse


def parser(doc: str, *, full: str, small: str) -> argparse.ArgumentParser:
    """`--full`, `--small`, `--json`; the first paragraph of the script's docstring is its help."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = made.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help=full)
    size.add_argument("--small", action="store_true", help=small)
    made.add_argument("--json", action="store_true", help="print the result as JSON after the tables")
    return made
