"""Alembic's entry: the same for the `alembic` command and for `orion migrate`, which hands its connection over in `attributes`."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlmodel import SQLModel

import orion_core.base.db.tables  # noqa: F401  (fills the metadata)
from orion_core.base.db.migrate import sync_url


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=False,
        include_object=lambda _object, name, kind, _reflected, _to: not (kind == "table" and (name or "").startswith("search_")),
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    url = os.environ.get("ORION_DATABASE_ADMIN_URL") or os.environ.get("ORION_DATABASE_URL") or "sqlite:///data/orion.db"
    with create_engine(sync_url(url)).connect() as opened:
        _run(opened)
