"""Between a client and a box, byte for byte, with mistakes made in what the box says."""

import asyncio
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit


class Said(NamedTuple):
    """An answer on its way: it may be changed. ``method``, ``path`` and ``query`` were asked."""

    method: str
    path: str
    query: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes


Change = Callable[[Said], Said | None]
"""What becomes of an answer; None: the connection is cut instead."""
ChangeText = Callable[[str], str]


class Relay:
    """In a thread of its own. Change ``change`` and ``text``; ``asked`` is method, path, query."""

    def __init__(self, rest: str) -> None:
        self._there = urlsplit(rest)
        self.change: Change = lambda said: said
        self.instead: Callable[[str, str], Said | None] = lambda method, path: None
        """What is answered although the box is not asked."""
        self.text: ChangeText = lambda text: text
        self.asked: list[tuple[str, str, str]] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def close(self) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24)
        )
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            there = await asyncio.open_connection(
                self._there.hostname, self._there.port, limit=1 << 24
            )
            try:
                while await self._exchange(reader, writer, *there):
                    pass
            finally:
                there[1].close()
        writer.close()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        out: asyncio.StreamWriter,
    ) -> bool:
        """One request and its answer; False when nothing more may follow."""
        line, headers, raw = await _head(reader)
        raw += await reader.readexactly(_length(headers))
        method, target, _ = line.split(" ", 2)
        path, _, query = target.partition("?")
        self.asked.append((method, path, query))
        said = self.instead(method, path)
        if said is None:
            out.write(raw)
            line, headers, raw = await _head(there)
            status = int(line.split(" ")[1])
            if status == 101:
                writer.write(raw)
                await _first(self._frames(there, writer), _pump(reader, out))
                return False
            body = await there.readexactly(_length(headers))
            said = self.change(Said(method, path, query, status, headers, body))
        if said is None:
            return False
        kept = [(k, v) for k, v in said.headers if k.lower() != "content-length"]
        lines = [f"HTTP/1.1 {said.status} X", *(f"{k}: {v}" for k, v in kept)]
        lines.append(f"Content-Length: {len(said.body)}")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + said.body)
        return True

    async def _frames(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Frames of the box, which are not masked and come whole."""
        while True:
            first, second = await there.readexactly(2)
            size = second
            if second == 126:
                (size,) = struct.unpack(">H", await there.readexactly(2))
            elif second == 127:
                (size,) = struct.unpack(">Q", await there.readexactly(8))
            payload = await there.readexactly(size)
            if first & 0x0F == 1:
                payload = self.text(payload.decode()).encode()
            head = bytes([first])
            if len(payload) < 126:
                head += bytes([len(payload)])
            elif len(payload) < 1 << 16:
                head += b"\x7e" + struct.pack(">H", len(payload))
            else:
                head += b"\x7f" + struct.pack(">Q", len(payload))
            writer.write(head + payload)


async def _head(reader: asyncio.StreamReader) -> tuple[str, list[tuple[str, str]], bytes]:
    raw = await reader.readuntil(b"\r\n\r\n")
    line, *rest = raw.decode("latin-1").rstrip().split("\r\n")
    pairs = [each.partition(": ") for each in rest]
    return line, [(name, value) for name, _, value in pairs], raw


def _length(headers: list[tuple[str, str]]) -> int:
    return next((int(v) for k, v in headers if k.lower() == "content-length"), 0)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)


async def _first(*works: object) -> None:
    """Until one of them ends."""
    tasks = [asyncio.ensure_future(work) for work in works]  # type: ignore[arg-type]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
