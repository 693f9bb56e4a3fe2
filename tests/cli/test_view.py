"""The live view: everything of the box on one screen."""

import io
import re

from rich.console import Console

from tradewind.cli.view import Seen, picture

SEEN = Seen(
    status={
        "venue_time": "2026-11-24T10:00:00.000",
        "frozen": False,
        "speed": 1.0,
        "venues": {"one": {"title": "Venue One", "doors": {"rest": "http://127.0.0.1:1"}}},
    },
    book={
        "instrument": "BTC/USDT",
        "bids": [["99.5", "1.25"], ["99.0", "3"]],
        "asks": [["100.5", "0.5"], ["101.0", "2"]],
    },
    trades=[{"time": 0, "price": "100.1", "quantity": "0.7", "side": "buy"}],
    account={
        "account": "default",
        "balances": [{"asset": "USDT", "available": "9000", "held": "1000"}],
        "open_orders": [
            {
                "side": "buy",
                "instrument": "BTC/USDT",
                "quantity": "0.01",
                "price": "90.0",
                "order_status": "open",
            }
        ],
        "fills": [
            {
                "side": "sell",
                "instrument": "BTC/USDT",
                "quantity": "0.02",
                "price": "100.0",
                "fee": "0.002",
                "fee_asset": "USDT",
            }
        ],
    },
    requests=[
        {
            "at": 0,
            "microseconds": 1500,
            "status": 400,
            "code": "-1121",
            "method": "GET",
            "path": "/depth",
            "query": "symbol=NOPE",
            "did": "",
        }
    ],
    best={"ETH/USDT": ("4000.10000000", "4000.50000000")},
)


def drawn(seen: Seen, width: int = 130, height: int = 40) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, no_color=True)
    console.print(picture("one", seen, height))
    return re.sub(" +", " ", out.getvalue())


def test_everything_is_on_the_screen() -> None:
    """Book, spread, trades, balances, orders, fills, requests."""
    text = drawn(SEEN)
    for piece in (
        "Venue One at http://127.0.0.1:1",
        "BTC/USDT",
        "99.50",
        "1 apart",
        "101.00",
        "4000.10 4000.50",
        "00:00:00",
        "0.7",
        "USDT",
        "1000",
        "0.01",
        "open",
        "fee 0.002 USDT",
        "400 -1121",
        "GET /depth",
        "symbol=NOPE",
    ):
        assert piece in text


def test_the_best_offers_meet_in_the_middle() -> None:
    """Asks above, best one lowest; bids below, best one highest."""
    text = drawn(SEEN)
    places = [text.index(price) for price in ("101.00", "100.50", "1 apart", "99.50", "99.00")]
    assert places == sorted(places)


def test_an_empty_market_is_drawn_too() -> None:
    """No offers, no trades, no money, nothing asked."""
    nothing = Seen(
        status=SEEN.status,
        book={"instrument": "BTC/USDT", "bids": [], "asks": []},
        trades=[],
        account={"account": "default", "balances": [], "open_orders": [], "fills": []},
        requests=[],
    )
    assert "no spread" in drawn(nothing)


def test_a_small_terminal_cuts_no_number_and_still_shows_requests() -> None:
    """80 columns and 24 lines are what most terminals open with."""
    long = "103780.80"
    busy = Seen(
        status=SEEN.status,
        book={
            "instrument": "BTC/USDT",
            "bids": [[f"1037{80 - n}.66", "0.09975"] for n in range(10)],
            "asks": [[f"1037{81 + n}.12", "0.14888"] for n in range(10)],
        },
        trades=[{"time": 0, "price": long, "quantity": "0.01478", "side": "buy"}],
        account=SEEN.account | {"fills": [SEEN.account["fills"][0] | {"price": long}]},
        requests=SEEN.requests,
        best={"BTC/USDT": (long, "103790.25")},
    )
    text = drawn(busy, 80, 24)
    for piece in (
        "103780.66 0.09975",
        "103781.12 0.14888",
        f"00:00:00 {long} 0.01478",
        f"BTC/USDT {long} 103790.25",
        f"sell 0.02 {long}",
        "GET /depth",
    ):
        assert piece in text
