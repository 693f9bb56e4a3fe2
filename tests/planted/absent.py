"""Fields that cannot cross the wire here: several operations share the shape of an answer, or the
box has nothing to tell of them. Each with its reason; that none of them does cross is checked by
every recording.
"""

from fnmatch import fnmatchcase

from .mistakes import Path

REASONS: tuple[tuple[str, str], ...] = (
    ("answer blockTrades.historical: *", "nothing trades in blocks in a box"),
    ("event blockTrade: *", "nothing trades in blocks in a box"),
    ("answer userDataStream.start: *", "listen keys are refused since 2026-02-20"),
    *(
        (f"answer {where}tradeGroupId", "no account of a box is put into a trade group")
        for where in ("account.status: ", "order.*: *", "orderList.*: *", "sor.*: *")
    ),
    ("event executionReport: u", "no account of a box is put into a trade group"),
    ("answer order.place: usedSor", "only sor.order.place routes"),
    ("answer order.place: workingFloor", "only sor.order.place routes"),
    ("answer order.place: fills.matchType", "only routed orders have allocations"),
    ("answer order.place: fills.allocId", "only routed orders have allocations"),
    ("answer order.cancelReplace: newOrderResponse.usedSor", "only sor.order.place routes"),
    ("answer order.cancelReplace: newOrderResponse.workingFloor", "only sor.order.place routes"),
    ("answer order.cancelReplace: newOrderResponse.fills.matchType", "no allocations there"),
    ("answer order.cancelReplace: newOrderResponse.fills.allocId", "no allocations there"),
    ("answer orderList.*: orderReports.usedSor", "no order of a list is routed"),
    ("answer orderList.*: orderReports.workingFloor", "no order of a list is routed"),
    ("answer orderList.*: orderReports.fills.matchType", "no order of a list is routed"),
    ("answer orderList.*: orderReports.fills.allocId", "no order of a list is routed"),
    ("answer sor.order.place: peg*", "routed orders take no peg"),
    ("answer sor.order.place: stopPrice", "routed orders take no trigger"),
    ("answer sor.order.place: trailing*", "routed orders take no trigger"),
    *(
        (f"answer {operation}: orderReports.{field}", "the orders of a pair rest at first")
        for operation in ("orderList.place", "orderList.place.oco")
        for field in ("fills.*", "prevented*", "expiryReason")
    ),
    ("answer orderList.place: orderReports.peg*", "the old form takes no peg"),
    *(
        (f"answer {where}preventedMatchId", "told of orders that ended by it, not by a cancel")
        for where in ("order.cancel: ", "openOrders.cancelAll: ",
                      "order.cancelReplace: cancelResponse.", "orderList.cancel: orderReports.")
    ),
    ("answer openOrders.status: expiryReason", "an open order has not expired"),
    ("answer wallet.asset.assetDetail: *.depositTip", "the box has no tips"),
    ("answer wallet.asset.get-funding-asset: ipoable", "only the spot wallet tells it"),
    ("answer wallet.asset.transfer: clientTranId", "only transfers between accounts have one"),
    ("answer wallet.capital.config.getall: networkList.contractAddress*",
     "coins of a box have no contract"),
    ("answer wallet.capital.config.getall: networkList.denomination", "no coin of a box has one"),
    ("answer wallet.margin.*: delistTime", "nothing of a box is delisted"),
    ("answer wallet.margin.isolated.allPairs: id", "only cross margin pairs have one"),
)  # fmt: skip
"""Side, target and path with wildcards; why."""


UNSEEN: dict[str, str] = {
    "request wallet.asset.dribblet: rename accountType": (
        "the wallet does not refuse words it does not know, and a box has one type of account"
    ),
    "request userDataStream.unsubscribe: drop subscriptionId": (
        "all subscriptions end then, and the scenario has only one"
    ),
    "request wallet.capital.withdraw.apply: shift addressTag": (
        "no coin of the box has tags: whatever the tag is, it is refused for being there"
    ),
}
"""Why nobody sees a mistake that was made, as far as somebody has looked at it."""


def absent(side: str, target: str, path: Path) -> str:
    """Why a field cannot be there, "" if it can."""
    name = f"{side} {target}: {'.'.join(path)}"
    return next((why for pattern, why in REASONS if fnmatchcase(name, pattern)), "")
