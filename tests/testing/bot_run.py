"""``python -m tests.testing.bot_run``: freqtrade trades ten minutes under `tradewind run`.

It is installed from PyPI and unchanged; its configuration says live trading on the venue, with a
key of the box. Afterwards what it earned is computed three ways that must agree: from the journal,
whose rows are all replayed by a second venue; from the fills; and from the bot's own database.
"""

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from tests.house.shape import ROOT

from tradewind.engine.commands import AnyCommand, PlaceOrder
from tradewind.exchange.clock import Clock
from tradewind.exchange.host import VenueHost
from tradewind.model import Fill
from tradewind.testing import Exchange

EXAMPLE = ROOT / "examples" / "freqtrade"
ACCOUNT = "freqtrade"
STAKE = Decimal(10_000)
FILLS_LEAST = 20
EXACT = Decimal("0.00001")
"""The bot counts in floats and keeps eight places."""

BIN = Path(sys.executable).parent


def main() -> int:
    """Run, wait, compare. 0 when there were enough fills and all three agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--keep", metavar="DIR", help="leave the folder there")
    options = parser.parse_args()
    folder = Path(options.keep or tempfile.mkdtemp(prefix="tradewind-bot-"))
    folder.mkdir(exist_ok=True)
    pairs = json.loads((EXAMPLE / "config.json").read_text())["exchange"]["pair_whitelist"]
    with box(folder / "data", pairs) as ready:
        exchange = Exchange.attach(ready["admin"], ready["admin_token"], account=ACCOUNT)
        first = snapshots(folder / "data" / f"{exchange.venue}.sqlite")[0]
        key = exchange.key(account=ACCOUNT, label=ACCOUNT)
        exchange.faucet(USDT=STAKE)
        summary = trade(folder, key.api_key, key.api_secret, options.minutes)
        told = report(exchange, folder, summary)
    told["journal"] = journaled(folder / "data", exchange.venue, pairs, first)
    print(json.dumps(told, indent=1, default=lambda value: f"{value.normalize():f}"))
    if not options.keep:
        shutil.rmtree(folder)
    return judge(told)


@contextmanager
def box(data: Path, pairs: list[str]) -> Iterator[dict[str, Any]]:
    """A box in a process of its own."""
    command = [str(BIN / "tradewind"), "up", "--json", "--data", str(data), "--port-base", "0"]
    process = subprocess.Popen(
        [*command, "--seed", "7", "--instruments", ",".join(pairs)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(30)


def trade(folder: Path, api_key: str, secret: str, minutes: float) -> dict[str, Any]:
    """The bot for so long, then Ctrl-C as its user would; what `tradewind run` has seen."""
    user = folder / "user"
    shutil.copytree(EXAMPLE / "strategies", user / "strategies", dirs_exist_ok=True)
    summary, log = folder / "summary.json", folder / "freqtrade.log"
    command = [str(BIN / "tradewind"), "run", "--data", str(folder / "data"), "--quiet"]
    command += ["--summary", str(summary), "--", str(BIN / "freqtrade"), "trade"]
    command += ["--config", str(EXAMPLE / "config.json"), "--userdir", str(user)]
    command += ["--strategy", "Alternate", "--db-url", f"sqlite:///{folder / 'bot.sqlite'}"]
    environment = {
        **os.environ,
        "FREQTRADE__EXCHANGE__KEY": api_key,
        "FREQTRADE__EXCHANGE__SECRET": secret,
    }
    with log.open("w") as out:
        bot = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
        try:
            bot.wait(minutes * 60)
        except subprocess.TimeoutExpired:
            bot.send_signal(signal.SIGINT)
            bot.wait(60)
        else:
            raise SystemExit(f"the bot ended by itself:\n{log.read_text()[-4_000:]}")
    found: dict[str, Any] = json.loads(summary.read_text()) if summary.exists() else {}
    return found


def report(exchange: Exchange, folder: Path, summary: dict[str, Any]) -> dict[str, Any]:
    """What fills, balances and the bot's own database say."""
    fills = exchange.fills()
    cash = STAKE
    coins: dict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        base, quote = fill.instrument.split("/")
        sign = 1 if fill.side == "buy" else -1
        cash -= sign * fill.price * fill.quantity
        coins[base] += sign * fill.quantity
        if fill.fee_asset == quote:
            cash -= fill.fee
        else:
            coins[fill.fee_asset] -= fill.fee
    refused = [str(each) for each in exchange.requests() if each.refused]
    return {
        "fills": len(fills),
        "orders": len(exchange.orders()),
        "instruments": sorted({fill.instrument for fill in fills}),
        "from_fills": {"USDT": cash, **{name: each for name, each in coins.items() if each}},
        "balances": {name: each.total for name, each in exchange.balances().items() if each.total},
        "bot": own_books(folder / "bot.sqlite", fills),
        "refused": refused[-20:],
        "reached": summary,
    }


def own_books(path: Path, fills: list[Fill]) -> dict[str, Any]:
    """The closed trades of freqtrade's database: their profit as it says, and by our fills."""
    with closing(sqlite3.connect(path)) as books:
        closed = books.execute("SELECT id, close_profit_abs FROM trades WHERE is_open = 0")
        said = dict(closed.fetchall())
        orders = books.execute("SELECT ft_trade_id, order_id FROM orders").fetchall()
        (opened,) = books.execute("SELECT count(*) FROM trades WHERE is_open = 1").fetchone()
    by_fills = {}
    for trade in said:
        ours = {order for each, order in orders if each == trade}
        by_fills[trade] = profit([fill for fill in fills if fill.order_id in ours])
    return {
        "closed": len(said),
        "open": opened,
        "profit": round(sum(said.values()), 8),
        "profit_by_fills": round(sum(by_fills.values(), Decimal(0)), 8),
        "differ": [n for n in said if abs(Decimal(str(said[n])) - by_fills[n]) > EXACT],
    }


def profit(fills: list[Fill]) -> Decimal:
    """Of what was sold: its proceeds less what it had cost, both fees counted in the quote asset.

    A buy's fee is taken in coins and leaves dust behind, which is not sold and not counted.
    """
    buys = [fill for fill in fills if fill.side == "buy"]
    sells = [fill for fill in fills if fill.side == "sell"]
    bought, sold = (sum(fill.quantity for fill in side) for side in (buys, sells))
    cost = sum(fill.price * fill.quantity for fill in buys)
    fee = sum(fill.fee for fill in buys) / bought
    earned = sum(fill.price * fill.quantity - fill.fee for fill in sells)
    return Decimal(earned - cost / bought * sold * (1 + fee))


def snapshots(path: Path) -> list[tuple[Any, ...]]:
    """The rows of the journal's snapshots, the oldest first."""
    with closing(sqlite3.connect(path)) as journal:
        return journal.execute("SELECT * FROM snapshots ORDER BY seq").fetchall()


def journaled(data: Path, venue: str, pairs: list[str], first: tuple[Any, ...]) -> dict[str, Any]:
    """Balances after a second venue has replayed every row since the box was new."""
    path = data / f"{venue}.sqlite"
    with closing(sqlite3.connect(path)) as journal, journal:
        journal.execute("DELETE FROM snapshots")
        journal.execute(f"INSERT INTO snapshots VALUES({','.join('?' * len(first))})", first)
        rows = journal.execute("SELECT payload FROM journal WHERE kind = 'command'").fetchall()
    commands = [msgspec.msgpack.decode(row[0], type=AnyCommand) for row in rows]
    seed = json.loads((data / "box.json").read_text())["seed"]
    again = VenueHost(venue, data, seed, Clock(), settings={"instruments": ",".join(pairs)})
    again.open()
    try:
        number = again.accounts[ACCOUNT]
        unit = Decimal(1).scaleb(-again.facts.decimals)
        totals = {
            asset: (available + held) * unit
            for asset, (available, held) in again.engine.balances(number).items()
        }
        placed = sum(type(each) is PlaceOrder and each.account == number for each in commands)
        return {
            "rows_replayed": again.replayed,
            "orders_placed": placed,
            "balances": {asset: total for asset, total in totals.items() if total},
        }
    finally:
        again.database.abandon()


def judge(told: dict[str, Any]) -> int:
    """Say what does not hold."""
    wrong = []
    if told["fills"] < FILLS_LEAST:
        wrong.append(f"{told['fills']} fills, fewer than {FILLS_LEAST}")
    if told["from_fills"] != told["balances"]:
        wrong.append("the fills do not give the balances")
    if told["journal"]["balances"] != told["balances"]:
        wrong.append("the journal does not give the balances")
    if told["bot"]["differ"] or not told["bot"]["closed"]:
        wrong.append(f"the bot's own books differ in its trades {told['bot']['differ']}")
    for each in wrong:
        print(f"WRONG: {each}", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    begun = time.monotonic()
    code = main()
    print(f"{time.monotonic() - begun:.0f} s")
    sys.exit(code)
