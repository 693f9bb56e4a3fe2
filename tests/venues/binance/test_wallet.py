"""The wallet: what an account can ask and do under /sapi, and that the ledger follows."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.venues.binance.host import MS, FakeHost, Trader, liquid

from tradewind.engine.commands import OpenAccount, Transfer
from tradewind.engine.listing import OUTSIDE_ACCOUNT
from tradewind.model import Permission, Side
from tradewind.protocol.messages import HttpRequest
from tradewind.venues.binance.operations import wallet as operations

SAMPLES = json.loads(
    (Path(__file__).parents[2] / "samples" / "binance" / "wallet.json").read_text()
)
READ, TRADE, WITHDRAW = Permission.READ, Permission.TRADE, Permission.WITHDRAW
HOUR = 3600 * 10**9


@pytest.fixture
def host() -> FakeHost:
    found = FakeHost()
    found.open_account(5, USDT="1000", BTC="1", BNB="10", LTC="0.00001")
    liquid(found)
    return found


@pytest.fixture
def trader(host: FakeHost) -> Trader:
    return Trader(host, host.key(5, READ, TRADE, WITHDRAW))


def get(trader: Trader, path: str, **sent: Any) -> Any:
    answer = trader.ask("GET", f"/sapi/v1/{path}", **sent)
    assert answer.status == 200, answer.raw
    return answer.json


def post(trader: Trader, path: str, **sent: Any) -> Any:
    answer = trader.ask("POST", f"/sapi/v1/{path}", **sent)
    assert answer.status == 200, answer.raw
    return answer.json


def price(host: FakeHost, symbol: str, at: str) -> None:
    """Let a symbol trade once at a price, at which its best bid may be."""
    if host.engine.best(symbol)[0] is None:
        host.rest(symbol, Side.BUY, at, "1")
    host.take(symbol, Side.SELL, at, "1")


def coin(trader: Trader, name: str) -> Any:
    return next(c for c in get(trader, "capital/config/getall") if c["coin"] == name)


def names(host: FakeHost, **named: int) -> None:
    """Give accounts names; others keep their number."""
    known = {number: name.replace("__", "/") for name, number in named.items()}
    host.account_name = lambda account: known.get(account, str(account))  # type: ignore[method-assign]


class TestDoor:
    """Security, limits and what does not exist."""

    def test_what_does_not_exist_is_not_found(self, trader: Trader) -> None:
        """Everything else under /sapi: 404 with nothing in it."""
        answer = trader.ask("GET", "/sapi/v1/margin/account")
        assert (answer.status, answer.raw) == (404, b"")

    @pytest.mark.parametrize("flavour", ["testnet", "demo"])
    def test_test_networks_have_no_wallet(self, flavour: str) -> None:
        """Only live has /sapi."""
        host = FakeHost(flavour=flavour)
        answer = Trader(host, host.key(1)).ask("GET", "/sapi/v1/account/status")
        assert (answer.status, answer.raw) == (404, b"")
        assert Trader(host, host.key(1)).ask("GET", "account").status == 200

    def test_permission_is_refused_with_the_address(self, host: FakeHost) -> None:
        """A key that may only read cannot transfer, and hears from where it asked."""
        reader = Trader(host, host.key(5, READ), peer="10.0.0.7")
        answer = reader.ask(
            "POST", "/sapi/v1/asset/transfer", type="MAIN_FUNDING", asset="USDT", amount="1"
        )
        text = "Invalid API-key, IP, or permissions for action, request ip: 10.0.0.7"
        assert answer.error == (401, -2015, text)
        assert host.engine.balance(5, "USDT")[0] == 1000 * 10**8

    def test_an_unknown_key_has_its_own_code(self, host: FakeHost, trader: Trader) -> None:
        """A well-formed key that is not known: -2008."""
        host.keys.pop(trader.key.api_key)
        assert trader.ask("GET", "/sapi/v1/account/status").code == -2008

    def test_signature_is_checked(self, trader: Trader) -> None:
        """A wrong signature is -1022, a stale timestamp -1021, none -1102."""
        path = "/sapi/v1/account/status"
        now = trader.host.venue_time // MS
        assert trader.raw("GET", path, f"timestamp={now}&signature=00").code == -1022
        assert trader.ask("GET", path, timestamp=now - 10_000).code == -1021
        assert trader.raw("GET", path, "timestamp=1").code == -1102

    def test_empty_and_unknown_parameters_do_not_matter(self, trader: Trader) -> None:
        """As the venue's own collection sends them."""
        assert get(trader, "asset/tradeFee", symbol="", recvWindow="", nonsense="1")

    def test_each_path_counts_its_own_weight(self, host: FakeHost, trader: Trader) -> None:
        """Per address or per account, a minute long, in the headers; 429 when spent."""
        ask = lambda path: trader.ask("GET", f"/sapi/v1/{path}")  # noqa: E731
        assert ask("capital/config/getall").headers["x-sapi-used-ip-weight-1m"] == "10"
        assert ask("capital/config/getall").headers["x-sapi-used-ip-weight-1m"] == "20"
        assert ask("account/status").headers["x-sapi-used-ip-weight-1m"] == "1"
        for count in range(1, 11):
            answer = ask("capital/withdraw/history")
            assert answer.headers["x-sapi-used-uid-weight-1m"] == str(18_000 * count)
        refused = ask("capital/withdraw/history")
        assert (refused.status, refused.code) == (429, -1003)
        assert int(refused.headers["retry-after"]) <= 60
        other = Trader(host, host.key(1))
        assert other.ask("GET", "/sapi/v1/capital/withdraw/history").status == 200
        host.venue_time += 60 * 10**9
        assert ask("capital/withdraw/history").status == 200

    def test_either_encoding_is_signed(self, trader: Trader) -> None:
        """Over the text before or after percent-encoding, unlike /api/v3."""
        path = "/sapi/v4/sub-account/assets"
        now = trader.host.venue_time // MS
        sent, plain = f"email=a%40b&timestamp={now}", f"email=a@b&timestamp={now}"
        for signed in (sent, plain):
            query = f"{sent}&signature={trader.sign(signed)}"
            assert trader.raw("GET", path, query).code == -5021

    def test_spot_weight_is_not_charged(self, trader: Trader) -> None:
        """The two worlds do not share limits."""
        before = trader.ask("GET", "account").headers["x-mbx-used-weight-1m"]
        get(trader, "asset/wallet/balance")
        after = trader.ask("GET", "account").headers["x-mbx-used-weight-1m"]
        assert int(after) - int(before) == 20

    def test_every_row_has_a_handler(self, host: FakeHost, trader: Trader) -> None:
        """No operation of the table fails for want of one."""
        for row in operations.ROWS:
            door = row.doors[0]
            answer = trader.ask(door.method, door.path)  # type: ignore[union-attr]
            assert answer.status in (200, 400), row.name


class TestAccount:
    """Key, status, fees, balances."""

    def test_restrictions_are_the_keys(self, host: FakeHost, trader: Trader) -> None:
        """Permissions and address list of the very key that asks."""
        told = get(trader, "account/apiRestrictions")
        assert told["enableWithdrawals"]
        assert told["enableSpotAndMarginTrading"]
        assert not told["ipRestrict"]
        reader = Trader(host, host.key(5, READ, ips=("127.0.0.1",)))
        told = get(reader, "account/apiRestrictions")
        assert told["ipRestrict"]
        assert told["enableReading"]
        assert not told["enableWithdrawals"]
        assert not told["permitsUniversalTransfer"]
        assert not told["enableSpotAndMarginTrading"]

    def test_status_needs_no_key(self, host: FakeHost) -> None:
        """The system's status is public."""
        told = Trader(host, host.key(1)).ask("GET", "/sapi/v1/system/status", signed=False)
        assert told.json == {"status": 0, "msg": "normal"}

    def test_account_status(self, host: FakeHost, trader: Trader) -> None:
        """Normal, unlocked, last changed when a balance did."""
        assert get(trader, "account/status") == {"data": "Normal"}
        data = get(trader, "account/apiTradingStatus")["data"]
        assert not data["isLocked"]
        assert data["triggerCondition"] == {"GCR": 150, "IFER": 150, "UFR": 300}
        host.venue_time += HOUR
        trader.order("BUY", "MARKET", quantity="1")
        assert get(trader, "account/apiTradingStatus")["data"]["updateTime"] > data["updateTime"]

    def test_trade_fees(self, trader: Trader) -> None:
        """Of all symbols, or of one."""
        assert get(trader, "asset/tradeFee", symbol="BTCUSDT") == [
            {"symbol": "BTCUSDT", "makerCommission": "0.001", "takerCommission": "0.001"}
        ]
        assert len(get(trader, "asset/tradeFee")) == len(trader.host.markets)
        assert trader.ask("GET", "/sapi/v1/asset/tradeFee", symbol="NOPE").code == -1121

    def test_user_assets_follow_orders(self, trader: Trader) -> None:
        """What an order holds is locked here too."""
        ask = lambda **sent: trader.ask("POST", "/sapi/v3/asset/getUserAsset", **sent).json  # noqa: E731
        assert {row["asset"] for row in ask()} == {"USDT", "BTC", "BNB", "LTC"}
        trader.order("BUY", quantity="2", price="90")
        (row,) = ask(asset="USDT")
        assert (row["free"], row["locked"], row["btcValuation"]) == ("820", "180", "0")

    def test_valuation_is_by_last_prices(self, host: FakeHost, trader: Trader) -> None:
        """In BTC when asked for."""
        price(host, "BTCUSDT", "100")
        answer = trader.ask(
            "POST", "/sapi/v3/asset/getUserAsset", asset="USDT", needBtcValuation="true"
        )
        assert answer.json[0]["btcValuation"] == "10"
        spot, funding, *others = get(trader, "asset/wallet/balance", quoteAsset="USDT")
        assert (spot["walletName"], spot["activate"]) == ("Spot", True)
        assert float(spot["balance"]) >= 1100
        assert funding["balance"] == "0"
        assert not any(other["activate"] for other in others)

    def test_bnb_burn_switches_what_fees_are_paid_in(self, trader: Trader) -> None:
        """On: an order's commission is BNB. Off: what it receives."""
        fee = lambda: trader.order(  # noqa: E731
            "BUY", "MARKET", quantity="0.1", newOrderRespType="FULL"
        ).json["fills"][0]["commissionAsset"]
        price(trader.host, "BNBUSDT", "10")
        assert get(trader, "bnbBurn") == {"spotBNBBurn": False, "interestBNBBurn": False}
        assert fee() == "BTC"
        assert post(trader, "bnbBurn", spotBNBBurn="true")["spotBNBBurn"] is True
        assert get(trader, "bnbBurn")["spotBNBBurn"] is True
        assert fee() == "BNB"
        post(trader, "bnbBurn", spotBNBBurn="false")
        assert fee() == "BTC"
        assert trader.ask("POST", "/sapi/v1/bnbBurn").code == -1102
        assert trader.ask("POST", "/sapi/v1/bnbBurn", spotBnbBurn="true").code == -1102

    def test_margin_pairs_are_those_of_exchange_info(self, trader: Trader) -> None:
        """A key header is enough; clients ask at their start."""
        symbols = trader.ask("GET", "exchangeInfo", signed=False).json["symbols"]
        wanted = sorted(s["symbol"] for s in symbols if s["isMarginTradingAllowed"])
        for path in ("margin/allPairs", "margin/isolated/allPairs"):
            told = trader.ask("GET", f"/sapi/v1/{path}", signed=False).json
            assert [row["symbol"] for row in told] == wanted


class TestTransfer:
    """Spot and funding."""

    def test_there_and_back(self, host: FakeHost, trader: Trader) -> None:
        """What leaves spot is in funding, and both are told."""
        sent = {"asset": "USDT", "amount": "400.5"}
        number = post(trader, "asset/transfer", type="MAIN_FUNDING", **sent)["tranId"]
        assert trader.free("USDT") == ("599.50000000", "0.00000000")
        (row,) = post(trader, "asset/get-funding-asset", asset="USDT")
        assert row["free"] == "400.5"
        again = post(trader, "asset/transfer", type="FUNDING_MAIN", asset="USDT", amount="100")
        assert again["tranId"] > number
        told = get(trader, "asset/transfer", type="MAIN_FUNDING")
        assert told["total"] == 1
        assert told["rows"][0]["tranId"] == number
        assert told["rows"][0]["amount"] == "400.5"
        assert told["rows"][0]["status"] == "CONFIRMED"
        assert get(trader, "asset/transfer", type="FUNDING_MAIN")["total"] == 1
        host.venue_time += 8 * 24 * HOUR
        assert get(trader, "asset/transfer", type="MAIN_FUNDING") == {"total": 0}

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            ({"type": "MAIN_FUNDING", "asset": "USDT", "amount": "1000.01"}, -5013),
            ({"type": "FUNDING_MAIN", "asset": "USDT", "amount": "1"}, -5013),
            ({"type": "MAIN_FUNDING", "asset": "USDT", "amount": "0"}, -5007),
            ({"type": "MAIN_FUNDING", "asset": "NOPE", "amount": "1"}, -4018),
            ({"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "1"}, -5011),
            ({"type": "MAIN_MARGIN", "asset": "USDT", "amount": "1"}, -3003),
            ({"type": "MAIN_NOWHERE", "asset": "USDT", "amount": "1"}, -1130),
            ({"type": "MAIN_FUNDING", "asset": "USDT"}, -1102),
            ({"type": "MAIN_FUNDING", "asset": "USDT", "amount": "1e3"}, -1100),
        ],
    )
    def test_refusals_change_nothing(
        self, host: FakeHost, trader: Trader, sent: dict[str, Any], code: int
    ) -> None:
        """Each with its code."""
        assert trader.ask("POST", "/sapi/v1/asset/transfer", **sent).code == code
        assert host.engine.balance(5, "USDT") == (1000 * 10**8, 0)


class TestCapital:
    """Coins, deposits, withdrawals."""

    def test_coins_have_networks_and_balances(self, trader: Trader) -> None:
        """All that is traded, each with one usual network."""
        told = get(trader, "capital/config/getall")
        assert {"BTC", "USDT", "BNB"} <= {row["coin"] for row in told}
        for row in told:
            assert sum(network["isDefault"] for network in row["networkList"]) == 1
        assert coin(trader, "USDT")["free"] == "1000"
        trader.order("BUY", quantity="1", price="90")
        assert (coin(trader, "USDT")["free"], coin(trader, "USDT")["locked"]) == ("910", "90")
        detail = get(trader, "asset/assetDetail", asset="BTC")
        assert list(detail) == ["BTC"]
        assert detail["BTC"]["withdrawFee"] == float(
            coin(trader, "BTC")["networkList"][0]["withdrawFee"]
        )

    def test_the_faucet_is_a_deposit(self, host: FakeHost, trader: Trader) -> None:
        """Newest first, at the address that the account is told."""
        host.venue_time += HOUR
        host.execute(Transfer(source=OUTSIDE_ACCOUNT, target=5, asset="BTC", amount=250_000_000))
        first, *_ = get(trader, "capital/deposit/hisrec", coin="BTC")
        assert (first["amount"], first["coin"], first["status"]) == ("2.5", "BTC", 1)
        assert first["insertTime"] == host.venue_time // MS
        address = get(trader, "capital/deposit/address", coin="BTC")
        assert address["address"] == first["address"]
        assert address["address"].startswith("local")
        assert len(get(trader, "capital/deposit/hisrec")) == 5
        assert get(trader, "capital/deposit/hisrec", status=0) == []
        assert get(trader, "capital/deposit/hisrec", txId=first["txId"]) == [first]
        other = Trader(host, host.key(1))
        assert first["txId"] not in {
            row["txId"] for row in get(other, "capital/deposit/hisrec", coin="BTC")
        }

    def test_a_withdrawal_leaves(self, host: FakeHost, trader: Trader) -> None:
        """The whole amount, of which the fee is a part, and it is told."""
        outside = host.engine.balance(OUTSIDE_ACCOUNT, "USDT")[0]
        sent = {"coin": "USDT", "network": "TRX", "amount": "100", "address": "TAnAddress1234"}
        done = post(trader, "capital/withdraw/apply", withdrawOrderId="mine", **sent)
        assert trader.free("USDT")[0] == "900.00000000"
        assert host.engine.balance(OUTSIDE_ACCOUNT, "USDT")[0] - outside == 99 * 10**8
        (row,) = get(trader, "capital/withdraw/history", withdrawOrderId="mine")
        assert row["id"] == done["id"]
        assert (row["amount"], row["transactionFee"], row["network"]) == ("99", "1", "TRX")
        assert (row["address"], row["status"], row["walletType"]) == ("TAnAddress1234", 6, 0)
        assert get(trader, "capital/withdraw/history", idList=done["id"]) == [row]
        assert get(trader, "capital/withdraw/history", withdrawOrderId="yours") == []
        assert get(trader, "capital/withdraw/history", coin="BTC") == []

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"amount": "1000.5"}, -4026),
            ({"amount": "0.1"}, -4022),
            ({"coin": "NOPE"}, -4018),
            ({"network": "NOPE"}, -1130),
            ({"address": "a b"}, -4033),
            ({"addressTag": "1"}, -4106),
            ({"walletType": "1"}, -4026),
            ({"address": ""}, -1102),
        ],
    )
    def test_refused_withdrawals_change_nothing(
        self, host: FakeHost, trader: Trader, changed: dict[str, Any], code: int
    ) -> None:
        """Each with its code."""
        sent = {"coin": "USDT", "amount": "100", "address": "0xAnAddress", **changed}
        assert trader.ask("POST", "/sapi/v1/capital/withdraw/apply", **sent).code == code
        assert host.engine.balance(5, "USDT") == (1000 * 10**8, 0)
        assert get(trader, "capital/withdraw/history") == []

    def test_withdrawing_needs_its_permission(self, host: FakeHost) -> None:
        """A key that trades may not withdraw."""
        sent = {"coin": "USDT", "amount": "100", "address": "0xAnAddress"}
        plain = Trader(host, host.key(5))
        assert plain.ask("POST", "/sapi/v1/capital/withdraw/apply", **sent).code == -2015


class TestSubAccounts:
    """Accounts that belong to another."""

    @pytest.fixture
    def family(self, host: FakeHost) -> tuple[Trader, Trader, Trader]:
        host.open_account(6, USDT="10")
        host.open_account(7)
        names(host, alice=5, alice__bot=6, alice__twin=7)
        return tuple(Trader(host, host.key(n)) for n in (5, 6, 7))  # type: ignore[return-value]

    def test_the_master_lists_them(self, family: tuple[Trader, Trader, Trader]) -> None:
        """Sub-accounts have no list of their own."""
        master, bot, _ = family
        told = get(master, "sub-account/list", limit=10)["subAccounts"]
        assert [row["email"] for row in told] == [
            "alice.bot@sub.invalid", "alice.twin@sub.invalid",
        ]  # fmt: skip
        assert len(get(master, "sub-account/list")["subAccounts"]) == 1
        assert get(master, "sub-account/list", isFreeze="true") == {"subAccounts": []}
        assert bot.ask("GET", "/sapi/v1/sub-account/list").code == -4006
        assert len(get(master, "sub-account/status")) == 2

    def test_a_group_of_the_engine_is_a_family_too(self, host: FakeHost, trader: Trader) -> None:
        """The first account of a trade group is its master."""
        for account in (5, 8):
            host.execute(OpenAccount(account=account, group=3))
        told = get(trader, "sub-account/list", limit=10)["subAccounts"]
        assert [row["subUserId"] for row in told] == [8]

    def test_master_and_sub_transfer(
        self, host: FakeHost, family: tuple[Trader, Trader, Trader]
    ) -> None:
        """Both see it, and the ledger has it."""
        master, bot, twin = family
        sent = {"fromAccountType": "SPOT", "toAccountType": "SPOT", "asset": "USDT"}
        done = post(
            master, "sub-account/universalTransfer",
            toEmail="alice.bot@sub.invalid", amount="25", clientTranId="one", **sent,
        )  # fmt: skip
        assert done["clientTranId"] == "one"
        assert (master.free("USDT")[0], bot.free("USDT")[0]) == ("975.00000000", "35.00000000")
        told = get(master, "sub-account/universalTransfer")
        assert told["totalCount"] == 1
        assert told["result"][0]["tranId"] == done["tranId"]
        assert told["result"][0]["toEmail"] == "alice.bot@sub.invalid"
        (seen,) = get(bot, "sub-account/transfer/subUserHistory", type=1)
        assert (seen["counterParty"], seen["qty"]) == ("master", "25")
        assert get(bot, "sub-account/transfer/subUserHistory") == []
        again = master.ask(
            "POST", "/sapi/v1/sub-account/universalTransfer",
            toEmail="alice.bot@sub.invalid", amount="1", clientTranId="one", **sent,
        )  # fmt: skip
        assert again.code == -5024
        post(bot, "sub-account/transfer/subToSub", toEmail="alice.twin@sub.invalid",
             asset="USDT", amount="30")  # fmt: skip
        post(twin, "sub-account/transfer/subToMaster", asset="USDT", amount="29")
        assert [t.free("USDT")[0] for t in family] == [
            "1004.00000000", "5.00000000", "1.00000000",
        ]  # fmt: skip
        rows = get(master, "sub-account/sub/transfer/history", toEmail="alice@sub.invalid")
        assert [row["qty"] for row in rows] == ["29"]
        v4 = master.ask("GET", "/sapi/v4/sub-account/assets", email="alice.bot@sub.invalid").json
        assert v4["balances"][0]["free"] == "5"
        v3 = master.ask("GET", "/sapi/v3/sub-account/assets", email="alice.bot@sub.invalid").json
        assert v3["balances"][0]["free"] == 5

    def test_strangers_are_no_family(
        self, host: FakeHost, family: tuple[Trader, Trader, Trader]
    ) -> None:
        """Nor is money moved that is not there."""
        master, _, _ = family
        sent = {"fromAccountType": "SPOT", "toAccountType": "SPOT", "asset": "USDT"}

        def ask(**more: Any) -> int:
            path = "/sapi/v1/sub-account/universalTransfer"
            return master.ask("POST", path, **sent, **more).code

        assert ask(toEmail="1@sub.invalid", amount="1") == -5021
        assert ask(toEmail="alice.bot@sub.invalid", amount="5000") == -5013
        assert ask(amount="1") == -4003
        assert master.ask("GET", "/sapi/v4/sub-account/assets", email="x@y.z").code == -5021
        assert host.engine.balance(5, "USDT") == (1000 * 10**8, 0)


class TestConvert:
    """Quotes and dust."""

    def test_a_quote_is_what_the_book_gives(self, host: FakeHost, trader: Trader) -> None:
        """Sold at the best bid; accepting moves both assets, once."""
        quote = post(trader, "convert/getQuote", fromAsset="BTC", toAsset="USDT", fromAmount="0.5")
        assert (quote["ratio"], quote["toAmount"]) == ("100", "50")
        assert trader.free("BTC")[0] == "1.00000000"
        done = post(trader, "convert/acceptQuote", quoteId=quote["quoteId"])
        assert (trader.free("BTC")[0], trader.free("USDT")[0]) == ("0.50000000", "1050.00000000")
        told = get(trader, "convert/orderStatus", orderId=done["orderId"])
        assert (told["orderStatus"], told["fromAmount"], told["toAmount"]) == (
            "SUCCESS", "0.5", "50",
        )  # fmt: skip
        now = host.venue_time // MS
        flow = get(trader, "convert/tradeFlow", startTime=now - 1000, endTime=now)
        assert [str(row["orderId"]) for row in flow["list"]] == [done["orderId"]]
        again = trader.ask("POST", "/sapi/v1/convert/acceptQuote", quoteId=quote["quoteId"])
        assert again.code == -345103

    def test_buying_takes_the_ask(self, trader: Trader) -> None:
        """The amount that is wanted says what it costs."""
        quote = post(trader, "convert/getQuote", fromAsset="USDT", toAsset="BTC", toAmount="2")
        assert quote["fromAmount"] == "202"

    def test_a_quote_ends(self, host: FakeHost, trader: Trader) -> None:
        """After its time nothing moves."""
        sent = {"fromAsset": "BTC", "toAsset": "USDT", "fromAmount": "0.5"}
        quote = post(trader, "convert/getQuote", **sent)
        host.venue_time += 11 * 10**9
        late = trader.ask("POST", "/sapi/v1/convert/acceptQuote", quoteId=quote["quoteId"])
        assert late.code == -345124
        assert trader.free("BTC")[0] == "1.00000000"

    def test_no_quote_without_funds(self, trader: Trader) -> None:
        """The price is told, but there is nothing to accept."""
        quote = post(trader, "convert/getQuote", fromAsset="BTC", toAsset="USDT", fromAmount="5")
        assert "quoteId" not in quote
        bad = trader.ask(
            "POST", "/sapi/v1/convert/getQuote", fromAsset="BTC", toAsset="USDT",
        )  # fmt: skip
        assert bad.code == -1102

    def test_pairs_and_precision(self, host: FakeHost, trader: Trader) -> None:
        """Public, and of one asset when named."""
        price(host, "BTCUSDT", "100")
        told = trader.ask("GET", "/sapi/v1/convert/exchangeInfo", signed=False, fromAsset="BTC")
        assert "USDT" in {row["toAsset"] for row in told.json}
        assert trader.ask("GET", "/sapi/v1/convert/exchangeInfo", signed=False).code == -1102
        assert {"asset": "BTC", "fraction": 8} in get(trader, "convert/assetInfo")

    def test_dust_becomes_bnb(self, host: FakeHost, trader: Trader) -> None:
        """All of it, less two in a hundred, and it is told."""
        price(host, "LTCBTC", "0.01")
        price(host, "BNBBTC", "0.001")
        (row,) = [r for r in post(trader, "asset/dust-btc")["details"] if r["asset"] == "LTC"]
        assert (row["toBNB"], row["toBNBOffExchange"]) == ("0.0001", "0.000098")
        done = post(trader, "asset/dust", asset="LTC")
        assert done["totalTransfered"] == "0.00009800"
        assert done["totalServiceCharge"] == "0.00000200"
        assert (trader.free("LTC")[0], trader.free("BNB")[0]) == ("0.00000000", "10.00009800")
        told = get(trader, "asset/dribblet")
        assert told["total"] == 1
        detail = told["userAssetDribblets"][0]["userAssetDribbletDetails"][0]
        assert (detail["fromAsset"], detail["targetAsset"]) == ("LTC", "BNB")
        assert trader.ask("POST", "/sapi/v1/asset/dust", asset="LTC").code == -5003
        assert trader.ask("POST", "/sapi/v1/asset/dust", asset="BTC").code == -5004


def test_what_moved_survives_a_restart(host: FakeHost, trader: Trader) -> None:
    """Numbers go on, quotes and used weight are known, after state and restore."""
    sent = {"type": "MAIN_FUNDING", "asset": "USDT", "amount": "1"}
    before = post(trader, "asset/transfer", **sent)["tranId"]
    quote = post(trader, "convert/getQuote", fromAsset="BTC", toAsset="USDT", fromAmount="0.5")
    state = host.exchange.state()
    fresh = type(host.exchange)(host)
    fresh.restore(state)
    host.exchange = fresh
    host.publish = fresh.publish
    answer = trader.ask("POST", "/sapi/v1/asset/transfer", **sent)
    assert answer.json["tranId"] == before + 1
    assert answer.headers["x-sapi-used-uid-weight-1m"] == "600"
    assert post(trader, "convert/acceptQuote", quoteId=quote["quoteId"])["orderId"]
    assert get(trader, "asset/transfer", type="MAIN_FUNDING")["total"] == 2


def lexemes(text: str | bytes) -> Any:
    """JSON with numbers as written, key order kept, absent and null told apart."""
    return json.loads(text, object_pairs_hook=list, parse_int=str, parse_float=str)


@pytest.mark.parametrize("row", operations.ROWS, ids=lambda row: row.name)
def test_the_vendors_example_is_lossless(row: Any) -> None:
    """Every answer's shape takes the vendor's own example and gives the same JSON back."""
    text = json.dumps(SAMPLES[row.name]["payload"], ensure_ascii=False)
    decoded = msgspec.json.decode(text, type=row.response)
    assert lexemes(msgspec.json.encode(decoded)) == lexemes(text)
    assert SAMPLES[row.name]["source"].startswith("https://")


def test_account_is_told_of_what_moves(host: FakeHost, trader: Trader) -> None:
    """A transfer out of spot is a balanceUpdate and a new position."""
    session: Any = host.exchange.open(HttpRequest("GET", "/ws-api/v3"), "ws_api")
    host.exchange.websocket_api.subscribe(session, 5, with_session=False)
    post(trader, "asset/transfer", type="MAIN_FUNDING", asset="USDT", amount="400.5")
    update, position = (json.loads(frame)["event"] for frame in session.take())
    assert (update["e"], update["a"], update["d"]) == ("balanceUpdate", "USDT", "-400.50000000")
    assert position["B"] == [{"a": "USDT", "f": "599.50000000", "l": "0.00000000"}]
