"""CredentialManager: what goes in comes out, only at its own place and only with its own key."""

from __future__ import annotations

import json
import pickle
import traceback

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from orion_core.base.errors import ConfigurationError, DecryptError
from orion_core.platform.credentials import CredentialContext, CredentialManager, DataKey, key_id, new_key

PLACE = CredentialContext("ws_1", "conn_1", "api_key")
KEY = new_key()
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(ANY, ANY, ANY, ANY)
def test_every_text_and_place_survives(data: str, workspace: str, connection: str, field: str) -> None:
    manager, place = CredentialManager([KEY]), CredentialContext(workspace, connection, field)
    token = manager.encrypt(data, context=place)
    assert manager.decrypt(token, context=place) == data
    if len(data) > 6:
        assert data not in token
    with pytest.raises(DecryptError):
        manager.decrypt(token, context=CredentialContext(workspace, connection, field + "x"))


def test_the_missions_signatures() -> None:
    manager = CredentialManager(KEY)
    token = manager.encrypt("sk_live_secret")
    assert manager.decrypt(token) == "sk_live_secret" and token != manager.encrypt("sk_live_secret")
    newer = new_key()
    moved = manager.rotate_key(KEY, newer, token)
    assert CredentialManager(newer).decrypt(moved) == "sk_live_secret"
    with pytest.raises(DecryptError):
        manager.decrypt(moved)
    with pytest.raises(DecryptError):
        manager.rotate_key(newer, KEY, token)


@pytest.mark.parametrize("other", [None, CredentialContext("ws_2", "conn_1", "api_key"), CredentialContext("ws_1", "conn_2", "api_key"),
                                   CredentialContext("ws_1", "conn_1", "secret"), CredentialContext("", "", "")])
def test_a_moved_ciphertext_is_not_opened(other: CredentialContext | None) -> None:
    manager = CredentialManager([KEY])
    with pytest.raises(DecryptError) as caught:
        manager.decrypt(manager.encrypt("s3cret", context=PLACE), context=other)
    assert caught.value.detail == {"cause": "wrong_context"} and "audit" in caught.value.next_step


def test_a_managers_workspace_is_fixed() -> None:
    mine, other = CredentialManager([KEY], workspace="ws_1"), CredentialManager([KEY], workspace="ws_2")
    token = mine.encrypt("s3cret", context=CredentialContext(connection="conn_1", field="api_key"))
    assert mine.decrypt(token, context=PLACE) == "s3cret"
    for reader, place in ((other, CredentialContext(connection="conn_1", field="api_key")), (other, PLACE), (mine, CredentialContext("ws_2", "conn_1", "api_key"))):
        with pytest.raises(DecryptError):
            reader.decrypt(token, context=place)
    with pytest.raises(DecryptError):
        mine.encrypt("x", context=CredentialContext("ws_2"))


def test_versions_of_a_key() -> None:
    first, second = DataKey(new_key(), "1"), DataKey(new_key(), "2")
    token = CredentialManager([first]).encrypt("s3cret", context=PLACE)
    manager = CredentialManager([second, first])
    assert manager.decrypt(token, context=PLACE) == "s3cret" and not manager.is_current(token) and manager.key_version == "2"
    moved = manager.refresh(token)
    assert manager.is_current(moved) and manager.refresh(moved) == moved and CredentialManager([second]).decrypt(moved, context=PLACE) == "s3cret"
    relabelled = CredentialManager([DataKey(KEY, "7")]).encrypt("s3cret", context=PLACE)
    with pytest.raises(DecryptError, match="another version"):
        CredentialManager([DataKey(KEY, "8")]).decrypt(relabelled, context=PLACE)


def test_anything_else_is_a_decrypt_error() -> None:
    tokens = ["", "gAAAA", "not a token", "gAAAA" + "x" * 200, "é", "\x00", Fernet(KEY).encrypt(b"raw").decode(),
              Fernet(KEY).encrypt(b"[]").decode(), Fernet(KEY).encrypt(b'{"v":2,"d":"x"}').decode(),
              Fernet(KEY).encrypt(b'{"v":1,"d":5}').decode(), Fernet(new_key()).encrypt(b"{}").decode()]
    for token in tokens:
        for call in (CredentialManager([KEY]).decrypt, CredentialManager([KEY]).refresh):
            with pytest.raises(DecryptError):
                call(token)


def test_every_flipped_bit_is_noticed() -> None:
    manager = CredentialManager([KEY])
    token = manager.encrypt("s3cret", context=PLACE)
    for at in range(0, len(token) - 2, 3):
        broken = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
        with pytest.raises(DecryptError):
            manager.decrypt(broken, context=PLACE)


@pytest.mark.parametrize("keys", ["", " , ", [], "short", ["not base64!"], [KEY, ""]])
def test_bad_keys_are_named_and_not_shown(keys: str | list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        CredentialManager(keys)
    assert "short" not in str(caught.value.as_dict()) and caught.value.next_step


def test_nothing_shows_a_key_or_a_secret() -> None:
    manager = CredentialManager([KEY], workspace="ws_1")
    secret, elsewhere = "c4n" + "4ry", CredentialContext("ws_1", "c4n" + "4ry-conn", "x")
    shown = [repr(manager), str(manager), repr(manager._keys), f"{DataKey(KEY)!r}"]
    for token in ("gAAAA", manager.encrypt(secret, context=PLACE)):
        try:
            manager.decrypt(token, context=elsewhere)
        except DecryptError as error:
            shown += [repr(error), json.dumps(error.as_dict()), "".join(traceback.format_exception(error)), repr(error.__context__)]
    assert not any(hidden in text for text in shown for hidden in (KEY, secret))
    assert key_id(KEY) in shown[0] and len(key_id(KEY)) == 12
    for thing in (DataKey(KEY), manager):
        with pytest.raises(TypeError):
            pickle.dumps(thing)


def test_it_is_quick() -> None:
    import timeit

    manager = CredentialManager([KEY])
    token = manager.encrypt("sk_live_" + "x" * 100, context=PLACE)
    each = timeit.timeit(lambda: manager.decrypt(token, context=PLACE), number=500) / 500
    assert each < 0.001, "the mission asks for < 1 ms"
