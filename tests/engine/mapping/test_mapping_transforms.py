"""Every transform: its examples, its laws on random data, and data from all over the world."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orion_core.engine.mapping import TRANSFORMS, Context, Unfit, apply_transform
from orion_core.engine.mapping.transforms import country_names, country_of, split_address, split_full_name
from orion_core.engine.schema.money import EXPONENTS, STRIPE_EXPONENTS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
MOMENT = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
LONG = st.integers(-(2**63) + 1, 2**63 - 1)
NUMBER = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15)
WORD = st.text(st.characters(categories=["L"]), min_size=1, max_size=8)
CURRENCY = st.sampled_from(sorted(EXPONENTS))
# Adapters register transforms of their own and test them with themselves.
BUILT_IN = sorted(name for name, known in TRANSFORMS.items() if known.make.__module__.startswith("orion_core.engine.mapping."))

# name → (arguments, values it accepts): where `exact`, the inverse gives the value back, else the same unified value
DOMAINS: dict[str, list[tuple[dict[str, Any], st.SearchStrategy[Any]]]] = {
    "epoch": [({}, st.integers(-62135596800, 253402300799))],
    "epoch_ms": [({}, st.integers(-62135596800000, 253402300799999))],
    "iso_datetime": [
        ({}, MOMENT.map(lambda moment: moment.isoformat())),
        ({"zone": "America/New_York"}, MOMENT.map(lambda moment: moment.replace(year=2024, day=1, tzinfo=None).isoformat())),
    ],
    "date": [
        ({}, st.dates().map(date.isoformat)),
        ({"style": "epoch_ms"}, st.dates().map(lambda day: int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000)),
    ],
    "decimal": [({}, NUMBER.map(str)), ({"as": "number"}, st.integers() | st.floats(-1e15, 1e15))],
    "percent": [({}, NUMBER.map(str))],
    "integer": [({}, LONG), ({"as": "text"}, LONG.map(str))],
    "boolean": [({}, st.booleans() | st.sampled_from(["yes", "No", "TRUE", "0"])), ({"negate": True, "as": "text"}, st.booleans())],
    "minor_money": [({"currency": "ccy", "exponents": STRIPE_EXPONENTS}, st.integers(-(10**15), 10**15))],
    "currency_upper": [({}, CURRENCY.map(str.lower))],
    "text": [({}, TEXT | st.integers()), ({"as": "integer"}, st.integers())],
    "lower": [({}, TEXT)],
    "upper": [({}, TEXT)],
    "trim": [({}, TEXT)],
    "list_of": [({}, st.lists(WORD, max_size=4).map(",".join)), ({"separator": ";"}, st.lists(WORD, max_size=4).map("; ".join))],
    "enum": [({"map": {"Closed Won": "won", "Lost": "lost", "closed": "won"}}, st.sampled_from(["Closed Won", "Lost", "closed", "LOST"]))],
    "lookup": [({"table": {"1": "one", "2": "two"}}, st.sampled_from(["1", "2", "3"]))],
    "split_name": [({}, TEXT)],
    "default": [({"value": "x"}, TEXT)],
    "id_of": [({}, TEXT)],
    "parse_address": [({}, TEXT)],
    "country_code": [({}, st.sampled_from(sorted(country_names())))],
    "format_phone": [({"country": "DE"}, TEXT | st.from_regex(r"\+?[0-9 ()-]{5,16}", fullmatch=True))],
}


@pytest.mark.parametrize("name", sorted(DOMAINS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_there_and_back(name: str, data: st.DataObject) -> None:
    transform = TRANSFORMS[name]
    for args, values in DOMAINS[name]:
        value = data.draw(values)
        there = transform.forward(value, Context({}), args)
        back = transform.inverse(there, Context({"currency": "EUR"}), args)
        if transform.exact:
            assert back == value
        assert transform.forward(back, Context({}), args) == there


def test_every_invertible_transform_is_tested() -> None:
    needs_args = {"major_money", "minor_price"}  # below, with a currency
    for name in BUILT_IN:
        transform = TRANSFORMS[name]
        one_way = name in ("sum", "join", "template", "constant", "extract_email_domain", "join_name")
        assert one_way or name in DOMAINS or name in needs_args, f"{name} has no law test"
        assert transform.doc
        assert transform.describe()["params"]["type"] == "object"


@pytest.mark.parametrize("name", BUILT_IN)
def test_examples_in_the_registry_hold(name: str) -> None:
    for value, args, wanted in TRANSFORMS[name].examples:
        assert TRANSFORMS[name].forward(value, None, args) == wanted


@given(minor=st.integers(-(10**18), 10**18), currency=CURRENCY, as_number=st.booleans())
def test_major_money_is_exact_in_every_currency(minor: int, currency: str, as_number: bool) -> None:
    args = {"currency": "currency", "as": "number" if as_number else "text"}
    ctx = Context({"currency": currency})
    written = TRANSFORMS["major_money"].inverse(minor, ctx, args)
    assert TRANSFORMS["major_money"].forward(written, ctx, args) == minor


@given(price=NUMBER, currency=CURRENCY)
def test_minor_price_is_exact_in_every_currency(price: Decimal, currency: str) -> None:
    ctx = Context({"currency": currency})
    written = TRANSFORMS["minor_price"].inverse(price, ctx)
    assert TRANSFORMS["minor_price"].forward(written, ctx) == price


@given(minor=st.integers(-(10**12), 10**12), currency=st.sampled_from([*STRIPE_EXPONENTS, "USD", "JPY", "BHD"]))
def test_what_stripe_takes_comes_back(minor: int, currency: str) -> None:
    args, ctx = {"currency": "currency", "exponents": STRIPE_EXPONENTS}, Context({"currency": currency})
    if currency == "MGA":
        minor -= minor % 100  # Stripe counts whole ariary
    assert TRANSFORMS["minor_money"].forward(TRANSFORMS["minor_money"].inverse(minor, ctx, args), ctx, args) == minor


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ("2026-05-01T07:25:37.000+0000", datetime(2026, 5, 1, 7, 25, 37, tzinfo=UTC)),  # Salesforce
        ("2026-03-31T16:49:28-07:00", datetime(2026, 3, 31, 23, 49, 28, tzinfo=UTC)),  # QuickBooks
        ("2026-02-25T16:23:49.023Z", datetime(2026, 2, 25, 16, 23, 49, 23000, tzinfo=UTC)),  # HubSpot
        ("1771950229023", datetime(2026, 2, 24, 16, 23, 49, 23000, tzinfo=UTC)),  # HubSpot, older
        ("2026-02-25 16:23:49", datetime(2026, 2, 25, 16, 23, 49, tzinfo=UTC)),
        ("2026-02-25", datetime(2026, 2, 25, tzinfo=UTC)),
        ("", None),
        (" ", None),
    ],
)
def test_times_of_all_providers(sent: str, wanted: datetime | None) -> None:
    assert apply_transform("iso_datetime", sent) == wanted


@pytest.mark.parametrize("name", ["epoch", "epoch_ms", "iso_datetime", "date"])
@pytest.mark.parametrize(
    "bad", ["tomorrow", "2026-13-01T00:00:00Z", [], {}, 10**30, "9" * 40, float("nan"), float("inf"), True, "0000-00-00"]
)
def test_no_time_is_unfit_and_never_another_error(name: str, bad: Any) -> None:
    with pytest.raises(Unfit):
        apply_transform(name, bad)


def test_a_time_is_written_in_utc() -> None:
    moment = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert TRANSFORMS["iso_datetime"].inverse(moment) == "2026-01-01T00:00:00Z"
    assert TRANSFORMS["iso_datetime"].inverse(moment, None, {"style": "epoch_ms"}) == 1767225600000


@pytest.mark.parametrize("name", ["decimal", "percent", "integer", "major_money", "minor_money", "minor_price"])
@pytest.mark.parametrize("bad", ["NaN", "Infinity", float("nan"), "1e999999", "12,5", "١٢x", [], {}, True, "0x10"])
def test_no_number_is_unfit(name: str, bad: Any) -> None:
    with pytest.raises(Unfit):
        apply_transform(name, bad, record={"currency": "USD"})


def test_amounts_never_round() -> None:
    for sent, currency in (("10.505", "USD"), (1.005, "EUR"), ("0.5", "JPY"), ("1.0005", "KWD")):
        with pytest.raises(Unfit) as why:
            apply_transform("major_money", sent, record={"currency": currency})
        assert why.value.flag == "inexact"
    assert apply_transform("major_money", 0.1, record={"currency": "usd"}) == 10
    assert apply_transform("major_money", "362.07", record={"currency": "usd"}) == 36207
    assert apply_transform("major_money", Decimal("1e3"), record={"currency": "jpy"}) == 1000


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("Juan Carlos de la Cruz", "Juan Carlos", "de la Cruz"),
        ("Lovelace, Ada", "Ada", "Lovelace"),
        ("Martin Luther King Jr.", "Martin Luther", "King Jr."),
        ("山田太郎", "山田太郎", ""),
        ("Владимир Иванов", "Владимир", "Иванов"),
        ("محمد بن سلمان", "محمد بن", "سلمان"),
        ("  Grace   Hopper ", "Grace", "Hopper"),
        ("Cher", "Cher", ""),
        ("Van Morrison", "Van", "Morrison"),
        ("Acme, Inc., Berlin", "Acme, Inc.,", "Berlin"),
        ("", "", ""),
        (",", ",", ""),
    ],
)
def test_names(name: str, first: str, last: str) -> None:
    assert split_full_name(name) == (first, last)


@given(first=WORD, last=WORD)
def test_joining_is_the_inverse_of_splitting(first: str, last: str) -> None:
    joined = TRANSFORMS["join_name"].forward({"first_name": first, "last_name": last})
    assert TRANSFORMS["split_name"].inverse(TRANSFORMS["split_name"].forward(joined)) == joined


@pytest.mark.parametrize(
    ("sent", "country", "wanted", "flags"),
    [
        ("(415) 555-2671", "US", "+14155552671", []),
        ("030 901820", "DE", "+4930901820", []),
        ("+44 20 7946 0958", None, "+442079460958", []),
        ("03-3224-9999", "JP", "+81332249999", []),
        ("11 98765-4321", "BR", "+5511987654321", []),
        ("+49 30 901820 ext. 12", None, "+49 30 901820 ext. 12", ["phone_unparsed"]),
        ("call me", "US", "call me", ["phone_unparsed"]),
        ("123", "US", "123", ["phone_unparsed"]),
        ("", "US", "", []),
    ],
)
def test_phones(sent: str, country: str | None, wanted: str, flags: list[str]) -> None:
    ctx = Context({"address": {"country": "United States"}})
    assert TRANSFORMS["format_phone"].forward(sent, ctx, {} if country is None else {"country": country}) == wanted
    assert ctx.flags == flags
    if country == "US":
        assert TRANSFORMS["format_phone"].forward(sent, ctx, {"country_path": "address.country"}) == wanted


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("313 Constitution Place\nAustin, TX 78767\nUSA", ("313 Constitution Place", "Austin", "TX", "78767", "US")),
        ("Hauptstr. 5, 10115 Berlin, Deutschland", ("Hauptstr. 5", "Berlin", None, "10115", "DE")),
        ("2 Place Jussieu, 75005 Paris, France", ("2 Place Jussieu", "Paris", None, "75005", "FR")),
        ("10 Downing Street, London SW1A 2AA, UK", ("10 Downing Street", "London", None, "SW1A 2AA", "GB")),
        ("1 King St W, Toronto, ON M5H 2N2, Canada", ("1 King St W", "Toronto", "ON", "M5H 2N2", "CA")),
        ("Keizersgracht 1, 1015 CN Amsterdam, Nederland", ("Keizersgracht 1", "Amsterdam", None, "1015 CN", "NL")),
        ("5 Main St, San Jose, CA", ("5 Main St", "San Jose", "CA", None, "US")),
        ("〒100-0001 東京都千代田区千代田1-1", ("東京都千代田区千代田1-1", None, None, "100-0001", None)),
        ("12 Ocean Dr.", ("12 Ocean Dr.", None, None, None, None)),
        ("", (None, None, None, None, None)),
    ],
)
def test_addresses(text: str, parts: tuple[str | None, ...]) -> None:
    found = split_address(text)
    assert tuple(found.get(name) for name in ("line1", "city", "state", "postal_code", "country_code")) == parts
    assert found["formatted"] == text


def test_countries() -> None:
    assert len(country_names()) == 250
    for name in ("Germany", "DEU", "de", "Deutschland", "  deutschland "):
        assert country_of(name) == "DE"
    for name, code in (
        ("the Netherlands", "NL"),
        ("U.S.A.", "US"),
        ("Cote d’Ivoire", "CI"),
        ("日本", "JP"),
        ("TURKIYE", "TR"),
        ("EL", "GR"),
    ):
        assert country_of(name) == code
    for name in ("", "Atlantis", None, 5, "x" * 500):
        assert country_of(name) is None


@pytest.mark.parametrize(
    ("name", "args", "value", "wanted"),
    [
        ("join", {"paths": ["a", "b.c"]}, None, "x z"),
        ("join", {"paths": ["none"]}, None, None),
        ("template", {"template": "{a}-{b.c}!"}, None, "x-z!"),
        ("template", {"template": "{none}"}, None, None),
        ("constant", {"value": 5}, None, 5),
        ("default", {"value": "y"}, "", "y"),
        ("lookup", {"table": {"1": "one"}, "default": "other"}, 9, "other"),
        ("extract_email_domain", {}, "Ada@Sub.Example.ORG", "sub.example.org"),
        ("extract_email_domain", {"skip_free": True}, "ada@gmail.com", None),
        ("sum", {"path": "n"}, [{"n": 1}, {"n": 2}], 3),
        ("enum", {"map": {"a": "b"}, "fallback": None}, "", None),
        ("list_of", {}, " a, ,b ", ["a", "b"]),
    ],
)
def test_the_others(name: str, args: dict[str, Any], value: Any, wanted: Any) -> None:
    assert apply_transform(name, value, args, record={"a": "x", "b": {"c": "z"}}) == wanted


@pytest.mark.parametrize("name", BUILT_IN)
def test_arguments_are_checked(name: str) -> None:
    with pytest.raises(ValueError, match="unknown argument"):
        TRANSFORMS[name].bind({"nonsense": 1})


@pytest.mark.parametrize("name", BUILT_IN)
@settings(max_examples=25, deadline=None)
@given(
    value=st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.lists(TEXT, max_size=2)
    | st.dictionaries(TEXT, TEXT, max_size=2)
)
def test_nothing_but_unfit_is_raised(name: str, value: Any) -> None:
    args = {
        "enum": {"map": {"a": "b"}},
        "lookup": {"table": {}},
        "default": {"value": 1},
        "constant": {"value": 1},
        "join": {"paths": ["a"]},
    }
    more = {"template": {"template": "{a}"}}
    try:
        apply_transform(name, value, {**args, **more}.get(name, {}), record={"currency": "USD"})
    except Unfit as why:
        assert str(why)
