"""Double entry: every account has an available and a held amount of every asset.

Rows remember what they were when a command first touched them. From that come the changed
balances, and the proof, made on every command, that nothing was created or destroyed and that
nobody but the participants and the outside owes anything.
"""

from .listing import MARKET_ACCOUNT, OUTSIDE_ACCOUNT

MAY_OWE = (MARKET_ACCOUNT, OUTSIDE_ACCOUNT)


class Row:
    """What one account has of one asset, in units."""

    __slots__ = ("account", "asset", "available", "held", "touched", "was_available", "was_held")

    def __init__(self, account: int, asset: str, available: int = 0, held: int = 0) -> None:
        self.account = account
        self.asset = asset
        self.available = available
        self.held = held
        self.touched = False
        self.was_available = available
        self.was_held = held


class Ledger:
    """All rows, and those that the current command touched."""

    __slots__ = ("rows", "touched")

    def __init__(self) -> None:
        self.rows: dict[tuple[int, str], Row] = {}
        self.touched: list[Row] = []

    def row(self, account: int, asset: str) -> Row:
        """A row to write to; it counts as touched from now on."""
        row = self.rows.get((account, asset))
        if row is None:
            row = self.rows[account, asset] = Row(account, asset)
        if not row.touched:
            row.touched = True
            row.was_available = row.available
            row.was_held = row.held
            self.touched.append(row)
        return row

    def available(self, account: int, asset: str) -> int:
        """What an account can use."""
        row = self.rows.get((account, asset))
        return row.available if row else 0

    def move(self, source: int, target: int, asset: str, amount: int) -> None:
        """Move available units between accounts."""
        self.row(source, asset).available -= amount
        self.row(target, asset).available += amount

    def close_command(self) -> list[Row]:
        """Prove the command was sound; the rows that differ from before it, in a fixed order."""
        changed: list[Row] = []
        sums: dict[str, int] = {}
        for row in self.touched:
            row.touched = False
            available, held = row.available, row.held
            delta = available + held - row.was_available - row.was_held
            if delta:
                sums[row.asset] = sums.get(row.asset, 0) + delta
            elif available == row.was_available:
                continue
            if held < 0 or available < 0:
                owes = held < 0 or row.account not in MAY_OWE
                assert not owes, f"account {row.account}: {available} {row.asset}, {held} held"
            changed.append(row)
        if sums:
            assert not any(sums.values()), f"the command made or lost money: {sums}"
        self.touched.clear()
        if len(changed) > 1:
            changed.sort(key=_place)
        return changed


def _place(row: Row) -> tuple[int, str]:
    return row.account, row.asset
