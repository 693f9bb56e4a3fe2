"""What an order request looks like, over REST and the user socket: the same envelope.

Source: docs/api/rest/private-create-order-dma and docs/api/websocket/ws-user-api-private-create-
order-dma of exchange-developer.crypto.com (2026-05-21), read 2026-11-24. Decimals are text. The
documents show ``id``, ``nonce`` and ``code`` as text, production answers with numbers: both are
read, each as it came.
"""

from msgspec import UNSET, Struct, UnsetType

Text = str | UnsetType


class CreateOrder(Struct, frozen=True, kw_only=True):
    """``params`` of ``private/create-order``."""

    instrument_name: str
    side: str
    type: str
    price: Text = UNSET
    quantity: Text = UNSET
    notional: Text = UNSET
    client_oid: Text = UNSET
    exec_inst: tuple[str, ...] | UnsetType = UNSET
    time_in_force: Text = UNSET
    fee_instrument_name: Text = UNSET
    stp_id: Text = UNSET
    stp_inst: Text = UNSET
    stp_scope: Text = UNSET
    spot_margin: Text = UNSET
    isolated_margin_amount: Text = UNSET
    isolation_id: Text = UNSET
    leverage: Text = UNSET


class CreateOrderRequest(Struct, frozen=True, kw_only=True):
    """The envelope; ``api_key`` and ``sig`` are only needed over REST."""

    id: int | str
    method: str
    api_key: Text = UNSET
    sig: Text = UNSET
    nonce: int | str | UnsetType = UNSET
    params: CreateOrder


class Created(Struct, frozen=True):
    """What was accepted for processing; without a client id the nonce stands for it."""

    client_oid: str
    order_id: str


class CreateOrderAnswer(Struct, frozen=True, kw_only=True):
    """The answer; ``code`` 0 is success. A refusal may carry ids too, and HTTP 500."""

    id: int | str
    method: str
    code: int | str
    message: Text = UNSET
    result: Created | UnsetType = UNSET
    original: Text = UNSET
