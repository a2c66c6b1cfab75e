"""
Whom the emulator believes when it is the client: of webhooks, callbacks and
media sockets.
"""

from __future__ import annotations

from typing import Any

from OpenSSL.SSL import Connection
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from ..errors import SettingsError
from ..settings_tls import TRUST_NOBODY_CHECKED, TRUST_SYSTEM

_END = b"-----END CERTIFICATE-----"


@implementer(IPolicyForHTTPS)
class Trust:
    """
    Makes the client's end of TLS connections.
    """

    def __init__(self, root: Any, *, checked: bool = True) -> None:
        """
        @param root: C{IOpenSSLTrustRoot}.
        @param checked: L{False}: believe everybody.
        """
        self._root = root
        self._checked = checked

    def for_host(self, host: str) -> IOpenSSLClientConnectionCreator:
        """
        @param host: name or address, as in the URL.
        """
        if self._checked:
            return optionsForClientTLS(host, trustRoot=self._root)
        return _Unchecked(host)

    def creatorForNetloc(
        self, hostname: bytes, port: int
    ) -> IOpenSSLClientConnectionCreator:
        return self.for_host(hostname.decode("ascii"))


@implementer(IOpenSSLClientConnectionCreator)
class _Unchecked:
    """
    TLS with whoever answers.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._context = CertificateOptions(verify=False).getContext()

    def clientConnectionForTLS(self, tlsProtocol: Any) -> Connection:
        connection = Connection(self._context, None)
        if not self._host.replace(".", "").isdigit() and ":" not in self._host:
            connection.set_tlsext_host_name(self._host.encode("ascii"))
        return connection


def system_trust() -> Trust:
    """
    @return: believes whom the machine believes.
    """
    return Trust(platformTrust())


def make_trust(setting: str) -> Trust:
    """
    @param setting: C{system}, C{off}, or a file with one or more certificates.

    @raise SettingsError: if the file cannot be used.
    """
    if setting == TRUST_SYSTEM:
        return system_trust()
    if setting == TRUST_NOBODY_CHECKED:
        return Trust(None, checked=False)
    try:
        with open(setting, "rb") as file:
            parts = file.read().split(_END)[:-1]
        found = [Certificate.loadPEM(part + _END) for part in parts]
    except OSError as e:
        raise SettingsError([f"trust: {setting}: {e.strerror}"]) from None
    except Exception as e:  # whatever OpenSSL raises
        raise SettingsError([f"trust: {setting}: not certificates: {e}"]) from None
    if not found:
        raise SettingsError([f"trust: {setting}: no certificate in it"])
    return Trust(trustRootFromCertificates(found))
