"""docs/schema.md is what the models and the adapters say today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_fresh() -> None:
    done = subprocess.run([sys.executable, "docs/generate_schema.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
