"""
Tests for L{acsgw.bridge.bridge}: another agent session, and the gateway's own words.
"""

from __future__ import annotations

from acsgw.interfaces import AgentEvents, CallInfo, IVoiceAgent, PlayState

from .world import REQUEST, BridgeTestCase, frame


class ResumeTests(BridgeTestCase):
    """
    A new session takes the place of one that is over.
    """

    def resume(self) -> None:
        """
        The new session is opened, and ready.
        """
        self.open()
        self.old = self.agent
        self.bridge.resume_agent()
        self.reactor.advance(0)

    def test_knows_of_whom(self) -> None:
        """
        The new session is told the same of the call, and that it goes on; the first
        was not.
        """
        self.resume()
        self.assertIsNone(self.old.call.resume_of)
        self.assertEqual(self.agent.call.resume_of, "c1")
        self.assertEqual(self.agent.call.call_id, "c1")
        self.assertEqual(self.listener.heard, [("agent_ready",)])

    def test_old_is_closed(self) -> None:
        """
        The old one is closed, and its end is not taken for that of the new one.
        """
        self.resume()
        self.assertEqual([told[0] for told in self.old.told], ["close"])
        self.assertNotIn(("agent_lost", "it went away"), self.listener.heard)

    def test_old_is_not_heard(self) -> None:
        """
        Whatever the old session still says, the new one is the agent: an adapter
        whose peer is slow may say all of this late.
        """
        given: list[AgentEvents] = []
        opened = self.connector.open

        def open_agent(call: CallInfo, events: AgentEvents) -> IVoiceAgent:
            given.append(events)
            return opened(call, events)

        self.patch(self.connector, "open", open_agent)
        self.open()
        late = given[0]
        self.bridge.resume_agent()
        self.reactor.advance(0)
        self.listener.heard.clear()
        self.line.sent.clear()
        late.ready()
        late.refused("no")
        late.agent_audio(frame(1), "old", 0)
        late.flush(7)
        late.transcript("agent", "old words")
        late.transfer(REQUEST)
        late.ended("bye", {"old": "1"})
        late.failed("crash")
        late.finished()
        self.assertEqual(self.listener.heard, [])
        self.assertEqual(self.line.sent, [])
        self.agent.events.agent_audio(frame(2) + b"\1\1", "new", 0)
        late.utterance_end("new")
        self.pump(5)
        self.assertEqual(self.line.sent, [frame(2)])

    def test_all_of_the_new_one(self) -> None:
        """
        The new one is heard in all that it says.
        """
        self.resume()
        self.listener.heard.clear()
        self.agent.events.transcript("agent", "Hello again.")
        self.agent.events.agent_audio(frame(1) * 20, "s1", 0)
        self.agent.events.utterance_end("s1")
        self.agent.events.flush(1)
        self.agent.events.transfer(REQUEST)
        self.agent.events.ended("bye", {"a": "b"})
        self.assertEqual(
            self.listener.heard,
            [
                ("note", "agent_said", "Hello again."),
                ("note", "barge_in", ""),
                ("agent_asked_transfer", REQUEST),
                ("agent_ended", "bye", {"a": "b"}),
            ],
        )

    def test_old_words(self) -> None:
        """
        What the old one had still to say is not heard, nor told to the new one, and
        the caller did not interrupt it; a generation of it does not silence the new
        one, which is heard at once.
        """
        self.open()
        self.agent.events.flush(3)
        self.agent.events.agent_audio(frame(1) * 50, "s1", 3)
        self.bridge.drain()
        self.line.sent.clear()
        self.bridge.resume_agent()
        self.reactor.advance(0)
        self.assertEqual(self.line.sent, ["stop"])
        self.assertEqual(self.listener.heard, [("agent_ready",)])
        self.agent.events.agent_audio(frame(2), "s1", 0)
        self.pump(3)
        self.assertEqual(self.line.sent, ["stop", frame(2)])
        self.assertEqual(self.agent.told, [("played", "s1", 0, PlayState.STARTED)])

    def test_position(self) -> None:
        """
        The caller's time goes on while there is no agent.
        """
        self.open()
        positions: list[int] = []
        self.bridge.close_agent("lost", caller_gone=False)
        for _ in range(5):
            self.pump(1)
            self.bridge.caller_audio(frame(1))
        self.bridge.resume_agent()
        self.agent.caller_audio = (  # type: ignore[method-assign]
            lambda pcm, position_ms: positions.append(position_ms)
        )
        self.pump(1)
        self.bridge.caller_audio(frame(1))
        self.assertEqual(positions, [100])

    def test_early_audio(self) -> None:
        """
        What the caller says while it is opened is heard by the new one.
        """
        self.open()
        self.bridge.resume_agent()
        self.bridge.caller_audio(frame(9))
        self.reactor.advance(0)
        self.assertEqual(bytes(self.agent.heard), frame(9))


class HearsTests(BridgeTestCase):
    """
    Can the agent be told that a transfer has failed?
    """

    def test_there(self) -> None:
        """
        It can if it is there, and its kind can hear it.
        """
        self.assertFalse(self.bridge.agent_hears)
        self.open()
        self.assertTrue(self.bridge.agent_hears)
        self.connector.hears_transfer_results = False
        self.assertFalse(self.bridge.agent_hears)

    def test_gone(self) -> None:
        """
        An agent that went away cannot.
        """
        self.open()
        self.agent.events.finished()
        self.assertFalse(self.bridge.agent_hears)


class PlayTests(BridgeTestCase):
    """
    The gateway says something itself.
    """

    def test_played(self) -> None:
        """
        The caller hears it after what the agent said, it is in the recording, and
        the call is told when it was heard.
        """
        self.open()
        self.agent.events.agent_audio(frame(1) * 2, "u", 0)
        self.bridge.close_agent("lost", caller_gone=False)
        self.bridge.play(frame(2) * 3, 16000)
        self.pump(4)
        self.assertEqual(self.listener.heard, [])
        self.pump(2)
        self.assertEqual(self.listener.heard, [("speech_drained",)])
        said = [frame(1)] * 2 + [frame(2)] * 3
        self.assertEqual(self.line.sent, said)
        self.assertEqual([pcm for pcm, _ in self.recorder.agent], said)

    def test_other_rate(self) -> None:
        """
        It may come at another rate than the stream's.
        """
        self.open()
        self.bridge.play(bytes(320) * 5, 8000)
        self.pump(10)
        sent = sum(len(piece) for piece in self.line.sent)
        self.assertEqual(sent // 640, 6)  # the tail of the conversion begins another
        self.assertEqual(self.listener.heard, [("speech_drained",)])

    def test_nobody_hears(self) -> None:
        """
        Without stream there is nothing to wait for, before it opened or after it
        closed.
        """
        self.bridge.play(frame(1), 16000)
        self.assertEqual(self.listener.heard, [("speech_drained",)])
        self.open()
        self.bridge.media_closed("1006")
        self.listener.heard.clear()
        self.bridge.play(frame(1), 16000)
        self.assertEqual(self.listener.heard, [("speech_drained",)])
