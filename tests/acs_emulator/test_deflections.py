"""
Calls that are redirected or rejected, and what becomes of their contexts.
"""

from __future__ import annotations

from azure.communication.callautomation import (
    CommunicationUserIdentifier,
    PhoneNumberIdentifier,
)

from .sdk_operations import OperationTestCase
from .support import CALLER, LINE, OTHER_USER, USER

ANSWER = "/callConnections:answer"


class RedirectTests(OperationTestCase):
    """
    Tests for C{redirect_call}.
    """

    document = {
        "phones": [{"number": "+14255550111", "outcome": "busy"}],
    }

    def setUp(self) -> None:
        super().setUp()
        self.subscribe("line", [f"4:{LINE}"])
        self.call_id = self.place()
        self.context = self.app.incoming[-1]["incomingCallContext"]

    def test_to_user(self) -> None:
        """
        The call rings with its caller at the user, who can answer it; nothing
        is told of the redirection, and headers are not carried.
        """
        self.subscribe("user", [USER])
        target = CommunicationUserIdentifier(USER)
        answer = self.ask("redirect_call", self.context, target)
        self.assertEqual(answer, (204, None))
        data = self.app.incoming[-1]
        self.assertEqual(data["to"]["rawId"], USER)
        self.assertEqual(data["from"]["rawId"], f"4:{CALLER}")
        self.assertNotIn("customContext", data)
        self.assertEqual(self.app.callbacks, [])
        self.answer(data["incomingCallContext"])
        self.advance(0.3)
        self.assertEqual(self.call(self.call_id)["state"], "connected")
        self.assertIn("redirected", self.words(self.call_id))

    def test_to_nobody(self) -> None:
        """
        If nobody listens for the user, the call is lost.
        """
        self.ask("redirect_call", self.context, CommunicationUserIdentifier(OTHER_USER))
        self.assertIn("lost", self.call(self.call_id)["outcome"])

    def test_to_phone(self) -> None:
        """
        A phone takes the caller away, when it is answered.
        """
        target = PhoneNumberIdentifier("+14255550199")
        self.assertEqual(self.ask("redirect_call", self.context, target)[0], 204)
        self.advance(0.9)
        self.assertEqual(self.call(self.call_id)["state"], "ringing")
        self.advance(0.2)
        outcome = self.call(self.call_id)["outcome"]
        self.assertEqual(outcome, "redirected to +14255550199")
        self.assertEqual(self.app.callbacks, [])
        self.assertNoTimers()

    def test_to_busy_phone(self) -> None:
        """
        A phone that is busy ends the call.
        """
        target = PhoneNumberIdentifier("+14255550111")
        self.ask("redirect_call", self.context, target)
        self.advance(1.1)
        self.assertIn("486/560486", self.call(self.call_id)["outcome"])

    def test_context_is_used(self) -> None:
        """
        The context of a call that was redirected is good for nothing more.
        """
        self.ask("redirect_call", self.context, CommunicationUserIdentifier(USER))
        again = self.ask(
            "redirect_call", self.context, CommunicationUserIdentifier(USER)
        )
        self.assertEqual(again[0], 400)
        body = self.answer_body(self.context)
        self.assertEqual(self.rest("POST", ANSWER, body)[0], 400)

    def test_caller_left(self) -> None:
        """
        A caller who has gone cannot be redirected.
        """
        self.control("DELETE", f"/calls/{self.call_id}")
        answer = self.ask(
            "redirect_call", self.context, CommunicationUserIdentifier(USER)
        )
        self.assertEqual(answer[0], 404)


class RejectTests(OperationTestCase):
    """
    Tests for C{reject_call}.
    """

    def test_reasons(self) -> None:
        """
        The call ends, the caller sees why, and nothing is told; no reason is
        C{none}.
        """
        self.subscribe("line", [f"4:{LINE}"])
        for given, seen in (
            (None, "none"),
            ("busy", "busy"),
            ("Forbidden", "forbidden"),
        ):
            call_id = self.place()
            context = self.app.incoming[-1]["incomingCallContext"]
            answer = self.ask("reject_call", context, call_reject_reason=given)
            self.assertEqual(answer, (204, None))
            self.assertEqual(self.call(call_id)["outcome"], f"rejected: {seen}")
            self.assertIn("rejected", self.words(call_id))
        self.assertEqual(self.app.callbacks, [])
        self.assertNoTimers()

    def test_unknown_reason(self) -> None:
        """
        Any other reason is refused, and the call rings on.
        """
        self.subscribe("line", [f"4:{LINE}"])
        call_id = self.place()
        context = self.app.incoming[-1]["incomingCallContext"]
        answer = self.ask("reject_call", context, call_reject_reason="tired")
        self.assertEqual(answer[0], 400)
        self.assertEqual(self.call(call_id)["state"], "ringing")

    def test_transfer(self) -> None:
        """
        A transfer that its target rejects has failed.
        """
        leg = self.connected()
        self.subscribe("user", [USER])
        target = CommunicationUserIdentifier(USER)
        self.ask_leg(leg, "transfer_call_to_participant", target)
        context = self.app.incoming[-1]["incomingCallContext"]
        self.assertEqual(self.ask("reject_call", context)[0], 204)
        self.assertEqual(self.codes("CallTransferFailed"), (603, 0))
        self.assertEqual(self.call(self.call_id)["state"], "connected")


class SilentTests(OperationTestCase):
    """
    A service that still accepts the answer to a call that was redirected.
    """

    document = {"incoming": {"after_redirect": "silent"}}

    def test_silence(self) -> None:
        """
        The answer is 200, and then nothing comes; this was a known issue of
        the service.  Answering twice is refused all the same.
        """
        self.subscribe("line", [f"4:{LINE}"])
        self.place()
        context = self.app.incoming[-1]["incomingCallContext"]
        self.ask("reject_call", context)
        body = self.answer_body(context)
        status, answered = self.rest("POST", ANSWER, body)
        self.assertEqual((status, answered["callConnectionState"]), (200, "connecting"))
        self.advance(1.0)
        self.assertEqual((self.app.callbacks, self.app.media), ([], []))
        self.place()
        context = self.app.incoming[-1]["incomingCallContext"]
        self.answer(context)
        body = self.answer_body(context)
        self.assertEqual(self.rest("POST", ANSWER, body)[0], 400)
