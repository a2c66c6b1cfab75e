"""
Tests for L{acsgw.calls.fallback}: the agent does not go on, what now?
"""

from __future__ import annotations

from acsgw.calls.actions import (
    Action,
    CloseAgent,
    HangUp,
    Note,
    Outcome,
    PlayPrompt,
    Transfer,
)
from acsgw.calls.core import Recourse
from acsgw.interfaces import TransferKind, TransferRequest

from .test_machine import PATIENCE, MachineTestCase

REQUEST = TransferRequest(
    request_id="t1", kind=TransferKind.AGENT, variables={"intent": "order"}
)


def moved(kind: TransferKind, **variables: str) -> list[Action]:
    """
    @return: what is done to hand the caller on by the account's rules.
    """
    request = TransferRequest(request_id=kind.value, kind=kind, variables=variables)
    return [
        CloseAgent(kind.value, caller_gone=False),
        Note("transfer", kind.value),
        Transfer(request),
    ]


def moved_to(number: str, **variables: str) -> list[Action]:
    """
    @return: what is done to hand the caller to the fallback.
    """
    request = TransferRequest(
        request_id="fallback",
        kind=TransferKind.ADDRESS,
        target=number,
        variables=variables,
    )
    return [
        CloseAgent("fallback", caller_gone=False),
        Note("transfer", "fallback"),
        Transfer(request),
    ]


class PromptTests(MachineTestCase):
    """
    There is a prompt, and a number to try after it.
    """

    recourse = Recourse(prompt=True, number="4:+18005550199")

    def lose(self) -> None:
        """
        The transfer has failed, and there is no agent any more.
        """
        self.talk()
        self.call.agent_asked_transfer(REQUEST)
        self.call.speech_drained()
        self.call.transfer_failed("busy")
        self.call.found_alive()
        self.call.no_way()

    def test_prompt_and_number(self) -> None:
        """
        The caller hears the prompt and is handed on, with what the agent wanted to
        hand over.
        """
        self.lose()
        self.assertEqual(
            self.actions[-3:],
            [
                CloseAgent("transfer failed", caller_gone=False),
                Note("fallback_prompt"),
                PlayPrompt(),
            ],
        )
        self.call.speech_drained()
        self.assertEqual(self.actions[-3:], moved_to("4:+18005550199", intent="order"))
        self.call.transfer_accepted()
        self.assertEnded(Outcome.TRANSFERRED, "after transfer failed: busy")

    def test_agent_lost(self) -> None:
        """
        A caller whose agent is lost hears it too.
        """
        self.talk()
        self.call.agent_lost("crash")
        self.assertEqual(self.actions[-1], PlayPrompt())
        self.call.speech_drained()
        self.call.transfer_accepted()
        self.assertEnded(Outcome.TRANSFERRED, "after agent lost: crash")

    def test_completed(self) -> None:
        """
        A caller whose conversation is complete does not.
        """
        self.talk()
        self.call.agent_ended("bye")
        self.call.speech_drained()
        self.assertHungUp(Outcome.COMPLETED)
        self.assertNotIn(PlayPrompt(), self.actions)

    def test_prompt_without_end(self) -> None:
        """
        A prompt that does not come to an end does not hold up the rest.
        """
        self.lose()
        self.clock.advance(PATIENCE.prompt)
        self.assertEqual(self.actions[-3:], moved_to("4:+18005550199", intent="order"))

    def test_prompt_fails(self) -> None:
        """
        Nor does one that cannot be played.
        """
        self.lose()
        self.call.no_way()
        self.assertEqual(self.actions[-3:], moved_to("4:+18005550199", intent="order"))

    def test_audio_ends(self) -> None:
        """
        Nor does the end of the audio: the call may be there.
        """
        for gone in ("media_closed", "media_failed"):
            self.setUp()
            self.lose()
            getattr(self.call, gone)("1006")
            self.assertEqual(
                self.actions[-3:], moved_to("4:+18005550199", intent="order")
            )

    def test_audio_was_gone(self) -> None:
        """
        Where nothing can be heard, the number is tried without the prompt.
        """
        self.talk()
        self.call.agent_asked_transfer(REQUEST)
        self.call.speech_drained()
        self.call.media_closed("1006")
        self.call.transfer_failed("busy")
        self.call.found_alive()
        self.assertNotIn(PlayPrompt(), self.actions)
        self.assertEqual(self.actions[-3:], moved_to("4:+18005550199", intent="order"))

    def test_number_fails(self) -> None:
        """
        If the number does not take the caller either, he is hung up.
        """
        for slow in (False, True):
            self.setUp()
            self.lose()
            self.call.speech_drained()
            reason = "no verdict on the transfer in time" if slow else "no answer"
            if slow:
                self.clock.advance(PATIENCE.transfer)
            else:
                self.call.transfer_failed("no answer")
            self.assertIn(Note("transfer_failed", reason), self.actions)
            self.assertHungUp(
                Outcome.TRANSFER_FAILED, f"busy; the fallback failed: {reason}"
            )

    def test_caller_leaves(self) -> None:
        """
        A caller who leaves during the prompt, or while he is handed on, got no help:
        what went wrong stands.
        """
        self.lose()
        self.call.disconnected("left")
        self.assertEnded(
            Outcome.TRANSFER_FAILED, "busy; the caller left during the prompt (left)"
        )
        self.setUp()
        self.lose()
        self.call.speech_drained()
        self.call.disconnected("left")
        self.clock.advance(PATIENCE.verdict)
        self.assertHungUp(
            Outcome.TRANSFER_FAILED,
            "busy; the fallback failed: no verdict on the transfer in time",
        )

    def test_drained(self) -> None:
        """
        Nor does a process that stops make another outcome of it.
        """
        for steps in ([], ["speech_drained"]):
            self.setUp()
            self.lose()
            for step in steps:
                getattr(self.call, step)()
            self.call.hang_up(Outcome.DRAINED, "stopping")
            self.assertHungUp(Outcome.TRANSFER_FAILED, "busy; cut: stopping")

    def test_late_verdict(self) -> None:
        """
        The first transfer may be accepted while the prompt is played.
        """
        self.lose()
        self.call.transfer_accepted()
        self.assertEnded(Outcome.TRANSFERRED, "")


class PromptOnlyTests(MachineTestCase):
    """
    There is a prompt, but no number.
    """

    recourse = Recourse(prompt=True)

    def test_prompt(self) -> None:
        """
        The call is hung up after it.
        """
        self.talk()
        self.call.agent_lost("crash")
        self.assertNotIn(HangUp(), self.actions)
        self.call.speech_drained()
        self.assertHungUp(Outcome.AGENT_LOST, "crash")


class NumberOnlyTests(MachineTestCase):
    """
    There is a number, but no prompt.
    """

    recourse = Recourse(number="8:acs:human")

    def test_number(self) -> None:
        """
        The caller is handed on at once.
        """
        self.talk()
        self.call.agent_lost("crash")
        self.assertEqual(self.actions[-3:], moved_to("8:acs:human"))
