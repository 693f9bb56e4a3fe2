"""Accounts on the wire. rest-api.md "Account Endpoints", 2026-07-21."""

from msgspec import UNSET, UnsetType

from .market import ExchangeFilter, MaxAsset, SymbolFilter
from .trading import Discount, Wire


class Rates(Wire, frozen=True, kw_only=True):
    """Commission rates as text."""

    maker: str
    taker: str
    buyer: str
    seller: str


class AssetBalance(Wire, frozen=True, kw_only=True):
    """What an account has of one asset."""

    asset: str
    free: str
    locked: str


class Account(Wire, frozen=True, kw_only=True):
    """``GET /api/v3/account``. Commissions as numbers are in basis points."""

    maker_commission: int
    taker_commission: int
    buyer_commission: int
    seller_commission: int
    commission_rates: Rates
    can_trade: bool
    can_withdraw: bool
    can_deposit: bool
    brokered: bool
    require_self_trade_prevention: bool
    prevent_sor: bool
    update_time: int
    account_type: str
    balances: list[AssetBalance]
    permissions: list[str]
    uid: int
    trade_group_id: int | UnsetType = UNSET


class Commission(Wire, frozen=True, kw_only=True):
    """``GET /api/v3/account/commission``."""

    symbol: str
    standard_commission: Rates
    special_commission: Rates
    tax_commission: Rates
    discount: Discount


class AccountTrade(Wire, frozen=True, kw_only=True):
    """One of ``GET /api/v3/myTrades``."""

    symbol: str
    id: int
    order_id: int
    order_list_id: int
    price: str
    qty: str
    quote_qty: str
    commission: str
    commission_asset: str
    time: int
    is_buyer: bool
    is_maker: bool
    is_best_match: bool


class OrderCount(Wire, frozen=True, kw_only=True):
    """One limit and what is used of it (``rateLimit/order``, and ``rateLimits`` over WebSocket)."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int
    count: int


class PreventedMatch(Wire, frozen=True, kw_only=True):
    """One of ``GET /api/v3/myPreventedMatches``. ``tradeGroupId`` -1 is none."""

    symbol: str
    prevented_match_id: int
    taker_order_id: int
    maker_symbol: str
    maker_order_id: int
    trade_group_id: int
    self_trade_prevention_mode: str
    price: str
    taker_prevented_quantity: str | UnsetType = UNSET
    maker_prevented_quantity: str | UnsetType = UNSET
    transact_time: int


class Allocation(Wire, frozen=True, kw_only=True):
    """One of ``GET /api/v3/myAllocations``."""

    symbol: str
    allocation_id: int
    allocation_type: str
    order_id: int
    order_list_id: int
    price: str
    qty: str
    quote_qty: str
    commission: str
    commission_asset: str
    time: int
    is_buyer: bool
    is_maker: bool
    is_allocator: bool


class Amendment(Wire, frozen=True, kw_only=True):
    """One of ``GET /api/v3/order/amendments``."""

    symbol: str
    order_id: int
    execution_id: int
    orig_client_order_id: str
    new_client_order_id: str
    orig_qty: str
    new_qty: str
    time: int


class RelevantFilters(Wire, frozen=True, kw_only=True):
    """``GET /api/v3/myFilters``."""

    exchange_filters: list[ExchangeFilter]
    symbol_filters: list[SymbolFilter]
    asset_filters: list[MaxAsset]
