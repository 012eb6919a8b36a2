"""Each rule of scripts/lint_house.py catches a planted violation and lets the allowed form pass."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICE = "orion_core/services/records/service.py"
REPOSITORY = "orion_core/services/records/repository.py"
PAGE = "orion_app/pages/records/state.py"


@pytest.fixture(scope="module")
def lint() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(ROOT / "scripts" / "lint_house.py"), run_name="lint_house"))


VIOLATIONS = [
    ("sql-door", SERVICE, "async def f(session):\n    await session.connection()\n"),
    ("sql-door", "orion_core/platform/audit/log.py", "async def f(s):\n    c = await s.connection()\n"),
    ("sql-door", SERVICE, "async def f(uow):\n    await uow.session.connection(options)\n"),
    ("sql-door", SERVICE, "async def f(s):\n    await s.connection(execution_options={})\n"),
    ("sql-door", SERVICE, "async def f(s):\n    await s.connection({})\n"),
    ("sql-door", REPOSITORY, "def f(c):\n    c.exec_driver_sql('delete from records')\n"),
    ("sql-door", REPOSITORY, "def f(c):\n    run = c.exec_driver_sql\n    run('x')\n"),
    ("sql-door", REPOSITORY, "from sqlalchemy import text\n"),
    ("sql-door", REPOSITORY, "from sqlalchemy.sql import select, text as t\n"),
    ("sql-door", REPOSITORY, "from sqlmodel import text\n"),
    ("sql-door", REPOSITORY, "import sqlalchemy as sa\nq = sa.text('select 1')\n"),
    ("sql-door", REPOSITORY, "import sqlalchemy.sql\nq = sqlalchemy.sql.text('select 1')\n"),
    ("sql-door", REPOSITORY, "from sqlalchemy import sql\nq = sql.text('select 1')\n"),
    ("sql-door", "workers/jobs/sync.py", "import sqlalchemy\nq = sqlalchemy.text('select 1')\n"),
    ("sql-door", "orion_app/api/health.py", "def f(s):\n    return getattr(s, 'connection')()\n"),
    ("page-sql", PAGE, "import sqlalchemy\n"),
    ("page-sql", PAGE, "from sqlalchemy.exc import IntegrityError\n"),
    ("page-sql", PAGE, "from sqlmodel import col\n"),
    ("page-sql", PAGE, "from orion_core import select\nq = select(1)\n"),
    ("page-sql", PAGE, "def f():\n    from sqlalchemy.orm import aliased\n"),
    ("service-sql", SERVICE, "from sqlalchemy import func\n"),
    ("service-sql", SERVICE, "import sqlmodel.main\n"),
    ("service-sql", SERVICE, "def f(select):\n    return select(1)\n"),
]


@pytest.mark.parametrize(("rule", "path", "source"), VIOLATIONS)
def test_catches(lint: SimpleNamespace, rule: str, path: str, source: str) -> None:
    assert rule in {finding.rule for finding in lint.check_source(path, source)}


@pytest.mark.parametrize(("path", "source"), [
    ("orion_core/base/db/bulk.py", "from sqlalchemy import text\nasync def f(s):\n    c = await s.connection()\n    c.exec_driver_sql('x')\n"),
    (REPOSITORY, "from sqlalchemy import func, select\nq = select(func.count())\n"),
    ("orion_core/services/records/repository/search.py", "from sqlmodel import select\nq = select(1)\n"),
    (PAGE, "import reflex as rx\nview = rx.select(['a']), rx.text('hello')\n"),
    (SERVICE, "from sqlalchemy.exc import IntegrityError\n"),
    (SERVICE, "def f(event):\n    return event.connection, event.text()\n"),
    (SERVICE, "async def f(connections, connection_id):\n    return await connections.connection(connection_id)\n"),
    ("orion_app/components/badge.py", "def text(value):\n    return value\nview = text('x')\n"),
])
def test_lets_pass(lint: SimpleNamespace, path: str, source: str) -> None:
    assert list(lint.check_source(path, source)) == []


def test_catches_a_package_named_alembic(lint: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "alembic").mkdir()
    (tmp_path / "alembic" / "__init__.py").touch()
    assert lint.main(tmp_path) == 1
    assert "shadow" in capsys.readouterr().out


def test_prints_path_line_and_rule(lint: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / PAGE
    path.parent.mkdir(parents=True)
    path.write_text("import reflex\nimport sqlalchemy\n")
    assert lint.main(tmp_path) == 1
    assert capsys.readouterr().out == f"{PAGE}:2: page-sql: import of sqlalchemy; a page calls a service instead\n"


def test_this_checkout_keeps_the_rules(lint: SimpleNamespace) -> None:
    assert [str(finding) for finding in lint.check_tree(ROOT)] == []
