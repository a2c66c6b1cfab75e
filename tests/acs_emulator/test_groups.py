"""
What is heard in calls of several participants, transfers out of them, failed
transfers, and requests that are repeated.
"""

from __future__ import annotations

import os
import wave
from base64 import b64decode
from typing import Any

import numpy as np
from azure.communication.callautomation import (
    CommunicationUserIdentifier,
    PhoneNumberIdentifier,
)
from azure.communication.callautomation._generated import models
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.errors import SettingsError
from acs_emulator.model.mixing import Voice, at_rate, dominant, mixed
from acs_emulator.model.operations import is_repeatable
from acs_emulator.settings import parse_settings

from .sdk_operations import OperationTestCase
from .strict_sdk import assert_model
from .support import APP, CALLER, LINE, USER, AppMedia

SHOWN = PhoneNumberIdentifier(LINE)
FRIEND = "+14255550199"


def level(value: int, samples: int = 320) -> bytes:
    return bytes(np.full(samples, value, "<i2").tobytes())


def voice(raw_id: str, value: int, *, rate: int = 16000) -> Voice:
    return Voice(raw_id, level(value, rate // 50), rate, value == 0)


class MixingTests(SynchronousTestCase):
    """
    Tests for L{acs_emulator.model.mixing}.
    """

    def test_sum(self) -> None:
        """
        Voices add up, and are cut off at the largest values.
        """
        for values, total in (
            ((1000, 2000), 3000),
            ((30000, 30000), 32767),
            ((-30000, -30000), -32768),
            ((1000, 0), 1000),
            ((0, 0), 0),
        ):
            voices = [voice(str(i), value) for i, value in enumerate(values)]
            self.assertEqual(mixed(voices, 16000), level(total), values)

    def test_rates(self) -> None:
        """
        A voice of another rate is brought to that of the stream.
        """
        for given, wanted in ((16000, 24000), (24000, 16000), (16000, 16000)):
            pcm = at_rate(voice("a", 1000, rate=given), wanted)
            self.assertEqual(pcm, level(1000, wanted // 50))
        both = [voice("a", 1000, rate=24000), voice("b", 500)]
        self.assertEqual(mixed(both, 24000), level(1500, 480))

    def test_dominant(self) -> None:
        """
        Of more than four the four loudest remain, in their order.
        """
        voices = [voice(str(v), v) for v in (100, 0, -900, 300, 500, 200)]
        found = [v.raw_id for v in dominant(voices)]
        self.assertEqual(found, ["-900", "300", "500", "200"])
        self.assertEqual(dominant(voices[:4]), voices[:4])


class RoomTests(OperationTestCase):
    """
    Who hears whom.
    """

    def wav(self, value: int) -> str:
        path: str = os.path.abspath(self.mktemp() + ".wav")
        with wave.open(path, "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", ""))
            file.writeframes(level(value, 16000))
        return path

    def call_of_two(self, **media: Any) -> str:
        """
        @return: a leg with a caller who says 1000 from 2 s on, and a friend
            who has been added and says 300 all the time.
        """
        self.subscribe("line", [f"4:{LINE}"])
        self.heard = [os.path.abspath(self.mktemp() + ".wav") for _ in range(2)]
        steps = [{"after": "pause 2", "say": self.wav(1000)}]
        self.call_id = self.place(steps=steps, heard=self.heard[0])
        context = self.app.incoming[-1]["incomingCallContext"]
        leg = str(self.answer(context, **media)["callConnectionId"])
        self.advance(0.5)
        steps = [{"say": self.wav(300)}, {"say": self.wav(300)}]
        given = {"after": 1, "steps": steps, "heard": self.heard[1]}
        self.control("PUT", f"/phones/{FRIEND}", given)
        target = PhoneNumberIdentifier(FRIEND)
        self.ask_leg(leg, "add_participant", target, source_caller_id_number=SHOWN)
        self.advance(1.3)
        return leg

    def samples(self, pcm: bytes) -> set[int]:
        return {int(value) for value in np.frombuffer(pcm, "<i2")}

    def frames(self, media: AppMedia) -> list[dict[str, Any]]:
        return [m["audioData"] for m in media.received if m["kind"] == "AudioData"]

    def test_mixed(self) -> None:
        """
        A mixed stream carries the sum of all phones, one frame every 20 ms.
        """
        self.call_of_two()
        media = self.app.media[0]
        media.received.clear()
        self.advance(1.0)
        frames = self.frames(media)
        self.assertEqual(len(frames), 50)
        self.assertEqual(self.samples(media.audio()), {300, 1300})
        self.assertNotIn("participantRawID", frames[0])

    def test_phones_hear_each_other(self) -> None:
        """
        A phone hears the other and the application, and not itself.
        """
        self.call_of_two()
        self.app.media[0].say(level(50, 16000))
        self.advance(1.1)  # the application is quiet before the caller is
        self.control("DELETE", f"/calls/{self.call_id}")
        self.advance(0.1)
        self.emulator.exchange.stopService()
        values = []
        for path in self.heard:
            with wave.open(path) as file:
                values.append(self.samples(file.readframes(file.getnframes())))
        self.assertEqual(values[0], {0, 300, 350})
        self.assertEqual(values[1], {0, 50, 1000, 1050})

    def test_held(self) -> None:
        """
        A phone on hold hears silence and is not heard; the others go on.
        """
        leg = self.call_of_two()
        self.ask_leg(leg, "hold", PhoneNumberIdentifier(FRIEND))
        media = self.app.media[0]
        media.received.clear()
        media.say(level(50, 16000))
        self.advance(1.0)
        self.control("DELETE", f"/calls/{self.call_id}")
        self.assertEqual(self.samples(media.audio()), {0, 1000})
        self.emulator.exchange.stopService()
        with wave.open(self.heard[1]) as file:
            values = self.samples(file.readframes(file.getnframes()))
        self.assertEqual(values, {0})

    def test_held_application(self) -> None:
        """
        An application on hold hears silence.
        """
        leg = self.call_of_two()
        self.subscribe("user", [USER])
        user = CommunicationUserIdentifier(USER)
        self.ask_leg(leg, "add_participant", user)
        self.answer(self.app.incoming[-1]["incomingCallContext"])
        self.advance(0.2)
        self.ask_leg(leg, "hold", user)
        for media in self.app.media:
            media.received.clear()
        self.advance(0.2)
        values = [self.samples(media.audio()) for media in self.app.media]
        self.assertIn(0, values[1])
        self.assertEqual((len(values[1]), 0 in values[0]), (1, False))

    def test_unmixed(self) -> None:
        """
        An unmixed stream carries a frame of each participant every 20 ms, with
        its raw id and the same time.
        """
        self.call_of_two(audioChannelType="unmixed")
        media = self.app.media[0]
        self.advance(0.4)
        media.received.clear()
        self.advance(0.4)
        frames = self.frames(media)
        self.assertEqual(len(frames), 40)
        loud: dict[str, set[int]] = {}
        for frame in frames:
            values = self.samples(b64decode(frame["data"]))
            loud.setdefault(frame["participantRawID"], set()).update(values)
        self.assertEqual(loud, {f"4:{CALLER}": {1000}, f"4:{FRIEND}": {300}})
        self.assertEqual(len({frame["timestamp"] for frame in frames}), 20)

    def test_moved_phone(self) -> None:
        """
        A phone that moved speaks in its new call.
        """
        steps = [{"after": "pause 1", "say": self.wav(700)}]
        here = self.connected()
        self.place(**{"from": "+14255550155", "steps": steps})
        context = self.app.incoming[-1]["incomingCallContext"]
        other = str(self.answer(context)["callConnectionId"])
        self.advance(0.5)
        people = [PhoneNumberIdentifier("+14255550155")]
        self.ask_leg(here, "move_participants", people, other)
        self.advance(1.0)
        self.assertIn(700, self.samples(self.app.media[0].audio()))
        self.assertNotIn(700, self.samples(self.app.media[1].audio()))


class GroupTransferTests(OperationTestCase):
    """
    Transfers of one out of several.
    """

    def setUp(self) -> None:
        super().setUp()
        self.leg = self.connected()
        target = PhoneNumberIdentifier(FRIEND)
        self.ask_leg(self.leg, "add_participant", target, source_caller_id_number=SHOWN)
        self.advance(1.1)
        self.subscribe("user", [USER])
        self.app.requests.clear()

    def transfer(self, target: Any, transferee: str | None) -> tuple[int, Any]:
        who = None if transferee is None else PhoneNumberIdentifier(transferee)
        return self.ask_leg(
            self.leg, "transfer_call_to_participant", target, transferee=who
        )

    def test_transferee_needed(self) -> None:
        """
        In a group it must be said who is transferred, and that must be one of
        its phones.
        """
        user = CommunicationUserIdentifier(USER)
        for transferee in (None, "+14255550177"):
            self.assertEqual(self.transfer(user, transferee)[0], 400)

    def test_to_phone(self) -> None:
        """
        One goes, the others and the application stay.
        """
        self.transfer(PhoneNumberIdentifier("+14255550166"), FRIEND)
        self.advance(0.4)
        self.assertEqual(self.told(), ["CallTransferAccepted", "ParticipantsUpdated"])
        data = self.last("CallTransferAccepted")
        self.assertEqual(data["transferee"]["rawId"], f"4:{FRIEND}")
        self.assertEqual(self.people(self.leg)[0], f"4:{CALLER}")
        status, now = self.rest("GET", f"/callConnections/{self.leg}")
        self.assertEqual((status, now["callConnectionState"]), (200, "connected"))

    def test_to_user(self) -> None:
        """
        One goes to a user, who has a call with it alone.
        """
        self.transfer(CommunicationUserIdentifier(USER), CALLER)
        data = self.app.incoming[-1]
        self.assertEqual(data["from"]["rawId"], f"4:{CALLER}")
        answered = self.answer(data["incomingCallContext"])
        self.advance(0.3)
        other = answered["callConnectionId"]
        self.assertEqual(answered["correlationId"], data["correlationId"])
        self.assertEqual(
            self.told(self.leg), ["CallTransferAccepted", "ParticipantsUpdated"]
        )
        self.assertEqual(len(self.people(self.leg)), 2)
        self.assertEqual(self.people(other), [f"4:{CALLER}", USER])
        self.assertEqual(self.told(other)[0], "CallConnected")
        self.app.media[1].received.clear()
        self.advance(0.1)
        self.assertEqual(self.app.media[1].kinds(), ["AudioData"] * 5)
        self.ask_leg(other, "hang_up", True)
        self.assertEqual(len(self.people(self.leg)), 2)

    def test_transferee_leaves(self) -> None:
        """
        If the one who is transferred hangs up meanwhile, the transfer fails.
        """
        self.transfer(CommunicationUserIdentifier(USER), CALLER)
        self.control("DELETE", f"/calls/{self.call_id}")
        self.assertEqual(self.told(), ["CallTransferFailed", "ParticipantsUpdated"])
        body = self.answer_body(self.app.incoming[-1]["incomingCallContext"])
        self.assertEqual(self.rest("POST", "/callConnections:answer", body)[0], 404)


class BrokenTests(OperationTestCase):
    """
    A service whose calls are unusable after a failed transfer.
    """

    document = {"transfer": {"fail": ["+15550000000"], "after_failure": "broken"}}

    def test_broken(self) -> None:
        """
        The call can be read and hung up, and nothing else.
        """
        leg = self.connected()
        target = PhoneNumberIdentifier("+15550000000")
        self.ask_leg(leg, "transfer_call_to_participant", target)
        self.advance(0.4)
        self.assertEqual(self.told(), ["CallTransferFailed"])
        status, now = self.rest("GET", f"/callConnections/{leg}")
        self.assertEqual((status, now["callConnectionState"]), (200, "connected"))
        for method, *args in (
            ("transfer_call_to_participant", target),
            ("stop_media_streaming",),
            ("hold", PhoneNumberIdentifier(CALLER)),
        ):
            status, body = self.ask_leg(leg, str(method), *args)
            self.assertEqual(status, 400)
            self.assertIn("not established", body["error"]["message"])
        self.assertEqual(self.ask_leg(leg, "hang_up", True)[0], 204)


class RepeatTests(OperationTestCase):
    """
    Requests that are sent twice.
    """

    def test_which(self) -> None:
        """
        The SDK gives an id to the operations that are repeatable, and to no
        others; where it does, a repetition is answered alike and done once,
        and another body is refused.
        """
        leg = self.connected()
        target = PhoneNumberIdentifier(FRIEND)
        self.ask_leg(leg, "add_participant", target, source_caller_id_number=SHOWN)
        sent = self.sent
        self.advance(1.1)
        first, again = self.rest(*sent), self.rest(*sent)
        self.assertEqual(first[0], 202)
        self.assertEqual(first, again)
        self.advance(1.1)
        self.assertEqual(self.told().count("AddParticipantSucceeded"), 1)
        method, path, body, headers = sent
        changed = {**body, "operationContext": "other"}
        self.assertEqual(self.rest(method, path, changed, headers)[0], 400)

    def test_sdk_headers(self) -> None:
        """
        The operations on which an id counts are those to which the SDK gives
        one.
        """
        me, who = "x", PhoneNumberIdentifier(FRIEND)
        for method, *args in (
            ("redirect_call", "c", who),
            ("reject_call", "c"),
            ("answer_call", "c", f"{APP}/cb"),
        ):
            self.ask(str(method), *args)
            self.assertHeader()
        self.ask("create_call", who, f"{APP}/cb", source_caller_id_number=SHOWN)
        self.assertHeader()
        self.ask("connect_call", f"{APP}/cb", server_call_id="s")
        self.assertHeader()
        operations: tuple[tuple[Any, ...], ...] = (
            ("get_call_properties",),
            ("hang_up", False),
            ("hang_up", True),
            ("transfer_call_to_participant", who),
            ("list_participants",),
            ("get_participant", who),
            ("add_participant", who),
            ("remove_participant", who),
            ("mute_participant", who),
            ("cancel_add_participant_operation", "i"),
            ("move_participants", [who], "f"),
            ("send_dtmf_tones", ["one"], who),
            ("hold", who),
            ("unhold", who),
            ("start_media_streaming",),
            ("stop_media_streaming",),
            ("cancel_all_media_operations",),
        )
        for method, *args in operations:
            self.ask_leg(me, method, *args)
            self.assertHeader()

    def assertHeader(self) -> None:
        method, path, _, headers = self.sent
        given = "Repeatability-Request-ID" in headers
        self.assertEqual(is_repeatable(method, path), given, path)

    def test_not_repeatable(self) -> None:
        """
        On others the header means nothing: what is sent twice is done twice.
        """
        leg = self.connected()
        path = f"/callConnections/{leg}:stopMediaStreaming"
        headers = {"Repeatability-Request-ID": "r"}
        statuses = [self.rest("POST", path, {}, headers)[0] for _ in range(2)]
        self.assertEqual(statuses, [202, 400])

    def test_create(self) -> None:
        """
        A call that is created twice with the same id is one call.
        """
        target = PhoneNumberIdentifier(FRIEND)
        first = self.ask(
            "create_call", target, f"{APP}/cb", source_caller_id_number=SHOWN
        )
        self.assertEqual(self.rest(*self.sent), first)
        self.assertEqual(len(self.control("GET", "/calls")[1]["calls"]), 1)
        assert_model(self, models.CallConnectionProperties, first[1])


class SettingsTests(SynchronousTestCase):
    """
    Tests for the settings of phones and of failed transfers.
    """

    def test_problems(self) -> None:
        """
        What is wrong is said with its place.
        """
        for document, words in (
            ({"phones": [{"number": "1"}]}, "phones: '1' is not a number"),
            ({"phones": [{"number": FRIEND, "outcome": "x"}]}, "phones: outcome"),
            ({"phones": [{"number": FRIEND, "x": 1}]}, "phones: x: not known"),
            ({"phones": {}}, "[[phones]]"),
            ({"transfer": {"after_failure": "x"}}, "transfer.after_failure: 'x'"),
            ({"incoming": {"after_redirect": 1}}, "incoming.after_redirect: 1"),
            ({"incoming": {"x": 1}}, "incoming.x: not known"),
        ):
            error = self.assertRaises(SettingsError, parse_settings, document, None)
            self.assertIn(words, str(error))
