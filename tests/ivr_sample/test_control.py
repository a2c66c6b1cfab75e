"""
Tests for L{ivr_sample.control}.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.web.client import Agent
from twisted.web.resource import Resource
from twisted.web.server import Site

from acsgw.testing.memory_network import MemoryNetwork
from ivr_sample.actions import Ask
from ivr_sample.control import IvrControl

from ..support import ClockTestCase
from .house import settings_in


class Service(Resource):
    """
    Takes everything, and remembers it.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[Any] = []

    def render_POST(self, request: Any) -> bytes:
        self.bodies.append(json.loads(request.content.read()))
        request.setResponseCode(202)
        return b""


class ControlTests(ClockTestCase):
    """
    What goes to Azure.
    """

    reactor: MemoryNetwork

    def make_reactor(self) -> MemoryNetwork:
        return MemoryNetwork()

    def setUp(self) -> None:
        super().setUp()
        self.service = Service()
        self.reactor.listenTCP(8480, Site(self.service, reactor=self.reactor))
        settings = settings_in(
            Path(self.mktemp()),
            prompts__voice="en-GB-Anybody",
            account__stop_tone="*",
            flow__barge_in=False,
        )
        self.control = IvrControl(
            settings,
            "http://ivr/v1/prompts",
            HTTPClient(Agent(self.reactor)),
            self.reactor,
            lambda: 0.0,
            lambda: "id",
        )

    def sent(self, asking: Any) -> Any:
        done = Deferred.fromCoroutine(asking)
        self.reactor.run_for(0.2)
        self.successResultOf(done)
        return self.service.bodies.pop()

    def test_sources(self) -> None:
        """
        Neighbors of a kind are one source: files by an address that names them all,
        texts as one text with the voice of the settings.
        """
        phrases = ("a.wav", "ü.wav", "One.", "Two.", "b.wav")
        body = self.sent(self.control.play("cc", phrases, "say-1"))
        self.assertEqual(body["operationContext"], "say-1")
        self.assertEqual(
            body["playSources"],
            [
                {
                    "kind": "file",
                    "file": {"uri": "http://ivr/v1/prompts/a.wav%2C%C3%BC.wav"},
                },
                {
                    "kind": "text",
                    "text": {"text": "One. Two.", "voiceName": "en-GB-Anybody"},
                },
                {"kind": "file", "file": {"uri": "http://ivr/v1/prompts/b.wav"}},
            ],
        )

    def test_recognize(self) -> None:
        """
        The question's limits, and whether keys may interrupt, go along.
        """
        ask = Ask(
            name="account",
            phrases=("a.wav",),
            max_digits=5,
            stop_tone="*",
            silence=7,
            between=3,
        )
        caller = "4:+14255550123"
        body = self.sent(self.control.recognize("cc", caller, ask, "ask-1"))
        options = body["recognizeOptions"]
        self.assertEqual(options["targetParticipant"]["rawId"], caller)
        self.assertEqual(options["initialSilenceTimeoutInSeconds"], 7)
        self.assertFalse(options["interruptPrompt"])
        self.assertEqual(
            options["dtmfOptions"],
            {
                "interToneTimeoutInSeconds": 3,
                "maxTonesToCollect": 5,
                "stopTones": ["asterisk"],
            },
        )
