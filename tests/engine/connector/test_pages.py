"""Pages cut into records: the bytes stay, what is broken is named, nothing stops the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_core.base.errors import BadResponse, ProviderUnavailable
from orion_core.engine.connector.pages import PageDecoder, compact, leave_out
from orion_core.engine.connector.peek import struct_of

DECODER = PageDecoder("data", "id", "updated", ("has_more", "paging.next.after"))


def body(*records: str, **rest: Any) -> bytes:
    extra = "".join(f', "{key}": {json.dumps(value)}' for key, value in rest.items())
    return f'{{"data": [{", ".join(records)}]{extra}}}'.encode()


def test_records_keep_their_bytes() -> None:
    one, two = '{"id":"a",  "n": 1.10, "x":"\\u00e9é"}', '{ "id": 7, "updated": 5 }'
    split = DECODER.split(body(one, two, has_more=True, paging={"next": {"after": "t"}}))
    assert split.records == [one.encode(), two.encode()]
    assert split.ids == ["a", "7"]
    assert split.values == {"has_more": True, "paging.next.after": "t"}
    assert (split.count, split.last_id, split.poison) == (2, "7", [])


def test_indented_pages_give_the_bytes_of_a_compact_one() -> None:
    record = {"id": "a", "deep": {"text": "two\nlines  and {braces}"}}
    indented = json.dumps({"data": [record]}, indent=2).encode()
    assert DECODER.split(indented).records == [compact(json.dumps(record, indent=4).encode())]
    assert json.loads(DECODER.split(indented).records[0]) == record


@pytest.mark.parametrize("text", ['{"data": []}', '{"data": null}', '\ufeff{"data": []}'])
def test_empty_pages(text: str) -> None:
    assert DECODER.split(text.encode()).count == 0


def test_absent_paging_values_are_none() -> None:
    assert DECODER.split(body('{"id": "a"}')).values == {"has_more": None, "paging.next.after": None}


def test_top_level_list_and_nested_ids() -> None:
    split = PageDecoder("", "meta.id", None, ()).split(b'[{"meta": {"id": 5}}, {"meta": {"id": "x"}}]')
    assert split.ids == ["5", "x"]
    assert PageDecoder("a.b-c.d", "i d", None, ()).split(b'{"a": {"b-c": {"d": [{"i d": "1"}]}}}').ids == ["1"]


@pytest.mark.parametrize(("record", "reason"), [
    ('{"name": "no id"}', "no id"),
    ('{"id": null}', "no id"),
    ('{"id": ""}', "empty|no id"),
    ('{"id": 1.5}', "a fraction"),
    ('{"id": true}', "true or false"),
    ('{"id": {"x": 1}}', "an object"),
    ('{"id": "bad", "n": NaN}', "NaN"),
    ('{"id": "bad", "deep": {"n": [-Infinity]}}', "NaN or Infinity"),
    ('{"id": "\\ud800"}', "surrogate"),
    ('"text"', "text, not an object"),
    ("null", "null, not an object"),
    ('{"id": "deep", "d": ' + "[" * 201 + "]" * 201 + "}", "deeper than 100"),
])
def test_a_poison_record_does_not_stop_the_others(record: str, reason: str) -> None:
    split = DECODER.split(body('{"id": "good", "x": "\\ud800 stays"}', record, '{"id": "last"}', has_more=True))
    assert split.ids == ["good", "last"] and split.count == 3
    assert split.values["has_more"] is True and split.last_id == "last"
    assert len(split.poison) == 1
    assert any(word in split.poison[0].reason for word in reason.split("|")), split.poison[0].reason
    assert split.poison[0].data


def test_nul_and_lone_surrogates_pass_as_sent() -> None:
    split = DECODER.split(body('{"id": "a", "x": "nul \\u0000 lone \\udc00"}'))
    assert b"\\u0000" in split.records[0] and b"\\udc00" in split.records[0]


def test_doubles_in_a_page_keep_the_newer() -> None:
    split = DECODER.split(body('{"id":"a","updated":2,"v":1}', '{"id":"b"}', '{"id":"a","updated":1,"v":2}', '{"id":"b","v":3}'))
    assert dict(zip(split.ids, split.records, strict=True)) == {"a": b'{"id":"a","updated":2,"v":1}', "b": b'{"id":"b","v":3}'}
    assert "came twice" in split.warnings[0] and split.count == 4


@pytest.mark.parametrize(("raw", "error", "words"), [
    (b'{"data": [{"id": "a"}, {"id": "b', ProviderUnavailable, "cut short"),
    (b'{"data": [{"id": "a"}', ProviderUnavailable, "cut short"),
    (b"", BadResponse, "empty"),
    (b'{"data": [}', BadResponse, "not valid JSON"),
    (b'{"items": []}', BadResponse, "an object with 'items'"),
    (b'{"data": {"id": "a"}}', BadResponse, "no list"),
    (b"[]", BadResponse, "a list"),
    (b'"text"', BadResponse, "text"),
    (b"[" * 100_000, BadResponse, "deeper"),
    (b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", BadResponse, "deeper"),
    (b'{"data": [{"id": ' + b"9" * 5_000 + b', "x": "\\ud800"}]}', BadResponse, "JSON"),
])
def test_bodies_that_are_no_page(raw: bytes, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        DECODER.split(raw)


def test_other_encodings_and_broken_utf8() -> None:
    text = '{"data": [{"id": "é"}]}'
    assert DECODER.split(text.encode("latin-1"), "iso-8859-1").ids == ["é"]
    assert DECODER.split(text.encode("utf-16"), "utf-16").ids == ["é"]
    split = DECODER.split(b'{"data": [{"id": "a", "x": "\xff"}]}')
    assert split.ids == ["a"] and "U+FFFD" in split.warnings[0]
    with pytest.raises(BadResponse, match="klingon"):
        DECODER.split(b"{}", "klingon")


@given(st.lists(st.fixed_dictionaries({"id": st.text(min_size=1).filter(str.strip)}, optional={"a": st.none() | st.integers() | st.text(), "updated": st.integers()}),
                unique_by=lambda item: item["id"], max_size=20))
def test_any_page_comes_back_whole(records: list[dict[str, Any]]) -> None:
    for text in (json.dumps({"data": records}), json.dumps({"data": records}, ensure_ascii=False, separators=(",", ":")), json.dumps({"data": records}, indent=1)):
        raw = text.encode("utf-8", "surrogatepass") if "\\ud" not in text else text.encode()
        split = DECODER.split(raw)
        assert [json.loads(item) for item in split.records] == records
        assert split.ids == [item["id"] for item in records]


@given(st.binary(max_size=200))
def test_no_body_crashes(raw: bytes) -> None:
    try:
        DECODER.split(raw)
    except (BadResponse, ProviderUnavailable):
        pass


def test_leave_out() -> None:
    record = b'{"id":"a","email":"x","address":{"city":"B","zip":"1"}}'
    assert json.loads(leave_out(record, {"email", "address.zip", "nothing.here"})) == {"id": "a", "address": {"city": "B"}}


def test_struct_of_skips_the_rest() -> None:
    import msgspec

    found = msgspec.json.decode(b'{"a": {"b": 1, "c": {"big": 1}}, "z": 2}', type=struct_of({"a.b": int}))
    assert msgspec.to_builtins(found) == {"a": {"b": 1}}
