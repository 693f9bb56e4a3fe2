"""What moved in and out of wallets: deposits, withdrawals, transfers, conversions.

A funding wallet is an account of the ledger beside the owner's spot wallet. Each movement is one
``Transfer`` (or a few), whose memo says what it was; the memo is in the journal, so the rows kept
here are the same after every replay. What moves without a memo is the box's own faucet.

    account 1      spot         1_000_001  its funding wallet        -1  outside: chains
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from ....engine.commands import OpenAccount, Transfer
from ....engine.events import Event, Refused, Transferred
from ....engine.listing import OUTSIDE_ACCOUNT
from ....protocol.hosting import Host

FUNDING = 1_000_000
"""The funding wallet of account n is account n + FUNDING."""

FIRST_ID = 10_000_000_001

DEPOSIT = "deposit"
WITHDRAWAL = "withdrawal"
WALLET = "wallet"
SUB = "sub"
DUST = "dust"
CONVERT = "convert"
PART = "part"
"""A further transfer of a movement that is told by its first one."""

AMOUNT_MAX = 2**63 - 1
"""More than any account has, and the most that the journal can hold."""


class Memo(Struct, omit_defaults=True):
    """What a transfer was. ``more`` holds what the kind needs, as text."""

    kind: str
    number: int = 0
    more: dict[str, str] = {}


class Movement(Struct, frozen=True, array_like=True):
    """One movement, as kept. ``amount`` in units, ``at`` in ns; accounts are owners, ``*_wallet``
    tells spot (0) from funding (1).
    """

    kind: str
    number: int
    source: int
    source_wallet: int
    target: int
    target_wallet: int
    asset: str
    amount: int
    at: int
    more: Mapping[str, str]


_read_memo = msgspec.json.Decoder(Memo).decode
_write_memo = msgspec.json.Encoder().encode
_read = msgspec.msgpack.Decoder(Movement).decode
_write = msgspec.msgpack.Encoder().encode


class Movements:
    """The rows and their numbers."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._next = FIRST_ID

    # doing

    def number(self) -> int:
        """A new movement's number; it is in the memo, so replay counts the same."""
        return self._next

    def funding(self, account: int) -> int:
        """The account's funding wallet, made at its first mention."""
        wallet = account + FUNDING
        if wallet not in self._host.engine.accounts:
            self._host.execute(OpenAccount(account=wallet))
        return wallet

    def move(self, source: int, target: int, asset: str, amount: int, memo: Memo) -> bool:
        """Move units; False if the source has not so many."""
        if amount > AMOUNT_MAX:
            return False
        events = self._host.execute(
            Transfer(
                source=source,
                target=target,
                asset=asset,
                amount=amount,
                memo=_write_memo(memo).decode(),
            )
        )
        return not any(isinstance(event, Refused) for event in events)

    # keeping

    def publish(self, events: Iterable[Event]) -> None:
        """Keep a row of every movement."""
        for event in events:
            if type(event) is Transferred:
                self._keep(event)

    def _keep(self, event: Transferred) -> None:
        if event.memo:
            memo = _read_memo(event.memo)
            if memo.kind == PART:
                return
        elif event.source == OUTSIDE_ACCOUNT:
            memo = Memo(DEPOSIT, self._next)
        elif event.target == OUTSIDE_ACCOUNT:
            memo = Memo(WITHDRAWAL, self._next)
        else:
            return  # two accounts of one trade group, told by their orders
        self._next = max(self._next, memo.number + 1)
        source, source_wallet = owner(event.source)
        target, target_wallet = owner(event.target)
        row = Movement(
            memo.kind,
            memo.number,
            source,
            source_wallet,
            target,
            target_wallet,
            event.asset,
            event.amount,
            event.at,
            memo.more,
        )
        data = _write(row)
        for account in {source, target}:
            if account > 0:
                self._host.history.keep(
                    memo.kind, account, "", memo.number, key_of(row), event.at, data
                )

    # asking

    def rows(
        self,
        kind: str,
        account: int,
        *,
        key: int | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> list[Movement]:
        """An account's movements of a kind in a time range, oldest first."""
        rows = self._host.history.records(
            kind, account, key=key, start=start or 0, end=end, limit=ROWS_MAX
        )
        return [_read(row) for row in rows]

    def first_time(self, account: int) -> int:
        """When something first came to an account, in ns; 0 if nothing did."""
        times = [rows[0].at for kind in (DEPOSIT, SUB) if (rows := self.rows(kind, account))]
        return min(times, default=0)

    def state(self) -> bytes:
        """The counter, for a restart."""
        return _write(self._next)

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""
        self._next = msgspec.msgpack.decode(state, type=int)


ROWS_MAX = 10_000
"""Rows looked through for one question."""


def owner(account: int) -> tuple[int, int]:
    """Whose wallet an account of the ledger is, and which: 0 spot, 1 funding."""
    return (account - FUNDING, 1) if account > FUNDING else (account, 0)


def key_of(row: Movement) -> int:
    """What a row is looked up by beside its number: a conversion's order, else nothing."""
    return int(row.more.get("order", "0"))


def until(end: int | None, unit: int) -> int | None:
    """The last nanosecond of the unit that was meant."""
    return None if end is None else end + unit - 1


def page(rows: Sequence[Movement], number: int, size: int) -> Sequence[Movement]:
    """One page of rows; the first is 1."""
    return rows[(number - 1) * size : number * size]
