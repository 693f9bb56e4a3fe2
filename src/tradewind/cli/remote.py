"""Asking the running box: its admin API, found through the data folder."""

import argparse
import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from ..client import local
from ..model import Misconfigured

SECONDS = 10.0
"""The box answers in a millisecond; an RSA key takes up to a second or two."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What every command that talks to the box takes."""
    parser.add_argument("--data", metavar="DIR", help="the box's data folder")
    parser.add_argument("--json", action="store_true", help="print JSON")


def ask(data: str | None, method: str, path: str, body: Any = None, **query: object) -> Any:
    """One question. Raises Misconfigured with the box's own words, or when no box runs."""
    box = local.running(data)
    target = f"{path}?{urlencode(query)}" if query else path
    connection = http.client.HTTPConnection(urlsplit(box.admin).netloc, timeout=SECONDS)
    try:
        connection.request(
            method,
            target,
            json.dumps(body) if body is not None else None,
            {"Authorization": f"Bearer {box.admin_token}", "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        text = answer.read()
    except OSError as error:
        raise Misconfigured(
            f"the box of {box.data} does not answer ({error}); if it was killed, start it again "
            f"with: tradewind up --data {box.data}"
        ) from None
    finally:
        connection.close()
    told = json.loads(text) if text else {}
    if answer.status != 200:
        raise Misconfigured(told.get("error") or f"the box answered with status {answer.status}")
    return told


def show(value: object) -> None:
    """One line of JSON."""
    print(json.dumps(value, separators=(", ", ": ")), flush=True)
