"""What the marketplace knows: the cards, and one connector in full."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import reflex as rx

from orion_app.components import format as words
from orion_app.shell.address import params, with_params
from orion_app.shell.guard import authorized, me
from orion_app.shell.search import SearchMixin
from orion_app.shell.services import services

CAPABILITIES = {
    "read": ("Read", "Reads", "arrow-down-to-line"),
    "write": ("Write", "Writes", "arrow-up-from-line"),
    "webhook": ("Webhooks", "Webhooks", "webhook"),
    "batch": ("Batch", "Batch writes", "rows-3"),
    "streaming": ("Streaming", "Streams changes", "zap"),
}


@dataclasses.dataclass
class CapView:
    title: str = ""
    icon: str = ""


@dataclasses.dataclass
class CardView:
    slug: str = ""
    name: str = ""
    monogram: str = ""
    hue: str = ""
    category: str = ""
    summary: str = ""
    caps: list[CapView] = dataclasses.field(default_factory=list)
    score: str = ""
    dash: str = ""
    ring: str = ""
    connected: str = ""
    lab: bool = False
    href: str = ""


@dataclasses.dataclass
class FacetView:
    title: str = ""
    count: str = ""
    href: str = ""
    on: bool = False


def category(key: str) -> str:
    """crm → CRM, payments → Payments."""
    return key.upper() if len(key) <= 3 else key.replace("_", " ").capitalize()


def caps(keys: Sequence[str]) -> list[CapView]:
    return [CapView(CAPABILITIES[k][1], CAPABILITIES[k][2]) for k in CAPABILITIES if k in keys]


def ring(score: int | None) -> tuple[str, str, str]:
    """The number, the arc, its colour; nothing for a connector that was never checked."""
    if score is None:
        return "", "", ""
    return str(score), f"{37.7 * score / 100:.1f} 37.7", "var(--o-healthy)" if score >= 95 else "var(--o-degraded)"


class MarketplaceState(SearchMixin, rx.State):
    loaded: bool = False
    query: str = ""
    cards: list[CardView] = []
    categories: list[FacetView] = []
    abilities: list[FacetView] = []
    origins: list[FacetView] = []
    filtered: bool = False
    lab_busy: bool = False
    foot: str = ""

    @rx.event
    @authorized("viewer")
    async def load(self):
        everything = await services().marketplace.cards(me())
        query = params(self)
        self.query = query.get("q", "")
        self._follow(self.query)
        shown = [c for c in everything if _matches(c, query)]
        self.cards = [_card(c) for c in shown]
        self.categories = _categories(everything, query)
        self.abilities = [
            FacetView(
                CAPABILITIES[k][0],
                str(sum(k in c.capabilities for c in everything)),
                with_params("/marketplace", query, can=None if query.get("can") == k else k),
                query.get("can") == k,
            )
            for k in CAPABILITIES
            if any(k in c.capabilities for c in everything)
        ]
        self.origins = [
            FacetView(
                title,
                str(sum(c.source == k for c in everything)),
                with_params("/marketplace", query, **{"from": None if query.get("from") == k else k}),
                query.get("from") == k,
            )
            for k, title in (("built-in", "Orion"), ("package", "Packages"), ("custom", "Yours"))
            if any(c.source == k for c in everything)
        ]
        self.filtered = any(query.get(k) for k in ("q", "category", "can", "from"))
        self.foot = (
            f"Showing {len(shown)} of {len(everything)}. " if len(shown) != len(everything) else ""
        ) + "Ring and number are the conformance score; open a connector to see each check and its evidence."
        self.loaded = True

    @rx.event
    @authorized("viewer")
    async def search(self, text: str):
        self._typed = text.strip()[:100]
        return rx.redirect(with_params("/marketplace", params(self), q=self._typed), replace=True)

    @rx.event
    @authorized("editor")
    async def connect_lab(self):
        """The fake Stripe and HubSpot, connected and syncing; then the page that shows it."""
        self.lab_busy = True
        yield
        try:
            for slug in services().connections.lab_providers():
                connection_id = await services().connections.connect_lab(me(), slug)
                await services().sync.start(me(), connection_id, full=True)
        finally:
            self.lab_busy = False
        yield rx.redirect("/")


def _matches(card: Any, query: dict[str, str]) -> bool:
    text = " ".join([card.name, card.description, card.category, card.slug, *card.models, *card.capabilities]).lower()
    category = query.get("category")
    return (
        all(word in text for word in query.get("q", "").lower().split())
        and (not category or (card.connections > 0 if category == "connected" else card.category == category))
        and (not query.get("can") or query["can"] in card.capabilities)
        and (not query.get("from") or query["from"] == card.source)
    )


def _card(c: Any) -> CardView:
    score, dash, colour = ring(c.score)
    return CardView(
        c.slug,
        c.name,
        words.monogram(c.slug, c.name),
        words.hue(c.slug),
        category(c.category),
        c.description,
        caps(c.capabilities),
        score,
        dash,
        colour,
        f"{c.connections} connected" if c.connections else "",
        c.in_lab,
        f"/marketplace/{c.slug}",
    )


def _categories(everything: list[Any], query: dict[str, str]) -> list[FacetView]:
    current = query.get("category", "")
    names = sorted({c.category for c in everything})
    rows = [("All connectors", "", len(everything)), ("Connected", "connected", sum(c.connections > 0 for c in everything))]
    rows += [(category(n), n, sum(c.category == n for c in everything)) for n in names]
    return [FacetView(title, str(n), with_params("/marketplace", query, category=key or None), current == key) for title, key, n in rows]
