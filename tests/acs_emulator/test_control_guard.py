"""
Tests for who may use the control API, and with what it cannot be upset.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import readBody

from acs_emulator.errors import SettingsError
from acs_emulator.fronts.http_client import WholeBody
from acs_emulator.fronts.json_api import is_local_name
from acs_emulator.settings import parse_settings

from .support import APP, EmulatorTestCase


class HostTests(EmulatorTestCase):
    """
    The name under which a client knows the emulator.
    """

    document = {
        "base_url": "http://emulator.test:8480",
        "control": {"hosts": ["Emulator.Example"]},
    }

    def status(self, host: str, path: str = "/resource", method: bytes = b"GET") -> int:
        url = f"http://{host}/emulator{path}".encode("ascii")
        response = self.successResultOf(self.agent.request(method, url))
        self.said = self.successResultOf(readBody(response)).decode("utf-8")
        return int(response.code)

    def test_ours(self) -> None:
        """
        Loopback names and addresses, the host of C{base_url} and what the settings
        name are ours, whatever the port and the case.
        """
        for host in (
            "localhost",
            "LOCALHOST:9",
            "a.localhost",
            "127.0.0.1:8480",
            "127.9.9.9",
            "[::1]:8480",
            "emulator.test",
            "emulator.example:1",
        ):
            self.assertEqual(self.status(host), 200, host)

    def test_strange(self) -> None:
        """
        Any other name is refused with the way out, for all parts of the control
        API; health is no secret.
        """
        for path in ("/resource", "/calls", "/faults", "/journal", "/subscriptions"):
            for host in ("evil.example", "localhost.evil.example", "192.0.2.1"):
                self.assertEqual(self.status(host, path), 403, (host, path))
                self.assertIn("[control] hosts", self.said)
        self.assertEqual(self.status("evil.example", "/calls", b"POST"), 403)
        self.assertEqual(self.status("evil.example", "/health"), 200)

    def test_names(self) -> None:
        """
        What is local, and what only looks like it.
        """
        for name in ("", "127.0.0.1.evil.example", "local", "::2", "0.0.0.0"):
            self.assertFalse(is_local_name(name), name)


class SettingsTests(SynchronousTestCase):
    """
    C{[control] hosts}.
    """

    def test_names(self) -> None:
        """
        Names of the certificate count, too.
        """
        document = {"tls": {"names": ["Box.example"]}, "control": {"hosts": ["a"]}}
        found = parse_settings(document, None).control_hosts
        self.assertEqual(found, {"box.example", "a", "localhost"})

    def test_wrong(self) -> None:
        """
        Addresses with scheme or path are no names.
        """
        for hosts in (["http://a"], "a", [1], ["a/b"]):
            document = {"control": {"hosts": hosts}}
            with self.assertRaises(SettingsError) as raised:
                parse_settings(document, None)
            self.assertIn("control.hosts: must be a list", str(raised.exception))


class SurrogateTests(EmulatorTestCase):
    """
    Half of a surrogate pair can be written in JSON, and nowhere else.
    """

    def put(self, path: str, body: Any, method: bytes = b"PUT") -> tuple[int, str]:
        answer = self.agent.request(
            method,
            f"http://emulator.example/emulator{path}".encode("ascii"),
            None,
            WholeBody(json.dumps(body).encode("ascii")),
        )
        self.agent.flush()
        response = self.successResultOf(answer)
        return response.code, self.successResultOf(readBody(response)).decode("utf-8")

    def test_control(self) -> None:
        """
        It is refused wherever it stands.
        """
        good = {"endpoint": f"{APP}/events"}
        for body in (
            {**good, "headers": {"a": "\ud800"}},
            {**good, "headers": {"\udfff": "a"}},
            {**good, "headers": {"a": {"value": "x", "\ud800": 1}}},
            {"endpoint": "http://\ud800/"},
        ):
            status, text = self.put("/subscriptions/app", body)
            self.assertEqual(status, 400, body)
            self.assertIn("surrogate", text)
        call = {"from": "+14255550123", "to": "\ud800"}
        self.assertEqual(self.put("/calls", call, b"POST")[0], 400)

    def test_rest(self) -> None:
        """
        Applications are told, too.
        """
        status, body = self.rest("POST", "/callConnections:answer", {"\ud800": 1})
        self.assertEqual(status, 400)
        self.assertIn("surrogate", body["error"]["message"])

    def test_deep(self) -> None:
        """
        A body too deep to be read is no JSON that anybody means.
        """
        answer = self.agent.request(
            b"PUT",
            b"http://emulator.example/emulator/subscriptions/app",
            None,
            WholeBody(b"[" * 100_000),
        )
        self.assertEqual(self.successResultOf(answer).code, 400)
