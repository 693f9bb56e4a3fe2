"""Sub-accounts: accounts of the box that belong to another.

``alice/bot`` is a sub-account of ``alice``; so are the later accounts of one engine group. Their
e-mail addresses are made from their names, under a domain that cannot exist. Guessed: what a
sub-account gets when it asks what only a master may ask.
"""

from collections.abc import Sequence

from ....protocol.hosting import Host
from ....protocol.scaled import write
from .. import wallet_errors as wallet
from ..limits import DAY
from ..wire import wallet as wire
from .call import Call, Handler, Refusal, Rule
from .movements import FUNDING, SUB, Memo, Movement, Movements, page, until
from .wallet_account import DECIMALS, plain
from .worth import Worth, units

DOMAIN = "sub.invalid"
SPOT = "SPOT"
MONTH = 30 * DAY
WEEK = 7 * DAY
OUT = 2


def email_of(name: str) -> str:
    """An account's e-mail address."""
    return name if "@" in name else f"{name.replace('/', '.')}@{DOMAIN}"


class Family:
    """A master and its sub-accounts."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def email(self, account: int) -> str:
        """An account's e-mail address."""
        return email_of(self._host.account_name(account))

    def master(self, account: int) -> int:
        """The account itself, unless it belongs to another."""
        name = self._host.account_name(account)
        group = self._host.engine.accounts[account].group
        for other in self._all():
            same = group and self._host.engine.accounts[other].group == group
            if same or name.startswith(self._host.account_name(other) + "/"):
                return other
        return account

    def subs(self, account: int) -> list[int]:
        """The sub-accounts of a master."""
        prefix = self._host.account_name(account) + "/"
        group = self._host.engine.accounts[account].group
        return [other for other in self._all() if self._belongs(other, account, prefix, group)]

    def _belongs(self, other: int, account: int, prefix: str, group: int) -> bool:
        same = group and self._host.engine.accounts[other].group == group and other > account
        return bool(same) or self._host.account_name(other).startswith(prefix)

    def find(self, master: int, email: str) -> int:
        """A member by its address. Raises Refusal."""
        for account in (master, *self.subs(master)):
            if self.email(account) == email:
                return account
        raise Refusal(wallet.NO_RELATION)

    def _all(self) -> list[int]:
        return sorted(n for n in self._host.engine.accounts if 0 < n < FUNDING)


class SubsPart:
    """Handlers about sub-accounts."""

    def __init__(
        self, host: Host, assets: Sequence[str], movements: Movements, worth: Worth
    ) -> None:
        self._assets = assets
        self._movements = movements
        self._worth = worth
        self.family = Family(host)
        self.handlers: dict[str, Handler] = {
            "wallet.sub-account.list": self.listed,
            "wallet.sub-account.status": self.status,
            "wallet.sub-account.assets.v3": self.assets_in_numbers,
            "wallet.sub-account.assets.v4": self.assets,
            "wallet.sub-account.spotSummary": self.summary,
            "wallet.sub-account.sub.transfer.history": self.transfers,
            "wallet.sub-account.universalTransfer": self.transfer,
            "wallet.sub-account.universalTransfer.history": self.universal_transfers,
            "wallet.sub-account.transfer.subToSub": self.to_sub,
            "wallet.sub-account.transfer.subToMaster": self.to_master,
            "wallet.sub-account.transfer.subUserHistory": self.own_transfers,
        }
        self.rules: dict[str, Rule] = {
            "wallet.sub-account.universalTransfer": self._universal_rule,
            "wallet.sub-account.transfer.subToSub": self._amount_rule,
            "wallet.sub-account.transfer.subToMaster": self._amount_rule,
        }

    # asking

    def _master(self, call: Call) -> int:
        if self.family.master(call.account) != call.account:
            raise Refusal(wallet.MAIN_ONLY)
        return call.account

    def _subs(self, call: Call) -> list[int]:
        subs = self.family.subs(self._master(call))
        asked = call.values.get("email")
        return [each for each in subs if asked in (None, self.family.email(each))]

    def listed(self, call: Call) -> wire.SubAccounts:
        """``GET sub-account/list``. None is ever frozen."""
        values = call.values
        found = [] if values.get("isFreeze", "").lower() == "true" else self._subs(call)
        first = (values["page"] - 1) * values["limit"]
        return wire.SubAccounts(
            sub_accounts=[
                wire.SubAccount(
                    sub_user_id=each,
                    email=self.family.email(each),
                    remark=call.host.account_name(each),
                    is_freeze=False,
                    create_time=call.time(self._movements.first_time(each)),
                    is_managed_sub_account=False,
                    is_asset_management_sub_account=False,
                )
                for each in found[first : first + values["limit"]]
            ]
        )

    def status(self, call: Call) -> list[wire.SubAccountStatus]:
        """``GET sub-account/status``."""
        return [
            wire.SubAccountStatus(
                email=self.family.email(each),
                is_sub_user_enabled=True,
                is_user_active=True,
                insert_time=call.time(self._movements.first_time(each)),
                is_margin_enabled=False,
                is_future_enabled=False,
                mobile=0,
            )
            for each in self._subs(call)
        ]

    def assets(self, call: Call) -> wire.SubAssets:
        """``GET /sapi/v4/sub-account/assets``."""
        return wire.SubAssets(
            balances=[
                wire.SubAsset(
                    freeze="0", withdrawing="0", asset=asset, free=plain(free), locked=plain(held)
                )
                for asset, free, held in self._balances(call)
            ]
        )

    def assets_in_numbers(self, call: Call) -> wire.SubAssetsNumbers:
        """``GET /sapi/v3/sub-account/assets``: numbers, as that version has them."""
        return wire.SubAssetsNumbers(
            balances=[
                wire.SubAssetNumbers(
                    freeze=0,
                    withdrawing=0,
                    asset=asset,
                    free=_number(free),
                    locked=_number(held),
                )
                for asset, free, held in self._balances(call)
            ]
        )

    def _balances(self, call: Call) -> list[tuple[str, int, int]]:
        account = self.family.find(self._master(call), call.values["email"])
        have = call.host.engine.balances(account)
        return [(asset, *have[asset]) for asset in sorted(have) if any(have[asset])]

    def summary(self, call: Call) -> wire.SubSummary:
        """``GET sub-account/spotSummary``: what each is worth in BTC."""
        values = call.values
        subs = self._subs(call)
        first = (values["page"] - 1) * values["size"]
        return wire.SubSummary(
            total_count=len(subs),
            master_account_total_asset=self._value(call, call.account),
            spot_sub_user_asset_btc_vo_list=[
                wire.SubValue(email=self.family.email(each), total_asset=self._value(call, each))
                for each in subs[first : first + values["size"]]
            ],
        )

    def _value(self, call: Call, account: int) -> str:
        have = call.host.engine.balances(account)
        total = sum(
            units(self._worth.value(asset, "BTC"), free + held)
            for asset, (free, held) in have.items()
        )
        return write(total, DECIMALS)

    # moving

    def _amount_rule(self, call: Call) -> None:
        if call.values["asset"] not in self._assets:
            raise Refusal(wallet.NO_SUCH_ASSET)
        if not call.values["amount"]:
            raise Refusal(wallet.NOT_OVER_ZERO)

    def _universal_rule(self, call: Call) -> None:
        values = call.values
        for name in ("fromAccountType", "toAccountType"):
            if values[name] != SPOT:
                margin = "MARGIN" in values[name]
                raise Refusal(wallet.MARGIN_ACCOUNT if margin else wallet.NO_FUTURES_ACCOUNT)
        if not values.keys() & {"fromEmail", "toEmail"}:
            raise Refusal(wallet.INVALID_EMAIL)
        self._amount_rule(call)

    def _move(self, call: Call, source: int, target: int, client_id: str = "") -> int:
        values = call.values
        if source == target:
            raise Refusal(wallet.INVALID_OPERATION)
        number = self._movements.number()
        memo = Memo(SUB, number, {"client": client_id} if client_id else {})
        if not self._movements.move(source, target, values["asset"], values["amount"], memo):
            raise Refusal(wallet.TRANSFER_INSUFFICIENT)
        return number

    def transfer(self, call: Call) -> wire.TransferDone:
        """``POST sub-account/universalTransfer``: who is not named is the master."""
        master, values = self._master(call), call.values
        source, target = (
            self.family.find(master, values[name]) if name in values else master
            for name in ("fromEmail", "toEmail")
        )
        client_id = values.get("clientTranId", "")
        if client_id and any(
            row.more.get("client") == client_id
            for account in (source, target)
            for row in self._movements.rows(SUB, account)
        ):
            raise Refusal(wallet.REPEATED_ID)
        return wire.TransferDone(
            tran_id=self._move(call, source, target, client_id), client_tran_id=client_id
        )

    def to_sub(self, call: Call) -> wire.SubTransferDone:
        """``POST sub-account/transfer/subToSub``: from the sub-account that asks."""
        master = self.family.master(call.account)
        if master == call.account:
            raise Refusal(wallet.INVALID_OPERATION)
        target = self.family.find(master, call.values["toEmail"])
        if target == master:
            raise Refusal(wallet.NO_RELATION)
        return wire.SubTransferDone(txn_id=str(self._move(call, call.account, target)))

    def to_master(self, call: Call) -> wire.SubTransferDone:
        """``POST sub-account/transfer/subToMaster``."""
        master = self.family.master(call.account)
        if master == call.account:
            raise Refusal(wallet.INVALID_OPERATION)
        return wire.SubTransferDone(txn_id=str(self._move(call, call.account, master)))

    # what was moved

    def _moved(self, call: Call, longest: int) -> Sequence[Movement]:
        """Newest first: those to ``toEmail``, else from ``fromEmail``, else from the master."""
        master, values = self._master(call), call.values
        if "toEmail" in values:
            account = self.family.find(master, values["toEmail"])
        else:
            email = values.get("fromEmail")
            account = self.family.find(master, email) if email else master
        start, end = values.get("startTime"), values.get("endTime")
        since = call.now - longest if start is None and end is None else start
        rows = self._movements.rows(SUB, account, start=since, end=until(end, call.unit))
        incoming = "toEmail" in values
        return [row for row in rows if account == (row.target if incoming else row.source)][::-1]

    def transfers(self, call: Call) -> list[wire.SubTransfer]:
        """``GET sub-account/sub/transfer/history``."""
        rows = page(self._moved(call, 10 * MONTH), call.values["page"], call.values["limit"])
        return [
            wire.SubTransfer(
                source=self.family.email(row.source),
                to=self.family.email(row.target),
                asset=row.asset,
                qty=plain(row.amount),
                status="SUCCESS",
                tran_id=row.number,
                time=call.time(row.at),
            )
            for row in rows
        ]

    def universal_transfers(self, call: Call) -> wire.UniversalTransfers:
        """``GET sub-account/universalTransfer``."""
        values = call.values
        name = values.get("clientTranId")
        rows = [r for r in self._moved(call, WEEK) if name in (None, r.more.get("client"))]
        return wire.UniversalTransfers(
            result=[
                wire.UniversalTransfer(
                    tran_id=row.number,
                    from_email=self.family.email(row.source),
                    to_email=self.family.email(row.target),
                    asset=row.asset,
                    amount=plain(row.amount),
                    create_time_stamp=call.time(row.at),
                    from_account_type=SPOT,
                    to_account_type=SPOT,
                    status="SUCCESS",
                    client_tran_id=row.more.get("client", ""),
                )
                for row in page(rows, values["page"], values["limit"])
            ],
            total_count=len(rows),
        )

    def own_transfers(self, call: Call) -> list[wire.SubUserTransfer]:
        """``GET sub-account/transfer/subUserHistory``: as the sub-account sees them."""
        values, account = call.values, call.account
        master = self.family.master(account)
        if master == account:
            raise Refusal(wallet.INVALID_OPERATION)
        start, end = values.get("startTime"), values.get("endTime")
        since = call.now - MONTH if start is None and end is None else start
        rows = self._movements.rows(SUB, account, start=since, end=until(end, call.unit))[::-1]
        out = values["type"] == OUT
        found = []
        for row in rows:
            other = row.target if out else row.source
            if account == (row.source if out else row.target) and values.get("asset") in (
                None,
                row.asset,
            ):
                found.append(
                    wire.SubUserTransfer(
                        counter_party="master" if other == master else "subAccount",
                        email=self.family.email(other),
                        type=values["type"],
                        asset=row.asset,
                        qty=plain(row.amount),
                        from_account_type=SPOT,
                        to_account_type=SPOT,
                        status="SUCCESS",
                        tran_id=row.number,
                        time=call.time(row.at),
                    )
                )
        return found[: values["limit"]]


def _number(amount: int) -> int | float:
    """An amount as a JSON number, a whole one without a point."""
    text = plain(amount)
    return float(text) if "." in text else int(text)
