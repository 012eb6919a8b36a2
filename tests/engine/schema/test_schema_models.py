"""The models: tolerant where providers are odd, strict where a caller errs, readable across versions."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from orion_core.engine.schema import (
    COLUMNS,
    INFO,
    MODELS,
    UnifiedAddress,
    UnifiedBase,
    UnifiedCustomer,
    UnifiedDeal,
    UnifiedEvent,
    UnifiedInvoice,
    UnifiedLineItem,
    field_of,
    fields_of,
    model_of,
    upcaster,
    versions,
)
from orion_core.engine.schema.base import UNKNOWN


def test_the_fields_the_mission_names() -> None:
    customer = UnifiedCustomer(
        email="ada@example.org",
        name="Ada",
        phone=None,
        company="Analytical",
        billing_address=UnifiedAddress(city="London"),
        shipping_address=None,
        tags=["vip"],
        custom_fields={"x": 1},
        is_active=True,
    )
    assert customer.__schema_version__ == "1.0.0"
    assert UnifiedCustomer().is_active
    assert UnifiedCustomer().tags == []


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_field_has_a_meaning_and_every_model_is_rich(name: str) -> None:
    fields = fields_of(model_of(name))
    assert len(fields) >= 45
    for path, spec in fields.items():
        assert spec.description, path
        assert spec.description[-1] in ".…)", path
        last = path.removesuffix("[]").rpartition(".")[2]
        kinds = {"_minor": "int", "_at": "time", "_on": "date"}
        for ending, kind in kinds.items():
            if last.endswith(ending):
                assert spec.kind == kind, path
        if last.startswith(("is_", "has_")):
            assert spec.kind == "bool", path
        if spec.vocabulary:
            assert UNKNOWN in spec.vocabulary, path


def test_an_unknown_word_is_kept_and_flagged() -> None:
    invoice = UnifiedInvoice(status="in_limbo")
    assert (invoice.status, invoice.status_raw, invoice.flags) == ("unknown", "in_limbo", ["status_unknown"])
    assert UnifiedInvoice(status="in_limbo", status_raw="Limbo").status_raw == "Limbo"
    customer = UnifiedCustomer(tax_exempt="partly")
    assert (customer.tax_exempt, customer.custom_fields, customer.flags) == (
        "unknown",
        {"tax_exempt_raw": "partly"},
        ["tax_exempt_unknown"],
    )
    assert UnifiedInvoice(status="paid").flags == []


def test_null_lists_are_empty_and_a_typing_error_is_refused() -> None:
    assert UnifiedCustomer.model_validate({"tags": None, "is_active": None, "emails": [{"custom_fields": None}]}).tags == []
    with pytest.raises(ValidationError, match="emial"):
        UnifiedCustomer.model_validate({"emial": "x"})


def test_times_are_utc_and_decimals_exact() -> None:
    deal = UnifiedDeal.model_validate(
        {"closed_at": "2026-01-01T01:00:00+01:00", "probability": "0.1", "last_activity_at": datetime(2026, 1, 1)}
    )
    assert deal.closed_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert deal.closed_at.tzinfo is UTC
    assert deal.last_activity_at == deal.closed_at
    line = UnifiedLineItem(unit_price=Decimal("0.10"))
    assert UnifiedInvoice(line_items=[line]).to_stored()["line_items"][0]["unit_price"] == "0.10"


def test_only_what_was_set_is_written() -> None:
    old = UnifiedCustomer(name="Ada", phone="1", billing_address=UnifiedAddress(city="London"))
    new = UnifiedCustomer(name="Ada", phone=None, billing_address=UnifiedAddress(city="London"), company="X")
    assert old.as_fields() == {"name": "Ada", "phone": "1", "billing_address": {"city": "London"}}
    assert old.as_fields(only={"name"}) == {"name": "Ada"}
    assert new.changed_from(old) == {"phone": None, "company": "X"}
    assert new.changed_from(new) == {}


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    "int": st.integers(-(2**60), 2**60),
    "bool": st.booleans(),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=4).map(Decimal),
    "time": st.datetimes(timezones=st.just(UTC)),
    "date": st.dates(),
}


@pytest.mark.parametrize("name", sorted(MODELS))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_stored_and_read_again(name: str, data: st.DataObject) -> None:
    model = model_of(name)
    flat = {path: spec for path, spec in fields_of(model).items() if spec.kind in VALUES and "." not in path}
    chosen = data.draw(st.sets(st.sampled_from(sorted(flat)), max_size=8))
    record = model.model_validate({path: data.draw(VALUES[flat[path].kind]) for path in chosen})
    stored = orjson.loads(orjson.dumps(record.to_stored()))
    assert stored["schema_version"] == "1.0.0"
    assert model.from_stored(stored) == record
    assert model.upcast(stored, "1.0.0") == stored


# --- versions ---------------------------------------------------------------------------------------------------------------


class Thing(UnifiedBase):
    """A model with a past: `fullname` was split in 2.0.0, `colour` renamed in 3.0.0."""

    __model__: ClassVar[str] = "thing_of_the_tests"
    __schema_version__: ClassVar[str] = "3.1.0"
    first: str | None = None
    last: str | None = None
    color: str | None = None
    size: int | None = None


@upcaster("thing_of_the_tests", "1.0.0", "2.0.0")
def _split_name(stored: dict[str, Any]) -> dict[str, Any]:
    first, _, last = stored.pop("fullname", "").partition(" ")
    return {**stored, "first": first, "last": last}


@upcaster("thing_of_the_tests", "2.0.0", "3.0.0")
def _rename_colour(stored: dict[str, Any]) -> dict[str, Any]:
    if "colour" in stored:
        stored["color"] = stored.pop("colour")
    return stored


def test_old_records_stay_readable() -> None:
    oldest = {"schema_version": "1.0.0", "fullname": "Ada Lovelace", "colour": "red"}
    thing = Thing.from_stored(oldest)
    assert (thing.first, thing.last, thing.color) == ("Ada", "Lovelace", "red")
    assert oldest["fullname"] == "Ada Lovelace", "the stored record is not changed"
    assert Thing.from_stored({"schema_version": "1.4.2", "fullname": "Ada L", "colour": "red"}).color == "red", "a later minor of 1 too"
    assert Thing.from_stored({"schema_version": "2.0.0", "first": "A", "colour": "red"}).color == "red"
    assert Thing.from_stored({"schema_version": "3.0.0", "first": "A"}).first == "A"


def test_newer_records_are_read_as_far_as_they_go() -> None:
    thing = Thing.from_stored({"schema_version": "3.9.0", "first": "A", "taste": "sweet"})
    assert (thing.first, thing.custom_fields, thing.flags) == ("A", {"taste": "sweet"}, ["schema_newer"])
    with pytest.raises(ValueError, match="upgrade Orion"):
        Thing.from_stored({"schema_version": "4.0.0"})


@given(st.dictionaries(st.sampled_from(["fullname", "first", "colour", "color", "size"]), st.text(max_size=5)))
def test_upcasting_the_current_version_changes_nothing(stored: dict[str, Any]) -> None:
    assert Thing.upcast(stored, "3.1.0") == stored
    lifted = Thing.upcast(stored, "1.0.0")
    assert Thing.upcast(lifted, "3.1.0") == lifted
    assert (
        versions.upcast("thing_of_the_tests", versions.upcast("thing_of_the_tests", stored, "1.0.0", "2.0.0"), "2.0.0", "3.1.0") == lifted
    )


def test_versions_are_checked() -> None:
    for bad in ("1", "1.0", "1.0.x", "v1.0.0", ""):
        with pytest.raises(ValueError, match="not a version"):
            versions.parse_version(bad)
    with pytest.raises(ValueError, match="goes forward"):
        upcaster("thing_of_the_tests", "2.0.0", "1.0.0")
    with pytest.raises(ValueError, match="already has"):
        upcaster("thing_of_the_tests", "1.0.0", "1.5.0")(lambda stored: stored)


# --- registry ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(MODELS))
def test_columns_titles_and_search_fit_the_model(name: str) -> None:
    columns, info = COLUMNS[name], INFO[name]
    names = [column.name for column in columns]
    assert 0 < len(columns) <= 12
    assert len(set(names)) == len(names)
    for column in columns:
        for path in column.sources():
            spec = field_of(model_of(name), path)
            assert spec is not None, path
            assert spec.kind == column.kind or {spec.kind, column.kind} == {"time", "date"}, path
    assert set(info.shown) | set(info.searched) | {info.label} <= set(names)
    assert info.title
    assert all({column.name: column.kind for column in columns}[name] == "text" for name in info.searched)


def test_an_unknown_model_lists_the_known() -> None:
    with pytest.raises(KeyError, match="there are customer"):
        model_of("custumer")


def test_an_event() -> None:
    event = UnifiedEvent(type="customer.updated", action="updated", object_type="customer", object_id="cus_1", data={"id": "cus_1"})
    assert UnifiedEvent.from_stored(event.to_stored()) == event
