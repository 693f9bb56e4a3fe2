"""The wallet about the key and the account: permissions, status, fees, balances, own transfers."""

from zlib import crc32

from msgspec import UNSET
from msgspec.structs import replace

from ....engine.commands import OpenAccount
from ....model import InstrumentStatus, Permission
from ....protocol.scaled import write_short
from .. import coins, errors
from .. import wallet_errors as wallet
from ..limits import DAY
from ..wire import wallet as wire
from .call import Call, Handler, Refusal, Rule
from .markets import Markets
from .movements import FUNDING, WALLET, Memo, Movements, page, until
from .records import Records
from .worth import Worth, text, units

FEE_ASSET = "BNB"
FEE_DISCOUNT = 25_000_000
"""What paying fees in that asset saves: a quarter, where an account switched it on."""

DECIMALS = 8
TRIGGERS = wire.TriggerCondition(gcr=150, ifer=150, ufr=300)

OWN = {"MAIN_FUNDING": (0, 1), "FUNDING_MAIN": (1, 0)}
"""Transfers between wallets that exist here: from, to (0 spot, 1 funding)."""

HISTORY = 7 * DAY
SIX_MONTHS = 180 * DAY
WALLETS = ("Spot", "Funding", "Cross Margin", "Isolated Margin", "USDⓈ-M Futures",
           "COIN-M Futures", "Earn", "Options", "Trading Bots")  # fmt: skip


def plain(amount: int) -> str:
    """Units as text without zeros at the end."""
    return write_short(amount, DECIMALS)


class AccountPart:
    """Handlers about key, account and balances."""

    def __init__(
        self, markets: Markets, records: Records, movements: Movements, worth: Worth
    ) -> None:
        self._markets = markets
        self._records = records
        self._movements = movements
        self._worth = worth
        self.assets = list(
            dict.fromkeys(
                asset
                for market in markets.values()
                for asset in (market.listing.base, market.listing.quote)
            )
        )
        self.handlers: dict[str, Handler] = {
            "wallet.system.status": self.system_status,
            "wallet.account.apiRestrictions": self.restrictions,
            "wallet.account.status": self.status,
            "wallet.account.info": self.info,
            "wallet.account.apiTradingStatus": self.trading_status,
            "wallet.asset.tradeFee": self.trade_fee,
            "wallet.asset.getUserAsset": self.user_assets,
            "wallet.asset.get-funding-asset": self.funding_assets,
            "wallet.asset.wallet.balance": self.wallet_balance,
            "wallet.asset.transfer": self.transfer,
            "wallet.asset.transfer.history": self.transfers,
            "wallet.margin.allPairs": self.margin_pairs,
            "wallet.margin.isolated.allPairs": self.isolated_pairs,
            "wallet.bnbBurn": self.burn,
            "wallet.bnbBurn.set": self.set_burn,
        }
        self.rules: dict[str, Rule] = {
            "wallet.bnbBurn.set": _burn_rule,
            "wallet.asset.transfer": self._transfer_rule,
        }

    # key and account

    def system_status(self, call: Call) -> wire.SystemStatus:
        """``GET /sapi/v1/system/status``: maintenance when nothing trades."""
        trading = any(
            status is InstrumentStatus.TRADING for status in call.host.engine.statuses.values()
        )
        return wire.SystemStatus(
            status=0 if trading else 1, msg="normal" if trading else "system_maintenance"
        )

    def restrictions(self, call: Call) -> wire.ApiRestrictions:
        """``GET account/apiRestrictions``: what the key that asks may do."""
        key = call.credential
        assert key is not None
        trade = Permission.TRADE in key.permissions
        return wire.ApiRestrictions(
            ip_restrict=bool(key.ips),
            create_time=call.time(key.created),
            enable_reading=Permission.READ in key.permissions,
            enable_withdrawals=Permission.WITHDRAW in key.permissions,
            enable_internal_transfer=trade,
            enable_margin=False,
            enable_futures=False,
            permits_universal_transfer=trade,
            enable_vanilla_options=False,
            enable_fix_api_trade=False,
            enable_fix_read_only=False,
            enable_spot_and_margin_trading=trade,
            enable_portfolio_margin_trading=False,
        )

    def status(self, call: Call) -> wire.AccountStatus:
        """``GET account/status``: nothing is ever locked here."""
        del call
        return wire.AccountStatus(data="Normal")

    def info(self, call: Call) -> wire.AccountInfo:
        """``GET account/info``: spot only."""
        del call
        return wire.AccountInfo(
            vip_level=0,
            is_margin_enabled=False,
            is_future_enabled=False,
            is_options_enabled=False,
            is_portfolio_margin_retail_enabled=False,
        )

    def trading_status(self, call: Call) -> wire.ApiTradingStatus:
        """``GET account/apiTradingStatus``."""
        return wire.ApiTradingStatus(
            data=wire.TradingStatus(
                is_locked=False,
                planned_recover_time=0,
                trigger_condition=TRIGGERS,
                update_time=call.time(self._records.updated(call.account)),
            )
        )

    def trade_fee(self, call: Call) -> list[wire.TradeFee]:
        """``GET asset/tradeFee``, of one symbol or of all."""
        asked = call.values.get("symbol")
        symbols = [asked] if asked else sorted(self._markets)
        rates = call.host.engine.rates
        return [
            wire.TradeFee(
                symbol=symbol,
                maker_commission=plain(fees.maker),
                taker_commission=plain(fees.taker),
            )
            for symbol in symbols
            for fees in (rates(call.account, symbol).fees,)
        ]

    # balances

    def user_assets(self, call: Call) -> list[wire.UserAsset]:
        """``POST /sapi/v3/asset/getUserAsset``: what is above zero, or the one that is named."""
        return self._assets(call, call.account, ipoable="0")

    def funding_assets(self, call: Call) -> list[wire.UserAsset]:
        """``POST asset/get-funding-asset``."""
        return self._assets(call, call.account + FUNDING)

    def _assets(self, call: Call, account: int, ipoable: str = "") -> list[wire.UserAsset]:
        asked = call.values.get("asset", "").upper()
        found = []
        for asset, (free, held) in sorted(call.host.engine.balances(account).items()):
            if (free or held) and asked in ("", asset):
                worth = self._btc(asset, free + held) if call.values["needBtcValuation"] else "0"
                found.append(
                    wire.UserAsset(
                        asset=asset,
                        free=plain(free),
                        locked=plain(held),
                        freeze="0",
                        withdrawing="0",
                        ipoable=ipoable or UNSET,
                        btc_valuation=worth,
                    )
                )
        return found

    def _btc(self, asset: str, amount: int) -> str:
        return plain(units(self._worth.value(asset, "BTC"), amount))

    def wallet_balance(self, call: Call) -> list[wire.WalletBalance]:
        """``GET asset/wallet/balance``: each wallet's value, in BTC unless told otherwise."""
        quote = call.values.get("quoteAsset", "BTC")
        if quote not in self.assets:
            raise Refusal(errors.INVALID_PARAMETER, "quoteAsset")
        accounts = {"Spot": call.account, "Funding": call.account + FUNDING}
        return [self._wallet(call, name, accounts.get(name), quote) for name in WALLETS]

    def _wallet(self, call: Call, name: str, account: int | None, quote: str) -> wire.WalletBalance:
        have = {} if account is None else call.host.engine.balances(account)
        total = sum(
            (
                self._worth.value(asset, quote) * (free + held)
                for asset, (free, held) in have.items()
            ),
            start=0 * self._worth.value(quote, quote),
        )
        rows: list[wire.WalletAsset] = [
            wire.WalletAsset(
                asset=asset,
                asset_name=coins.coin_of(asset).name,
                free=plain(free),
                locked=plain(held),
                freeze="0",
                withdrawing="0",
                btc_valuation=self._btc(asset, free + held),
            )
            for asset, (free, held) in sorted(have.items())
            if free or held
        ]
        return wire.WalletBalance(
            activate=account is not None,
            balance=text(total / 10**DECIMALS),
            wallet_name=name,
            asset_balances=rows if call.values["needBalanceDetail"] else UNSET,
        )

    # transfers between own wallets

    def _transfer_rule(self, call: Call) -> None:
        kind = call.values["type"]
        if kind not in OWN:
            margin = "MARGIN" in kind
            raise Refusal(wallet.MARGIN_ACCOUNT if margin else wallet.NO_FUTURES_ACCOUNT)
        if call.values["asset"] not in self.assets:
            raise Refusal(wallet.NO_SUCH_ASSET)
        if not call.values["amount"]:
            raise Refusal(wallet.NOT_OVER_ZERO)

    def transfer(self, call: Call) -> wire.TransferDone:
        """``POST asset/transfer`` between spot and funding."""
        values = call.values
        source, target = (
            self._movements.funding(call.account) if where else call.account
            for where in OWN[values["type"]]
        )
        number = self._movements.number()
        memo = Memo(WALLET, number, {"type": values["type"]})
        if not self._movements.move(source, target, values["asset"], values["amount"], memo):
            raise Refusal(wallet.TRANSFER_INSUFFICIENT)
        return wire.TransferDone(tran_id=number)

    def transfers(self, call: Call) -> wire.TransferRows:
        """``GET asset/transfer``: newest first; the last seven days unless told otherwise."""
        values = call.values
        start, end = values.get("startTime"), values.get("endTime")
        if start is None and end is None:
            start = call.now - HISTORY
        start = max(start or 0, call.now - SIX_MONTHS)
        rows = self._movements.rows(WALLET, call.account, start=start, end=until(end, call.unit))
        chosen = [row for row in reversed(rows) if row.more["type"] == values["type"]]
        shown = [
            wire.TransferRow(
                asset=row.asset,
                amount=plain(row.amount),
                type=row.more["type"],
                status="CONFIRMED",
                tran_id=row.number,
                timestamp=call.time(row.at),
            )
            for row in page(chosen, values["current"], values["size"])
        ]
        return wire.TransferRows(total=len(chosen), rows=shown or UNSET)

    # margin

    def margin_pairs(self, call: Call) -> list[wire.MarginPair]:
        """``GET margin/allPairs``: the symbols that exchangeInfo says may be traded on margin."""
        asked = call.values.get("symbol")
        return [
            wire.MarginPair(
                base=market.info.base_asset,
                id=crc32(symbol.encode()),
                is_buy_allowed=True,
                is_margin_trade=True,
                is_sell_allowed=True,
                quote=market.info.quote_asset,
                symbol=symbol,
            )
            for symbol, market in sorted(self._markets.items())
            if market.info.is_margin_trading_allowed and asked in (None, symbol)
        ]

    def isolated_pairs(self, call: Call) -> list[wire.MarginPair]:
        """``GET margin/isolated/allPairs``: the same ones."""
        return [replace(pair, id=UNSET) for pair in self.margin_pairs(call)]

    # fees in BNB

    def burn(self, call: Call) -> wire.BnbBurn:
        """``GET bnbBurn``. Interest is never paid in BNB: there is no margin here."""
        return wire.BnbBurn(
            spot=bool(call.host.engine.accounts[call.account].fee_asset), interest=False
        )

    def set_burn(self, call: Call) -> wire.BnbBurn:
        """``POST bnbBurn``: pay fees in BNB from now on, or no longer."""
        wanted = call.values.get("spotBNBBurn")
        before: OpenAccount = call.host.engine.accounts[call.account]
        if wanted is not None and wanted != bool(before.fee_asset):
            call.host.execute(
                replace(
                    before,
                    fee_asset=FEE_ASSET if wanted else "",
                    fee_discount=FEE_DISCOUNT if wanted else 0,
                )
            )
        return self.burn(call)


def _burn_rule(call: Call) -> None:
    if not call.values.keys() & {"spotBNBBurn", "interestBNBBurn"}:
        raise Refusal(errors.ONE_OF_TWO, "spotBNBBurn", "interestBNBBurn")


__all__ = ["AccountPart", "plain"]
