"""Published limits as data: those that bind order entry.

No weights: a count per two seconds, per user *and* instrument (options: instrument family), one
for batches that counts their orders, and one over all instruments of a sub-account. A batch of
one order counts as a single order. Source: docs-v5 "Rate Limits" and "Place multiple orders"
(2026-08-22), read 2026-11-24.
"""

from ...protocol.limits import SECOND, Limit, Scope, Shape
from ...protocol.operations import Source

_SOURCE = Source("https://www.okx.com/docs-v5/en/#overview-rate-limits", "2026-11-24")

LIMITS = (
    Limit("order", 60, 2 * SECOND, Scope.INSTRUMENT, Shape.FIXED_WINDOW, _SOURCE),
    Limit("batch_orders", 300, 2 * SECOND, Scope.INSTRUMENT, Shape.FIXED_WINDOW, _SOURCE),
    Limit("sub_account", 1000, 2 * SECOND, Scope.ACCOUNT, Shape.FIXED_WINDOW, _SOURCE),
)
"""``weigh="batch"``: orders in the batch, of ``batch_orders`` (of ``order`` when it is one) and of
``sub_account``. REST and socket share them. Whether windows slide is not documented."""
