"""Invites, members, roles, workspaces, passwords."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import time_machine

from orion_core.base.errors import Conflict, Forbidden, InvalidInput, NotFound, TooManyRequests, Unauthenticated
from orion_core.base.kit.clock import now
from orion_core.platform.accounts import Principal, Role
from tests.platform.accounts.house import PASSWORD, House, token_of

EMAIL = "maren@larkfield.example"


# -- invites ---------------------------------------------------------------------------------------------------------


async def test_a_newcomer_joins_by_link(house: House) -> None:
    accounts = house.accounts
    link = await accounts.invite(house.owner, " Yuki@Larkfield.Example", "editor")
    assert link.startswith("https://orion.example/invite/")
    info = await accounts.invite_info(token_of(link))
    assert info is not None
    assert (info.email, info.role, info.workspace, info.invited_by, info.has_account) == (
        "yuki@larkfield.example", Role.editor, "Larkfield", "Maren Holt", False)
    assert abs(info.expires_at - now() - timedelta(days=7)) < timedelta(minutes=1)
    assert [(row.email, row.role, row.expired) for row in await accounts.invites(house.owner)] == [("yuki@larkfield.example", Role.editor, False)]
    for name, password in (("", PASSWORD), ("Yuki", "short"), ("Yuki", "yuki@larkfield.example")):
        with pytest.raises(InvalidInput):
            await accounts.accept_invite(token_of(link), name, password)
    yuki = await accounts.principal(await accounts.accept_invite(token_of(link), "Yuki Adler", PASSWORD, ip="10.0.0.7"))
    assert yuki is not None and (yuki.role, yuki.is_operator, yuki.workspace_id) == (Role.editor, False, house.owner.workspace_id)
    assert await accounts.invites(house.owner) == [] and await accounts.invite_info(token_of(link)) is None
    with pytest.raises(NotFound):
        await accounts.accept_invite(token_of(link), "Eve", PASSWORD)
    assert (await house.actions())[-2:] == ["member.invited", "member.joined"]
    await accounts.sign_in("yuki@larkfield.example", PASSWORD)


async def test_dead_invite_links(house: House) -> None:
    accounts, owner = house.accounts, house.owner
    first = await accounts.invite(owner, "a@b.de", "viewer")
    second = await accounts.invite(owner, "a@b.de", "admin")  # replaces the first
    revoked = await accounts.invite(owner, "c@d.de", "viewer")
    row = next(row for row in await accounts.invites(owner) if row.email == "c@d.de")
    await accounts.revoke_invite(owner, row.id)
    with pytest.raises(NotFound):
        await accounts.revoke_invite(owner, row.id)
    row = next(row for row in await accounts.invites(owner) if row.email == "a@b.de")
    renewed = await accounts.renew_invite(owner, row.id)
    setup_like = token_of(await accounts.reset_link(owner, owner.id))  # a token of another kind
    for link in (first, second, revoked, "guess", setup_like):
        assert await accounts.invite_info(token_of(link)) is None
        with pytest.raises(NotFound):
            await accounts.accept_invite(token_of(link), "A", PASSWORD)
    with time_machine.travel(now() + timedelta(days=7, seconds=1), tick=True):
        assert await accounts.invite_info(token_of(renewed)) is None
        assert [row.expired for row in await accounts.invites(owner)] == [True]
        with pytest.raises(NotFound):
            await accounts.accept_invite(token_of(renewed), "A", PASSWORD)
    made = await asyncio.gather(*(accounts.accept_invite(token_of(renewed), "A", PASSWORD) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, str) for one in made) == 1 and all(isinstance(one, (str, NotFound, Conflict)) for one in made)


async def test_nobody_gives_more_than_they_hold(house: House) -> None:
    accounts = house.accounts
    people = {role: (await house.join(role.title(), role))[1] for role in ("viewer", "editor", "admin")}
    for role in ("viewer", "editor"):
        with pytest.raises(Forbidden):
            await accounts.invite(people[role], "x@y.de", "viewer")
        with pytest.raises(Forbidden):
            await accounts.invites(people[role])
    with pytest.raises(Forbidden):
        await accounts.invite(people["admin"], "x@y.de", "owner")
    for bad in ("god", "", "Owner", "require"):
        with pytest.raises(InvalidInput):
            await accounts.invite(house.owner, "x@y.de", bad)
    with pytest.raises(Conflict):
        await accounts.invite(house.owner, EMAIL, "viewer")
    # What an admin gave dies with their rights.
    for change in (lambda: accounts.change_role(house.owner, people["admin"].id, "viewer"),
                   lambda: accounts.remove_member(house.owner, people["admin"].id)):
        link = token_of(await accounts.invite(people["admin"], "z@y.de", "admin"))
        await change()
        assert await accounts.invite_info(link) is None
        with pytest.raises(NotFound):
            await accounts.accept_invite(link, "Z", PASSWORD)


async def test_who_has_an_account_joins_with_their_own_password_or_session(house: House) -> None:
    accounts = house.accounts
    token, yuki = await house.join("Yuki", "viewer")
    other = await house.other_workspace()
    link = token_of(await accounts.invite(other, "yuki@larkfield.example", "editor"))
    info = await accounts.invite_info(link)
    assert info is not None and info.has_account and info.workspace == "Other"
    for password in ("", "another password 1"):
        with pytest.raises(Unauthenticated):
            await accounts.accept_invite(link, "Eve", password)
    with pytest.raises(Unauthenticated):  # somebody else's session proves nothing
        await accounts.accept_invite(link, session_token=house.owner_token)
    joined = await accounts.principal(await accounts.accept_invite(link, "ignored", PASSWORD))
    assert joined is not None and (joined.id, joined.name, joined.role, joined.workspace_id) == (yuki.id, "Yuki", Role.editor, other.workspace_id)
    third = await accounts.create_workspace(house.owner, "Third")
    in_third = await accounts.principal(house.owner_token, third.id)
    assert in_third is not None
    link = token_of(await accounts.invite(in_third, "yuki@larkfield.example", "viewer"))
    assert await accounts.principal(await accounts.accept_invite(link, session_token=token)) is not None
    assert [(row.name, row.role) for row in await accounts.workspaces(yuki)] == [("Larkfield", Role.viewer), ("Other", Role.editor), ("Third", Role.viewer)]


async def test_guessing_a_password_through_an_invite_meets_the_lock_out(house: House) -> None:
    await house.join("Yuki", "viewer")
    other = await house.other_workspace()
    link = token_of(await house.accounts.invite(other, "yuki@larkfield.example", "editor"))
    for _ in range(8):
        with pytest.raises(Unauthenticated):
            await house.accounts.accept_invite(link, "", "wrong password")
    with pytest.raises(TooManyRequests):
        await house.accounts.accept_invite(link, "", PASSWORD)


# -- members ---------------------------------------------------------------------------------------------------------


async def test_members_are_listed_with_what_admins_may_see(house: House) -> None:
    _, viewer = await house.join("Vera", "viewer")
    rows = await house.accounts.members(house.owner)
    assert [(row.name, row.role, row.sessions, row.is_operator, row.is_you) for row in rows] == [
        ("Maren Holt", Role.owner, 1, True, True), ("Vera", Role.viewer, 1, False, False)]
    assert all(row.last_seen_at is not None for row in rows)
    assert [(row.name, row.sessions, row.last_seen_at) for row in await house.accounts.members(viewer)] == [("Maren Holt", 0, None), ("Vera", 0, None)]


async def test_a_role_counts_from_the_next_click(house: House) -> None:
    token, vera = await house.join("Vera", "viewer")
    await house.accounts.change_role(house.owner, vera.id, Role.editor)
    changed = await house.accounts.principal(token)
    assert changed is not None and changed.role is Role.editor
    entry = (await house.audit.page(house.owner)).rows[0]
    assert (entry.action, entry.object_name, entry.detail) == ("member.role_changed", "Vera", {"before": "viewer", "after": "editor"})
    before = await house.actions()
    await house.accounts.change_role(house.owner, vera.id, "editor")
    assert await house.actions() == before  # nothing changed, nothing written


async def test_admins_do_not_touch_owners_and_others_touch_nobody(house: House) -> None:
    accounts = house.accounts
    _, admin = await house.join("Ada", "admin")
    _, editor = await house.join("Edda", "editor")
    for attempt in (accounts.change_role(admin, house.owner.id, "viewer"), accounts.change_role(admin, admin.id, "owner"),
                    accounts.change_role(admin, editor.id, "owner"), accounts.remove_member(admin, house.owner.id),
                    accounts.change_role(editor, editor.id, "admin"), accounts.remove_member(editor, admin.id),
                    accounts.rename_workspace(editor, "Mine"), accounts.create_workspace(editor, "Mine"), accounts.reset_link(editor, admin.id),
                    accounts.create_api_key(editor, "k", ["records:read"]), accounts.api_keys(editor)):
        with pytest.raises(Forbidden):
            await attempt
    await accounts.change_role(admin, editor.id, "admin")


async def test_a_workspace_keeps_an_owner(house: House) -> None:
    accounts = house.accounts
    for attempt in (accounts.change_role(house.owner, house.owner.id, "admin"), accounts.remove_member(house.owner, house.owner.id)):
        with pytest.raises(Conflict, match="needs an owner"):
            await attempt
    _, second = await house.join("Otto", "owner")
    # Two owners who take each other's role at the same moment: one of them stays.
    outcomes = await asyncio.gather(accounts.change_role(house.owner, second.id, "viewer"), accounts.change_role(second, house.owner.id, "viewer"),
                                    accounts.remove_member(house.owner, house.owner.id), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    rows = await accounts.members(house.owner)
    assert [row.role for row in rows].count(Role.owner) == 1


async def test_who_is_removed_is_out_at_once(house: House) -> None:
    accounts = house.accounts
    token, admin = await house.join("Ada", "admin")
    elsewhere = await accounts.create_workspace(admin, "Ada's own")
    _, secret = await accounts.create_api_key(admin, "ada's key", ["records:read"])
    assert (await accounts.principal_by_key(secret)).name == "ada's key"
    await accounts.remove_member(house.owner, admin.id)
    assert await accounts.principal(token) is None and await accounts.principal(token, house.owner.workspace_id) is None
    with pytest.raises(Unauthenticated):
        await accounts.principal_by_key(secret)
    with pytest.raises(NotFound):
        await accounts.remove_member(house.owner, admin.id)
    entry = (await house.audit.page(house.owner)).rows[0]
    assert (entry.action, entry.detail) == ("member.removed", {"role": "admin", "signed_out": 1, "keys_revoked": 1})
    again = await accounts.principal(await accounts.sign_in("ada@larkfield.example", PASSWORD))
    assert again is not None and again.workspace_id == elsewhere.id  # the account and its other workspace stay


async def test_leaving_and_belonging_nowhere(house: House) -> None:
    token, vera = await house.join("Vera", "viewer")
    await house.accounts.remove_member(vera, vera.id)
    assert await house.accounts.principal(token) is None and (await house.actions())[-1] == "member.left"
    with pytest.raises(Forbidden, match="no workspace"):
        await house.accounts.sign_in("vera@larkfield.example", PASSWORD)
    back = token_of(await house.accounts.invite(house.owner, "vera@larkfield.example", "viewer"))
    assert await house.accounts.principal(await house.accounts.accept_invite(back, password=PASSWORD)) is not None


# -- workspaces ------------------------------------------------------------------------------------------------------


async def test_switching_asks_for_the_membership_each_time(house: House) -> None:
    accounts = house.accounts
    token, ada = await house.join("Ada", "admin")
    mine = await accounts.create_workspace(ada, "Café Ñandú")
    assert (mine.slug, mine.role, mine.members) == ("cafe-nandu", Role.owner, 1)
    assert (await accounts.create_workspace(ada, "Café Ñandú")).slug.startswith("cafe-nandu-")
    there = await accounts.switch_workspace(ada, mine.id)
    assert (there.workspace_id, there.role, there.workspace_name) == (mine.id, Role.owner, "Café Ñandú")
    now_there = await accounts.principal(token)
    assert now_there == there
    await accounts.rename_workspace(there, "Café")
    assert [(row.name, row.current) for row in await accounts.workspaces(there)][1] == ("Café", True)
    for workspace_id in ("ws_none", "", (await house.other_workspace()).workspace_id):
        with pytest.raises(NotFound):
            await accounts.switch_workspace(ada, workspace_id)
        assert workspace_id == "" or await accounts.principal(token, workspace_id) is None
    await accounts.switch_workspace(there, house.owner.workspace_id)
    assert await accounts.sign_in("ada@larkfield.example", PASSWORD)


async def test_ids_of_another_workspace_are_not_found_and_nothing_changes(house: House) -> None:
    """Every method that takes an id, called by the owner of another workspace."""
    accounts = house.accounts
    _, ada = await house.join("Ada", "admin")
    workspace = await accounts.create_workspace(ada, "Ada's own")
    stranger = await accounts.switch_workspace(ada, workspace.id)
    await accounts.remove_member(house.owner, ada.id)
    _, victim = await house.join("Vera", "viewer")
    await accounts.invite(house.owner, "new@b.de", "viewer")
    invite = (await accounts.invites(house.owner))[0]
    key, secret = await accounts.create_api_key(house.owner, "key", ["records:read"])
    before = await house.actions()
    for attempt in (accounts.change_role(stranger, victim.id, "admin"), accounts.remove_member(stranger, victim.id),
                    accounts.reset_link(stranger, victim.id), accounts.reset_link(stranger, victim.email), accounts.revoke_invite(stranger, invite.id),
                    accounts.renew_invite(stranger, invite.id), accounts.revoke_api_key(stranger, key.id),
                    accounts.revoke_session(stranger, victim.session_id), accounts.switch_workspace(stranger, house.owner.workspace_id)):
        with pytest.raises(NotFound):
            await attempt
    assert [row.name for row in await accounts.members(stranger)] == ["Ada"]
    assert await accounts.invites(stranger) == [] and await accounts.api_keys(stranger) == []
    assert [row.id for row in await accounts.workspaces(stranger)] == [workspace.id]
    assert await house.actions() == before
    assert "key" not in [row.object_name for row in (await house.audit.page(stranger)).rows]
    assert (await accounts.principal_by_key(secret)).workspace_id == house.owner.workspace_id


# -- passwords -------------------------------------------------------------------------------------------------------


async def test_a_new_password_ends_the_other_sessions(house: House) -> None:
    accounts = house.accounts
    other = await accounts.sign_in(EMAIL, PASSWORD)
    old_link = token_of(await accounts.reset_link(house.owner, house.owner.id))
    for current, new, field in (("wrong password", "an even longer sentence", "current"), (PASSWORD, "short", "password")):
        with pytest.raises(InvalidInput) as caught:
            await accounts.change_password(house.owner, current, new)
        assert set(caught.value.detail["fields"]) == {field}
    assert await accounts.change_password(house.owner, PASSWORD, "an even longer sentence") == 1
    assert await accounts.principal(other) is None and await accounts.principal(house.owner_token) is not None
    assert await accounts.reset_info(old_link) is None
    with pytest.raises(Unauthenticated):
        await accounts.sign_in(EMAIL, PASSWORD)
    await accounts.sign_in(EMAIL, "an even longer sentence")


async def test_reset_by_link(house: House) -> None:
    accounts = house.accounts
    token, vera = await house.join("Vera", "viewer")
    link = await accounts.reset_link(house.owner, vera.id)
    assert link.startswith("https://orion.example/reset/") and await accounts.reset_info(token_of(link)) == "vera@larkfield.example"
    for _ in range(8):
        with pytest.raises(Unauthenticated):
            await accounts.sign_in("vera@larkfield.example", "forgotten it")
    with pytest.raises(InvalidInput):
        await accounts.reset_password(token_of(link), "short")
    await accounts.reset_password(token_of(link), "vera has a new sentence")
    assert await accounts.principal(token) is None  # whoever was signed in is out
    await accounts.sign_in("vera@larkfield.example", "vera has a new sentence")  # and the lock-out is lifted
    with pytest.raises(NotFound):
        await accounts.reset_password(token_of(link), "and yet another sentence")
    expired = token_of(await accounts.reset_link(house.owner, "vera@larkfield.example"))
    with time_machine.travel(now() + timedelta(hours=1, seconds=1), tick=True):
        assert await accounts.reset_info(expired) is None
        with pytest.raises(NotFound):
            await accounts.reset_password(expired, "and yet another sentence")
    assert "user.password_reset" in await house.actions()


async def test_a_reset_link_does_not_reach_further_than_its_maker(house: House) -> None:
    """An account opens all of its workspaces: an admin of one must not come into another by resetting a member's password."""
    accounts = house.accounts
    _, admin = await house.join("Ada", "admin")
    _, second = await house.join("Bea", "admin")
    _, vera = await house.join("Vera", "viewer")
    await accounts.create_workspace(second, "Bea's own")
    for user_id, why in ((house.owner.id, "more than you"), (second.id, "another workspace")):
        with pytest.raises(Forbidden, match=why):
            await accounts.reset_link(admin, user_id)
    assert await accounts.reset_link(admin, vera.id)
    assert await accounts.reset_link(house.owner, second.id)  # the operator may
    system = Principal.system(house.owner.workspace_id)  # and so may the command line
    assert await accounts.reset_info(token_of(await accounts.reset_link(system, EMAIL))) == EMAIL
    with pytest.raises(NotFound):
        await accounts.reset_link(house.owner, "usr_none")


async def test_who_belongs_nowhere_can_still_reset_and_come_back(house: House) -> None:
    _, vera = await house.join("Vera", "viewer")
    await house.accounts.remove_member(vera, vera.id)
    with pytest.raises(NotFound):
        await house.accounts.reset_link(Principal(house.owner.workspace_id, Role.owner, id=house.owner.id), vera.id)  # an owner who is no operator
    link = token_of(await house.accounts.reset_link(house.owner, vera.id))
    await house.accounts.reset_password(link, "vera has a new sentence")
    back = token_of(await house.accounts.invite(house.owner, "vera@larkfield.example", "viewer"))
    assert await house.accounts.accept_invite(back, password="vera has a new sentence")
