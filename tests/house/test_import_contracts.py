"""Each contract of .importlinter catches a planted violation, and the tree without one keeps them all.

The contracts run on a copy of the sources in which every room of design exists, so that they are proved before the room is built too.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("orion_app", "orion_core", "workers", "lab")
ROOMS = (
    "orion_app", "orion_app.api", "orion_app.cli", "orion_app.components", "orion_app.pages", "orion_app.shell", "workers.jobs", "lab", "orion_core.runtime",
    *(f"orion_core.services.{name}" for name in (
        "agents", "alerts", "flows", "identity", "events", "sync", "mappings", "workshop", "deliveries", "connections", "records", "marketplace", "analytics")),
    *(f"orion_core.platform.{name}" for name in ("catalog", "credentials", "accounts", "sandbox", "llm", "budget", "audit")),
    *(f"orion_core.engine.{name}" for name in ("adapters", "builder", "connector", "mapping", "schema")),
    *(f"orion_core.base.{name}" for name in ("db", "egress", "kit", "queue", "settings", "work", "errors")),
)

# contract, module that must not, import it must not have
VIOLATIONS = [
    ("floors", "orion_core.base.work", "orion_core.engine.schema"),
    ("floors", "orion_core.base.settings", "orion_core.services.records"),
    ("floors", "orion_core.engine.mapping", "orion_core.platform.llm"),
    ("floors", "orion_core.platform.audit", "orion_core.services.records"),
    ("floors", "orion_core.platform.accounts", "orion_core.runtime"),
    ("floors", "orion_core.services.sync", "orion_core.runtime"),
    ("floors", "orion_core.services.sync", "workers.jobs"),
    ("floors", "orion_core.runtime", "orion_app.api"),
    ("floors", "workers.jobs", "orion_app.api"),
    ("floors", "orion_app.api", "workers.jobs"),
    ("services", "orion_core.services.alerts", "orion_core.services.agents"),
    ("services", "orion_core.services.flows", "orion_core.services.alerts"),
    ("services", "orion_core.services.identity", "orion_core.services.flows"),
    ("services", "orion_core.services.events", "orion_core.services.identity"),
    ("services", "orion_core.services.sync", "orion_core.services.events"),
    ("services", "orion_core.services.mappings", "orion_core.services.sync"),
    ("services", "orion_core.services.workshop", "orion_core.services.mappings"),
    ("services", "orion_core.services.deliveries", "orion_core.services.workshop"),
    ("services", "orion_core.services.connections", "orion_core.services.deliveries"),
    ("services", "orion_core.services.records", "orion_core.services.connections"),
    ("services", "orion_core.services.marketplace", "orion_core.services.analytics"),
    ("services", "orion_core.services.garage", "os"),  # a room that is not in the plan
    ("platform", "orion_core.platform.credentials", "orion_core.platform.catalog"),
    ("platform", "orion_core.platform.accounts", "orion_core.platform.credentials"),
    ("platform", "orion_core.platform.sandbox", "orion_core.platform.accounts"),
    ("platform", "orion_core.platform.llm", "orion_core.platform.sandbox"),
    ("platform", "orion_core.platform.budget", "orion_core.platform.audit"),
    ("platform", "orion_core.platform.garage", "os"),
    ("engine", "orion_core.engine.schema", "orion_core.engine.mapping"),
    ("engine", "orion_core.engine.mapping", "orion_core.engine.connector"),
    ("engine", "orion_core.engine.connector", "orion_core.engine.adapters"),
    ("engine", "orion_core.engine.builder", "orion_core.engine.adapters"),
    ("engine", "orion_core.engine.adapters", "orion_core.engine.builder"),
    ("engine", "orion_core.engine.garage", "os"),
    ("engine-base", "orion_core.engine.connector", "orion_core.base.settings"),
    ("engine-base", "orion_core.engine.adapters.one", "orion_core.base.db"),
    ("engine-base", "orion_core.engine.builder", "orion_core.base.egress"),
    ("engine-base", "orion_core.engine.mapping", "orion_core.base.garage"),  # also a part of base nobody has thought of yet
    ("engine-pure", "orion_core.engine.connector", "aiohttp"),
    ("engine-pure", "orion_core.engine.mapping", "sqlalchemy"),
    ("engine-pure", "orion_core.engine.builder", "anthropic"),
    ("adapters", "orion_core.engine.adapters.one", "orion_core.engine.adapters.two"),
    ("pages", "orion_app.pages.overview.garage", "orion_app.pages.records"),
    ("pages", "orion_app.pages.settings", "orion_app.pages.connections"),
    ("pages", "orion_app.pages.garage", "orion_app.pages.overview"),  # also a page nobody has thought of yet
    ("pages-io", "orion_app.pages.overview", "sqlalchemy"),
    ("pages-io", "orion_app.pages.overview.garage", "httpx"),
    ("pages-io", "orion_app.pages", "aiohttp"),
    ("lab-alone", "lab.garage", "orion_core.base.kit"),
    ("lab-alone", "lab", "orion_app.cli"),
    ("lab-alone", "lab.garage", "workers.jobs"),
    ("lab-unseen", "orion_app.cli", "lab"),
    ("lab-unseen", "orion_core.runtime", "lab"),
    ("lab-unseen", "workers.jobs", "lab"),
    ("arq", "orion_core.services.sync", "arq"),
    ("arq", "orion_app.api", "arq"),
    ("arq", "lab.garage", "arq"),
    ("arq", "orion_core.base.work", "arq"),
    ("reflex", "orion_core.runtime", "reflex"),
    ("reflex", "workers.jobs", "reflex"),
    ("reflex", "lab.garage", "reflex"),
    ("cli", "orion_app.cli.garage", "reflex"),
    ("cli", "orion_app.cli", "orion_app.components.garage"),  # which imports reflex
]

# What must stay allowed beside the violations above.
ALLOWED = [
    ("orion_core.base.queue", "arq"),
    ("workers.jobs", "arq"),
    ("orion_core.engine.adapters.one", "orion_core.base.kit.ids"),
    ("orion_core.engine.adapters.one", "orion_core.base.errors"),
    ("orion_core.engine.adapters.one", "orion_core.engine.connector"),
    ("orion_app.pages.records", "orion_core.services.records"),
    ("orion_core.services.records", "sqlalchemy"),
    ("orion_app.components.garage", "reflex"),
    ("orion_app.cli", "orion_core.runtime"),
    ("orion_core.runtime", "orion_core.services.agents"),
]

ENV = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}


def module_file(tree: Path, module: str) -> Path:
    """The file of `module`, made with its parent packages when missing."""
    path = tree.joinpath(*module.split("."))
    for parent in list(path.relative_to(tree).parents)[:-1]:
        (tree / parent).mkdir(exist_ok=True)
        (tree / parent / "__init__.py").touch()
    if path.is_dir():
        (path / "__init__.py").touch()
        return path / "__init__.py"
    file = path.with_suffix(".py")
    file.touch()
    return file


def lint(tree: Path) -> tuple[set[str], set[str], str]:
    """Names of the contracts kept and broken, and the whole output."""
    done = subprocess.run([sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
                          cwd=tree, env=ENV, capture_output=True, text=True, check=False, timeout=60)
    found = {state: set(re.findall(rf"^(.+) {state}\b", done.stdout, re.M)) for state in ("KEPT", "BROKEN")}
    assert (done.returncode == 0) == (bool(found["KEPT"]) and not found["BROKEN"]), done.stdout + done.stderr
    return found["KEPT"], found["BROKEN"], done.stdout + done.stderr


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    """Contract id to the name that lint-imports prints."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    prefix = "importlinter:contract:"
    return {section.removeprefix(prefix): config[section]["name"] for section in config.sections() if section.startswith(prefix)}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with every room of the plan in it."""
    tree = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / ".importlinter", tree)
    for package in PACKAGES:
        if (ROOT / package).is_dir():
            shutil.copytree(ROOT / package, tree / package, ignore=lambda folder, names: [
                name for name in names if not (name.endswith(".py") or (Path(folder) / name).is_dir()) or name in ("__pycache__", "node_modules")])
        (tree / package).mkdir(exist_ok=True)
        (tree / package / "__init__.py").touch()
    for room in ROOMS:
        module_file(tree, room)
    for name in ("analytics", "builder", "connections", "events", "flows", "mappings", "marketplace", "overview", "records", "settings"):
        (tree / "orion_app/pages" / name).mkdir(exist_ok=True)
        module_file(tree, f"orion_app.pages.{name}")
    for module in ("orion_core.engine.adapters.one", "orion_core.engine.adapters.two"):
        module_file(tree, module)
    for module, imported in ALLOWED:
        if imported.startswith(PACKAGES):
            module_file(tree, imported)
        with module_file(tree, module).open("a") as file:
            file.write(f"\nimport {imported}\n")
    return tree


def test_every_contract_has_a_planted_violation(names: dict[str, str]) -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(names)


def test_all_contracts_are_kept(house: Path, names: dict[str, str]) -> None:
    kept, broken, output = lint(house)
    assert not broken, output
    assert kept == set(names.values()), output


@pytest.mark.parametrize(("contract", "module", "imported"), VIOLATIONS)
def test_catches(house: Path, names: dict[str, str], contract: str, module: str, imported: str) -> None:
    existed = {path: path.read_text() for path in house.rglob("*.py")}
    try:
        if imported.startswith(PACKAGES):
            module_file(house, imported)
        with module_file(house, module).open("a") as file:
            file.write(f"\nimport {imported}\n")
        _, broken, output = lint(house)
        assert names[contract] in broken, output
    finally:
        for path in house.rglob("*.py"):
            if path not in existed:
                path.unlink()
        for path, text in existed.items():
            path.write_text(text)


def test_the_command_line_starts_without_reflex() -> None:
    """What the contract says of the sources holds at run time: `orion` answers before Reflex could even be imported."""
    loaded = subprocess.run([sys.executable, "-c", "import sys, orion_app.cli; print(*sys.modules)"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr
    assert not {name for name in loaded.stdout.split() if name.split(".")[0] in ("reflex", "reflex_base")}
