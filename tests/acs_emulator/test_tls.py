"""
Tests for TLS: its settings, the local authority, and whom the emulator trusts.
"""

from __future__ import annotations

import argparse
import stat
import time
from pathlib import Path

from cryptography import x509
from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.test.iosim import FakeTransport, connect
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.cli import main
from acs_emulator.cli_tls import add_ca, ca_path, control_context
from acs_emulator.errors import BadAuthority, SettingsError
from acs_emulator.fronts.authority import Authority, open_authority
from acs_emulator.fronts.trust import Trust, make_trust
from acs_emulator.settings import Settings, parse_settings
from acs_emulator.settings_tls import TlsSettings

#: The handshake itself reads the wall clock, so this cannot be in the past.
NOW = 1_800_000_000.0
DAY = 86400.0


class SettingsTests(SynchronousTestCase):
    """
    Tests for C{tls} and C{trust}.
    """

    def problems(self, document: dict[str, object]) -> str:
        return str(self.assertRaises(SettingsError, parse_settings, document, None))

    def test_off(self) -> None:
        """
        Nothing said: no TLS, and the trust of the machine.
        """
        for document in ({}, {"tls": False}):
            settings = parse_settings(document, None)
            self.assertIs(settings.tls, None)
            self.assertEqual(settings.trust, "system")
            self.assertEqual(settings.endpoint, "http://127.0.0.1:8480")

    def test_same_port(self) -> None:
        """
        C{tls = true}, or the option, makes the one port speak TLS; what the
        document says goes before the option.
        """
        for settings in (
            parse_settings({"tls": True}, None),
            parse_settings({}, None, tls=True),
        ):
            self.assertEqual(settings.tls, TlsSettings())
            self.assertEqual(settings.base_url, "https://localhost:8480")
            self.assertEqual(settings.endpoint, settings.base_url)
            self.assertEqual(settings.issuer, settings.base_url)
        self.assertIs(parse_settings({"tls": False}, None, tls=True).tls, None)

    def test_second_port(self) -> None:
        """
        With a port of its own, TLS is for those that insist on it.
        """
        tls = {"listen": "tcp:8443:interface=127.0.0.1", "names": ["acs.test", "::2"]}
        settings = parse_settings({"tls": tls, "trust": "off"}, None)
        self.assertEqual(settings.base_url, "http://127.0.0.1:8480")
        self.assertEqual(settings.endpoint, "https://localhost:8443")
        self.assertEqual(settings.trust, "off")
        assert settings.tls is not None
        self.assertEqual(settings.tls.names, ("acs.test", "::2"))

    def test_problems(self) -> None:
        """
        Every mistake is named.
        """
        table = {"listen": "nowhere:1", "folder": 3, "names": ["a b"], "port": 1}
        said = self.problems({"tls": table, "trust": ""})
        for word in ("listen 'nowhere:1'", "folder", "names", "port is not", "trust:"):
            self.assertIn(word, said)
        for odd in (3, {"names": "x"}, {"names": [3]}, {"names": ["-" * 300]}):
            self.assertIn("tls:", self.problems({"tls": odd}))


class AuthorityTests(SynchronousTestCase):
    """
    Tests for the files of the authority.
    """

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).resolve()

    def open(self, now: float = NOW, *names: str) -> Authority:
        return open_authority(self.folder, names, now)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def test_made_once(self) -> None:
        """
        What is good is kept; keys are only for their owner.
        """
        authority = self.open()
        self.assertEqual(authority.ca_file, self.folder / "ca.pem")
        files = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        self.open(NOW + DAY)
        self.assertEqual({n: self.read(n) for n in files}, files)
        for name in ("ca-key.pem", "server-key.pem"):
            mode = stat.S_IMODE((self.folder / name).stat().st_mode)
            self.assertEqual(mode, 0o600)

    def test_names(self) -> None:
        """
        The certificate is for this machine and the names asked for; a further
        name makes a further certificate of the same authority.
        """
        self.open(NOW, "acs.test", "10.0.0.1")
        first, ca = self.read("server.pem"), self.read("ca.pem")
        names = (
            x509.load_pem_x509_certificate(first)
            .extensions.get_extension_for_class(x509.SubjectAlternativeName)
            .value
        )
        dns = names.get_values_for_type(x509.DNSName)
        addresses = map(str, names.get_values_for_type(x509.IPAddress))
        self.assertEqual(dns, ["localhost", "acs.test"])
        self.assertEqual(list(addresses), ["127.0.0.1", "::1", "10.0.0.1"])
        self.open(NOW, "acs.test")
        self.assertEqual(self.read("server.pem"), first)
        self.open(NOW, "other.test")
        self.assertNotEqual(self.read("server.pem"), first)
        self.assertEqual(self.read("ca.pem"), ca)

    def test_renewed(self) -> None:
        """
        A certificate is replaced before its end; then the authority is, and
        what it signed with it.
        """
        self.open()
        first, ca = self.read("server.pem"), self.read("ca.pem")
        self.open(NOW + 300 * DAY)
        self.assertEqual(self.read("server.pem"), first)
        self.open(NOW + 340 * DAY)
        second = self.read("server.pem")
        self.assertNotEqual(second, first)
        self.assertEqual(self.read("ca.pem"), ca)
        self.open(NOW + 3600 * DAY)
        self.assertNotEqual(self.read("ca.pem"), ca)
        self.assertNotEqual(self.read("server.pem"), second)

    def test_other_authority(self) -> None:
        """
        A certificate of an authority that is gone is replaced.
        """
        self.open()
        first = self.read("server.pem")
        (self.folder / "ca.pem").unlink()
        self.open()
        self.assertNotEqual(self.read("server.pem"), first)

    def test_broken(self) -> None:
        """
        Files that are not ours are named, not overwritten.
        """
        self.open()
        (self.folder / "ca-key.pem").write_text("x")
        error = self.assertRaises(BadAuthority, self.open)
        self.assertIn(str(self.folder), str(error))
        self.assertEqual(self.read("ca-key.pem"), b"x")
        self.folder = self.folder / "ca.pem"
        self.assertRaises(BadAuthority, self.open)

    def test_mixed_up(self) -> None:
        """
        A key that does not belong to its certificate is refused.
        """
        self.open()
        (self.folder / "ca-key.pem").write_bytes(self.read("server-key.pem"))
        self.assertIn("belong", str(self.assertRaises(BadAuthority, self.open)))

    def test_of_settings(self) -> None:
        """
        The settings choose the folder, or the user's state folder is taken;
        the certificate is for the host of C{base_url}, too.
        """

        def made(settings: Settings) -> Authority | None:
            environment = {"XDG_STATE_HOME": str(self.folder)}
            return Authority.for_settings(settings, environment, NOW)

        self.assertIs(made(parse_settings({}, None)), None)
        own = str(self.folder / "own")
        authority = made(parse_settings({"tls": {"folder": own}}, None))
        assert authority is not None
        self.assertEqual(str(authority.ca_file), f"{own}/ca.pem")
        document = {"tls": True, "base_url": "https://acs.test:1"}
        authority = made(parse_settings(document, None))
        assert authority is not None
        self.assertEqual(authority.ca_file, self.folder / "acs-emulator" / "ca.pem")
        server = self.read("acs-emulator/server.pem")
        self.assertIn(
            "acs.test", str(x509.load_pem_x509_certificate(server).extensions)
        )


class Speaker(Protocol):
    """
    Says one word, and remembers what it hears.
    """

    heard = b""

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(b"hello")

    def dataReceived(self, data: bytes) -> None:
        self.heard += data


class TrustTests(SynchronousTestCase):
    """
    Tests for the emulator as client.
    """

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).resolve()
        self.authority = open_authority(self.folder, ["acs.test"], time.time())

    def heard(self, trust: Trust, host: str) -> bytes:
        """
        @return: what a client heard of a server with the authority's
            certificate.
        """
        factory = Factory.forProtocol(Speaker)
        clock = Clock()
        server_side = TLSMemoryBIOFactory(
            self.authority.context_factory(), False, factory, clock
        )
        client_side = TLSMemoryBIOFactory(trust.for_host(host), True, factory, clock)
        server = server_side.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
        client = client_side.buildProtocol(None)
        assert isinstance(client, TLSMemoryBIOProtocol)
        speaker = client.wrappedProtocol
        assert isinstance(speaker, Speaker)
        pump = connect(
            server,
            FakeTransport(server, isServer=True),
            client,
            FakeTransport(client, isServer=False),
        )
        for _ in range(3):
            clock.advance(0)
            pump.flush()
        return speaker.heard

    def test_file(self) -> None:
        """
        With the authority's file its servers are believed, under their names
        only; without it they are not.
        """
        trust = make_trust(str(self.authority.ca_file))
        for host in ("localhost", "127.0.0.1", "acs.test"):
            self.assertEqual(self.heard(trust, host), b"hello")
        self.assertEqual(self.heard(trust, "elsewhere.test"), b"")
        self.assertEqual(self.heard(make_trust("system"), "localhost"), b"")

    def test_several(self) -> None:
        """
        A file may hold several certificates.
        """
        other = open_authority(self.folder / "other", [], NOW).ca_file.read_bytes()
        both = self.folder / "both.pem"
        both.write_bytes(b"# two\n" + other + self.authority.ca_file.read_bytes())
        self.assertEqual(self.heard(make_trust(str(both)), "localhost"), b"hello")

    def test_off(self) -> None:
        """
        C{off} believes everybody.
        """
        for host in ("localhost", "127.0.0.1", "elsewhere.test"):
            self.assertEqual(self.heard(make_trust("off"), host), b"hello")

    def test_bad_file(self) -> None:
        """
        A file without certificates is named.
        """
        empty = self.folder / "empty.pem"
        empty.write_text("")
        broken = self.folder / "broken.pem"
        broken.write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----")
        for path in (empty, broken, self.folder / "none.pem"):
            error = self.assertRaises(SettingsError, make_trust, str(path))
            self.assertIn(str(path), str(error))


class CommandTests(SynchronousTestCase):
    """
    Tests for C{acs-emulator ca}.
    """

    def test_path(self) -> None:
        """
        The path is told once there is something there.
        """
        folder = Path(self.mktemp()).resolve()
        error = self.assertRaises(BadAuthority, ca_path, str(folder))
        self.assertIn("--tls", str(error))
        self.assertEqual(main(["ca", "--folder", str(folder)]), 1)
        open_authority(folder, [], NOW)
        self.assertEqual(ca_path(str(folder)), str(folder / "ca.pem"))
        self.assertEqual(main(["ca", "--folder", str(folder)]), 0)

    def test_options(self) -> None:
        """
        The command may name the folder.
        """
        parser = argparse.ArgumentParser()
        add_ca(parser.add_subparsers(dest="command"))
        self.assertIs(parser.parse_args(["ca"]).folder, None)

    def test_context(self) -> None:
        """
        TLS is for C{https} only.
        """
        self.assertIs(control_context("http://127.0.0.1:1"), None)
        self.assertIsNot(control_context("https://localhost:1"), None)
