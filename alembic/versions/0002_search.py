"""search: a narrow twin of each record table, with a full-text index

The orders of pages move from the record tables to their narrow twins: an index on a name of any length makes PostgreSQL refuse the row
(2,704 bytes at most), and four of them halve the speed of a sync.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from alembic import op

from orion_core.base.db.migrate import enable_rls_on

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

TEXT, BIG, REAL, BOOL = "text", "bigint", "real", "smallint"
# table → (orders, other filters)
TWINS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "customers": (
        {"name": TEXT, "email": TEXT},
        {"currency": TEXT, "country": TEXT, "lifecycle_stage": TEXT, "is_active": BOOL, "company_id": TEXT, "owner_id": TEXT}),
    "companies": (
        {"name": TEXT, "domain": TEXT},
        {"currency": TEXT, "country": TEXT, "lifecycle_stage": TEXT, "is_active": BOOL, "industry": TEXT, "owner_id": TEXT}),
    "invoices": (
        {"number": TEXT, "total_minor": BIG, "issued_at": BIG, "due_at": BIG},
        {"status": TEXT, "type": TEXT, "currency": TEXT, "customer_id": TEXT}),
    "payments": (
        {"amount_minor": BIG, "paid_at": BIG},
        {"status": TEXT, "type": TEXT, "method": TEXT, "currency": TEXT, "customer_id": TEXT, "invoice_id": TEXT}),
    "products": (
        {"name": TEXT, "sku": TEXT, "unit_price": REAL},
        {"status": TEXT, "type": TEXT, "category": TEXT, "billing_interval": TEXT, "currency": TEXT, "is_active": BOOL}),
    "deals": (
        {"name": TEXT, "amount_minor": BIG, "close_on": BIG},
        {"status": TEXT, "stage": TEXT, "pipeline": TEXT, "currency": TEXT, "owner_id": TEXT, "company_id": TEXT, "customer_id": TEXT}),
    "events": (
        {"type": TEXT, "occurred_at": BIG},
        {"action": TEXT, "object_type": TEXT, "object_id": TEXT, "status": TEXT, "channel": TEXT, "customer_id": TEXT}),
    "other_records": ({}, {}),
}
OLD_ORDERS = {
    "customers": ("name", "email", "remote_updated_at"),
    "companies": ("name", "domain", "remote_updated_at"),
    "invoices": ("number", "total_minor", "issued_at", "due_at", "remote_updated_at"),
    "payments": ("amount_minor", "paid_at", "remote_updated_at"),
    "products": ("name", "sku", "unit_price", "remote_updated_at"),
    "deals": ("name", "amount_minor", "close_on", "remote_updated_at"),
    "events": ("type", "occurred_at"),
    "other_records": ("remote_updated_at",),
}


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    op.execute("CREATE TABLE search_positions (workspace_id varchar(32) NOT NULL, model varchar(32) NOT NULL, tx bigint NOT NULL, "
               "record_id bigint NOT NULL, PRIMARY KEY (workspace_id, model))")
    for table, columns in OLD_ORDERS.items():
        for column in columns:
            op.execute(f"DROP INDEX IF EXISTS ix_{table}_{column}")
    for table, (orders, filters) in TWINS.items():
        _twin(table, orders, filters, postgres)
    if not postgres:
        for table in TWINS:
            # detail=none: a third of the size; that the word stands there in one piece is checked on the text itself.
            op.execute(f"CREATE VIRTUAL TABLE search_{table}_fts USING fts5(text, content='search_{table}', content_rowid='id', "
                       "tokenize='trigram', detail=none)")
        return
    for name in ("positions", *TWINS):
        enable_rls_on(op, f"search_{name}")
    _postgres_text_search()


def _twin(table: str, orders: dict[str, str], filters: dict[str, str], postgres: bool) -> None:
    kinds = {**orders, **filters}
    def typed(kind: str) -> str:
        if not postgres:
            return kind
        return {TEXT: 'text COLLATE "C"', REAL: "double precision"}.get(kind, kind)
    own = "".join(f", {name} {typed(kind)}" for name, kind in kinds.items())
    op.execute(
        f"CREATE TABLE search_{table} (id {'bigint' if postgres else 'integer'} PRIMARY KEY, workspace_id varchar(32) NOT NULL, "
        f"connection_id varchar(32) NOT NULL, stream varchar(64) NOT NULL, deleted smallint NOT NULL, flagged smallint NOT NULL, "
        f"remote_updated_at bigint NOT NULL{own}, text text NOT NULL)")
    for name in ("remote_updated_at", *orders):
        op.execute(f"CREATE INDEX ix_search_{table}_{name} ON search_{table} (workspace_id, {name}, id)")
    for name in ("connection_id", "stream"):
        op.execute(f"CREATE INDEX ix_search_{table}_{name} ON search_{table} (workspace_id, {name}, id)")
    for name in filters:
        op.execute(f"CREATE INDEX ix_search_{table}_{name} ON search_{table} (workspace_id, {name}, id) WHERE {name} IS NOT NULL")
    for name in ("flagged", "deleted"):
        op.execute(f"CREATE INDEX ix_search_{table}_{name} ON search_{table} (workspace_id, id) WHERE {name} = 1")


def _postgres_text_search() -> None:
    """Trigram indexes, and a function to use them.

    LIKE is not leak-proof, so under row level security PostgreSQL never uses an index for it: it would read every row of the table. The
    function runs as the owner of the tables, whom a policy of its own exempts, and asks for the workspace itself.
    """
    if _can_have_trigrams():
        for table in TWINS:
            op.execute(f"CREATE INDEX ix_search_{table}_text ON search_{table} USING gin (text gin_trgm_ops)")
    for table in TWINS:
        op.execute(f"CREATE POLICY search_{table}_owner ON search_{table} TO CURRENT_USER USING (true)")
        op.execute(f"""
            CREATE FUNCTION search_{table}_ids(patterns text[], cap integer) RETURNS SETOF bigint
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
            SET enable_seqscan = off SET enable_indexscan = off SET jit = off AS $$
            BEGIN
                RETURN QUERY EXECUTE 'SELECT id FROM public.search_{table} WHERE workspace_id = $1'
                    || (SELECT string_agg(format(' AND text LIKE %L', pattern), '') FROM unnest(patterns) AS pattern)
                    || ' LIMIT $2'
                USING nullif(current_setting('app.workspace_id', true), ''), cap;
            END $$""")


def _can_have_trigrams() -> bool:
    """Whether pg_trgm is there or could be made; without it searching reads the workspace's text from end to end."""
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public"))
    except sa.exc.DBAPIError as error:
        indexes = "; ".join(f"CREATE INDEX ix_search_{table}_text ON search_{table} USING gin (text gin_trgm_ops)" for table in TWINS)
        logging.getLogger("orion.migrate").warning(
            "The extension pg_trgm is not available (%s). Searching works, but reads all text of a workspace. To make it quick, have a "
            "superuser run: CREATE EXTENSION pg_trgm; %s", str(error.orig).splitlines()[0], indexes)
        return False
    return True


def downgrade() -> None:
    for table in TWINS:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP FUNCTION search_{table}_ids")
        else:
            op.execute(f"DROP TABLE search_{table}_fts")
        op.execute(f"DROP TABLE search_{table}")
    op.execute("DROP TABLE search_positions")
    for table, columns in OLD_ORDERS.items():
        for column in columns:
            op.execute(f"CREATE INDEX ix_{table}_{column} ON {table} (workspace_id, {column}, id)")
