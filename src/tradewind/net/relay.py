"""How a private network reaches the box: it hands over its listening sockets.

    run, in its namespace              the box
      listen 127.0.0.1:443 ...
      connect doors.sock  ---------->  same user?
      Ask + the sockets   ---------->  accept on them from now on
      Told                <----------  names, certificate
       "tally"            ---------->
      what came           <----------
      gone                ---------->  stop accepting

A socket keeps the network it was made in, so no byte is copied on the way. Who can open
``doors.sock`` is the user who owns the box (its folder is 0700); the address that visitors are
taken to have is said there, and nowhere else.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from msgspec import DecodeError, Struct, json

from ..model import Misconfigured

SOCKET = "doors.sock"
_ASK_BYTES = 4096
_TALLY = b"tally\n"
_FDS_MAX = 16
_SECONDS = 10.0
_CREDENTIALS = struct.Struct("3i")


class Ask(Struct, frozen=True):
    """What a run wants: the address its programs are taken to have, and the ports of the sockets
    that come with this, in their order.
    """

    address: str
    ports: tuple[int, ...]


class Told(Struct, frozen=True):
    """What it gets: names that lead to the box, the certificate that stands for them (PEM), and
    what is wrong where nothing was taken.
    """

    hosts: tuple[str, ...] = ()
    certificate: str = ""
    wrong: str = ""


class Tally(Struct):
    """What came through: requests and WebSockets per host, calls that the box does not know,
    and how many carried a key of another place.
    """

    requests: dict[str, int] = {}
    websockets: dict[str, int] = {}
    unknown: dict[str, int] = {}
    foreign_keys: int = 0


class Guest(Protocol):
    """The box's side of one run."""

    def told(self) -> Told:
        """What to say first."""

    def tally(self) -> Tally:
        """What came so far."""

    async def leave(self) -> None:
        """The run is over."""


class Host(Protocol):
    """Who takes runs in."""

    def receive(self, ask: Ask, listening: list[socket.socket]) -> Guest:
        """Accept on these sockets. Raises Misconfigured."""


class Reception:
    """The box's end: one task per run."""

    def __init__(self, data: Path, host: Host) -> None:
        self._path = data / SOCKET
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_UNIX)
        self._path.unlink(missing_ok=True)
        with _short(self._path) as short:
            self._socket.bind(short)
        self._path.chmod(0o600)
        self._socket.listen(16)
        self._socket.setblocking(False)
        self._runs: set[asyncio.Task[None]] = set()
        self._accepting = self._loop.create_task(self._accept())

    async def close(self) -> None:
        """Let nobody in any more, and end the runs that are here."""
        tasks = (self._accepting, *self._runs)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._socket.close()
        self._path.unlink(missing_ok=True)

    async def _accept(self) -> None:
        while True:
            try:
                sock, _ = await self._loop.sock_accept(self._socket)
            except OSError:  # too many open files, or a peer that left at once
                await asyncio.sleep(0.1)
                continue
            task = self._loop.create_task(self._run(sock))
            self._runs.add(task)
            task.add_done_callback(self._runs.discard)

    async def _run(self, sock: socket.socket) -> None:
        guest: Guest | None = None
        try:
            if _user(sock) not in (0, os.getuid()):
                return
            async with asyncio.timeout(_SECONDS):
                ask, listening = await self._asked(sock)
            try:
                guest = self._host.receive(ask, listening)
            except Misconfigured as error:
                await self._say(sock, Told(wrong=str(error)))
                return
            await self._say(sock, guest.told())
            while await self._loop.sock_recv(sock, len(_TALLY)):
                await self._say(sock, guest.tally())
        except (OSError, TimeoutError, DecodeError):
            return  # the run is gone, or it is none
        finally:
            sock.close()
            if guest is not None:
                await guest.leave()

    async def _asked(self, sock: socket.socket) -> tuple[Ask, list[socket.socket]]:
        sock.setblocking(False)
        readable = asyncio.Event()
        self._loop.add_reader(sock.fileno(), readable.set)
        try:
            await readable.wait()
            data, fds, _, _ = socket.recv_fds(sock, _ASK_BYTES, _FDS_MAX)
        finally:
            self._loop.remove_reader(sock.fileno())
        listening = [socket.socket(fileno=fd) for fd in fds]
        try:
            ask = json.decode(data, type=Ask)
        except DecodeError:
            for each in listening:
                each.close()
            raise
        return ask, listening

    async def _say(self, sock: socket.socket, what: Told | Tally) -> None:
        await self._loop.sock_sendall(sock, json.encode(what) + b"\n")


class Lease:
    """The run's end. Blocking: a run has nothing else to do meanwhile."""

    def __init__(self, data: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_SECONDS)
        try:
            with _short(data / SOCKET) as short:
                self._socket.connect(short)
        except OSError as error:
            self._socket.close()
            raise Misconfigured(
                f"the box of {data} cannot be reached ({error.strerror}); if it was killed, start "
                f"it again with: tradewind up --data {data}"
            ) from None
        self._unread = b""

    def ask(self, address: str, listening: list[socket.socket]) -> Told:
        """Hand the sockets over. Raises Misconfigured with the box's own words."""
        ports = tuple(each.getsockname()[1] for each in listening)
        message = json.encode(Ask(address, ports))
        socket.send_fds(self._socket, [message], [each.fileno() for each in listening])
        told = json.decode(self._line(), type=Told)
        if told.wrong:
            raise Misconfigured(told.wrong)
        return told

    def tally(self) -> Tally | None:
        """What came through so far; None where the box is gone."""
        try:
            self._socket.sendall(_TALLY)
            return json.decode(self._line(), type=Tally)
        except (OSError, DecodeError):
            return None

    def close(self) -> None:
        """The run is over."""
        self._socket.close()

    def _line(self) -> bytes:
        while b"\n" not in self._unread:
            more = self._socket.recv(65_536)
            if not more:
                raise ConnectionResetError("the box is gone")
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        return line


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A socket's path has room for some 100 bytes, a data folder's name may be longer."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _user(sock: socket.socket) -> int:
    """Who is at the other end."""
    data = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(data)
    return int(user)
