"""
One connection to an address: its certificate, and the head of its answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from cryptography.x509 import Certificate
from OpenSSL.SSL import Connection, Error as TlsError
from service_identity import VerificationError
from twisted.internet.defer import Deferred, TimeoutError as OutOfTime
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import (
    IHandshakeListener,
    IOpenSSLClientConnectionCreator,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.ssl import CertificateOptions, optionsForClientTLS
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from ..acs.http import NOT_SENT, OUTCOME_UNKNOWN, in_a_line
from ..errors import AcsgwError

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 15.0
_MOST = 16 * 1024


class Unreachable(AcsgwError):
    """
    Nobody answers there.
    """


class Untrusted(AcsgwError):
    """
    The certificate is not good; the text is OpenSSL's.
    """


@dataclass(frozen=True)
class Dialed:
    """
    @ivar certificate: L{None} without TLS.
    @ivar head: of the answer, up to the empty line; empty if there was none.
    """

    certificate: Certificate | None
    head: bytes = field(repr=False)


@implementer(IHandshakeListener)
class _Exchange(Protocol):
    """
    @ivar done: fires with L{Dialed}.
    """

    def __init__(self, request: bytes, is_tls: bool) -> None:
        self._request = request
        self._is_tls = is_tls
        self._heard = b""
        self._certificate: Certificate | None = None
        self.done: Deferred[Dialed] = Deferred(lambda _: self._hang_up())

    def connectionMade(self) -> None:
        if not self._is_tls:
            self._send()

    def handshakeCompleted(self) -> None:
        transport: Any = self.transport
        self._certificate = transport.getPeerCertificate().to_cryptography()
        self._send()

    def dataReceived(self, data: bytes) -> None:
        self._heard += data
        if b"\r\n\r\n" in self._heard or len(self._heard) > _MOST:
            self._finish()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self.done.called:
            if reason.check(TlsError, VerificationError):
                text = _tls_text(reason.value)
                self.done.errback(Untrusted(text))
            else:
                self._finish()

    def _send(self) -> None:
        transport: Any = self.transport
        if self._request:
            transport.write(self._request)
        else:
            self._finish()

    def _finish(self) -> None:
        if not self.done.called:
            head = self._heard.partition(b"\r\n\r\n")[0]
            self.done.callback(Dialed(self._certificate, head))
        self._hang_up()

    def _hang_up(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()


def _tls_text(error: BaseException | None) -> str:
    if isinstance(error, VerificationError):
        return "it is for another name"
    reasons = error.args[0] if error is not None and error.args else []
    if isinstance(reasons, list | tuple):
        return ", ".join(str(reason[-1]) for reason in reasons) or "TLS failed"
    return str(error)


class Dialer:
    """
    Connects by TCP, or TLS for C{https} and C{wss}.
    """

    def __init__(self, reactor: Any, trust: Any = None) -> None:
        """
        @param trust: a C{IOpenSSLTrustRoot}; L{None}: the platform's.
        """
        self._reactor = reactor
        self._trust = trust

    async def dial(self, url: str, request: bytes) -> Dialed:
        """
        @raise Unreachable: nobody answers.
        @raise Untrusted: the certificate is not good.
        """
        host = urlsplit(url).hostname or ""
        if self._trust is None:
            options = partial(optionsForClientTLS, host)
        else:
            options = partial(optionsForClientTLS, host, trustRoot=self._trust)
        return await self._dial(url, request, options)

    async def certificate(self, url: str) -> Certificate | None:
        """
        @return: whatever certificate is shown there, good or not.

        @raise Unreachable: nobody answers, or not with TLS.
        """
        careless = partial(_Careless, urlsplit(url).hostname or "")
        try:
            return (await self._dial(url, b"", careless)).certificate
        except Untrusted as e:
            raise Unreachable(f"no TLS there: {e}") from e

    async def _dial(self, url: str, request: bytes, options: Any) -> Dialed:
        parts = urlsplit(url)
        is_tls = parts.scheme in ("https", "wss")
        port = parts.port or (443 if is_tls else 80)
        host = parts.hostname or ""
        endpoint = HostnameEndpoint(self._reactor, host, port, timeout=CONNECT_SECONDS)
        factory: Any = Factory.forProtocol(partial(_Exchange, request, is_tls))
        if is_tls:
            factory = TLSMemoryBIOFactory(options(), True, factory, self._reactor)
        try:
            protocol: Any = await endpoint.connect(factory)
        except (*NOT_SENT, *OUTCOME_UNKNOWN) as e:
            raise Unreachable(in_a_line(e)) from e
        exchange = protocol.wrappedProtocol if is_tls else protocol
        done: Deferred[Dialed] = exchange.done
        try:
            return await done.addTimeout(ANSWER_SECONDS, self._reactor)
        except OutOfTime as e:
            raise Unreachable(f"no answer in {ANSWER_SECONDS:g} s") from e


@implementer(IOpenSSLClientConnectionCreator)
class _Careless:
    """
    TLS that believes everybody: to look at a bad certificate, and say nothing.
    """

    def __init__(self, host: str) -> None:
        self._host = host

    def clientConnectionForTLS(self, tlsProtocol: Any) -> Connection:
        connection = Connection(CertificateOptions().getContext(), None)
        # Or we would be shown the certificate of another host.
        connection.set_tlsext_host_name(self._host.encode("idna"))
        return connection
