"""Which customer an invoice belongs to, both ways, without a table.

Every customer gets an invoice, most a second, some a third; older customers more than
new ones. Invoices are numbered in order of time, so that a listing by time and the
listing of one customer's invoices are both arithmetic.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise


class Layout:
    """Rounds of billing: round ``r`` bills customers 0 … count, ``offset`` places later."""

    def __init__(self, customers: int) -> None:
        step = max(1, customers // 20)
        first = max(1, customers // 100)
        rounds = [(1.0, first), (0.6, first + step), (0.25, first + 3 * step)]
        self._rounds = [(max(1, int(share * customers)), offset) for share, offset in rounds]
        edges = sorted({edge for count, offset in self._rounds for edge in (offset, offset + count)})
        self._starts: list[int] = []
        self._cumulated: list[int] = []
        self._active: list[tuple[int, ...]] = []
        total = 0
        for start, stop in pairwise(edges):
            active = tuple(r for r, (count, offset) in enumerate(self._rounds) if offset <= start < offset + count)
            if not active:
                continue
            self._starts.append(start)
            self._cumulated.append(total)
            self._active.append(active)
            total += (stop - start) * len(active)
        self.total = total

    def locate(self, invoice: int) -> tuple[int, int]:
        """The customer and the round of an invoice."""
        segment = bisect_right(self._cumulated, invoice) - 1
        active = self._active[segment]
        place, which = divmod(invoice - self._cumulated[segment], len(active))
        round_ = active[which]
        return self._starts[segment] + place - self._rounds[round_][1], round_

    def of(self, customer: int) -> list[int]:
        """The invoices of a customer, oldest first."""
        out = []
        for round_, (count, offset) in enumerate(self._rounds):
            if 0 <= customer < count:
                place = customer + offset
                segment = bisect_right(self._starts, place) - 1
                active = self._active[segment]
                which = active.index(round_)
                out.append(self._cumulated[segment] + (place - self._starts[segment]) * len(active) + which)
        return out
