"""
Tests for L{acsgw.bridge.bridge}: audio goes both ways.
"""

from __future__ import annotations

from acsgw.interfaces import PlayState

from .world import INFO, BridgeTestCase, frame


class AudioTests(BridgeTestCase):
    """
    Audio goes both ways.
    """

    def test_opened(self) -> None:
        """
        The call hears that the media stream is open and that the agent is ready.
        """
        self.bridge.media_opened(self.line, 16000, "cc")
        self.bridge.open_agent()
        self.assertEqual(self.agent.call, INFO)
        self.reactor.advance(0)
        self.assertEqual(
            self.listener.heard, [("media_opened", "cc"), ("agent_ready",)]
        )

    def test_caller_to_agent(self) -> None:
        """
        The agent hears the caller, what he said before it was ready included.
        """
        self.bridge.media_opened(self.line, 16000, "cc")
        self.bridge.caller_audio(frame(1))
        self.bridge.open_agent()
        self.bridge.caller_audio(frame(2))
        self.reactor.advance(0)
        self.bridge.caller_audio(frame(3))
        self.assertEqual(bytes(self.agent.heard), frame(1) + frame(2) + frame(3))

    def test_agent_to_caller(self) -> None:
        """
        What the agent says in a burst goes out at the speed of the clock; the
        agent hears how far the caller has heard it.
        """
        self.open()
        self.agent.events.agent_audio(frame(7) * 10, "u", 0)
        self.agent.events.utterance_end("u")
        self.assertEqual(len(self.line.sent), 3)
        self.pump(3)
        self.assertIn(len(self.line.sent), (5, 6))
        self.pump(10)
        self.assertEqual(self.line.sent, [frame(7)] * 10)
        self.assertEqual(
            self.agent.told,
            [
                ("played", "u", 0, PlayState.STARTED),
                ("played", "u", 200, PlayState.DONE),
            ],
        )
        self.assertEqual(self.bridge.counters["underruns"], 0)

    def test_barge_in(self) -> None:
        """
        A flush of the agent silences the line before anything new is said, and is
        worth a line in the story.
        """
        self.open()
        self.agent.events.agent_audio(frame(1) * 50, "u", 0)
        self.pump(2)
        before = len(self.line.sent)
        self.agent.events.flush(1)
        self.agent.events.agent_audio(frame(2), "v", 1)
        self.assertEqual(self.line.sent[before:], ["stop", frame(2)])
        self.assertEqual(self.listener.heard, [("note", "barge_in", "")])
        flushed = [told for told in self.agent.told if told[-1] is PlayState.FLUSHED]
        self.assertEqual(flushed, [("played", "u", 40, PlayState.FLUSHED)])

    def test_keys(self) -> None:
        """
        Keys reach the agent and the story.
        """
        self.open()
        self.bridge.caller_pressed("#")
        self.assertEqual(self.agent.told, [("dtmf", "#")])
        self.assertEqual(self.listener.heard, [("note", "key", "#")])

    def test_before_the_stream(self) -> None:
        """
        Audio and keys without a stream go nowhere, and harm nobody.
        """
        self.bridge.caller_audio(frame(1))
        self.bridge.caller_pressed("1")
        self.bridge.open_agent()
        self.reactor.advance(0)
        self.agent.events.agent_audio(frame(1), "u", 0)
        self.agent.events.utterance_end("u")
        self.agent.events.flush(1)
        self.assertEqual(self.listener.heard, [("agent_ready",)])
        self.assertEqual(self.bridge.counters, {})

    def test_counters(self) -> None:
        """
        What went less than perfect is counted.
        """
        self.bridge.media_opened(self.line, 16000, "cc")
        for _ in range(60):
            self.bridge.caller_audio(frame(1))
        self.bridge.open_agent()
        self.reactor.advance(0)
        self.agent.events.agent_audio(frame(1), "u", 0)
        self.pump(10)
        self.agent.events.agent_audio(frame(1), "u", 0)
        self.line.frames_dropped = 3
        self.assertEqual(
            self.bridge.counters,
            {
                "underruns": 1,
                "skipped_ms": 0,
                "early_dropped_ms": 200,
                "dropped_to_network": 3,
                "dropped_to_agent": 0,
            },
        )

    def test_recording(self) -> None:
        """
        Both voices are recorded where they were heard.
        """
        self.open()
        self.assertEqual(self.recordings, [("c1", 16000)])
        self.reactor.advance(0.5)
        self.bridge.caller_audio(frame(1))
        self.agent.events.agent_audio(frame(2), "u", 0)
        self.pump(100)
        self.assertEqual(self.recorder.caller, [(frame(1), 8000 - 320)])
        self.assertEqual(self.recorder.agent, [(frame(2), 8000)])
        self.assertEqual(self.recorder.settled_at[-1], 16000 + 8000 - 640)
