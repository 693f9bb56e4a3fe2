"""The admin API: what it does, and whom it refuses."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tradewind.exchange import credentials, folder
from tradewind.exchange.admin import Admin
from tradewind.exchange.box import Box, Options
from tradewind.protocol.messages import HttpRequest, HttpResponse

from . import toy


class Asking:
    """A running box and its admin API, asked without a socket."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.admin = Admin(box)

    def raw(
        self, method: str, path: str, query: str = "", body: bytes = b"", **headers: str
    ) -> Any:
        answers: list[HttpResponse] = []
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.admin.http(HttpRequest(method, path, query, named, body), answers.append)
        (answer,) = answers
        return answer.status, json.loads(answer.body)

    def __call__(self, method: str, path: str, query: str = "", **body: Any) -> tuple[int, Any]:
        return self.raw(
            method,
            path,
            query,
            json.dumps(body).encode() if body else b"",
            host="127.0.0.1:1",
            authorization=f"Bearer {self.box.token}",
        )


Scene = Callable[[Callable[[Asking], Awaitable[None]]], None]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Run an async function with a box on toy parts."""

    async def play(act: Callable[[Asking], Awaitable[None]]) -> None:
        options = Options(tmp_path / "box", ("toy",), port_base=0, seed=7)
        box = Box(options, parts={"toy": toy.PARTS})
        await box.open()
        try:
            await act(Asking(box))
        finally:
            await box.close()

    return lambda act: asyncio.run(play(act))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:8470"}, 401),
        ({"host": "127.0.0.1:8470", "authorization": "Bearer wrong"}, 401),
        ({"host": "evil.example:8470", "authorization": "TOKEN"}, 403),
        ({"host": "127.0.0.1.evil.example:8470", "authorization": "TOKEN"}, 403),
        ({"host": "", "authorization": "TOKEN"}, 403),
        (
            {
                "host": "127.0.0.1:8470",
                "authorization": "TOKEN",
                "origin": "http://evil.example",
            },
            403,
        ),
        ({"host": "127.0.0.1:8470", "authorization": "TOKEN", "origin": "null"}, 403),
        (
            {
                "host": "127.0.0.1:8470",
                "authorization": "TOKEN",
                "sec_fetch_site": "cross-site",
            },
            403,
        ),
        ({"host": "localhost:8470", "authorization": "TOKEN"}, 200),
    ],
)
def test_only_who_has_the_token_and_is_no_web_page_is_heard(
    scene: Scene, headers: dict[str, str], status: int
) -> None:
    """No token, a rebound name, a page in a browser: refused, and nothing is done."""

    async def act(ask: Asking) -> None:
        token = f"Bearer {ask.box.token}"
        sent = {name: value.replace("TOKEN", token) for name, value in headers.items()}
        body = b'{"venue":"toy","account":"mallory","amounts":{"USD":"1"}}'
        assert ask.raw("POST", "/faucet", "", body, **sent)[0] == status
        assert ("mallory" in ask("GET", "/accounts", "venue=toy")[1]["accounts"]) == (status == 200)

    scene(act)


def test_status_says_what_runs(scene: Scene) -> None:
    """Doors, clock, accounts, keys."""

    async def act(ask: Asking) -> None:
        _, told = ask("GET", "/status")
        venue = told["venues"]["toy"]
        assert venue["accounts"] == ["default"]
        assert venue["keys"] == 1
        assert venue["instruments"] == ["AAA/USD", "BBB/USD"]
        assert venue["doors"]["ws_api"].endswith("/api")
        assert (told["frozen"], told["speed"], told["seed"]) == (False, 1.0, 7)

    scene(act)


def test_a_key_is_shown_once_and_found_by_its_label_later(scene: Scene, tmp_path: Path) -> None:
    """In the answer and in credentials.json, never in the list."""

    async def act(ask: Asking) -> None:
        status, made = ask("POST", "/keys", venue="toy", label="bot", ips=["127.0.0.1"])
        assert status == 200
        assert set(made) == {"venue", "label", "kind", "api_key", "api_secret"}
        _, told = ask("GET", "/keys", "venue=toy")
        assert made["api_secret"] not in json.dumps(told)
        assert [key["label"] for key in told["keys"]] == ["default", "bot"]
        assert told["keys"][1]["ips"] == ["127.0.0.1"]
        stored = {key.label: key for key in credentials.load(tmp_path / "box")}
        assert stored["bot"].api_secret == made["api_secret"]
        assert set(stored) == {"default", "bot"}

    scene(act)


def test_key_pairs_give_the_private_key_and_keep_only_the_public_one(scene: Scene) -> None:
    """What the box needs to verify, and no more, is in its journal."""

    async def act(ask: Asking) -> None:
        _, made = ask("POST", "/keys", venue="toy", kind="ed25519")
        assert "api_secret" not in made
        assert made["private_key"].startswith("-----BEGIN PRIVATE KEY-----")
        known = ask.box.gateway("toy").host.keys.get(made["api_key"])
        assert known is not None
        assert known.public_key.startswith("-----BEGIN PUBLIC KEY-----")
        assert "PRIVATE" not in repr(known)

    scene(act)


def test_a_revoked_key_stays_known_as_revoked(scene: Scene, tmp_path: Path) -> None:
    """The venue answers for it as for a revoked key; credentials.json forgets it."""

    async def act(ask: Asking) -> None:
        ask("POST", "/keys", venue="toy", label="bot", api_key="localbot")
        status, told = ask("POST", "/keys/revoke", venue="toy", key="bot")
        assert (status, told["api_key"], told["revoked"]) == (200, "localbot", True)
        known = ask.box.gateway("toy").host.keys.get("localbot")
        assert known is not None
        assert known.revoked
        assert [key.label for key in credentials.load(tmp_path / "box")] == ["default"]

    scene(act)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/keys", {"venue": "moon"}, "it serves: toy"),
        ("/keys", {"venue": "toy", "kind": "es256"}, "it has: hmac, ed25519, rsa"),
        ("/keys", {"venue": "toy", "api_key": "realkey"}, "begins with 'local'"),
        ("/keys", {"venue": "toy", "label": "default"}, "choose another --label"),
        ("/keys", {"venue": "toy", "permissions": ["fly"]}, "read, trade, withdraw"),
        ("/keys/revoke", {"venue": "toy", "key": "nobody"}, "labels: default"),
        ("/faucet", {"venue": "toy", "amounts": {"XYZ": "1"}}, "AAA, BBB, USD"),
        ("/faucet", {"venue": "toy", "amounts": {"USD": "much"}}, "plain number"),
        ("/faucet", {"venue": "toy", "amounts": {"USD": "-99999999"}}, "has less than"),
        ("/faucet", {"venue": "toy", "amounts": {"USD": "9" * 20}}, "together are given at most"),
        ("/time", {"advance": -1}, "advance is a number of seconds"),
        ("/time", {"speed": "0"}, "a speed is above 0"),
        ("/nothing", {}, "POST /faucet"),
    ],
)
def test_a_mistake_is_answered_with_what_would_be_right(
    scene: Scene, path: str, body: dict[str, Any], words: str
) -> None:
    """And changes nothing."""

    async def act(ask: Asking) -> None:
        digest = ask.box.gateway("toy").host.engine.digest()
        status, told = ask("POST", path, **body)
        assert status in (400, 404)
        assert words in told["error"]
        assert ask.box.gateway("toy").host.engine.digest() == digest

    scene(act)


def test_the_faucet_gives_and_takes_and_makes_the_account(scene: Scene) -> None:
    """Readable amounts; all of it or nothing."""

    async def act(ask: Asking) -> None:
        ask("POST", "/faucet", venue="toy", account="bob", amounts={"USD": "100.5", "AAA": 2})
        _, told = ask("POST", "/faucet", venue="toy", account="bob", amounts={"USD": "-0.5"})
        assert told["balances"] == [
            {"asset": "AAA", "available": "2", "held": "0"},
            {"asset": "USD", "available": "100", "held": "0"},
        ]
        status, _ = ask(
            "POST", "/faucet", venue="toy", account="bob", amounts={"USD": 1, "AAA": -3}
        )
        assert status == 400
        assert ask("GET", "/account", "venue=toy&account=bob")[1]["balances"] == told["balances"]

    scene(act)


def test_an_account_is_shown_in_decimals(scene: Scene) -> None:
    """Balances, open orders and fills as a person reads them."""

    async def act(ask: Asking) -> None:
        key = credentials.load(ask.box.data)[0].api_key
        gateway = ask.box.gateway("toy")

        def order(query: str) -> None:
            request = HttpRequest("POST", "/order", query, {"key": key})
            gateway.http(request, lambda response: None)

        order("instrument=AAAUSD&side=buy&quantity=150&price=900&id=mine")
        order("instrument=BBBUSD&side=sell&quantity=10&price=1")
        gateway.end_turn()
        _, told = ask("GET", "/account", "venue=toy")
        (open_order,) = told["open_orders"]
        assert open_order["instrument"] == "AAA/USD"
        assert (open_order["price"], open_order["quantity"]) == ("9.00", "1.5")
        assert open_order["client_order_id"] == "mine"
        (fill,) = told["fills"]
        assert (fill["instrument"], fill["quantity"], fill["liquidity"]) == (
            "BBB/USD",
            "0.1",
            "taker",
        )
        held = {balance["asset"]: balance["held"] for balance in told["balances"]}
        assert held["USD"] == "13.5"
        log = ask("GET", "/log", "after=0")[1]
        assert [entry["path"] for entry in log["requests"]] == ["/order", "/order"]
        assert log["last"] == 2

    scene(act)


def test_books_and_trades_are_shown_best_first_and_oldest_first(scene: Scene) -> None:
    """By id or by the venue's own symbol."""

    async def act(ask: Asking) -> None:
        _, told = ask("GET", "/books", "venue=toy&instrument=AAA/USD&levels=2")
        bids, asks = told["bids"], told["asks"]
        assert len(bids) == len(asks) == 2
        assert float(bids[1][0]) < float(bids[0][0]) < float(asks[0][0]) < float(asks[1][0])
        _, told = ask("GET", "/trades", "venue=toy&instrument=AAAUSD&limit=1")
        assert told["trades"][0]["price"] == "10.02"
        assert "it trades: AAA/USD" in ask("GET", "/books", "venue=toy&instrument=Z")[1]["error"]

    scene(act)


def test_time_freezes_steps_and_runs(scene: Scene) -> None:
    """The answer says what the clock shows."""

    async def act(ask: Asking) -> None:
        _, frozen = ask("POST", "/time", freeze=True)
        assert frozen["frozen"]
        _, later = ask("POST", "/time", advance=3600)
        assert later["venue_time_ns"] == frozen["venue_time_ns"] + 3_600_000_000_000
        _, fast = ask("POST", "/time", speed=60)
        assert (fast["frozen"], fast["speed"]) == (False, 60.0)
        assert ask("POST", "/time", run=True)[1]["speed"] == 1.0

    scene(act)


def test_reset_begins_again_with_the_same_keys_and_accounts(scene: Scene) -> None:
    """As a test network is wiped now and then."""

    async def act(ask: Asking) -> None:
        ask("POST", "/faucet", venue="toy", account="bob", amounts={"USD": 5})
        gateway = ask.box.gateway("toy")
        key = credentials.load(ask.box.data)[0].api_key
        query = "instrument=AAAUSD&side=buy&quantity=1&price=900"
        gateway.http(HttpRequest("POST", "/order", query, {"key": key}), lambda response: None)
        opening = "10000"
        assert ask("POST", "/reset")[1] == {"reset": True}
        _, told = ask("GET", "/account", "venue=toy")
        assert told["open_orders"] == []
        assert {b["asset"]: b["available"] for b in told["balances"]}["AAA"] == opening
        assert ask("GET", "/accounts", "venue=toy")[1]["accounts"] == ["default", "bob"]
        assert ask("GET", "/account", "venue=toy&account=bob")[1]["balances"] == []
        assert [k["api_key"] for k in ask("GET", "/keys", "venue=toy")[1]["keys"]] == [key]

    scene(act)


def test_the_box_says_where_it_runs_while_it_does(scene: Scene, tmp_path: Path) -> None:
    """running.json is owner-only and gone after the end; so is the token."""
    file = tmp_path / "box" / folder.RUNNING

    async def act(ask: Asking) -> None:
        told = json.loads(folder.read(file) or b"")
        assert told["admin_token"] == ask.box.token
        assert told["venues"]["toy"]["rest"].startswith("http://127.0.0.1:")

    scene(act)
    assert not file.exists()


def test_a_step_can_be_made_tick_by_tick(scene: Scene) -> None:
    """As far as one step would go, and not for hours."""

    async def act(ask: Asking) -> None:
        ask("POST", "/time", freeze=True)
        before = ask("GET", "/status")[1]["venue_time_ns"]
        assert ask("POST", "/time", advance=1.25, every_tick=True)[0] == 200
        assert ask("GET", "/status")[1]["venue_time_ns"] - before == 1_250_000_000
        assert ask("POST", "/time", advance=3_600, every_tick=True)[0] == 400

    scene(act)
