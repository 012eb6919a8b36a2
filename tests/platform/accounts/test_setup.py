"""The first owner."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import time_machine

from orion_core.base.errors import ConfigurationError, Conflict, InvalidInput, NotFound
from orion_core.base.kit.clock import now
from orion_core.base.settings import Settings
from orion_core.platform.accounts import Accounts, Role
from tests.platform.accounts.house import PASSWORD, House, cheap_passwords, token_of


async def test_the_link_of_the_console_makes_the_owner_and_operator(empty: House) -> None:
    accounts = empty.accounts
    assert await accounts.needs_setup()
    link = await accounts.setup_link()
    assert link.startswith("https://orion.example/setup?token=")
    expires = await accounts.setup_info(token_of(link))
    assert expires is not None and abs(expires - now() - timedelta(hours=24)) < timedelta(minutes=1)
    token, owner = await accounts.set_up(token_of(link), " Maren@Larkfield.Example ", " Maren\x00 Holt ", PASSWORD, "Larkfield")
    assert (owner.email, owner.name, owner.role, owner.is_operator) == ("maren@larkfield.example", "Maren Holt", Role.owner, True)
    assert await accounts.principal(token) == owner and owner.workspace_name == "Larkfield"
    assert not await accounts.needs_setup() and await accounts.setup_info(token_of(link)) is None
    assert await empty.actions(owner) == ["workspace.created"]


async def test_replayed_replaced_expired_and_guessed_links_do_not_work(empty: House) -> None:
    accounts = empty.accounts
    old, new = await accounts.setup_link(), await accounts.setup_link()
    with time_machine.travel(now() + timedelta(hours=24, seconds=1), tick=True):
        assert await accounts.setup_info(token_of(new)) is None
        with pytest.raises(NotFound):
            await accounts.set_up(token_of(new), "a@b.de", "A", PASSWORD, "W")
    for token in (token_of(old), "guess", "", token_of(new)[:-1]):
        assert await accounts.setup_info(token) is None
        with pytest.raises(NotFound):
            await accounts.set_up(token, "a@b.de", "A", PASSWORD, "W")
    await accounts.set_up(token_of(new), "a@b.de", "A", PASSWORD, "W")
    with pytest.raises(NotFound):
        await accounts.set_up(token_of(new), "b@b.de", "B", PASSWORD, "W")
    with pytest.raises(Conflict):
        await accounts.setup_link()


async def test_of_two_who_use_the_link_at_once_one_becomes_owner(empty: House) -> None:
    token = token_of(await empty.accounts.setup_link())
    made = await asyncio.gather(*(empty.accounts.set_up(token, f"{number}@b.de", "A", PASSWORD, "W") for number in range(4)), return_exceptions=True)
    assert sum(isinstance(one, tuple) for one in made) == 1
    assert all(isinstance(one, (tuple, NotFound, Conflict)) for one in made)


@pytest.mark.parametrize(("field", "values"), [
    ("email", {"email": "nonsense"}), ("name", {"name": " \x00 "}), ("workspace", {"workspace_name": ""}), ("password", {"password": "short"}),
])
async def test_a_wrong_field_is_named_and_the_link_stays_good(empty: House, field: str, values: dict[str, str]) -> None:
    token = token_of(await empty.accounts.setup_link())
    good = {"email": "a@b.de", "name": "A", "password": PASSWORD, "workspace_name": "W"}
    with pytest.raises(InvalidInput) as caught:
        await empty.accounts.set_up(token, **{**good, **values})
    assert set(caught.value.detail["fields"]) == {field}
    await empty.accounts.set_up(token, **good)


async def test_the_workspace_of_the_command_line_becomes_the_owners(empty: House) -> None:
    first = await empty.accounts.ensure_workspace()
    assert await empty.accounts.ensure_workspace("Another") == first
    house = await empty.set_up()
    assert house.owner.workspace_id == first and house.owner.workspace_name == "Larkfield"
    assert set(await asyncio.gather(*(empty.accounts.ensure_workspace() for _ in range(4)))) == {first}


async def test_an_owner_from_the_environment(empty: House) -> None:
    def accounts(password: str, email: str = "owner@b.de") -> Accounts:
        return Accounts(empty.work, empty.audit, Settings(owner_email=email, owner_password=password), passwords=cheap_passwords())

    assert not await accounts("", "").ensure_owner()
    for password in ("", "short"):
        with pytest.raises(ConfigurationError, match="ORION_OWNER_PASSWORD"):
            await accounts(password).ensure_owner()
    assert sorted(await asyncio.gather(*(accounts(PASSWORD).ensure_owner() for _ in range(3)))) == [False, False, True]
    assert not await accounts("other password 123").ensure_owner()  # changing the variable later changes nothing
    principal = await empty.accounts.principal(await empty.accounts.sign_in("owner@b.de", PASSWORD))
    assert principal is not None and principal.is_operator and principal.role is Role.owner
