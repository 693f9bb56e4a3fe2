"""Conversions in the wallet: quotes, and dust into BNB. The participants are the other side.

A quote is what the books would give at their best prices, for as long as it is valid; accepting it
moves both assets. Dust is an asset worth at most 0.001 BTC; converting it costs 2 %.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import msgspec
from msgspec import UNSET, Struct

from ....engine.listing import FEE_ACCOUNT, MARKET_ACCOUNT
from ....protocol.limits import SECOND
from ....protocol.scaled import write
from .. import coins, errors
from .. import wallet_errors as wallet
from ..limits import DAY
from ..wire import wallet as wire
from .call import Call, Handler, Refusal, Rule
from .movements import CONVERT, DUST, PART, Memo, Movement, Movements, until
from .wallet_account import DECIMALS, FEE_ASSET, plain
from .worth import Worth, text, units

VALID = {"10s": 10 * SECOND, "30s": 30 * SECOND, "1m": 60 * SECOND}
LONGEST = 30 * DAY
DUST_MOST = 100_000
"""Units of BTC (0.001) up to which an asset is dust."""

DIGITS = "0123456789"
QUOTE_DIGITS = 11
DUST_FEE = Fraction(2, 100)
DRIBBLETS_MAX = 100
LEAST = Fraction(1, 100_000)
MOST = 10
"""Least and most of a conversion in BTC (guessed)."""


class Offer(Struct, frozen=True):
    """A quote that was given, in units; ``until`` in ns; ``funding`` pays from there."""

    account: int
    source: str
    amount: int
    target: str
    gives: int
    until: int
    funding: bool


class ConvertPart:
    """Handlers about conversions."""

    def __init__(self, assets: Sequence[str], movements: Movements, worth: Worth) -> None:
        self._assets = assets
        self._movements = movements
        self._worth = worth
        self._offers: dict[str, Offer] = {}
        self.handlers: dict[str, Handler] = {
            "wallet.convert.exchangeInfo": self.pairs,
            "wallet.convert.assetInfo": self.precisions,
            "wallet.convert.getQuote": self.quote,
            "wallet.convert.acceptQuote": self.accept,
            "wallet.convert.orderStatus": self.order,
            "wallet.convert.tradeFlow": self.flow,
            "wallet.asset.dust-btc": self.dust_assets,
            "wallet.asset.dust": self.dust,
            "wallet.asset.dribblet": self.dribblets,
        }
        self.rules: dict[str, Rule] = {
            "wallet.convert.exchangeInfo": _pairs_rule,
            "wallet.convert.getQuote": self._quote_rule,
            "wallet.convert.orderStatus": _order_rule,
            "wallet.convert.tradeFlow": _flow_rule,
        }

    # convert

    def pairs(self, call: Call) -> list[wire.ConvertPair]:
        """``GET convert/exchangeInfo``: pairs that have a way between them."""
        values = call.values
        sources = [values["fromAsset"]] if "fromAsset" in values else self._assets
        targets = [values["toAsset"]] if "toAsset" in values else self._assets
        found = []
        for source in sources:
            for target in targets:
                if source != target and self._worth.value(source, target):
                    found.append(self._pair(source, target))
        return found

    def _pair(self, source: str, target: str) -> wire.ConvertPair:
        from_btc, to_btc = self._worth.value("BTC", source), self._worth.value("BTC", target)
        return wire.ConvertPair(
            from_asset=source,
            to_asset=target,
            from_asset_min_amount=text(LEAST * from_btc),
            from_asset_max_amount=text(MOST * from_btc),
            to_asset_min_amount=text(LEAST * to_btc),
            to_asset_max_amount=text(MOST * to_btc),
        )

    def precisions(self, call: Call) -> list[wire.ConvertAsset]:
        """``GET convert/assetInfo``: the ledger keeps eight decimals of everything."""
        del call
        return [wire.ConvertAsset(asset=asset, fraction=DECIMALS) for asset in self._assets]

    def _quote_rule(self, call: Call) -> None:
        values = call.values
        source, target = values["fromAsset"], values["toAsset"]
        if source not in self._assets or target not in self._assets or source == target:
            raise Refusal(wallet.NO_PAIR)
        if ("fromAmount" in values) == ("toAmount" in values):
            raise Refusal(errors.ONE_OF_TWO, "fromAmount", "toAmount")

    def quote(self, call: Call) -> wire.Quote:
        """``POST convert/getQuote``: without an id if the account has not enough for it."""
        values = call.values
        source, target = values["fromAsset"], values["toAsset"]
        rate = self._worth.offer(source, target)
        if not rate:
            raise Refusal(wallet.NO_PAIR)
        if "fromAmount" in values:
            amount = values["fromAmount"]
            gives = units(rate, amount)
        else:
            gives = values["toAmount"]
            amount = -int(-gives // rate)
        if not amount or not gives:
            raise Refusal(wallet.NOT_OVER_ZERO)
        until = call.now + VALID[values["validTime"]]
        funding = values["walletType"] == "FUNDING"
        offer = Offer(call.account, source, amount, target, gives, until, funding)
        enough = values["walletType"] != "EARN" and self._have(call, offer)
        return wire.Quote(
            quote_id=self._keep(offer, call.now, call.host.draw) if enough else UNSET,
            ratio=text(rate),
            inverse_ratio=text(1 / rate),
            valid_timestamp=call.time(until),
            to_amount=plain(gives),
            from_amount=plain(amount),
        )

    def _have(self, call: Call, offer: Offer) -> bool:
        wallet_ = self._movements.funding(offer.account) if offer.funding else offer.account
        return call.host.engine.balance(wallet_, offer.source)[0] >= offer.amount

    def _keep(self, offer: Offer, now: int, draw: Callable[[str, int], str]) -> str:
        self._offers = {name: old for name, old in self._offers.items() if old.until > now - DAY}
        name = f"1{draw(DIGITS, QUOTE_DIGITS - 1)}"
        self._offers[name] = offer
        return name

    def accept(self, call: Call) -> wire.QuoteAccepted:
        """``POST convert/acceptQuote``: both assets move at once, at the quoted amounts."""
        name = call.values["quoteId"]
        offer = self._offers.get(name)
        if offer is None or offer.account != call.account:
            raise Refusal(wallet.NO_SUCH_QUOTE)
        if offer.until < call.now:
            raise Refusal(wallet.QUOTE_EXPIRED)
        if not self._have(call, offer):
            raise Refusal(wallet.CONVERT_INSUFFICIENT)
        del self._offers[name]
        account = self._movements.funding(call.account) if offer.funding else call.account
        number = self._movements.number()
        more = {
            "order": str(number),
            "quote": name,
            "target": offer.target,
            "gives": str(offer.gives),
        }
        memo = Memo(CONVERT, number, more)
        self._movements.move(account, MARKET_ACCOUNT, offer.source, offer.amount, memo)
        self._movements.move(MARKET_ACCOUNT, account, offer.target, offer.gives, Memo(PART))
        return wire.QuoteAccepted(
            order_id=str(number), create_time=call.time(call.now), order_status="PROCESS"
        )

    def order(self, call: Call) -> wire.ConvertOrder:
        """``GET convert/orderStatus``."""
        values = call.values
        for row in self._movements.rows(CONVERT, call.account):
            if values.get("orderId", row.more["order"]) == row.more["order"] and (
                values.get("quoteId", row.more["quote"]) == row.more["quote"]
            ):
                return _order(call, row)
        raise Refusal(errors.NO_SUCH_ORDER)

    def flow(self, call: Call) -> wire.ConvertRows:
        """``GET convert/tradeFlow``: newest first."""
        values = call.values
        start, end = values["startTime"], values["endTime"]
        rows = self._movements.rows(CONVERT, call.account, start=start, end=until(end, call.unit))[
            ::-1
        ]
        return wire.ConvertRows(
            list=[_row(call, row) for row in rows[: values["limit"]]],
            start_time=call.time(start),
            end_time=call.time(end),
            limit=values["limit"],
            more_data=len(rows) > values["limit"],
        )

    # dust

    def dust_assets(self, call: Call) -> wire.DustAssets:
        """``POST asset/dust-btc``: what is little enough."""
        details, btc_total, bnb_total = [], 0, 0
        for asset, (free, _) in sorted(call.host.engine.balances(call.account).items()):
            btc = units(self._worth.value(asset, "BTC"), free)
            bnb = units(self._worth.value(asset, FEE_ASSET), free)
            if asset == FEE_ASSET or not bnb or btc > DUST_MOST:
                continue
            fee = units(DUST_FEE, bnb)
            btc_total, bnb_total = btc_total + btc, bnb_total + bnb
            details.append(
                wire.DustDetail(
                    asset=asset,
                    asset_full_name=coins.coin_of(asset).name,
                    amount_free=plain(free),
                    to_btc=plain(btc),
                    to_bnb=plain(bnb),
                    to_bnb_off_exchange=plain(bnb - fee),
                    exchange=plain(fee),
                )
            )
        return wire.DustAssets(
            details=details,
            total_transfer_btc=plain(btc_total),
            total_transfer_bnb=plain(bnb_total),
            dribblet_percentage=text(DUST_FEE),
        )

    def dust(self, call: Call) -> wire.DustDone:
        """``POST asset/dust``: all of each named asset becomes BNB, less 2 %."""
        names = dict.fromkeys(name.strip() for name in call.values["asset"].split(","))
        amounts = {asset: self._dust_amount(call, asset) for asset in names}
        group = str(self._movements.number())
        rows = [self._burn(call, asset, *amount, group) for asset, amount in amounts.items()]
        fee = sum(int(row.more["fee"]) for row in rows)
        net = sum(int(row.more["gives"]) for row in rows)
        return wire.DustDone(
            total_service_charge=write(fee, DECIMALS),
            total_transfered=write(net, DECIMALS),
            transfer_result=[
                wire.DustResult(
                    amount=write(row.amount, DECIMALS),
                    from_asset=row.asset,
                    operate_time=call.time(row.at),
                    service_charge_amount=write(int(row.more["fee"]), DECIMALS),
                    tran_id=row.number,
                    transfered_amount=write(int(row.more["gives"]), DECIMALS),
                )
                for row in rows
            ],
        )

    def _dust_amount(self, call: Call, asset: str) -> tuple[int, int]:
        """What there is of an asset and what that gives in BNB. Raises Refusal."""
        free = call.host.engine.balance(call.account, asset)[0]
        if not free or asset == FEE_ASSET:
            raise Refusal(wallet.HAVE_NO_ASSET)
        if units(self._worth.value(asset, "BTC"), free) > DUST_MOST:
            raise Refusal(wallet.TOO_MUCH_FOR_DUST, asset)
        gives = units(self._worth.value(asset, FEE_ASSET), free)
        if not gives:
            raise Refusal(wallet.TOO_LITTLE_FOR_DUST, asset)
        return free, gives

    def _burn(self, call: Call, asset: str, amount: int, gives: int, group: str) -> Movement:
        account, number = call.account, self._movements.number()
        fee = units(DUST_FEE, gives)
        more = {"order": group, "gives": str(gives - fee), "fee": str(fee)}
        self._movements.move(account, MARKET_ACCOUNT, asset, amount, Memo(DUST, number, more))
        self._movements.move(MARKET_ACCOUNT, account, FEE_ASSET, gives - fee, Memo(PART))
        if fee:
            self._movements.move(MARKET_ACCOUNT, FEE_ACCOUNT, FEE_ASSET, fee, Memo(PART))
        return Movement(DUST, number, account, 0, MARKET_ACCOUNT, 0, asset, amount, call.now, more)

    def dribblets(self, call: Call) -> wire.Dribblets:
        """``GET asset/dribblet``: the last 100 conversions of dust, newest first."""
        values = call.values
        end = values.get("endTime")
        rows = self._movements.rows(
            DUST,
            call.account,
            start=values.get("startTime"),
            end=until(end, call.unit),
        )
        groups: dict[str, list[Movement]] = {}
        for row in rows:
            groups.setdefault(row.more["order"], []).append(row)
        found = [_dribblet(call, name, each) for name, each in groups.items()]
        return wire.Dribblets(total=len(found), user_asset_dribblets=found[::-1][:DRIBBLETS_MAX])

    def state(self) -> bytes:
        """Quotes, for a restart."""
        return msgspec.msgpack.encode(self._offers)

    def restore(self, state: bytes) -> None:
        """Take back what ``state`` gave."""
        self._offers = msgspec.msgpack.decode(state, type=dict[str, Offer])


def _pairs_rule(call: Call) -> None:
    if not call.values.keys() & {"fromAsset", "toAsset"}:
        raise Refusal(errors.ONE_OF_TWO, "fromAsset", "toAsset")


def _order_rule(call: Call) -> None:
    if not call.values.keys() & {"orderId", "quoteId"}:
        raise Refusal(errors.ONE_OF_TWO, "orderId", "quoteId")


def _flow_rule(call: Call) -> None:
    if call.values["endTime"] - call.values["startTime"] > LONGEST:
        raise Refusal(errors.LOOKUP_TOO_BIG)


def _order(call: Call, row: Movement) -> wire.ConvertOrder:
    told = _row(call, row)
    names = wire.ConvertOrder.__struct_fields__
    return wire.ConvertOrder(**{name: getattr(told, name) for name in names})


def _row(call: Call, row: Movement) -> wire.ConvertRow:
    gives = int(row.more["gives"])
    return wire.ConvertRow(
        quote_id=row.more["quote"],
        order_id=int(row.more["order"]),
        order_status="SUCCESS",
        from_asset=row.asset,
        from_amount=plain(row.amount),
        to_asset=row.more["target"],
        to_amount=plain(gives),
        ratio=text(Fraction(gives, row.amount)),
        inverse_ratio=text(Fraction(row.amount, gives)),
        create_time=call.time(row.at),
    )


def _dribblet(call: Call, name: str, rows: Sequence[Movement]) -> wire.Dribblet:
    return wire.Dribblet(
        operate_time=call.time(rows[0].at),
        total_transfered_amount=write(sum(int(r.more["gives"]) for r in rows), DECIMALS),
        total_service_charge_amount=write(sum(int(r.more["fee"]) for r in rows), DECIMALS),
        trans_id=int(name),
        user_asset_dribblet_details=[
            wire.DribbletDetail(
                trans_id=row.number,
                service_charge_amount=plain(int(row.more["fee"])),
                amount=plain(row.amount),
                operate_time=call.time(row.at),
                transfered_amount=plain(int(row.more["gives"])),
                from_asset=row.asset,
                target_asset=FEE_ASSET,
            )
            for row in rows
        ],
    )
