"""The operations table: market data, trading, account, and what a connection asks of itself."""

from ....protocol.operations import Table
from . import account, market, session, trading, user_stream, wallet

TABLE = Table(
    market.ROWS + trading.ROWS + account.ROWS + session.ROWS + user_stream.ROWS + wallet.ROWS
)
