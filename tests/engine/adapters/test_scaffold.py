"""`scripts/new-adapter` makes a folder that passes the contract suite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_new_adapter_passes_the_suite(tmp_path: Path) -> None:
    for name in ("orion_core/base", "orion_core/engine", "tests/engine/adapters", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "conftest.py"))
    (tmp_path / "orion_core" / "__init__.py").write_text("")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    made = subprocess.run([sys.executable, "scripts/new-adapter", "acme-crm"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert subprocess.run([sys.executable, "scripts/new-adapter", "acme-crm"], cwd=tmp_path, capture_output=True, check=False).returncode == 1
    assert subprocess.run([sys.executable, "scripts/new-adapter", "Acme CRM"], cwd=tmp_path, capture_output=True, check=False).returncode == 2
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "acme", "tests/engine/adapters/test_contract.py", "tests/engine/adapters/test_laws.py"]
    ran = subprocess.run(suite, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    assert " passed" in ran.stdout and "error" not in ran.stdout.lower()
    lint = subprocess.run([sys.executable, "-m", "ruff", "check", "--config", "pyproject.toml", "orion_core/engine/adapters/acme_crm"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert lint.returncode == 0, lint.stdout
