"""``tradewind view``: the running box live: book, last trades, your balances, orders and fills, and
the requests as they arrive. All of it comes from the admin API.
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import cycle
from threading import Event
from time import gmtime, strftime
from typing import Any

from msgspec import Struct
from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..client import local
from ..model import Misconfigured
from . import remote

SECONDS = 0.25
"""Between two looks: fast enough to feel live, slow enough to cost the box nothing."""

LEVELS = 10
"""Of each side of the book, where the screen is high enough."""

TRADES = 8
REQUEST_ROWS = 8
"""What the requests get at least, with their frame, before the book gets all its levels."""

MARKETS = 12
"""How many instruments' best prices are shown; two of them are looked at each time."""

REQUESTS = 200
"""How many requests are kept for the list; only those that fit are shown."""


class Seen(Struct):
    """One look at the box."""

    status: dict[str, Any]
    book: dict[str, Any]
    trades: list[dict[str, Any]]
    account: dict[str, Any]
    requests: list[dict[str, Any]]
    best: dict[str, tuple[str, str]] = {}
    """Instrument to best bid and ask."""


class Eyes:
    """Looks at a box again and again; the request log is read from where it was left."""

    def __init__(self, venue: str, instrument: str, account: str, data: str | None) -> None:
        self._venue, self._account, self._data = venue, account, data
        known = self._ask("/status")["venues"][venue]["instruments"]
        if instrument and instrument not in known:
            raise Misconfigured(f"there is no {instrument!r} here; there are: {', '.join(known)}")
        self.instrument = instrument or str(known[0])
        self._turn = cycle(known[:MARKETS])
        self._best: dict[str, tuple[str, str]] = {}
        for _ in known[:MARKETS]:
            self._glance()
        self._last = 0
        self._requests: list[dict[str, Any]] = []

    def look(self) -> Seen:
        """Everything that is shown."""
        where = {"venue": self._venue, "instrument": self.instrument}
        log = self._ask("/log", after=self._last)
        self._last = log["last"]
        self._requests = [*self._requests, *log["requests"]][-REQUESTS:]
        for _ in range(2):
            self._glance()
        return Seen(
            status=self._ask("/status"),
            book=self._ask("/books", levels=LEVELS, **where),
            trades=self._ask("/trades", limit=TRADES, **where)["trades"],
            account=self._ask("/account", venue=self._venue, account=self._account),
            requests=self._requests,
            best=self._best,
        )

    def _glance(self) -> None:
        """The best prices of the next instrument."""
        name = next(self._turn)
        book = self._ask("/books", venue=self._venue, instrument=name, levels=1)
        bid, ask = (book[side][0][0] if book[side] else "" for side in ("bids", "asks"))
        self._best[name] = (bid, ask)

    def _ask(self, path: str, **query: object) -> Any:
        return remote.ask(self._data, "GET", path, **query)


def watch(venue: str, data: str | None, instrument: str = "", account: str = "default") -> None:
    """Show the box until Ctrl-C, or until it stops."""
    eyes = Eyes(venue, instrument, account, data)
    pause = Event()
    with Live(screen=True, auto_refresh=False) as live:
        try:
            while True:
                live.update(picture(venue, eyes.look(), live.console.height), refresh=True)
                pause.wait(SECONDS)
        except (KeyboardInterrupt, Misconfigured):
            return


def picture(venue: str, seen: Seen, height: int) -> Layout:
    """The whole screen of so many lines; made for 80 columns and more."""
    levels = min(LEVELS, max(3, (height - REQUEST_ROWS - 4) // 2))
    layout = Layout()
    layout.split_column(
        Layout(_head(venue, seen), size=1),
        Layout(name="market", size=2 * levels + 3),
        Layout(_panel("requests, newest first", _requests(seen.requests)), name="requests"),
    )
    layout["market"].split_row(
        Layout(_panel(seen.book["instrument"], _book(seen.book, levels)), minimum_size=23, ratio=3),
        Layout(name="prices", minimum_size=33, ratio=4),
        Layout(name="mine", minimum_size=24, ratio=5),
    )
    layout["market"]["prices"].split_column(
        Layout(_panel("last trades", _trades(seen.trades)), size=min(TRADES, levels) + 2),
        Layout(_panel("best bid and ask", _markets(seen.best))),
    )
    mine = seen.account
    layout["market"]["mine"].split_column(
        Layout(_panel(f"balances of {mine['account']}", _balances(mine["balances"]))),
        Layout(_panel("your orders and fills", _orders(mine["open_orders"], mine["fills"]))),
    )
    return layout


def _panel(title: str, inner: RenderableType) -> Panel:
    return Panel(inner, title=title, title_align="left", border_style="grey37", padding=(0, 1))


def _head(venue: str, seen: Seen) -> Text:
    status = seen.status
    clock = str(status["venue_time"]).replace("T", " ")[:19]
    pace = "frozen" if status["frozen"] else f"x{status['speed']:g}"
    rest = status["venues"][venue]["doors"]["rest"]
    return Text.assemble(
        (" tradewind ", "bold black on cyan"),
        (f" {seen.status['venues'][venue]['title']} at {rest}", "bold"),
        (f"   venue time {clock} UTC {pace}   Ctrl-C ends", "dim"),
    )


def _book(book: dict[str, Any], levels: int) -> RenderableType:
    bids: Sequence[Sequence[str]] = book["bids"][:levels]
    asks: Sequence[Sequence[str]] = book["asks"][:levels]
    most = max((float(level[1]) for level in (*bids, *asks)), default=1.0)
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="crop")
    for price, quantity in reversed(asks):
        table.add_row(Text(_short(price), style="red"), quantity, _bar(quantity, most, "red"))
    table.add_row(*(Text(word, style="dim") for word in _spread(bids, asks)), "")
    for price, quantity in bids:
        table.add_row(Text(_short(price), style="green"), quantity, _bar(quantity, most, "green"))
    return table


def _bar(quantity: str, most: float, style: str) -> Text:
    return Text("▆" * max(1, round(6 * float(quantity) / most)), style=style)


def _spread(bids: Sequence[Sequence[str]], asks: Sequence[Sequence[str]]) -> tuple[str, str]:
    if not bids or not asks:
        return "no", "spread"
    return f"{float(asks[0][0]) - float(bids[0][0]):.8g}", "apart"


def _trades(trades: Sequence[dict[str, Any]]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for justify in ("left", "right", "right"):
        table.add_column(justify=justify, no_wrap=True)
    for trade in reversed(trades):
        style = "green" if trade["side"] == "buy" else "red"
        price = Text(_short(trade["price"]), style=style)
        table.add_row(Text(_time(trade["time"]), style="dim"), price, trade["quantity"])
    return table


def _markets(best: dict[str, tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    for style in ("green", "red"):
        table.add_column(justify="right", style=style, no_wrap=True)
    for name, (bid, ask) in best.items():
        table.add_row(name, _short(bid), _short(ask))
    return table


def _balances(balances: Sequence[dict[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="bold")
    for _ in range(2):
        table.add_column(justify="right", no_wrap=True)
    table.add_row(Text("", style="dim"), Text("available", style="dim"), Text("held", style="dim"))
    for row in balances:
        held = Text(row["held"], style="dim" if row["held"] == "0" else "yellow")
        table.add_row(row["asset"], row["available"], held)
    return table


def _orders(orders: Sequence[dict[str, Any]], fills: Sequence[dict[str, Any]]) -> RenderableType:
    table = Table.grid(padding=(0, 1), expand=True)
    for justify in ("left", "right", "right"):
        table.add_column(justify=justify, no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")  # what a narrow screen may cut
    for order in reversed(orders):
        table.add_row(
            _side(order["side"]),
            order["quantity"],
            _short(order["price"]) or "market",
            Text.assemble(order["instrument"], " ", (order["order_status"], "yellow")),
        )
    for fill in reversed(fills):
        fee = f"fee {fill['fee']} {fill['fee_asset']}"
        table.add_row(
            _side(fill["side"]),
            fill["quantity"],
            _short(fill["price"]),
            Text.assemble(fill["instrument"], " ", (fee, "dim")),
        )
    if not orders and not fills:
        return Text("none yet; try: tradewind tour", style="dim")
    return table


def _side(side: str) -> Text:
    return Text(side, style="green" if side == "buy" else "red")


def _requests(requests: Sequence[dict[str, Any]]) -> RenderableType:
    if not requests:
        return Text("none yet", style="dim")
    table = Table.grid(padding=(0, 2), expand=True)
    for justify in ("left", "right", "left", "left"):
        table.add_column(justify=justify, no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for row in reversed(requests):
        good = row["status"] < 400
        status = f"{row['status']} {row['code']}".strip()
        table.add_row(
            Text(_time(row["at"]), style="dim"),
            Text(f"{row['microseconds'] / 1000:.1f} ms", style="dim"),
            Text(status, style="green" if good else "red"),
            f"{row['method']} {row['path']}",
            Text(row["did"] or row["query"], style="" if row["did"] else "dim"),
        )
    return Group(table)


def _short(number: str) -> str:
    """Without zeros at the end, but never without two decimals."""
    whole, point, decimals = number.partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}" if point else number


def _time(at: int) -> str:
    return strftime("%H:%M:%S", gmtime(at / 1e9))


# --- the command --------------------------------------------------------------------------------


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at."""
    parser.add_argument("--venue", default="", help="the first of the box")
    parser.add_argument("--instrument", default="", metavar="A/B", help="whose book and trades")
    parser.add_argument("--account", default="default", metavar="NAME")
    parser.add_argument("--data", metavar="DIR", help="the box's data folder")


def run(options: argparse.Namespace) -> int:
    """Live in a terminal, once in a pipe."""
    venue = options.venue or next(iter(local.running(options.data).venues))
    if sys.stdout.isatty():
        watch(venue, options.data, options.instrument, options.account)
        return 0
    eyes = Eyes(venue, options.instrument, options.account, options.data)
    console = Console(width=140, height=60, no_color=True, highlight=False)
    console.print(picture(venue, eyes.look(), console.height))
    return 0
