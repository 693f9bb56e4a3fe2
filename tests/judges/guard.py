"""Nothing a judge does may leave this machine: every connection and every name that is looked up
is checked inside the judge's own process. A violation is refused, and written down so that the run
fails even where the judge swallows the error.
"""

import os
import socket
import sys
from pathlib import Path

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")
FILE = "TRADEWIND_ESCAPES"


class Escaped(OSError):
    """Somebody tried to leave this machine."""


def install() -> None:
    """Watch this process from now on. There is no way to stop it."""
    file = Path(os.environ[FILE])

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.getaddrinfo":
            host = arguments[0]
        elif event in ("socket.connect", "socket.sendto"):
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) else ""
        else:
            return
        name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
        if not name.startswith(LOOPBACK):
            with file.open("a") as escapes:
                escapes.write(f"{Path(sys.argv[0]).name}: {event} {name}\n")
            raise Escaped(f"{event} {name}: only this machine may be reached")

    sys.addaudithook(watch)


def environment(file: Path) -> dict[str, str]:
    """What a judge's process is started with: where escapes are written, no usable proxy."""
    dead = "http://127.0.0.1:9"  # the discard port, closed
    return {
        FILE: str(file),
        "HTTP_PROXY": dead,
        "HTTPS_PROXY": dead,
        "ALL_PROXY": dead,
        "http_proxy": dead,
        "https_proxy": dead,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "NODE_OPTIONS": f"--require {Path(__file__).with_name('guard.cjs')}",
    }


def escapes(file: Path) -> list[str]:
    """What was tried."""
    return file.read_text().splitlines() if file.exists() else []


if __name__ == "__main__":  # the guard's own test: python -m tests.judges.guard
    install()
    try:
        socket.create_connection(("203.0.113.1", 443), timeout=1)
    except Escaped:
        raise SystemExit(3) from None
