"""
Participants of a call: added, removed, muted, held, moved, and listed.
"""

from __future__ import annotations

from typing import Any

from azure.communication.callautomation import (
    CommunicationUserIdentifier,
    PhoneNumberIdentifier,
)
from azure.communication.callautomation._generated import models

from .sdk_operations import OperationTestCase
from .strict_sdk import assert_model
from .support import APP, CALLER, LINE, RESOURCE, USER

CALLER_ID = f"4:{CALLER}"
BOT = f"8:acs:{RESOURCE}_0000002b-2e10-7c11-b8a2-0d482200c0de"
FRIEND = "+14255550199"
FRIEND_ID = f"4:{FRIEND}"
SHOWN = PhoneNumberIdentifier(LINE)


class ParticipantTestCase(OperationTestCase):
    """
    A call with a caller, to which others may be added.
    """

    def setUp(self) -> None:
        super().setUp()
        self.leg = self.connected()

    def add(self, target: Any = None, **about: Any) -> dict[str, Any]:
        status, body = self.ask_leg(
            self.leg,
            "add_participant",
            target or PhoneNumberIdentifier(FRIEND),
            **{"source_caller_id_number": SHOWN, **about},
        )
        self.assertEqual(status, 202, body)
        return dict(body)

    def add_friend(self) -> None:
        self.add()
        self.advance(1.1)
        self.app.requests.clear()

    def participants(self) -> dict[str, dict[str, Any]]:
        found = self.last("ParticipantsUpdated")["participants"]
        return {item["identifier"]["rawId"]: item for item in found}


class AddTests(ParticipantTestCase):
    """
    Tests for C{add_participant} and its cancellation.
    """

    document = {
        "phones": [
            {"number": "+14255550111", "outcome": "busy"},
            {"number": "+14255550112", "outcome": "no_answer"},
            {"number": "+14255550116", "after": 20.0},
        ]
    }

    def test_phone(self) -> None:
        """
        202 with the participant and an invitation; a second later the event
        with the context at the address of the operation, and the participants.
        """
        body = self.add(operation_context="a", operation_callback_url=f"{APP}/cb/add")
        model = assert_model(self, models.AddParticipantResponse, body)
        self.assertEqual(model.participant.identifier.raw_id, FRIEND_ID)
        self.assertEqual(
            (model.operation_context, bool(model.invitation_id)), ("a", True)
        )
        self.advance(0.9)
        self.assertEqual(self.app.callbacks, [])
        self.advance(0.2)
        self.assertEqual(
            self.told(), ["AddParticipantSucceeded", "ParticipantsUpdated"]
        )
        data = self.last("AddParticipantSucceeded")
        self.assertEqual(data["participant"]["rawId"], FRIEND_ID)
        self.assertEqual(data["operationContext"], "a")
        self.assertEqual(self.app.requests[0].path, "/cb/add")
        self.assertEqual(self.app.requests[1].path, "/cb")
        self.assertEqual(list(self.participants()), [CALLER_ID, BOT, FRIEND_ID])
        self.assertEqual(self.last("ParticipantsUpdated")["sequenceNumber"], 2)
        self.assertEqual(self.people(self.leg), [CALLER_ID, BOT, FRIEND_ID])

    def test_failures(self) -> None:
        """
        A phone that cannot be reached fails with its codes, after the time
        that the invitation allows; the call goes on.
        """
        for number, timeout, codes, seconds in (
            ("+14255550111", None, (486, 560486), 1.1),
            ("+14255550112", 5, (487, 10004), 5.1),
            ("+14255550116", 10, (487, 10004), 10.1),
            ("+14255550112", None, (487, 10004), 30.1),
        ):
            self.app.requests.clear()
            target = PhoneNumberIdentifier(number)
            self.add(target, invitation_timeout=timeout)
            self.advance(seconds - 0.2)
            self.assertEqual(self.app.callbacks, [], number)
            self.advance(0.2)
            self.assertEqual(self.told(), ["AddParticipantFailed"])
            self.assertEqual(self.codes("AddParticipantFailed"), codes)
            data = self.last("AddParticipantFailed")
            self.assertEqual(data["participant"]["rawId"], f"4:{number}")
        self.assertEqual(self.people(self.leg), [CALLER_ID, BOT])

    def test_user(self) -> None:
        """
        A user is rung with the headers, and the caller that it sees is who
        invites; its application has a leg of its own.
        """
        self.subscribe("user", [USER])
        self.add(
            CommunicationUserIdentifier(USER),
            source_caller_id_number=None,
            voip_headers={"a": "b"},
        )
        data = self.app.incoming[-1]
        self.assertEqual(data["from"]["rawId"], BOT)
        self.assertEqual(data["customContext"]["voipHeaders"], {"a": "b"})
        other = self.answer(data["incomingCallContext"])["callConnectionId"]
        self.advance(0.3)
        self.assertEqual(self.told(self.leg)[0], "AddParticipantSucceeded")
        self.assertEqual(self.told(other)[:2], ["CallConnected", "ParticipantsUpdated"])
        self.assertEqual(self.people(other), [CALLER_ID, BOT, USER])

    def test_user_nobody_listens(self) -> None:
        """
        A user without subscription: 480/10037, after the 202.
        """
        self.add(CommunicationUserIdentifier(USER), source_caller_id_number=None)
        self.assertEqual(self.app.callbacks, [])
        self.advance(0.1)
        self.assertEqual(self.codes("AddParticipantFailed"), (480, 10037))

    def test_cancel(self) -> None:
        """
        An invitation that still rings can be canceled, and then is silent.
        """
        invitation = self.add()["invitationId"]
        status, body = self.ask_leg(
            self.leg,
            "cancel_add_participant_operation",
            invitation,
            operation_context="x",
        )
        self.assertEqual(status, 202)
        assert_model(self, models.CancelAddParticipantResponse, body)
        self.assertEqual(body, {"invitationId": invitation, "operationContext": "x"})
        self.advance(2.0)
        self.assertEqual(self.told(), ["CancelAddParticipantSucceeded"])
        data = self.last("CancelAddParticipantSucceeded")
        self.assertEqual(data["invitationId"], invitation)
        self.assertEqual(data["operationContext"], "x")

    def test_cancel_user(self) -> None:
        """
        After a cancellation the user's application cannot answer.
        """
        self.subscribe("user", [USER])
        user = CommunicationUserIdentifier(USER)
        invitation = self.add(user, source_caller_id_number=None)["invitationId"]
        self.ask_leg(self.leg, "cancel_add_participant_operation", invitation)
        body = self.answer_body(self.app.incoming[-1]["incomingCallContext"])
        self.assertEqual(self.rest("POST", "/callConnections:answer", body)[0], 404)

    def test_cancel_too_late(self) -> None:
        """
        One that is not open any more cannot.
        """
        invitation = self.add()["invitationId"]
        self.advance(1.1)
        self.ask_leg(self.leg, "cancel_add_participant_operation", invitation)
        self.advance(0.1)
        self.assertEqual(self.told()[-1], "CancelAddParticipantFailed")
        data = self.last("CancelAddParticipantFailed")
        self.assertEqual(data["invitationId"], invitation)

    def test_refused(self) -> None:
        """
        Who is there already, a phone without a caller id, or a time-out beyond
        180 s: 400.
        """
        self.add_friend()
        other = PhoneNumberIdentifier("+14255550177")
        for target, about in (
            (PhoneNumberIdentifier(FRIEND), {}),
            (PhoneNumberIdentifier(CALLER), {}),
            (other, {"source_caller_id_number": None}),
            (other, {"invitation_timeout": 181}),
        ):
            given = {"source_caller_id_number": SHOWN, **about}
            answer = self.ask_leg(self.leg, "add_participant", target, **given)
            self.assertEqual(answer[0], 400, about)

    def test_caller_leaves(self) -> None:
        """
        With a friend on the line the call survives its caller; with an
        invitation only, it does not.
        """
        self.add_friend()
        self.control("DELETE", f"/calls/{self.call_id}")
        self.assertEqual(self.told(), ["ParticipantsUpdated"])
        self.assertEqual(self.people(self.leg), [BOT, FRIEND_ID])
        self.add(PhoneNumberIdentifier("+14255550188"))
        self.ask_leg(self.leg, "remove_participant", PhoneNumberIdentifier(FRIEND))
        self.advance(0.1)
        self.assertEqual(self.call(self.call_id)["outcome"], "removed from the call")
        self.advance(2.0)
        self.assertNoTimers()

    def test_application_leaves(self) -> None:
        """
        C{hang_up(False)} takes the application out and leaves the others in
        their talk.
        """
        self.add_friend()
        self.ask_leg(self.leg, "hang_up", False)
        self.assertEqual(self.told(), ["CallDisconnected", "MediaStreamingStopped"])
        self.assertEqual(self.call(self.call_id)["state"], "connected")
        self.control("DELETE", f"/calls/{self.call_id}")
        self.assertEqual(self.call(self.call_id)["state"], "ended")

    def test_application_leaves_while_inviting(self) -> None:
        """
        Nobody comes in upon the invitation of an application that has left.
        """
        self.add_friend()
        self.add(PhoneNumberIdentifier("+14255550188"))
        self.ask_leg(self.leg, "hang_up", False)
        self.advance(1.1)
        self.assertNotIn("AddParticipantSucceeded", self.told())
        self.assertNotIn("+14255550188 answers", str(self.call(self.call_id)["story"]))

    def test_application_leaves_while_stopping(self) -> None:
        """
        If it leaves while its stream is being stopped, that is told once.
        """
        self.add_friend()
        self.ask_leg(self.leg, "stop_media_streaming")
        self.ask_leg(self.leg, "hang_up", False)
        self.advance(0.2)
        self.assertEqual(self.told(), ["CallDisconnected", "MediaStreamingStopped"])

    def test_terminate(self) -> None:
        """
        C{hang_up(True)} ends it for all.
        """
        self.add_friend()
        self.ask_leg(self.leg, "hang_up", True)
        self.assertEqual(self.call(self.call_id)["state"], "ended")


class RemoveTests(ParticipantTestCase):
    """
    Tests for C{remove_participant}.
    """

    def remove(self, who: Any, **about: Any) -> tuple[int, Any]:
        return self.ask_leg(self.leg, "remove_participant", who, **about)

    def test_phone(self) -> None:
        """
        202, the event, and the participants without the one that is gone.
        """
        self.add_friend()
        answer = self.remove(PhoneNumberIdentifier(FRIEND), operation_context="r")
        self.assertEqual(answer, (202, {"operationContext": "r"}))
        self.assertEqual(self.app.callbacks, [])
        self.advance(0.1)
        self.assertEqual(
            self.told(), ["RemoveParticipantSucceeded", "ParticipantsUpdated"]
        )
        data = self.last("RemoveParticipantSucceeded")
        self.assertEqual(data["participant"]["rawId"], FRIEND_ID)
        self.assertEqual(data["operationContext"], "r")
        self.assertEqual(self.people(self.leg), [CALLER_ID, BOT])

    def test_last(self) -> None:
        """
        When the last other participant is removed the call is over.
        """
        self.remove(PhoneNumberIdentifier(CALLER))
        self.advance(0.1)
        self.assertEqual(
            self.told(),
            ["RemoveParticipantSucceeded", "CallDisconnected", "MediaStreamingStopped"],
        )

    def test_user(self) -> None:
        """
        The application of a user that is removed is told 5000/5300.
        """
        self.subscribe("user", [USER])
        self.add(CommunicationUserIdentifier(USER), source_caller_id_number=None)
        self.answer(self.app.incoming[-1]["incomingCallContext"])
        self.advance(0.3)
        self.remove(CommunicationUserIdentifier(USER))
        self.advance(0.1)
        self.assertEqual(self.codes("CallDisconnected"), (5000, 5300))
        self.assertEqual(self.people(self.leg), [CALLER_ID, BOT])

    def test_gone(self) -> None:
        """
        One that was never there is 404; one that leaves before it is removed
        makes the removal fail.
        """
        self.assertEqual(self.remove(PhoneNumberIdentifier(FRIEND))[0], 404)
        self.add_friend()
        self.remove(PhoneNumberIdentifier(FRIEND))
        self.remove(PhoneNumberIdentifier(FRIEND))
        self.advance(0.1)
        self.assertEqual(self.told()[-1], "RemoveParticipantFailed")
        data = self.last("RemoveParticipantFailed")
        self.assertEqual(data["participant"]["rawId"], FRIEND_ID)


class MuteAndHoldTests(ParticipantTestCase):
    """
    Tests for C{mute_participant}, C{hold} and C{unhold}, and for reading a
    participant.
    """

    def test_mute(self) -> None:
        """
        A user is muted: 200, the participants say so, and it is not heard.
        """
        self.subscribe("user", [USER])
        self.add(CommunicationUserIdentifier(USER), source_caller_id_number=None)
        self.answer(self.app.incoming[-1]["incomingCallContext"])
        self.advance(0.5)
        user = CommunicationUserIdentifier(USER)
        answer = self.ask_leg(self.leg, "mute_participant", user, operation_context="m")
        self.assertEqual(answer, (200, {"operationContext": "m"}))
        assert_model(self, models.MuteParticipantsResult, answer[1])
        self.advance(0.1)
        self.assertTrue(self.participants()[USER]["isMuted"])
        pcm = b"\x10\x20" * 320
        self.app.media[1].say(pcm)
        self.advance(0.2)
        self.assertNotIn(pcm, self.app.media[0].audio())

    def test_mute_phone(self) -> None:
        """
        A phone cannot be muted: 400; nor can who is not there: 404.
        """
        for number, status in ((CALLER, 400), (FRIEND, 404)):
            who = PhoneNumberIdentifier(number)
            answer = self.ask_leg(self.leg, "mute_participant", who)
            self.assertEqual(answer[0], status)

    def test_hold(self) -> None:
        """
        Somebody on hold neither hears nor is heard, until taken back.
        """
        caller, pcm = PhoneNumberIdentifier(CALLER), b"\x10\x20" * 320
        self.assertEqual(self.ask_leg(self.leg, "hold", caller), (200, None))
        self.advance(0.1)
        self.assertTrue(self.participants()[CALLER_ID]["isOnHold"])
        heard = self.call(self.call_id)["counters"]["frames_heard"]
        self.app.media[0].received.clear()
        self.advance(0.1)
        self.assertTrue(self.app.media[0].received[0]["audioData"]["silent"])
        status, body = self.ask_leg(self.leg, "get_participant", caller)
        self.assertEqual((status, body["isOnHold"]), (200, True))
        assert_model(self, models.CallParticipant, body)
        self.assertEqual(self.ask_leg(self.leg, "unhold", caller), (200, None))
        self.advance(0.1)
        self.assertFalse(self.participants()[CALLER_ID]["isOnHold"])
        self.app.media[0].say(pcm)
        self.advance(0.1)
        now = self.call(self.call_id)["counters"]["frames_heard"]
        self.assertEqual(now, heard + 1)

    def test_hold_again(self) -> None:
        """
        Who is on hold may be held again, which changes nothing.
        """
        caller = PhoneNumberIdentifier(CALLER)
        for _ in range(2):
            self.assertEqual(self.ask_leg(self.leg, "hold", caller)[0], 200)
        self.advance(0.1)
        self.assertEqual(self.told(), ["ParticipantsUpdated"])

    def test_refused(self) -> None:
        """
        The application does not hold itself, nor somebody who is not there.
        """
        bot = CommunicationUserIdentifier(BOT)
        self.assertEqual(self.ask_leg(self.leg, "hold", bot)[0], 400)
        for method in ("hold", "unhold", "get_participant"):
            who = PhoneNumberIdentifier(FRIEND)
            self.assertEqual(self.ask_leg(self.leg, method, who)[0], 404)

    def test_get(self) -> None:
        """
        A participant is read by its raw id.
        """
        who = PhoneNumberIdentifier(CALLER)
        status, body = self.ask_leg(self.leg, "get_participant", who)
        self.assertEqual(status, 200)
        model = assert_model(self, models.CallParticipant, body)
        self.assertEqual(model.identifier.raw_id, CALLER_ID)
        self.assertEqual((model.is_muted, model.is_on_hold), (False, False))

    def test_ended(self) -> None:
        """
        When the call is over there are no participants to be had.
        """
        self.control("DELETE", f"/calls/{self.call_id}")
        path = f"/callConnections/{self.leg}/participants"
        self.assertEqual(self.rest("GET", path)[0], 404)


class MoveTests(ParticipantTestCase):
    """
    Tests for C{move_participants}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.other_call = self.place(**{"from": "+14255550155"})
        context = self.app.incoming[-1]["incomingCallContext"]
        self.other = str(self.answer(context)["callConnectionId"])
        self.advance(0.3)
        self.app.requests.clear()

    def move(self, *numbers: str, **about: Any) -> tuple[int, Any]:
        people = [PhoneNumberIdentifier(number) for number in numbers]
        return self.ask_leg(self.leg, "move_participants", people, self.other, **about)

    def test_move(self) -> None:
        """
        A phone moves here from another call, which ends for want of people;
        its owner is heard and hears on the stream of this call.
        """
        status, body = self.move("+14255550155", operation_context="v")
        self.assertEqual(status, 202)
        model = assert_model(self, models.MoveParticipantsResponse, body)
        self.assertEqual(model.participants[0].identifier.raw_id, "4:+14255550155")
        self.assertEqual((model.from_call, model.operation_context), (self.other, "v"))
        self.assertEqual(self.app.callbacks, [])
        self.advance(0.1)
        data = self.last("MoveParticipantSucceeded")
        self.assertEqual(data["fromCall"], self.other)
        self.assertEqual(data["participant"]["rawId"], "4:+14255550155")
        self.assertEqual(self.told(self.other)[0], "CallDisconnected")
        self.assertEqual(self.call(self.other_call)["outcome"], "moved to another call")
        self.assertEqual(self.people(self.leg), [CALLER_ID, BOT, "4:+14255550155"])

    def test_gone(self) -> None:
        """
        Somebody who hangs up before the move does not arrive.
        """
        self.move("+14255550155")
        self.control("DELETE", f"/calls/{self.other_call}")
        self.advance(0.1)
        self.assertEqual(self.told(self.leg), ["MoveParticipantFailed"])
        data = self.last("MoveParticipantFailed")
        self.assertEqual(data["fromCall"], self.other)

    def test_refused(self) -> None:
        """
        Who is not there cannot be moved, nor from a call that is not there.
        """
        self.assertEqual(self.move(FRIEND)[0], 400)
        people = [PhoneNumberIdentifier(CALLER)]
        for source, status in ((self.leg, 400), ("x", 404)):
            answer = self.ask_leg(self.leg, "move_participants", people, source)
            self.assertEqual(answer[0], status)
        self.control("DELETE", f"/calls/{self.other_call}")
        self.assertEqual(self.move("+14255550155")[0], 404)
