"""The universe: deterministic, invertible, overlapping."""

from __future__ import annotations

import subprocess
import sys
import time

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.hubspot.links import Links
from lab.ids import IdCodec, NumberCodec
from lab.provider import Context, Options
from lab.stripe.layout import Layout
from lab.timeline import OLDEST, Timeline
from lab.world import World
from tests.lab.conftest import ROOT

indexes = st.integers(0, 2_000_000)


@given(indexes, st.integers(0, 50))
def test_identifiers_lead_back(index: int, salt: int) -> None:
    text = IdCodec("cus_", 14, salt=salt)
    assert text.decode(text.encode(index)) == index
    assert text.decode("cus_" + text.encode(index)[4:].swapcase()) != index or text.encode(index).swapcase() == text.encode(index)
    number = NumberCodec(734_000_000_000, salt=salt)
    assert number.decode(number.encode(index)) == index
    assert number.first_above(int(number.encode(index))) == index + 1
    assert int(number.encode(index)) < int(number.encode(index + 1))


@pytest.mark.parametrize("garbage", ["", "cus_", "cus_nope", "cus_" + "!" * 14, "in_" + "0" * 14, "cus_" + "z" * 14, "1" * 40])
def test_foreign_identifiers_are_not_found(garbage: str) -> None:
    assert IdCodec("cus_", 14).decode(garbage) is None
    assert NumberCodec(1_000).decode(garbage) is None


@given(st.integers(1, 400_000), st.integers(0, 1_800_000_000))
def test_timeline_both_ways(count: int, moment: int) -> None:
    for timeline in (Timeline(count), Timeline(count, oldest=OLDEST)):
        first = timeline.first_from(moment)
        assert first == timeline.count or timeline.at(first) >= moment
        assert first == 0 or timeline.at(first - 1) < moment


@given(st.integers(1, 3_000))
def test_layout_gives_every_invoice_one_customer(customers: int) -> None:
    layout = Layout(customers)
    of = [layout.of(customer) for customer in range(customers)]
    assert sorted(invoice for found in of for invoice in found) == list(range(layout.total))
    for invoice in range(0, layout.total, 7):
        customer, _ = layout.locate(invoice)
        assert invoice in of[customer]


@given(indexes, st.integers(0, 1_000))
def test_an_address_leads_back_to_its_person(index: int, seed: int) -> None:
    world = World(1_000, seed)
    person = world.person(index)
    assert world.find(person.email.upper()) == index
    assert person == World(1_000, seed).person(index)
    assert person.email.isascii() and person.email.endswith(".example")


def test_addresses_differ_and_telephone_numbers_are_valid() -> None:
    world = World(5_000, 7)
    people = [world.person(index) for index in range(5_000)]
    assert len({person.email for person in people}) == 5_000
    wrong = [p.phone for p in people if not phonenumbers.is_valid_number(phonenumbers.parse(p.phone))]
    assert not wrong, wrong[:5]
    assert len({person.locale.country for person in people}) >= 13
    assert len({company.domain for company in map(world.company, range(1_000))}) == 1_000


def test_seeds_and_sizes_make_other_worlds() -> None:
    names = {seed: [World(500, seed).person(index).name for index in range(50)] for seed in (1, 2)}
    assert names[1] != names[2]


def test_links_agree_in_both_directions() -> None:
    from lab.hubspot.api import HubSpot

    crm = HubSpot(Context(Options(size=300), World(300, 3))).crm
    links: Links = crm.links
    for source, target in (("contacts", "companies"), ("deals", "contacts"), ("deals", "companies"), ("invoices", "contacts"),
                           ("invoices", "companies"), ("invoices", "line_items"), ("tickets", "contacts"), ("tickets", "companies")):  # fmt: skip
        there = {(a, b) for a in crm.collections[source].live() for b, _ in links.get(source, target, a)}
        back = {(a, b) for b in crm.collections[target].live() for a, _ in links.get(target, source, b)}
        assert there and there == back, (source, target)


def test_providers_share_people_with_differences() -> None:
    from lab.hubspot.api import HubSpot
    from lab.stripe.api import Stripe

    context = Context(Options(size=500), World(500, 7))
    stripe, hubspot = Stripe(context), HubSpot(context)
    customers = [stripe.collections["customers"].get(index) for index in range(500)]
    contacts = [hubspot.collections["contacts"].get(index)["properties"] for index in range(500)]
    by_mail = {contact["email"]: contact for contact in contacts if contact["email"]}
    shared = [(c, by_mail[c["email"].lower()]) for c in customers if c["email"] and c["email"].lower() in by_mail]
    assert 250 <= len(shared) <= 400
    assert any(customer["email"] != contact["email"] for customer, contact in shared)
    assert any(customer["phone"] and contact["phone"] and customer["phone"] != contact["phone"] for customer, contact in shared)
    assert any(contact["phone"] is None and customer["phone"] for customer, contact in shared)


def test_a_million_records_need_no_time_and_no_memory() -> None:
    began = time.perf_counter()
    script = """
import re
from pathlib import Path
from lab.app import Lab
from lab.http import Request
from lab.provider import Options
lab = Lab(Options(size=1_000_000, limits="off"))
for path in ("/stripe/v1/customers", "/stripe/v1/invoices", "/hubspot/crm/v3/objects/contacts"):
    token = "sk_test_x" if "stripe" in path else "pat-x"
    answer = lab.handle(Request("GET", path, "limit=100", {"authorization": "Bearer " + token}))
    assert answer.status == 200, answer.body
body = b'{"limit":100,"filterGroups":[{"filters":[{"propertyName":"hs_object_id","operator":"GT","value":"734020000000"}]}]}'
answer = lab.handle(Request("POST", "/hubspot/crm/v3/objects/contacts/search", "", {"authorization": "Bearer pat-x"}, body))
assert answer.status == 200, answer.body
status = Path("/proc/self/status")
print(int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) // 1024 if status.exists() else 0)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 200
    assert time.perf_counter() - began < 10
