"""Which files a program reads its trusted certificates from, and how to add one for it alone."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

VARIABLES = (
    "SSL_CERT_FILE",  # OpenSSL, Go, Python's ssl, httpx
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "DENO_CERT",
    "WEBSOCKET_CLIENT_CA_BUNDLE",
    "HTTPLIB2_CA_CERTS",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "PERL_LWP_SSL_CA_FILE",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "AWS_CA_BUNDLE",
    "NIX_SSL_CERT_FILE",
    "CARGO_HTTP_CAINFO",
)

SYSTEM = (
    Path("/etc/ssl/certs/ca-certificates.crt"),  # Debian, Alpine, Arch
    Path("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),  # Fedora
    Path("/etc/pki/tls/certs/ca-bundle.crt"),
    Path("/etc/ssl/ca-bundle.pem"),  # SUSE
    Path("/etc/ssl/cert.pem"),
)

HASHED = Path("/etc/ssl/certs")
"""OpenSSL also looks here, by hash of the subject."""

INSIDE = (
    "certifi/cacert.pem",
    "*/_vendor/certifi/cacert.pem",
    "*/cacert.pem",
    "*/cacerts.txt",
    "grpc/_cython/_credentials/roots.pem",
)
"""Where Python packages bring certificates of their own."""

_PROBE = (
    "import json,ssl,sys;p=ssl.get_default_verify_paths();"
    "print(json.dumps([sys.path,[p.cafile,p.openssl_cafile]]))"
)
_INTERPRETERS_MAX = 8
_PROBE_SECONDS = 20


def bundles(command: Sequence[str], environment: Mapping[str, str]) -> list[Path]:
    """Files with certificates that the command may read, each once, links followed."""
    found = [*SYSTEM]
    for python in pythons(command, environment):
        folders, files = _ask(python, environment)
        found += files
        found += [file for folder in folders for inside in INSIDE for file in folder.glob(inside)]
    real = (file.resolve() for file in found if file.is_file())
    return list(dict.fromkeys(real))


def pythons(command: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Interpreters that the command names or is a script of; where there are none, those of
    environments at hand and the usual ones.
    """
    path = environment.get("PATH")
    words = [word for argument in command for word in argument.split()]
    active = environment.get("VIRTUAL_ENV")
    near = [f"{active}/bin/python"] if active else []
    near += ["./.venv/bin/python", "./venv/bin/python", "python3", "python"]
    return _interpreters(words, path) or _interpreters(near, path)


def subject_hash(common_name: str) -> str:
    """OpenSSL's name of the file for a subject that is just a common name (X509_NAME_hash)."""
    text = " ".join(common_name.lower().split()).encode()
    value = b"\x0c" + bytes([len(text)]) + text
    pair = b"\x06\x03\x55\x04\x03" + value
    sequence = b"\x30" + bytes([len(pair)]) + pair
    digest = hashlib.sha1(b"\x31" + bytes([len(sequence)]) + sequence, usedforsecurity=False)
    return digest.digest()[3::-1].hex()


def hashed_copy(certificate: str, common_name: str, to: Path) -> bool:
    """``HASHED`` with one certificate more; False where there is no such folder."""
    if not HASHED.is_dir():
        return False
    shutil.copytree(HASHED, to, symlinks=True)
    name = subject_hash(common_name)
    number = 0
    while (to / f"{name}.{number}").is_symlink() or (to / f"{name}.{number}").exists():
        number += 1
    (to / f"{name}.{number}").write_text(certificate)
    return True


def extended(original: Path | None, certificate: str, to: Path) -> None:
    """A bundle with one certificate more."""
    before = original.read_bytes() if original is not None and original.is_file() else b""
    to.write_bytes(before + b"\n" + certificate.encode())


def _interpreters(words: Iterable[str], path: str | None) -> list[str]:
    found: list[str] = []
    for word in words:
        file = shutil.which(word, path=path)
        python = _interpreter(file, path) if file else None
        if python and python not in found:
            found.append(python)
    return found[:_INTERPRETERS_MAX]


def _interpreter(file: str, path: str | None) -> str | None:
    """The file if it is a Python, or the one that its first line names."""
    if os.path.basename(file).startswith(("python", "pypy")):
        return file
    try:
        with open(file, "rb") as script:
            first = script.readline(512)
    except OSError:
        return None
    words = first[2:].decode(errors="replace").split() if first.startswith(b"#!") else []
    for word in words:
        if os.path.basename(word).startswith(("python", "pypy")):
            return shutil.which(word, path=path)
    return None


def _ask(python: str, environment: Mapping[str, str]) -> tuple[list[Path], Iterable[Path]]:
    try:
        told = subprocess.run(  # noqa: S603 (the interpreter that will run anyway, no shell)
            [python, "-c", _PROBE],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=True,
        )
        folders, files = json.loads(told.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return [], []
    return [Path(each) for each in folders if each], [Path(each) for each in files if each]
