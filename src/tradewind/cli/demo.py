"""``tradewind demo``: start a box, play the tour against it, then show it live until Ctrl-C.

The box is a process of its own, as it is for everybody else; one that already runs on the folder
is used and left alone. In a pipe there is no live view: the demo ends after the tour.
"""

import argparse
import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

from ..client import local
from ..model import Misconfigured
from ..venues import have, names
from . import tour, view
from .tour_texts import LANGUAGES

SECONDS = 15
"""For the box to go on the word; its snapshot takes less."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where, and in which language."""
    parser.add_argument("--venue", default="", help="whose tutorial; the first there is")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the tour")
    parser.add_argument("--data", metavar="DIR", help="the box's data folder")
    parser.add_argument("--seed", type=int, metavar="N", help="what the market follows from")


def run(options: argparse.Namespace) -> int:
    """0 when the whole tour went as told."""
    venue = options.venue or _first()
    box = _start(options, venue)
    try:
        code = asyncio.run(tour.tell(venue, options.lang, options.data))
        if code == 0 and sys.stdout.isatty():
            view.watch(venue, options.data)
        return code
    except KeyboardInterrupt:
        return 0
    finally:
        if box is not None:
            _stop(box)


def _first() -> str:
    found = [name for name in names() if have(name, "tour")]
    if not found:
        raise Misconfigured("no venue has a tour")
    return found[0]


def _start(options: argparse.Namespace, venue: str) -> "subprocess.Popen[str] | None":
    """The box's process once it is ready, None when one runs already."""
    data = Path(local.folder(options.data))
    if _runs(data):
        return None
    command = [sys.executable, "-m", "tradewind.cli", "up", "--json"]
    command += ["--venues", venue, "--data", str(data)]
    if options.seed is not None:
        command += ["--seed", str(options.seed)]
    # a session of its own: Ctrl-C is for us, and we stop the box when we are done
    box = subprocess.Popen(  # noqa: S603 (our own program, no shell)
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert box.stdout is not None
    line = box.stdout.readline()
    if not line:
        raise Misconfigured(f"the box did not start (exit code {box.wait()})")
    print(f"The box is ready; its data is in {json.loads(line)['data']}")
    return box


def _runs(data: Path) -> bool:
    try:
        local.running(data)
    except Misconfigured:
        return False
    return True


def _stop(box: "subprocess.Popen[str]") -> None:
    box.send_signal(signal.SIGTERM)
    try:
        box.wait(SECONDS)
    except subprocess.TimeoutExpired:
        box.kill()
        box.wait()
    finally:
        if box.stdout is not None:
            box.stdout.close()
