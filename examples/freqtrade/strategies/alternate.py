"""A strategy that trades for the sake of trading: in with every even minute, out with every odd."""

from freqtrade.strategy import IStrategy


class Alternate(IStrategy):
    """Market orders on one-minute candles."""

    INTERFACE_VERSION = 3
    timeframe = "1m"
    minimal_roi = {"0": 10}  # never by profit
    stoploss = -0.5
    startup_candle_count = 5
    process_only_new_candles = True
    order_types = {
        "entry": "market",
        "exit": "market",
        "stoploss": "market",
        "stoploss_on_exchange": False,
    }

    def populate_indicators(self, dataframe, metadata):
        """None: the clock decides."""
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        """After every even minute's candle."""
        dataframe.loc[dataframe["date"].dt.minute % 2 == 0, "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        """After every odd one's."""
        dataframe.loc[dataframe["date"].dt.minute % 2 == 1, "exit_long"] = 1
        return dataframe
