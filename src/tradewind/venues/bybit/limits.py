"""Published limits as data: those that bind order entry.

The per-account windows bind long before the one of the address. Source: v5/rate-limit of
bybit-exchange/docs at 2026-07-24, read 2026-11-24.
"""

from ...protocol.limits import SECOND, Limit, Scope, Shape
from ...protocol.operations import Source

_SOURCE = Source("https://bybit-exchange.github.io/docs/v5/rate-limit", "2026-11-24")

LIMITS = (
    Limit("ip", 600, 5 * SECOND, Scope.IP, Shape.SLIDING_WINDOW, _SOURCE),
    Limit("trade_socket_ip", 3000, SECOND, Scope.IP, Shape.SLIDING_WINDOW, _SOURCE),
    Limit("order_create_spot", 20, SECOND, Scope.ACCOUNT, Shape.SLIDING_WINDOW, _SOURCE),
    Limit("order_create_linear", 10, SECOND, Scope.ACCOUNT, Shape.SLIDING_WINDOW, _SOURCE),
    Limit("order_create_inverse", 10, SECOND, Scope.ACCOUNT, Shape.SLIDING_WINDOW, _SOURCE),
    Limit("order_create_option", 10, SECOND, Scope.ACCOUNT, Shape.SLIDING_WINDOW, _SOURCE),
)
"""``weigh="order_create"``: one of the windows by ``category``; REST and the socket share it."""
