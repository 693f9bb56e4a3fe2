"""The box's certificate authority: whom it vouches for, for how long, and who can read its key."""

import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from tradewind.exchange import authority
from tradewind.exchange.authority import Authority
from tradewind.model import Misconfigured

HOSTS = ("api.one.test", "stream.one.test")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[int]:
    """One handshake after another on a port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    sock, _ = listening.accept()
                except OSError:
                    return
                try:
                    context.wrap_socket(sock, server_side=True).close()
                except OSError:
                    sock.close()

        thread = threading.Thread(target=accept)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def shake(port: int, ca: Path, name: str | None) -> x509.Certificate:
    """A client's handshake, as strict as OpenSSL can be."""
    client = ssl.create_default_context(cafile=str(ca))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    client.check_hostname = name is not None
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as sock,
        client.wrap_socket(sock, server_hostname=name) as secure,
    ):
        der = secure.getpeercert(binary_form=True)
        assert der is not None
        return x509.load_der_x509_certificate(der)


def test_each_name_gets_its_own_certificate(data: Path) -> None:
    """By SNI, verified strictly, for two days."""
    found = Authority.open(data, HOSTS)
    with serving(found.context()) as port:
        for host in (*HOSTS, HOSTS[0].upper()):
            certificate = shake(port, found.path, host)
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
            assert names.value.get_values_for_type(x509.DNSName) == [host.lower()]
            life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
            assert life < timedelta(days=3)


@pytest.mark.parametrize("name", ["mail.example.org", "one.test", "data/ca.key", "a" * 60])
def test_other_names_are_refused_in_the_handshake(data: Path, name: str) -> None:
    """They never become a path or a certificate."""
    found = Authority.open(data, HOSTS)
    before = sorted(data.rglob("*"))
    with serving(found.context()) as port, pytest.raises(ssl.SSLError, match=r"(?i)unrecognized"):
        shake(port, found.path, name)
    assert sorted(data.rglob("*")) == before
    with pytest.raises(ValueError, match="does not serve"):
        found.issue(name)


def test_a_client_that_names_nobody_gets_one_of_the_hosts(data: Path) -> None:
    found = Authority.open(data, HOSTS)
    with serving(found.context()) as port:
        certificate = shake(port, found.path, None)
    assert certificate.subject.rfc4514_string() == "CN=api.one.test"


@pytest.mark.parametrize(
    "alternative",
    [x509.DNSName("mail.example.org"), x509.DNSName("one.test"), x509.DNSName("*.one.test")],
)
def test_a_stolen_key_vouches_for_nobody_else(data: Path, alternative: x509.GeneralName) -> None:
    """Clients refuse what the key signs outside its name constraints."""
    found = Authority.open(data, HOSTS)
    name = str(alternative.value).replace("*", "mail")
    with (
        serving(_forged(data, alternative)) as port,
        pytest.raises(ssl.SSLError, match="permitted"),
    ):
        shake(port, found.path, name)


def test_a_stolen_key_vouches_for_no_address(data: Path) -> None:
    """Addresses are another kind of name; not mentioning them would leave them free."""
    found = Authority.open(data, HOSTS)
    context = _forged(data, x509.IPAddress(ip_address("127.0.0.1")))
    with serving(context) as port, pytest.raises(ssl.SSLError, match=r"(permitted|excluded)"):
        shake(port, found.path, "127.0.0.1")


def _forged(data: Path, alternative: x509.GeneralName) -> ssl.SSLContext:
    """A certificate that only a thief of the key could have."""
    ca = x509.load_pem_x509_certificate((data / authority.CERTIFICATE).read_bytes())
    stolen = load_pem_private_key((data / authority.KEY).read_bytes(), None)
    key = generate_private_key(SECP256R1())
    now = datetime.now(UTC)
    public = ca.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "thief")]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(public),  # type: ignore[arg-type]
            critical=False,
        )
        .sign(stolen, hashes.SHA256())  # type: ignore[arg-type]
    )
    file = data / "forged.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_restart_keeps_it(data: Path) -> None:
    """Programs that trust it go on; no key of a leaf is left on disk."""
    first = Authority.open(data, HOSTS)
    first.context()
    assert Authority.open(data, HOSTS).pem == first.pem
    assert {file.name for file in data.iterdir()} == {authority.KEY, authority.CERTIFICATE}


def test_other_names_need_another_one(data: Path) -> None:
    """What it may vouch for never grows."""
    first = Authority.open(data, HOSTS)
    assert Authority.open(data, HOSTS[:1]).pem != first.pem


@pytest.mark.parametrize("spoil", [authority.KEY, authority.CERTIFICATE])
def test_a_spoilt_one_is_replaced(data: Path, spoil: str) -> None:
    first = Authority.open(data, HOSTS)
    (data / spoil).write_bytes(b"-----BEGIN NOTHING-----")
    assert Authority.open(data, HOSTS).pem != first.pem


def test_an_old_one_is_replaced(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a week of its end."""
    monkeypatch.setattr(authority, "LIFE", authority.RENEWED)
    first = Authority.open(data, HOSTS)
    monkeypatch.undo()
    fresh = Authority.open(data, HOSTS)
    assert fresh.pem != first.pem
    assert Authority.open(data, HOSTS).pem == fresh.pem


def test_its_files_are_the_owners(data: Path) -> None:
    """Mode 0600; open ones and links are not used."""
    Authority.open(data, HOSTS)
    for name in (authority.KEY, authority.CERTIFICATE):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    key = data / authority.KEY
    key.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        Authority.open(data, HOSTS)
    moved = key.rename(data / "elsewhere")
    key.symlink_to(moved)
    with pytest.raises(Misconfigured, match="link"):
        Authority.open(data, HOSTS)
