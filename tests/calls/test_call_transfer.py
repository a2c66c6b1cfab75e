"""
Tests for L{acsgw.calls.call}: the agent hands the caller over.
"""

from __future__ import annotations

from acsgw.interfaces import TransferKind, TransferRequest

from .world import IVR, RESOURCE, CallWorldTestCase


class TransferTests(CallWorldTestCase):
    """
    The agent hands the caller over.
    """

    def ask(
        self, kind: TransferKind = TransferKind.AGENT, target: str | None = None
    ) -> None:
        self.talk()
        self.request(kind, target)

    def request(
        self, kind: TransferKind = TransferKind.AGENT, target: str | None = None
    ) -> None:
        request = TransferRequest(
            request_id="t1", kind=kind, target=target, variables={"intent": "order"}
        )
        self.agent.events.transfer(request)

    def test_accepted(self) -> None:
        """
        The network is asked to move the caller with the agent's variables, the
        conversation's id and why; when it has, the call is over.
        """
        self.ask()
        self.assertEqual(
            self.network.transfers,
            [
                (
                    "connection-1",
                    IVR,
                    {
                        "conversationId": "corr",
                        "handoverKind": "agent",
                        "intent": "order",
                    },
                )
            ],
        )
        self.accept_transfer()
        self.assertOver("transferred")
        self.assertEqual(self.network.hung_up, [])

    def test_address(self) -> None:
        """
        The agent may name the target, as a number or as a raw id.
        """
        for given, target in (
            ("+14255550199", "4:+14255550199"),
            (IVR, IVR),
            (f" {IVR}\n", IVR),
        ):
            self.setUp()
            self.ask(TransferKind.ADDRESS, given)
            self.assertEqual(self.network.transfers[0][1], target)

    def test_address_of_another_resource(self) -> None:
        """
        An agent cannot send callers to another resource's users: it hears why.
        """
        self.ask(TransferKind.ADDRESS, f"8:acs:{RESOURCE[::-1]}_1")
        self.assertEqual(self.network.transfers, [])
        _, _, ok, text = self.agent.told[-1]
        self.assertFalse(ok)
        self.assertIn("refused: it", text)

    def test_nothing_travels_to_a_phone(self) -> None:
        """
        The record says which variables a phone was not told; it has them all the
        same.
        """
        self.ask(TransferKind.ADDRESS, "+14255550199")
        self.assertEqual(self.network.transfers[0][2], {})
        texts = {m.what: m.text for m in self.record.milestones}
        self.assertEqual(
            texts["output_variables"], "output variables: a phone is told none: intent"
        )
        self.tell("CallTransferAccepted")
        self.assertEqual(self.record.variables, {"intent": "order"})

    def test_failed(self) -> None:
        """
        The agent hears that it failed, and goes on: the caller hears it at once,
        though old words are still under way.
        """
        self.talk()
        self.agent.events.agent_audio(b"\1" * 640 * 1000, "u", 0)
        self.agent.events.transfer(
            TransferRequest(request_id="t1", kind=TransferKind.AGENT)
        )
        self.reactor.pump([0.02] * 410)
        self.assertEqual(len(self.network.transfers), 1)
        self.network.reject_transfer()
        self.pass_time(0)
        name, request_id, ok, text = self.agent.told[-1]
        self.assertEqual((name, request_id, ok), ("transfer_result", "t1", False))
        self.assertIn("CallTransferFailed 486/0", text)
        self.agent.events.flush(1)
        self.agent.events.agent_audio(b"\2" * 640, "sorry", 1)
        self.assertEqual(bytes(self.line.spoken[-640:]), b"\2" * 640)

    def test_not_answered(self) -> None:
        """
        A target that lets it ring is as good as none, and so is one that nobody
        speaks for.
        """
        for seconds, text in ((30, "487/10004"), (1, "480/10037")):
            self.setUp()
            if seconds == 1:
                self.network.nobody_at(IVR)
            self.ask()
            self.pass_time(seconds)
            self.assertEqual(self.agent.told[-1][:3], ("transfer_result", "t1", False))
            self.assertIn(text, self.agent.told[-1][3])
            self.assertIsNone(self.record.outcome)

    def test_caller_hangs_up(self) -> None:
        """
        A caller may leave while being transferred; nobody is rung any more.
        """
        self.ask()
        self.network.caller_hangs_up()
        self.pass_time(0)
        self.pass_time(3)  # in which a verdict might come
        self.assertOver("caller hung up")
        self.assertRaises(LookupError, self.network.accept_transfer)

    def test_refused_at_once(self) -> None:
        """
        A refusal of the network is a failed transfer.
        """
        self.network.refuse_transfers = "too busy"
        self.ask()
        self.assertEqual(
            self.agent.told[-1], ("transfer_result", "t1", False, "too busy")
        )

    def test_own_contexts(self) -> None:
        """
        Each transfer has a context of its own, whatever the agent names its requests.
        """
        self.ask()
        self.fail_transfer()
        self.request()
        self.assertEqual(self.network.transfer_contexts, ["c1/1", "c1/2"])

    def test_late_verdict_of_an_earlier_one(self) -> None:
        """
        A failure of an earlier transfer that comes late is not taken for one of the
        transfer under way; it is in the story.
        """
        self.ask()
        self.fail_transfer()
        self.request()
        before = len(self.agent.told)
        self.tell("CallTransferFailed", 487, "c1/1")
        self.assertEqual(len(self.agent.told), before)
        self.assertEqual(self.record.milestones[-1].what, "stray_verdict")
        self.fail_transfer()
        self.assertEqual(len(self.agent.told), before + 1)

    def test_late_refusal_of_an_earlier_one(self) -> None:
        """
        Nor is the answer to an earlier command, should it come after the event that
        told its outcome.
        """
        self.talk()
        self.network.slow = True
        self.request()
        self.tell("CallTransferFailed", 487, "c1/1")
        self.network.slow = False
        self.reactor.advance(20)  # the question where the call stands: no answer
        self.reactor.advance(1)  # the next has one
        self.request()
        before = len(self.agent.told)
        self.network.refuse_transfers = "too busy"
        self.network.catch_up()
        self.assertEqual(len(self.agent.told), before)
        self.assertEqual(self.record.milestones[-1].what, "stray_verdict")

    def test_late_acceptance(self) -> None:
        """
        If an earlier transfer is accepted after all, the caller has gone, with the
        variables that went with that one.
        """
        self.ask()
        self.fail_transfer()
        self.agent.events.transfer(
            TransferRequest(
                request_id="t2", kind=TransferKind.AGENT, variables={"intent": "pay"}
            )
        )
        self.tell("CallTransferAccepted", 200, "c1/1")
        self.assertOver("transferred")
        self.assertEqual(self.record.variables, {"intent": "order"})

    def test_nobody_asked(self) -> None:
        """
        A verdict on a transfer that is not ours changes nothing.
        """
        self.talk()
        for context in ("", "c1/1"):
            self.tell("CallTransferAccepted", 200, context)
            self.tell("CallTransferFailed", 487, context)
        self.assertIsNone(self.record.outcome)
        self.assertEqual(self.record.milestones[-1].what, "stray_verdict")


class NoTargetTests(CallWorldTestCase):
    """
    An account without anybody to hand callers to.
    """

    transfer_target = None

    def test_nobody(self) -> None:
        """
        The agent hears that there is nobody.
        """
        self.talk()
        self.agent.events.transfer(
            TransferRequest(request_id="t1", kind=TransferKind.AGENT)
        )
        [(name, _, ok, text)] = self.agent.told
        self.assertEqual((name, ok), ("transfer_result", False))
        self.assertIn("no transfer target", text)
