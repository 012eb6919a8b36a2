"""The page of the schema is complete, and knows where each provider keeps a field."""

from __future__ import annotations

from orion_core.engine.mapping import Mapping, Rule
from orion_core.engine.schema import MODELS, fields_of
from orion_core.engine.schema.document import render

CUSTOMERS = Mapping(
    "customer",
    (
        Rule("email", "mail|address"),
        Rule("remote_created_at", "created", "epoch", direction="in"),
        Rule("phones[type=fax].value", "fax"),
        Rule("tags", "labels", "list_of"),
    ),
)
INVOICES = Mapping("invoice", (Rule("line_items[]", "lines[]", rules=(Rule("quantity", "qty"),)),))


def test_every_field_is_there() -> None:
    page = render({})
    for name, model in MODELS.items():
        assert f"(`{name}`, schema {model.__schema_version__})" in page
        for path in fields_of(model):
            assert f"| `{path}` |" in page


def test_paths_at_the_providers() -> None:
    page = render({"acme": {"people": CUSTOMERS, "bills": INVOICES}})
    rows = {line.split("|")[1].strip(): line for line in reversed(page.splitlines()) if line.startswith("| `")}
    assert "acme · people" in page
    assert "`mail\\|address`" in next(line for line in page.splitlines() if line.startswith("| `email` |"))
    assert any("← `created` (epoch)" in line for line in page.splitlines() if line.startswith("| `remote_created_at` |"))
    assert any(line.endswith("| `fax` |") for line in page.splitlines() if line.startswith("| `phones[].value` |"))
    assert rows["`line_items[].quantity`"].endswith("| `lines[].qty` |")
    assert any("(list_of)" in line for line in page.splitlines() if line.startswith("| `tags[]` |"))


def test_the_same_input_gives_the_same_page() -> None:
    given = {"b": {"y": INVOICES, "x": CUSTOMERS}, "a": {"z": CUSTOMERS}}
    turned = {"a": {"z": CUSTOMERS}, "b": {"x": CUSTOMERS, "y": INVOICES}}
    assert render(given) == render(turned)
    assert all(len(line) < 4000 for line in render(given).splitlines())
