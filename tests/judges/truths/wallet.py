"""The wallet under /sapi: where money is, where it went, what may be done with it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.scenarios.trader import Refused

from . import truth
from .account import ASSET
from .market import BTC, near
from .stage import Stage
from .words import (
    DECIMAL,
    FLAG,
    LATELY,
    NOW,
    NUMBER,
    RECENT_MS,
    WORD,
    Each,
    Like,
    now,
    one_of,
    true,
)
from .words import text as plain

Row = dict[str, Any]
TEXT = Like("a text", lambda v: isinstance(v, str))
TX = Like("a transaction", lambda v: isinstance(v, str) and len(v) == 64)
TRAN = Like("a transfer's number", lambda v: type(v) is int and v > 10**9)
CLOCK = Like("a time as text", lambda v: isinstance(v, str) and len(v) == 19 and v[10] == " ")
SPOT_ASSET = {"asset": ASSET, "free": DECIMAL, "locked": DECIMAL, "freeze": "0",
              "withdrawing": "0", "btcValuation": DECIMAL}  # fmt: skip


@truth("wallet.asset.transfer", "wallet.asset.transfer.history", "wallet.asset.get-funding-asset",
       "wallet.asset.getUserAsset")  # fmt: skip
def money_moves_between_the_wallets_of_an_account(stage: Stage) -> None:
    before = stage.money("USDT")[0]
    told = stage.says("wallet.asset.transfer", {"tranId": TRAN}, type="MAIN_FUNDING", asset="USDT",
                      amount="12.5")  # fmt: skip
    true(before - stage.money("USDT")[0] == Decimal("12.5"), "it left the spot wallet")
    stage.says(
        "wallet.asset.get-funding-asset",
        [SPOT_ASSET | {"asset": "USDT", "free": "12.5", "locked": "0"}],
        asset="USDT",
    )
    rows = stage.says(
        "wallet.asset.transfer.history",
        {"total": NUMBER, "rows": Each({"asset": "USDT", "amount": "12.5", "type": "MAIN_FUNDING",
                                        "status": "CONFIRMED", "tranId": TRAN,
                                        "timestamp": LATELY})},
        type="MAIN_FUNDING",
    )  # fmt: skip
    true(rows["total"] >= len(rows["rows"]), "fewer than shown")
    true(rows["rows"][0]["tranId"] == told["tranId"], "the newest is not mine")
    true(abs(now() - rows["rows"][0]["timestamp"]) < RECENT_MS, "it is not of now")
    mine = stage.says(
        "wallet.asset.getUserAsset",
        Each(SPOT_ASSET | {"ipoable": "0"}),
        asset="USDT",
        needBtcValuation="true",
    )
    available, held = stage.money("USDT")
    true(Decimal(mine[0]["free"]) == available, f"free is {mine[0]['free']}")
    true(Decimal(mine[0]["locked"]) == held, f"locked is {mine[0]['locked']}")
    near(Decimal(mine[0]["btcValuation"]) * stage.best(BTC)[0], available + held, "its worth", 50)
    stage.ask("wallet.asset.transfer", type="FUNDING_MAIN", asset="USDT", amount="12.5")
    true(stage.money("USDT")[0] == before, "it did not come back")
    stage.says("wallet.asset.get-funding-asset", [], asset="USDT")


@truth("wallet.asset.wallet.balance")
def the_wallets_are_worth_what_is_in_them(stage: Stage) -> None:
    seen = stage.says(
        "wallet.asset.wallet.balance",
        Each({"activate": FLAG, "balance": DECIMAL, "walletName": WORD}, 2),
        quoteAsset="BTC",
    )
    spot = next(row for row in seen if row["walletName"] == "Spot")
    true(spot["activate"] is True, "the spot wallet is not active")
    money = stage.state()[0]
    total = Decimal(0)
    for asset, row in money.items():
        amount = Decimal(row["available"]) + Decimal(row["held"])
        bid = stage.best(f"{asset}USDT")[0] if asset != "USDT" else Decimal(1)
        total += amount * bid
    near(Decimal(spot["balance"]) * stage.best(BTC)[0], total, "its worth", 50)


@truth("wallet.asset.tradeFee", "wallet.asset.assetDetail")
def fees_of_a_symbol_and_an_asset(stage: Stage) -> None:
    stage.says(
        "wallet.asset.tradeFee",
        [{"symbol": BTC, "makerCommission": "0.001", "takerCommission": "0.001"}],
        symbol=BTC,
    )
    rows = stage.ask("wallet.asset.assetDetail", asset="BTC")
    true(set(rows) == {"BTC"}, f"assets are {set(rows)}")
    fee = Like("a fee", lambda v: not isinstance(v, bool) and 0 < float(v) < 0.001)
    stage.says(
        "wallet.asset.assetDetail",
        {"BTC": {"minWithdrawAmount": DECIMAL, "depositStatus": True, "withdrawFee": fee,
                 "withdrawStatus": True, "depositTip?": TEXT}},
        asset="BTC",
    )  # fmt: skip


@truth("wallet.asset.dust-btc", "wallet.asset.dust", "wallet.asset.dribblet")
def dust_becomes_bnb(stage: Stage) -> None:
    stage.faucet(TRX="5")
    bnb = stage.money("BNB")[0]
    told = stage.says(
        "wallet.asset.dust-btc",
        {
            "details": Each({"asset": ASSET, "assetFullName": WORD, "amountFree": DECIMAL,
                             "toBTC": DECIMAL, "toBNB": DECIMAL, "toBNBOffExchange": DECIMAL,
                             "exchange": DECIMAL}),
            "totalTransferBtc": DECIMAL,
            "totalTransferBNB": DECIMAL,
            "dribbletPercentage": "0.02",
        },
    )  # fmt: skip
    row = next(each for each in told["details"] if each["asset"] == "TRX")
    worth = Decimal(row["amountFree"]) * stage.best("TRXUSDT")[0]
    near(Decimal(row["toBTC"]) * stage.best(BTC)[0], worth, "in BTC", 20)
    near(Decimal(row["toBNB"]) * stage.best("BNBUSDT")[0], worth, "in BNB", 20)
    net = Decimal(row["toBNB"]) - Decimal(row["exchange"])
    true(abs(net - Decimal(row["toBNBOffExchange"])) <= Decimal("2e-8"), "less the charge")
    near(row["exchange"], Decimal(row["toBNB"]) * Decimal("0.02"), "the charge", 1000)
    for name, parts in (("totalTransferBtc", "toBTC"), ("totalTransferBNB", "toBNB")):
        total = sum(Decimal(each[parts]) for each in told["details"])
        near(told[name], total, name, 10**4)
    done = stage.says(
        "wallet.asset.dust",
        {
            "totalServiceCharge": DECIMAL,
            "totalTransfered": DECIMAL,
            "transferResult": [{"amount": DECIMAL, "fromAsset": "TRX", "operateTime": NOW,
                                "serviceChargeAmount": DECIMAL, "tranId": TRAN,
                                "transferedAmount": DECIMAL}],
        },
        asset="TRX",
    )  # fmt: skip
    one = done["transferResult"][0]
    true(Decimal(one["amount"]) == Decimal(row["amountFree"]), "another amount")
    true(stage.money("TRX")[0] == 0, "dust is left")
    gained = stage.money("BNB")[0] - bnb
    true(gained == Decimal(one["transferedAmount"]) == Decimal(done["totalTransfered"]),
         f"{gained} was gained")  # fmt: skip
    true(Decimal(done["totalServiceCharge"]) == Decimal(one["serviceChargeAmount"]), "charges")
    near(one["transferedAmount"], row["toBNBOffExchange"], "what was announced", 50)
    near(one["serviceChargeAmount"], row["exchange"], "the announced charge", 50)
    part = {"transId": TRAN, "serviceChargeAmount": DECIMAL, "amount": DECIMAL,
            "operateTime": LATELY, "transferedAmount": DECIMAL, "fromAsset": ASSET,
            "targetAsset": "BNB"}  # fmt: skip
    past = stage.says(
        "wallet.asset.dribblet",
        {"total": NUMBER, "userAssetDribblets": Each(
            {"operateTime": LATELY, "totalTransferedAmount": DECIMAL,
             "totalServiceChargeAmount": DECIMAL, "transId": TRAN,
             "userAssetDribbletDetails": Each(part)})},
    )  # fmt: skip
    true(past["total"] == len(past["userAssetDribblets"]), "the total is another")
    mine = [each for each in past["userAssetDribblets"] if each["transId"] == one["tranId"]]
    true(len(mine) == 1 and abs(mine[0]["operateTime"] - one["operateTime"]) < 50, f"{mine}")
    detail = mine[0]["userAssetDribbletDetails"][0]
    same = {"amount": "amount", "serviceChargeAmount": "serviceChargeAmount",
            "transferedAmount": "transferedAmount"}  # fmt: skip
    for here, there in same.items():
        true(Decimal(detail[here]) == Decimal(one[there]), f"{here} is {detail[here]}")
    true(Decimal(mine[0]["totalTransferedAmount"]) == Decimal(one["transferedAmount"]), "total")
    true(Decimal(mine[0]["totalServiceChargeAmount"]) == Decimal(one["serviceChargeAmount"]), "all")
    true((detail["fromAsset"], detail["transId"]) == ("TRX", one["tranId"]), f"{detail}")
    true(abs(detail["operateTime"] - one["operateTime"]) < 50, f"the detail is {detail}")


@truth("wallet.capital.config.getall")
def coins_are_told_with_what_the_account_has(stage: Stage) -> None:
    network = {
        "network": WORD, "coin": ASSET, "withdrawIntegerMultiple": DECIMAL, "isDefault": FLAG,
        "depositEnable": True, "withdrawEnable": True, "depositDesc": TEXT, "withdrawDesc": TEXT,
        "specialTips": TEXT, "specialWithdrawTips": TEXT, "name": WORD,
        "resetAddressStatus": False, "addressRegex": WORD, "memoRegex": TEXT,
        "withdrawFee": DECIMAL, "withdrawMin": DECIMAL, "withdrawMax": DECIMAL,
        "withdrawInternalMin": DECIMAL, "depositDust": DECIMAL, "minConfirm": NUMBER,
        "unLockConfirm": NUMBER, "sameAddress": FLAG, "withdrawTag": FLAG,
        "estimatedArrivalTime": NUMBER, "busy": False, "contractAddressUrl?": TEXT,
        "contractAddress?": TEXT, "denomination?": NUMBER,
    }  # fmt: skip
    seen = stage.says(
        "wallet.capital.config.getall",
        Each({"coin": ASSET, "depositAllEnable": True, "withdrawAllEnable": True, "name": WORD,
              "free": DECIMAL, "locked": DECIMAL, "freeze": "0", "withdrawing": "0",
              "ipoing": "0", "ipoable": "0", "storage": "0", "isLegalMoney": FLAG,
              "trading": True, "networkList": Each(network)}, 5),
    )  # fmt: skip
    coins = {row["coin"]: row for row in seen}
    for asset in ("BTC", "USDT", "BNB"):
        available, held = stage.money(asset)
        row = coins[asset]
        true((Decimal(row["free"]), Decimal(row["locked"])) == (available, held), f"{asset}: {row}")
        for each in row["networkList"]:
            true(each["coin"] == asset, f"a network of {asset} is of {each['coin']}")
            least, most = Decimal(each["withdrawMin"]), Decimal(each["withdrawMax"])
            true(0 < Decimal(each["withdrawFee"]) < least < most, f"its limits are {each}")
    true(coins["BTC"]["name"] == "Bitcoin", "the name of BTC")
    true(coins["BTC"]["isLegalMoney"] is False, "BTC is legal money")
    true(any(each["isDefault"] for each in coins["BTC"]["networkList"]), "no default network")


@truth("wallet.capital.deposit.address", "wallet.capital.deposit.hisrec")
def what_the_faucet_gave_is_a_deposit(stage: Stage) -> None:
    address = stage.says(
        "wallet.capital.deposit.address",
        {"address": WORD, "coin": "LTC", "tag": TEXT, "url": TEXT},
        coin="LTC",
    )
    stage.faucet(LTC="0.75")
    seen = stage.says(
        "wallet.capital.deposit.hisrec",
        Each({"id": WORD, "amount": DECIMAL, "coin": "LTC", "network": "LTC", "status": 1,
              "address": WORD, "addressTag": TEXT, "txId": TX, "insertTime": LATELY,
              "completeTime": LATELY, "transferType": 0, "confirmTimes": Like(
                  "n/m", lambda v: isinstance(v, str) and "/" in v), "unlockConfirm": NUMBER,
              "walletType": 0, "travelRuleStatus": NUMBER}),
        coin="LTC",
    )  # fmt: skip
    true(seen[0]["amount"] == "0.75", f"the newest is of {seen[0]['amount']}")
    true(seen[0]["address"] == address["address"], "it came to another address")
    true(abs(now() - seen[0]["insertTime"]) < RECENT_MS, "it is not of now")
    true(seen[0]["insertTime"] <= seen[0]["completeTime"], "completed before it came")


@truth("wallet.capital.withdraw.apply", "wallet.capital.withdraw.history")
def what_is_withdrawn_is_gone_and_told(stage: Stage) -> None:
    before = stage.money("LTC")[0]
    own = stage.name("w")
    told = stage.says(
        "wallet.capital.withdraw.apply", {"id": WORD}, coin="LTC", network="LTC",
        address="local-target", amount="0.5", withdrawOrderId=own, name="me",
    )  # fmt: skip
    true(before - stage.money("LTC")[0] == Decimal("0.5"), "another amount left")
    rows = stage.says(
        "wallet.capital.withdraw.history",
        [{"id": told["id"], "amount": DECIMAL, "transactionFee": DECIMAL, "coin": "LTC",
          "status": 6, "address": "local-target", "txId": TX, "applyTime": CLOCK,
          "network": "LTC", "transferType": 0, "withdrawOrderId": own, "info": TEXT,
          "confirmNo": NUMBER, "walletType": 0, "txKey": TEXT, "completeTime": CLOCK}],
        withdrawOrderId=own,
    )  # fmt: skip
    total = Decimal(rows[0]["amount"]) + Decimal(rows[0]["transactionFee"])
    true(total == Decimal("0.5"), f"{total} is told")
    true(0 < Decimal(rows[0]["transactionFee"]) < Decimal("0.1"), f"fee {rows[0]}")
    for name in ("applyTime", "completeTime"):
        moment = datetime.fromisoformat(rows[0][name]).replace(tzinfo=UTC).timestamp()
        true(abs(now() / 1000 - moment) < 60, f"{name} is {rows[0][name]}")
    stage.refuses(-4026, "", "wallet.capital.withdraw.apply", coin="LTC", network="LTC",
                  address="local-target", amount="100000", name="me")  # fmt: skip


@truth("wallet.convert.exchangeInfo", "wallet.convert.assetInfo", "wallet.convert.getQuote",
       "wallet.convert.acceptQuote", "wallet.convert.orderStatus",
       "wallet.convert.tradeFlow")  # fmt: skip
def a_quote_is_accepted_and_paid(stage: Stage) -> None:
    limits = stage.says(
        "wallet.convert.exchangeInfo",
        [{"fromAsset": "USDT", "toAsset": "BTC", "fromAssetMinAmount": DECIMAL,
          "fromAssetMaxAmount": DECIMAL, "toAssetMinAmount": DECIMAL, "toAssetMaxAmount": DECIMAL}],
        fromAsset="USDT", toAsset="BTC",
    )[0]  # fmt: skip
    true(Decimal(limits["fromAssetMinAmount"]) < 100 < Decimal(limits["fromAssetMaxAmount"]), "100")
    bid = stage.best(BTC)[0]
    for end in ("Min", "Max"):
        there = Decimal(limits[f"toAsset{end}Amount"]) * bid
        near(limits[f"fromAsset{end}Amount"], there, f"the {end} of both", 20)
    decimals = stage.says("wallet.convert.assetInfo",
                          Each({"asset": ASSET, "fraction": one_of(8)}, 3))  # fmt: skip
    true({"USDT", "BTC"} <= {row["asset"] for row in decimals}, "assets are missing")
    usdt, btc = stage.money("USDT")[0], stage.money("BTC")[0]
    quote = stage.says(
        "wallet.convert.getQuote",
        {"quoteId": WORD, "ratio": DECIMAL, "inverseRatio": DECIMAL, "validTimestamp": Like(
            "soon, in ms", lambda v: type(v) is int and -RECENT_MS < v - now() < 15_000),
         "toAmount": DECIMAL, "fromAmount": "100"},
        fromAsset="USDT", toAsset="BTC", fromAmount="100",
    )  # fmt: skip
    near(quote["inverseRatio"], bid, "the inverse ratio", 50)
    near(Decimal(quote["ratio"]) * Decimal(quote["inverseRatio"]), 1, "the two ratios", 500)
    near(quote["toAmount"], 100 / Decimal(quote["inverseRatio"]), "the amount", 1000)
    true(stage.money("USDT")[0] == usdt, "a quote cost something")
    done = stage.says(
        "wallet.convert.acceptQuote",
        {"orderId": WORD, "createTime": NOW, "orderStatus": one_of("PROCESS", "SUCCESS")},
        quoteId=quote["quoteId"],
    )
    true(usdt - stage.money("USDT")[0] == 100, "another amount was paid")
    true(stage.money("BTC")[0] - btc == Decimal(quote["toAmount"]), "another amount was received")
    order = {
        "orderId": int(done["orderId"]), "orderStatus": "SUCCESS", "fromAsset": "USDT",
        "fromAmount": "100", "toAsset": "BTC", "toAmount": quote["toAmount"],
        "ratio": DECIMAL, "inverseRatio": DECIMAL, "createTime": Like(
            "when it was accepted", lambda v: type(v) is int and abs(v - done["createTime"]) < 50),
    }  # fmt: skip
    seen = stage.says("wallet.convert.orderStatus", order, orderId=done["orderId"])
    near(seen["inverseRatio"], quote["inverseRatio"], "its inverse ratio", 1000)
    near(seen["ratio"], quote["ratio"], "its ratio", 500)
    start, end = done["createTime"] - 1_000, done["createTime"] + 1_000
    flow = stage.says(
        "wallet.convert.tradeFlow",
        {"list": [order | {"quoteId": quote["quoteId"]}], "startTime": start, "endTime": end,
         "limit": 100, "moreData": False},
        startTime=start, endTime=end,
    )  # fmt: skip
    near(flow["list"][0]["inverseRatio"], quote["inverseRatio"], "its inverse ratio", 1000)
    near(flow["list"][0]["ratio"], quote["ratio"], "its ratio", 500)


SUBS = (
    "wallet.sub-account.list", "wallet.sub-account.assets.v4", "wallet.sub-account.spotSummary",
    "wallet.sub-account.sub.transfer.history", "wallet.sub-account.universalTransfer",
    "wallet.sub-account.universalTransfer.history", "wallet.sub-account.status",
)  # fmt: skip


@truth(*SUBS)
def a_sub_account_is_fed_by_its_master(stage: Stage) -> None:
    name = f"{stage.account}/helper"
    stage.box.key(f"{name} {stage.name()}", account=name)
    asked = {"venue": "binance", "account": name, "amounts": {"USDT": "1"}}
    stage.box.ask("POST", "/faucet", asked)
    rows = stage.says(
        "wallet.sub-account.list",
        {"subAccounts": Each({"subUserId": NUMBER, "email": WORD, "remark": TEXT,
                              "isFreeze": False, "createTime": LATELY,
                              "isManagedSubAccount": False,
                              "isAssetManagementSubAccount": False})},
        limit=200,
    )["subAccounts"]  # fmt: skip
    email = next(row["email"] for row in rows if "helper" in row["email"])
    stage.says(
        "wallet.sub-account.status",
        [{"email": email, "isSubUserEnabled": True, "isUserActive": True, "insertTime": LATELY,
          "isMarginEnabled": False, "isFutureEnabled": False, "mobile": 0}],
        email=email,
    )  # fmt: skip
    had = _free(stage, email)
    before = stage.money("USDT")[0]
    own = stage.name("ut")
    told = stage.says(
        "wallet.sub-account.universalTransfer",
        {"tranId": TRAN, "clientTranId": own},
        toEmail=email, fromAccountType="SPOT", toAccountType="SPOT", asset="USDT", amount="7.5",
        clientTranId=own,
    )  # fmt: skip
    true(before - stage.money("USDT")[0] == Decimal("7.5"), "another amount left")
    true(_free(stage, email) - had == Decimal("7.5"), "another amount arrived")
    stage.says(
        "wallet.sub-account.universalTransfer.history",
        {"result": [{"tranId": told["tranId"], "fromEmail": WORD, "toEmail": email,
                     "asset": "USDT", "amount": "7.5", "createTimeStamp": NOW,
                     "fromAccountType": "SPOT", "toAccountType": "SPOT", "status": "SUCCESS",
                     "clientTranId": own}],
         "totalCount": 1},
        clientTranId=own,
    )  # fmt: skip
    past = stage.says(
        "wallet.sub-account.sub.transfer.history",
        Each({"from": WORD, "to": WORD, "asset": "USDT", "qty": DECIMAL, "status": "SUCCESS",
              "tranId": TRAN, "time": LATELY}),
        toEmail=email,
    )  # fmt: skip
    mine = [row for row in past if row["tranId"] == told["tranId"]]
    true(len(mine) == 1 and Decimal(mine[0]["qty"]) == Decimal("7.5"), f"mine are {mine}")
    true(mine[0]["to"] == email != mine[0]["from"], f"from {mine[0]['from']} to {mine[0]['to']}")
    true(abs(now() - mine[0]["time"]) < RECENT_MS, "it is not of now")
    worth = stage.says(
        "wallet.sub-account.spotSummary",
        {"totalCount": len(rows), "masterAccountTotalAsset": DECIMAL,
         "spotSubUserAssetBtcVoList": Each({"email": WORD, "totalAsset": DECIMAL})},
    )  # fmt: skip
    sub = next(r for r in worth["spotSubUserAssetBtcVoList"] if r["email"] == email)
    near(Decimal(sub["totalAsset"]) * stage.best(BTC)[0], _free(stage, email), "its worth", 20)
    master = Decimal(worth["masterAccountTotalAsset"]) * stage.best(BTC)[0]
    true(master > stage.money("USDT")[0], f"the master is worth {plain(master)}")


def _free(stage: Stage, email: str) -> Decimal:
    row = {"freeze": DECIMAL, "withdrawing": DECIMAL, "asset": ASSET, "free": DECIMAL,
           "locked": DECIMAL}  # fmt: skip
    seen = stage.says("wallet.sub-account.assets.v4", {"balances": Each(row)}, email=email)
    for each in seen["balances"]:
        none = {Decimal(each[name]) for name in ("freeze", "withdrawing", "locked")}
        true(none == {Decimal(0)}, f"something is held: {each}")
    return next(Decimal(r["free"]) for r in seen["balances"] if r["asset"] == "USDT")


@truth("wallet.sub-account.assets.v3", "wallet.sub-account.list")
def the_older_version_tells_assets_in_numbers(stage: Stage) -> None:
    name = f"{stage.account}/helper"
    stage.box.key(f"{name} {stage.name()}", account=name)
    stage.box.ask(
        "POST", "/faucet", {"venue": "binance", "account": name, "amounts": {"USDT": "1"}}
    )
    rows = stage.ask("wallet.sub-account.list", limit=200)["subAccounts"]
    email = next(row["email"] for row in rows if "helper" in row["email"])
    number = Like("a number", lambda v: isinstance(v, int | float) and v >= 0)
    seen = stage.says(
        "wallet.sub-account.assets.v3",
        {"balances": Each({"freeze": 0, "withdrawing": 0, "asset": ASSET, "free": number,
                           "locked": 0})},
        email=email,
    )  # fmt: skip
    usdt = next(row["free"] for row in seen["balances"] if row["asset"] == "USDT")
    told = stage.box.ask("GET", "/account", venue="binance", account=name)["balances"]
    true(Decimal(str(usdt)) == Decimal(
        next(r["available"] for r in told if r["asset"] == "USDT")), f"free is {usdt}")  # fmt: skip


def _gone(stage: Stage, operation: str, **given: Any) -> None:
    stage.refused.add(operation)
    try:
        stage.voice.call(operation, given)
    except Refused as refused:
        true(refused.status in (410, 0), f"refused with {refused.status}")
    else:
        true(False, "listen keys still exist")


@truth("userDataStream.start")
def listen_keys_are_not_made(stage: Stage) -> None:
    _gone(stage, "userDataStream.start")


@truth("userDataStream.ping", "userDataStream.stop")
def listen_keys_are_not_kept(stage: Stage) -> None:
    _gone(stage, "userDataStream.ping", listenKey="k" * 60)
    _gone(stage, "userDataStream.stop", listenKey="k" * 60)


@truth("wallet.margin.allPairs", "wallet.margin.isolated.allPairs")
def pairs_of_margin_are_told_without_an_account_for_it(stage: Stage) -> None:
    pair = {"base": ASSET, "isBuyAllowed": True, "isMarginTrade": True, "isSellAllowed": True,
            "quote": ASSET, "symbol": WORD}  # fmt: skip
    for operation, more in (
        ("wallet.margin.allPairs", {"id": NUMBER}),
        ("wallet.margin.isolated.allPairs", {}),
    ):
        rows = stage.says(operation, Each(pair | more, 3))
        for row in rows:
            true(row["symbol"] == row["base"] + row["quote"], f"{row}")
        true(not more or len({row["id"] for row in rows}) == len(rows), "ids are not their own")


@truth(
    "wallet.sub-account.list",
    "wallet.sub-account.transfer.subToSub",
    "wallet.sub-account.transfer.subToMaster",
    "wallet.sub-account.transfer.subUserHistory",
    "wallet.sub-account.assets.v4",
)
def a_sub_account_sends_money_on(stage: Stage) -> None:
    names = [f"{stage.account}/{who}" for who in ("left", "right")]
    for name in names:
        stage.box.key(f"{name} {stage.name()}", account=name)
        asked = {"venue": "binance", "account": name, "amounts": {"USDT": "30"}}
        stage.box.ask("POST", "/faucet", asked)
    rows = stage.ask("wallet.sub-account.list", limit=200)["subAccounts"]
    emails = {who: next(r["email"] for r in rows if who in r["email"]) for who in ("left", "right")}
    before = {who: _free(stage, email) for who, email in emails.items()}
    mine = stage.money("USDT")[0]
    usual, stage.voice = stage.voice, stage.other(f"hmac of {names[0]}")
    try:
        sent = stage.says(
            "wallet.sub-account.transfer.subToSub",
            {"txnId": WORD},
            toEmail=emails["right"],
            asset="USDT",
            amount="4.25",
        )
        home = stage.says(
            "wallet.sub-account.transfer.subToMaster", {"txnId": WORD}, asset="USDT", amount="1.5"
        )
        row = {"counterParty": WORD, "email": WORD, "type": 2, "asset": "USDT", "qty": DECIMAL,
               "fromAccountType": "SPOT", "toAccountType": "SPOT", "status": "SUCCESS",
               "tranId": TRAN, "time": LATELY}  # fmt: skip
        past = stage.says("wallet.sub-account.transfer.subUserHistory", Each(row, 2), type=2)
        seen = {str(r["tranId"]): r for r in past}
        for told, quantity in ((sent, "4.25"), (home, "1.5")):
            found = seen[told["txnId"]]
            true(Decimal(found["qty"]) == Decimal(quantity), f"{quantity} is told as {found}")
            true(abs(now() - found["time"]) < RECENT_MS, "it is not of now")
        true(seen[sent["txnId"]]["email"] == emails["right"], f"it went to {seen[sent['txnId']]}")
        true(seen[sent["txnId"]]["counterParty"] == "subAccount", "another counterparty")
        true(seen[home["txnId"]]["counterParty"] == "master", "another counterparty")
    finally:
        stage.voice = usual
    true(stage.money("USDT")[0] - mine == Decimal("1.5"), "the master got another amount")
    after = {who: _free(stage, email) for who, email in emails.items()}
    true(after["left"] == before["left"] - Decimal("5.75"), f"{before} became {after}")
    true(after["right"] == before["right"] + Decimal("4.25"), f"{before} became {after}")
