"""
Tests for what travels with the caller.
"""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from ivr_sample.errors import BadHeaders
from ivr_sample.handover import (
    check_headers,
    earlier_handovers,
    headers_to_agent,
    is_from,
    parse_variables,
    plain_variables,
    reserved_value,
)

from .house import IVR_USER, settings_in


class HeadersTests(SynchronousTestCase):
    """
    To the gateway.
    """

    def setUp(self) -> None:
        variables = {"brand": "x", "intent": "none"}
        self.gateway = settings_in(
            Path(self.mktemp()),
            gateway__variables=variables,
            gateway__return_identity_header="backTo",
        ).gateway

    def test_headers(self) -> None:
        """
        What is collected goes before what came back, and that before the constants;
        what has a meaning of its own cannot be overridden, in any case.
        """
        headers = headers_to_agent(
            self.gateway,
            IVR_USER,
            "c1",
            2,
            {"intent": "returned", "BACKTO": "8:acs:else", "HandoverKind": "agent"},
            {"intent": "collected", "accountNumber": "ä€"},
        )
        self.assertEqual(
            headers,
            {
                "brand": "x",
                "intent": "collected",
                "accountNumber": "ä€",
                "backTo": IVR_USER,
                "conversationId": "c1",
                "handovers": "2",
            },
        )

    def test_limits(self) -> None:
        """
        At a limit headers may go; beyond it they may not, and the one is named.
        """
        check_headers({"k" * 64: "v" * 1024})
        check_headers({f"k{i}": "" for i in range(1000)})
        for headers, named in (
            ({"k" * 65: ""}, "kkk"),
            ({"": ""}, "''"),
            ({"good": "", "notes": "v" * 1025}, "'notes'"),
            ({"amount": 5}, "'amount'"),
            ({f"k{i}": "" for i in range(1001)}, "1001"),
        ):
            with self.assertRaises(BadHeaders) as caught:
                check_headers(headers)
            self.assertIn(named, str(caught.exception))


class ReturnedTests(SynchronousTestCase):
    """
    From the gateway.
    """

    def test_reserved(self) -> None:
        """
        Names with a meaning are found in any case and are no variables; the others
        keep their case.
        """
        gateway = settings_in(Path(self.mktemp())).gateway
        headers = {"HANDOVERKIND": "agent", "Intent": "x", "variablesurl": "u"}
        self.assertEqual(reserved_value(headers, "handoverKind"), "agent")
        self.assertEqual(reserved_value(headers, "conversationId"), "")
        self.assertEqual(plain_variables(headers, gateway), {"Intent": "x"})

    def test_counter(self) -> None:
        """
        A counter that makes no sense is none.
        """
        for text, wanted in (("2", 2), ("-1", 0), ("²", 0), ("9" * 9, 0), ("", 0)):
            self.assertEqual(earlier_handovers({"Handovers": text}), wanted)

    def test_origin(self) -> None:
        """
        Only the gateway's own address is fetched from, whatever is made to look so.
        """
        origin = "https://gw.example.com/a"
        self.assertTrue(is_from(f"{origin}/v1/variables/token", origin))
        for url in (
            "http://gw.example.com/a/x",
            "https://gw.example.com:8443/a/x",
            "https://gw.example.com.evil.example/a/x",
            "https://gw.example.com@evil.example/a/x",
            "https://evil.example@gw.example.com/a/x",
            "https://gw.example.com/ab",
            "https://[",
            "",
        ):
            self.assertFalse(is_from(url, origin), url)
            self.assertFalse(is_from(url, None), url)

    def test_variables(self) -> None:
        """
        Values that are no texts become JSON; nothing else than an object is good.
        """
        parsed = parse_variables('{"a": "b", "n": [1, "ä"], "none": null}'.encode())
        self.assertEqual(parsed, {"a": "b", "n": '[1, "ä"]'})
        for body in (b"[]", b"", b"\xff"):
            self.assertRaises(ValueError, parse_variables, body)
