"""What both ends and both wires do alike with WebSocket frames."""

from .wire import CloseReason


class Violation(Exception):
    """The peer broke the protocol; close with this."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.why = CloseReason(code, reason)


class Assembler:
    """Messages from frames, RFC 6455 section 5.4. ``limit`` in bytes of a whole message."""

    __slots__ = ("_bytes", "_parts", "_text", "limit")

    MOST_PARTS = 1024
    """Empty fragments have no size, but cost memory."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._parts: list[bytes] = []
        self._bytes = 0
        self._text = False

    def add(self, payload: bytes, *, text: bool, continues: bool, final: bool) -> bytes | None:
        """The message that this data frame completes. Raises Violation."""
        if continues != bool(self._parts):
            raise Violation(1002, "a fragment out of turn")
        if not continues:
            self._text = text
            if final:
                return self._whole(payload)
            self._bytes = 0
        self._parts.append(payload)
        self._bytes += len(payload)
        if self._bytes > self.limit or len(self._parts) > self.MOST_PARTS:
            raise Violation(1009, "message too big")
        if not final:
            return None
        message = b"".join(self._parts)
        self._parts = []
        return self._whole(message)

    def _whole(self, message: bytes) -> bytes:
        if len(message) > self.limit:
            raise Violation(1009, "message too big")
        if self._text and not message.isascii():
            try:
                message.decode()
            except UnicodeDecodeError:
                raise Violation(1007, "not UTF-8") from None
        return message
