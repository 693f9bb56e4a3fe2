"""``tradewind demo``: start a box, play the tour against it, let the README's bot trade on it, then
show it live until Ctrl-C.

Box and bot are processes of their own, as they are for everybody else; a box that already runs on
the folder is used and left alone. In a pipe there is no live view: the demo ends with the bot.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Timer

from rich.rule import Rule
from rich.text import Text

from ..client import local
from ..model import Misconfigured
from ..venues import have, names
from . import tour, view
from .tour_texts import LANGUAGES

SECONDS = 15
"""For the box to go on the word; its snapshot takes less."""

BOT = Path(__file__).parents[3] / "examples" / "bot.py"
"""Of the source tree; an installed package has none, and its demo no bot."""

BOT_SECONDS = 30
"""For its two trades, which take three on a market that moves."""

TEXTS: Mapping[str, Mapping[str, str]] = {
    "title": {"en": "And a bot: {file}", "zh": "再看一个机器人：{file}"},
    "text": {
        "en": "The {lines} lines of the README, sent through Tradewind's client. It offers to buy "
        "and to sell at the best prices, and after two fills mistypes a quantity: its guard lets "
        "no order be worth more than 2000 USDT.",
        "zh": "README 里的 {lines} 行代码，经由 Tradewind 客户端下单：在最优价两边挂单，"
        "成交两次后把数量打错；风控不放行价值超过 2000 USDT 的订单。",
    },
    "fine": {"en": "the bot has ended by itself", "zh": "机器人已自行结束"},
    "live": {
        "en": "Now the box live; Ctrl-C ends it and brings this text back.",
        "zh": "接下来实时显示；按 Ctrl-C 结束并回到本页。",
    },
    "over": {
        "en": "The box has stopped; what happened is kept in {data}. To go on: {command}",
        "zh": "模拟交易所已停止，数据保存在 {data}。继续使用：{command}",
    },
    "wrong": {"en": "the bot has FAILED (exit code {code})", "zh": "机器人出错（退出码 {code}）"},
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where, and in which language."""
    parser.add_argument("--venue", default="", help="whose tutorial; the first there is")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the tour")
    parser.add_argument("--data", metavar="DIR", help="the box's data folder")
    parser.add_argument("--seed", type=int, metavar="N", help="what the market follows from")


def run(options: argparse.Namespace) -> int:
    """0 when the whole tour went as told, and the bot too."""
    venue = options.venue or _first()
    box = _start(options, venue)
    try:
        code = asyncio.run(tour.tell(venue, options.lang, options.data))
        if code == 0 and venue == _first() and BOT.exists():
            code = _trade(options)
        if code == 0 and sys.stdout.isatty():
            _say(options, "live")
            view.watch(venue, options.data)
        return code
    except KeyboardInterrupt:
        return 0
    finally:
        if box is not None:
            _stop(box)
            more = f" --data {options.data}" if options.data else ""
            _say(options, "over", data=local.folder(options.data), command=f"{_program()} up{more}")


def _program() -> str:
    """How this was started, where that can be typed again."""
    return sys.argv[0] if Path(sys.argv[0]).name == "tradewind" else "tradewind"


def _say(options: argparse.Namespace, name: str, style: str = "", **values: object) -> None:
    text = TEXTS[name][options.lang].format(**values)
    tour.console().print(Text(text, style=style), soft_wrap=True)


def _trade(options: argparse.Namespace) -> int:
    """Run the bot and tell what it says; 1 when it fails."""
    out = tour.console()
    title = TEXTS["title"][options.lang].format(file=BOT.relative_to(BOT.parents[1]))
    out.print(Rule(Text(title, style="bold cyan"), align="left", style="cyan"))
    text = TEXTS["text"][options.lang].format(lines=len(BOT.read_text().splitlines()))
    out.print(Text(text, style="italic"))
    out.print()
    bot = subprocess.Popen(  # noqa: S603 (our own program, no shell)
        [sys.executable, "-u", str(BOT)],
        env={**os.environ, "TRADEWIND_DATA": str(local.folder(options.data))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    late = Timer(BOT_SECONDS, bot.terminate)
    late.start()
    try:
        assert bot.stdout is not None
        for line in bot.stdout:
            out.print(Text(f"  {line.rstrip()}"))
        code = bot.wait()
    finally:
        late.cancel()
        _stop(bot)
    out.print()
    if code:
        _say(options, "wrong", "bold red", code=code)
        return 1
    _say(options, "fine", "bold green")
    return 0


def _first() -> str:
    found = [name for name in names() if have(name, "tour")]
    if not found:
        raise Misconfigured("no venue has a tour")
    return found[0]


def _start(options: argparse.Namespace, venue: str) -> "subprocess.Popen[str] | None":
    """The box's process once it is ready, None when one runs already."""
    data = Path(local.folder(options.data))
    if _runs(data):
        return None
    command = [sys.executable, "-m", "tradewind.cli", "up", "--json"]
    command += ["--venues", venue, "--data", str(data)]
    if options.seed is not None:
        command += ["--seed", str(options.seed)]
    # a session of its own: Ctrl-C is for us, and we stop the box when we are done
    box = subprocess.Popen(  # noqa: S603 (our own program, no shell)
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert box.stdout is not None
    line = box.stdout.readline()
    if not line:
        raise Misconfigured(f"the box did not start (exit code {box.wait()})")
    print(f"The box is ready; its data is in {json.loads(line)['data']}")
    return box


def _runs(data: Path) -> bool:
    try:
        local.running(data)
    except Misconfigured:
        return False
    return True


def _stop(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)  # nothing where it has ended
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdout is not None:
            process.stdout.close()
