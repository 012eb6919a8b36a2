"""A search field that is not controlled by the state, yet follows the address.

Typing goes to the address and comes back with the page's rows; meanwhile the person types on, so the field is
only written anew when the address changed for another reason (a link, Back, another page).
"""

from __future__ import annotations

import reflex as rx


class SearchMixin(rx.State, mixin=True):
    seed: str = ""
    seed_turn: int = 0
    _typed: str = ""

    def _follow(self, query: str) -> None:
        if query != self._typed:
            self.seed, self.seed_turn, self._typed = query, self.seed_turn + 1, query
