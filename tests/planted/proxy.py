"""Between a judge and a box: passes everything on, with one mistake in it at a time."""

import asyncio
import hashlib
import hmac
import json
import threading
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import ClientSession, TCPConnector, WSMsgType, web
from tests.judges.evidence import operation
from tests.judges.voices import ROWS
from yarl import URL

from tradewind.protocol.operations import WebSocket

from .mistakes import ANSWER, EVENT, REFUSAL, REQUEST, Mistake

SOCKET = {
    door.method: name
    for name, row in ROWS.items()
    for door in row.doors
    if isinstance(door, WebSocket)
}
HOP = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding"}
UPGRADE = {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "upgrade"}
FRAME_MAX = 1 << 24
LIMITS = {
    "x-mbx-used-weight-1m": 6_000,
    "x-mbx-order-count-10s": 100,
    "x-sapi-used-ip-weight-1m": 12_000,
    "x-sapi-used-uid-weight-1m": 180_000,
}
"""What answers tell of limits that are used up, and the limits."""

SIGNATURES = ("signature", "timestamp")
"""Targets of mistakes about every signed request."""


class Proxy:
    """Runs in a thread of its own. ``plant`` a mistake, see how often it was made in ``made``, and
    what crossed in ``messages`` while ``watching``; ``spent`` is the part of the fullest limit that
    is used.
    """

    def __init__(self, rest: str) -> None:
        self._rest = rest
        self._secrets: dict[str, str] = {}
        self._mistake: Mistake | None = None
        self._host = 1
        self._session: ClientSession | None = None
        self._old: list[ClientSession] = []
        self._sockets: set[Any] = set()
        self.made = 0
        self.spent = 0.0
        self.watching = False
        self.messages: dict[tuple[str, str], list[Any]] = {}
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    # what the runner calls

    def knows(self, api_key: str, secret: str) -> None:
        """A key whose requests it can sign again."""
        self._secrets[api_key] = secret

    def plant(self, mistake: Mistake | None) -> None:
        """Make this mistake from now on."""
        self._mistake, self.made = mistake, 0

    def elsewhere(self) -> None:
        """Reach the box from another address of this machine: fresh request limits."""
        self.spent = 0.0
        asyncio.run_coroutine_threadsafe(self._elsewhere(), self._loop).result(10)

    def watch(self) -> dict[tuple[str, str], list[Any]]:
        """What crossed since the last time, by side and target."""
        seen, self.messages = self.messages, {}
        return seen

    def close(self) -> None:
        """Stop."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    # its thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()
        self._loop.close()

    async def _start(self) -> None:
        application = web.Application(client_max_size=FRAME_MAX)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        address = site._server.sockets[0].getsockname()  # type: ignore[union-attr]
        self.rest = f"http://127.0.0.1:{address[1]}"
        self.streams = f"ws://127.0.0.1:{address[1]}"
        self._session = self._open()

    def _open(self) -> ClientSession:
        address = f"127.0.{self._host // 250}.{self._host % 250 + 2}"
        connector = TCPConnector(limit=0, local_addr=(address, 0))
        return ClientSession(connector=connector, auto_decompress=True)

    async def _elsewhere(self) -> None:
        self._host += 1
        if self._session is not None:  # sockets that are open keep it
            self._old.append(self._session)
        self._session = self._open()

    async def _close(self) -> None:
        for socket in list(self._sockets):
            await socket.close()
        for session in (*self._old, self._session):
            if session is not None:
                await session.close()
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("upgrade", "").lower() == "websocket":
            return await self._socket(request)
        name = operation(request.method, request.path)
        body = (await request.read()).decode()
        query = request.url.raw_query_string
        query, body = self._asked(name, request.headers.get("X-MBX-APIKEY", ""), query, body)
        url = f"{self._rest}{request.path}" + (f"?{query}" if query else "")
        assert self._session is not None
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP}
        async with self._session.request(
            request.method,
            URL(url, encoded=True),
            data=body.encode() if body else None,
            headers=headers,
        ) as answer:
            payload = await answer.read()
            side = ANSWER if answer.status == 200 else REFUSAL
            payload = self._told(side, name, payload)
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in HOP}
            for header, limit in LIMITS.items():
                self._spend(int(answer.headers.get(header, 0)) / limit)
            kept.pop("Content-Encoding", None)
            return web.Response(status=answer.status, body=payload, headers=kept)

    @property
    def _looks(self) -> bool:
        return self._mistake is not None or self.watching

    def _spend(self, part: float) -> None:
        """The most of any limit that is used; an address that never asked has used nothing."""
        self.spent = max(self.spent, part)

    def _asked(self, name: str, key: str, query: str, body: str) -> tuple[str, str]:
        mistake = self._mistake
        if self.watching and name:
            words = dict(parse_qsl(f"{query}&{body}", keep_blank_values=True))
            self._note(REQUEST, name, words)
        if mistake is None or mistake.side != REQUEST:
            return query, body
        signed = "signature=" in query or "signature=" in body
        if mistake.target != name and not (signed and mistake.target in SIGNATURES):
            return query, body
        in_body = bool(body)
        pairs = dict(parse_qsl(body if in_body else query, keep_blank_values=True))
        outside = query if in_body else ""
        if in_body and "signature=" in query:  # split: leave it alone
            return query, body
        pairs, made = mistake.change(pairs)
        if not made:
            return query, body
        self.made += made
        if signed and mistake.target != "signature" and key in self._secrets:
            pairs.pop("signature", None)
            text = urlencode(pairs)
            pairs["signature"] = self._sign(key, f"{outside}{text}")
        elif signed and mistake.target == "signature" and pairs.get("signature") == "right":
            pairs.pop("signature")
            pairs["signature"] = self._sign(key, f"{outside}{urlencode(pairs)}")
        text = urlencode(pairs)
        return (outside, text) if in_body else (text, body)

    def _sign(self, key: str, text: str) -> str:
        secret = self._secrets[key].encode()
        return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()

    def _told(self, side: str, target: str, payload: bytes) -> bytes:
        mistake = self._mistake
        mine = mistake is not None and mistake.side == side and mistake.target in (target, "")
        if not (self.watching or mine) or not payload.startswith((b"{", b"[")):
            return payload
        message = json.loads(payload)
        if self.watching and target:
            self._note(side, target, message)
        if not mine or mistake is None:
            return payload
        message, made = mistake.change(message)
        self.made += made
        return json.dumps(message, separators=(",", ":")).encode() if made else payload

    def _note(self, side: str, target: str, message: Any) -> None:
        self.messages.setdefault((side, target), []).append(message)

    # sockets

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        here = web.WebSocketResponse(max_msg_size=FRAME_MAX, autoping=False)
        await here.prepare(request)
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP | UPGRADE}
        url = f"{self._rest}{request.path_qs}".replace("http", "ws", 1)
        async with self._session.ws_connect(
            url, headers=headers, autoping=False, max_msg_size=FRAME_MAX
        ) as there:
            self._sockets |= {here, there}
            asked: dict[Any, str] = {}
            single = request.path.removeprefix("/ws/") if request.path.startswith("/ws/") else ""
            up = asyncio.ensure_future(self._pump(here, there, lambda t: self._up(asked, t)))
            down = asyncio.ensure_future(
                self._pump(there, here, lambda t: self._down(asked, single, t))
            )
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            for task in (up, down):
                task.cancel()
            self._sockets -= {here, there}
            await here.close()
        return here

    async def _pump(self, source: Any, sink: Any, change: Any) -> None:
        async for message in source:
            if message.type is WSMsgType.TEXT:
                await sink.send_str(change(message.data))
            elif message.type is WSMsgType.PING:
                await sink.ping(message.data)
            elif message.type is WSMsgType.PONG:
                await sink.pong(message.data)
            elif message.type is WSMsgType.BINARY:
                await sink.send_bytes(message.data)

    def _up(self, asked: dict[Any, str], text: str) -> str:
        message = json.loads(text)
        if not isinstance(message, dict):
            return text
        name = SOCKET.get(str(message.get("method", "")), "")
        asked[message.get("id")] = name
        params = message.get("params") or {}
        if self.watching and name and isinstance(params, dict):
            self._note(REQUEST, name, params)
        mistake = self._mistake
        if mistake is None or mistake.side != REQUEST or not isinstance(params, dict):
            return text
        signed = "signature" in params
        if mistake.target != name and not (signed and mistake.target in SIGNATURES):
            return text
        params, made = mistake.change(dict(params))
        if not made:
            return text
        self.made += made
        key = params.get("apiKey", "")
        right = mistake.target != "signature" or params.get("signature") == "right"
        if signed and right and key in self._secrets:
            params.pop("signature", None)
            words = "&".join(f"{k}={_text(v)}" for k, v in sorted(params.items()))
            params["signature"] = self._sign(key, words)
        return json.dumps(message | {"params": params})

    def _down(self, asked: dict[Any, str], single: str, text: str) -> str:
        message = json.loads(text) if '"rateLimits"' in text or self._looks else None
        for row in message.get("rateLimits") or () if isinstance(message, dict) else ():
            self._spend(row["count"] / row["limit"])
        if not self._looks:
            return text
        if isinstance(message, dict) and "status" in message and "id" in message:
            return self._answered(asked, message, text)
        if isinstance(message, dict) and "event" in message:
            return self._event(str(message["event"].get("e")), message, "event", text)
        if isinstance(message, dict) and "stream" in message:
            return self._event(_kind(message["stream"], message["data"]), message, "data", text)
        if single:
            return self._event(_kind(single, message), {"data": message}, "data", text, bare=True)
        return text

    def _answered(self, asked: dict[Any, str], message: dict[str, Any], text: str) -> str:
        name = asked.pop(message["id"], "")
        side, part = (ANSWER, "result") if message["status"] == 200 else (REFUSAL, "error")
        return self._event(name, message, part, text, side=side)

    def _event(
        self,
        kind: str,
        message: dict[str, Any],
        part: str,
        text: str,
        *,
        side: str = EVENT,
        bare: bool = False,
    ) -> str:
        if self.watching and kind:
            self._note(side, kind, message[part])
        mistake = self._mistake
        if mistake is None or mistake.side != side or mistake.target not in (kind, ""):
            return text
        changed, made = mistake.change(message[part])
        self.made += made
        if not made:
            return text
        return json.dumps(changed if bare else message | {part: changed})


def _kind(stream: str, data: Any) -> str:
    if isinstance(data, list):
        return str(data[0]["e"]) if data else ""
    if "e" in data:
        return str(data["e"])
    return "bookTicker" if "bookTicker" in stream else "partialDepth"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
