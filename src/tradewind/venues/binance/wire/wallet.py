"""The wallet on the wire (``/sapi``): shapes of binance-connector-python's own tests, 2026-08-21.

Amounts are decimal text, mostly without zeros at the end, as the samples are; dust keeps eight
places. Fields that only some answers have are ``UNSET`` when absent.
"""

from msgspec import UNSET, UnsetType, field

from .trading import Wire


class SystemStatus(Wire, frozen=True, kw_only=True):
    """``status`` 0 is normal, 1 is maintenance."""

    status: int
    msg: str


class ApiRestrictions(Wire, frozen=True, kw_only=True):
    """What the key that asks may do."""

    ip_restrict: bool
    create_time: int
    enable_reading: bool
    enable_withdrawals: bool
    enable_internal_transfer: bool
    enable_margin: bool
    enable_futures: bool
    permits_universal_transfer: bool
    enable_vanilla_options: bool
    enable_fix_api_trade: bool
    enable_fix_read_only: bool
    enable_spot_and_margin_trading: bool
    enable_portfolio_margin_trading: bool


class AccountStatus(Wire, frozen=True, kw_only=True):
    """Whether the account is in order: {"data": "Normal"}."""

    data: str


class AccountInfo(Wire, frozen=True, kw_only=True):
    """Which products an account has."""

    vip_level: int
    is_margin_enabled: bool
    is_future_enabled: bool
    is_options_enabled: bool
    is_portfolio_margin_retail_enabled: bool


class TriggerCondition(Wire, frozen=True, kw_only=True):
    """How many orders lock an account's API trading."""

    gcr: int = field(name="GCR")
    ifer: int = field(name="IFER")
    ufr: int = field(name="UFR")


class TradingStatus(Wire, frozen=True, kw_only=True):
    """``data`` of the API trading status."""

    is_locked: bool
    planned_recover_time: int
    trigger_condition: TriggerCondition
    update_time: int


class ApiTradingStatus(Wire, frozen=True, kw_only=True):
    """Whether API trading is locked."""

    data: TradingStatus


class CoinNetwork(Wire, frozen=True, kw_only=True):
    """One of ``networkList``."""

    network: str
    coin: str
    withdraw_integer_multiple: str
    is_default: bool
    deposit_enable: bool
    withdraw_enable: bool
    deposit_desc: str
    withdraw_desc: str
    special_tips: str
    special_withdraw_tips: str
    name: str
    reset_address_status: bool
    address_regex: str
    memo_regex: str
    withdraw_fee: str
    withdraw_min: str
    withdraw_max: str
    withdraw_internal_min: str
    deposit_dust: str
    min_confirm: int
    un_lock_confirm: int
    same_address: bool
    withdraw_tag: bool
    estimated_arrival_time: int
    busy: bool
    contract_address_url: str | UnsetType = UNSET
    contract_address: str | UnsetType = UNSET
    denomination: int | UnsetType = UNSET


class CoinInfo(Wire, frozen=True, kw_only=True):
    """One of ``capital/config/getall``."""

    coin: str
    deposit_all_enable: bool
    withdraw_all_enable: bool
    name: str
    free: str
    locked: str
    freeze: str
    withdrawing: str
    ipoing: str
    ipoable: str
    storage: str
    is_legal_money: bool
    trading: bool
    network_list: list[CoinNetwork]


class AssetDetail(Wire, frozen=True, kw_only=True):
    """One value of ``asset/assetDetail``, by asset. The fee is a number."""

    min_withdraw_amount: str
    deposit_status: bool
    withdraw_fee: int | float
    withdraw_status: bool
    deposit_tip: str | UnsetType = UNSET


class TradeFee(Wire, frozen=True, kw_only=True):
    """What the account pays on a symbol."""

    symbol: str
    maker_commission: str
    taker_commission: str


class UserAsset(Wire, frozen=True, kw_only=True):
    """One asset of the spot wallet, or (without ``ipoable``) of the funding wallet."""

    asset: str
    free: str
    locked: str
    freeze: str
    withdrawing: str
    ipoable: str | UnsetType = UNSET
    btc_valuation: str


class WalletAsset(Wire, frozen=True, kw_only=True):
    """One of ``assetBalances``."""

    asset: str
    asset_name: str
    free: str
    locked: str
    freeze: str
    withdrawing: str
    btc_valuation: str


class WalletBalance(Wire, frozen=True, kw_only=True):
    """One wallet's value in the quote asset."""

    activate: bool
    balance: str
    wallet_name: str
    asset_balances: list[WalletAsset] | UnsetType = UNSET


class TransferDone(Wire, frozen=True, kw_only=True):
    """A transfer's number; ``clientTranId`` between sub-accounts."""

    tran_id: int
    client_tran_id: str | UnsetType = UNSET


class TransferRow(Wire, frozen=True, kw_only=True):
    """One transfer between an account's own wallets."""

    asset: str
    amount: str
    type: str
    status: str
    tran_id: int
    timestamp: int


class TransferRows(Wire, frozen=True, kw_only=True):
    """``total`` counts all, ``rows`` is one page; absent when there is none."""

    total: int
    rows: list[TransferRow] | UnsetType = UNSET


class DustDetail(Wire, frozen=True, kw_only=True):
    """An asset that is little enough to be converted into BNB."""

    asset: str
    asset_full_name: str
    amount_free: str
    to_btc: str = field(name="toBTC")
    to_bnb: str = field(name="toBNB")
    to_bnb_off_exchange: str = field(name="toBNBOffExchange")
    exchange: str


class DustAssets(Wire, frozen=True, kw_only=True):
    """``POST asset/dust-btc``."""

    details: list[DustDetail]
    total_transfer_btc: str
    total_transfer_bnb: str = field(name="totalTransferBNB")
    dribblet_percentage: str


class DustResult(Wire, frozen=True, kw_only=True):
    """One asset that was converted."""

    amount: str
    from_asset: str
    operate_time: int
    service_charge_amount: str
    tran_id: int
    transfered_amount: str


class DustDone(Wire, frozen=True, kw_only=True):
    """``POST asset/dust``."""

    total_service_charge: str
    total_transfered: str
    transfer_result: list[DustResult]


class DribbletDetail(Wire, frozen=True, kw_only=True):
    """One asset of a past conversion."""

    trans_id: int
    service_charge_amount: str
    amount: str
    operate_time: int
    transfered_amount: str
    from_asset: str
    target_asset: str


class Dribblet(Wire, frozen=True, kw_only=True):
    """One past conversion."""

    operate_time: int
    total_transfered_amount: str
    total_service_charge_amount: str
    trans_id: int
    user_asset_dribblet_details: list[DribbletDetail]


class Dribblets(Wire, frozen=True, kw_only=True):
    """``GET asset/dribblet``."""

    total: int
    user_asset_dribblets: list[Dribblet]


class BnbBurn(Wire, frozen=True, kw_only=True):
    """Whether fees and interest are paid in BNB."""

    spot: bool = field(name="spotBNBBurn")
    interest: bool = field(name="interestBNBBurn")


class Deposit(Wire, frozen=True, kw_only=True):
    """One deposit; ``status`` 1 is success."""

    id: str
    amount: str
    coin: str
    network: str
    status: int
    address: str
    address_tag: str
    tx_id: str
    insert_time: int
    complete_time: int
    transfer_type: int
    confirm_times: str
    unlock_confirm: int
    wallet_type: int
    travel_rule_status: int


class DepositAddress(Wire, frozen=True, kw_only=True):
    """Where to deposit."""

    address: str
    coin: str
    tag: str
    url: str


class Withdrawn(Wire, frozen=True, kw_only=True):
    """A withdrawal was taken: {"id": "7213fea8e94b4a5593d507237e5a555b"}."""

    id: str


class Withdrawal(Wire, frozen=True, kw_only=True):
    """One withdrawal; ``status`` 6 is completed; times are text in UTC."""

    id: str
    amount: str
    transaction_fee: str
    coin: str
    status: int
    address: str
    tx_id: str
    apply_time: str
    network: str
    transfer_type: int
    withdraw_order_id: str | UnsetType = UNSET
    info: str
    confirm_no: int
    wallet_type: int
    tx_key: str
    complete_time: str


class MarginPair(Wire, frozen=True, kw_only=True):
    """One of ``margin/allPairs`` (with ``id``) and ``margin/isolated/allPairs`` (without)."""

    base: str
    id: int | UnsetType = UNSET
    is_buy_allowed: bool
    is_margin_trade: bool
    is_sell_allowed: bool
    quote: str
    symbol: str
    delist_time: int | UnsetType = UNSET


class SubAccount(Wire, frozen=True, kw_only=True):
    """One sub-account."""

    sub_user_id: int
    email: str
    remark: str
    is_freeze: bool
    create_time: int
    is_managed_sub_account: bool
    is_asset_management_sub_account: bool


class SubAccounts(Wire, frozen=True, kw_only=True):
    """``GET sub-account/list``."""

    sub_accounts: list[SubAccount]


class SubAccountStatus(Wire, frozen=True, kw_only=True):
    """What a sub-account has enabled. ``mobile`` is the number of its phone, 0 without one."""

    email: str
    is_sub_user_enabled: bool
    is_user_active: bool
    insert_time: int
    is_margin_enabled: bool
    is_future_enabled: bool
    mobile: int


class SubAsset(Wire, frozen=True, kw_only=True):
    """One asset of a sub-account; text since version 4."""

    freeze: str
    withdrawing: str
    asset: str
    free: str
    locked: str


class SubAssets(Wire, frozen=True, kw_only=True):
    """``GET /sapi/v4/sub-account/assets``."""

    balances: list[SubAsset]


class SubAssetNumbers(Wire, frozen=True, kw_only=True):
    """One asset of a sub-account, in numbers as version 3 has them."""

    freeze: int | float
    withdrawing: int | float
    asset: str
    free: int | float
    locked: int | float


class SubAssetsNumbers(Wire, frozen=True, kw_only=True):
    """``GET /sapi/v3/sub-account/assets``."""

    balances: list[SubAssetNumbers]


class SubValue(Wire, frozen=True, kw_only=True):
    """What a sub-account is worth in BTC."""

    email: str
    total_asset: str


class SubSummary(Wire, frozen=True, kw_only=True):
    """``GET sub-account/spotSummary``."""

    total_count: int
    master_account_total_asset: str
    spot_sub_user_asset_btc_vo_list: list[SubValue]


class SubTransfer(Wire, frozen=True, kw_only=True):
    """One transfer between master and sub-accounts."""

    source: str = field(name="from")
    to: str
    asset: str
    qty: str
    status: str
    tran_id: int
    time: int


class UniversalTransfer(Wire, frozen=True, kw_only=True):
    """One of ``sub-account/universalTransfer``."""

    tran_id: int
    from_email: str
    to_email: str
    asset: str
    amount: str
    create_time_stamp: int
    from_account_type: str
    to_account_type: str
    status: str
    client_tran_id: str


class UniversalTransfers(Wire, frozen=True, kw_only=True):
    """A page of them, and how many there are."""

    result: list[UniversalTransfer]
    total_count: int


class SubTransferDone(Wire, frozen=True, kw_only=True):
    """A transfer was made: {"txnId": "2966662589"}."""

    txn_id: str


class SubUserTransfer(Wire, frozen=True, kw_only=True):
    """One transfer as the sub-account sees it; ``type`` 1 came in, 2 went out."""

    counter_party: str
    email: str
    type: int
    asset: str
    qty: str
    from_account_type: str
    to_account_type: str
    status: str
    tran_id: int
    time: int


class ConvertPair(Wire, frozen=True, kw_only=True):
    """What can be converted into what."""

    from_asset: str
    to_asset: str
    from_asset_min_amount: str
    from_asset_max_amount: str
    to_asset_min_amount: str
    to_asset_max_amount: str


class ConvertAsset(Wire, frozen=True, kw_only=True):
    """How many decimals an asset has."""

    asset: str
    fraction: int


class Quote(Wire, frozen=True, kw_only=True):
    """An offer; without ``quoteId`` the account has not enough for it."""

    quote_id: str | UnsetType = UNSET
    ratio: str
    inverse_ratio: str
    valid_timestamp: int
    to_amount: str
    from_amount: str


class QuoteAccepted(Wire, frozen=True, kw_only=True):
    """What an accepted quote became."""

    order_id: str
    create_time: int
    order_status: str


class ConvertOrder(Wire, frozen=True, kw_only=True):
    """A conversion."""

    order_id: int
    order_status: str
    from_asset: str
    from_amount: str
    to_asset: str
    to_amount: str
    ratio: str
    inverse_ratio: str
    create_time: int


class ConvertRow(Wire, frozen=True, kw_only=True):
    """A conversion of the past."""

    quote_id: str
    order_id: int
    order_status: str
    from_asset: str
    from_amount: str
    to_asset: str
    to_amount: str
    ratio: str
    inverse_ratio: str
    create_time: int


class ConvertRows(Wire, frozen=True, kw_only=True):
    """``GET convert/tradeFlow``."""

    list: list[ConvertRow]
    start_time: int
    end_time: int
    limit: int
    more_data: bool
