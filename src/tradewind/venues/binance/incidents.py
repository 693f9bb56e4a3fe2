"""Incidents that users of this venue reported, as scenarios (pure data).

Threads were read on 2026-11-24. What happened behind the venue's doors is not known to anybody
outside; a scenario does what would look the same from the outside.
"""

from ...protocol.faults import Fault, Kind
from ...protocol.incidents import Scenario, Step, When

PAIR = "BTC/USDT"
PLACES = ("order.place",)
BOOKS = ("depth", "ticker.book")
ORDERS = ("order.status", "openOrders.status", "allOrders", "myTrades")
DEPTH = "*@depth*"
EVENTS = "*@executionReport"

BUY = "buy 0.01 BTC/USDT with a limit order; be sure that it is there once"
FOLLOW = "follow the order book of BTC/USDT for fourteen seconds, then buy 0.01 at its best ask"
OWN = "follow your own orders, buy 0.01 BTC/USDT below the market, learn what becomes of it"

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="order-timeout",
        thread="https://github.com/ccxt/ccxt/issues/2599",
        told="the request to place an order timed out, and the order went through all the same",
        task=BUY,
        rules=("doubled", "survived"),
        seconds=60,
        faults=(Fault(Kind.DELAY, operation="order.place", nth=1, value=12_000),),
        places=PLACES,
    ),
    Scenario(
        name="status-unknown",
        thread="https://github.com/nautechsystems/nautilus_trader/issues/4215",
        told="-1007 (status unknown) was taken for a failure: the order was sent again although it "
        "had been accepted",
        task=BUY,
        rules=("doubled", "survived"),
        faults=(Fault(Kind.TIMEOUT, operation="order.place", nth=1),),
        places=PLACES,
    ),
    Scenario(
        name="gateway-error",
        thread="https://github.com/banbox/banbot/issues/114",
        told="the answer to an order was an error with 503, and the order was there",
        task=BUY,
        rules=("doubled", "survived"),
        faults=(Fault(Kind.ERROR, operation="order.place", nth=1, value=503),),
        places=PLACES,
    ),
    Scenario(
        name="silent-socket",
        thread="https://github.com/sammchardy/python-binance/issues/1057",
        told="after some minutes a stream says nothing more; no error, no reconnect",
        task=FOLLOW,
        rules=("stale", "survived"),
        steps=(Step(When(channel=DEPTH, count=5), faults=(Fault(Kind.FREEZE),)),),
        places=PLACES,
        looks=BOOKS,
    ),
    Scenario(
        name="depth-gap",
        thread="https://github.com/ccxt/ccxt/issues/17719",
        told="the book of a depth stream does not show what the venue has: updates are missing",
        task=FOLLOW,
        rules=("stale", "survived"),
        steps=(
            Step(When(channel=DEPTH, count=5), faults=(Fault(Kind.GAP, channel=DEPTH, nth=1),)),
        ),
        places=PLACES,
        looks=BOOKS,
    ),
    Scenario(
        name="out-of-order",
        thread="https://github.com/ccxt/ccxt/issues/17827",
        told="depth updates came out of order, and the stream's book raised an error",
        task=FOLLOW,
        rules=("stale", "survived"),
        steps=(
            Step(When(channel=DEPTH, count=5), faults=(Fault(Kind.REORDER, channel=DEPTH, nth=1),)),
        ),
        places=PLACES,
        looks=BOOKS,
    ),
    Scenario(
        name="clock-drift",
        thread="https://github.com/ccxt/ccxt/issues/2281",
        told="-1021 although the clocks differ by little",
        task=BUY,
        rules=("got_through",),
        faults=(Fault(Kind.SKEW, value=-3_000),),
        places=PLACES,
    ),
    Scenario(
        name="many-bots",
        thread="https://github.com/freqtrade/freqtrade/issues/12441",
        told="six bots behind one address, each within the limits, were banned with 418",
        task="ask for the order book of BTC/USDT, 5000 levels, for twenty seconds",
        rules=("limits", "survived"),
        copies=6,
        seconds=90,
        places=PLACES,
    ),
    Scenario(
        name="listen-key",
        thread="https://github.com/hummingbot/hummingbot/issues/8035",
        told="on 2026-02-20 the user data stream answered with 410: no bot heard of its orders",
        task=OWN,
        rules=("own_events", "survived"),
        settings={"date": "2026-02-20"},
        places=PLACES,
        looks=ORDERS,
    ),
    Scenario(
        name="away-meanwhile",
        thread="https://github.com/oliver-zehentleitner/unicorn-binance-websocket-api/issues/42",
        told="a connection ends, after 24 hours at the latest; what is told until the next one is "
        "there is lost",
        task=OWN,
        rules=("told_of_fills", "survived"),
        steps=(
            Step(
                When(channel=EVENTS),
                faults=(
                    Fault(Kind.DISCONNECT),
                    Fault(Kind.JUMP, instrument=PAIR, value=-20),
                ),
            ),
        ),
        places=PLACES,
        looks=ORDERS,
    ),
    Scenario(
        name="event-twice",
        thread="https://github.com/ccxt/ccxt/issues/18028",
        told="the stream of orders told one fill twice",
        task="buy 0.01 BTC/USDT at the market; for each fill that your stream tells, sell as much",
        rules=("sold_twice", "survived"),
        faults=(Fault(Kind.DUPLICATE, channel=EVENTS),),
        places=PLACES,
    ),
    Scenario(
        name="refused-loop",
        thread="https://github.com/hummingbot/hummingbot/issues/462",
        told="orders were refused for lack of funds half a day long, until the venue's daily limit "
        "was used up",
        task="buy 0.01 BTC/USDT again and again for five seconds, whatever is answered",
        rules=("loop", "limits", "survived"),
        take={"USDT": "10000"},
        places=PLACES,
    ),
    Scenario(
        name="market-closed",
        thread="https://github.com/freqtrade/freqtrade/issues/2889",
        told="a market was closed for maintenance, and the bot crashed",
        task="buy 0.01 BTC/USDT; the market is closed until three orders were refused",
        rules=("got_through", "survived"),
        faults=(Fault(Kind.HALT, instrument=PAIR),),
        steps=(Step(When(operation="order.place", count=3), clear=True),),
        places=PLACES,
    ),
    Scenario(
        name="thin-book",
        thread="https://github.com/ccxt/ccxt/issues/8276",
        told="market orders were filled far from the price that was seen",
        task="buy 0.05 BTC/USDT at the market",
        rules=("slippage", "survived"),
        faults=(Fault(Kind.THIN, instrument=PAIR, value=1),),
        places=PLACES,
    ),
    Scenario(
        name="wrong-certificate",
        thread="https://github.com/sammchardy/python-binance/issues/605",
        told="requests went out without looking at the venue's certificate",
        task=BUY,
        rules=("certificate",),
        faults=(Fault(Kind.CERTIFICATE, flaw="wrong"),),
        places=PLACES,
    ),
)
