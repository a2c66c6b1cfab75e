"""
Tests for L{acsgw.bridge.bridge}: how it comes to its end.
"""

from __future__ import annotations

from typing import Any

from acsgw.interfaces import RecordingResult

from .world import REQUEST, BridgeTestCase, frame


class EndTests(BridgeTestCase):
    """
    How a bridge comes to its end.
    """

    def test_drain(self) -> None:
        """
        The call hears when all has been heard that the agent had said.
        """
        self.open()
        self.agent.events.agent_audio(frame(1) * 4, "u", 0)
        self.bridge.drain()
        self.pump(3)
        self.assertEqual(self.listener.heard, [])
        self.pump(2)
        self.assertEqual(self.listener.heard, [("speech_drained",)])

    def test_drain_without_stream(self) -> None:
        """
        Where nothing can be said nothing is to be waited for.
        """
        self.bridge.drain()
        self.assertEqual(self.listener.heard, [("speech_drained",)])

    def test_agent_events(self) -> None:
        """
        What the agent decides is the call's affair.
        """
        self.open()
        self.agent.events.transcript("caller", "Hi.")
        self.agent.events.transfer(REQUEST)
        self.bridge.tell_transfer_failed("t1", "busy")
        self.agent.events.ended("bye", {"a": "b"})
        self.assertEqual(
            self.listener.heard,
            [
                ("note", "caller_said", "Hi."),
                ("agent_asked_transfer", REQUEST),
                ("agent_ended", "bye", {"a": "b"}),
            ],
        )
        self.assertEqual(self.agent.told, [("transfer_result", "t1", False, "busy")])

    def test_agent_lost(self) -> None:
        """
        An agent that fails, refuses or just goes is lost.
        """
        self.open()
        self.agent.events.failed("crash")
        self.assertEqual(self.listener.heard, [("agent_lost", "crash")])
        self.agent.events.finished()
        self.assertEqual(self.listener.heard[1:], [("agent_lost", "it went away")])
        self.setUp()
        self.connector.refuse = "busy"
        self.open_refused()

    def open_refused(self) -> None:
        self.bridge.media_opened(self.line, 16000, "cc")
        self.bridge.open_agent()
        self.reactor.advance(0)
        self.assertEqual(self.listener.heard[1], ("agent_lost", "busy"))

    def test_gone_before_the_stream(self) -> None:
        """
        An agent that went away before the stream opened is not there when it does.
        """
        heard: list[bytes] = []
        self.bridge.open_agent()
        self.reactor.advance(0)
        agent: Any = self.agent
        agent.caller_audio = lambda pcm, at: heard.append(pcm)
        agent.events.finished()
        self.bridge.media_opened(self.line, 16000, "cc")
        self.bridge.caller_audio(frame(1))
        self.assertEqual(heard, [])
        self.assertEqual(
            self.listener.heard,
            [("agent_ready",), ("agent_lost", "it went away"), ("media_opened", "cc")],
        )

    def test_close_agent(self) -> None:
        """
        A closed agent hears why, hears no caller any more, is not missed, and says
        no more.
        """
        for gone, told in ((True, "caller_gone"), (False, "close")):
            self.setUp()
            events = self.agent_events()
            self.open()
            self.bridge.close_agent("enough", caller_gone=gone)
            self.bridge.caller_audio(frame(1))
            events[0].agent_audio(frame(1), "late", 0)
            events[0].ready()
            self.assertEqual(self.agent.told, [(told, "enough")])
            self.assertEqual(bytes(self.agent.heard), b"")
            self.assertEqual(self.listener.heard, [])
            self.assertEqual(self.line.sent, [])

    def test_finish(self) -> None:
        """
        The end closes the stream and the recording, and is over when that is on
        disk.
        """
        self.open()
        self.pump(50)
        finishing = self.finish()
        self.assertEqual(self.line.sent, ["close"])
        self.assertEqual(self.recorder.finished, [16000])
        self.assertNoResult(finishing)
        result = RecordingResult("x", 1.0)
        self.recorder.done.callback(result)
        self.assertEqual(self.successResultOf(finishing), result)
        self.assertNoTimers()

    def test_finish_before_it_began(self) -> None:
        """
        A call without media has no recording.
        """
        self.assertIsNone(self.successResultOf(self.finish()))
        self.assertEqual(self.recordings, [])

    def test_stream_closes(self) -> None:
        """
        When the stream has closed nothing is said to it any more.
        """
        self.open()
        self.agent.events.agent_audio(frame(1) * 50, "u", 0)
        self.line.sent.clear()
        self.bridge.media_closed("1006")
        self.pump(10)
        self.assertEqual(self.line.sent, [])
        self.assertEqual(self.listener.heard, [("media_closed", "1006")])
        self.assertNoTimers()
        self.finish()
        self.assertEqual(self.line.sent, [])

    def test_stream_opens_too_late(self) -> None:
        """
        A stream that opens when the call has ended is closed; no clock starts and
        no recording begins.
        """
        self.finish()
        self.bridge.media_opened(self.line, 16000, "cc")
        self.assertEqual(self.line.sent, ["close"])
        self.assertEqual(self.recordings, [])
        self.assertEqual(self.listener.heard, [])
        self.assertNoTimers()
