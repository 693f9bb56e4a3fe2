"""Published limits as data: the counters that bind order entry.

Two independent ones. The REST counter is per key and order calls do not count there. The matching
engine's counter is per account *and* pair, shared by REST, socket and FIX; it decays all the time,
and what a call costs depends on the age of the order. The most generous tier has three times the
room of the least. Source: docs.kraken.com guides/spot-ratelimits, guides/spot-rest-ratelimits
(2026-08-22), read 2026-11-24.
"""

from ...protocol.limits import SECOND, Limit, Scope, Shape
from ...protocol.operations import Source

_ENGINE = Source("https://docs.kraken.com/api/docs/guides/spot-ratelimits", "2026-11-24")
_REST = Source("https://docs.kraken.com/api/docs/guides/spot-rest-ratelimits", "2026-11-24")

LIMITS = (
    # decay 1, 2.34, 3.75 a second: the time in which the whole limit is regained
    Limit("engine_starter", 60, 60 * SECOND, Scope.INSTRUMENT, Shape.DECAYING, _ENGINE),
    Limit("engine_intermediate", 125, 53_418_803_419, Scope.INSTRUMENT, Shape.DECAYING, _ENGINE),
    Limit("engine_pro", 180, 48 * SECOND, Scope.INSTRUMENT, Shape.DECAYING, _ENGINE),
    # decay 0.33, 0.5, 1 a second
    Limit("rest_starter", 15, 45_454_545_455, Scope.KEY, Shape.DECAYING, _REST),
    Limit("rest_intermediate", 20, 40 * SECOND, Scope.KEY, Shape.DECAYING, _REST),
    Limit("rest_pro", 20, 20 * SECOND, Scope.KEY, Shape.DECAYING, _REST),
)

ADD_COST = 1
"""``weigh="engine"``: what adding costs of the engine's counter, also when validation fails."""

CANCEL_COSTS = ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1))
"""What cancelling costs: seconds since the order was made or amended, and the cost below that."""

AMEND_COSTS = ((5, 3), (10, 2), (15, 1))
"""What amending costs on top of 1, by the same age."""
