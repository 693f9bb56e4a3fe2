"""Log, metrics and wire record tell what happened, and keep no secret."""

import gc
import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from tradewind.exchange.host import VenueHost
from tradewind.net.wire import WebSocketClient
from tradewind.testing import Exchange
from tradewind.testing.asking import Remote

from .bot import VENUE, Bot, listen, next_frame


def _metrics(venue: Exchange) -> dict[str, float]:
    import http.client
    from urllib.parse import urlsplit

    connection = http.client.HTTPConnection(urlsplit(venue.admin).netloc, timeout=5)
    connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {venue.admin_token}"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def _cancel(venue: Exchange) -> str:
    """A signed message about an order that is not there; its signature."""
    from tradewind.venues.binance import auth

    asked = {"symbol": "BTCUSDT", "origClientOrderId": "none", "apiKey": venue.api_key}
    params: dict[str, Any] = {**asked, "timestamp": time.time_ns() // 1_000_000}
    params["signature"] = auth.sign_params(auth.signer("hmac", venue.api_secret), params)

    async def act(client: WebSocketClient) -> None:
        told = {"id": 1, "method": "order.cancel", "params": params}
        client.send(json.dumps(told).encode())
        await next_frame(client)

    listen(venue, "/ws-api/v3", act)
    return str(params["signature"])


def _worlds() -> int:
    gc.collect()
    return sum(isinstance(each, VenueHost) for each in gc.get_objects())


def test_the_log_has_account_label_cost_answer_and_deed(venue: Exchange, bot: Bot) -> None:
    """Of a REST order."""
    bot.order("one")
    (row,) = venue.ask("GET", "/log")["requests"]
    assert (row["account"], row["label"], row["status"]) == ("default", "default", 200)
    assert '"clientOrderId":"one"' in row["answer"]
    assert "buy 0.1" in row["did"]
    assert "rests with" in row["did"]


def test_what_the_box_does_later_is_no_deed_of_the_last_request(venue: Exchange, bot: Bot) -> None:
    """Neither of one over REST nor of a message."""
    bot.order("one")
    venue.book("BTC/USDT", bids=[(80, 1)], asks=[(90, 0.04)])
    _cancel(venue)
    venue.book("BTC/USDT", bids=[(80, 1)], asks=[(90, 0.04)])
    assert [fill.quantity for fill in venue.fills()] == [Decimal("0.04"), Decimal("0.04")]
    for row in venue.ask("GET", "/log")["requests"]:
        assert "filled" not in row["did"]


def test_websocket_requests_are_in_the_log_too(venue: Exchange) -> None:
    """With status, code and the parameters that may be shown; of foreign keys nothing."""

    async def act(client: WebSocketClient) -> None:
        for params in ({"symbol": "BTCUSDT", "limit": 5}, {"symbol": "NOPE"}):
            asked = {"id": 1, "method": "depth", "params": params}
            client.send(json.dumps(asked).encode())
            await next_frame(client)
        secret = {"apiKey": "K" * 64, "signature": "s" * 64, "timestamp": 1, "symbol": "HIDDEN"}
        client.send(json.dumps({"id": 2, "method": "order.test", "params": secret}).encode())
        await next_frame(client)

    listen(venue, "/ws-api/v3", act)
    first, second, third = venue.ask("GET", "/log")["requests"]
    assert (first["method"], first["query"], first["status"]) == (
        "WS",
        "depth symbol=BTCUSDT&limit=5",
        200,
    )
    assert (second["status"], second["code"]) == (400, "-1121")
    assert third["status"] == 400
    everything = json.dumps([venue.ask("GET", "/log"), venue.ask("GET", "/wire")])
    assert "K" * 64 not in everything
    assert "s" * 64 not in everything


def test_a_signed_message_shows_its_parameters_and_not_its_signature(venue: Exchange) -> None:
    """In log and wire record, which read it when they are asked."""
    signature = _cancel(venue)
    log, wire = venue.ask("GET", "/log"), venue.ask("GET", "/wire")
    (request,) = log["requests"]
    shown = "symbol=BTCUSDT&origClientOrderId=none"
    assert (request["query"], request["label"]) == (f"order.cancel {shown}", "default")
    (row,) = [each for each in wire["rows"] if each["fate"] == "asked"]
    assert (row["operation"], row["note"], row["account"]) == ("order.cancel", shown, "default")
    assert row["status"] == request["status"] == 400
    assert signature not in json.dumps([log, wire])


def test_log_and_record_do_not_keep_a_world_that_was_reset(venue: Exchange, bot: Bot) -> None:
    """They go on telling what was asked of it, and of its messages too."""
    before = _worlds()
    for turn in range(4):
        bot.order(f"turn{turn}")
        _cancel(venue)
        venue.reset()
    venue.wait_for(lambda: _worlds() <= before + 1)  # what has just ended may be on its way out
    rows = venue.ask("GET", "/log")["requests"]
    assert [row["account"] for row in rows] == ["default"] * 8
    assert "rests with" in rows[0]["did"]
    assert rows[1]["query"] == "order.cancel symbol=BTCUSDT&origClientOrderId=none"


def test_metrics_count_by_operation_and_status(venue: Exchange, bot: Bot) -> None:
    """Requests, orders, weight, connections, commits, ticks."""
    bot.order("one")
    bot.ask("GET", "/api/v3/depth", symbol="NOPE")
    bot.ask("GET", "/made/up")
    venue.wait_for(lambda: _metrics(venue)['tradewind_orders_total{venue="binance"}'] == 1)
    found = _metrics(venue)

    def requests(operation: str, status: int) -> float:
        labels = f'venue="{VENUE}",operation="{operation}",door="http",status="{status}"'
        return found[f"tradewind_requests_total{{{labels}}}"]

    assert requests("order.place", 200) == 1
    assert requests("depth", 400) == 1
    assert requests("other", 404) == 1
    assert found[f'tradewind_open_orders{{venue="{VENUE}"}}'] == 1
    assert found[f'tradewind_weight_total{{venue="{VENUE}"}}'] >= 1
    assert found[f'tradewind_commit_seconds_count{{venue="{VENUE}"}}'] >= 1
    assert found[f'tradewind_commit_seconds_bucket{{venue="{VENUE}",le="+Inf"}}'] >= 1
    assert found["tradewind_loop_lag_seconds_count"] >= 0
    assert found[f'tradewind_connections{{venue="{VENUE}"}}'] == 0
    assert f'tradewind_tick{{venue="{VENUE}"}}' in found


def test_made_up_paths_do_not_fill_the_metrics(venue: Exchange) -> None:
    """They are one row."""
    from tradewind.exchange.metrics import CALLS_MAX, Metrics
    from tradewind.protocol.messages import HttpRequest

    metrics = Metrics()
    for number in range(CALLS_MAX + 50):
        metrics.request("toy", HttpRequest("GET", f"/{number}"), 404, 0)
    assert len(metrics._requests) == CALLS_MAX + 1


def test_the_record_has_versions_of_frames_and_snapshots(venue: Exchange, bot: Bot) -> None:
    """A snapshot's version and a frame's, comparable; connections with their ends."""

    async def act(client: WebSocketClient) -> Any:
        import asyncio

        await asyncio.to_thread(venue.book, "BTC/USDT", bids=[(99, 7)], asks=[(100, 5), (101, 5)])
        return await next_frame(client)

    frame = listen(venue, "/ws/btcusdt@depth@100ms", act)
    _, book = bot.ask("GET", "/api/v3/depth", symbol="BTCUSDT")
    venue.wait_for(lambda: venue.ask("GET", "/wire")["lines"][0]["closed"])
    rows = venue.ask("GET", "/wire")["rows"]
    assert [row["fate"] for row in rows if row["line"] == 1] == ["opened", "sent", "closed"]
    sent = next(row for row in rows if row["fate"] == "sent")
    assert (sent["first"], sent["last"]) == (frame["U"], frame["u"])
    shown = next(row for row in rows if row.get("channel") == "depth")
    assert shown["last"] == book["lastUpdateId"] >= frame["u"]
    assert shown["instrument"] == "BTCUSDT"


def test_the_record_is_bounded() -> None:
    """Rows per line, and lines."""
    from tradewind.exchange.wire_record import LINES_MAX, ROWS_MAX, Fate, WireRecord
    from tradewind.protocol.wording import Plain

    record = WireRecord()
    for number in range(LINES_MAX + 20):
        line = record.websocket("toy", "127.0.0.1", "/", number)
        line.closed = number
    assert len(record.lines()) == LINES_MAX
    for number in range(ROWS_MAX + 20):
        line.frame(number, Fate.SENT, b"x", Plain().frame)
    assert len(line.rows) == record.rows_max < ROWS_MAX
    assert record.after(record.count - 3, 10)[0].fate is Fate.SENT


def test_the_record_can_be_written_to_a_file(tmp_path: Path) -> None:
    """Everything from then on, one JSON object a line, for the owner only."""
    with Exchange(VENUE, instruments="BTC/USDT", data=tmp_path / "box") as venue:
        remote = Remote(venue.admin, venue.admin_token)
        path = Path(remote.ask("POST", "/wire", {"file": True})["file"])
        Bot(venue).order("one")
        venue.wait_for(lambda: path.read_text().count("\n") >= 1)
        row = json.loads(path.read_text().splitlines()[0])
        assert (row["operation"], row["status"], row["account"]) == ("order.place", 400, "default")
        assert path.stat().st_mode & 0o077 == 0
