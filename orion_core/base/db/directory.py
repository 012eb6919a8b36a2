"""The door to the tables without row level security.

They hold ids, hashes and times, so that a sign-in, an API key, the sweeper or a key rotation can find the workspace they belong to.
A `Directory` works on any open session, so that a directory row can be written in the same transaction as a workspace's own rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from orion_core.base.db.scope import TRUSTED, ScopeError
from orion_core.base.db.tables import DIRECTORY

Row = TypeVar("Row", bound=SQLModel)
_OPTIONS = {TRUSTED: True}


class Directory:
    """Statements on directory tables, and on nothing else."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def one(self, table: type[Row], *where: ColumnElement[bool] | bool, for_update: bool = False) -> Row | None:
        """The first row that fits, or None."""
        statement = select(_checked(table)).where(*where).limit(1)  # type: ignore[arg-type]
        if for_update:
            # NO KEY UPDATE: we never change keys, and a plain FOR UPDATE would wait for (and deadlock with) inserts that reference the row.
            statement = statement.with_for_update(key_share=True)
        return (await self._session.execute(statement.execution_options(populate_existing=True, **_OPTIONS))).scalars().first()

    async def all(self, table: type[Row], *where: ColumnElement[bool] | bool, order_by: Any = None,
                  limit: int | None = None) -> Sequence[Row]:
        """Every row that fits."""
        statement = select(_checked(table)).where(*where)  # type: ignore[arg-type]
        if order_by is not None:
            statement = statement.order_by(*order_by) if isinstance(order_by, tuple) else statement.order_by(order_by)
        if limit is not None:
            statement = statement.limit(limit)
        return (await self._session.execute(statement.execution_options(populate_existing=True, **_OPTIONS))).scalars().all()

    async def add(self, row: SQLModel) -> None:
        """Insert one row."""
        values = {column.name: getattr(row, column.key) for column in _checked(type(row)).__table__.columns}  # type: ignore[attr-defined]
        await self._session.execute(insert(type(row)).values(**values), execution_options=_OPTIONS)

    async def ensure(self, row: SQLModel) -> bool:
        """Insert one row unless a unique key of it is taken; whether it was inserted.

        It waits for a transaction that is inserting the same key.
        """
        values = {column.name: getattr(row, column.key) for column in _checked(type(row)).__table__.columns}  # type: ignore[attr-defined]
        dialect_insert = sqlite.insert if self._session.get_bind().dialect.name == "sqlite" else postgresql.insert
        keys = type(row).__table__.primary_key.columns  # type: ignore[attr-defined]
        statement = dialect_insert(type(row)).values(**values).on_conflict_do_nothing().returning(*keys)
        return (await self._session.execute(statement, execution_options=_OPTIONS)).first() is not None

    async def update(self, table: type[Row], *where: ColumnElement[bool] | bool, **values: Any) -> int:
        """Change the rows that fit; how many."""
        statement = update(_checked(table)).where(*where).values(**values)  # type: ignore[arg-type]
        result: Any = await self._session.execute(statement, execution_options={**_OPTIONS, "synchronize_session": False})
        return int(result.rowcount)

    async def delete(self, table: type[Row], *where: ColumnElement[bool] | bool) -> int:
        """Delete the rows that fit; how many."""
        result: Any = await self._session.execute(delete(_checked(table)).where(*where),  # type: ignore[arg-type]
                                                  execution_options={**_OPTIONS, "synchronize_session": False})
        return int(result.rowcount)

    async def joined(self, left: type[SQLModel], right: type[SQLModel], on: Any, *where: Any, order_by: Any = None) -> Sequence[Any]:
        """Rows of two directory tables, as `(left, right)` pairs."""
        statement = select(_checked(left), _checked(right)).join(right, on).where(*where)
        if order_by is not None:
            statement = statement.order_by(order_by)
        return (await self._session.execute(statement.execution_options(**_OPTIONS))).all()


def _checked(table: type[Row]) -> type[Row]:
    if table.__tablename__ not in DIRECTORY:
        raise ScopeError(f"{table.__tablename__} is not a directory table.")
    return table
