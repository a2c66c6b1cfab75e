"""
The certificates of a local authority: what is in them, and when one has had
its time.

The lifetimes are what clients accept of private authorities: Apple's limit of
825 days is the tightest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: Every certificate is for these.
ALWAYS = ("localhost", "127.0.0.1", "::1")

_AUTHORITY_LIFE = timedelta(days=3650)
_SERVER_LIFE = timedelta(days=397)
#: A certificate that ends sooner is replaced.
_MARGIN = timedelta(days=60)
#: Clocks of other machines may be a little behind.
_SKEW = timedelta(hours=1)


def authority_certificate(key: EllipticCurvePrivateKey, now: float) -> x509.Certificate:
    """
    @param key: of the authority, which vouches for itself.
    @param now: seconds since the epoch.

    @return: the certificate that clients are told to trust.
    """
    name = _name("ACS emulator: local authority of this machine")
    public = key.public_key()
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(name, name, now, _AUTHORITY_LIFE)
        .public_key(public)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    )
    return builder.sign(key, SHA256())


def server_certificate(
    authority: x509.Certificate,
    authority_key: EllipticCurvePrivateKey,
    key: EllipticCurvePrivateKey,
    names: Sequence[str],
    now: float,
) -> x509.Certificate:
    """
    @param key: of the server.
    @param names: DNS names and IP addresses, beyond L{ALWAYS}.
    @param now: seconds since the epoch.
    """
    public, issuer = key.public_key(), authority_key.public_key()
    alternatives = [_alternative(name) for name in _all(names)]
    builder = (
        _builder(_name("ACS emulator"), authority.subject, now, _SERVER_LIFE)
        .public_key(public)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False
        )
    )
    return builder.sign(authority_key, SHA256())


def has_time_left(certificate: x509.Certificate, now: float) -> bool:
    """
    Is it valid now, and not near its end?
    """
    moment = datetime.fromtimestamp(now, UTC)
    begun = certificate.not_valid_before_utc <= moment
    return begun and moment + _MARGIN < certificate.not_valid_after_utc


def serves(
    certificate: x509.Certificate, authority: x509.Certificate, names: Sequence[str]
) -> bool:
    """
    Is it for all these names, and did this authority sign it?
    """
    try:
        certificate.verify_directly_issued_by(authority)
        found = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except Exception:  # bad signature, other issuer, no such extension
        return False
    return {_alternative(name) for name in _all(names)} <= set(found.value)


def _all(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*ALWAYS, *names)))


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, now: float, life: timedelta
) -> x509.CertificateBuilder:
    moment = datetime.fromtimestamp(now, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _SKEW)
        .not_valid_after(moment + life)
    )
