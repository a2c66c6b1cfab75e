"""
A stream over real sockets, with the agent in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any
from uuid import uuid4

from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase
from twisted.web.client import Agent

from acsgw.agent.kinds import build_agent
from acsgw.agent.options import StreamOptions, TwilioStreamOptions
from acsgw.interfaces import CallInfo
from acsgw.testing.agent_events import RecordingEvents
from acsgw.wire.media_hub import MediaHub

from .test_daemons import free_ports


class Events(RecordingEvents):
    """
    @ivar spoke: fires when the agent has spoken.
    @ivar over: fires when the conversation is finished.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_ready: Deferred[None] = Deferred()
        self.spoke: Deferred[None] = Deferred()
        self.over: Deferred[None] = Deferred()

    def ready(self) -> None:
        super().ready()
        self.is_ready.callback(None)

    def agent_audio(self, pcm: bytes, utterance: str, generation: int) -> None:
        super().agent_audio(pcm, utterance, generation)
        if not self.spoke.called:
            self.spoke.callback(None)

    def finished(self) -> None:
        super().finished()
        self.over.callback(None)


class StreamAgentTests(TestCase):
    """
    Tests for L{build_agent} and C{python -m acsgw.testing.twilio_agent}.
    """

    timeout = 30

    def start(self, *arguments: str) -> int:
        """
        @return: the port of an agent that takes streams.
        """
        port = free_ports()
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "acsgw.testing.twilio_agent"),
                *("--port", str(port), *arguments),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )

        def stop() -> None:
            process.terminate()
            process.communicate()

        self.addCleanup(stop)
        assert process.stdout is not None
        self.assertIn("streams are taken at", process.stdout.readline())
        return port

    async def echo(self, *arguments: str) -> None:
        from twisted.internet import reactor

        port = self.start(*arguments)
        connector: Any = build_agent(
            TwilioStreamOptions(
                name="bot",
                url=f"ws://127.0.0.1:{port}/",
                stream=StreamOptions(ping_seconds=0),
            ),
            MediaHub(reactor),
            HTTPClient(Agent(reactor)),
            lambda: uuid4().hex,
        )
        events = Events()
        call = CallInfo(
            call_id=uuid4().hex, correlation_id="c", account="a", caller="", callee=""
        )
        agent = connector.open(call, events)
        await events.is_ready
        line: Any = agent._line
        self.assertTrue(line.transport.getTcpNoDelay())
        agent.caller_audio(b"\x9f" * 160, 0)
        await events.spoke
        self.assertEqual(
            [mulaw for mulaw, _, _ in events.all_of("agent_audio")], [b"\x9f" * 160]
        )
        closed = line.is_closed
        agent.close("end")
        await events.over
        await closed
        for timer in reactor.getDelayedCalls():
            timer.cancel()  # Autobahn's are kept in buckets, and outlive their use
        self.assertEqual(events.broken_promises(), [])

    def test_echo(self) -> Deferred[None]:
        """
        What the caller says comes back, and no packet waits to be filled.
        """
        return Deferred.fromCoroutine(self.echo())

    def test_fast_echo(self) -> Deferred[None]:
        """
        The same without checks, as measurements want it.
        """
        return Deferred.fromCoroutine(self.echo("--fast"))
