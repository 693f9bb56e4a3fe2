"""Our own client. ``documented``: after ``OutcomeUnknown`` wait for ``outcome``, never resend."""

import asyncio
from decimal import Decimal
from typing import Any

import tradewind
from tradewind.client.door import Unpaced
from tradewind.model import (
    NotSent,
    Order,
    OrderType,
    OutcomeUnknown,
    Rejected,
    Side,
    TradewindError,
)
from tradewind.model.commands import PlaceOrder
from tradewind.protocol.outcomes import Act, Fate, State

from .desk import PAUSE, TRIES, Desk, GaveUp, Naive, Seen, main
from .story import Spec

STATUS = {"partially_filled": "open", "pending": "open", "prevented": "expired"}
SETTLED_WITHIN = 90
"""Seconds; a proof of absence needs six, and a stream that was cut some more."""


class OwnDesk(Desk):
    streams = True

    async def open(self) -> None:
        self.venue = tradewind.connect("binance", data=self.opened["data"], pacing=Unpaced())
        self._task = asyncio.create_task(self._follow())
        await self.venue.__aenter__()

    async def _follow(self) -> None:
        async for fill in self.venue.stream_fills():
            self.filled(fill.instrument, fill.fill_id, fill.order_id)

    def filled(self, instrument: str, trade_id: str, order_id: str) -> None:
        """The client says that it tells each once: so it is counted under either policy."""
        self.fills[instrument, trade_id, order_id] += 1

    async def place(self, order: Spec, name: str) -> Seen:
        told = await self.venue.place_order(
            order.instrument, order.side, "limit" if order.price else "market",
            quantity=order.quantity, price=order.price or None, client_order_id=name,
        )  # fmt: skip
        return _seen(told)

    async def cancel(self, instrument: str, order_id: str) -> Seen:
        return _seen(await self.venue.cancel_order(instrument, order_id=order_id))

    async def replace(self, old: str, order: Spec, name: str) -> Seen:
        new = PlaceOrder(
            order.instrument, Side(order.side), OrderType.LIMIT,
            Decimal(order.quantity), Decimal(order.price), client_order_id=name,
        )  # fmt: skip
        return _seen((await self.venue.replace_order(new, order_id=old)).placed)

    async def settle(self) -> None:
        await super().settle()
        async with asyncio.timeout(SETTLED_WITHIN):
            await self.venue.live()
            while self.venue.under_way:
                await asyncio.sleep(PAUSE)

    def told(self) -> dict[str, Any]:
        """What the client itself keeps; nothing is asked for."""
        account = self.venue.account
        for key, order in (*account.orders.items(), *account.ended.items()):
            self.orders[key] = [_seen(order).status, order.filled_quantity]
        self.balances = {
            asset: [str(each.available), str(each.held)]
            for asset, each in self.venue.balances.items()
        }
        return super().told()

    async def close(self) -> None:
        self._task.cancel()
        await self.venue.__aexit__(None, None, None)


class Patient:
    """What did not happen is done again; what is not known is waited for."""

    def __init__(self, desk: OwnDesk) -> None:
        self.desk = desk

    async def place(self, order: Spec, number: str) -> Seen:
        """A new order. Raises GaveUp."""
        del number
        for _ in range(TRIES):
            try:
                return await self.desk.place(order, "")
            except TradewindError as error:
                state = await self._known(error)
            if state is not None and state.fates == (Fate.HAPPENED,):
                return self._there(state)
        raise GaveUp

    async def replace(self, old: str, order: Spec, number: str) -> Seen:
        """Another in its place. Raises GaveUp."""
        for _ in range(TRIES):
            try:
                return await self.desk.replace(old, order, "")
            except TradewindError as error:
                state = await self._known(error)
            if state is not None and _new_one(state)[1] is Fate.HAPPENED:
                return self._there(state)
            if (order.instrument, old) not in self.desk.venue.orders:
                return await self.place(order, number)
        raise GaveUp

    async def cancel(self, instrument: str, order_id: str) -> None:
        """End it. Raises GaveUp."""
        for _ in range(TRIES):
            try:
                await self.desk.cancel(instrument, order_id)
                return
            except TradewindError as error:
                await self._known(error)
            if (instrument, order_id) not in self.desk.venue.orders:
                return
        raise GaveUp

    async def _known(self, error: TradewindError) -> State | None:
        """What became of it, None when nothing did."""
        self.desk.note(error)
        name = getattr(error, "client_order_id", "")
        if isinstance(error, NotSent):
            await self.desk.venue.live()
        if not isinstance(error, NotSent | Rejected | OutcomeUnknown) or (
            isinstance(error, OutcomeUnknown) and not name
        ):
            raise error
        if name:
            return await self.desk.venue.outcome(name)
        await asyncio.sleep(PAUSE)
        return None

    def _there(self, state: State) -> Seen:
        found = self.desk.venue.account.order(state.intent.instrument, "", _new_one(state)[0])
        assert found is not None, f"{state} has happened, and the order is not known"
        return _seen(found)


def _new_one(state: State) -> tuple[str, Fate]:
    """The client id and the fate of the order that was to be made."""
    for part, fate in zip(state.intent.parts, state.fates, strict=True):
        if part.act is Act.NEW:
            return part.name, fate
    raise LookupError(f"{state.intent} makes no order")


def _seen(order: Order) -> Seen:
    status = order.order_status.value
    return Seen(order.order_id, STATUS.get(status, status), order.filled_quantity)


if __name__ == "__main__":
    main(OwnDesk, {"naive": Naive, "documented": Patient})
