"""The first messages of public streams, of both sides at the same time, by their shape."""

import asyncio
from collections.abc import Mapping

from msgspec import Struct, field

from ..model import TradewindError
from ..net.wire import Closed, WebSocketClient, Wire
from ..protocol.comparing import Questions, Streams
from .differences import Difference, Question, Reply, compare, compare_shapes
from .masking import Mask
from .shapes import Shape, parse, shape

ANSWER_SECONDS = 10.0
"""For the answer to a control message."""

LISTEN_SECONDS = 15.0
"""For every stream to say something; the slowest of a busy market speak once a second."""


class Place(Struct, frozen=True):
    """Where streams are heard, and what leads there."""

    wire: Wire
    url: str


class Heard(Struct):
    """What one side said."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    answers: list[bytes] = field(default_factory=list)
    broken: str = ""


async def compare_streams(
    venue: Place, box: Place, asked: Questions, mask: Mask
) -> tuple[list[Difference], list[tuple[str, str]]]:
    """What differs, and what could not be compared with the reason."""
    there, here = await asyncio.gather(_listen(venue, asked), _listen(box, asked))
    found: list[Difference] = []
    silent: list[tuple[str, str]] = []
    for number, (title, _) in enumerate(asked.streams.hello):
        if number < min(len(there.answers), len(here.answers)):
            question = Question("streams", title, asked.nature, mask, with_headers=False)
            replies = Reply(0, there.answers[number]), Reply(0, here.answers[number])
            found += compare(question, *replies)
        else:
            silent.append((title, _why(there, here, number < len(there.answers))))
    for name in asked.streams.names:
        if name in there.shapes and name in here.shapes:
            question = Question("streams", name, asked.nature, mask, with_headers=False)
            found += compare_shapes(question, there.shapes[name], here.shapes[name])
        else:
            silent.append((name, _why(there, here, name in there.shapes)))
    return found, [(name, mask.clean(why)) for name, why in silent]


def _why(there: Heard, here: Heard, venue_spoke: bool) -> str:
    side, heard = ("the box", here) if venue_spoke else ("the venue", there)
    return f"{side} said nothing within {LISTEN_SECONDS:.0f} s {heard.broken}".rstrip()


async def _listen(place: Place, asked: Questions) -> Heard:
    heard, streams = Heard(), asked.streams
    try:
        socket = await place.wire.connect(f"{place.url}{streams.path}")
    except TradewindError as error:
        heard.broken = f"({error})"
        return heard
    try:
        for number, (_, message) in enumerate(streams.hello):
            await asyncio.sleep(streams.gap if number else 0)  # what comes meanwhile is kept
            socket.send(message)
            async with asyncio.timeout(ANSWER_SECONDS):
                while not await _take(socket, asked, heard):
                    pass
        async with asyncio.timeout(LISTEN_SECONDS):
            while not _complete(streams, heard.shapes):
                await _take(socket, asked, heard)
    except TimeoutError:
        pass  # what was not heard is said by the caller
    except (Closed, TradewindError) as error:
        heard.broken = f"({error})"
    finally:
        await socket.close()
    return heard


async def _take(socket: WebSocketClient, asked: Questions, heard: Heard) -> bool:
    """One message; whether it answered us."""
    message = await socket.receive()
    try:
        name = asked.streams.whose(message)
        if not name:
            heard.answers.append(message)
            return True
        into = heard.shapes.setdefault(name, {})
        shape(parse(message), asked.nature, into)
    except ValueError:
        heard.answers.append(message)  # it is no JSON: the comparison says so
        return True
    return False


def _complete(streams: Streams, shapes: Mapping[str, Shape]) -> bool:
    return all(name in shapes for name in streams.names)
