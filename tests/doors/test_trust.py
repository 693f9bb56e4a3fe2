"""Where programs read trusted certificates from."""

import sys
from pathlib import Path

import pytest

from tradewind.cli import trust


def test_the_hash_is_openssls() -> None:
    """`openssl x509 -hash` says this of the box's authority, and 11 bits of white space are one."""
    assert trust.subject_hash("tradewind local box") == "4ee0c2f0"
    assert trust.subject_hash("Tradewind  LOCAL box ") == "4ee0c2f0"


def _script(file: Path, first: str) -> str:
    file.write_text(f"{first}\nprint('never run')\n")
    file.chmod(0o755)
    return str(file)


def test_the_interpreter_is_found_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named, behind a shell's words, or in a script's first line."""
    python = tmp_path / "python3.99"
    _script(python, "#!/bin/sh")
    script = _script(tmp_path / "bot", f"#!{python}")
    by_env = _script(tmp_path / "other", "#!/usr/bin/env python3.99")
    empty = {"PATH": str(tmp_path)}
    monkeypatch.chdir(tmp_path)
    for command in (
        [str(python), "x.py"],
        ["sh", "-c", f"cd /; {python} x.py"],
        [script],
        [by_env],
    ):
        assert trust.pythons(command, empty) == [str(python)], command
    assert trust.pythons(["/bin/true"], empty) == []
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    at_hand = _script(tmp_path / ".venv" / "bin" / "python", "#!/bin/sh")
    assert Path(*trust.pythons(["/bin/true"], empty)).resolve() == Path(at_hand)
    assert trust.pythons([script], empty) == [str(python)]


def test_every_copy_that_packages_bring_is_found(tmp_path: Path) -> None:
    """certifi's, vendored ones, others' under their usual names; each once."""
    site = tmp_path / "site"
    files = ["certifi/cacert.pem", "pip/_vendor/certifi/cacert.pem", "botocore/cacert.pem",
             "httplib2/cacerts.txt", "grpc/_cython/_credentials/roots.pem"]  # fmt: skip
    for name in files:
        file = site / name
        file.parent.mkdir(parents=True)
        file.write_text("certificates")
    (site / "linked").mkdir()
    (site / "linked" / "cacert.pem").symlink_to(site / files[0])
    found = trust.bundles([sys.executable], {"PATH": "", "PYTHONPATH": str(site)})
    ours = [file for file in found if file.is_relative_to(site)]
    assert sorted(ours) == sorted(site / name for name in files)
    assert len(found) == len(set(found))


def test_a_bundle_grows_by_one(tmp_path: Path) -> None:
    """What was trusted before still is, in a copy; the original is not touched."""
    original, copy = tmp_path / "a", tmp_path / "b"
    original.write_text("OLD")
    trust.extended(original, "NEW", copy)
    assert copy.read_text() == "OLD\nNEW"
    assert original.read_text() == "OLD"
    trust.extended(None, "NEW", copy)
    assert copy.read_text() == "\nNEW"


def test_the_hashed_folder_grows_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links stay links; a name that is taken gets the next number."""
    folder = tmp_path / "certs"
    folder.mkdir()
    name = trust.subject_hash("x")
    (folder / "one.pem").write_text("ONE")
    (folder / f"{name}.0").symlink_to("one.pem")
    monkeypatch.setattr(trust, "HASHED", folder)
    to = tmp_path / "copy"
    assert trust.hashed_copy("NEW", "x", to)
    assert (to / f"{name}.0").is_symlink()
    assert (to / f"{name}.1").read_text() == "NEW"
    monkeypatch.setattr(trust, "HASHED", tmp_path / "none")
    assert not trust.hashed_copy("NEW", "x", tmp_path / "other")
