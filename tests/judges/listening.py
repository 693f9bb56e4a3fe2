"""A thread with a loop of its own in which a judge listens, while it goes on answering."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator

from tests.scenarios.trader import Row

FIRST_SECONDS = 20
KEPT = 2_000
"""Words per channel; the busiest tell about a hundred a second."""

Channel = tuple[str, str]


class Ears:
    """What was heard, by channel."""

    def __init__(self) -> None:
        self._words: dict[Channel, deque[Row]] = {}
        self._first: dict[Channel, threading.Event] = {}
        self._broken: dict[Channel, str] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self, channel: Channel, words: AsyncIterator[Row]) -> None:
        """Take words from now on; comes back after the first."""
        if channel not in self._words:
            self._words[channel] = deque(maxlen=KEPT)
            self._first[channel] = threading.Event()
            asyncio.run_coroutine_threadsafe(self._take(channel, words), self._running())
        heard = self._first[channel].wait(FIRST_SECONDS)
        assert channel not in self._broken, self._broken[channel]
        assert heard, f"nothing was heard on {channel}"

    def heard(self, channel: Channel) -> list[Row]:
        """The newest words; of a book only its state now."""
        assert channel not in self._broken, self._broken[channel]
        words = list(self._words[channel])
        return words[-1:] if channel[1] == "book" else words[-200:]

    async def _take(self, channel: Channel, words: AsyncIterator[Row]) -> None:
        try:
            async for word in words:
                self._words[channel].append(word)
                self._first[channel].set()
        except Exception as error:  # noqa: BLE001  # the judge's verdict, given when it is asked
            self._broken[channel] = f"{type(error).__name__}: {error}"
            self._first[channel].set()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, daemon=True).start()
        return self._loop
