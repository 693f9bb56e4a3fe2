"""The wallet: what common clients ask under ``/sapi`` at their start and in use.

Parameters, weights and security types: binance-connector-python (docstrings of its wallet,
sub-account and convert clients), 2026-08-21. Each path has a weight of its own, per address or
(``UID``) per account. Which permission a key needs is documented for withdrawals and transfers;
that converting needs trading is a guess where the page says USER_DATA.
"""

from typing import Any

from ....model import Permission
from ....protocol.operations import Kind, Operation, Parameter, Rest, Source
from ..wire import wallet as wire
from .trading import ANY_SYMBOL, END, SECURITY, START

READ = "2026-08-21"
PREFIX = "wallet."

UID = frozenset(
    PREFIX + name
    for name in (
        "asset.transfer",
        "asset.dust",
        "capital.withdraw.apply",
        "capital.withdraw.history",
        "sub-account.assets.v3",
        "sub-account.assets.v4",
        "convert.getQuote",
        "convert.acceptQuote",
        "convert.orderStatus",
        "convert.tradeFlow",
    )
)
"""Operations whose weight counts per account; the others count per address."""

WALLETS = ("MAIN", "FUNDING", "MARGIN", "UMFUTURE", "CMFUTURE", "OPTION", "ISOLATEDMARGIN")
TRANSFERS = (
    *(
        f"{source}_{target}"
        for source in WALLETS
        for target in WALLETS
        if source != target or source == "ISOLATEDMARGIN"
    ),
    "MAIN_PORTFOLIO_MARGIN",
    "PORTFOLIO_MARGIN_MAIN",
)
ACCOUNT_TYPES = ("SPOT", "USDT_FUTURE", "COIN_FUTURE", "MARGIN", "ISOLATED_MARGIN", "ALPHA")


def _text(name: str, *, mandatory: bool = False) -> Parameter:
    return Parameter(name, Kind.TEXT, mandatory=mandatory)


def _amount(name: str = "amount", *, mandatory: bool = True) -> Parameter:
    return Parameter(name, Kind.DECIMAL, mandatory=mandatory)


def _number(name: str, default: str = "", most: int | None = None) -> Parameter:
    return Parameter(name, Kind.INTEGER, default=default, minimum=1, maximum=most)


def _flag(name: str, default: str = "") -> Parameter:
    return Parameter(name, Kind.BOOLEAN, default=default)


def _row(
    name: str,
    door: str,
    response: Any,
    parameters: tuple[Parameter, ...] = (),
    *,
    weight: int = 1,
    permission: Permission | None = Permission.READ,
    signed: bool = True,
    page: str = "core-trading-wallet",
) -> Operation:
    method, path = door.split()
    signed = signed and permission is not None
    return Operation(
        name=PREFIX + name,
        doors=(Rest(method, f"/sapi/{path}"),),
        parameters=(*parameters, *(SECURITY if signed else ())),
        permission=permission,
        signed=signed,
        weight=weight,
        response=response,
        source=Source(f"{page} {method} /sapi/{path}", READ),
    )


ASSET = _text("asset", mandatory=True)
COIN = _text("coin", mandatory=True)
ANY_ASSET = _text("asset")
ANY_COIN = _text("coin")
EMAIL = _text("email")
VALUATION = _flag("needBtcValuation", "false")
PAGE = _number("page", "1")
SUB = "vip-and-institutional-sub-account"
CONVERT = "core-trading-convert"

ROWS: tuple[Operation, ...] = (
    _row("system.status", "GET v1/system/status", wire.SystemStatus, permission=None),
    # account
    _row("account.apiRestrictions", "GET v1/account/apiRestrictions", wire.ApiRestrictions),
    _row("account.status", "GET v1/account/status", wire.AccountStatus),
    _row("account.info", "GET v1/account/info", wire.AccountInfo),
    _row("account.apiTradingStatus", "GET v1/account/apiTradingStatus", wire.ApiTradingStatus),
    # assets
    _row("asset.tradeFee", "GET v1/asset/tradeFee", list[wire.TradeFee], (ANY_SYMBOL,)),
    _row(
        "asset.assetDetail",
        "GET v1/asset/assetDetail",
        dict[str, wire.AssetDetail],
        (ANY_ASSET,),
    ),
    _row(
        "asset.getUserAsset",
        "POST v3/asset/getUserAsset",
        list[wire.UserAsset],
        (ANY_ASSET, VALUATION),
        weight=5,
    ),
    _row(
        "asset.get-funding-asset",
        "POST v1/asset/get-funding-asset",
        list[wire.UserAsset],
        (ANY_ASSET, VALUATION),
    ),
    _row(
        "asset.wallet.balance",
        "GET v1/asset/wallet/balance",
        list[wire.WalletBalance],
        (_text("quoteAsset"), _flag("needBalanceDetail", "false")),
        weight=60,
    ),
    _row(
        "asset.transfer",
        "POST v1/asset/transfer",
        wire.TransferDone,
        (
            Parameter("type", Kind.ENUM, mandatory=True, values=TRANSFERS),
            ASSET,
            _amount(),
            _text("fromSymbol"),
            _text("toSymbol"),
        ),
        weight=300,
        permission=Permission.TRADE,
    ),
    _row(
        "asset.transfer.history",
        "GET v1/asset/transfer",
        wire.TransferRows,
        (
            Parameter("type", Kind.ENUM, mandatory=True, values=TRANSFERS),
            START,
            END,
            _number("current", "1"),
            _number("size", "10", 100),
            _text("fromSymbol"),
            _text("toSymbol"),
        ),
    ),
    _row("asset.dust-btc", "POST v1/asset/dust-btc", wire.DustAssets, (_text("accountType"),)),
    _row(
        "asset.dust",
        "POST v1/asset/dust",
        wire.DustDone,
        (ASSET, _text("accountType")),
        weight=10,
        permission=Permission.TRADE,
    ),
    _row(
        "asset.dribblet",
        "GET v1/asset/dribblet",
        wire.Dribblets,
        (_text("accountType"), START, END),
    ),
    _row("bnbBurn", "GET v1/bnbBurn", wire.BnbBurn),
    _row(
        "bnbBurn.set",
        "POST v1/bnbBurn",
        wire.BnbBurn,
        (_flag("spotBNBBurn"), _flag("interestBNBBurn")),
    ),
    # margin: only what clients ask before anything else
    _row(
        "margin.allPairs",
        "GET v1/margin/allPairs",
        list[wire.MarginPair],
        (ANY_SYMBOL,),
        signed=False,
        page="core-trading-margin-trading",
    ),
    _row(
        "margin.isolated.allPairs",
        "GET v1/margin/isolated/allPairs",
        list[wire.MarginPair],
        (ANY_SYMBOL,),
        weight=10,
        signed=False,
        page="core-trading-margin-trading",
    ),
    # deposits and withdrawals
    _row("capital.config.getall", "GET v1/capital/config/getall", list[wire.CoinInfo], weight=10),
    _row(
        "capital.deposit.address",
        "GET v1/capital/deposit/address",
        wire.DepositAddress,
        (COIN, _text("network"), _amount(mandatory=False)),
        weight=10,
    ),
    _row(
        "capital.deposit.hisrec",
        "GET v1/capital/deposit/hisrec",
        list[wire.Deposit],
        (
            _flag("includeSource"),
            ANY_COIN,
            Parameter("status", Kind.INTEGER),
            START,
            END,
            Parameter("offset", Kind.INTEGER, default="0"),
            _number("limit", "1000", 1000),
            _text("txId"),
        ),
    ),
    _row(
        "capital.withdraw.apply",
        "POST v1/capital/withdraw/apply",
        wire.Withdrawn,
        (
            COIN,
            _text("withdrawOrderId"),
            _text("network"),
            _text("address", mandatory=True),
            _text("addressTag"),
            _amount(),
            _flag("transactionFeeFlag", "false"),
            _text("name"),
            Parameter("walletType", Kind.INTEGER, default="0", maximum=1),
        ),
        weight=900,
        permission=Permission.WITHDRAW,
    ),
    _row(
        "capital.withdraw.history",
        "GET v1/capital/withdraw/history",
        list[wire.Withdrawal],
        (
            ANY_COIN,
            _text("withdrawOrderId"),
            Parameter("status", Kind.INTEGER),
            Parameter("offset", Kind.INTEGER, default="0"),
            _number("limit", "1000", 1000),
            _text("idList"),
            START,
            END,
        ),
        weight=18_000,
    ),
    # sub-accounts
    _row(
        "sub-account.list",
        "GET v1/sub-account/list",
        wire.SubAccounts,
        (EMAIL, Parameter("isFreeze", Kind.TEXT), PAGE, _number("limit", "1", 200)),
        page=SUB,
    ),
    _row(
        "sub-account.status",
        "GET v1/sub-account/status",
        list[wire.SubAccountStatus],
        (EMAIL,),
        weight=10,
        page=SUB,
    ),
    _row(
        "sub-account.assets.v3",
        "GET v3/sub-account/assets",
        wire.SubAssetsNumbers,
        (_text("email", mandatory=True),),
        weight=60,
        page=SUB,
    ),
    _row(
        "sub-account.assets.v4",
        "GET v4/sub-account/assets",
        wire.SubAssets,
        (_text("email", mandatory=True),),
        weight=60,
        page=SUB,
    ),
    _row(
        "sub-account.spotSummary",
        "GET v1/sub-account/spotSummary",
        wire.SubSummary,
        (EMAIL, PAGE, _number("size", "10", 20)),
        page=SUB,
    ),
    _row(
        "sub-account.sub.transfer.history",
        "GET v1/sub-account/sub/transfer/history",
        list[wire.SubTransfer],
        (_text("fromEmail"), _text("toEmail"), START, END, PAGE, _number("limit", "500", 500)),
        page=SUB,
    ),
    _row(
        "sub-account.universalTransfer",
        "POST v1/sub-account/universalTransfer",
        wire.TransferDone,
        (
            _text("fromEmail"),
            _text("toEmail"),
            Parameter("fromAccountType", Kind.ENUM, mandatory=True, values=ACCOUNT_TYPES),
            Parameter("toAccountType", Kind.ENUM, mandatory=True, values=ACCOUNT_TYPES),
            _text("clientTranId"),
            _text("symbol"),
            ASSET,
            _amount(),
        ),
        permission=Permission.TRADE,
        page=SUB,
    ),
    _row(
        "sub-account.universalTransfer.history",
        "GET v1/sub-account/universalTransfer",
        wire.UniversalTransfers,
        (
            _text("fromEmail"),
            _text("toEmail"),
            _text("clientTranId"),
            START,
            END,
            PAGE,
            _number("limit", "500", 500),
        ),
        page=SUB,
    ),
    _row(
        "sub-account.transfer.subToSub",
        "POST v1/sub-account/transfer/subToSub",
        wire.SubTransferDone,
        (_text("toEmail", mandatory=True), ASSET, _amount()),
        permission=Permission.TRADE,
        page=SUB,
    ),
    _row(
        "sub-account.transfer.subToMaster",
        "POST v1/sub-account/transfer/subToMaster",
        wire.SubTransferDone,
        (ASSET, _amount()),
        permission=Permission.TRADE,
        page=SUB,
    ),
    _row(
        "sub-account.transfer.subUserHistory",
        "GET v1/sub-account/transfer/subUserHistory",
        list[wire.SubUserTransfer],
        (
            ANY_ASSET,
            Parameter("type", Kind.INTEGER, default="2", minimum=1, maximum=2),
            START,
            END,
            _number("limit", "500", 500),
            _flag("returnFailHistory"),
        ),
        page=SUB,
    ),
    # convert
    _row(
        "convert.exchangeInfo",
        "GET v1/convert/exchangeInfo",
        list[wire.ConvertPair],
        (_text("fromAsset"), _text("toAsset")),
        weight=3000,
        permission=None,
        page=CONVERT,
    ),
    _row(
        "convert.assetInfo",
        "GET v1/convert/assetInfo",
        list[wire.ConvertAsset],
        weight=100,
        page=CONVERT,
    ),
    _row(
        "convert.getQuote",
        "POST v1/convert/getQuote",
        wire.Quote,
        (
            _text("fromAsset", mandatory=True),
            _text("toAsset", mandatory=True),
            _amount("fromAmount", mandatory=False),
            _amount("toAmount", mandatory=False),
            Parameter("walletType", Kind.ENUM, values=("SPOT", "FUNDING", "EARN"), default="SPOT"),
            Parameter("validTime", Kind.ENUM, values=("10s", "30s", "1m"), default="10s"),
        ),
        weight=200,
        permission=Permission.TRADE,
        page=CONVERT,
    ),
    _row(
        "convert.acceptQuote",
        "POST v1/convert/acceptQuote",
        wire.QuoteAccepted,
        (_text("quoteId", mandatory=True),),
        weight=500,
        permission=Permission.TRADE,
        page=CONVERT,
    ),
    _row(
        "convert.orderStatus",
        "GET v1/convert/orderStatus",
        wire.ConvertOrder,
        (_text("orderId"), _text("quoteId")),
        weight=100,
        page=CONVERT,
    ),
    _row(
        "convert.tradeFlow",
        "GET v1/convert/tradeFlow",
        wire.ConvertRows,
        (
            Parameter("startTime", Kind.TIME, mandatory=True),
            Parameter("endTime", Kind.TIME, mandatory=True),
            _number("limit", "100", 1000),
        ),
        weight=3000,
        page=CONVERT,
    ),
)
