"""
Tests for L{acsgw.calls.call} and L{acsgw.calls.passage}: what came with the caller,
and what goes along.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.logger import LogEvent, formatEvent, globalLogPublisher

from acsgw.calls.handover import HANG_UP, HandoverRules
from acsgw.calls.passage import HandoverTerms
from acsgw.interfaces import TransferKind, TransferRequest

from .world import RESOURCE, CallWorldTestCase, ringing

IVR = f"8:acs:{RESOURCE}_0000002b-1c80-11aa-92fd-8b3a0d00b7c4"
HUMAN = "4:+18005550199"


class HandoverTestCase(CallWorldTestCase):
    """
    A call that was sent by an IVR.
    """

    transfer_target = HUMAN
    rule_targets = None
    headers: dict[str, str] = {"returnIdentity": IVR, "conversationId": "conv-1"}

    def offer(self) -> None:
        call = replace(ringing(), variables={**self.headers, "accountNumber": "12345"})
        self.successResultOf(self.desk.offer(call))

    def ask(
        self,
        kind: TransferKind = TransferKind.AGENT,
        target: str | None = None,
        **variables: object,
    ) -> None:
        """
        The agent asks for a transfer.
        """
        self.agent.events.transfer(
            TransferRequest(
                request_id="t1", kind=kind, target=target, variables=variables
            )
        )

    def texts(self, what: str) -> list[str]:
        """
        @return: of the milestones of this kind.
        """
        return [m.text for m in self.record.milestones if m.what == what]


class ReturnTests(HandoverTestCase):
    """
    The caller goes back to who sent them.
    """

    def test_told_to_the_agent(self) -> None:
        """
        The agent hears the conversation's id and the variables, and nothing of what
        is ours.
        """
        self.talk()
        self.assertEqual(self.agent.call.conversation_id, "conv-1")
        self.assertEqual(self.agent.call.variables, {"accountNumber": "12345"})

    def test_record(self) -> None:
        """
        The record has the conversation, and who gets the caller back, masked.
        """
        self.talk()
        self.assertEqual(self.record.return_identity, IVR)
        shown = self.record.to_json()
        self.assertEqual(shown["conversation_id"], "conv-1")
        self.assertEqual(shown["return_identity"], "8:acs:...0d00b7c4")

    def test_returned(self) -> None:
        """
        When the agent asks for a human or a system, the IVR gets the caller, the
        variables as texts, and why.
        """
        for kind in (TransferKind.AGENT, TransferKind.SYSTEM):
            self.setUp()
            self.talk()
            self.ask(kind, intent="refund", amount=12.5, vip=True, nothing=None)
            sent = {
                "conversationId": "conv-1",
                "handoverKind": kind.value,
                "intent": "refund",
                "amount": "12.5",
                "vip": "true",
            }
            self.assertEqual(self.network.transfers, [("connection-1", IVR, sent)])
            self.assertEqual(
                self.texts("output_variables"),
                ["output variables: null, left out: nothing"],
            )
            self.tell("CallTransferAccepted")
            self.assertOver("transferred")
            self.assertEqual(
                self.record.variables,
                {"intent": "refund", "amount": "12.5", "vip": "true"},
            )

    def test_addressed(self) -> None:
        """
        Who takes a call by its address hears that.
        """
        self.talk()
        self.ask(TransferKind.ADDRESS, IVR)
        self.assertEqual(self.network.transfers[0][2]["handoverKind"], "address")

    def test_kept(self) -> None:
        """
        What does not fit is kept in the call's name, and the URL travels; the record
        has all of it.
        """
        self.talk()
        self.ask(summary="x" * 1025, intent="refund")
        sent = self.network.transfers[0][2]
        self.assertEqual(sent["variablesUrl"], "https://gw/v1/variables/ref/token")
        self.assertNotIn("summary", sent)
        values = {"summary": "x" * 1025, "intent": "refund"}
        self.assertEqual(self.kept, [("c1", "main", values, 600.0)])
        self.tell("CallTransferAccepted")
        self.assertEqual(self.record.variables, values)

    def test_ended(self) -> None:
        """
        The variables of a conversation that is complete are texts in the record.
        """
        self.talk()
        odd: Any = {"count": 3, "done": True}
        self.agent.events.ended("done", odd)
        self.assertEqual(self.record.variables, {"count": "3", "done": "true"})

    def test_rules_for_others(self) -> None:
        """
        The call knows whom the rules name for each kind of end.
        """
        self.talk()
        call = self.desk.find("c1")
        assert call is not None
        lost = TransferKind.AGENT_LOST
        self.assertEqual(call.passage.targets(lost), (IVR, HUMAN, HANG_UP))
        self.assertEqual(call.passage.targets(TransferKind.COMPLETED), (HANG_UP,))
        self.assertTrue(call.passage.has_target(lost))
        self.assertFalse(call.passage.has_target(TransferKind.COMPLETED))
        self.assertFalse(call.passage.has_target(TransferKind.ADDRESS))

    def test_for_the_gateway_itself(self) -> None:
        """
        A transfer that no agent asked for goes by the rules of its kind, too.
        """
        self.talk()
        call = self.desk.find("c1")
        assert call is not None
        for kind, target in (
            (TransferKind.AGENT_LOST, IVR),
            (TransferKind.COMPLETED, HANG_UP),
        ):
            request = TransferRequest(request_id="t1", kind=kind)
            self.assertEqual(call.passage.target_of(request), (kind, target))
        headers = call.passage.headers(TransferKind.AGENT_LOST, IVR, {})
        self.assertEqual(headers["handoverKind"], "agent lost")

    def test_nobody_named(self) -> None:
        """
        An agent that wants an address and names none gets whoever there is.
        """
        self.talk()
        self.ask(TransferKind.ADDRESS)
        self.assertEqual(self.network.transfers[0][1], IVR)
        self.assertEqual(self.network.transfers[0][2]["handoverKind"], "agent")


class ForeignReturnTests(HandoverTestCase):
    """
    A return identity that is not the account's.
    """

    headers = {"returnIdentity": IVR.replace(RESOURCE, RESOURCE[::-1])}

    def test_refused(self) -> None:
        """
        It is refused and noted; the call goes on, by the account's other rules.
        """
        self.talk()
        self.assertIsNone(self.record.return_identity)
        self.assertIsNone(self.record.to_json()["return_identity"])
        [text] = self.texts("return_identity_refused")
        self.assertIn("another resource", text)
        self.ask()
        self.assertEqual(self.network.transfers[0][1], HUMAN)

    def test_conversation(self) -> None:
        """
        Without an id given, the conversation has the network's.
        """
        self.talk()
        self.assertEqual(self.agent.call.conversation_id, "corr")


class HangUpRuleTests(HandoverTestCase):
    """
    An account that hands callers to nobody.
    """

    def setUp(self) -> None:
        super().setUp()
        rules = HandoverRules(
            agent=(HANG_UP,), system=(HANG_UP,), completed=(HANG_UP,), agent_lost=()
        )
        terms = HandoverTerms(resource_id=RESOURCE, rules=rules)
        object.__setattr__(self.account, "handover", terms)

    def test_hung_up(self) -> None:
        """
        Its rule may be to hang up when the agent asks for somebody.
        """
        self.talk()
        self.ask(intent="refund")
        self.assertEqual(self.network.transfers, [])
        self.assertOver("completed by agent")
        self.assertEqual(self.record.variables, {"intent": "refund"})
        self.assertIn("rules", self.record.reason)


class NoIdTests(HandoverTestCase):
    """
    A call of which nobody told a conversation.
    """

    def offer(self) -> None:
        call = replace(ringing(), correlation_id="", variables={"a": ""})
        self.successResultOf(self.desk.offer(call))

    def test_our_own(self) -> None:
        """
        It is a conversation of its own, under our id of the call.
        """
        self.talk()
        self.assertEqual(self.record.conversation_id, "c1")
        self.assertEqual(self.texts("input_variables"), ["voipHeaders: empty: a"])


class LogTests(HandoverTestCase):
    """
    What an operator reads.
    """

    def test_conversation(self) -> None:
        """
        Each line about a milestone names the conversation, none the variables.
        """
        lines: list[str] = []

        def observe(event: LogEvent) -> None:
            lines.append(formatEvent(event))

        observer: Any = observe
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.talk()
        self.ask(secretName="x" * 2000)
        self.tell("CallTransferAccepted")
        ours = [line for line in lines if line.startswith("call c1: ")]
        self.assertGreater(len(ours), 4)
        for line in ours:
            self.assertTrue(line.endswith(" conversation=conv-1"), line)
        self.assertNotIn("secretName", "".join(lines))
