"""User data events. Names are the venue's letters; optional fields are ``UNSET`` when absent.

user-data-stream.md, 2026-07-21. ``t``, ``i``, ``g``, ``I``, ``v``, ``u`` and all times are numbers,
decimals strings padded to eight places (but ``n`` is ``"0"`` outside trades), ``N`` may be null.
The page lists the conditional fields without their place; they follow ``V`` here (guessed), except
``v`` and ``W``, which its sample shows.
"""

from msgspec import UNSET, Struct, UnsetType


class ExecutionReport(Struct, frozen=True, kw_only=True):
    """What happened to an order."""

    e: str = "executionReport"
    E: int
    s: str
    c: str
    S: str
    o: str
    f: str
    q: str
    p: str
    P: str
    F: str
    g: int
    C: str
    x: str
    X: str
    r: str
    i: int
    l: str
    z: str
    L: str
    n: str
    N: str | None
    T: int
    t: int
    v: int | UnsetType = UNSET
    I: int
    w: bool
    m: bool
    M: bool
    O: int
    Z: str
    Y: str
    Q: str
    W: int | UnsetType = UNSET
    V: str
    d: int | UnsetType = UNSET
    D: int | UnsetType = UNSET
    j: int | UnsetType = UNSET
    J: int | UnsetType = UNSET
    A: str | UnsetType = UNSET
    B: str | UnsetType = UNSET
    u: int | UnsetType = UNSET
    U: int | UnsetType = UNSET
    Cs: str | UnsetType = UNSET
    pl: str | UnsetType = UNSET
    pL: str | UnsetType = UNSET
    pY: str | UnsetType = UNSET
    b: str | UnsetType = UNSET
    a: int | UnsetType = UNSET
    k: str | UnsetType = UNSET
    uS: bool | UnsetType = UNSET
    gP: str | UnsetType = UNSET
    gOT: str | UnsetType = UNSET
    gOV: int | UnsetType = UNSET
    gp: str | UnsetType = UNSET
    eR: str | UnsetType = UNSET


class AssetPosition(Struct, frozen=True, kw_only=True):
    """One of ``B``: free and locked."""

    a: str
    f: str
    l: str


class AccountPosition(Struct, frozen=True, kw_only=True):
    """The assets that an event may have changed."""

    e: str = "outboundAccountPosition"
    E: int
    u: int
    B: list[AssetPosition]


class BalanceUpdate(Struct, frozen=True, kw_only=True):
    """A deposit, a withdrawal or a transfer."""

    e: str = "balanceUpdate"
    E: int
    a: str
    d: str
    T: int


class ListedOrder(Struct, frozen=True, kw_only=True):
    """One of a list's orders."""

    s: str
    i: int
    c: str


class ListStatus(Struct, frozen=True, kw_only=True):
    """What happened to an order list."""

    e: str = "listStatus"
    E: int
    s: str
    g: int
    c: str
    l: str
    L: str
    r: str = "NONE"
    C: str
    T: int
    O: list[ListedOrder]


class StreamTerminated(Struct, frozen=True, kw_only=True):
    """A subscription ended because it was asked to."""

    e: str = "eventStreamTerminated"
    E: int


Event = ExecutionReport | AccountPosition | BalanceUpdate | ListStatus | StreamTerminated
"""What ``event`` of a user data frame holds."""
