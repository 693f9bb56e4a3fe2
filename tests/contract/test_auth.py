"""Every published signature example of the six venues, and that anything else is refused.

The data is in ``vectors/<venue>.json``: the inputs, the signature, where both are from, and the
traps that the vendors' own pages set. ``pytest -s`` prints how many of each were checked.
"""

import inspect
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote, unquote

import pytest

from tradewind.model import Misconfigured, Permission
from tradewind.protocol import signing
from tradewind.protocol.hosting import Credential

VECTORS = Path(__file__).parent / "vectors"
FILES = {path.stem: json.loads(path.read_text()) for path in sorted(VECTORS.glob("*.json"))}
BYTES = ("body", "payload", "data")
Vector = dict[str, Any]


def cases(part: str) -> list[Any]:
    return [
        pytest.param(venue, vector, id=f"{venue}: {vector['name']}")
        for venue, file in FILES.items()
        for vector in file[part]
    ]


def module(venue: str) -> ModuleType:
    return import_module(f"tradewind.venues.{venue}.auth")


def function(venue: str, verb: str, vector: Vector) -> Callable[..., Any]:
    scheme = vector["scheme"]
    name = f"{verb}_{scheme}" if scheme else verb
    return getattr(module(venue), name)  # type: ignore[no-any-return]


def raw(inputs: Vector) -> Vector:
    return {k: v.encode() if k in BYTES else v for k, v in inputs.items()}


def credential(vector: Vector) -> Credential:
    public = vector["public_key"]
    return Credential(
        api_key=vector["api_key"],
        kind="hmac" if vector["kind"] == "legacy" else vector["kind"],
        account=1,
        permissions=frozenset(Permission),
        secret="" if public else vector["secret"],
        public_key=public,
        passphrase=vector.get("passphrase", ""),
    )


def sign(venue: str, vector: Vector) -> str:
    key = module(venue).signer(vector["kind"], vector["secret"])
    inputs = raw(vector["inputs"])
    if venue == "binance" and vector["scheme"] == "rest":
        inputs = {"payload": inputs["query"].encode() + inputs["body"]}
    signs = function(venue, "sign", vector)
    if "api_key" in inspect.signature(signs).parameters:
        inputs["api_key"] = vector["api_key"]
    made = str(signs(key, **inputs))
    return unquote(made) if "payload" in inputs and venue == "binance" else made


def verify(venue: str, vector: Vector, signature: str) -> bool:
    inputs = raw(vector["inputs"])
    held = credential(vector)
    verifies = function(venue, "verify", vector)
    if venue == "binance":
        return bool(verifies(held, **_binance(vector, inputs, signature)))
    if vector["scheme"] == "token":
        uris = [inputs["uri"]] if inputs["uri"] else []
        return bool(verifies(held, signature, inputs["now"], uris))
    return bool(verifies(held, **inputs, signature=signature))


def _binance(vector: Vector, inputs: Vector, signature: str) -> Vector:
    match vector["scheme"]:
        case "rest":
            mark = f"&signature={quote(signature, safe='')}" if signature else ""
            return {"query": inputs["query"] + mark, "body": inputs["body"]}
        case "params":
            extra = {"signature": signature} if signature else {}
            return {"params": inputs["params"] | extra}
    return {**inputs, "raw_data": signature}


def published(venue: str, vector: Vector) -> str:
    """The whole signature; of some tokens only the last part is published."""
    if not vector.get("only_signature"):
        return str(vector["signature"])
    head, _, _ = sign(venue, vector).rpartition(".")
    return f"{head}.{vector['signature']}"


def one_byte_off(text: str) -> Iterator[str]:
    """The text with one character changed at the front, in the middle, near the end."""
    for at in {0, len(text) // 2, max(0, len(text) - 4)}:
        if text:
            yield text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]


def changed(inputs: Vector) -> Iterator[Vector]:
    """The inputs with one byte of one of them changed."""
    for name, value in inputs.items():
        match value:
            case str():
                for other in one_byte_off(value):
                    yield inputs | {name: other}
            case bool():
                pass
            case int():
                yield inputs | {name: value + 1}
            case dict():
                for other in changed(value):
                    yield inputs | {name: other}


@pytest.mark.parametrize(("venue", "vector"), cases("vectors"))
def test_signs_as_published(venue: str, vector: Vector) -> None:
    """Signing the inputs gives the published signature, byte for byte."""
    if vector.get("verify_only"):
        assert sign(venue, vector) != vector["signature"]
        return
    signed = sign(venue, vector)
    if digest := vector.get("canonical_sha256"):
        assert sha256(signed.rpartition(".")[0].encode()).hexdigest() == digest
    if text := vector.get("canonical"):
        inputs = vector["inputs"] | {"api_key": vector["api_key"]}
        assert module(venue).canonical(**inputs) == text.encode()
    if not vector.get("random"):
        assert signed == published(venue, vector)


@pytest.mark.parametrize(("venue", "vector"), cases("vectors"))
def test_accepts_what_is_published_and_refuses_everything_near(venue: str, vector: Vector) -> None:
    """The published signature holds; one changed byte, another secret or none at all do not."""
    signature = published(venue, vector)
    assert verify(venue, vector, signature)
    assert not verify(venue, vector, "")
    for other in one_byte_off(signature):
        assert not verify(venue, vector, other)
    if vector["scheme"] != "token":  # a token carries its own inputs: see the traps
        for inputs in changed(signed_inputs(vector)):
            assert not verify(venue, vector | {"inputs": inputs}, signature), inputs
    assert not verify(venue, wrong_key(vector), signature)


def signed_inputs(vector: Vector) -> Vector:
    """The inputs without what that scheme leaves unsigned."""
    inputs: Vector = vector["inputs"]
    return inputs | {"path": inputs["path"].partition("?")[0]} if vector.get("no_query") else inputs


def wrong_key(vector: Vector) -> Vector:
    """The vector at a venue that holds another secret or public key for that API key."""
    if vector["public_key"]:
        return vector | {"public_key": other_public_key(vector["kind"])}
    secret = vector["secret"]
    return vector | {"secret": ("B" if secret[0] != "B" else "C") + secret[1:]}


def other_public_key(kind: str) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    key = ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else None
    return pem(key or ec.generate_private_key(ec.SECP256R1()))[1]


@pytest.mark.parametrize(("venue", "vector"), cases("traps"))
def test_traps(venue: str, vector: Vector) -> None:
    """What the vendors' pages get wrong, or what is nearly right, is refused."""
    if vector.get("refuses") == "secret":
        with pytest.raises(Misconfigured):
            module(venue).signer(vector["kind"], vector["secret"])
        return
    assert not verify(venue, vector, vector["signature"])


def test_every_venue_has_vectors_and_every_vector_a_source() -> None:
    """Six venues; each example says where it was read and when."""
    assert set(FILES) == {"binance", "bybit", "kraken", "coinbase", "okx", "cryptocom"}
    rows = [row for file in FILES.values() for part in ("vectors", "traps") for row in file[part]]
    assert all(row["source"] and row["read"] for row in rows)
    count = Counter({venue: len(file["vectors"]) for venue, file in FILES.items()})
    traps = sum(len(file["traps"]) for file in FILES.values())
    print(f"\nsignature vectors: {count.total()} ({dict(count)}), traps: {traps}")
    assert count.total() >= 40


# --- kinds of keys without a published private key, and what a request may look like


def pem(key: Any) -> tuple[str, str]:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture(scope="module")
def rsa() -> tuple[str, str]:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return pem(rsa.generate_private_key(65537, 2048))


def held(kind: str, public: str = "", secret: str = "") -> Credential:
    return Credential("key", kind, 1, frozenset(Permission), secret=secret, public_key=public)


def test_rsa_is_pkcs1_v15_with_sha256(rsa: tuple[str, str]) -> None:
    """An RSA signature is what the cryptography library itself calls PKCS1v15 over SHA-256."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    made = signing.private_key(rsa[0]).sign(b"payload")
    load_pem_public_key(rsa[1].encode()).verify(  # type: ignore[union-attr, call-arg]
        made, b"payload", padding.PKCS1v15(), hashes.SHA256()
    )
    assert not signing.public_key(rsa[1]).verify(b"payloaD", made)


def test_rsa_doors(rsa: tuple[str, str]) -> None:
    """RSA keys sign REST and socket requests of the two venues that know them."""
    from tradewind.venues.binance import auth as first
    from tradewind.venues.bybit import auth as second

    key = signing.private_key(rsa[0])
    owner = held("rsa", rsa[1])
    query = "timestamp=1578963600000"
    signature = first.sign_rest(key, query)
    assert first.verify_rest(owner, f"{query}&signature={signature}")
    assert signature == quote(first.sign_params(key, {"timestamp": 1578963600000}), safe="")
    made = second.sign_rest(key, "1", "key", "5000", b"{}")
    assert second.verify_rest(owner, "1", "5000", b"{}", made)
    assert not second.verify_rest(owner, "2", "5000", b"{}", made)
    with pytest.raises(Misconfigured):
        second.signer("ed25519", rsa[0])


def test_signature_may_stand_anywhere() -> None:
    """First, in the middle, last, in the query or in the body; of either case when hex."""
    from tradewind.venues.binance.auth import canonical_rest, verify_rest

    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    owner = held("hmac", secret=secret)
    made = signing.prepared_hmac(secret).sign_hex(b"a=1&b=2&c=3")
    for query in (
        f"signature={made}&a=1&b=2&c=3",
        f"a=1&signature={made.upper()}&b=2&c=3",
        f"a=1&b=2&c=3&signature={made}",
    ):
        assert verify_rest(owner, query)
        assert verify_rest(owner, "", query.encode())
    assert verify_rest(owner, "a=1&b=2&", f"c=3&signature={made}".encode())
    assert canonical_rest("xsignature=1&a=2") == (b"xsignature=1&a=2", None)
    assert canonical_rest("signature=q&a=1", b"signature=b") == (b"a=1", "q")


def test_params_keep_the_digits_they_were_sent_with() -> None:
    """A number in JSON is signed as its own digits, a list as its JSON, both spellings taken."""
    from msgspec import Raw
    from msgspec import json as wire

    from tradewind.venues.binance.auth import canonical_params, verify_params

    sent = wire.decode(b'{"price":52000.00,"symbol":"BTCUSDT"}', type=dict[str, Raw])
    assert canonical_params(sent) == b"price=52000.00&symbol=BTCUSDT"
    params = {"symbols": ["A", "B"], "timestamp": 1}
    assert canonical_params(params) == b'symbols=["A","B"]&timestamp=1'
    made = signing.prepared_hmac("s").sign_hex(b"symbols=%5B%22A%22%2C%22B%22%5D&timestamp=1")
    assert verify_params(held("hmac", secret="s"), params | {"signature": made})
    made = signing.prepared_hmac("s").sign_hex(b"symbols=A&timestamp=1")
    assert not verify_params(held("hmac", secret="s"), params | {"signature": made})


def test_a_query_signed_before_percent_encoding() -> None:
    """The official SDK signs the plain query and its HTTP library encodes it afterwards."""
    from tradewind.venues.bybit.auth import canonical_rest, verify_rest

    made = signing.prepared_hmac("s").sign_hex(canonical_rest("1", "key", "5000", b"v=No VIP"))
    assert verify_rest(held("hmac", secret="s"), "1", "5000", b"v=No%20VIP", made)
    assert not verify_rest(held("hmac", secret="s"), "1", "5000", b"v=No%20vip", made)


@pytest.mark.parametrize(
    ("body", "nonce"),
    [
        (b"nonce=1616492376594&pair=XBTUSD", "1616492376594"),
        (b'{"nonce": "1616492376594"}', "1616492376594"),
        (b'{"pair":"XBTUSD","nonce":163245617}', "163245617"),
        (b"pair=XBTUSD", None),
        (b"{}", None),
        (b'{"nonce":', None),
        (b"{\xff", None),
    ],
)
def test_nonce_is_found_in_form_and_json(body: bytes, nonce: str | None) -> None:
    """The nonce is a field of the body, a number or a text."""
    from tradewind.venues.kraken.auth import nonce_of

    assert nonce_of(body) == nonce


def test_exchange_query_signed_or_not() -> None:
    """The docs' words and the clients differ on the query; both signatures hold."""
    from tradewind.venues.coinbase.auth import sign_exchange, signer, verify_exchange

    secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    key = signer("hmac", secret)
    for path in ("/fills?product_id=BTC-USD", "/fills"):
        made = sign_exchange(key, "1", "get", path, b"")
        assert verify_exchange(
            held("hmac", secret=secret), "1", "GET", "/fills?product_id=BTC-USD", b"", made
        )


# --- tokens: another library is the judge


def token_vector(name: str) -> Vector:
    return next(v for v in FILES["coinbase"]["vectors"] if v["name"].startswith(name))


@pytest.mark.parametrize("name", ["A Advanced Trade REST", "B Advanced Trade REST"])
def test_tokens_are_read_by_another_library(name: str) -> None:
    """PyJWT verifies our token with the public key and sees the claims we put in."""
    import jwt

    vector = token_vector(name)
    token = sign("coinbase", vector)
    claims = jwt.decode(
        token,
        vector["public_key"],
        algorithms=["EdDSA", "ES256"],
        options={"verify_exp": False, "verify_nbf": False},
    )
    assert claims["uri"] == vector["inputs"]["uri"]
    assert claims["exp"] - claims["nbf"] == 120
    assert module("coinbase").key_name(token) == vector["api_key"]


def client_token(vector: Vector, header: Vector, **claims: Any) -> str:
    import jwt

    body = {"sub": vector["api_key"], "iss": "coinbase-cloud", "nbf": 100, "exp": 220} | claims
    secret = vector["secret"]
    head = {"kid": vector["api_key"], "nonce": "0"} | header
    return jwt.encode(body, secret, algorithm="ES256", headers=head)


def test_tokens_of_another_client() -> None:
    """ccxt's claims (another issuer, ``aud``, ``iat``, ``uris``) are accepted too."""
    from tradewind.venues.coinbase.auth import verify_token

    vector = token_vector("B")
    owner = credential(vector)
    token = client_token(vector, {}, aud=["cdp_service"], iat=100, uris=["GET a/b"])
    assert verify_token(owner, token, 110, ["GET c/b", "GET a/b"])
    assert not verify_token(owner, token, 110, ["GET c/b"])
    assert verify_token(owner, token, 110)


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"kid": "another"}, {}),
        ({}, {"sub": "another"}),
        ({}, {"iss": "somebody"}),
        ({}, {"exp": 221}),
        ({}, {"nbf": 200, "exp": 300}),
        ({}, {"nbf": 1, "exp": 100}),
        ({}, {"exp": "never"}),
    ],
)
def test_tokens_that_break_a_rule(header: Vector, claims: Vector) -> None:
    """A rightly signed token is refused for each rule it breaks."""
    from tradewind.venues.coinbase.auth import verify_token

    vector = token_vector("B")
    assert verify_token(credential(vector), client_token(vector, {}), 110)
    assert not verify_token(credential(vector), client_token(vector, header, **claims), 110)


@pytest.mark.parametrize(
    "token", ["", "a", "a.b", "a.b.c", "e30.e30.", "\u00e9.e30.e30", "/w.e30.e30"]
)
def test_what_is_no_token(token: str) -> None:
    """Anything that is not three base64url parts of the right JSON is refused, not raised on."""
    from tradewind.venues.coinbase.auth import key_name, verify_token

    assert key_name(token) is None
    assert not verify_token(credential(token_vector("A")), token, 0)


def test_unsigned_token() -> None:
    """``alg`` none, or that of another kind of key, is refused."""
    import jwt

    from tradewind.venues.coinbase.auth import verify_token

    vector = token_vector("B")
    body = {"sub": vector["api_key"], "iss": "cdp", "nbf": 100, "exp": 220}
    token = jwt.encode(body, None, algorithm="none", headers={"kid": vector["api_key"]})
    assert not verify_token(credential(vector), token, 110)


def test_ed25519_secrets_in_three_spellings() -> None:
    """64 bytes, the 32-byte seed, and a PEM with literal backslash-n are the same key."""
    from base64 import b64decode, b64encode

    from cryptography.hazmat.primitives.asymmetric import ed25519

    from tradewind.venues.coinbase.auth import signer

    whole = token_vector("A")["secret"]
    seed = b64decode(whole)[:32]
    private, _ = pem(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
    made = {
        signer("ed25519", secret).sign(b"x")
        for secret in (whole, b64encode(seed).decode(), private.replace("\n", "\\n"))
    }
    assert len(made) == 1
    for secret in ("", "c2hvcnQ=", "not base64"):
        with pytest.raises(Misconfigured):
            signer("ed25519", secret)
    with pytest.raises(Misconfigured):
        signer("es256", whole)


# --- parameter text


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, ""),
        ({"b": "2", "a": 1}, "a1b2"),
        ({"a": None, "b": True, "c": False}, "anullbtruecfalse"),
        ({"l": ["x", "y"], "o": {"z": "1", "y": ["2"]}}, "lxyoy2z1"),
    ],
)
def test_parameter_text(params: Vector, text: str) -> None:
    """Keys sorted, nothing between, nested without limit."""
    from tradewind.venues.cryptocom.auth import parameter_text

    assert parameter_text(params) == text


@pytest.mark.parametrize(
    "text",
    [
        "active:true",
        "active:True",
        "order_listexec_inst[POST_ONLY]",
        "order_listexec_inst['POST_ONLY']",
    ],
)
def test_official_samples_that_disagree(text: str) -> None:
    """What the Java and the Python sample would sign is taken as well."""
    from tradewind.venues.cryptocom.auth import verify

    params: Vector = (
        {"active:": True}
        if text.startswith("active")
        else {"order_list": [{"exec_inst": ["POST_ONLY"]}]}
    )
    made = signing.prepared_hmac("s").sign_hex(f"m1key{text}9".encode())
    assert verify(held("hmac", secret="s"), "m", "1", params, "9", made)
    assert not verify(held("hmac", secret="s"), "m", "1", params, "8", made)


# --- machinery


def test_keys_show_nothing() -> None:
    """No representation of a prepared key holds the secret."""
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    key = signing.prepared_hmac(secret)
    assert secret not in repr(key)
    assert not hasattr(key, "__dict__")


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAA==\n"])
def test_bad_pems_are_misconfigured(text: str) -> None:
    """A PEM that cannot be read is a setting that is wrong, named so."""
    with pytest.raises(Misconfigured):
        signing.private_key(text)
    with pytest.raises(Misconfigured):
        signing.public_key(text)


def test_keys_of_other_kinds_are_refused() -> None:
    """A curve no venue takes, or a key of another kind than said."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    private, public = pem(ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(Misconfigured):
        signing.private_key(private)
    with pytest.raises(Misconfigured):
        signing.public_key(public)
    with pytest.raises(Misconfigured):
        signing.signer("rsa", pem(ed25519.Ed25519PrivateKey.generate())[0])


def test_prepared_keys_are_faster_than_hashing_the_secret_again() -> None:
    """A prepared key signs faster than ``hmac.new`` in the same run (about 2.5 times)."""
    import hmac

    key, secret, payload = signing.prepared_hmac("s" * 64), b"s" * 64, b"x" * 120

    def took(call: Callable[[], object]) -> float:
        rounds = []
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(2000):
                call()
            rounds.append(time.perf_counter() - began)
        return min(rounds)

    assert took(lambda: key.sign_hex(payload)) < took(
        lambda: hmac.new(secret, payload, "sha256").hexdigest()
    )


def test_importing_a_venue_loads_no_cryptography() -> None:
    """Facts and HMAC work without the heavy libraries being loaded."""
    import subprocess
    import sys

    names = [f"tradewind.venues.{venue}" for venue in FILES]
    code = (
        "import sys\n"
        + "".join(f"import {name}, {name}.auth\n" for name in names)
        + "print(sorted(m for m in ('cryptography', 'jwt') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
