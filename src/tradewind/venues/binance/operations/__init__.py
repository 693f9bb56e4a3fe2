"""The operations table of the venue: market data, trading, account."""

from ....protocol.operations import Table
from . import account, market, trading

TABLE = Table(market.ROWS + trading.ROWS + account.ROWS)
