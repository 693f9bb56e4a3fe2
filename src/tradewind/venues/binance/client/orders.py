"""Orders, lists and the account, in the venue's words and back.

rest-api.md "Trading endpoints" and "Account endpoints", 2026-07-21.
"""

from collections.abc import Callable
from decimal import Decimal
from re import compile as pattern

from msgspec import UNSET, Raw, Struct, UnsetType, ValidationError, json

from ....model import (
    Amendment,
    Balance,
    Fees,
    Fill,
    InvalidInput,
    KeyFacts,
    Liquidity,
    Order,
    OrderList,
    OrderStatus,
    OrderType,
    Permission,
    Replaced,
    Side,
    TimeInForce,
    Trigger,
)
from ....model import commands as ask
from .. import VENUE
from ..wire import account, market, trading, wallet

MILLISECONDS = 1_000_000

Parameters = dict[str, str]
Naming = Callable[[str], str]
"""Turns one name of an instrument into the other: the venue's into ours, or back."""

STATUSES = {
    "PENDING_NEW": OrderStatus.PENDING,
    "NEW": OrderStatus.OPEN,
    "PENDING_CANCEL": OrderStatus.OPEN,  # "currently unused" (enums.md): it has not ended
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELLED,
    "EXPIRED": OrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": OrderStatus.PREVENTED,
    "REJECTED": OrderStatus.REJECTED,
}
TYPES = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.MARKET,
    "STOP_LOSS_LIMIT": OrderType.LIMIT,
    "TAKE_PROFIT": OrderType.MARKET,
    "TAKE_PROFIT_LIMIT": OrderType.LIMIT,
}
TRIGGERED = {
    (OrderType.MARKET, Trigger.STOP): "STOP_LOSS",
    (OrderType.LIMIT, Trigger.STOP): "STOP_LOSS_LIMIT",
    (OrderType.MARKET, Trigger.TAKE_PROFIT): "TAKE_PROFIT",
    (OrderType.LIMIT, Trigger.TAKE_PROFIT): "TAKE_PROFIT_LIMIT",
}
NEVER = -1
"""The ``workingTime`` of an order that does not work yet."""

TIMES = (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)
_SIDES = {side.upper(): side for side in Side}
_TIMES = {time.upper(): time for time in TimeInForce}
_is_client_id = pattern(VENUE.client_id).fullmatch


# --- words --------------------------------------------------------------------------------------


def plain(value: Decimal | None, what: str) -> str:
    """A positive decimal as the venue reads it, never in scientific notation."""
    if value is None or not value.is_finite() or value <= 0:
        raise InvalidInput(f"{what} must be a positive number, not {value}")
    return format(value, "f")


def client_id(name: str) -> str:
    """A client order id that the venue takes."""
    if not _is_client_id(name):
        raise InvalidInput(f"client_order_id must look like {VENUE.client_id}")
    return name


def order(native: Naming, order: ask.PlaceOrder) -> Parameters:
    """A new order."""
    words = {
        "symbol": native(order.instrument),
        "side": order.side.upper(),
        "type": _type(order),
        **_terms(order),
    }
    if order.client_order_id:
        words["newClientOrderId"] = client_id(order.client_order_id)
    if order.self_trade_prevention is not None:
        words["selfTradePreventionMode"] = order.self_trade_prevention.value.upper()
    words["newOrderRespType"] = "FULL"
    return words


def _type(order: ask.PlaceOrder) -> str:
    if order.post_only:
        return "LIMIT_MAKER"
    if order.trigger_price is not None:
        return TRIGGERED[order.order_type, order.trigger]
    return order.order_type.upper()


def _terms(order: ask.PlaceOrder) -> Parameters:
    """How much at which price and for how long."""
    words: Parameters = {}
    match order.order_type:
        case OrderType.LIMIT:
            if order.time_in_force not in TIMES:
                raise InvalidInput("orders can be gtc, ioc or fok here")
            if not order.post_only:
                words["timeInForce"] = order.time_in_force.upper()
            words["quantity"] = plain(order.quantity, "quantity")
            words["price"] = plain(order.price, "price")
        case OrderType.MARKET if order.quote_quantity is not None:
            words["quoteOrderQty"] = plain(order.quote_quantity, "quote_quantity")
        case OrderType.MARKET:
            words["quantity"] = plain(order.quantity, "quantity")
    if order.trigger_price is not None:
        words["stopPrice"] = plain(order.trigger_price, "trigger_price")
    if order.display_quantity is not None:
        words["icebergQty"] = plain(order.display_quantity, "display_quantity")
    return words


def named(native: Naming, command: ask.CancelOrder | ask.FetchOrder | ask.AmendOrder) -> Parameters:
    """Which order is meant."""
    words = {"symbol": native(command.instrument)}
    if command.order_id:
        words["orderId"] = command.order_id
    if command.client_order_id:
        words["origClientOrderId"] = command.client_order_id
    if len(words) == 1:
        raise InvalidInput("an order is named by order_id or client_order_id")
    return words


def cancel(native: Naming, command: ask.CancelOrder) -> Parameters:
    """End an order. Its client id is replaced by the cancel's, which is ours if we name it."""
    words = named(native, command)
    if command.cancel_id:
        words["newClientOrderId"] = client_id(command.cancel_id)
    return words


def amend(native: Naming, command: ask.AmendOrder) -> Parameters:
    """Less of an order. It keeps its client id only if that is sent again."""
    words = named(native, command)
    if command.client_order_id:
        words["newClientOrderId"] = command.client_order_id
    return words | {"newQty": plain(command.quantity, "quantity")}


def replace(native: Naming, command: ask.ReplaceOrder) -> Parameters:
    """One order in another's place."""
    if command.cancel.instrument != command.place.instrument:
        raise InvalidInput("an order is replaced on its own instrument")
    target = named(native, command.cancel)
    words = order(native, command.place)
    words["cancelReplaceMode"] = "ALLOW_FAILURE" if command.place_anyway else "STOP_ON_FAILURE"
    if "orderId" in target:
        words["cancelOrderId"] = target["orderId"]
    if "origClientOrderId" in target:
        words["cancelOrigClientOrderId"] = target["origClientOrderId"]
    if command.cancel.cancel_id:
        words["cancelNewClientOrderId"] = client_id(command.cancel.cancel_id)
    return words


def placed_list(native: Naming, command: ask.PlaceOrderList) -> tuple[str, Parameters]:
    """The operation and the words of a list."""
    orders = command.orders
    expected = {"oco": 2, "oto": 2, "otoco": 3}[command.kind.value]
    if len(orders) != expected or len({order.instrument for order in orders}) != 1:
        raise InvalidInput(f"{command.kind} has {expected} orders of one instrument")
    words = {"symbol": native(orders[0].instrument)}
    if command.client_list_id:
        words["listClientOrderId"] = client_id(command.client_list_id)
    if command.kind.value == "oco":
        words |= _pair(orders[0], orders[1], "", "above", "below")
    else:
        words |= _leg("working", orders[0], quantity=True, side=True)
        if command.kind.value == "oto":
            words |= _leg("pending", orders[1], quantity=True, side=True)
        else:
            words |= _pair(orders[1], orders[2], "pending", "pendingAbove", "pendingBelow")
    return f"orderList.place.{command.kind}", words | {"newOrderRespType": "FULL"}


def _pair(
    one: ask.PlaceOrder, other: ask.PlaceOrder, both: str, upper: str, lower: str
) -> Parameters:
    """Two orders of which one works: same side and quantity, one above the market, one below."""
    if one.side is not other.side or one.quantity != other.quantity:
        raise InvalidInput("the two orders of an oco have the same side and quantity")
    above, below = sorted((one, other), key=_height, reverse=True)
    words = {
        "pendingSide" if both else "side": one.side.value.upper(),
        "pendingQuantity" if both else "quantity": plain(one.quantity, "quantity"),
    }
    return words | _leg(upper, above) | _leg(lower, below)


def _height(order: ask.PlaceOrder) -> Decimal:
    return order.trigger_price or order.price or Decimal(0)


def _leg(
    prefix: str, order: ask.PlaceOrder, *, quantity: bool = False, side: bool = False
) -> Parameters:
    terms = _terms(order)
    if not quantity:
        terms.pop("quantity", None)
    terms["type"] = _type(order)
    if side:
        terms["side"] = order.side.value.upper()
    if order.client_order_id:
        terms["clientOrderId"] = client_id(order.client_order_id)
    return {prefix + name[0].upper() + name[1:]: value for name, value in terms.items()}


def named_list(
    native: Naming, command: ask.CancelOrderList | ask.FetchOrderList, name: str
) -> Parameters:
    """Which list is meant; its client id goes by different names."""
    words = {}
    if command.list_id:
        words["orderListId"] = command.list_id
    if command.client_list_id:
        words[name] = command.client_list_id
    if not words:
        raise InvalidInput("a list is named by list_id or client_list_id")
    if name == "listClientOrderId":
        words = {"symbol": native(command.instrument)} | words
    return words


def window(command: ask.FetchOrders | ask.FetchFills, first: str) -> Parameters:
    """Which stretch of a history is meant."""
    words = {}
    if command.start is not None:
        words["startTime"] = str(command.start // MILLISECONDS)
    if command.from_id:
        words[first] = command.from_id
    return words | {"limit": str(command.limit)}


# --- answers ------------------------------------------------------------------------------------


def status(word: str, working: bool) -> OrderStatus:
    """Where an order is. The venue says NEW of an order that waits for its trigger too, and beside
    it that it does not work yet (faqs/spot_glossary.md "isWorking", "workingTime", 2026-07-21).
    """
    return OrderStatus.PENDING if word == "NEW" and not working else STATUSES[word]


def placed(name: Naming, done: trading.NewOrder) -> Order:
    """A new order as it was answered."""
    at = done.transact_time
    now = status(done.status, done.working_time != NEVER)
    return _order(name, done, done.client_order_id, at, at, now)


def cancelled(name: Naming, done: trading.CancelledOrder) -> Order:
    """A cancelled order; it is told with the id it had. When it was made is not said."""
    at = done.transact_time
    return _order(name, done, done.orig_client_order_id, 0, at, STATUSES[done.status])


def ended(name: Naming, command: ask.CancelOrder, answer: bytes | Raw) -> Order:
    """The order that was to be cancelled. Where it was part of a list, the list has gone with it
    and the answer is about that (rest-api.md "Cancel order", 2026-07-21).
    """
    reports = json.decode(answer, type=_Reports).order_reports
    if reports is UNSET:
        return cancelled(name, json.decode(answer, type=trading.CancelledOrder))
    for row in reports:
        if command.order_id == str(row.order_id) or (
            not command.order_id and command.client_order_id == row.orig_client_order_id
        ):
            return cancelled(name, row)
    raise ValidationError("the list that was cancelled does not have the order")


class _Reports(Struct, frozen=True, rename="camel"):
    order_reports: list[trading.CancelledOrder] | UnsetType = UNSET


def queried(name: Naming, row: trading.QueriedOrder) -> Order:
    """An order as queries tell it."""
    now = status(row.status, row.is_working)
    return _order(name, row, row.client_order_id, row.time, row.update_time, now)


def queried_all(name: Naming, rows: list[trading.QueriedOrder]) -> list[Order]:
    """Several."""
    return [queried(name, row) for row in rows]


def amended(name: Naming, done: trading.Amended) -> Order:
    """An order with its new quantity."""
    row = done.amended_order
    filled, value = Decimal(row.executed_qty), Decimal(row.cumulative_quote_qty)
    return Order(
        order_id=str(row.order_id),
        client_order_id=row.client_order_id,
        instrument=name(row.symbol),
        side=Side(row.side.lower()),
        order_type=TYPES[row.type],
        time_in_force=TimeInForce(row.time_in_force.lower()),
        post_only=row.type == "LIMIT_MAKER",
        price=Decimal(row.price),
        quantity=Decimal(row.qty),
        filled_quantity=filled,
        average_price=value / filled if filled else None,
        trigger_price=None,
        order_status=status(row.status, row.working_time != NEVER),
        created=0,
        updated=done.transact_time * MILLISECONDS,
        list_id=_list(row.order_list_id),
    )


def amendments(_: Naming, rows: list[account.Amendment]) -> list[Amendment]:
    """How an order's quantity has changed."""
    return [
        Amendment(
            order_id=str(row.order_id),
            previous_quantity=Decimal(row.orig_qty),
            quantity=Decimal(row.new_qty),
            time=row.time * MILLISECONDS,
        )
        for row in rows
    ]


def replaced(name: Naming, command: ask.ReplaceOrder, answer: bytes) -> Replaced:
    """Both halves of a cancel-replace that succeeded."""
    done = json.decode(answer, type=trading.Replaced[Raw, trading.NewOrder])
    gone = ended(name, command.cancel, done.cancel_response)
    return Replaced(gone, placed(name, done.new_order_response))


class Half(Struct, frozen=True):
    """One half of a cancel-replace; ``why`` not, None where it was not attempted either."""

    done: bool
    why: trading.ErrorBody | None = None


def halves(name: Naming, cancel: ask.CancelOrder | None, data: Raw) -> tuple[Replaced, Half, Half]:
    """The ``data`` of a cancel-replace that did not wholly succeed: what was done, and how each
    half went. Without ``cancel`` the orders are not read: their shape was the caller's choice.
    """
    told = json.decode(data, type=trading.Replaced[Raw, Raw])
    one = _half(told.cancel_result, told.cancel_response)
    other = _half(told.new_order_result, told.new_order_response)
    gone = new = None
    if cancel is not None and one.done:
        gone = ended(name, cancel, told.cancel_response)
    if cancel is not None and other.done:
        new = placed(name, json.decode(told.new_order_response, type=trading.NewOrder))
    return Replaced(gone, new), one, other


def _half(result: str, response: Raw) -> Half:
    if result == "SUCCESS" or bytes(response) == b"null":
        return Half(result == "SUCCESS")
    return Half(False, json.decode(response, type=trading.ErrorBody))


def listed(
    name: Naming, told: trading.OrderList | trading.NewOrderList | trading.CancelledOrderList
) -> OrderList:
    """A list, with its orders where they are told."""
    orders: tuple[Order, ...] = ()
    if isinstance(told, trading.NewOrderList):
        orders = tuple(placed(name, row) for row in told.order_reports)
    elif isinstance(told, trading.CancelledOrderList):
        orders = tuple(cancelled(name, row) for row in told.order_reports)
    return OrderList(
        list_id=str(told.order_list_id),
        client_list_id=told.list_client_order_id,
        instrument=name(told.symbol),
        order_ids=tuple(str(row.order_id) for row in told.orders),
        client_order_ids=tuple(row.client_order_id for row in told.orders),
        done=told.list_order_status == "ALL_DONE",
        orders=orders,
    )


def all_cancelled(name: Naming, rows: list[Raw]) -> list[Order]:
    """What cancelling everything answers: orders, and lists with their orders."""
    found: list[Order] = []
    for row in rows:
        if json.decode(row, type=_Contingent).contingency_type is UNSET:
            found.append(cancelled(name, json.decode(row, type=trading.CancelledOrder)))
        else:
            found += listed(name, json.decode(row, type=trading.CancelledOrderList)).orders
    return found


class _Contingent(Struct, rename="camel"):
    contingency_type: str | UnsetType = UNSET


def _order(
    name: Naming,
    row: trading.NewOrder | trading.CancelledOrder | trading.QueriedOrder,
    client_order_id: str,
    created: int,
    updated: int,
    now: OrderStatus,
) -> Order:
    filled = Decimal(row.executed_qty)
    order_type = TYPES[row.type]
    return Order(
        order_id=str(row.order_id),
        client_order_id=client_order_id,
        instrument=name(row.symbol),
        side=_SIDES[row.side],
        order_type=order_type,
        time_in_force=_TIMES[row.time_in_force],
        post_only=row.type == "LIMIT_MAKER",
        price=None if order_type is OrderType.MARKET else Decimal(row.price),
        quantity=_decimal(row.orig_qty),
        filled_quantity=filled,
        average_price=Decimal(row.cummulative_quote_qty) / filled if filled else None,
        trigger_price=None if row.stop_price is UNSET else Decimal(row.stop_price) or None,
        order_status=now,
        created=created * MILLISECONDS,
        updated=updated * MILLISECONDS,
        list_id=_list(row.order_list_id),
    )


def _list(number: int) -> str:
    return "" if number == -1 else str(number)


def _decimal(text: str | UnsetType) -> Decimal:
    return Decimal("0" if text is UNSET else text)


def fills(name: Naming, rows: list[account.AccountTrade]) -> list[Fill]:
    """Own executions."""
    return [
        Fill(
            fill_id=str(row.id),
            order_id=str(row.order_id),
            instrument=name(row.symbol),
            side=Side.BUY if row.is_buyer else Side.SELL,
            price=Decimal(row.price),
            quantity=Decimal(row.qty),
            fee=Decimal(row.commission),
            fee_asset=row.commission_asset,
            liquidity=Liquidity.MAKER if row.is_maker else Liquidity.TAKER,
            time=row.time * MILLISECONDS,
        )
        for row in rows
    ]


class Holdings(Struct, frozen=True):
    """What is read of an account."""

    balances: list[account.AssetBalance]


def balances(_: Naming, found: Holdings) -> list[Balance]:
    """What the account has."""
    return [Balance(row.asset, Decimal(row.free), Decimal(row.locked)) for row in found.balances]


def fees(name: Naming, found: account.Commission) -> Fees:
    """Standard, special and tax rates together, before any discount."""
    parts = (found.standard_commission, found.special_commission, found.tax_commission)
    return Fees(
        name(found.symbol),
        sum((Decimal(part.maker) for part in parts), Decimal(0)),
        sum((Decimal(part.taker) for part in parts), Decimal(0)),
    )


def key(_: Naming, found: wallet.ApiRestrictions) -> KeyFacts:
    """What the key may do. Internal transfers are between an account and its own sub-accounts."""
    may = {
        Permission.READ: found.enable_reading,
        Permission.TRADE: found.enable_spot_and_margin_trading,
        Permission.WITHDRAW: found.enable_withdrawals,
    }
    allowed = frozenset(permission for permission, granted in may.items() if granted)
    return KeyFacts(allowed, found.ip_restrict)


def clock(_: Naming, found: market.ServerTime) -> int:
    """The venue's time in nanoseconds."""
    return found.server_time * MILLISECONDS
