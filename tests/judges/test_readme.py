"""The README's examples with other people's software, run as they stand against a running box."""

from pathlib import Path

import pytest
from tests.house.docs import Block, Reader, blocks, pages

pytestmark = pytest.mark.judge
EXAMPLES = [block for page in pages() for block in blocks(page) if block.judge]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """A reader whose box is up."""
    found = Reader(tmp_path_factory.mktemp("reader"))
    found.run(Block("here", 1, "sh", (), "tradewind up"))
    yield found
    found.close()


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.id)
def test_example(reader: Reader, block: Block, tmp_path: Path) -> None:
    """It runs without an error."""
    reader.run(block)
