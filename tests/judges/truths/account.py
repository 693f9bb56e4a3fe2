"""What an account is told about itself."""

from decimal import Decimal
from typing import Any

from ..rules import ASSET_FILTERS, EXCHANGE_FILTERS, OLDER, OLDER_FILTERS
from . import truth
from .market import BTC, RATE_LIMITS, SYMBOL, buy
from .orders import rest
from .stage import Stage
from .words import AMOUNT, COUNT, FLAG, ID, LATELY, WORD, Each, Like, amount, holds, true

RATES = {
    "maker": amount("0.001"),
    "taker": amount("0.001"),
    "buyer": amount(0),
    "seller": amount(0),
}
ASSET = Like("an asset", lambda v: isinstance(v, str) and v.isalnum() and v.isupper())
NOTHING = dict.fromkeys(RATES, amount(0))


@truth("account.status", "order.place")
def balances_follow_faucet_orders_and_trades(stage: Stage) -> None:
    before = _balances(stage)
    stage.faucet(LTC="1.25")
    after = _balances(stage)
    gained = Decimal(after["LTC"]["free"]) - Decimal(before["LTC"]["free"])
    true(gained == Decimal("1.25"), f"the faucet gave {gained}")
    rest(stage)
    held = _balances(stage)
    true(
        Decimal(held["BTC"]["locked"]) - Decimal(after["BTC"]["locked"]) == Decimal("0.002")
        and Decimal(after["BTC"]["free"]) - Decimal(held["BTC"]["free"]) == Decimal("0.002"),
        "what an order holds is not locked",
    )
    order = buy(stage)
    bought = _balances(stage)
    spent = Decimal(held["USDT"]["free"]) - Decimal(bought["USDT"]["free"])
    true(spent == Decimal(order["cummulativeQuoteQty"]), f"{spent} was spent")
    for asset, row in bought.items():
        available, locked = stage.money(asset)
        true(
            (Decimal(row["free"]), Decimal(row["locked"])) == (available, locked), f"{asset}: {row}"
        )


def _balances(stage: Stage) -> dict[str, Any]:
    row = {"asset": ASSET, "free": AMOUNT, "locked": AMOUNT}
    seen = stage.says(
        "account.status",
        {
            "makerCommission": 10,
            "takerCommission": 10,
            "buyerCommission": 0,
            "sellerCommission": 0,
            "commissionRates": RATES,
            "canTrade": True,
            "canWithdraw": True,
            "canDeposit": True,
            "brokered": False,
            "requireSelfTradePrevention": False,
            "preventSor": False,
            "updateTime": LATELY,
            "accountType": "SPOT",
            "balances": Each(row, 5),
            "permissions": Each(WORD),
            "uid": ID,
        },
    )
    return {row["asset"]: row for row in seen["balances"]}


@truth("account.status", "order.place", "openOrders.cancelAll")
def nothing_that_is_zero_is_told_when_asked(stage: Stage) -> None:
    seen = stage.ask("account.status", omitZeroBalances=True if stage.socket else "true")
    true(
        all(Decimal(row["free"]) + Decimal(row["locked"]) > 0 for row in seen["balances"]),
        "a zero balance is told",
    )


@truth("account.commission")
def commission_rates_are_those_that_are_paid(stage: Stage) -> None:
    stage.says(
        "account.commission",
        {
            "symbol": BTC,
            "standardCommission": RATES,
            "specialCommission": NOTHING,
            "taxCommission": NOTHING,
            "discount": {
                "enabledForAccount": FLAG,
                "enabledForSymbol": True,
                "discountAsset": "BNB",
                "discount": AMOUNT,
            },
        },
        symbol=BTC,
    )
    stage.refuses(-1121, "Invalid symbol.", "account.commission", symbol="NOPEUSDT")


@truth("account.commission", "wallet.bnbBurn.set", "wallet.bnbBurn", "order.place")
def fees_in_bnb_cost_less(stage: Stage) -> None:
    stage.says("wallet.bnbBurn.set", {"spotBNBBurn": True, "interestBNBBurn": False},
               spotBNBBurn="true")  # fmt: skip
    stage.says("wallet.bnbBurn", {"spotBNBBurn": True, "interestBNBBurn": False})
    try:
        told = stage.ask("account.commission", symbol=BTC)["discount"]
        true(told["enabledForAccount"] is True, "the discount is not enabled")
        before = stage.money("BNB")[0]
        order = buy(stage, "0.01")
        true(stage.money("BNB")[0] < before, f"no BNB was paid: {order}")
        bid, _ = stage.best("BNBUSDT")
        for fill in order["fills"]:
            true(fill["commissionAsset"] == "BNB", f"paid in {fill['commissionAsset']}")
            worth = Decimal(fill["price"]) * Decimal(fill["qty"])
            part = Decimal(fill["commission"]) * bid / worth / Decimal("0.001")
            true(Decimal("0.72") < part < Decimal("0.78"), f"it cost {part} of the usual")
        paid = sum(Decimal(f["commission"]) for f in order["fills"])
        true(before - stage.money("BNB")[0] == paid, "the BNB paid are not those told")
    finally:
        stage.says("wallet.bnbBurn.set", {"spotBNBBurn": False, "interestBNBBurn": False},
                   spotBNBBurn="false")  # fmt: skip


@truth("account.rateLimits.orders", "order.place", "order.cancel")
def orders_are_counted_until_they_fill(stage: Stage) -> None:
    def counts() -> list[int]:
        rows = stage.says(
            "account.rateLimits.orders",
            [RATE_LIMITS[1] | {"count": COUNT}, RATE_LIMITS[2] | {"count": COUNT}],
        )
        return [row["count"] for row in rows]

    before = counts()
    order = rest(stage)
    true(counts()[1] == before[1] + 1, f"{before} became {counts()} after an order")
    stage.ask("order.cancel", symbol=BTC, orderId=order["orderId"])
    true(counts()[1] == before[1] + 1, "a cancel counted")
    buy(stage)
    true(counts()[1] <= before[1] + 1, "a filled order still counts")


@truth("myFilters")
def filters_of_the_account_are_those_of_the_symbol(stage: Stage) -> None:
    for symbol, filters, assets in (
        (BTC, SYMBOL["filters"], ASSET_FILTERS),
        (OLDER, Each(Like("a filter", lambda v: isinstance(v, dict)), len(OLDER_FILTERS)), []),
    ):
        seen = stage.says(
            "myFilters",
            {"exchangeFilters": EXCHANGE_FILTERS, "symbolFilters": filters, "assetFilters": assets},
            symbol=symbol,
        )
        if symbol == OLDER:
            holds(seen["symbolFilters"][-len(OLDER_FILTERS) :], OLDER_FILTERS, "the older filters")
    stage.refuses(-1121, "Invalid symbol.", "myFilters", symbol="NOPEUSDT")


@truth("wallet.account.status", "wallet.account.info", "wallet.account.apiTradingStatus",
       "wallet.account.apiRestrictions", "wallet.system.status")  # fmt: skip
def the_account_is_in_order(stage: Stage) -> None:
    stage.says("wallet.system.status", {"status": 0, "msg": "normal"})
    stage.says("wallet.account.status", {"data": "Normal"})
    off = dict.fromkeys(
        ("isMarginEnabled", "isFutureEnabled", "isOptionsEnabled",
         "isPortfolioMarginRetailEnabled"), False
    )  # fmt: skip
    stage.says("wallet.account.info", {"vipLevel": 0, **off})
    stage.says(
        "wallet.account.apiTradingStatus",
        {"data": {"isLocked": False, "plannedRecoverTime": 0,
                  "triggerCondition": {"GCR": 150, "IFER": 150, "UFR": 300},
                  "updateTime": LATELY}},
    )  # fmt: skip
    stage.says(
        "wallet.account.apiRestrictions",
        {"ipRestrict": False, "createTime": LATELY, "enableReading": True,
         "enableWithdrawals": True, "enableInternalTransfer": True, "enableMargin": False,
         "enableFutures": False, "permitsUniversalTransfer": True,
         "enableVanillaOptions": False, "enableFixApiTrade": False, "enableFixReadOnly": False,
         "enableSpotAndMarginTrading": True, "enablePortfolioMarginTrading": False},
    )  # fmt: skip
