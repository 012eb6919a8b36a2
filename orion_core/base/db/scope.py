"""The tenant scope that cannot be forgotten.

A `ScopedSession` belongs to one workspace. Every ORM statement on a `Tenant` table gets `workspace_id = …` added, on every entity it
names, joined or nested; every new row is stamped; on PostgreSQL the same workspace is set for the transaction, where row level
security checks it again. Statements that SQLAlchemy cannot rewrite (text, Core tables, ORM bulk inserts) are refused here: bulk writes
go through `bulk`, look-ups before the workspace is known through `directory`.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from typing import Any, NoReturn

from sqlalchemy import Column, Table, TextClause, event, text
from sqlalchemy.orm import FromStatement, ORMExecuteState, Session, SessionTransaction, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import TextualSelect
from sqlmodel import SQLModel

from orion_core.base.db.patient import PatientSession
from orion_core.base.db.tables import DIRECTORY, Tenant

# Execution option of the statements that `bulk` and `directory` build themselves.
TRUSTED = "orion_trusted"
# Written once, never changed: on PostgreSQL the app role may not either (see `migrate`).
APPEND_ONLY = frozenset({"audit_log"})


class ScopeError(RuntimeError):
    """A statement would leave its workspace. Always a mistake in our own code."""


@cache
def tenant_classes() -> tuple[type[Tenant], ...]:
    """Every mapped table of a workspace."""
    found: list[type[Tenant]] = []
    pending: list[type[Any]] = list(Tenant.__subclasses__())
    while pending:
        cls = pending.pop()
        pending.extend(cls.__subclasses__())
        if hasattr(cls, "__table__"):
            found.append(cls)
    return tuple(found)


@cache
def _tenant_classes_by_table() -> dict[str, type[Tenant]]:
    return {str(cls.__tablename__): cls for cls in tenant_classes()}


@cache
def _directory_classes() -> frozenset[type[SQLModel]]:
    return frozenset(mapper.class_ for mapper in SQLModel._sa_registry.mappers if mapper.class_.__tablename__ in DIRECTORY)


class _Guarded(Session):
    """What both kinds of session refuse: SQLAlchemy's older bulk methods, which no event sees."""

    writes: bool = False

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ScopeError("Write in bulk through db.bulk.")

    bulk_save_objects = bulk_insert_mappings = bulk_update_mappings = _refuse


class _Scoped(_Guarded):
    """The synchronous session beneath `ScopedSession`."""

    workspace_id: str = ""


class _Directory(_Guarded):
    """The synchronous session beneath `DirectorySession`."""


class ScopedSession(PatientSession):
    """An async session of one workspace."""

    sync_session_class = _Scoped

    @property
    def workspace_id(self) -> str:
        return self.sync_session.workspace_id  # type: ignore[attr-defined,no-any-return]


class DirectorySession(PatientSession):
    """An async session that sees the directory tables alone."""

    sync_session_class = _Directory


@event.listens_for(_Scoped, "do_orm_execute")
def _add_scope(state: ORMExecuteState) -> None:
    _refuse_lost_write(state)
    if state.execution_options.get(TRUSTED):
        _check_tables(state.statement, DIRECTORY)
        return
    if not state.is_orm_statement:
        raise ScopeError("Only ORM statements run in a scoped session; use db.bulk for the rest.")
    if state.is_insert:
        raise ScopeError("Insert with session.add, or through db.bulk.")
    tables = _check_tables(state.statement, _tenant_classes_by_table().keys())
    if state.is_update or state.is_delete:
        _check_change(state)
    workspace_id = state.session.workspace_id  # type: ignore[attr-defined]
    if not workspace_id:
        raise ScopeError("The session has no workspace.")
    state.statement = state.statement.options(*(_criterion(table, workspace_id) for table in sorted(tables)))


@lru_cache(maxsize=4096)
def _criterion(table: str, workspace_id: str) -> Any:
    # A lambda a class: with a plain expression the right side of a JOIN to an alias stays unscoped (SQLAlchemy does not adapt it), and
    # with_loader_criteria(Mixin, lambda) fails on SQLModel bases. `workspace_id` becomes a bound parameter.
    return with_loader_criteria(_tenant_classes_by_table()[table], lambda entity: entity.workspace_id == workspace_id, include_aliases=True)


def _check_tables(statement: Any, allowed: Collection[str]) -> set[str]:
    """Refuse what the criteria do not reach: text, Core tables (also one beside an entity), and tables that are not `allowed`.

    The tables of the entities that the statement names.
    """
    bare: set[str] = set()
    mapped: set[str] = set()
    for element in visitors.iterate(statement):
        if isinstance(element, (TextClause, TextualSelect, FromStatement)):
            raise ScopeError("Text is no part of a scoped statement; write it with entities, or put it into db.bulk.")
        known = "parentmapper" in element._annotations
        if isinstance(element, Column):
            table = getattr(element.table, "element", element.table)
            if isinstance(table, Table):
                if table is not element.table and not known:
                    raise ScopeError(f"{table.name}.{element.name} belongs to an alias of a Core table; alias the entity.")
                (mapped if known else bare).add(table.name)
        elif isinstance(element, Table):
            (mapped if known else bare).add(element.name)
    if bare - mapped:
        raise ScopeError(f"{min(bare - mapped)} is named as a Core table; use the entity.")
    if not mapped <= set(allowed):
        raise ScopeError(
            f"{min(mapped - set(allowed))} is not read through this session: a directory table through db.directory, "
            "a table of a workspace through a scoped session."
        )
    return mapped


def _check_change(state: ORMExecuteState) -> None:
    tables = {mapper.class_.__tablename__ for mapper in state.all_mappers}
    if tables & APPEND_ONLY:
        raise ScopeError(f"{min(tables & APPEND_ONLY)} only grows.")
    if isinstance(state.parameters, (list, tuple)):
        raise ScopeError("An update of many rows by key passes the scope by; use where().")
    given: list[Any] = [*(getattr(state.statement, "_values", None) or ()), *(state.parameters or ())]
    given += [key for key, _ in getattr(state.statement, "_ordered_values", None) or ()]
    if any(getattr(key, "key", key) == "workspace_id" for key in given):
        raise ScopeError("A row does not move to another workspace.")


def _refuse_lost_write(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.session.writes:  # type: ignore[attr-defined]
        raise ScopeError("A reading session is rolled back: open it with write=True.")


@event.listens_for(_Directory, "do_orm_execute")
def _directory_only(state: ORMExecuteState) -> None:
    _refuse_lost_write(state)
    if not state.is_orm_statement:
        raise ScopeError("The directory session reads directory tables only.")
    _check_tables(state.statement, DIRECTORY)


@event.listens_for(_Scoped, "before_flush")
def _stamp(session: Session, _context: Any, _instances: Any) -> None:
    workspace_id = session.workspace_id  # type: ignore[attr-defined]
    changed = [*session.new, *session.dirty, *session.deleted]
    if changed and not session.writes:  # type: ignore[attr-defined]
        raise ScopeError("A reading session is rolled back: open it with write=True.")
    for row in changed:
        if isinstance(row, Tenant):
            if row in session.new and not getattr(row, "workspace_id", None):
                row.workspace_id = workspace_id
            if row.workspace_id != workspace_id or not workspace_id:
                raise ScopeError(f"A row of {type(row).__name__} belongs to another workspace.")
            if type(row).__tablename__ in APPEND_ONLY and row not in session.new:
                raise ScopeError(f"{type(row).__tablename__} only grows.")
        elif type(row) in _directory_classes():
            raise ScopeError(f"{type(row).__name__} is written through db.directory.")


@event.listens_for(_Scoped, "detached_to_persistent")
def _refuse_strangers(_session: Session, row: Any) -> None:
    # An object of an earlier session is updated by its key alone: whose row that is, only a look-up in this session tells.
    raise ScopeError(f"This {type(row).__name__} was loaded in another session; load it in this one.")


@event.listens_for(_Directory, "before_flush")
def _directory_flush(session: Session, _context: Any, _instances: Any) -> None:
    for row in list(session.new) + list(session.dirty) + list(session.deleted):
        if type(row) not in _directory_classes():
            raise ScopeError(f"{type(row).__name__} is not a directory table.")
        if not session.writes:  # type: ignore[attr-defined]
            raise ScopeError("A reading session is rolled back: open it with write=True.")


@event.listens_for(_Scoped, "after_begin")
def _set_workspace(session: Session, transaction: SessionTransaction, connection: Any) -> None:
    # Local to the transaction, so that a pooled connection carries nothing to its next user.
    if connection.dialect.name == "postgresql":
        workspace_id = session.workspace_id  # type: ignore[attr-defined]
        connection.execute(text("select set_config('app.workspace_id', :w, true)"), {"w": workspace_id})
