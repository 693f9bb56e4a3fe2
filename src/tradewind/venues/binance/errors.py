"""The venue's errors: code, text, HTTP status and what a code means for the request that met it.

One table read both ways: the exchange picks a row and fills its text, the client looks a code up.
The body is always ``{"code": int, "msg": str}``. A code has several texts, so it has several rows;
the outcome belongs to the code.
"""

import re

from msgspec import Struct

from ...model import Outcome
from ...protocol.operations import Known, Source

PAGE = "errors.md"
READ = "2026-07-21"
DOCS = Source(PAGE, READ)
REST_PAGE = Source("rest-api.md", READ)
SEEN = Source("public issue threads", "2026-11-22", Known.OBSERVED)
GUESS = Source("", "2026-11-24", Known.GUESSED)


class Error(Struct, frozen=True):
    """One text of one code. ``%s`` in ``text`` are filled in order. ``source`` is of the text,
    ``status_known`` says how the HTTP status is known.
    """

    code: int
    text: str
    status: int = 400
    outcome: Outcome = Outcome.REJECTED
    source: Source = DOCS
    status_known: Known = Known.OBSERVED

    def fill(self, *arguments: object) -> str:
        """The text with its arguments."""
        return self.text % arguments if arguments else self.text


# 10xx: the server, limits, clocks and signatures
UNKNOWN = Error(
    -1000, "An unknown error occurred while processing the request.", 500, Outcome.UNKNOWN
)
DISCONNECTED = Error(
    -1001,
    "Internal error; unable to process your request. Please try again.",
    500,
    Outcome.UNKNOWN,
)
UNAUTHORIZED = Error(-1002, "You are not authorized to execute this request.", 401)
TOO_MUCH_WEIGHT = Error(
    -1003,
    "Too much request weight used; current limit is %s request weight per %s. "
    "Please use WebSocket Streams for live updates to avoid polling the API.",
    429,
    status_known=Known.DOCUMENTED,
)
BANNED = Error(
    -1003,
    "Way too much request weight used; IP banned until %s. "
    "Please use WebSocket Streams for live updates to avoid bans.",
    418,
    status_known=Known.DOCUMENTED,
)
TOO_MANY_REQUESTS = Error(-1003, "Too many requests queued.", 429, status_known=Known.DOCUMENTED)
UNEXPECTED_RESPONSE = Error(
    -1006,
    "An unexpected response was received from the message bus. Execution status unknown.",
    500,
    Outcome.UNKNOWN,
)
TIMEOUT = Error(
    -1007,
    "Timeout waiting for response from backend server. Send status unknown; "
    "execution status unknown.",
    504,
    Outcome.UNKNOWN,
)
BUSY = Error(
    -1008,
    "Server is currently overloaded with other requests. Please try again in a few minutes.",
    503,
)
FILTER = Error(-1013, "Filter failure: %s", status_known=Known.DOCUMENTED)
STP_MODE = Error(
    -1013, "This symbol does not allow the specified self-trade prevention mode.", source=REST_PAGE
)
MESSAGE = Error(-1013, "%s")
"""A text of the matching engine for an order that did not reach it."""
COMPOSITION = Error(-1014, "Unsupported order combination.")
TOO_MANY_ORDERS = Error(
    -1015,
    "Too many new orders; current limit is %s orders per %s.",
    429,
    status_known=Known.DOCUMENTED,
)
TOO_MANY_ORDERS_PLAIN = Error(-1015, "Too many new orders.", 429, status_known=Known.DOCUMENTED)
SHUTTING_DOWN = Error(-1016, "This service is no longer available.")
UNSUPPORTED = Error(-1020, "This operation is not supported.")
LATE = Error(-1021, "Timestamp for this request is outside of the recvWindow.")
EARLY = Error(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
SIGNATURE = Error(-1022, "Signature for this request is not valid.")

# 11xx: the request
ILLEGAL_CHARS = Error(-1100, "Illegal characters found in parameter '%s'; legal range is '%s'.")
ILLEGAL_CHARS_ANY = Error(-1100, "Illegal characters found in a parameter.")
TOO_MANY_PARAMETERS = Error(-1101, "Too many parameters; expected '%s' and received '%s'.")
TOO_MANY_SENT = Error(-1101, "Too many parameters sent for this endpoint.")
DUPLICATE_VALUES = Error(-1101, "Duplicate values for a parameter detected.")
TOO_MANY_VALUES = Error(
    -1101,
    "Too many values sent for parameter '%s', maximum allowed up to %s.",
    source=SEEN,
)
MANDATORY = Error(-1102, "Mandatory parameter '%s' was not sent, was empty/null, or malformed.")
ONE_OF_TWO = Error(-1102, "Param '%s' or '%s' must be sent, but both were empty/null!")
UNEXPECTED_VALUE = Error(-1102, "'%s' contains unexpected value. Cannot be greater than %s.")
UNKNOWN_PARAMETER = Error(-1103, "An unknown parameter was sent.")
UNREAD = Error(
    -1104, "Not all sent parameters were read; read '%s' parameter(s) but was sent '%s'."
)
EMPTY = Error(-1105, "Parameter '%s' was empty.")
NOT_REQUIRED = Error(-1106, "Parameter '%s' sent when not required.")
OVERFLOW = Error(-1108, "Parameter '%s' overflowed.")
PRECISION = Error(-1111, "Parameter '%s' has too much precision.")
NO_DEPTH = Error(-1112, "No orders on book for symbol.")
TIF_NOT_REQUIRED = Error(-1114, "TimeInForce parameter sent when not required.")
INVALID_TIF = Error(-1115, "Invalid timeInForce.")
INVALID_ORDER_TYPE = Error(-1116, "Invalid orderType.")
INVALID_SIDE = Error(-1117, "Invalid side.")
EMPTY_NEW_CLIENT_ID = Error(-1118, "New client order ID was empty.")
EMPTY_ORIGINAL_CLIENT_ID = Error(-1119, "Original client order ID was empty.")
BAD_INTERVAL = Error(-1120, "Invalid interval.")
BAD_SYMBOL = Error(-1121, "Invalid symbol.")
INVALID_SYMBOL_STATUS = Error(-1122, "Invalid symbolStatus.")
LISTEN_KEY = Error(-1125, "This listenKey does not exist.")
MORE_THAN_HOURS = Error(-1127, "More than %s hours between startTime and endTime.")
LOOKUP_TOO_BIG = Error(-1127, "Lookup interval is too big.")
BAD_COMBINATION = Error(-1128, "Combination of optional parameters invalid.")
BOTH_NEEDED = Error(
    -1128,
    "Combination of optional fields invalid. Recommendation: '%s' and '%s' must both be sent.",
)
TOGETHER = Error(-1128, "Fields [%s] must be sent together or omitted entirely.")
CONFLICTING = Error(-1128, "Conflicting fields: [%s]")
STOP_LIMIT_TIF = Error(
    -1128,
    "Combination of optional parameters invalid. "
    "Recommendation: 'stopLimitTimeInForce' should also be sent.",
    source=SEEN,
)
INVALID_PARAMETER = Error(-1130, "Data sent for parameter '%s' is not valid.")
INVALID_PARAMETER_ANY = Error(-1130, "Invalid data sent for a parameter.")
RECV_WINDOW = Error(-1131, "'recvWindow' must be less than 60000.", source=SEEN)
STRATEGY_TYPE = Error(-1134, "`strategyType` was less than 1000000.")
INVALID_JSON = Error(-1135, "JSON sent for parameter '%s' is not valid")
INVALID_JSON_REQUEST = Error(-1135, "Invalid JSON Request")
INVALID_TICKER_TYPE = Error(-1139, "Invalid ticker type.")
CANCEL_RESTRICTIONS = Error(
    -1145, "`cancelRestrictions` has to be either `ONLY_NEW` or `ONLY_PARTIALLY_FILLED`."
)
DUPLICATE_SYMBOLS = Error(-1151, "Symbol is present multiple times in the list.")
SBE_HEADER = Error(-1152, "Invalid `X-MBX-SBE` header; expected `<SCHEMA_ID>:<VERSION>`.")
SBE_SCHEMA = Error(
    -1153, "Unsupported SBE schema ID or version specified in the `X-MBX-SBE` header."
)
SBE_DISABLED = Error(-1155, "SBE is not enabled.")
OCO_TYPE = Error(-1158, "Order type not supported in OCO.")
OCO_ICEBERG_TIF = Error(
    -1160,
    "Parameter '%s' is not supported if `aboveTimeInForce`/`belowTimeInForce` is not GTC.",
)
BUY_OCO_LIMIT_BELOW = Error(-1165, "A limit order in a buy OCO must be below.")
SELL_OCO_LIMIT_ABOVE = Error(-1166, "A limit order in a sell OCO must be above.")
OCO_BOTH_LIMIT = Error(-1168, "At least one OCO order must be contingent.")
TIME_UNIT = Error(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")
BUY_OCO_STOP_ABOVE = Error(-1196, "A stop loss order in a buy OCO must be above.")
SELL_OCO_STOP_BELOW = Error(-1197, "A stop loss order in a sell OCO must be below.")
BUY_OCO_TAKE_BELOW = Error(-1198, "A take profit order in a buy OCO must be below.")
SELL_OCO_TAKE_ABOVE = Error(-1199, "A take profit order in a sell OCO must be above.")
PEG_PRICE_TYPE = Error(-1210, "Invalid pegPriceType.")
PEG_OFFSET_TYPE = Error(-1211, "Invalid pegOffsetType.")
SYMBOL_STATUS = Error(-1220, "The symbol's status does not match the requested symbolStatus.")
OPO_WORKING = Error(-1222, "Working order in an OPO list must be a bid.")
OPO_PENDING = Error(-1223, "Pending orders in an OPO list must be asks.")
WORKING_NEEDS = Error(-1224, "Working order must include the '%s' tag.")
PENDING_REFUSES = Error(-1225, "Pending orders should not include the '%s' tag.")

# 20xx: orders and keys
UNKNOWN_KEY = Error(-2008, "Invalid Api-Key ID.", source=SEEN)
ORDER_REJECTED = Error(-2010, "%s")
CANCEL_REJECTED = Error(-2011, "%s")
NO_SUCH_ORDER = Error(-2013, "Order does not exist.")
KEY_FORMAT = Error(-2014, "API-key format invalid.", 401)
KEY_REJECTED = Error(-2015, "Invalid API-key, IP, or permissions for action.", 401)
NO_TRADING_WINDOW = Error(
    -2016, "No trading window could be found for the symbol. Try ticker/24hrs instead."
)
REPLACE_PARTIAL = Error(
    -2021, "Order cancel-replace partially failed.", 409, status_known=Known.DOCUMENTED
)
REPLACE_FAILED = Error(-2022, "Order cancel-replace failed.", 400, status_known=Known.DOCUMENTED)
ARCHIVED = Error(
    -2026,
    "Order was canceled or expired with no executed qty over 90 days ago and has been archived.",
)
SUBSCRIPTION_ACTIVE = Error(-2035, "User Data Stream subscription already active.")
SUBSCRIPTION_INACTIVE = Error(-2036, "User Data Stream subscription not active.")
AMEND_REJECTED = Error(-2038, "%s")
CLIENT_ID_MISMATCH = Error(-2039, "Client order ID is not correct for this order ID.")
MAX_SUBSCRIPTIONS = Error(-2042, "Maximum subscription ID reached for this connection.")
NO_REFERENCE_PRICE = Error(
    -2043, "This symbol doesn't have a reference price.", status_known=Known.DOCUMENTED
)

# What the matching engine says, under -1010, -1013, -2010, -2011 and -2038 (errors.md).
UNKNOWN_ORDER = "Unknown order sent."
DUPLICATE_ORDER = "Duplicate order sent."
MARKET_CLOSED = "Market is closed."
INSUFFICIENT = "Account has insufficient balance for requested action."
NOT_SUPPORTED = "%s orders are not supported for this symbol."
OCO_NOT_SUPPORTED = "OCO orders are not supported for this symbol"
AMEND_NOT_SUPPORTED = "Order amend is not supported for this symbol."
REPLACE_NOT_SUPPORTED = "Order cancel-replace is not supported for this symbol."
QUOTE_NOT_SUPPORTED = "Quote order qty market orders are not support for this symbol."
ZERO_VALUE = "Price * QTY is zero or less."
ICEBERG_EXCEEDS = "IcebergQty exceeds QTY."
COMBINATION = "Unsupported order combination"
WOULD_TRIGGER = "Order would trigger immediately."
WOULD_TAKE = "Order would immediately match and take."
BAD_PRICES = "The relationship of the prices for the orders is not correct."
CANCEL_INVALID = "Cancel order is invalid. Check origClOrdId and orderId."
RESTRICTED = "Order was not canceled due to cancel restrictions."
ACTION_DISABLED = "This action is disabled on this account."
MAY_NOT_TRADE = "This account may not place or cancel orders."
LIQUIDITY_LOT = "Order book liquidity is less than `LOT_SIZE` filter minimum quantity."
LIQUIDITY_MARKET_LOT = (
    "Order book liquidity is less than `MARKET_LOT_SIZE` filter minimum quantity."
)
LIQUIDITY_NONE = "Order book liquidity is less than symbol minimum quantity."
AMEND_INCREASE = "Order amend (quantity increase) is not supported."
AMEND_OPO = "Order amend (pending OPO order) is not supported."
NO_CHANGE = "The requested action would change no state; rejecting"
NO_PEG_FOR_TYPE = "This order type may not use pegged price."
WRONG_PEG_FOR_TYPE = "This price peg cannot be used with this order type."
PEG_LIQUIDITY = "Order book liquidity is too low for this pegged order."

ROWS: dict[str, Error] = {
    name: value for name, value in globals().items() if isinstance(value, Error)
}
"""Every row by its name; parameters name their errors so."""

OUTCOMES: dict[int, Outcome] = {row.code: row.outcome for row in ROWS.values()}
"""What a code means. A code that is not here, on an order call, is an unknown outcome."""

_PATTERNS = [
    (row, re.compile(re.escape(row.text).replace("%s", "(.*)")))
    for row in sorted(ROWS.values(), key=lambda row: row.text == "%s")
]


def find(code: int, text: str) -> Error | None:
    """The row of an error that came over the wire: exact text first, then any of its code."""
    of_code = [(row, pattern) for row, pattern in _PATTERNS if row.code == code]
    for row, pattern in of_code:
        if pattern.fullmatch(text):
            return row
    return of_code[0][0] if of_code else None
