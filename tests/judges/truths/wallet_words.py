"""What can be asked of the wallet's past and of its wallets: every word of it leaves something out
or brings something in.
"""

from decimal import Decimal
from typing import Any

from . import truth
from .account import ASSET
from .market import near
from .ranges import later
from .stage import Stage
from .wallet import SPOT_ASSET, Row
from .words import DECIMAL, FLAG, WORD, Each, Like, now, true

FUNDING = {"type": "MAIN_FUNDING", "asset": "USDT"}


def tells(rows: list[Row], name: str, wanted: list[Any], words: Any) -> None:
    """Exactly these are told, in this order."""
    seen = [row[name] for row in rows]
    true(seen == wanted, f"{words} tells {seen}, not {wanted}")


@truth("wallet.asset.transfer", "wallet.asset.transfer.history", "wallet.asset.get-funding-asset",
       "wallet.asset.wallet.balance", "order.place", "openOrders.cancelAll")  # fmt: skip
def own_transfers_are_chosen_by_time_and_page(stage: Stage) -> None:
    made = []
    for amount in ("1.5", "2.5", "3.5"):
        number = stage.ask("wallet.asset.transfer", **FUNDING, amount=amount)["tranId"]
        row = stage.ask("wallet.asset.transfer.history", type="MAIN_FUNDING")["rows"][0]
        true(row["tranId"] == number, f"the newest is {row}")
        made.append((number, row["timestamp"]))
        later(stage, row["timestamp"])

    def told(wanted: list[int], **words: Any) -> None:
        seen = stage.ask("wallet.asset.transfer.history", type="MAIN_FUNDING", **words)
        tells(seen.get("rows", []), "tranId", wanted, words)

    (one, first), (two, second), (three, third) = made
    told([three, two, one], startTime=first)
    told([two, one], startTime=first, endTime=second)
    told([three], startTime=third)
    told([three, two], startTime=first, size=2)
    told([one], startTime=first, size=2, current=2)
    for name in ("fromSymbol", "toSymbol"):
        words = {"type": "ISOLATEDMARGIN_MARGIN", "asset": "USDT", "amount": "1", name: "BTCUSDT"}
        stage.refuses(-3003, "", "wallet.asset.transfer", **words)
        stage.ask(
            "wallet.asset.transfer.history", type="ISOLATEDMARGIN_MARGIN", **{name: "BTCUSDT"}
        )
    _valued(stage)
    stage.ask("openOrders.cancelAll", symbol="BTCUSDT")
    for amount in ("1.5", "2.5", "3.5"):
        stage.ask("wallet.asset.transfer", type="FUNDING_MAIN", asset="USDT", amount=amount)


def _valued(stage: Stage) -> None:
    """What the funding wallet has, in BTC and one by one."""
    stage.ask("order.place", symbol="BTCUSDT", side="SELL", type="LIMIT", timeInForce="GTC",
              quantity="0.01", price=stage.price("BTCUSDT", 20))  # fmt: skip
    bid = stage.best("BTCUSDT")[0]
    for valued in ("true", "false"):
        seen = stage.says("wallet.asset.get-funding-asset", [SPOT_ASSET | {"asset": "USDT"}],
                          needBtcValuation=valued)[0]  # fmt: skip
        true(Decimal(seen["free"]) == Decimal("7.5"), f"the funding wallet has {seen}")
        worth = Decimal(seen["btcValuation"]) * bid
        true((worth > 0) is (valued == "true"), f"it is worth {worth}")
        if worth:
            near(worth, seen["free"], "its worth", 50)
    detail = {"asset": ASSET, "assetName": WORD, "free": DECIMAL, "locked": DECIMAL, "freeze": "0",
              "withdrawing": "0", "btcValuation": DECIMAL}  # fmt: skip
    wallets = stage.says(
        "wallet.asset.wallet.balance",
        Each({"activate": FLAG, "balance": DECIMAL, "walletName": WORD,
              "assetBalances": Each(detail, 0)}, 2),
        quoteAsset="USDT", needBalanceDetail="true",
    )  # fmt: skip
    by_name = {row["walletName"]: row for row in wallets}
    near(by_name["Funding"]["balance"], "7.5", "the funding wallet", 50)
    tells(by_name["Funding"]["assetBalances"], "asset", ["USDT"], "Funding")
    for row in by_name["Spot"]["assetBalances"]:
        available, held = stage.money(row["asset"])
        true((Decimal(row["free"]), Decimal(row["locked"])) == (available, held), f"{row}")
        if row["asset"] in ("BTC", "USDT"):
            value = (available + held) * (1 if row["asset"] == "BTC" else 1 / bid)
            near(row["btcValuation"], value, "its worth", 50)
    names = {row["asset"]: row["assetName"] for row in by_name["Spot"]["assetBalances"]}
    true((names["BTC"], names["USDT"]) == ("Bitcoin", "TetherUS"), f"names are {names}")


@truth("wallet.capital.deposit.hisrec", "wallet.capital.deposit.address")
def deposits_are_chosen_by_time_status_and_count(stage: Stage) -> None:
    made: list[Row] = []
    for amount in ("0.11", "0.12", "0.13"):
        stage.faucet(LTC=amount)
        made.append(stage.ask("wallet.capital.deposit.hisrec", coin="LTC", limit=1)[0])
        later(stage, made[-1]["insertTime"])

    def told(wanted: list[Row], **words: Any) -> None:
        rows = stage.ask("wallet.capital.deposit.hisrec", coin="LTC", **words)
        tells(rows, "amount", [row["amount"] for row in wanted], words)

    one, two, three = made
    tells(made, "amount", ["0.11", "0.12", "0.13"], "the deposits")
    since = one["insertTime"]
    told([three, two, one], startTime=since)
    told([two, one], startTime=since, endTime=two["insertTime"])
    told([three], startTime=three["insertTime"])
    told([three, two], startTime=since, limit=2)
    told([two, one], startTime=since, offset=1)
    told([], startTime=since, status=0)
    told([two], txId=two["txId"])
    told([three], startTime=three["insertTime"], includeSource="false")
    bsc, usual = (
        stage.ask("wallet.capital.deposit.address", coin="USDT", network=network)["address"]
        for network in ("BSC", "ETH")
    )
    true(bsc != usual, "two networks have one address")
    seen = stage.ask("wallet.capital.deposit.address", coin="USDT", amount="1")
    true(seen["address"] == usual, f"the usual network has {seen}")
    stage.refuses(-1130, "network", "wallet.capital.deposit.address", coin="LTC", network="BSC")


@truth("wallet.capital.withdraw.apply", "wallet.capital.withdraw.history", "wallet.asset.transfer")
def withdrawals_are_chosen_by_name_time_and_count(stage: Stage) -> None:
    stage.faucet(XRP="100", LTC="2")
    stage.ask("wallet.asset.transfer", type="MAIN_FUNDING", asset="XRP", amount="9")
    spot = stage.money("XRP")[0]
    began = now()
    made = []
    for amount, wallet in (("4", 1), ("5", 0)):
        told_id = stage.ask(
            "wallet.capital.withdraw.apply", coin="XRP", network="XRP", address="local-target",
            amount=amount, walletType=wallet, transactionFeeFlag="false",
        )["id"]  # fmt: skip
        made.append(told_id)
        later(stage, now() + 1)
    true(spot - stage.money("XRP")[0] == 5, "another wallet paid")
    one, two = made
    other = stage.ask("wallet.capital.withdraw.apply", coin="LTC", network="LTC",
                      address="local-target", amount="1")["id"]  # fmt: skip

    def told(wanted: list[str], **words: Any) -> None:
        rows = stage.ask("wallet.capital.withdraw.history", **words)
        tells(rows, "id", wanted, words)
        for row in rows:
            true(row["walletType"] == int(row["id"] == one), f"paid from {row['walletType']}")

    told([two, one], coin="XRP", startTime=began)
    told([one], idList=one)
    told([other, two, one], startTime=began)
    told([two], coin="XRP", startTime=began, limit=1)
    told([one], coin="XRP", startTime=began, offset=1)
    told([], coin="XRP", status=2, startTime=began)
    told([two, one], coin="XRP", status=6, startTime=began)
    told([], coin="XRP", startTime=began, endTime=began)
    told([], coin="XRP", startTime=now() + 2_000)
    stage.refuses(-4106, "", "wallet.capital.withdraw.apply", coin="LTC", network="LTC",
                  address="local-target", addressTag="77", amount="4")  # fmt: skip
    stage.ask("wallet.asset.transfer", type="FUNDING_MAIN", asset="XRP", amount="5")


def _from_now(seconds: int) -> Like:
    return Like(f"{seconds} s from now", lambda v: abs(v - now() - 1000 * seconds) < 9_000)


@truth("wallet.convert.getQuote", "wallet.convert.acceptQuote", "wallet.convert.orderStatus",
       "wallet.convert.tradeFlow", "wallet.asset.transfer")  # fmt: skip
def quotes_are_of_a_wallet_and_for_a_time(stage: Stage) -> None:
    stage.ask("wallet.asset.transfer", **FUNDING, amount="30")
    usdt, btc = stage.money("USDT")[0], stage.money("BTC")[0]
    pair = {"fromAsset": "USDT", "toAsset": "BTC"}
    quotes = []
    for valid, seconds, words in (
        ("30s", 30, {"fromAmount": "25", "walletType": "FUNDING"}),
        ("1m", 60, {"toAmount": "0.0002", "walletType": "SPOT"}),
    ):
        quote = stage.says(
            "wallet.convert.getQuote",
            {"quoteId": WORD, "ratio": DECIMAL, "inverseRatio": DECIMAL,
             "validTimestamp": _from_now(seconds),
             "toAmount": words.get("toAmount", DECIMAL),
             "fromAmount": words.get("fromAmount", DECIMAL)},
            **pair, **words, validTime=valid,
        )  # fmt: skip
        stage.ask("wallet.convert.acceptQuote", quoteId=quote["quoteId"])
        quotes.append(quote)
    true(usdt - stage.money("USDT")[0] == Decimal(quotes[1]["fromAmount"]), "another was paid")
    true(stage.money("BTC")[0] - btc == Decimal("0.0002"), "another wallet received")
    orders = [stage.ask("wallet.convert.orderStatus", quoteId=quote["quoteId"])
              for quote in quotes]  # fmt: skip
    for order, quote in zip(orders, quotes, strict=True):
        true(order["fromAmount"] == quote["fromAmount"], f"the order is {order}")
    end = now() + 1_000
    times = {"startTime": orders[0]["createTime"], "endTime": end}
    flow = stage.ask("wallet.convert.tradeFlow", **times, limit=1)
    tells(flow["list"], "quoteId", [quotes[1]["quoteId"]], times)
    true((flow["limit"], flow["moreData"]) == (1, True), f"of two one is told: {flow}")
    stage.ask("wallet.asset.transfer", type="FUNDING_MAIN", asset="USDT", amount="5")


@truth("wallet.margin.allPairs", "wallet.margin.isolated.allPairs", "wallet.bnbBurn.set",
       "wallet.asset.dust-btc", "wallet.asset.dust", "wallet.asset.dribblet")  # fmt: skip
def words_about_margin_interest_and_dust(stage: Stage) -> None:
    for operation in ("wallet.margin.allPairs", "wallet.margin.isolated.allPairs"):
        tells(stage.ask(operation, symbol="ETHUSDT"), "symbol", ["ETHUSDT"], operation)
    off = {"spotBNBBurn": False, "interestBNBBurn": False}
    stage.says("wallet.bnbBurn.set", off, interestBNBBurn="false")
    stage.refuses(-1130, "interestBNBBurn", "wallet.bnbBurn.set", spotBNBBurn="false",
                  interestBNBBurn="perhaps")  # fmt: skip
    made = []
    for _ in range(2):
        stage.faucet(TRX="7")
        told = stage.ask("wallet.asset.dust-btc", accountType="SPOT")
        true("TRX" in {row["asset"] for row in told["details"]}, f"dust is {told}")
        done = stage.ask("wallet.asset.dust", asset="TRX", accountType="SPOT")
        newest = stage.ask("wallet.asset.dribblet")["userAssetDribblets"][0]
        true(newest["transId"] == done["transferResult"][0]["tranId"], f"the newest is {newest}")
        made.append(newest["operateTime"])
        later(stage, made[-1])
    one, two = made
    for words, wanted in (
        ({"startTime": one}, [two, one]),
        ({"startTime": two}, [two]),
        ({"startTime": one, "endTime": one}, [one]),
    ):
        past = stage.ask("wallet.asset.dribblet", accountType="SPOT", **words)
        tells(past["userAssetDribblets"], "operateTime", wanted, words)


# --- sub-accounts -------------------------------------------------------------------------------


def _family(stage: Stage, *who: str) -> list[str]:
    """The addresses of sub-accounts with money, by name."""
    for name in who:
        account = f"{stage.account}/{name}"
        stage.box.key(f"{account} {stage.name()}", account=account)
        asked = {"venue": "binance", "account": account, "amounts": {"USDT": "50"}}
        stage.box.ask("POST", "/faucet", asked)
    rows = stage.ask("wallet.sub-account.list", limit=200)["subAccounts"]
    return [next(r["email"] for r in rows if r["email"].split("@")[0].endswith(f".{name}"))
            for name in who]  # fmt: skip


@truth("wallet.sub-account.list", "wallet.sub-account.spotSummary")
def sub_accounts_are_chosen_by_address_and_page(stage: Stage) -> None:
    _family(stage, "ann", "ben", "cora")
    every = stage.ask("wallet.sub-account.list", limit=200)["subAccounts"]
    emails = [row["email"] for row in every]
    ask = "wallet.sub-account.list"
    for words, wanted in (
        ({"email": emails[1], "limit": 200}, emails[1:2]),
        ({"isFreeze": "true", "limit": 200}, []),
        ({"isFreeze": "false", "limit": 200}, emails),
        ({"page": 2, "limit": 2}, emails[2:4]),
        ({"page": 1, "limit": 2}, emails[:2]),
    ):
        tells(stage.ask(ask, **words)["subAccounts"], "email", wanted, words)
    for words, wanted in (
        ({"email": emails[1]}, emails[1:2]),
        ({"page": 2, "size": 2}, emails[2:4]),
        ({"page": 1, "size": 2}, emails[:2]),
    ):
        seen = stage.ask("wallet.sub-account.spotSummary", **words)
        tells(seen["spotSubUserAssetBtcVoList"], "email", wanted, words)


@truth("wallet.sub-account.list", "wallet.sub-account.universalTransfer",
       "wallet.sub-account.universalTransfer.history",
       "wallet.sub-account.sub.transfer.history")  # fmt: skip
def transfers_of_a_family_are_chosen_by_address_time_and_page(stage: Stage) -> None:
    ann, ben = _family(stage, "ann", "ben")
    spot = {"fromAccountType": "SPOT", "toAccountType": "SPOT", "asset": "USDT"}
    history = "wallet.sub-account.universalTransfer.history"
    short = "wallet.sub-account.sub.transfer.history"
    made = []
    for amount in ("1", "2", "3"):
        number = stage.ask("wallet.sub-account.universalTransfer", **spot, fromEmail=ann,
                           toEmail=ben, amount=amount)["tranId"]  # fmt: skip
        row = stage.ask(short, fromEmail=ann)[0]
        true((row["tranId"], row["from"], row["to"]) == (number, ann, ben), f"the newest is {row}")
        made.append((number, row["time"]))
        later(stage, row["time"])
    (one, first), (two, second), (three, third) = made
    for words, wanted in (
        ({"fromEmail": ann, "startTime": first}, [three, two, one]),
        ({"toEmail": ben, "startTime": first}, [three, two, one]),
        ({"toEmail": ann, "startTime": first}, []),
        ({"startTime": first}, []),
        ({"fromEmail": ann, "startTime": third}, [three]),
        ({"fromEmail": ann, "startTime": first, "endTime": second}, [two, one]),
        ({"fromEmail": ann, "startTime": first, "limit": 2}, [three, two]),
        ({"fromEmail": ann, "startTime": first, "limit": 2, "page": 2}, [one]),
    ):
        tells(stage.ask(history, **words)["result"], "tranId", wanted, words)
        tells(stage.ask(short, **words), "tranId", wanted, words)
    isolated = spot | {"toAccountType": "ISOLATED_MARGIN"}
    stage.refuses(-3003, "", "wallet.sub-account.universalTransfer", **isolated, toEmail=ben,
                  amount="1", symbol="BTCUSDT")  # fmt: skip


@truth("wallet.sub-account.list", "wallet.sub-account.transfer.subToMaster",
       "wallet.sub-account.transfer.subUserHistory")  # fmt: skip
def a_sub_account_chooses_among_its_transfers(stage: Stage) -> None:
    _family(stage, "dora")
    name = f"{stage.account}/dora"
    asked = {"venue": "binance", "account": name, "amounts": {"LTC": "5"}}
    stage.box.ask("POST", "/faucet", asked)
    usual, stage.voice = stage.voice, stage.other(f"hmac of {name}")
    history = "wallet.sub-account.transfer.subUserHistory"
    try:
        made = []
        for asset, amount in (("USDT", "1"), ("LTC", "0.5"), ("USDT", "2")):
            number = stage.ask("wallet.sub-account.transfer.subToMaster", asset=asset,
                               amount=amount)["txnId"]  # fmt: skip
            row = stage.ask(history, type=2, limit=1)[0]
            true(str(row["tranId"]) == number, f"the newest is {row}")
            made.append((row["tranId"], row["time"]))
            later(stage, row["time"])
        (one, first), (two, second), (three, third) = made
        for words, wanted in (
            ({"type": 2, "startTime": first}, [three, two, one]),
            ({"type": 1, "startTime": first}, []),
            ({"type": 2, "startTime": first, "asset": "LTC"}, [two]),
            ({"type": 2, "startTime": third}, [three]),
            ({"type": 2, "startTime": first, "endTime": second}, [two, one]),
            ({"type": 2, "startTime": first, "limit": 2}, [three, two]),
            ({"type": 2, "startTime": third, "returnFailHistory": "true"}, [three]),
        ):
            tells(stage.ask(history, **words), "tranId", wanted, words)
    finally:
        stage.voice = usual
