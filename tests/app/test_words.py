"""How Orion writes numbers, ages, errors, code."""

from __future__ import annotations

import types
from datetime import UTC, datetime, timedelta

import pytest

from orion_app.components import format as words
from orion_app.components.records import highlight
from orion_app.components.states import SHAPES, shape, word
from orion_app.pages.connection import rows, trouble
from orion_app.shell.address import with_params
from orion_app.shell.pages_of_list import step_hrefs, trail_of

NOW = datetime(2026, 11, 19, 14, 32, tzinfo=UTC)


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (0, "0"), (1840, "1,840"), (1840.4, "1,840"), (3.25, "3.2"), (12.6, "13")])
def test_number(value: float | None, text: str) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(("share", "text"), [(0.0, "0 %"), (0.62, "62 %"), (0.999, "99 %"), (1.0, "100 %"), (None, "–")])
def test_percent_is_full_only_when_it_is_full(share: float | None, text: str) -> None:
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.6, "0.6 s"), (48, "48 s"), (81, "1 min 21 s"), (900, "15 min"), (7500, "2 h 5 min"), (86400, "1 day"), (None, "–")],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("back", "age", "ago"),
    [
        (timedelta(0), "now", "now"),
        (timedelta(seconds=4), "4 s", "4 s ago"),
        (timedelta(minutes=6), "6 min", "6 min ago"),
        (timedelta(hours=9), "9 h", "9 h ago"),
        (timedelta(days=7), "12 November", "12 November"),
        (-timedelta(minutes=13), "in 13 min", "in 13 min"),
        (timedelta(days=400), "15 October 2025", "15 October 2025"),
    ],
)
def test_age_and_ago(back: timedelta, age: str, ago: str) -> None:
    assert words.age(NOW - back, NOW) == age
    assert words.ago(NOW - back, NOW) == ago


def test_never() -> None:
    assert (words.age(None), words.ago(None)) == ("–", "never")


@pytest.mark.parametrize(
    ("kind", "value", "text"), [("interval", "900", "every 15 min"), ("cron", "0 3 * * 0", "cron 0 3 * * 0"), ("manual", "", "by hand")]
)
def test_schedule(kind: str, value: str, text: str) -> None:
    assert words.schedule(kind, value) == text


def test_monogram_and_initials() -> None:
    assert words.monogram("stripe") == "St"
    assert words.monogram("depot-wms") == "Dw"
    assert words.initials("Maren Holt") == "MH"
    assert words.initials("") == "?"


def test_an_unknown_state_is_never_drawn_as_fine() -> None:
    assert shape("something new") == "none"
    assert word("something_new") == "Something new"
    assert set(SHAPES.values()) <= {"healthy", "running", "degraded", "failed", "paused", "stale", "waiting", "none"}


def test_code_is_text_and_never_markup() -> None:
    lines = highlight({"a": "<script>alert(1)</script>", "n": -1.5, "t": None, "k": ["x"]})
    assert "".join(s.text for line in lines for s in line.spans).count("<script>") == 1
    assert {s.css for line in lines for s in line.spans} >= {"k", "s", "n", "w"}


def test_code_is_cut_with_a_word() -> None:
    lines = highlight([1] * 900, limit=10)
    assert len(lines) == 11
    assert "more lines" in lines[-1].spans[0].text


def test_spark_of_nothing_is_nothing() -> None:
    assert words.spark([], 10, 10) == ("", "")
    line, area = words.spark([0, 1, 2], 100, 20)
    assert line.startswith("M0") and area.endswith("Z")


def test_with_params_starts_at_the_first_page() -> None:
    here = {"q": "a", "cursor": "x", "sort": "name"}
    assert with_params("/records/customer", here, q="b") == "/records/customer?q=b&sort=name"
    assert with_params("/records/customer", here, q=None, sort=None) == "/records/customer"
    assert with_params("/p", here, cursor="y") == "/p?q=a&cursor=y&sort=name"


def test_previous_is_the_way_back() -> None:
    trail = trail_of([], "")
    trail = trail_of(trail, "b")
    trail = trail_of(trail, "c")
    assert trail == ["", "b", "c"]
    assert step_hrefs("/p", {}, trail, "d") == ("/p?cursor=b", "/p?cursor=d")
    assert trail_of(trail, "b") == ["", "b"]
    assert step_hrefs("/p", {}, ["", "b"], None) == ("/p", "")


def _stream(name: str, read: int, expected: int | None, state: str) -> types.SimpleNamespace:
    return types.SimpleNamespace(title=name, name=name, read=read, expected=expected, state=state)


def test_segments_show_no_fake_percent() -> None:
    parts = rows.segments([_stream("customers", 100, 100, "done"), _stream("invoices", 50, None, "running")])
    assert parts[0].share == "100.0%"
    assert parts[1].share == "0.0%" and not parts[1].known


def test_every_problem_says_what_to_do_and_what_is_safe() -> None:
    for code in ("reauthorize", "rate_limited", "bad_response", "mass_delete_held", "never heard of"):
        view = trouble.problem_view(
            {
                "code": code,
                "message": "It said no.",
                "next_step": "Do this.",
                "detail": {"method": "GET", "url": "https://x/y", "status": 500},
            },
            name="Stripe",
            state="failed",
            records=12,
            next_at=None,
            now=NOW,
        )
        assert view.title and view.cause and view.todo and view.safe and view.next_try
        assert "GET https://x/y" in view.detail and code in view.detail


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"Retry-After": "2"}, "wait 2 s"),
        ({"x-ratelimit-remaining": "97", "x-ratelimit-limit": "100"}, "97/100"),
        ({"X-HubSpot-RateLimit-Remaining": "8"}, "8 left"),
        ({}, "–"),
    ],
)
def test_budget(headers: dict[str, str], text: str) -> None:
    assert trouble.budget(headers) == text
