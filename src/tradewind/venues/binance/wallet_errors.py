"""Errors of the wallet's operations (``/sapi``), beside those of ``errors``.

Codes and texts: the venue's wallet error table as public clients carry it (ccxt 4.5.90) and as seen
in public threads; what no source shows is marked guessed. The same codes mean other things on other
products, so they stand apart from ``errors.ROWS``.
"""

from ...protocol.operations import Known, Source
from .errors import Error

_TABLE = Source("wallet error codes", "2026-11-24", Known.OBSERVED)
_GUESS = Source("", "2026-11-24", Known.GUESSED)

MARGIN_ACCOUNT = Error(-3003, "Margin account does not exist.", source=_TABLE)
INVALID_OPERATION = Error(-4001, "Invalid operation.", source=_TABLE)
INVALID_EMAIL = Error(-4003, "Your input email is invalid.", source=_TABLE)
MAIN_ONLY = Error(-4006, "Support main account only.", source=_TABLE)
NO_SUCH_ASSET = Error(-4018, "We don't have this asset.", source=_TABLE)
MULTIPLE = Error(-4021, "Asset withdrawal must be an %s multiple of %s.", source=_TABLE)
BELOW_MINIMUM = Error(-4022, "Not less than the minimum pick-up quantity %s.", source=_TABLE)
INSUFFICIENT = Error(-4026, "You have insufficient balance.", source=_TABLE)
ILLEGAL_ADDRESS = Error(-4033, "Illegal address.", source=_TABLE)
NO_SUCH_USER = Error(-4039, "The user does not exist.", source=_TABLE)
NINETY_DAYS = Error(-4047, "Time interval must be within 0-90 days", source=_TABLE)
TAG_NOT_SUPPORTED = Error(
    -4106, "The network does not support an address tag.", source=_GUESS
)  # the code is documented, the text is not
HAVE_NO_ASSET = Error(-5003, "You don't have this asset.", source=_TABLE)
TOO_MUCH_FOR_DUST = Error(
    -5004,
    "The residual balances of %s have exceeded 0.001BTC, Please re-choose.",
    source=_TABLE,
)
TOO_LITTLE_FOR_DUST = Error(
    -5005, "The residual balances of the %s is too low, Please re-choose.", source=_TABLE
)
NOT_OVER_ZERO = Error(-5007, "Quantity must be greater than zero.", source=_TABLE)
NO_FUTURES_ACCOUNT = Error(-5011, "future account not exists.", source=_TABLE)
TRANSFER_INSUFFICIENT = Error(-5013, "Asset transfer failed: insufficient balance", source=_TABLE)
NO_RELATION = Error(-5021, "This parent sub have no relation", source=_TABLE)
REPEATED_ID = Error(-5024, "The clientTranId is repeated.", source=_GUESS)
NO_PAIR = Error(-345001, "The pair is not supported.", source=_GUESS)
QUOTE_EXPIRED = Error(-345124, "The quote has expired.", source=_GUESS)
NO_SUCH_QUOTE = Error(-345103, "The quote does not exist.", source=_GUESS)
CONVERT_INSUFFICIENT = Error(-345239, "Insufficient balance.", source=_GUESS)

ROWS: dict[str, Error] = {
    name: value for name, value in globals().items() if isinstance(value, Error)
}
"""Every row by its name."""
