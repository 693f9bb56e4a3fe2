"""The order in which a request is checked, as data, and the checks themselves.

    door:   firewall, path, removed
    call:   address, time_unit, key_header, parameters, timestamp, key, signature, symbol, enums,
            combination, filters, order_count, engine

The venue documents what each check answers but hardly any order between them. Where the order is a
guess, setting ``checks`` (names of call steps, in the wanted order) changes it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from ....model import Misconfigured
from ....protocol.hosting import Host
from ....protocol.operations import Known, Operation, Source
from .. import auth, errors
from ..limits import FREE_SINCE, FREE_WHEN_DONE, WEIGH
from .call import MICROSECONDS, MILLISECONDS, Call, Handler, Refusal, Rule
from .limiter import Addresses, Orders
from .parameters import Reader

_REST = Source("rest-api.md", "2026-07-21")
_GUESS = Source("", "2026-11-24", Known.GUESSED)
_SEEN = Source("public issue threads", "2026-11-22", Known.OBSERVED)


class Step(Struct, frozen=True):
    """One check: its name, what it answers, and how its place in the order is known."""

    name: str
    answers: str
    place: Source


ORDER: tuple[Step, ...] = (
    Step("firewall", "403 with HTML, before anything of the API (setting waf)", _REST),
    Step("path", "404 with an empty body", Source("CHANGELOG.md 2023-12-04", "2026-07-21")),
    Step("removed", "410 with HTML", _SEEN),
    Step("address", "418 and 429, -1003; weighs also what is refused later", _REST),
    Step("time_unit", "-1194", _GUESS),
    Step("key_header", "-2014", _SEEN),
    Step("parameters", "-1101 -1102 -1105 -1100 -1108 -1111 -1130 -1131 -1104", _GUESS),
    Step("timestamp", "-1021", _REST),
    Step("key", "-2015", _SEEN),
    Step("signature", "-1022", _SEEN),
    Step("symbol", "-1121 -1101 -1151", _GUESS),
    Step("enums", "-1115 -1116 -1117 -1120 -1122 -1130 -1139 -1145 -1210 -1211", _GUESS),
    Step("combination", "-1102 -1106 -1128 -1013 by type of order", _GUESS),
    Step("filters", "-1013 Filter failure; counted and cancelled only after (rest-api.md)", _REST),
    Step("order_count", "429 -1015", _REST),
    Step("engine", "-2010 -2011 -2013 ...", _REST),
)

DOOR_STEPS = ("firewall", "path", "removed")
CALL_STEPS = tuple(step.name for step in ORDER if step.name not in DOOR_STEPS)

RECV_WINDOW = 5_000 * MILLISECONDS
AHEAD = 1_000 * MILLISECONDS
"""How old a request may be unless it says otherwise, and how far ahead (rest-api.md "Timing")."""

ENCODED_SINCE = "2026-01-15"
"""Since when text must be percent-encoded before it is signed."""

KEY_LENGTH = 64
"""Letters and digits of a key of the venue; those that the box issued are well-formed by being
known."""

_UNITS = {
    "": MILLISECONDS,
    "MILLISECOND": MILLISECONDS,
    "millisecond": MILLISECONDS,
    "MICROSECOND": MICROSECONDS,
    "microsecond": MICROSECONDS,
}


class Checks:
    """The compiled checks of one exchange; ``answer`` runs a call through them.

    ``rules`` and ``filters`` hold what operations check for themselves, by operation name.
    """

    def __init__(
        self,
        host: Host,
        addresses: Addresses,
        orders: Orders,
        handlers: Mapping[str, Handler],
        rules: Mapping[str, Rule],
        filters: Mapping[str, Rule],
    ) -> None:
        self.host = host
        self.addresses = addresses
        self.orders = orders
        self._handlers = handlers
        self._rules = rules
        self._filters = filters
        self._order = _chosen(host.settings)
        date = str(host.settings.get("date") or "9999")
        self._free = date >= FREE_SINCE
        self._encoded = date >= ENCODED_SINCE
        self._plans: dict[tuple[str, bool], tuple[Handler, ...]] = {}

    def answer(self, call: Call) -> Any:
        """What the handler gives. Raises Refusal."""
        operation = call.operation
        key = (operation.name, call.trusted)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._compile(operation, call.trusted)
        result: Any = None
        for step in plan:
            result = step(call)
        if self._free and call.weight and operation.name in FREE_WHEN_DONE:
            self.addresses.give_back(call.peer, call.weight, call.now)
            call.weight = 0
            self.host.charged(0)
        return result

    def _compile(self, operation: Operation, trusted: bool) -> tuple[Handler, ...]:
        """The steps that this operation needs, in the order in force; the last one answers."""
        reader = Reader(operation, signed=operation.signed and not trusted)
        keyed = operation.permission is not None
        steps: dict[str, Handler | None] = {
            "address": self._address,
            "time_unit": _time_unit,
            "key_header": self._key_header if keyed and not trusted else None,
            "parameters": reader.read,
            "timestamp": self._timestamp if operation.signed else None,
            "key": self._key if keyed else None,
            "signature": self._signature if operation.signed and not trusted else None,
            "symbol": reader.check_symbols,
            "enums": reader.check_enums,
            "combination": self._rules.get(operation.name),
            "filters": self._filters.get(operation.name),
            "order_count": self._order_count if operation.counts else None,
            "engine": self._handlers[operation.name],
        }
        chosen = [steps[name] for name in self._order]
        return tuple(step for step in chosen if step is not None)

    def _address(self, call: Call) -> None:
        operation = call.operation
        weight = WEIGH[operation.weigh](call.sent) if operation.weigh else operation.weight
        call.weight = weight
        self.host.charged(weight)
        self.addresses.charge(call.peer, weight, call.now, raw=1 if call.door == "rest" else 0)

    def _key_header(self, call: Call) -> None:
        key = call.api_key
        if not _well_formed(key) and self.host.credential(key) is None:
            raise Refusal(errors.KEY_FORMAT)

    def _timestamp(self, call: Call) -> None:
        """Fresh by venue time or by wall time: they differ only when somebody moved the clock."""
        sent = call.values["timestamp"]
        window = call.values.get("recvWindow")
        old = RECV_WINDOW if window is None else window // 100  # 1e-8 ms -> ns
        if not -AHEAD < call.now - sent <= old and not -AHEAD < self.host.wall() - sent <= old:
            raise Refusal(errors.EARLY if sent >= call.now + AHEAD else errors.LATE)

    def _key(self, call: Call) -> None:
        """Key, address and permission are one error, so that none can be told from another."""
        key = call.credential if call.trusted else self.host.credential(call.api_key)
        if key is not None and call.trusted:
            key = self.host.credential(key.api_key)  # it may have been revoked since
        if (
            key is None
            or key.revoked
            or (key.ips and call.peer not in key.ips)
            or call.operation.permission not in key.permissions
        ):
            raise Refusal(errors.KEY_REJECTED)
        call.credential = key

    def _signature(self, call: Call) -> None:
        key = call.credential
        assert key is not None
        if call.door == "rest":
            good = auth.verify_rest(key, call.query, call.body, encoded=self._encoded)
        else:
            good = auth.verify_params(key, call.signed)
        if not good:
            raise Refusal(errors.SIGNATURE)

    def _order_count(self, call: Call) -> None:
        """Orders count when the engine accepts them; here is only asked whether they may."""
        refusal = self.orders.check(call.account, call.operation.counts, call.now)
        if refusal is None:
            return
        if call.values.get("orderRateLimitExceededMode") != "CANCEL_ONLY":
            raise refusal
        call.over_count = refusal


def _well_formed(key: str) -> bool:
    return len(key) == KEY_LENGTH and key.isascii() and key.isalnum()


def _time_unit(call: Call) -> None:
    if not call.unit_text:
        return
    unit = _UNITS.get(call.unit_text)
    if unit is None:
        raise Refusal(errors.TIME_UNIT)
    call.unit = unit


def _chosen(settings: Mapping[str, Any]) -> Sequence[str]:
    order = tuple(settings.get("checks") or CALL_STEPS)
    if sorted(order) != sorted(CALL_STEPS) or order[-1] != "engine":
        raise Misconfigured(
            f"setting checks needs each of {', '.join(CALL_STEPS)} once, engine last"
        )
    return order
