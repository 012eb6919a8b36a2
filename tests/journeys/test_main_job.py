"""The main job, by clicking: set up, connect Stripe and HubSpot from the lab, sync, browse customers and invoices, ask where a value is from."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Instance, shots


@pytest.mark.timeout(300)
def test_the_main_job(instance: Instance, page: Page) -> None:
    link = instance.said(r"http://localhost:\d+/setup\?token=\S+")

    # Set up the first owner through the one-time link.
    page.goto(link)
    expect(page.get_by_role("heading", name="Set up Orion")).to_be_visible()
    shots(page, "set-up")
    page.fill("input[name=name]", "Maren Holt")
    page.fill("input[name=workspace]", "Larkfield")
    page.fill("input[name=email]", "maren@larkfield.example")
    page.fill("input[name=password]", "short")
    page.get_by_role("button", name="Create owner").click()
    expect(page.get_by_text("Too short")).to_be_visible()
    page.fill("input[name=name]", "Maren Holt")
    page.fill("input[name=workspace]", "Larkfield")
    page.fill("input[name=email]", "maren@larkfield.example")
    page.fill("input[name=password]", "the belt has three stars")
    page.get_by_role("button", name="Create owner").click()

    # An empty overview leads to the lab.
    expect(page.get_by_role("heading", name="Connect your first system")).to_be_visible()
    shots(page, "overview-empty")
    page.get_by_role("button", name="Connect lab").click()

    # The matrix fills while the syncs run.
    expect(page.get_by_role("heading", name="Sync matrix")).to_be_visible()
    for name in ("Stripe", "HubSpot"):
        expect(page.get_by_role("link", name=re.compile(rf"^Customers from {name}: 260 records, healthy"))).to_be_visible(timeout=60_000)
    expect(page.get_by_role("link", name=re.compile(r"^Invoices from Stripe: \d+ records, healthy"))).to_be_visible(timeout=60_000)
    shots(page, "overview")

    # A connection in detail, and one more sync by hand.
    page.goto(f"{instance.url}/connections")
    shots(page, "connections")
    page.get_by_role("link", name=re.compile("Stripe")).first.click()
    expect(page.get_by_role("heading", name="Stripe")).to_be_visible()
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Healthy").first).to_be_visible(timeout=30_000)
    shots(page, "connection")

    # Customers of both systems in one table; search, open, ask why.
    page.goto(f"{instance.url}/records/customer")
    expect(page.get_by_text("of 520")).to_be_visible()
    shots(page, "records")
    first = page.locator("tbody tr").first
    first.click()
    drawer = page.get_by_role("complementary").last
    expect(drawer).to_be_visible()
    panes = page.get_by_role("navigation", name="Record")
    panes.get_by_role("link", name="Why this value?").click()
    expect(page.get_by_text(re.compile("sent it"))).to_be_visible()
    shots(page, "record-why")
    panes.get_by_role("link", name="Raw").click()
    expect(page.get_by_text('"object"').or_(page.get_by_text('"properties"')).first).to_be_visible()

    page.goto(f"{instance.url}/records/invoice")
    expect(page.locator("tbody tr").first).to_be_visible()
    shots(page, "invoices")

    # A restart forgets nothing, and the old link is dead.
    page.goto(link)
    expect(
        page.get_by_role("heading", name="This set-up link does not work").or_(page.get_by_role("heading", name="Overview"))
    ).to_be_visible()
