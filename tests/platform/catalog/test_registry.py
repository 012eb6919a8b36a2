"""The registry: built-in adapters, third-party packages, and a change that is seen without a restart."""

from __future__ import annotations

from typing import Any

import pytest

from orion_core.base.errors import NotFound
from orion_core.engine.connector import BaseAdapter, load_spec
from orion_core.platform.catalog import ConnectorRegistry, registry


class AcmeAdapter(BaseAdapter[Any]):
    spec = load_spec(
        {
            "slug": "acme",
            "name": "Acme",
            "base_url": "https://api.acme.example",
            "auth": [{"kind": "bearer"}],
            "streams": [{"name": "people", "path": "/people"}],
        }
    )


class Point:
    """An entry point, as importlib.metadata gives it."""

    dist = None

    def __init__(self, name: str, made: Any) -> None:
        self.name = name
        self._made = made

    def load(self) -> Any:
        if isinstance(self._made, Exception):
            raise self._made
        return self._made


def test_built_in_connectors_are_there() -> None:
    assert {entry.slug for entry in ConnectorRegistry(lambda: []).all()} >= {"stripe", "hubspot"}
    assert ConnectorRegistry(lambda: []).get("stripe").source == "built-in"


def test_an_unknown_one_lists_those_there_are() -> None:
    with pytest.raises(NotFound, match="hubspot, stripe"):
        ConnectorRegistry(lambda: []).get("unicorn")


def test_a_package_is_seen_without_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    points: list[Point] = []
    made = ConnectorRegistry(lambda: points)
    assert "acme" not in {entry.slug for entry in made.all()}
    points.append(Point("acme", AcmeAdapter))
    monkeypatch.setattr(registry, "REFRESH_S", 0.0)
    assert made.get("acme").spec.name == "Acme"
    points.clear()
    with pytest.raises(NotFound):
        made.get("acme")


def test_changes_reach_every_process_within_five_seconds() -> None:
    assert registry.REFRESH_S <= 5.0


def test_a_broken_package_takes_no_other_down() -> None:
    made = ConnectorRegistry(lambda: [Point("broken", ImportError("no such thing")), Point("acme", AcmeAdapter)])
    assert {entry.slug for entry in made.all()} >= {"stripe", "acme"}
    assert "no such thing" in made.failed["broken"]


def test_a_package_does_not_replace_a_built_in_one() -> None:
    class Fake(AcmeAdapter):
        spec = load_spec({**AcmeAdapter.spec.model_dump(mode="json"), "slug": "stripe"})

    assert ConnectorRegistry(lambda: [Point("stripe", Fake)]).get("stripe").source == "built-in"
