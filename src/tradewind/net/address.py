"""Where a client connects to."""

import ssl as tls
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from ..model import Misconfigured

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class Address(Struct, frozen=True):
    """A place to connect to. ``name`` is host and port as headers show them, ``target`` path and
    query.
    """

    secure: bool
    host: str
    port: int
    name: str
    target: str


def address(url: str, *schemes: str) -> Address:
    """Take a URL apart. Raises Misconfigured, also for a host elsewhere without TLS: whoever sits
    in between could read the key and change the order.
    """
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise Misconfigured(f"not a URL of {' or '.join(schemes)}: {url!r}")
    if parts.username or parts.fragment:
        raise Misconfigured(f"a URL here has neither user nor fragment: {url!r}")
    secure = parts.scheme in ("https", "wss")
    if not secure and not _is_loopback(parts.hostname):
        raise Misconfigured(f"only this machine is spoken to without TLS, not {parts.hostname}")
    usual = _PORTS[parts.scheme]
    port = parts.port or usual
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    name = host if port == usual else f"{host}:{port}"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(secure, parts.hostname, port, name, target)


@cache
def default_tls() -> tls.SSLContext:
    """The system's trust, names checked. Made once: it takes 10 ms and more."""
    return tls.create_default_context()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
