"""Published limits as data: those that bind FIX order entry.

Source: docs.cdp.coinbase.com exchange/fix-api/rate-limits, read 2026-11-24.
"""

from ...protocol.limits import SECOND, Limit, Scope, Shape
from ...protocol.operations import Source

_SOURCE = Source("https://docs.cdp.coinbase.com/exchange/fix-api/rate-limits", "2026-11-24")

LIMITS = (
    Limit("fix_messages", 100, SECOND, Scope.KEY, Shape.FIXED_WINDOW, _SOURCE),
    Limit("fix_disconnect", 200, SECOND, Scope.KEY, Shape.FIXED_WINDOW, _SOURCE),
    Limit("fix_logons", 2, SECOND, Scope.KEY, Shape.FIXED_WINDOW, _SOURCE),
)
"""``weigh="fix_messages"``: one per message, a batch too; above ``fix_disconnect`` the session is
cut. Open orders are capped at 500 per product and profile."""
