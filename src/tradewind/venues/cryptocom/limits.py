"""Published limits as data: those that bind order entry.

Per key and method. A connection's budget of its first second is cut to the part of that calendar
second that is left. Source: rest-common-api-reference "Rate Limits" of
exchange-developer.crypto.com (2026-05-21), read 2026-11-24.
"""

from ...protocol.limits import SECOND, Limit, Scope, Shape
from ...protocol.operations import Source

_SOURCE = Source(
    "https://exchange-developer.crypto.com/exchange/v1/docs/api/rest-common-api-reference",
    "2026-11-24",
)

LIMITS = (
    Limit("create_order", 15, SECOND // 10, Scope.KEY, Shape.FIXED_WINDOW, _SOURCE),
    Limit("user_socket", 150, SECOND, Scope.CONNECTION, Shape.FIXED_WINDOW, _SOURCE),
)
"""``weigh="method"``: the window of the method, by key."""
