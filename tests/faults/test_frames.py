"""Faults of streams, over real sockets: the frames that come, and those that should have."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest

from tradewind.net.wire import Closed, WebSocketClient
from tradewind.testing import Exchange

from .bot import PAIR, Bot, listen, next_frame

DEPTH = "/ws/btcusdt@depth@100ms"
ASKS = [(100, 5), (101, 5)]


async def _moves(venue: Exchange, client: WebSocketClient, count: int) -> list[Any]:
    """Change the book so often, each change in a frame of its own; what came."""
    found = []
    for number in range(count):
        last = _told(venue)
        await asyncio.to_thread(venue.book, PAIR, bids=[(99, 5 + number)], asks=ASKS)
        await asyncio.to_thread(venue.wait_for, lambda last=last: _told(venue) > last)
    try:
        while True:
            found.append(await next_frame(client, 0.3))
    except TimeoutError:
        return found


def _told(venue: Exchange) -> int:
    """How many depth frames the venue had for its clients, sent or not."""
    return sum(bool(row.get("last")) for row in venue.ask("GET", "/wire")["rows"])


def _versions(frames: list[Any]) -> list[tuple[int, int]]:
    return [(frame["U"], frame["u"]) for frame in frames]


def _play(venue: Exchange, count: int = 3) -> list[Any]:
    async def act(client: WebSocketClient) -> list[Any]:
        return await _moves(venue, client, count)

    return listen(venue, DEPTH, act)


def test_without_faults_depth_has_no_gap(venue: Exchange) -> None:
    """Each frame begins where the one before ended."""
    versions = _versions(_play(venue))
    assert len(versions) == 3
    assert all(b[0] == a[1] + 1 for a, b in pairwise(versions))


def test_a_gap_leaves_one_frame_out(venue: Exchange) -> None:
    """The versions jump; the record has what was withheld."""
    venue.fault("gap", channel="*@depth*", nth=2)
    versions = _versions(_play(venue))
    assert len(versions) == 2
    assert versions[1][0] > versions[0][1] + 1
    rows = venue.ask("GET", "/wire")["rows"]
    (withheld,) = [row for row in rows if row["fate"] == "withheld"]
    assert (withheld["first"], withheld["last"]) == (versions[0][1] + 1, versions[1][0] - 1)


def test_a_frame_comes_twice(venue: Exchange) -> None:
    """The same one."""
    venue.fault("duplicate", channel="*@depth*", nth=1)
    frames = _play(venue, 2)
    assert len(frames) == 3
    assert frames[0] == frames[1]


def test_a_frame_comes_after_the_next(venue: Exchange) -> None:
    """Nothing is missing."""
    venue.fault("reorder", channel="*@depth*", nth=1)
    versions = _versions(_play(venue))
    assert versions[0] > versions[1] < versions[2]
    assert sorted(versions)[0] == versions[1]


def test_a_frozen_socket_goes_on_pinging(venue: Exchange, bot: Bot) -> None:
    """Data stops, pongs come, REST is as ever; clearing it lets frames through again."""

    async def act(client: WebSocketClient) -> tuple[list[Any], int, list[Any]]:
        silent = await _moves(venue, client, 2)
        trip = await client.ping()
        await asyncio.to_thread(venue.clear_faults)
        return silent, trip, await _moves(venue, client, 1)

    venue.fault("freeze")
    silent, trip, again = listen(venue, DEPTH, act)
    assert silent == []
    assert trip > 0
    assert len(again) == 1
    assert bot.ask("GET", "/api/v3/depth", symbol="BTCUSDT")[1]["bids"]


def test_a_crossed_book_is_shown_and_is_not_there(venue: Exchange, bot: Bot) -> None:
    """Best bid above best ask on every door; the book trades as it is."""
    venue.fault("crossed")
    book = bot.ask("GET", "/api/v3/depth", symbol="BTCUSDT")[1]
    assert float(book["bids"][0][0]) > float(book["asks"][0][0])
    (frame,) = _play(venue, 1)
    assert max(float(p) for p, _ in frame["b"]) > max(float(p) for p, _ in frame["a"])
    best = venue.order_book(PAIR, 1)
    assert best.bids[0].price < best.asks[0].price


@pytest.mark.parametrize(("value", "code"), [(0, 1006), (1012, 1012)])
def test_a_connection_is_ended_and_the_next_accepted(
    venue: Exchange, value: int, code: int
) -> None:
    """Without a word, or with a close code."""

    async def act(client: WebSocketClient) -> int:
        await asyncio.to_thread(venue.fault, "disconnect", value=value)
        with pytest.raises(Closed) as ended:
            await next_frame(client)
        return ended.value.why.code

    assert listen(venue, DEPTH, act) == code
    assert venue.ask("GET", "/faults")["faults"] == []
    assert len(_play(venue, 1)) == 1


def test_maintenance_ends_streams_and_refuses_handshakes(venue: Exchange) -> None:
    """Told with 1001; the record has the refusal."""

    async def act(client: WebSocketClient) -> int:
        await asyncio.to_thread(venue.fault, "maintenance")
        with pytest.raises(Closed) as ended:
            await next_frame(client)
        return ended.value.why.code

    assert listen(venue, DEPTH, act) == 1001
    with pytest.raises(Exception, match="503"):
        listen(venue, DEPTH, next_frame)
    rows = venue.ask("GET", "/wire")["rows"]
    assert [row["status"] for row in rows if row["fate"] == "refused"] == [503]


def test_an_answer_over_websocket_can_be_withheld(venue: Exchange, bot: Bot) -> None:
    """The order is placed, the socket is cut without an answer."""

    async def act(client: WebSocketClient) -> int:
        client.send(json.dumps({"id": 1, "method": "time"}).encode())
        with pytest.raises(Closed) as ended:
            await next_frame(client)
        return ended.value.why.code

    venue.fault("drop", operation="time")
    assert listen(venue, "/ws-api/v3", act) == 1006


def test_a_venues_word_over_websocket_has_the_requests_id(venue: Exchange) -> None:
    """The venue's word in the envelope of that door."""

    async def act(client: WebSocketClient) -> Any:
        client.send(json.dumps({"id": "mine", "method": "time"}).encode())
        return await next_frame(client)

    for code, kind, value in (
        (-1007, "timeout", {}),
        (-1006, "timeout", {"value": 1}),
        (-1008, "overload", {}),
    ):
        number = venue.fault(kind, operation="time", **value)
        told = listen(venue, "/ws-api/v3", act)
        assert (told["id"], told["error"]["code"]) == ("mine", code)
        venue.clear_fault(number)
