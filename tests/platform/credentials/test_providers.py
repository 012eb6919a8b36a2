"""Root keys from text and from a file; the file is private, whole, made once, and noticed when it changes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from orion_core.base.errors import ConfigurationError, DecryptError
from orion_core.platform.credentials import EnvKeyProvider, FileKeyProvider, Wrapped, key_id, new_key


async def test_env_wraps_with_the_newest_and_unwraps_with_all() -> None:
    old, new = new_key(), new_key()
    before = EnvKeyProvider(old)
    both = EnvKeyProvider(f"{new}, {old}")
    key = new_key()
    wrapped = await before.wrap(key, "ws_1")
    assert wrapped.by == f"env:{key_id(old)}" and await both.unwrap(wrapped.text, "ws_1") == key
    assert (await both.wrap(key, "ws_1")).by == f"env:{key_id(new)}" == (await both.roots())[0].name
    with pytest.raises(DecryptError):
        await both.unwrap(wrapped.text, "ws_2")
    with pytest.raises(DecryptError):
        await EnvKeyProvider(new).unwrap(wrapped.text, "ws_1")
    with pytest.raises(ConfigurationError, match="environment"):
        await both.new_root()
    assert old not in repr(both) and new not in repr(both)
    done = await both.rewrap([("ws_1", wrapped.text), ("ws_2", wrapped.text), ("ws_1", "broken")])
    assert isinstance(done[0], Wrapped) and [isinstance(item, DecryptError) for item in done] == [False, True, True]


def test_empty_env() -> None:
    with pytest.raises(ConfigurationError, match="ORION_SECRET_KEYS"):
        EnvKeyProvider(" , ")


async def test_the_file_is_made_private_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret.keys"
    os.umask(0)
    try:
        first = FileKeyProvider(path)
    finally:
        os.umask(0o022)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and [item.name for item in path.parent.iterdir()] == ["secret.keys"]
    key = new_key()
    wrapped = await first.wrap(key, "ws_1")
    assert await FileKeyProvider(path).unwrap(wrapped.text, "ws_1") == key
    root = (await first.roots())[0]
    assert root.created_at is not None and root.newest
    with pytest.raises(ConfigurationError, match="cannot be read"):
        FileKeyProvider(tmp_path / "none", create=False)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777, 0o620])
def test_a_file_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "secret.keys"
    FileKeyProvider(path)
    path.chmod(mode)
    with pytest.raises(ConfigurationError) as caught:
        FileKeyProvider(path)
    assert "chmod 600" in caught.value.next_step


def test_a_link_or_an_empty_or_a_broken_file_is_refused(tmp_path: Path) -> None:
    real, link, empty, broken = (tmp_path / name for name in ("real", "link", "empty", "broken"))
    FileKeyProvider(real)
    link.symlink_to(real)
    for path, text in ((empty, "# nothing\n"), (broken, "hello\n")):
        path.write_text(text)
        path.chmod(0o600)
    for path in (link, empty, broken, tmp_path):
        with pytest.raises(ConfigurationError):
            FileKeyProvider(path)


async def test_other_processes_notice_a_new_key(tmp_path: Path) -> None:
    path = tmp_path / "secret.keys"
    web, cli = FileKeyProvider(path), FileKeyProvider(path)
    old = (await cli.roots())[0].name
    new = await cli.new_root()
    wrapped = await cli.wrap(new_key(), "ws_1")
    assert wrapped.by == new.name and await web.unwrap(wrapped.text, "ws_1")
    assert [root.name for root in await web.roots()] == [new.name, old]
    with pytest.raises(ConfigurationError):
        await cli.retire(new.name)
    await cli.retire(old)
    assert [root.name for root in await web.roots()] == [new.name] and stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ConfigurationError):
        await cli.retire(old)


def _make(path: str, start: multiprocessing.synchronize.Event, names: multiprocessing.Queue) -> None:
    start.wait(10)
    names.put(asyncio.run(FileKeyProvider(Path(path)).roots())[0].name)


def test_many_processes_make_one_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    start, names = context.Event(), context.Queue()
    children = [context.Process(target=_make, args=(str(tmp_path / "secret.keys"), start, names)) for _ in range(8)]
    for child in children:
        child.start()
    start.set()
    found = {names.get(timeout=20) for _ in children}
    for child in children:
        child.join(10)
    assert len(found) == 1
