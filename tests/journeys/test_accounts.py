"""People: an invited viewer, lost and changed passwords, ended sessions, API keys, the audit log, encryption keys, workspaces."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OWNER, Instance, sign_in

pytestmark = pytest.mark.timeout(180)
VERA, FIRST, SECOND = "vera@larkfield.example", "seven quiet sisters shine", "a river runs beneath the hill"


def once_shown(page: Page) -> str:
    """The link or key in the dialog that shows it this one time."""
    box = page.get_by_role("dialog")
    expect(box.get_by_role("button", name="Copy")).to_be_visible()
    secret = box.get_by_role("button", name="Copy").get_attribute("data-copy") or ""
    box.get_by_role("button", name="Done").click()
    expect(box).to_be_hidden()
    return secret


def test_an_invited_viewer_looks_and_cannot_change(small: Instance, page: Page, other_page: Page) -> None:
    sign_in(page, small.url)
    page.get_by_role("button", name="Connect lab").click()
    expect(page.get_by_role("heading", name="Sync matrix")).to_be_visible()
    page.goto(f"{small.url}/settings/members")
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail").fill("not an address")
    dialog.get_by_role("button", name="Make invite link").click()
    expect(dialog.get_by_text("not an e-mail address")).to_be_visible()
    dialog.get_by_label("E-mail").fill(VERA)
    dialog.get_by_label("Role").select_option("viewer")
    dialog.get_by_role("button", name="Make invite link").click()
    expect(page.get_by_role("heading", name=f"Invite for {VERA}")).to_be_visible()
    link = once_shown(page)

    vera = other_page
    vera.goto(link)
    vera.get_by_label("Your name").fill("Vera Lund")
    vera.get_by_label("Password", exact=True).fill(FIRST)
    vera.get_by_role("button", name="Join").click()
    expect(vera.get_by_role("heading", name="Sync matrix")).to_be_visible()
    expect(vera.get_by_role("button", name="Sync all")).to_have_count(0)
    expect(vera.get_by_role("link", name="Add connection")).to_have_count(0)
    vera.goto(f"{small.url}/connections")
    expect(vera.get_by_role("link", name=re.compile("Stripe"))).to_be_visible()
    expect(vera.get_by_role("checkbox")).to_have_count(0)
    vera.get_by_role("link", name=re.compile("Stripe")).click()
    expect(vera.get_by_role("heading", name="Stripe")).to_be_visible()
    for name in ("Sync now", "Pause", "More actions"):
        expect(vera.get_by_role("button", name=name)).to_have_count(0)
    vera.get_by_role("navigation", name="Connection").get_by_role("link", name="Settings").click()
    expect(vera.get_by_text("Your role may look, not change.")).to_be_visible()
    vera.goto(f"{small.url}/connect/stripe")
    expect(vera.get_by_text("Your role may not add connections.")).to_be_visible()
    vera.goto(link)
    expect(vera.get_by_role("heading", name="This invite does not work")).to_be_visible()

    # A reset link from the owner: it ends her session, and works once.
    page.reload()
    page.get_by_role("row", name=re.compile("Vera Lund")).get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Make a reset link").click()
    link = once_shown(page)
    reset = vera.context.new_page()
    reset.goto(link)
    reset.get_by_label("New password").fill("short")
    reset.get_by_role("button", name="Set password").click()
    expect(reset.get_by_text("Too short")).to_be_visible()
    reset.get_by_label("New password").fill(SECOND)
    reset.get_by_role("button", name="Set password").click()
    expect(reset.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(reset, small.url, VERA, SECOND)
    reset.goto(link)
    expect(reset.get_by_role("heading", name="This link does not work")).to_be_visible()


def test_an_ended_session_is_out_at_its_next_action(small: Instance, page: Page, other_page: Page) -> None:
    sign_in(page, small.url)
    sign_in(other_page, small.url)
    page.goto(f"{small.url}/settings/sessions")
    page.get_by_role("button", name="End", exact=True).first.click()
    expect(page.get_by_text("Session ended")).to_be_visible()
    other_page.get_by_role("link", name="Records").first.click()
    expect(other_page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(other_page, small.url)

    # A new password ends the others too.
    page.get_by_label("Current password").fill("not this one at all")
    page.get_by_label("New password").fill("orion hunts in the winter sky")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("This is not your current password.")).to_be_visible()
    page.get_by_label("Current password").fill(OWNER[1])
    page.get_by_label("New password").fill("orion hunts in the winter sky")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Password changed")).to_be_visible()
    other_page.get_by_role("link", name="Marketplace").first.click()
    expect(other_page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Current password").fill("orion hunts in the winter sky")
    page.get_by_label("New password").fill(OWNER[1])
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Password changed")).to_have_count(2)


def test_api_keys_audit_rotation_workspaces(small: Instance, page: Page) -> None:
    def status(key: str) -> int:
        try:
            request = urllib.request.Request(f"{small.url}/api/v1/connections", headers={"Authorization": f"Bearer {key}"})
            with urllib.request.urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    sign_in(page, small.url)
    page.goto(f"{small.url}/settings/api-keys")
    page.get_by_role("button", name="Create key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Create key").click()
    expect(dialog.get_by_text("Give the key a name.")).to_be_visible()
    dialog.get_by_label("Name").fill("Warehouse loader")
    dialog.get_by_role("checkbox", name=re.compile("^See connections")).check()
    dialog.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("heading", name="Key “Warehouse loader” created")).to_be_visible()
    key = once_shown(page)
    assert status(key) == 200
    page.get_by_role("row", name=re.compile("Warehouse loader")).get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Revoke key").click()
    expect(page.get_by_text("No API key yet.")).to_be_visible()
    assert status(key) == 401

    page.goto(f"{small.url}/settings/keys")
    page.get_by_role("button", name="Rotate").click()
    page.get_by_role("button", name="Rotate keys").click()
    expect(page.get_by_text("no read failed")).to_be_visible()

    page.goto(f"{small.url}/settings/audit")
    expect(page.get_by_text("Chain intact")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("revoked.*Warehouse loader"))).to_be_visible()

    page.goto(f"{small.url}/settings/workspace")
    page.get_by_placeholder("Larkfield Labs").fill("Larkfield Labs")
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_role("heading", name="Connect your first system")).to_be_visible()
    expect(page.get_by_role("button", name="Workspace and account")).to_contain_text("Larkfield Labs")
    page.get_by_role("button", name="Workspace and account").click()
    page.get_by_role("menuitem", name=re.compile("owner")).first.click()
    expect(page.get_by_role("button", name="Workspace and account")).not_to_contain_text("Larkfield Labs")
