"""What our pages tell is so: every block runs, every command exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradewind.cli import COMMANDS

from .docs import Block, Reader, blocks, commands, make_words, pages
from .shape import ROOT

EXECUTED = ("sh", "python")
SHOWN = ("text", "json", "toml")  # pictures and answers: nothing to run
QUOTED = ("js", "yaml")  # parts of files in examples/, which are run by their own tests


def runnable(block: Block) -> bool:
    """Blocks of make words are run by CI itself (a test cannot run all tests)."""
    return block.language in EXECUTED and not block.judge and not make_words(block.text)


@pytest.fixture(scope="module", params=[p for p in pages() if any(map(runnable, blocks(p)))])
def reader(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Reader]]:
    """One reader per page, who reads it from top to bottom."""
    found = Reader(tmp_path_factory.mktemp("reader"))
    yield request.param, found
    found.close()


def test_every_block_of_a_page_runs(reader: tuple[Path, Reader]) -> None:
    """From top to bottom, as a reader would."""
    page, who = reader
    for block in filter(runnable, blocks(page)):
        try:
            who.run(block)
        except AssertionError as error:
            raise AssertionError(f"{block.id} fails:\n{block.text}\n{error}") from error


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    """`tradewind WORD` and `make WORD`, in blocks and in code spans."""
    text = page.read_text()
    code = "\n".join([block.text for block in blocks(page)] + re.findall(r"`([^`\n]+)`", text))
    assert commands(code) <= COMMANDS.keys()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert make_words(code) <= targets


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    """A block without a language would be run by nobody."""
    known = (*EXECUTED, *SHOWN, *QUOTED)
    assert [b.id for b in blocks(page) if b.language not in known] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_what_is_quoted_is_in_the_examples(page: Path) -> None:
    """Word for word: else it would be run by nobody."""
    files = [f for f in (ROOT / "examples").rglob("*") if f.suffix in (".mjs", ".yml")]
    examples = [file.read_text() for file in files]
    quoted = [block for block in blocks(page) if block.language in QUOTED]
    assert [b.id for b in quoted if not any(b.text in example for example in examples)] == []


def test_every_link_of_the_readme_leads_somewhere() -> None:
    """Relative links name files that exist."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "README.md").read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_a_command_that_does_not_exist_is_noticed() -> None:
    """The planted violation."""
    assert commands("tradewind launch now") - COMMANDS.keys() == {"launch"}
    assert make_words("make lunch") == {"lunch"}


def test_a_block_that_fails_is_noticed(tmp_path: Path) -> None:
    """The planted violation, in both languages."""
    reader = Reader(tmp_path)
    for language, text in (("sh", "false\ntrue\n"), ("python", "raise SystemExit(1)\n")):
        with pytest.raises(AssertionError):
            reader.run(Block("planted", 1, language, (), text))
