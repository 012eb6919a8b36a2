"""Paths: parsing, reading, putting."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_core.engine.mapping.path import ABSENT, EACH, leaves, parse, put, read, render

DATA: dict[str, Any] = {"a": {"b": 1, "n": None}, "l": [{"k": "x", "v": 1}, {"k": "y", "v": 2}], "d.t": 5, "e": []}


@pytest.mark.parametrize(
    ("path", "tokens"),
    [
        ("", ()),
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("l[]", ("l", EACH)),
        ("l[].v", ("l", EACH, "v")),
        ("l[0].v", ("l", 0, "v")),
        ("l[k=y].v", ("l", ("k", "y"), "v")),
        (r"d\.t", ("d.t",)),
        (r"a\[0\]", ("a[0]",)),
    ],
)
def test_parse_and_render(path: str, tokens: tuple[Any, ...]) -> None:
    assert parse(path) == tokens
    assert parse(render(tokens)) == tokens


@pytest.mark.parametrize("path", [".", "a.", ".a", "a..b", "a[", "a[x]", "a[=x]", "a[-1]", "a[0]b"])
def test_bad_paths_say_what_is_wrong(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse(path)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=4))
def test_any_key_survives_its_text(keys: list[str]) -> None:
    assert parse(render(tuple(keys))) == tuple(keys)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1),
        ("a.n", None),
        ("a.n.deeper", None),
        ("a.x", ABSENT),
        ("x.y", ABSENT),
        ("a.b.c", ABSENT),
        ("l[]", DATA["l"]),
        ("l[].v", [1, 2]),
        ("l[1].v", 2),
        ("l[9].v", ABSENT),
        ("l[k=y].v", 2),
        ("l[k=z].v", ABSENT),
        ("a[0]", ABSENT),
        (r"d\.t", 5),
        ("", DATA),
    ],
)
def test_read(path: str, found: Any) -> None:
    assert read(DATA, parse(path)) == found


def test_put_makes_the_way() -> None:
    body: dict[str, Any] = {}
    assert put(body, parse("a.b.c"), 1)
    assert put(body, parse("l[0].v"), 2)
    assert put(body, parse("p[type=fax].value"), "3")
    assert put(body, parse("p[type=fax].note"), "4")
    assert body == {"a": {"b": {"c": 1}}, "l": [{"v": 2}], "p": [{"type": "fax", "value": "3", "note": "4"}]}
    assert not put(body, parse("a.b.c"), 9, keep=True)
    assert not put(body, parse("a.b.c.d"), 9), "a value is in the way"
    assert not put(body, parse("l[5].v"), 9), "a list only grows at its end"
    assert read(body, parse("a.b.c")) == 1


def test_leaves() -> None:
    assert [(render(path), value) for path, value in leaves({"a": {"b": 1, "c": {}}, "l": [1, {"d": None}]})] == [
        ("a.b", 1),
        ("a.c", {}),
        ("l[0]", 1),
        ("l[1].d", None),
    ]
