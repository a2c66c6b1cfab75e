"""
The local certificate authority: files in a folder, made once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
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
from twisted.internet.interfaces import IOpenSSLContextFactory
from twisted.internet.ssl import PrivateCertificate

from ..errors import BadAuthority
from ..model.certificates import (
    authority_certificate,
    has_time_left,
    server_certificate,
    serves,
)
from ..settings import Settings
from ..state import CA_FILE, state_folder

_CA_KEY = "ca-key.pem"
_SERVER = "server.pem"
_SERVER_KEY = "server-key.pem"


@dataclass(frozen=True, kw_only=True)
class Authority:
    """
    An authority, and the certificate that it gave to this emulator.

    @ivar ca_file: what clients are to trust.
    """

    ca_file: Path
    server: PrivateCertificate

    @classmethod
    def for_settings(
        cls, settings: Settings, environment: Mapping[str, str], now: float
    ) -> Authority | None:
        """
        @return: what the settings ask for; L{None}: no TLS.

        @raise BadAuthority: see L{open_authority}.
        """
        tls = settings.tls
        if tls is None:
            return None
        folder = Path(tls.folder) if tls.folder else state_folder(environment)
        host = urlsplit(settings.base_url).hostname or ""
        return open_authority(folder.expanduser(), (*tls.names, host), now)

    def context_factory(self) -> IOpenSSLContextFactory:
        """
        @return: for the listening port.
        """
        options: IOpenSSLContextFactory = self.server.options()
        return options


def open_authority(folder: Path, names: Sequence[str], now: float) -> Authority:
    """
    Read the authority and the server's certificate; make what is missing, near
    its end, or not for these names.

    @param now: seconds since the epoch.

    @raise BadAuthority: if the files cannot be read or written; the text names
        the way out.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ca, ca_key = _authority(folder, now)
        certificate, key = _server(folder, ca, ca_key, names, now)
    except (OSError, ValueError, TypeError) as e:
        raise BadAuthority(
            f"the certificates in {folder} cannot be used ({e}); remove the folder "
            "to have new ones made, or choose another with tls.folder"
        ) from None
    pem = certificate.public_bytes(Encoding.PEM) + _key_pem(key)
    server: PrivateCertificate = PrivateCertificate.loadPEM(pem)
    return Authority(ca_file=folder / CA_FILE, server=server)


def _authority(
    folder: Path, now: float
) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    found = _read(folder / CA_FILE, folder / _CA_KEY)
    if found is not None and has_time_left(found[0], now):
        return found
    key = generate_private_key(SECP256R1())
    certificate = authority_certificate(key, now)
    _write(folder / _CA_KEY, _key_pem(key), 0o600)
    _write(folder / CA_FILE, certificate.public_bytes(Encoding.PEM), 0o644)
    return certificate, key


def _server(
    folder: Path,
    ca: x509.Certificate,
    ca_key: EllipticCurvePrivateKey,
    names: Sequence[str],
    now: float,
) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    found = _read(folder / _SERVER, folder / _SERVER_KEY)
    current = found is not None and has_time_left(found[0], now)
    if found is not None and current and serves(found[0], ca, names):
        return found
    key = generate_private_key(SECP256R1())
    certificate = server_certificate(ca, ca_key, key, names, now)
    _write(folder / _SERVER_KEY, _key_pem(key), 0o600)
    _write(folder / _SERVER, certificate.public_bytes(Encoding.PEM), 0o644)
    return certificate, key


def _read(
    certificate: Path, key: Path
) -> tuple[x509.Certificate, EllipticCurvePrivateKey] | None:
    if not certificate.exists() or not key.exists():
        return None
    loaded = load_pem_private_key(key.read_bytes(), None)
    if not isinstance(loaded, EllipticCurvePrivateKey):
        raise ValueError(f"{key.name} is not a key of ours")
    read = x509.load_pem_x509_certificate(certificate.read_bytes())
    if read.public_key() != loaded.public_key():
        raise ValueError(f"{key.name} and {certificate.name} do not belong together")
    return read, loaded


def _write(path: Path, content: bytes, mode: int) -> None:
    """
    All or nothing, and never readable by others for a moment.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(fresh, flags, mode), "wb") as file:
        file.write(content)
    os.replace(fresh, path)


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
