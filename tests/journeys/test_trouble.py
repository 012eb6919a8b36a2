"""Bad days: a refused credential, held-back deletes, a record set aside, a run that must stop, a connection that must go."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Instance, sign_in

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def ready(small: Instance, page: Page) -> Iterator[Page]:
    """Signed in, with both lab connections synced once and idle; the lab is well again afterwards."""
    sign_in(page, small.url)
    first = page.get_by_role("button", name="Connect lab")
    expect(first.or_(page.get_by_role("table", name="Sync matrix: connections by model"))).to_be_visible()
    if first.is_visible():
        first.click()
    expect(page.get_by_role("link", name=re.compile("^Invoices from HubSpot: .* records, healthy"))).to_be_visible(timeout=60_000)
    expect(page.get_by_role("link", name=re.compile("^Products from Stripe: .* records, healthy"))).to_be_visible(timeout=60_000)
    yield page
    for path in ("/faults", "/poison"):
        small.lab("DELETE", path)
    small.lab("POST", "/latency", {"ms": 0})
    small.lab("POST", "/tokens", {"provider": "hubspot", "restore": ["pat-lab-orion"]})


def open_connection(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Connections").click()
    page.get_by_role("table", name="Connections", exact=True).get_by_role("link", name=re.compile(name)).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def read_again(page: Page) -> None:
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Read everything again").click()


def test_a_refused_credential_is_replaced(small: Instance, ready: Page) -> None:
    page = ready
    small.lab("POST", "/tokens", {"provider": "hubspot", "revoke": ["pat-lab-orion"]})
    open_connection(page, "HubSpot")
    page.get_by_role("button", name="Sync now").click()
    panel = page.get_by_role("alert")
    expect(panel.get_by_role("heading", name="HubSpot no longer accepts the credential")).to_be_visible(timeout=60_000)
    for fact in ("What to do", "What is safe", "Next try"):
        expect(panel.get_by_text(fact)).to_be_visible()
    expect(panel.get_by_text(re.compile(r"records and all cursors"))).to_be_visible()
    panel.get_by_role("link", name="Enter a new credential").click()
    page.get_by_label("Private app token").fill("pat-lab-orion")
    page.get_by_role("button", name="Test and replace").click()
    expect(page.get_by_text(re.compile("answered 401")).last).to_be_visible()
    page.get_by_label("Private app token").fill("pat-lab-second")
    page.get_by_role("button", name="Test and replace").click()
    expect(page.get_by_text("Credential replaced")).to_be_visible()
    page.get_by_role("button", name="Sync now").click()
    page.get_by_role("navigation", name="Connection").get_by_role("link", name="Runs").click()
    expect(page.get_by_role("row", name=re.compile("^Succeeded .*Incremental")).first).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Healthy", exact=True)).to_be_visible(timeout=30_000)


def test_deletes_are_held_back_until_allowed(small: Instance, ready: Page) -> None:
    page = ready
    gone = len(small.lab("POST", "/mutate", {"provider": "hubspot", "object": "contacts", "n": 90, "deletes": 90, "creates": 0})["deleted"])
    open_connection(page, "HubSpot")
    read_again(page)
    panel = page.get_by_role("alert")
    expect(panel.get_by_role("heading", name="Many deletes are held back")).to_be_visible(timeout=60_000)
    expect(panel.get_by_text(re.compile("Nothing was deleted"))).to_be_visible()
    panel.get_by_role("button", name="Allow these deletes").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Allow deletes").click()
    expect(panel).to_be_hidden(timeout=60_000)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Overview").click()
    left = f"^Customers from HubSpot: {200 - gone} records, healthy"
    expect(page.get_by_role("link", name=re.compile(left))).to_be_visible(timeout=60_000)


def test_a_record_is_set_aside_and_the_rest_passes(small: Instance, ready: Page) -> None:
    page = ready
    small.lab("POST", "/poison", {"provider": "hubspot", "object": "companies", "index": 3, "kind": "nested"})
    open_connection(page, "HubSpot")
    read_again(page)
    tab = page.get_by_role("navigation", name="Connection").get_by_role("link", name=re.compile("^Dead letters 1"))
    expect(tab).to_be_visible(timeout=60_000)
    tab.click()
    expect(page.get_by_text("nested deeper than")).to_be_visible()
    page.get_by_text("The record as it was sent").click()
    expect(page.get_by_label("The record as it was sent")).to_contain_text("properties")
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_text("0 of 1 stored")).to_be_visible()
    expect(page.get_by_text("2 tries")).to_be_visible()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Overview").click()
    expect(page.get_by_role("link", name=re.compile("^Companies from HubSpot: 40 records, degraded"))).to_be_visible()


def test_stop_choose_schedule_and_delete(small: Instance, ready: Page) -> None:
    page = ready
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Connections").click()
    small.lab("POST", "/latency", {"ms": 800})
    page.get_by_role("checkbox", name="Select all").click()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("toolbar").get_by_role("button", name="Backfill").click()
    expect(page.get_by_text("2 backfills started")).to_be_visible()
    open_connection(page, "Stripe")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name=re.compile("^Stop"))).to_have_count(0, timeout=60_000)
    small.lab("POST", "/latency", {"ms": 0})
    tabs = page.get_by_role("navigation", name="Connection")
    tabs.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("row", name=re.compile("^Stopped .*Full")).first).to_be_visible()

    tabs.get_by_role("link", name="Schedule").click()
    page.get_by_label("At set times").click()
    page.get_by_label("Cron").fill("99 x")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_text("Cron has five fields")).to_be_visible()
    page.get_by_label("Every so often").click()
    page.get_by_label("Interval").select_option("1800")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_text("Next run: in")).to_be_visible()

    tabs.get_by_role("link", name="Streams").click()
    page.get_by_role("checkbox", name="Products").uncheck()
    page.get_by_text(re.compile(r"^\d+ fields")).first.click()
    page.get_by_role("checkbox", name="phone", exact=True).first.uncheck()
    page.get_by_role("button", name="Save streams").click()
    expect(page.get_by_text("1 left out")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 left out")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Products")).not_to_be_checked()

    tabs.get_by_role("link", name="Settings").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    box = page.get_by_role("dialog")
    box.get_by_role("button", name="Delete connection").click()
    expect(box.get_by_text("Type Stripe, as it is written.")).to_be_visible()
    box.get_by_role("textbox").fill("Stripe")
    box.get_by_role("button", name="Delete connection").click()
    expect(page.get_by_text("Connection deleted")).to_be_visible()
    expect(page.get_by_text("1 connection", exact=True)).to_be_visible()
