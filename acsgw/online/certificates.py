"""
What is wrong with a certificate, in words for people.
"""

from __future__ import annotations

from cryptography.x509 import (
    Certificate,
    DNSName,
    ExtensionNotFound,
    SubjectAlternativeName,
)

#: Most authorities renew a month before; who has less has a renewal that fails.
WARN_DAYS, FAIL_DAYS = 14, 2


def days_left(certificate: Certificate, now: float) -> float:
    return (certificate.not_valid_after_utc.timestamp() - now) / 86400


def names(certificate: Certificate) -> list[str]:
    """
    @return: the hosts that it is for.
    """
    try:
        extension = certificate.extensions.get_extension_for_class(
            SubjectAlternativeName
        )
    except ExtensionNotFound:
        return []
    return list(extension.value.get_values_for_type(DNSName))


def blame(certificate: Certificate, host: str, now: float, said: str) -> str:
    """
    @param said: what OpenSSL holds against it.

    @return: what is wrong.
    """
    left = days_left(certificate, now)
    if left < 0:
        return f"the certificate expired {-left:.0f} days ago"
    if certificate.not_valid_before_utc.timestamp() > now:
        return "the certificate is not valid yet, or this machine's clock is wrong"
    hosts = names(certificate)
    if not any(_covers(name, host) for name in hosts):
        return f"the certificate is for {', '.join(hosts) or 'no host'}, not for {host}"
    if certificate.issuer == certificate.subject:
        return "the certificate is self-signed"
    return (
        f"nobody known vouches for the certificate ({said}): its authority is not a"
        " public one, or an intermediate certificate is not sent"
    )


def _covers(name: str, host: str) -> bool:
    if name.startswith("*."):
        return host.lower().partition(".")[2] == name[2:].lower()
    return name.lower() == host.lower()
