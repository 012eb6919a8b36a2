"""First lines of every benchmark: go on in the checkout's own Python. Standard library only."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def inside_venv() -> None:
    """Run this script anew with `.venv/bin/python`, unless that is what runs it, or the modules are there anyway."""
    python = ROOT / ".venv" / "bin" / "python"
    if sys.prefix == str(ROOT / ".venv"):
        return
    if not python.exists():
        sys.exit("There is no .venv here: run scripts/setup --dev first.")
    os.execv(python, [str(python), *sys.argv])
