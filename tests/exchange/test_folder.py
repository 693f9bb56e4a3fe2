"""The data folder: owner-only, one box at a time, links not followed."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from tradewind.exchange import folder
from tradewind.exchange.box import Box, Options
from tradewind.model import Misconfigured


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_and_its_files_are_for_the_owner_only(tmp_path: Path) -> None:
    """Folder 0700, files 0600, whatever the umask."""
    before = os.umask(0)
    try:
        data = folder.prepare(tmp_path / "a" / "box")
        folder.write(data / "x.json", b"{}")
        folder.claim(data / "v.sqlite")
    finally:
        os.umask(before)
    assert _mode(data) == 0o700
    assert _mode(data / "x.json") == _mode(data / "v.sqlite") == 0o600
    assert folder.read(data / "x.json") == b"{}"


def test_a_folder_that_others_can_read_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """The message holds the command that helps."""
    data = tmp_path / "box"
    data.mkdir(mode=0o755)
    (data / "something").write_text("")
    with pytest.raises(Misconfigured, match="chmod 700"):
        folder.prepare(data)


def test_an_empty_folder_that_others_can_read_is_closed(tmp_path: Path) -> None:
    """mkdir, then up: no reason to complain."""
    data = tmp_path / "box"
    data.mkdir(mode=0o755)
    assert _mode(folder.prepare(data)) == 0o700


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither for the folder, nor for what is read, written or given to SQLite."""
    real = folder.prepare(tmp_path / "real")
    (tmp_path / "link").symlink_to(real)
    with pytest.raises(Misconfigured, match="is a link"):
        folder.prepare(tmp_path / "link")

    victim = tmp_path / "victim"
    victim.write_text("precious")
    for name in ("running.json", "v.sqlite", "w.sqlite-wal"):
        (real / name).symlink_to(victim)
    with pytest.raises(Misconfigured, match="is a link"):
        folder.read(real / "running.json")
    with pytest.raises(Misconfigured, match="is a link"):
        folder.claim(real / "v.sqlite")
    with pytest.raises(Misconfigured, match="is a link"):
        folder.claim(real / "w.sqlite")
    folder.write(real / "running.json", b"new")
    assert victim.read_text() == "precious"
    assert not (real / "running.json").is_symlink()


def test_files_that_others_can_read_are_not_believed(tmp_path: Path) -> None:
    """A discovery file somebody else could have written may lead anywhere."""
    data = folder.prepare(tmp_path / "box")
    folder.write(data / "x.json", b"{}")
    (data / "x.json").chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        folder.read(data / "x.json")


def test_two_boxes_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second is refused with both ways out, and let in when the first is gone."""
    data = folder.prepare(tmp_path / "box")
    first = folder.Lock(data)
    with pytest.raises(Misconfigured, match=r"another box runs.*tradewind stop.*--data"):
        folder.Lock(data)
    first.release()
    folder.Lock(data).release()


def test_a_first_start_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """What was wrong in it is not remembered, and its key, never shown, is not kept."""
    stranger = folder.prepare(tmp_path / "box") / "kraken.sqlite"
    stranger.write_bytes(b"somebody's")

    async def opened(instruments: str) -> bool:
        box = Box(Options(data=stranger.parent, port_base=0, instruments=instruments))
        await box.open()
        await box.close()
        return bool(box.new_keys)

    with pytest.raises(Misconfigured, match="there is no instrument NO/SUCH"):
        asyncio.run(opened("NO/SUCH"))
    assert sorted(path.name for path in stranger.parent.iterdir()) == [folder.LOCK, stranger.name]
    assert asyncio.run(opened(""))
    with pytest.raises(Misconfigured):
        asyncio.run(opened("NO/SUCH"))
    assert stranger.with_name(folder.BOX).exists()
    assert stranger.with_name("binance.sqlite").exists()
