"""What the market streams push, and the control messages around them.

Source: the official Spot docs, web-socket-streams.md at 2026-07-21, read 2026-11-24. One-letter
names are the wire's own; their meaning is beside them. ``E`` is when the event was made, ``T`` when
the trade was. Prices and quantities are decimal text.
"""

from msgspec import Raw, Struct

from .market import Level


class AggregateTrade(Struct, frozen=True, tag_field="e", tag="aggTrade"):
    """``<symbol>@aggTrade``: what one taker order traded at one price."""

    E: int
    s: str
    a: int  # aggregate id
    p: str
    q: str
    f: int  # first trade id
    l: int
    T: int
    m: bool  # the buyer was the maker
    M: bool


class Trade(Struct, frozen=True, tag_field="e", tag="trade"):
    """``<symbol>@trade``."""

    E: int
    s: str
    t: int
    p: str
    q: str
    T: int
    m: bool
    M: bool


class BlockTrade(Struct, frozen=True, tag_field="e", tag="blockTrade"):
    """``<symbol>@blockTrade`` (since 2026-05)."""

    E: int
    s: str
    t: int
    p: str
    q: str
    T: int
    m: bool


class Candle(Struct, frozen=True):
    """The candle inside a kline event."""

    t: int  # start
    T: int  # end, inclusive
    s: str
    i: str  # interval
    f: int  # first trade id
    L: int  # last trade id
    o: str
    c: str
    h: str
    l: str
    v: str
    n: int
    x: bool  # closed
    q: str
    V: str  # taker buy base volume
    Q: str  # taker buy quote volume
    B: str  # to be ignored


class Kline(Struct, frozen=True, tag_field="e", tag="kline"):
    """``<symbol>@kline_<interval>`` and the same with ``@+08:00``."""

    E: int
    s: str
    k: Candle


class MiniTicker(Struct, frozen=True, tag_field="e", tag="24hrMiniTicker"):
    """``<symbol>@miniTicker``, and an element of ``!miniTicker@arr``."""

    E: int
    s: str
    c: str
    o: str
    h: str
    l: str
    v: str
    q: str


class Ticker(Struct, frozen=True, tag_field="e", tag="24hrTicker"):
    """``<symbol>@ticker``."""

    E: int
    s: str
    p: str  # price change
    P: str  # ... in percent
    w: str  # weighted average price
    x: str  # price of the trade before the window
    c: str
    Q: str  # last quantity
    b: str
    B: str
    a: str
    A: str
    o: str
    h: str
    l: str
    v: str
    q: str
    O: int
    C: int  # window end
    F: int
    L: int
    n: int


class WindowTicker(Struct, frozen=True):
    """``<symbol>@ticker_<window>``: ``e`` is 1hTicker, 4hTicker or 1dTicker."""

    e: str
    E: int
    s: str
    p: str
    P: str
    o: str
    h: str
    l: str
    c: str
    w: str
    v: str
    q: str
    O: int
    C: int
    F: int
    L: int
    n: int


class BookTicker(Struct, frozen=True):
    """``<symbol>@bookTicker``: no event type and no event time."""

    u: int
    s: str
    b: str
    B: str
    a: str
    A: str


class AveragePrice(Struct, frozen=True, tag_field="e", tag="avgPrice"):
    """``<symbol>@avgPrice``."""

    E: int
    s: str
    i: str
    w: str
    T: int


class PartialDepth(Struct, frozen=True, rename="camel"):
    """``<symbol>@depth<levels>``: no event type and no symbol."""

    last_update_id: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class DepthUpdate(Struct, frozen=True, tag_field="e", tag="depthUpdate"):
    """``<symbol>@depth``: absolute quantities of the levels that changed from ``U`` to ``u``."""

    E: int
    s: str
    U: int
    u: int
    b: tuple[Level, ...]
    a: tuple[Level, ...]


class ReferencePrice(Struct, frozen=True, tag_field="e", tag="referencePrice"):
    """``<symbol>@referencePrice``: no event time; ``r`` is null while there is none."""

    s: str
    r: str | None
    t: int


class ServerShutdown(Struct, frozen=True, tag_field="e", tag="serverShutdown"):
    """Said before the server closes a connection (since 2026-02)."""

    E: int


class Combined(Struct, frozen=True):
    """How combined connections wrap every payload."""

    stream: str
    data: Raw


# --- control ------------------------------------------------------------------------------------

RequestId = int | str | None


class Answer(Struct, frozen=True):
    """What a control message is answered with; ``result`` null says done."""

    result: tuple[str, ...] | bool | None
    id: RequestId


class Fault(Struct, frozen=True):
    """Why a control message was refused."""

    code: int
    msg: str


class Refused(Struct, frozen=True):
    """The live envelope of a fault (observed; the docs print the inner object bare)."""

    error: Fault
    id: RequestId


class RefusedUnread(Struct, frozen=True):
    """The same for a message whose id could not be read."""

    error: Fault
