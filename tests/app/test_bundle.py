"""The bundle is built once and works on every port."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from orion_app.shell import bundle


def _client(folder: Path, text: str) -> Path:
    client = folder / "build" / "client"
    (client / "assets").mkdir(parents=True)
    (client / "index.html").write_text("<html></html>")
    (client / "assets" / "env.js").write_text(text)
    (client / "assets" / "env.js.gz").write_bytes(gzip.compress(text.encode()))
    (client / "assets" / "env.js.br").write_bytes(b"old")
    return client


@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_the_baked_address_becomes_the_address_of_the_page(tmp_path: Path, quote: str) -> None:
    q = quote
    client = _client(tmp_path, f"x={{PING:{q}http://localhost:59173/ping{q},EVENT:{q}ws://localhost:59173/_event{q}}}")
    assert bundle.make_portable(client) == 1
    text = (client / "assets" / "env.js").read_text()
    assert "59173" not in text
    assert 'location.origin+"/ping"' in text
    assert 'location.origin.replace(/^http/,"ws")+"/_event"' in text
    assert gzip.decompress((client / "assets" / "env.js.gz").read_bytes()).decode() == text
    assert not (client / "assets" / "env.js.br").exists()


def test_a_bundle_without_the_placeholder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(bundle.BuildFailed):
        bundle.make_portable(_client(tmp_path, "nothing"))


def test_an_address_in_an_unknown_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(bundle.BuildFailed):
        bundle.make_portable(_client(tmp_path, 'a="http://localhost:59173/ping";b=`see http://localhost:59173`'))


def test_each_instance_has_files_of_its_own(tmp_path: Path) -> None:
    built = tmp_path / "built"
    _client(built, "x")
    (built / bundle.STAMP).write_text("one\n")
    copy = bundle.serve_copy(built, tmp_path / "data" / "web")
    assert (copy / "build" / "client" / "index.html").exists()
    (built / "build" / "client" / "index.html").unlink()
    assert (copy / "build" / "client" / "index.html").exists()
    (built / "build" / "client" / "index.html").write_text("new")
    (built / bundle.STAMP).write_text("two\n")
    assert (bundle.serve_copy(built, copy) / "build" / "client" / "index.html").read_text() == "new"


def test_a_change_of_any_source_asks_for_a_build(tmp_path: Path) -> None:
    for name in ("orion_app/shell", "orion_app/components", "orion_app/pages", "assets"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "orion_app" / "orion_app.py").write_text("a")
    before = bundle.sources_hash(tmp_path)
    assert bundle.sources_hash(tmp_path) == before
    (tmp_path / "assets" / "x.css").write_text("a{}")
    assert bundle.sources_hash(tmp_path) != before


def test_nothing_of_reflex_is_needed_to_start() -> None:
    """The command line imports this module; it must stay plain Python."""
    source = Path(bundle.__file__).read_text()
    assert "import reflex" not in source and "from reflex" not in source


def test_no_stylesheet_or_script_asks_another_host() -> None:
    for path in (bundle.ROOT / "assets").glob("*"):
        if path.suffix in {".css", ".js"}:
            text = path.read_text()
            assert "https://" not in text and "http://" not in text.replace("http://www.w3.org", ""), path.name
