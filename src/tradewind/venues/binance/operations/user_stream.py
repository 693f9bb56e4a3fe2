"""Listen keys: how user data was followed before 2026-02-20 (``rules.LISTEN_KEY``).

rest-api.md "User Data Stream endpoints" and web-socket-api.md "User Data Stream requests" of the
documentation's own past, 2025-10-23, and CHANGELOG.md 2026-01-21. The key header is enough; a key
lives for 60 minutes.
"""

from typing import Any

from ....model import Permission
from ....protocol.operations import Kind, Operation, Parameter, Rest, Source, WebSocket
from ..wire import user_stream as wire
from .trading import READ

PATH = "/api/v3/userDataStream"
UNTIL = "2026-02-20"

LISTEN_KEY = Parameter("listenKey", Kind.TEXT, mandatory=True)


def _row(name: str, method: str, response: Any, parameters: tuple[Parameter, ...]) -> Operation:
    return Operation(
        name=name,
        doors=(Rest(method, PATH), WebSocket(name)),
        parameters=parameters,
        permission=Permission.READ,
        weight=2,
        response=response,
        source=Source("CHANGELOG.md 2026-01-21", READ),
        until=UNTIL,
    )


ROWS: tuple[Operation, ...] = (
    _row("userDataStream.start", "POST", wire.ListenKey, ()),
    _row("userDataStream.ping", "PUT", wire.Done, (LISTEN_KEY,)),
    _row("userDataStream.stop", "DELETE", wire.Done, (LISTEN_KEY,)),
)
