"""
Tests for L{acsgw.calls.call}: a transfer has failed, or the agent is over.
"""

from __future__ import annotations

from acsgw.audio.prompt import Prompt
from acsgw.errors import CallControlError
from acsgw.interfaces import TransferKind, TransferRequest

from .world import CallWorldTestCase

HUMAN = "4:+18005550199"
PROMPT = Prompt(b"\5" * 640 * 10, 16000)


class RecoveryTestCase(CallWorldTestCase):
    """
    The agent asks for transfers.
    """

    fallback_prompt: Prompt | None = PROMPT
    fallback_target: str | None = HUMAN

    def ask(self) -> None:
        """
        Caller and agent talk, and then the agent asks for a human.
        """
        self.talk()
        self.agent.events.transfer(
            TransferRequest(
                request_id="t1",
                kind=TransferKind.AGENT,
                variables={"intent": "order"},
            )
        )

    def story(self) -> list[str]:
        """
        @return: the milestones since the agent was there first.
        """
        whats = [milestone.what for milestone in self.record.milestones]
        since = whats[whats.index("agent_ready") + 1 :]
        return [what for what in since if what != "handing_over"]

    def variables(self) -> dict[str, str]:
        """
        @return: what the last transfer passed on, but for what the gateway adds.
        """
        _, _, passed = self.network.transfers[-1]
        ours = ("conversationId", "handoverKind")
        return {name: text for name, text in passed.items() if name not in ours}

    def hear_prompt(self) -> None:
        """
        Let time pass until the prompt has been heard.
        """
        self.reactor.pump([0.02] * 15)
        self.assertEqual(bytes(self.line.spoken[-len(PROMPT.pcm) :]), PROMPT.pcm)


class LookUpTests(RecoveryTestCase):
    """
    Where does the call stand?
    """

    def test_alive(self) -> None:
        """
        The story tells what was done.
        """
        self.ask()
        self.fail_transfer()
        self.assertEqual(
            self.story(), ["transfer", "transfer_failed", "looked_up", "agent_told"]
        )

    def test_gone(self) -> None:
        """
        A call that is not known any more ends so, and nobody is told to go on.
        """
        self.ask()
        self.network.live.clear()
        self.tell("CallTransferFailed", 487)
        self.assertOver("transfer failed")
        self.assertIn("look up: HTTP 404", self.record.reason)
        self.assertEqual([t[0] for t in self.agent.told], ["close"])

    def test_disconnected(self) -> None:
        """
        So does one that is known, but not connected; it is hung up to be sure.
        """
        for state in ("disconnected", "disconnecting"):
            self.setUp()
            self.ask()
            self.network.states = [state]
            self.fail_transfer()
            self.assertOver("transfer failed")
            self.assertIn(f"the call is {state}", self.record.reason)
            self.assertEqual(self.network.hung_up, ["connection-1"])

    def test_unclear(self) -> None:
        """
        Where it is not clear yet, or the service has a bad moment, it is asked again.
        """
        self.ask()
        self.network.states = ["transferring", CallControlError("busy"), "odd"]
        self.fail_transfer()
        for _ in range(3):
            self.assertEqual(self.agent.told, [])
            self.reactor.advance(1)
        self.assertEqual(self.agent.told[-1][:3], ("transfer_result", "t1", False))

    def test_service_broken(self) -> None:
        """
        A service that never says is given up; the outcome is not certain if the
        hang-up fails too, and that is tried again.
        """
        self.ask()
        self.network.refuse = "broken"
        self.fail_transfer()
        for _ in range(3):
            self.reactor.advance(1)
        self.assertIsNone(self.record.outcome)
        self.reactor.advance(1)
        self.assertIsNotNone(self.record.outcome)
        self.assertFalse(self.record.certain)
        self.network.refuse = None
        self.reactor.advance(5)
        self.assertEqual(self.network.hung_up, ["connection-1"])
        self.assertOver("transfer failed")


class ResumeTests(RecoveryTestCase):
    """
    The agent is gone, or cannot be told.
    """

    def go(self) -> None:
        """
        The agent hands over and goes, and then the transfer fails.
        """
        self.ask()
        self.old = self.agent
        self.old.events.finished()
        self.fail_transfer()
        self.new = self.agent

    def test_agent_gone(self) -> None:
        """
        A new session goes on, which knows of whom; caller and agent hear each other.
        """
        self.go()
        self.assertIsNot(self.new, self.old)
        self.assertEqual(self.new.call.resume_of, "c1")
        self.assertEqual(self.new.call.call_id, "c1")
        self.reactor.advance(0)
        call = self.desk.find("c1")
        assert call is not None
        call.bridge.caller_audio(b"\7" * 640)
        self.assertEqual(bytes(self.new.heard), b"\7" * 640)
        self.new.events.agent_audio(b"\2" * 640, "s1", 0)
        self.assertEqual(bytes(self.line.spoken), b"\2" * 640)
        self.assertEqual(
            self.story(),
            [
                *("transfer", "agent_left", "transfer_failed", "looked_up"),
                *("agent_resumed", "agent_ready"),
            ],
        )
        self.new.events.ended("bye", {})
        self.reactor.pump([0.02] * 5)
        self.assertOver("completed by agent")

    def test_cannot_hear(self) -> None:
        """
        An agent that is there, but cannot hear what became of its transfer, is
        closed; what it says after that does not count.
        """
        self.connector.hears_transfer_results = False
        self.ask()
        old = self.agent
        self.fail_transfer()
        self.assertIsNot(self.agent, old)
        self.assertEqual([t[0] for t in old.told], ["close"])
        self.reactor.advance(0)
        self.agent.events.agent_audio(b"\2" * 640, "s1", 0)
        self.assertEqual(self.story()[-1], "agent_ready")

    def test_agent_bug(self) -> None:
        """
        An agent that cannot be told because of a bug in it is followed by another.
        """
        self.ask()
        old = self.agent
        self.patch(old, "transfer_result", lambda *result: 1 // 0)
        self.fail_transfer()
        self.assertIsNot(self.agent, old)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_agent_crashes_at_the_news(self) -> None:
        """
        So is one that fails when it is told.
        """
        self.ask()
        old = self.agent
        self.patch(old, "transfer_result", lambda *result: old.events.failed("oh"))
        self.fail_transfer()
        self.assertIsNot(self.agent, old)
        self.assertEqual(self.agent.call.resume_of, "c1")

    def test_prompt_bug(self) -> None:
        """
        A prompt that cannot be played because of a bug does not hold up the rest.
        """
        self.talk()
        call = self.desk.find("c1")
        assert call is not None
        self.patch(type(call.bridge), "play", lambda bridge, pcm, rate: 1 // 0)
        self.agent.events.failed("crash")
        self.assertEqual(self.network.transfers[-1][1], HUMAN)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_variables_of_both(self) -> None:
        """
        What the first session found out is handed over with what the second did.
        """
        self.ask()
        self.agent.events.ended("handed over", {"account": "12345"})
        self.agent.events.finished()
        self.fail_transfer()
        self.reactor.advance(0)
        self.agent.events.transfer(
            TransferRequest(
                request_id="t1", kind=TransferKind.AGENT, variables={"intent": "pay"}
            )
        )
        self.assertEqual(self.variables(), {"account": "12345", "intent": "pay"})
        self.accept_transfer()
        self.assertOver("transferred")

    def test_refused(self) -> None:
        """
        If it is refused the caller hears the prompt, and is handed on.
        """
        self.ask()
        self.agent.events.finished()
        self.connector.refuse = "full"
        self.fail_transfer()
        self.reactor.advance(0)
        self.hear_prompt()
        self.assertEqual(self.network.transfers[-1], ("connection-1", HUMAN, {}))
        self.network.advance(5)
        self.assertOver("transferred")
        self.assertIn("after transfer failed", self.record.reason)

    def test_connector_raises(self) -> None:
        """
        So it does if there is a bug in the connector.
        """
        self.ask()
        self.agent.events.finished()
        self.patch(self.connector, "open", lambda call, events: 1 // 0)
        self.fail_transfer()
        self.hear_prompt()
        self.assertEqual(self.network.transfers[-1][1], HUMAN)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_dead_call(self) -> None:
        """
        A call that looks alive, but with which nothing can be done, is hung up.
        """
        self.ask()
        self.agent.events.finished()
        self.connector.refuse = "full"
        self.network.refuse_transfers = "call not established"
        self.fail_transfer()
        self.reactor.advance(0)
        self.hear_prompt()
        self.assertOver("transfer failed")
        self.assertIn("the fallback failed: call not est", self.record.reason)
        self.assertEqual(self.network.hung_up, ["connection-1"])
