"""A bot that somebody brings: it runs, or what is wrong with it is told in one line."""

from pathlib import Path

import pytest

from tradewind.cli import main

HEAD = """
from tradewind.strategy import Strategy

class Mine(Strategy):
    timer = 0.1
"""


def _told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, orders: int = 20
) -> tuple[int, str]:
    bot = tmp_path / "mine.py"
    bot.write_text(text)
    code = main(["simulate", "--bot", str(bot), "--orders", str(orders), "--seed", "3"])
    shown = capsys.readouterr()
    return code, (shown.out + shown.err).replace(str(bot), "mine.py")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\n", "mine.py must have one class that inherits from Strategy; has: none"),
        ("def (\n", "mine.py: SyntaxError: invalid syntax"),
        ("import nowhere_to_be_found\n", "mine.py, line 1: ModuleNotFoundError"),
        (HEAD + "    def __init__(self, x):\n        pass\n", "must be made without arguments"),
        (
            HEAD + "    async def on_timer(self):\n        raise ValueError('my own')\n",
            "mine.py, line 7: ValueError: my own",
        ),
    ],
    ids=["none", "syntax", "import", "arguments", "raises"],
)
def test_what_is_wrong_with_a_bot_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    """Where, and what; no traceback of ours."""
    code, shown = _told(tmp_path, capsys, text)
    assert code != 0
    assert told in shown
    assert "Traceback" not in shown


def test_a_bot_that_places_nothing_is_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten minutes of venue time without an order are told as what they are."""
    code, shown = _told(tmp_path, capsys, HEAD + "    instruments = ()\n")
    assert code == 1
    assert "no order in 600 seconds of venue time" in shown


def test_a_bot_trades_and_its_run_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A market order at each tick of its timer, whatever becomes of it."""
    text = HEAD + (
        "    async def on_timer(self):\n"
        "        self.start(self.buy())\n"
        "    async def buy(self):\n"
        "        from decimal import Decimal\n"
        "        from tradewind.model import TradewindError\n"
        "        try:\n"
        "            await self.venue.place_order('BTC/USDT', 'buy', 'market',"
        " quantity=Decimal('0.001'))\n"
        "        except TradewindError:\n"
        "            pass\n"
    )
    code, shown = _told(tmp_path, capsys, text, orders=100)
    assert code == 0, shown
    assert "nothing doubled, nothing lost, nothing wrong" in shown
