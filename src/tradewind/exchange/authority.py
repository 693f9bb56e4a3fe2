"""The box's own certificate authority: one per data folder, for the names it imitates only.

    ca.key   0600   the key; never leaves the folder, and a program under ``run`` cannot see it
    ca.pem   0600   the certificate; whoever is to trust it is given it, the system never is

A stolen key could do no harm beyond these names: the certificate carries them as name constraints,
which clients check (RFC 5280, 4.2.1.10), and lives for a month. Leaves live two days, in memory.
"""

import ssl as tls
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from . import folder
from .names import AUTHORITY

KEY = "ca.key"
CERTIFICATE = "ca.pem"
_LEAF = "leaf.tmp"

LIFE = timedelta(days=30)
RENEWED = timedelta(days=7)
"""A box that starts with less than this left makes a new authority."""
LEAF_LIFE = timedelta(days=2)
LEAF_RENEWED = timedelta(days=1)
SKEW = timedelta(hours=1)
"""Certificates begin that much earlier, for clocks that are behind."""


class Authority:
    """Issues a certificate for each name of ``hosts``, and for no other."""

    def __init__(
        self,
        data: Path,
        hosts: Sequence[str],
        key: EllipticCurvePrivateKey,
        certificate: x509.Certificate,
    ) -> None:
        self.path = data / CERTIFICATE
        self.pem = certificate.public_bytes(Encoding.PEM).decode()
        self._data = data
        self._hosts = frozenset(hosts)
        self._first = min(hosts)
        self._key = key
        self._certificate = certificate
        self._contexts: dict[str, tuple[datetime, tls.SSLContext]] = {}
        self.flaws: dict[str, str] = {}
        """Hosts whose certificate is not good on purpose: expired, wrong or stranger."""
        self.shown: Callable[[str, str], None] = _nobody
        """Told of every handshake: the host, and its certificate's flaw."""

    @classmethod
    def open(cls, data: Path, hosts: Sequence[str]) -> "Authority":
        """The folder's authority; a new one where it is missing, old, or for other names."""
        stored = _load(data)
        if stored is not None and _good(stored[1], hosts):
            return cls(data, hosts, *stored)
        key, certificate = _found(hosts)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        folder.write(data / KEY, pem)
        folder.write(data / CERTIFICATE, certificate.public_bytes(Encoding.PEM))
        return cls(data, hosts, key, certificate)

    def context(self) -> tls.SSLContext:
        """What a server listens with: it shows each client the certificate of the name asked for.

        A name that is not served is refused in the handshake (unrecognized_name). A client that
        names none gets the certificate of one of the hosts.
        """
        context = _bare()
        context.sni_callback = self._choose
        self._certify(context, self._first)
        return context

    def issue(
        self, host: str, *, begin: datetime | None = None, end: datetime | None = None
    ) -> tuple[bytes, bytes]:
        """Certificate and key for a host as PEM. Raises ValueError for one that is not ours."""
        if host not in self._hosts:
            raise ValueError("no certificate is issued for a name that the box does not serve")
        now = datetime.now(UTC)
        key = generate_private_key(SECP256R1())
        until = min(end or now + LEAF_LIFE, self._certificate.not_valid_after_utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin or now - SKEW)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(_usage(signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return certificate.public_bytes(Encoding.PEM), private

    def _choose(
        self, connection: tls.SSLObject | tls.SSLSocket, name: str | None, _: tls.SSLContext
    ) -> int | None:
        host = self._first if name is None else name.lower()
        if host not in self._hosts:
            return int(tls.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
        flaw = self.flaws.get(host, "")
        connection.context = self._flawed(host, flaw) if flaw else self._context_of(host)
        self.shown(host, flaw)
        return None

    def _flawed(self, host: str, flaw: str) -> tls.SSLContext:
        """A certificate that no careful client accepts."""
        context = _bare()
        now = datetime.now(UTC)
        if flaw == "expired":
            then = now - LEAF_LIFE
            self._load(context, *self.issue(host, begin=then - LEAF_LIFE, end=then))
        elif flaw == "wrong":
            other = next((each for each in sorted(self._hosts) if each != host), host)
            self._load(context, *self.issue(other))
        else:
            hosts = sorted(self._hosts)
            stranger = Authority(self._data, hosts, *_found(hosts))
            self._load(context, *stranger.issue(host))
        return context

    def _context_of(self, host: str) -> tls.SSLContext:
        now = datetime.now(UTC)
        made, context = self._contexts.get(host, (None, None))
        if made is None or context is None or now - made > LEAF_RENEWED:
            context = _bare()
            self._certify(context, host)
            self._contexts[host] = now, context
        return context

    def _certify(self, context: tls.SSLContext, host: str) -> None:
        self._load(context, *self.issue(host))

    def _load(self, context: tls.SSLContext, certificate: bytes, key: bytes) -> None:
        """Python reads keys from files only: one that lives for this moment."""
        path = self._data / _LEAF
        folder.write(path, certificate + key)
        try:
            context.load_cert_chain(path)
        finally:
            path.unlink()


def _nobody(host: str, flaw: str) -> None:
    """Nobody is told."""
    del host, flaw


def _bare() -> tls.SSLContext:
    context = tls.SSLContext(tls.PROTOCOL_TLS_SERVER)
    context.minimum_version = tls.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _load(data: Path) -> tuple[EllipticCurvePrivateKey, x509.Certificate] | None:
    key, certificate = folder.read(data / KEY), folder.read(data / CERTIFICATE)
    if key is None or certificate is None:
        return None
    try:
        private = load_pem_private_key(key, None)
        public = x509.load_pem_x509_certificate(certificate)
    except ValueError:
        return None
    if not isinstance(private, EllipticCurvePrivateKey):
        return None
    return (private, public) if private.public_key() == public.public_key() else None


def _good(certificate: x509.Certificate, hosts: Sequence[str]) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return False
    lasts = certificate.not_valid_after_utc > datetime.now(UTC) + RENEWED
    return lasts and found == _constraints(hosts)


def _found(hosts: Sequence[str]) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    """A new authority."""
    key = generate_private_key(SECP256R1())
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, AUTHORITY)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .add_extension(_usage(signature=False), critical=True)
        .add_extension(_constraints(hosts), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _constraints(hosts: Sequence[str]) -> x509.NameConstraints:
    """The names, and no address at all: a kind of name that is not mentioned would be free."""
    return x509.NameConstraints(
        [x509.DNSName(host) for host in sorted(hosts)],
        [x509.IPAddress(ip_network("0.0.0.0/0")), x509.IPAddress(ip_network("::/0"))],
    )


def _usage(*, signature: bool) -> x509.KeyUsage:
    """A leaf signs handshakes, an authority certificates."""
    return x509.KeyUsage(
        digital_signature=signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signature,
        crl_sign=not signature,
        encipher_only=False,
        decipher_only=False,
    )
