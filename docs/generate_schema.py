"""Writes docs/schema.md from the models and the built-in adapters' mappings; `--check` only says whether it is stale."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "schema.md"


def page() -> str:
    """The page as it should be."""
    from orion_core.engine.connector.registry import adapters
    from orion_core.engine.schema.document import render

    built_in = {slug: cls.spec for slug, cls in adapters().items() if cls.__module__.startswith("orion_core.engine.adapters.")}
    return render({slug: {stream.name: stream.mapping for stream in spec.streams if stream.mapping} for slug, spec in built_in.items()})


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` compare it."""
    wanted = page()
    if "--check" in arguments:
        stale = not PAGE.is_file() or PAGE.read_text() != wanted
        if stale:
            sys.stderr.write("docs/schema.md is stale: run python docs/generate_schema.py\n")
        return int(stale)
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
