"""
Tests for C{acsgw check --online} against the gateway and the emulated Azure.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.web.resource import Resource
from twisted.web.server import Site
from zope.interface import implementer

from acsgw.acs.http import HTTP
from acsgw.errors import AcsgwError, SpeechUnavailable
from acsgw.interfaces import IAgentProbe
from acsgw.keys.recording_keys import RECORDING_KEYS, open_recording_keys
from acsgw.online.command import OnlineCheck
from acsgw.online.dial import Dialer
from acsgw.online.storage import OpenStore
from acsgw.secret_hash import SecretHash
from acsgw.storage.kinds import open_store

from ..provision.support import AZURE, SECRETS, AzureTestCase
from ..scenarios.house import API_SECRET, EMULATOR

PROXY = "http://127.0.0.1:9090"


@implementer(IAgentProbe)
class Probed:
    """
    A connector that can reach its agent without a call.
    """

    def __init__(self, error: AcsgwError | None = None) -> None:
        self._error = error

    def probe(self) -> Deferred[str]:
        return (
            succeed("wss://agent answers") if self._error is None else fail(self._error)
        )


class Answering(Resource):
    """
    Something in front that answers everything by itself.
    """

    isLeaf = True

    def __init__(self, status: int, body: bytes = b"") -> None:
        super().__init__()
        self._status, self._body = status, body

    def render(self, request: Any) -> bytes:
        request.setResponseCode(self._status)
        request.setHeader("content-type", "application/json")
        return self._body


class OnlineTests(AzureTestCase):
    """
    One line each, with the way out.
    """

    def check(
        self,
        azure: Any = AZURE,
        *,
        ahead: float = 0,
        token: str = "t",
        connectors: Any = None,
        http: HTTP | None = None,
        open_store: OpenStore = open_store,
        **settings: Any,
    ) -> tuple[int, list[str]]:
        """
        @return: exit status and lines.
        """
        self.said.clear()
        outside = self.outside(ahead)
        order = self.order(azure, apply=False, token=token, **settings)

        def connect() -> Any:
            if isinstance(connectors, Exception):
                raise connectors
            return {"local": self.agents} if connectors is None else connectors

        dialer = Dialer(self.reactor)
        check = OnlineCheck(
            order=order,
            outside=outside,
            dialer=dialer,
            connect=connect,
            open_store=open_store,
        )
        return self.wait(check.run(), 60), self.said

    def line(self, what: str) -> str:
        [line] = [x for x in self.said if x[5:].startswith(f"{what}:")]
        return line

    def assertLine(self, start: str, *parts: str) -> None:
        """
        One line begins so, and holds these parts.
        """
        found = [x for x in self.said if x.startswith(start)]
        self.assertEqual(len(found), 1, "\n".join(self.said))
        for part in parts:
            self.assertIn(part, found[0])

    def put_in_front(self, status: int, body: bytes = b"") -> dict[str, Any]:
        """
        @return: settings whose public URL leads to something that answers so.
        """
        site = Site(Answering(status, body), reactor=self.reactor)
        self.port = self.reactor.listenTCP(9090, site)
        return {"gateway": {"public_url": PROXY}}

    def stop_gateway(self) -> None:
        stopped = self.gateway.stopService()
        self.reactor.run_for(8)
        self.successResultOf(stopped)
        self.patch(self.gateway, "stopService", lambda: None)

    def test_all_is_well(self) -> None:
        """
        While the gateway runs and Azure is set up, everything is checked and ok;
        but for the missing TLS, which is a warning.
        """
        self.provision(AZURE)
        status, lines = self.check()
        self.assertEqual(status, 0, "\n".join(lines))
        words = {line[5:].partition(":")[0]: line[:5].strip() for line in lines}
        self.assertEqual(
            words,
            {
                "gateway": "ok",
                "public URL": "warn",
                "WebSocket": "ok",
                "handshake of test": "ok",
                "access key of test": "ok",
                "clock": "ok",
                "Azure's public keys": "ok",
                "event subscriptions of test": "ok",
                "agent local": "ok",
                "signing keys": "ok",
            },
        )
        self.assertNotIn(API_SECRET, "\n".join(lines))

    def test_cloud_events(self) -> None:
        """
        For an account with CloudEvents it is their handshake that is tried.
        """
        azure = {**AZURE, "event_schema": "CloudEventSchemaV1_0"}
        self.provision(azure)
        status, _ = self.check(azure)
        self.assertEqual(status, 0)
        self.assertLine("ok   handshake of test")

    def test_gateway_does_not_run(self) -> None:
        """
        What cannot be checked without the gateway is said, with the way out.
        """
        self.stop_gateway()
        status, _ = self.check()
        self.assertEqual(status, 1)
        self.assertLine(
            "--   gateway", "does not run on this machine", "twistd -n acsgw"
        )
        self.assertLine("FAIL public URL", "cannot be reached", "ConnectionRefused")
        self.assertLine("--   WebSocket", "not checked")
        self.assertLine("--   handshake", "not checked")
        self.assertLine("--   agent local", "not checked")
        self.assertLine("ok   access key of test")

    def test_nobody_behind(self) -> None:
        """
        A proxy that says that nobody stands behind it is no failure of its own while
        the gateway does not run.
        """
        self.stop_gateway()
        self.check(**self.put_in_front(502))
        self.assertLine("--   WebSocket", "does not run -> start it")
        self.assertLine("--   handshake of test", "does not run -> start it")

    def test_proxy(self) -> None:
        """
        What stands in front is told by what it answers.
        """
        for status, upgrade, handshake in (
            (404, "pass on /v1/media/ too", "pass on /v1/acs-events"),
            (403, "firewall", "firewall"),
            (426, "WebSocket upgrades", "log"),
            (301, "log", "redirects"),
            (200, "log", "somebody else"),
            (503, "log", "draining"),
        ):
            port = self.put_in_front(status)
            code, _ = self.check(**port)
            self.assertEqual(code, 1)
            self.assertLine("FAIL WebSocket", str(status), upgrade)
            self.assertLine("FAIL handshake of test", str(status), handshake)
            self.port.stopListening()

    def test_log_in_in_front(self) -> None:
        """
        A refusal of an upgrade that is not the gateway's is a warning.
        """
        self.check(**self.put_in_front(401))
        self.assertLine("warn WebSocket", "not in the gateway's words")

    def test_other_credentials(self) -> None:
        """
        A gateway that runs with other credentials does not pass the handshake.
        """
        other = {**SECRETS, "ACSGW_ACCOUNTS_TEST_API_SECRET": "x" * 30}
        status, _ = self.check(secrets=other)
        self.assertEqual(status, 1)
        self.assertLine("FAIL handshake of test", "401", "other credentials")

    def test_only_the_hash(self) -> None:
        """
        Without the secret itself the handshake cannot be tried.
        """
        secrets = dict(SECRETS)
        secret = secrets.pop("ACSGW_ACCOUNTS_TEST_API_SECRET")
        self.check(secrets=secrets, api_secret_hash=str(SecretHash.of(secret)))
        self.assertLine(
            "--   handshake of test", "only the hash", "ACSGW_ACCOUNTS_TEST_API_SECRET"
        )

    def test_wrong_key(self) -> None:
        """
        An access key that Azure refuses fails; the clock is looked at all the same.
        """
        other = {**SECRETS, "ACSGW_ACCOUNTS_TEST_ACS_ACCESS_KEY": "b3RoZXI="}
        status, _ = self.check(secrets=other)
        self.assertEqual(status, 1)
        self.assertLine("FAIL access key of test", "(401)", "portal: Keys")
        self.assertLine("ok   clock")

    def test_no_azure_there(self) -> None:
        """
        What answers anything with 200, or with nonsense, takes no access key.
        """
        for port, body, said in (
            (9093, b"{}", "knows a call that there is not"),
            (9094, b"[" * 100_000, "the answer makes no sense"),
        ):
            site = Site(Answering(200, body), reactor=self.reactor)
            self.reactor.listenTCP(port, site)
            url = f"http://127.0.0.1:{port}"
            status, _ = self.check(None, acs_endpoint=url)
            self.assertEqual(status, 1)
            self.assertLine("FAIL access key of test", said, "acs_endpoint")

    def test_no_azure(self) -> None:
        """
        An endpoint that cannot be reached fails, and leaves the clock unchecked.
        """
        nowhere = "http://127.0.0.1:1"
        status, _ = self.check(acs_endpoint=nowhere)
        self.assertEqual(status, 1)
        self.assertLine("FAIL access key of test", nowhere, "acs_endpoint")
        self.assertLine("--   clock", "not checked")

    def test_clock(self) -> None:
        """
        A clock that is off by more than a minute is a warning, by more than five a
        failure: Azure takes no signature then.
        """
        for ahead, start in (
            (90, "warn clock"),
            (-90, "warn clock"),
            (400, "FAIL clock"),
        ):
            self.check(ahead=ahead)
            self.assertLine(start, "ahead" if ahead > 0 else "behind", "NTP")

    def test_keys(self) -> None:
        """
        Public keys that cannot be had, or are another issuer's, fail.
        """
        self.reactor.listenTCP(9090, Site(Answering(500), reactor=self.reactor))
        for url, parts in (
            (f"{PROXY}/x", ("answers 500",)),
            ("http://127.0.0.1:1/x", ("ConnectionRefused", "openid_configuration")),
        ):
            self.check(openid={"issuer": EMULATOR, "openid_configuration": url})
            self.assertLine("FAIL Azure's public keys", *parts)
        right = f"{EMULATOR}/calling/.well-known/acsopenidconfiguration"
        self.check(openid={"issuer": "https://x", "openid_configuration": right})
        self.assertLine("FAIL Azure's public keys", "not of https://x", "azure.issuer")

    def test_subscriptions(self) -> None:
        """
        Subscriptions that are missing or differ fail, field by field; those of
        others that get into the way are warnings.
        """
        status, _ = self.check()
        self.assertEqual(status, 1)
        missing = [x for x in self.said if "is missing -> acsgw provision" in x]
        self.assertEqual(len(missing), 2)
        self.provision(AZURE)
        self.subscribe()
        numbers = {**AZURE, "phone_numbers": ["+18005550100"]}
        status, _ = self.check(numbers)
        self.assertEqual(status, 1)
        self.assertLine(
            "FAIL event subscriptions of test",
            "filter is data.to.kind StringIn phoneNumber, should be data.to.rawId",
            "acsgw provision --apply",
        )
        warned = [x for x in self.said if x.startswith("warn event subscriptions")]
        self.assertEqual(len(warned), 2)

    def test_reader(self) -> None:
        """
        Who may only read is told what could not be compared.
        """
        self.provision(AZURE)
        status, _ = self.check(token="reader")
        self.assertEqual(status, 0)
        self.assertLine("ok   event subscriptions", "cannot be read back")

    def test_forbidden(self) -> None:
        """
        A credential that may not even read fails, with the role that is missing.
        """
        status, _ = self.check(token="nobody")
        self.assertEqual(status, 1)
        self.assertLine("FAIL event subscriptions of test", "'Reader' on")

    def test_not_set_up(self) -> None:
        """
        An account without a table of Azure's is not checked there.
        """
        status, _ = self.check(None)
        self.assertEqual(status, 0)
        self.assertLine("--   event subscriptions of test", "[accounts.test.azure]")

    def test_agents(self) -> None:
        """
        An agent is asked by its connector, if that can; else the gateway tells.
        """
        status, _ = self.check(
            None,
            connectors={"good": Probed(), "bad": Probed(AcsgwError("gone; mend it"))},
        )
        self.assertEqual(status, 1)
        self.assertLine("ok   agent good", "wss://agent answers")
        self.assertLine("FAIL agent bad", "gone; mend it")
        self.check(None, connectors=SpeechUnavailable("no library; install it"))
        self.assertLine("FAIL agent", "no library; install it")
        self.patch(self.agents, "not_ready", lambda: "models are loading")
        status, _ = self.check(None)
        self.assertEqual(status, 0)
        self.assertLine("warn gateway", "models are loading")
        self.assertLine("warn agent local", "models are loading")

    def test_ring(self) -> None:
        """
        Signing keys that cannot be read fail.
        """
        (self.folder / "state").mkdir()
        (self.folder / "state" / "keys.json").write_text("{}")
        status, _ = self.check(None)
        self.assertEqual(status, 1)
        self.assertLine("FAIL signing keys", "not a key ring")

    def test_recording_keys(self) -> None:
        """
        The keys of sealed recordings: to be made, lost, damaged, open to others, and
        well.
        """
        recordings, state = self.folder / "recordings", self.folder / "state"
        for folder in (recordings, state):
            folder.mkdir(exist_ok=True)

        def check(start: str, *parts: str) -> None:
            sealed = {
                "recordings_sealed": True,
                "recordings_dir": str(recordings.resolve()),
            }
            status, _ = self.check(None, gateway=sealed)
            self.assertEqual(status, int(start == "FAIL"))
            self.assertLine(f"{start:5}recording keys", *parts)

        keys = state / RECORDING_KEYS
        check("ok", "will be made at the first start", "copy it to a safe place")
        (recordings / "c1.wav.sealed").touch()
        check("warn", "c1.wav.sealed was sealed", "restore it from a copy")
        keys.write_text("{}")
        check("FAIL", "not a key ring", "restore it from a copy")
        keys.unlink()
        ring = open_recording_keys(state, create=True)
        check("ok", f"the current one is {ring.current().key_id}")
        keys.chmod(0o644)
        check("warn", "mode 644", f"chmod 600 {keys}")
        self.check(None)
        self.assertNotIn("recording keys", "\n".join(self.said))

    def test_other_program(self) -> None:
        """
        Another program on the operations port is told as such.
        """
        self.put_in_front(404)
        self.check(None, gateway={"operations_listen": "tcp:9090"})
        self.assertLine("FAIL gateway", "answers 404", "another program")
        self.reactor.listenTCP(9091, Site(Answering(200, b"["), reactor=self.reactor))
        self.check(None, gateway={"operations_listen": "tcp:9091"})
        self.assertLine("FAIL gateway", "answers 200", "another program")
        self.check(None, gateway={"operations_listen": "unix:/run/x"})
        self.assertLine("--   gateway", "no TCP port")
