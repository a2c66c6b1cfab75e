"""
What the service does with the sound of one call: prompts, recognition, keys,
recordings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from .errors import bad_request, media_conflict, wrong_state
from .hold_music import HoldMusic
from .leg_media import LegMedia, Studio, Tap
from .model.actions import Callback
from .model.asked import Asked
from .model.identifiers import participant_in, phone_number_of
from .model.legs import Leg, LegState
from .model.media_desk import MediaDesk
from .model.media_operations import (
    MediaOperation,
    ToneRequest,
    play_operation,
    recognize_operation,
)
from .model.mixing import Prompt, Voice
from .model.prompts import PlaySource
from .model.roster import Roster
from .model.tones import key_of


class CallMedia:
    """
    Of one call; has a L{MediaDesk} for each of its connections.
    """

    def __init__(
        self,
        studio: Studio,
        *,
        roster: Roster,
        tell: Callable[[str, str], None],
        post: Callable[[Callback], None],
        begin: Callable[[], None],
    ) -> None:
        """
        @param roster: who is in the call.
        @param begin: lets the room and its phones tick, if they do not yet.
        """
        self._studio = studio
        self._roster = roster
        self._tell = tell
        self._post = post
        self._begin = begin
        self._numbers = count(1)
        self._desks: dict[str, LegMedia] = {}
        self._music = HoldMusic(studio.prompts, roster=roster, tell=tell, post=post)

    def perform(
        self, name: str, leg: Leg, body: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        """
        @param name: one of L{acs_emulator.model.media_requests.MEDIA_STATUS}.

        @return: the body of the answer, if it has one.

        @raise Refusal: if it cannot be done now.
        """
        if leg.state is not LegState.CONNECTED:
            raise wrong_state(f"The call is {leg.state.value}, not connected.")
        if leg.broken:
            raise wrong_state("The call is not established.")
        desk = self._desk(leg).desk
        match name:
            case "play":
                assert body is not None
                for to in body.get("playTo") or ():
                    self._check_participant("playTo", to, leg)
                self._add(desk, leg, play_operation(next(self._numbers), body))
            case "recognize":
                assert body is not None
                target = body["recognizeOptions"]["targetParticipant"]
                self._check_participant("targetParticipant", target, leg)
                self._add(desk, leg, recognize_operation(next(self._numbers), body))
            case "cancel_all":
                desk.cancel_all()
            case _:
                assert body is not None
                return self._keys(name, desk, leg, body)
        self._desk(leg).settle()
        return None

    def _add(self, desk: MediaDesk, leg: Leg, operation: MediaOperation) -> None:
        self._check_voice(leg, self._takes_speech(operation))
        if desk.busy and not operation.interrupt and self._studio.refuse_conflicts:
            raise media_conflict()
        desk.add(operation)

    def _takes_speech(self, operation: MediaOperation) -> bool:
        spoken = any(source.spoken for source in operation.sources)
        options = operation.recognize
        if options is not None and options.takes_speech:
            # Choices by key alone need no speech.
            spoken = (
                spoken
                or any(c.phrases for c in options.choices)
                or (options.kind != "choices")
            )
        return spoken

    def _check_voice(self, leg: Leg, spoken: bool) -> None:
        if spoken and leg.cognitive_services is None:
            raise bad_request(
                "Text, SSML and speech need callIntelligenceOptions."
                "cognitiveServicesEndpoint when the call is answered or created."
            )

    def check_source(self, leg: Leg, source: PlaySource) -> None:
        """
        @raise Refusal: 400, if it takes a voice that was not asked for.
        """
        self._check_voice(leg, source.spoken)

    def hold(self, leg: Leg, raw_id: str, source: PlaySource, asked: Asked) -> None:
        """
        Let somebody hear something on hold.
        """
        self._music.play(leg, raw_id, source, asked)
        self._begin()

    def take_back(self, raw_id: str) -> None:
        """
        Somebody is not on hold any more.
        """
        self._music.stop(raw_id)

    def _keys(
        self, name: str, desk: MediaDesk, leg: Leg, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        target = self._check_participant(
            "targetParticipant", body["targetParticipant"], leg
        )
        context = body.get("operationContext")
        request = ToneRequest(
            target=target,
            keys="".join(key_of(word) for word in body.get("tones") or ()),
            operation_context=context,
            callback_url=body.get("operationCallbackUri"),
        )
        if name == "send_tones":
            if phone_number_of(target) is None:
                raise bad_request("Tones can be sent to phone numbers only.")
            desk.keypad.send(request)
            return {} if context is None else {"operationContext": context}
        if name == "start_continuous":
            desk.keypad.start(request)
        else:
            desk.keypad.stop(request)
        self._desk(leg).settle()
        return None

    def _desk(self, leg: Leg) -> LegMedia:
        found = self._desks.get(leg.connection_id)
        if found is None:
            found = LegMedia(leg, self._studio, self._tell, self._post)
            self._desks[leg.connection_id] = found
            self._begin()
        return found

    # Recordings.

    def add_tap(self, leg: Leg, tap: Tap) -> None:
        """
        Give a recording all that is said, until the connection ends.
        """
        self._desk(leg).taps.append(tap)

    def remove_tap(self, leg: Leg, tap: Tap) -> None:
        """
        No harm, if it is not there.
        """
        found = self._desks.get(leg.connection_id)
        if found is not None and tap in found.taps:
            found.taps.remove(tap)

    # The room.

    def sounds(self, rate: int) -> list[Prompt]:
        """
        20 ms pass.

        @param rate: Hz.

        @return: what the phones hear of the service, beside media streams.
        """
        desks = list(self._desks.values())
        prompts = [prompt for leg_media in desks for prompt in leg_media.sounds(rate)]
        return [*prompts, *self._music.sounds(rate)]

    def phones(
        self,
        said: Sequence[Voice],
        keys: Sequence[tuple[str, str]],
        heard: Sequence[Voice],
    ) -> None:
        """
        @param said: what the phones said in the last 20 ms.
        @param keys: who pressed which key in them.
        @param heard: what applications and prompts said.
        """
        if not self._desks:
            return
        for leg_media in list(self._desks.values()):
            leg_media.phones(said, keys, heard)

    def leg_ended(self, leg: Leg) -> None:
        """
        A connection of the call has ended.
        """
        self._music.leg_ended(leg)
        found = self._desks.pop(leg.connection_id, None)
        if found is not None:
            found.close()

    def _check_participant(self, where: str, given: dict[str, Any], leg: Leg) -> str:
        try:
            raw_id = participant_in(given)
        except ValueError as e:
            raise bad_request(f"{where}: {e}.") from None
        if self._roster.get(raw_id) is None or raw_id == leg.answered_by:
            raise bad_request(f"{where} is not a participant of this call.")
        return raw_id
