"""
Tests for L{acsgw.calls.machine}: the good way, and each way to end.
"""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acsgw.calls.actions import (
    Action,
    Answer,
    CloseAgent,
    Drain,
    Ended,
    HangUp,
    Note,
    OpenAgent,
    Outcome,
)
from acsgw.calls.core import CallCore, Patience, Recourse
from acsgw.calls.machine import new_call_machine

PATIENCE = Patience()


class MachineTestCase(SynchronousTestCase):
    """
    A machine whose actions are remembered.
    """

    recourse = Recourse()

    def setUp(self) -> None:
        self.clock = Clock()
        self.actions: list[Action] = []
        self.call = new_call_machine(
            CallCore(self.clock, self.actions.append, PATIENCE, self.recourse)
        )

    def talk(self) -> None:
        """
        Bring the call to where caller and agent talk.
        """
        self.call.answer()
        self.call.answered()
        self.call.media_opened()
        self.call.agent_ready()
        self.actions.clear()

    def assertEnded(self, outcome: Outcome, reason: str, certain: bool = True) -> None:
        """
        The call has ended so; nothing is waited for.
        """
        self.assertEqual(self.actions[-1], Ended(outcome, reason, certain))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def assertHungUp(self, outcome: Outcome, reason: str = "") -> None:
        """
        The agent is let go, the call is hung up, and then it has ended so.
        """
        self.assertEqual(
            self.actions[-2:], [CloseAgent(outcome.value, caller_gone=False), HangUp()]
        )
        self.call.hung_up()
        self.assertEnded(outcome, reason)


class OutcomeTests(MachineTestCase):
    """
    How a call can end.
    """

    def test_completed(self) -> None:
        """
        Answered, media, agent, talk; the agent ends it, its last words are heard,
        and then the call is hung up.
        """
        self.call.answer()
        self.call.answered()
        self.call.media_opened()
        self.call.agent_ready()
        self.call.agent_ended("goodbye")
        self.call.speech_drained()
        self.call.hung_up()
        self.assertEqual(
            self.actions,
            [
                Answer(),
                Note("answered"),
                Note("media_open"),
                OpenAgent(),
                Note("agent_ready"),
                Note("agent_ended", "goodbye"),
                Drain(),
                CloseAgent("completed by agent", caller_gone=False),
                HangUp(),
                Ended(Outcome.COMPLETED, ""),
            ],
        )
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_media_before_answer(self) -> None:
        """
        The media stream may open before the answer returns; a late answer changes
        nothing.
        """
        self.call.answer()
        self.call.media_opened()
        self.call.answered()
        self.assertEqual(self.actions, [Answer(), Note("media_open"), OpenAgent()])

    def test_last_words_take_too_long(self) -> None:
        """
        Last words that have no end are cut, and the call is complete.
        """
        self.talk()
        self.call.agent_ended("goodbye")
        self.clock.advance(PATIENCE.last_words)
        self.assertHungUp(Outcome.COMPLETED)

    def test_caller_leaves_during_last_words(self) -> None:
        """
        A caller who does not wait for the goodbye has got what he wanted.
        """
        self.talk()
        self.call.agent_ended("goodbye")
        self.call.disconnected("he left")
        self.assertEnded(
            Outcome.COMPLETED, "the caller left during the last words (he left)"
        )
        self.assertNotIn(HangUp(), self.actions)

    def test_last_words_lost(self) -> None:
        """
        When the audio breaks during the last words the call is complete, and is
        hung up to be sure.
        """
        for lost in ("media_closed", "media_failed"):
            self.setUp()
            self.talk()
            self.call.agent_ended("goodbye")
            getattr(self.call, lost)("gone")
            self.assertHungUp(Outcome.COMPLETED, "the last words were cut short")

    def test_told_to_hang_up_during_last_words(self) -> None:
        """
        A process that stops does not make a failure of a call that was complete.
        """
        self.talk()
        self.call.agent_ended("goodbye")
        self.call.hang_up(Outcome.DRAINED, "stopping")
        self.assertHungUp(Outcome.COMPLETED, "the last words were cut: stopping")

    def test_caller_hung_up(self) -> None:
        """
        The caller leaves: the agent hears it, and there is nothing to hang up.
        """
        self.talk()
        self.call.disconnected("bye")
        self.assertEqual(
            self.actions,
            [
                CloseAgent("caller hung up", caller_gone=True),
                Ended(Outcome.CALLER_HUNG_UP, "bye"),
            ],
        )

    def test_audio_ends_first(self) -> None:
        """
        The audio's end may be told before the call's: then the reason is waited
        for.
        """
        self.talk()
        self.call.media_closed("1000")
        self.assertEqual(
            self.actions,
            [
                Note("media_closed", "1000"),
                CloseAgent("the audio stopped", caller_gone=True),
            ],
        )
        self.call.disconnected("bye")
        self.assertEnded(Outcome.CALLER_HUNG_UP, "bye")

    def test_caller_gives_up_early(self) -> None:
        """
        The caller leaves while he is being answered.
        """
        self.call.answer()
        self.call.disconnected("cancelled")
        self.assertEnded(Outcome.CALLER_HUNG_UP, "cancelled")

    def test_media_lost(self) -> None:
        """
        A stream that closes while the call goes on leaves the caller in silence:
        hang up.
        """
        self.talk()
        self.call.media_closed("1006")
        self.clock.advance(PATIENCE.verdict)
        self.assertHungUp(
            Outcome.MEDIA_LOST, "the stream closed, the call did not: 1006"
        )

    def test_no_media(self) -> None:
        """
        A call whose audio does not come is hung up.
        """
        self.call.answer()
        self.call.answered()
        self.clock.advance(PATIENCE.media)
        self.assertHungUp(Outcome.MEDIA_LOST, "no media stream in time")

    def test_media_failed(self) -> None:
        """
        The network says that it cannot reach us: the call would stay up, silent.
        """
        self.call.answer()
        self.call.answered()
        self.call.media_failed("8581")
        self.assertHungUp(Outcome.MEDIA_LOST, "8581")

    def test_agent_lost(self) -> None:
        """
        Without agent the caller is not left alone.
        """
        self.talk()
        self.call.agent_lost("it crashed")
        self.assertHungUp(Outcome.AGENT_LOST, "it crashed")

    def test_agent_refuses(self) -> None:
        """
        An agent that does not take the call is lost before it was there.
        """
        self.call.answer()
        self.call.media_opened()
        self.call.agent_lost("busy")
        self.assertHungUp(Outcome.AGENT_LOST, "busy")

    def test_agent_slow(self) -> None:
        """
        An agent that does not get ready is lost.
        """
        self.call.answer()
        self.call.media_opened()
        self.clock.advance(PATIENCE.agent)
        self.assertHungUp(Outcome.AGENT_LOST, "the agent was not ready in time")

    def test_answer_failed(self) -> None:
        """
        A call that cannot be answered ends, with nothing to hang up.
        """
        self.call.answer()
        self.call.answer_failed("expired")
        self.assertEqual(
            self.actions,
            [
                Answer(),
                CloseAgent("answer failed", caller_gone=False),
                Ended(Outcome.ANSWER_FAILED, "expired", certain=False),
            ],
        )

    def test_never_answered(self) -> None:
        """
        No sign of the answer: it is hung up, should it be there after all.
        """
        self.call.answer()
        self.clock.advance(PATIENCE.answer)
        self.assertHungUp(Outcome.TIMED_OUT, "no sign of the answer in time")

    def test_drained(self) -> None:
        """
        A process that stops hangs up, at every point of the good way.
        """
        for way in (
            (),
            ("answered",),
            ("answered", "media_opened"),
            ("answered", "media_opened", "agent_ready"),
        ):
            self.setUp()
            self.call.answer()
            for step in way:
                getattr(self.call, step)()
            self.call.hang_up(Outcome.DRAINED, "stopping")
            self.assertHungUp(Outcome.DRAINED, "stopping")

    def test_drained_before_answer(self) -> None:
        """
        A call that was not answered yet needs no hang-up.
        """
        self.call.hang_up(Outcome.DRAINED, "stopping")
        self.assertEnded(Outcome.DRAINED, "stopping")
        self.assertNotIn(HangUp(), self.actions)
