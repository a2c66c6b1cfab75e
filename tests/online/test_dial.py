"""
Tests for L{acsgw.online.dial} and what L{acsgw.online.front} makes of certificates,
with real TLS in memory.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from OpenSSL.crypto import X509, PKey
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    trustRootFromCertificates,
)
from twisted.protocols.tls import TLSMemoryBIOFactory

from acsgw.online.certificates import names
from acsgw.online.dial import Dialer, Unreachable
from acsgw.online.findings import Verdict
from acsgw.online.front import public_url
from acsgw.testing.memory_network import MemoryNetwork

from ..support import ClockTestCase

HOST = "gw.example.com"
URL = f"https://{HOST}"


class Refusing(Protocol):
    """
    Answers everything with a 401.
    """

    def dataReceived(self, data: bytes) -> None:
        transport: Any = self.transport
        transport.write(b"HTTP/1.1 401 no valid token\r\nX: y\r\n\r\nbody")


class Deaf(Protocol):
    """
    Answers nothing.
    """


def make(
    host: str, now: datetime, days: float, by: Any = None
) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    """
    @param by: certificate and key of an authority; L{None}: self-signed.
    """
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    issuer, signer = (by[0].subject, by[1]) if by else (subject, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), True)
    )
    return builder.sign(signer, SHA256()), key


class CertificateTests(ClockTestCase):
    """
    A certificate as it is met at the public URL.
    """

    reactor: MemoryNetwork

    def make_reactor(self) -> MemoryNetwork:
        return MemoryNetwork()

    def setUp(self) -> None:
        super().setUp()
        # OpenSSL looks at the real clock.
        self.now = datetime.now(UTC)
        self.authority = make("An Authority", self.now, 365)
        root = Certificate(X509.from_cryptography(self.authority[0]))
        self.dialer = Dialer(self.reactor, trustRootFromCertificates([root]))

    def serve(self, certificate: Any, protocol: Any = Refusing) -> None:
        cert, key = certificate
        options = CertificateOptions(
            privateKey=PKey.from_cryptography_key(key),
            certificate=X509.from_cryptography(cert),
        )
        factory = TLSMemoryBIOFactory(
            options, False, Factory.forProtocol(protocol), self.reactor
        )
        self.reactor.listenTCP(443, factory)

    def look(self, url: str = URL) -> tuple[Verdict, str, bytes | None]:
        """
        @return: what is found out, and the head of the answer.
        """
        done = Deferred.fromCoroutine(
            public_url(self.dialer, url, self.now.timestamp())
        )
        self.reactor.run_for(40, 0.5)
        finding, dialed = self.successResultOf(done)
        head = None if dialed is None else dialed.head
        return finding.verdict, str(finding), head

    def test_good(self) -> None:
        """
        A good certificate is told with the days that it has left, and the answer
        comes back.
        """
        self.serve(make(HOST, self.now, 60.5, self.authority))
        verdict, text, head = self.look()
        self.assertEqual(verdict, Verdict.OK, text)
        self.assertIn("for 60 more days", text)
        self.assertEqual(head, b"HTTP/1.1 401 no valid token\r\nX: y")

    def test_soon_over(self) -> None:
        """
        With less than two weeks left it is a warning, with less than two days a
        failure.
        """
        for days, wanted in ((13, Verdict.WARN), (1, Verdict.FAIL)):
            self.reactor = self.make_reactor()
            root = Certificate(X509.from_cryptography(self.authority[0]))
            self.dialer = Dialer(self.reactor, trustRootFromCertificates([root]))
            self.serve(make(HOST, self.now, days, self.authority))
            verdict, text, _ = self.look()
            self.assertEqual(verdict, wanted, text)
            self.assertIn("renew it", text)

    def fails(self, *parts: str) -> None:
        verdict, text, head = self.look()
        self.assertEqual((verdict, head), (Verdict.FAIL, None), text)
        for part in parts:
            self.assertIn(part, text)

    def test_expired(self) -> None:
        """
        An expired certificate fails, with the days since.
        """
        self.serve(make(HOST, self.now, -3, self.authority))
        self.fails("expired 3 days ago")

    def test_other_name(self) -> None:
        """
        A certificate for another host fails, with its names.
        """
        self.serve(make("other.example.com", self.now, 60, self.authority))
        self.fails("is for other.example.com, not for gw.example.com")

    def test_self_signed(self) -> None:
        """
        A self-signed certificate fails.
        """
        self.serve(make(HOST, self.now, 60))
        self.fails("self-signed", "the public trusts")

    def test_unknown_authority(self) -> None:
        """
        A certificate of an authority that nobody knows fails.
        """
        stranger = make("A Stranger", self.now, 365)
        self.serve(make(HOST, self.now, 60, stranger))
        self.fails("nobody known vouches", "intermediate")

    def test_no_tls(self) -> None:
        """
        A port that does not speak TLS fails.
        """
        self.reactor.listenTCP(443, Factory.forProtocol(Refusing))
        self.fails(URL)

    def test_silent(self) -> None:
        """
        A peer that never answers fails after a while.
        """
        self.serve(make(HOST, self.now, 60, self.authority), Deaf)
        self.fails("no answer in 15 s")

    def test_nobody(self) -> None:
        """
        If nobody listens, that is told with what may be the reason.
        """
        self.fails("ConnectionRefused", "is the port open")
        done = Deferred.fromCoroutine(self.dialer.certificate(URL))
        self.reactor.run_for(1)
        self.failureResultOf(done, Unreachable)

    def test_wildcard(self) -> None:
        """
        A certificate for all hosts of a domain is for one of them.
        """
        self.serve(make("*.example.com", self.now, 60, self.authority))
        verdict, text, _ = self.look()
        self.assertEqual(verdict, Verdict.OK, text)
        certificate, _ = make("*.example.com", self.now, 1)
        self.assertEqual(names(certificate), ["*.example.com"])
