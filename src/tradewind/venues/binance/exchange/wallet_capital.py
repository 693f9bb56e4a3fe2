"""The wallet about the outside: coins, deposits, withdrawals.

A deposit is what the faucet gave; a withdrawal leaves the ledger for the outside account and is
complete at once (guessed: a real one waits for its chain).
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import UNSET

from ....engine.listing import FEE_ACCOUNT, OUTSIDE_ACCOUNT
from ....protocol.scaled import read, write
from .. import coins, errors
from .. import wallet_errors as wallet
from ..limits import DAY
from ..wire import wallet as wire
from .call import Call, Handler, Refusal, Rule
from .movements import DEPOSIT, PART, WITHDRAWAL, Memo, Movement, Movements
from .wallet_account import DECIMALS, plain

RANGE = 90 * DAY
WEEK = 7 * DAY
SUCCESS = 1
COMPLETED = 6
HEX = "0123456789abcdef"


class CapitalPart:
    """Handlers about coins, deposits and withdrawals."""

    def __init__(self, assets: Sequence[str], movements: Movements) -> None:
        self._assets = assets
        self._movements = movements
        self.handlers: dict[str, Handler] = {
            "wallet.capital.config.getall": self.all_coins,
            "wallet.asset.assetDetail": self.details,
            "wallet.capital.deposit.address": self.address,
            "wallet.capital.deposit.hisrec": self.deposits,
            "wallet.capital.withdraw.apply": self.withdraw,
            "wallet.capital.withdraw.history": self.withdrawals,
        }
        self.rules: dict[str, Rule] = {
            "wallet.capital.deposit.address": self._coin_rule,
            "wallet.capital.deposit.hisrec": _range_rule,
            "wallet.capital.withdraw.apply": self._withdraw_rule,
            "wallet.capital.withdraw.history": _range_rule,
        }

    def all_coins(self, call: Call) -> list[wire.CoinInfo]:
        """``GET capital/config/getall``: every coin, with what the spot wallet has of it."""
        have = call.host.engine.balances(call.account)
        found = []
        for asset in self._assets:
            coin = coins.coin_of(asset)
            free, held = have.get(asset, (0, 0))
            found.append(
                wire.CoinInfo(
                    coin=asset,
                    deposit_all_enable=True,
                    withdraw_all_enable=True,
                    name=coin.name,
                    free=plain(free),
                    locked=plain(held),
                    freeze="0",
                    withdrawing="0",
                    ipoing="0",
                    ipoable="0",
                    storage="0",
                    is_legal_money=coin.fiat,
                    trading=not coin.fiat,
                    network_list=[_network(coin, chain) for chain in coin.chains],
                )
            )
        return found

    def details(self, call: Call) -> dict[str, wire.AssetDetail]:
        """``GET asset/assetDetail``, of one asset or of all."""
        asked = call.values.get("asset")
        found = {}
        for asset in self._assets:
            if asked in (None, asset):
                chain = coins.coin_of(asset).chains[0]
                found[asset] = wire.AssetDetail(
                    min_withdraw_amount=write(read(chain.least, DECIMALS), DECIMALS),
                    deposit_status=True,
                    withdraw_fee=float(chain.fee),
                    withdraw_status=True,
                )
        return found

    # deposits

    def _coin_rule(self, call: Call) -> None:
        if call.values["coin"] not in self._assets:
            raise Refusal(wallet.NO_SUCH_ASSET)
        self._chain(call)

    @staticmethod
    def _chain(call: Call) -> coins.Chain:
        coin = coins.coin_of(call.values["coin"])
        chain = coins.chain_of(coin, call.values.get("network", ""))
        if chain is None:
            raise Refusal(errors.INVALID_PARAMETER, "network")
        return chain

    def address(self, call: Call) -> wire.DepositAddress:
        """``GET capital/deposit/address``: an address that is worthless outside of the box."""
        asset, network = call.values["coin"], self._chain(call).network
        return wire.DepositAddress(
            address=coins.address(call.account, asset, network.code),
            coin=asset,
            tag=str(call.account) if network.tagged else "",
            url="",
        )

    def deposits(self, call: Call) -> list[wire.Deposit]:
        """``GET capital/deposit/hisrec``: newest first, the last 90 days."""
        values = call.values
        rows = [
            _deposit(call, row)
            for row in self._recent(call, DEPOSIT)
            if values.get("coin") in (None, row.asset)
        ]
        if values.get("status", SUCCESS) != SUCCESS:
            return []
        if "txId" in values:
            rows = [row for row in rows if row.tx_id == values["txId"]]
        return rows[values["offset"] :][: values["limit"]]

    def _recent(self, call: Call, kind: str) -> list[Movement]:
        values = call.values
        start, end = values.get("startTime"), values.get("endTime")
        until = call.now if end is None else end + call.unit - 1
        since = until - RANGE if start is None else start
        return self._movements.rows(kind, call.account, start=since, end=until)[::-1]

    # withdrawals

    def _withdraw_rule(self, call: Call) -> None:
        values = call.values
        self._coin_rule(call)
        chain = self._chain(call)
        if not coins.ANY_ADDRESS.fullmatch(values["address"]):
            raise Refusal(wallet.ILLEGAL_ADDRESS)
        if values.get("addressTag") and not chain.network.tagged:
            raise Refusal(wallet.TAG_NOT_SUPPORTED)
        if values["amount"] < read(chain.least, DECIMALS):
            raise Refusal(wallet.BELOW_MINIMUM, chain.least)

    def withdraw(self, call: Call) -> wire.Withdrawn:
        """``POST capital/withdraw/apply``: the fee is part of the amount; the rest leaves."""
        values = call.values
        asset, amount = values["coin"], values["amount"]
        chain = self._chain(call)
        fee = read(chain.fee, DECIMALS)
        wallet_type = values["walletType"]
        source = self._movements.funding(call.account) if wallet_type else call.account
        if call.host.engine.balance(source, asset)[0] < amount:
            raise Refusal(wallet.INSUFFICIENT)
        number = self._movements.number()
        name = call.host.draw(HEX, 32)
        more = {
            "id": name,
            "network": chain.network.code,
            "address": values["address"],
            "fee": str(fee),
        }
        for key in ("withdrawOrderId", "addressTag"):
            if key in values:
                more[key] = values[key]
        self._movements.move(
            source, OUTSIDE_ACCOUNT, asset, amount - fee, Memo(WITHDRAWAL, number, more)
        )
        self._movements.move(source, FEE_ACCOUNT, asset, fee, Memo(PART))
        return wire.Withdrawn(id=name)

    def withdrawals(self, call: Call) -> list[wire.Withdrawal]:
        """``GET capital/withdraw/history``: newest first, the last 90 days."""
        values = call.values
        if values.get("status", COMPLETED) != COMPLETED:
            return []
        ids = set(filter(None, values.get("idList", "").split(",")))
        rows = [
            row
            for row in self._recent(call, WITHDRAWAL)
            if values.get("coin") in (None, row.asset)
            and values.get("withdrawOrderId") in (None, row.more.get("withdrawOrderId"))
            and (not ids or row.more.get("id") in ids)
        ]
        return [_withdrawal(row) for row in rows[values["offset"] :][: values["limit"]]]


def _range_rule(call: Call) -> None:
    start, end = call.values.get("startTime"), call.values.get("endTime")
    longest = WEEK if "withdrawOrderId" in call.values else RANGE
    if start is not None and end is not None and end - start > longest:
        raise Refusal(wallet.NINETY_DAYS)


def _network(coin: coins.Coin, chain: coins.Chain) -> wire.CoinNetwork:
    network = chain.network
    return wire.CoinNetwork(
        network=network.code,
        coin=coin.asset,
        withdraw_integer_multiple=coins.STEP,
        is_default=chain is coin.chains[0],
        deposit_enable=True,
        withdraw_enable=True,
        deposit_desc="",
        withdraw_desc="",
        special_tips="",
        special_withdraw_tips="",
        name=network.name,
        reset_address_status=False,
        address_regex=coins.ADDRESS,
        memo_regex="^[0-9]{1,20}$" if network.tagged else "",
        withdraw_fee=chain.fee,
        withdraw_min=chain.least,
        withdraw_max=coins.MOST,
        withdraw_internal_min=coins.STEP,
        deposit_dust=coins.STEP,
        min_confirm=network.confirmations,
        un_lock_confirm=0,
        same_address=network.tagged,
        withdraw_tag=network.tagged,
        estimated_arrival_time=network.minutes,
        busy=False,
    )


def _deposit(call: Call, row: Movement) -> wire.Deposit:
    chain = coins.coin_of(row.asset).chains[0]
    confirmations = chain.network.confirmations
    return wire.Deposit(
        id=str(row.number),
        amount=plain(row.amount),
        coin=row.asset,
        network=chain.network.code,
        status=SUCCESS,
        address=coins.address(row.target, row.asset, chain.network.code),
        address_tag=str(row.target) if chain.network.tagged else "",
        tx_id=coins.transaction(row.number),
        insert_time=call.time(row.at),
        complete_time=call.time(row.at),
        transfer_type=0,
        confirm_times=f"{confirmations}/{confirmations}",
        unlock_confirm=0,
        wallet_type=row.target_wallet,
        travel_rule_status=0,
    )


def _withdrawal(row: Movement) -> wire.Withdrawal:
    more = row.more
    chain = coins.coin_of(row.asset).chains[0]
    at = datetime.fromtimestamp(row.at // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return wire.Withdrawal(
        id=more.get("id", str(row.number)),
        amount=plain(row.amount),
        transaction_fee=plain(int(more.get("fee", "0"))),
        coin=row.asset,
        status=COMPLETED,
        address=more.get("address", ""),
        tx_id=coins.transaction(row.number),
        apply_time=at,
        network=more.get("network", chain.network.code),
        transfer_type=0,
        withdraw_order_id=more.get("withdrawOrderId", UNSET),
        info="",
        confirm_no=chain.network.confirmations,
        wallet_type=row.source_wallet,
        tx_key="",
        complete_time=at,
    )
