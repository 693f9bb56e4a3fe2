"""What a new order looks like in FIX 5.0 SP2 on the Exchange product.

Fields are renamed to their tags, so a message reads and writes as ``{"11": ..., "55": ...}``.
Source: docs.cdp.coinbase.com exchange/fix-api/order-entry-messages/order-entry-messages5 and
tpsl-orders, read 2026-11-24. All values are text: decimals, one-letter codes, UTC times.
"""

from msgspec import UNSET, Struct, UnsetType, field

Text = str | UnsetType


class Header(Struct, frozen=True, kw_only=True):
    """The standard header after BeginString and BodyLength."""

    message: str = field(name="35")
    sender: str = field(name="49")
    target: str = field(name="56")
    sequence: str = field(name="34")
    sent: str = field(name="52")
    possible_duplicate: Text = field(name="43", default=UNSET)
    sender_sub_id: Text = field(name="50", default=UNSET)


class Logon(Struct, frozen=True, kw_only=True):
    """Logon (35=A)."""

    encrypt_method: Text = field(name="98", default=UNSET)
    heartbeat_seconds: Text = field(name="108", default=UNSET)
    reset_sequence: Text = field(name="141", default=UNSET)
    username: str = field(name="553")
    password: str = field(name="554")
    raw_data_length: str = field(name="95")
    raw_data: str = field(name="96")
    application_version: str = field(name="1137")
    default_self_trade_prevention: Text = field(name="8001", default=UNSET)
    cancel_on_disconnect: Text = field(name="8013", default=UNSET)
    drop_copy: Text = field(name="9406", default=UNSET)


class NewOrderSingle(Struct, frozen=True, kw_only=True):
    """NewOrderSingle (35=D)."""

    client_order_id: str = field(name="11")
    symbol: str = field(name="55")
    side: str = field(name="54")
    order_type: str = field(name="40")
    price: Text = field(name="44", default=UNSET)
    quantity: Text = field(name="38", default=UNSET)
    quote_quantity: Text = field(name="152", default=UNSET)
    time_in_force: str = field(name="59")
    expire_time: Text = field(name="126", default=UNSET)
    stop_price: Text = field(name="99", default=UNSET)
    trigger_direction: Text = field(name="1109", default=UNSET)
    stop_limit_price: Text = field(name="3040", default=UNSET)
    instructions: Text = field(name="18", default=UNSET)
    self_trade_type: Text = field(name="7928", default=UNSET)
    handling: Text = field(name="21", default=UNSET)
