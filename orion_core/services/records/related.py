"""What hangs on a record: the invoices and payments of a customer, the deals of a company, the payments of an invoice."""

from __future__ import annotations

from orion_core.base.db.search import Search
from orion_core.base.kit.clock import now
from orion_core.base.work import Work
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.services.records import repository, views
from orion_core.services.records.query import DEFAULT_SORT, query_of, table_of
from orion_core.services.records.types import RelatedView

_MOST = 99
# Model → the models that point at it, with the filter by which they do.
_POINTS = {
    "customer": (("invoice", "customer_id"), ("payment", "customer_id"), ("deal", "customer_id")),
    "company": (("customer", "company_id"), ("deal", "company_id")),
    "invoice": (("payment", "invoice_id"),),
}


class RelatedRecords:
    """The part of `Records` that follows references."""

    work: Work

    async def related(self, p: Principal, model: str, record_id: str) -> list[RelatedView]:
        """The records of the same connection that point at this one, by model; models without any are left out.

        Raises:
            NotFound: no such model, or no such record in this workspace.
        """
        p.require(Role.viewer, "records:read")
        table, found = table_of(model), []
        async with self.work.read(p.workspace_id) as session:
            row = await repository.record(session, table, record_id)
            for other, name in _POINTS.get(table.model, ()):
                filters = {"connection": row.connection_id, name: row.remote_id}
                page = await Search(session, query_of(table_of(other), "", filters, DEFAULT_SORT, now())).page(limit=_MOST)
                if page.places:
                    found.append(RelatedView(other, views.titles(other)[1], len(page.places), filters, page.more))
        return found
