"""Rules of the house that need the syntax tree: `python scripts/lint_house.py [ROOT]` prints `path:line: rule: what`, exits 1 if any.

    sql-door      `.connection(`, `exec_driver_sql` and SQLAlchemy's `text(` only in orion_core/base/db: below the session there is no
                  tenant scope, and SQLite has no second layer (docs/decisions/0005-bulk-writes.md)
    page-sql      no SQL in a page: no sqlalchemy, no sqlmodel, no `select(`
    service-sql   of a service only repository.py (or a repository/ folder) holds SQL; catching an error of sqlalchemy.exc is none
    alembic       alembic/ has no __init__.py: it would shadow the library
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PACKAGES = ("orion_app", "orion_core", "workers")
DOOR = "orion_core/base/db/"
PAGES = "orion_app/pages/"
SERVICES = "orion_core/services/"
SQL_LIBRARIES = ("sqlalchemy", "sqlmodel")
DOOR_METHODS = ("connection", "exec_driver_sql")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.what}"


def main(root: Path) -> int:
    findings = list(check_tree(root))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def check_tree(root: Path) -> Iterator[Finding]:
    """All findings below `root`, in order of path."""
    if (root / "alembic" / "__init__.py").exists():
        yield Finding("alembic/__init__.py", 1, "alembic", "this file makes the folder shadow the library alembic; remove it")
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            yield from check_source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))


def check_source(path: str, source: str) -> Iterator[Finding]:
    """Findings in one file; `path` is relative to the root, with slashes."""
    tree = ast.parse(source, path)
    if not path.startswith(DOOR):
        yield from _sql_door(path, tree)
    if path.startswith(PAGES):
        yield from _no_sql(path, tree, "page-sql", "a page calls a service instead")
    if path.startswith(SERVICES) and not _is_repository(path):
        yield from _no_sql(path, tree, "service-sql", "SQL of a service lives in its repository.py")


def _is_repository(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return parts[-1] == "repository.py" or "repository" in parts[:-1]


def _sql_door(path: str, tree: ast.Module) -> Iterator[Finding]:
    hint = "only in orion_core/base/db"
    modules = _names_of_sql_modules(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _is_sql(node.module) and any(alias.name == "text" for alias in node.names):
            yield Finding(path, node.lineno, "sql-door", f"import of text(), {hint}")
        elif isinstance(node, ast.Attribute) and node.attr == "exec_driver_sql":
            yield Finding(path, node.lineno, "sql-door", f"exec_driver_sql, {hint}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "connection" and _is_a_sessions(node, node.func.value):
                yield Finding(path, node.lineno, "sql-door", f".connection(), {hint}")
            elif node.func.attr == "text" and _dotted(node.func.value) in modules:
                yield Finding(path, node.lineno, "sql-door", f"{_dotted(node.func)}(), {hint}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            for argument in node.args[1:2]:
                if isinstance(argument, ast.Constant) and argument.value in DOOR_METHODS:
                    yield Finding(path, node.lineno, "sql-door", f"getattr(…, {argument.value!r}), {hint}")


def _is_a_sessions(call: ast.Call, receiver: ast.expr) -> bool:
    """Whether `x.connection(…)` looks like SQLAlchemy's: it takes no argument but two options, while one of ours takes an id."""
    options = any(keyword.arg in (None, "bind_arguments", "execution_options") for keyword in call.keywords)
    no_id = not call.args or isinstance(call.args[0], ast.Dict | ast.Constant)
    return options or no_id or "session" in _dotted(receiver).lower()


def _no_sql(path: str, tree: ast.Module, rule: str, hint: str) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_sql(alias.name):
                    yield Finding(path, node.lineno, rule, f"import of {alias.name}; {hint}")
        elif isinstance(node, ast.ImportFrom) and _is_sql(node.module) and not (rule == "service-sql" and node.module == "sqlalchemy.exc"):
            yield Finding(path, node.lineno, rule, f"import from {node.module}; {hint}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "select":
            yield Finding(path, node.lineno, rule, f"select(); {hint}")


def _names_of_sql_modules(tree: ast.Module) -> set[str]:
    """Names under which SQLAlchemy's modules are known in this file: `sqlalchemy`, `sa`, `sqlalchemy.sql`, …"""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_sql(alias.name):
                    names.add(alias.asname or alias.name)
                    names.add(alias.asname or alias.name.split(".")[0])
        elif isinstance(node, ast.ImportFrom) and _is_sql(node.module):
            names.update(alias.asname or alias.name for alias in node.names)
    return names


def _is_sql(module: str | None) -> bool:
    return module is not None and module.split(".")[0] in SQL_LIBRARIES


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[1])))
