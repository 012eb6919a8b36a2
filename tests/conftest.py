"""Fixtures for the whole suite: throwaway PostgreSQL and Redis, databases of both kinds, a data folder, a browser.

| fixture | scope | gives |
|---|---|---|
| `fresh_database` | function, both kinds | `TestDatabase`: migrated, `url`, `admin_url`, `kind`, `env` |
| `database_url` | function, both kinds | its `url` |
| `module_database` | module, both kinds | the same, shared by the tests of a file |
| `empty_database` | function, both kinds | `TestDatabase` without a schema |
| `pg_server` | session | `PgServer` |
| `pg_database` | function | `PgUrls`: `admin_url`, `app_url` of an empty PostgreSQL database |
| `redis_url` | session | `unix://…`, one server per test worker |
| `redis_fresh` | function | the same, emptied before the test |
| `tmp_data_dir` | function | an empty ORION_DATA_DIR, set in the environment |
| `chromium` | session | path of the browser's executable |
| `shared_dir` | session | a folder all test workers of the run share; see `tests/support/once.py` |
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import databases, postgres, redis, serial
from tests.support.browser import find_chromium
from tests.support.databases import TestDatabase

ROOT = Path(__file__).resolve().parents[1]

# Deadlines measure the machine, not the code; in CI the examples are the same in every run.
settings.register_profile("orion", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("orion")

for _name in [name for name in os.environ if name.startswith("ORION_") and not name.startswith("ORION_TEST_")] + ["ANTHROPIC_API_KEY"]:
    os.environ.pop(_name, None)  # a test says itself what it runs with


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(serial, "orion-serial")


# -- databases -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def pg_server() -> Iterator[postgres.PgServer]:
    server = postgres.start_server()
    yield server
    server.stop()


@pytest.fixture
def pg_database(pg_server: postgres.PgServer) -> Iterator[postgres.PgUrls]:
    urls = pg_server.database()
    yield urls
    pg_server.drop(urls)


def _database(request: pytest.FixtureRequest, folder: Path, *, migrated: bool) -> Iterator[TestDatabase]:
    if request.param == "sqlite":
        if migrated:
            yield databases.sqlite_migrated(folder, request.getfixturevalue("_sqlite_template_dir"))
        else:
            yield databases.sqlite_empty(folder)
        return
    server: postgres.PgServer = request.getfixturevalue("pg_server")
    database, urls = databases.postgres_migrated(server) if migrated else databases.postgres_empty(server)
    yield database
    server.drop(urls)


@pytest.fixture(params=databases.KINDS)
def fresh_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestDatabase]:
    yield from _database(request, tmp_path, migrated=True)


@pytest.fixture(params=databases.KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestDatabase]:
    yield from _database(request, tmp_path, migrated=False)


@pytest.fixture(scope="module", params=databases.KINDS)
def module_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestDatabase]:
    yield from _database(request, tmp_path_factory.mktemp("database"), migrated=True)


@pytest.fixture
def database_url(fresh_database: TestDatabase) -> str:
    return fresh_database.url


@pytest.fixture(scope="session")
def _sqlite_template_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sqlite-template")


# -- the rest --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    server = redis.start_server()
    yield server.url
    server.stop()


@pytest.fixture
def redis_fresh(redis_url: str) -> str:
    from redis import Redis

    with Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url


@pytest.fixture
def tmp_data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("ORION_DATA_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    path = find_chromium()
    if path is None:
        message = "No Chromium was found; `scripts/setup --dev` says why it could not be installed."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def shared_dir(request: pytest.FixtureRequest) -> Path:
    return serial.shared_folder(request.config)
