"""What a WebSocket API connection can ask about itself, and its user data subscriptions.

web-socket-api.md "Authentication requests" and "User Data Stream requests", 2026-07-21. The API key
is a parameter of every signed request here (``apiKey``); the door reads it before the table does.
"""

from typing import Any

from ....model import Permission
from ....protocol.operations import Kind, Operation, Parameter, Source, WebSocket
from ..wire import websocket_api as wire
from .trading import READ, SECURITY


def _row(
    name: str,
    response: Any,
    page: str,
    parameters: tuple[Parameter, ...] = (),
    *,
    signed: bool = False,
) -> Operation:
    return Operation(
        name=name,
        doors=(WebSocket(name),),
        parameters=parameters,
        permission=Permission.READ if signed else None,
        signed=signed,
        weight=2,
        response=response,
        source=Source(f"web-socket-api.md#{page}", READ),
    )


ROWS: tuple[Operation, ...] = (
    _row("session.logon", wire.Session, "log-in-with-api-key-signed", SECURITY, signed=True),
    _row("session.status", wire.Session, "query-session-status"),
    _row("session.logout", wire.Session, "log-out-of-the-session"),
    _row("session.subscriptions", list[wire.Subscription], "listing-all-subscriptions"),
    _row(
        "userDataStream.subscribe",
        wire.Subscription,
        "subscribe-to-user-data-stream-user_stream",
    ),
    _row(
        "userDataStream.subscribe.signature",
        wire.Subscription,
        "subscribe-to-user-data-stream-through-signature-subscription-user_stream",
        SECURITY,
        signed=True,
    ),
    _row(
        "userDataStream.unsubscribe",
        wire.Nothing,
        "unsubscribe-from-user-data-stream",
        (Parameter("subscriptionId", Kind.INTEGER),),
    ),
)
