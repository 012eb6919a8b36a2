"""What is committed works on any machine: no registry in lock files, scripts that can be executed, nothing of Reflex left to add."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["reflex.lock/bun.lock", "reflex.lock/package.json"])
def test_a_lock_file_names_no_registry(name: str) -> None:
    path = ROOT / name
    if path.exists():
        assert re.findall(r"https?://[^\s\"]+", path.read_text()) == []


@pytest.mark.parametrize("name", ["setup", "run", "test", "check"])
def test_scripts_are_executable_bash(name: str) -> None:
    path = ROOT / "scripts" / name
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(path)], check=False).returncode == 0


def test_reflex_has_nothing_to_add_to_gitignore() -> None:
    from reflex_base.constants import GitIgnore

    lines = {line.strip() for line in (ROOT / ".gitignore").read_text().splitlines()}
    assert {str(entry) for entry in GitIgnore.DEFAULTS} <= lines


def test_every_requirement_is_pinned_and_locked() -> None:
    locked = dict(_pins("requirements-lock.txt"))
    wanted = [*_pins("requirements.txt"), *_pins("requirements-dev.txt")]
    assert all(version for _, version in wanted)
    assert {name: version for name, version in wanted if name != "setuptools"}.items() <= locked.items()


def _pins(name: str) -> list[tuple[str, str]]:
    """`(normal name, version)`; the version is empty where there is no exact pin."""
    found = []
    for line in (ROOT / name).read_text().splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*])?(?:==(\S+))?", line)
        if match and not line.startswith(("#", "-")):
            found.append((re.sub(r"[-_.]+", "-", match[1]).lower(), match[2] or ""))
    return found


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    index = (folder / "README.md").read_text()
    assert [name for name in records if f"({name})" not in index] == []
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    for name in records:
        headings = re.findall(r"^## (.+)$", (folder / name).read_text(), re.M)
        assert headings == ["Context", "Decision", "Consequences"], name
