"""
Tests for L{acsgw.calls.call}.
"""

from __future__ import annotations

from acsgw.errors import Forbidden
from acsgw.testing.call_control import AnsweredCall

from .world import CallWorldTestCase, told


class CallTests(CallWorldTestCase):
    """
    Tests for L{Call}, upon the fakes.
    """

    def whats(self) -> list[str]:
        """
        @return: the milestones of the call.
        """
        return [milestone.what for milestone in self.record.milestones]

    def test_answered(self) -> None:
        """
        The call is answered with our addresses, each with its own token, and at
        the rate of the account.
        """
        self.offer()
        self.assertEqual(
            self.network.live["connection-1"],
            AnsweredCall(
                "https://gw/v1/callbacks/c1/callback-c1-main",
                "wss://gw/v1/media/c1/media-c1-main",
                16000,
            ),
        )
        self.assertEqual(self.record.connection_id, "connection-1")

    def test_whole(self) -> None:
        """
        The story of a call that the agent ends: nothing is left of it.
        """
        self.talk()
        self.assertEqual(self.agent.call.call_id, "c1")
        self.assertEqual(self.agent.call.variables, {"accountNumber": "12345"})
        self.agent.events.agent_audio(b"\1" * 1280, "u", 0)
        self.agent.events.ended("goodbye", {})
        self.reactor.pump([0.02] * 10)
        self.assertOver("completed by agent")
        self.assertEqual(self.network.hung_up, ["connection-1"])
        self.assertEqual(bytes(self.line.spoken), b"\1" * 1280)
        self.assertEqual(self.line.closed, 1)
        self.assertEqual(self.agent.closed_because, "completed by agent")
        self.assertEqual(
            self.whats(),
            ["rang", "answered", "media_open", "agent_ready", "agent_ended", "ended"],
        )

    def test_answer_refused(self) -> None:
        """
        A refusal of the network ends the call and is no error of ours.
        """
        self.network.refuse = "too busy"
        self.offer()
        self.assertOver("answer failed")
        self.assertEqual(self.record.reason, "too busy")

    def test_caller_hangs_up(self) -> None:
        """
        The agent hears that the caller has gone; nothing is hung up.
        """
        self.talk()
        self.network.caller_hangs_up()
        self.pass_time(0)
        self.assertOver("caller hung up")
        self.assertEqual(self.agent.told[-1][0], "caller_gone")
        self.assertEqual(self.network.hung_up, [])

    def test_callbacks(self) -> None:
        """
        Each event of the network has its effect; those of other kinds have none.
        """
        for kind, outcome in (
            ("AnswerFailed", "answer failed"),
            ("MediaStreamingFailed", "media lost"),
            ("CallDisconnected", "caller hung up"),
        ):
            self.setUp()
            self.network.slow = True
            self.offer()
            self.tell("ParticipantsUpdated")
            self.tell(kind)
            self.network.catch_up()
            self.network.catch_up()
            self.assertOver(outcome)

    def test_callbacks_in_their_time(self) -> None:
        """
        A caller who leaves before the call is connected, a media stream that is
        not let in, and one that is lost: each in the way in which the network tells
        it.
        """
        self.offer()
        self.network.caller_hangs_up()
        self.pass_time(0)
        self.assertOver("caller hung up")
        self.assertIn("AnswerFailed 487/0", self.record.reason)
        for lost in (False, True):
            self.setUp()
            self.offer()
            if lost:
                self.network.media_opened("connection-1")
            self.network.media_closed("connection-1", "gone")
            self.pass_time(1)
            self.assertOver("media lost")
            self.assertIn("MediaStreamingFailed 400/8581", self.record.reason)

    def test_too_late(self) -> None:
        """
        A call that stopped ringing before it was answered has ended.
        """
        self.network.advance(30)
        self.offer()
        self.assertOver("answer failed")
        self.assertIn("HTTP 404", self.record.reason)

    def test_media_only_once(self) -> None:
        """
        The media token is good for one stream.
        """
        self.talk()
        call = self.desk.find("c1")
        assert call is not None
        self.assertRaises(Forbidden, call.claim_media)

    def test_media_before_answer(self) -> None:
        """
        The media stream may open before the answer returns, and names the call:
        it can be hung up by that.
        """
        self.network.slow = True
        self.offer()
        self.open_media()
        self.assertEqual(self.record.connection_id, "connection-1")
        self.reactor.advance(0)
        self.agent.events.ended("bye", {})
        self.network.catch_up()
        self.network.catch_up()
        self.assertOver("completed by agent")
        self.assertEqual(self.network.hung_up, ["connection-1"])

    def test_hang_up_while_answering(self) -> None:
        """
        A call that is to end while it is being answered is hung up as soon as it
        can be named.
        """
        self.network.slow = True
        self.offer()
        stopping = self.desk.stopService()
        self.reactor.advance(20)
        self.assertEqual(self.network.hung_up, [])
        self.network.catch_up()
        self.network.catch_up()
        self.assertEqual(self.network.hung_up, ["connection-1"])
        self.assertOver("timed out")
        self.successResultOf(stopping)

    def test_answer_comes_after_the_end(self) -> None:
        """
        Even an answer that comes when nobody waits any more is followed by the
        hang-up.
        """
        self.network.slow = True
        self.offer()
        self.reactor.advance(20)
        self.reactor.advance(15)
        self.assertOver("timed out")
        self.network.catch_up()
        self.network.catch_up()
        self.assertEqual(self.network.hung_up, ["connection-1"])
        self.assertNoTimers()

    def test_somebody_was_faster(self) -> None:
        """
        A call that is gone when we hang up is hung up.
        """
        self.talk()
        self.network.live.clear()
        self.agent.events.failed("crash")
        self.assertOver("agent lost")
        self.assertEqual(self.record.reason, "crash")

    def test_hang_up_fails(self) -> None:
        """
        A hang-up that is refused is told in the record, and tried again: the caller
        is not left in silence.
        """
        self.talk()
        self.network.refuse = "too busy"
        self.agent.events.failed("crash")
        self.assertEqual(self.record.reason, "crash; hanging up failed: too busy")
        self.network.refuse = None
        self.reactor.advance(5)
        self.assertEqual(self.network.hung_up, ["connection-1"])
        self.assertOver("agent lost")

    def test_event_of_another_call(self) -> None:
        """
        An event that names another connection changes nothing.
        """
        self.talk()
        self.desk.callback("c1", "main", told("CallDisconnected", "other"))
        self.assertIsNone(self.record.outcome)
        self.assertEqual(self.record.connection_id, "connection-1")

    def test_too_long(self) -> None:
        """
        No call lasts longer than it may.
        """
        self.talk()
        self.reactor.advance(3600)
        self.assertOver("timed out")
        self.assertEqual(self.record.reason, "longer than 3600 s")

    def test_agent_bug(self) -> None:
        """
        A connector that raises loses the agent, not the process; the record holds
        no details.
        """
        self.patch(self.connector, "open", lambda call, events: 1 // 0)
        self.offer()
        self.open_media()
        self.assertOver("agent lost")
        self.assertEqual(self.record.reason, "internal error")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_words(self) -> None:
        """
        What is said and keyed is part of the story.
        """
        self.talk()
        self.agent.events.transcript("agent", "Hello.")
        self.agent.events.transcript("caller", "Hi.")
        call = self.desk.find("c1")
        assert call is not None
        call.bridge.caller_pressed("5")
        self.network.caller_hangs_up()
        self.pass_time(0)
        texts = {m.what: m.text for m in self.record.milestones}
        self.assertEqual(texts["agent_said"], "Hello.")
        self.assertEqual(texts["caller_said"], "Hi.")
        self.assertEqual(texts["key"], "5")

    def test_late_media(self) -> None:
        """
        A stream that was let in while the call ended is closed when it opens, and
        leaves nothing behind.
        """
        self.offer()
        call = self.desk.find("c1")
        assert call is not None
        peer = call.claim_media()
        self.tell("CallDisconnected")
        self.assertOver("caller hung up")
        peer.media_opened(self.line, 16000, "connection-1")
        self.assertEqual(self.line.closed, 1)
        self.assertNoTimers()


class NoWordsTests(CallWorldTestCase):
    """
    An account that keeps no words.
    """

    keep_words = False

    def test_nothing_is_kept(self) -> None:
        """
        Neither words nor keys are in the record.
        """
        self.talk()
        self.agent.events.transcript("caller", "my PIN is secret")
        call = self.desk.find("c1")
        assert call is not None
        call.bridge.caller_pressed("7")
        self.assertNotIn("secret", str(self.record.to_json()))
        self.assertNotIn("'text': '7'", str(self.record.to_json()))
