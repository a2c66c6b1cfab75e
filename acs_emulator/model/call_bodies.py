"""
What the bodies of the operations on whole calls and their participants may
contain.

Fields and ranges are those of the generated client in
C{azure-communication-callautomation} 1.6.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .fields import Check, one_of, text
from .media_requests import source_check

if TYPE_CHECKING:
    from .operations import Strictness

_CALL = r"/callConnections/(?P<connection_id>[^/:]+)"
_PEOPLE = _CALL + "/participants"

#: Method, path under /calling, our name.
CALL_OPERATIONS = (
    ("POST", r"/callConnections", "create"),
    ("POST", r"/callConnections:redirect", "redirect"),
    ("POST", r"/callConnections:reject", "reject"),
    ("POST", r"/callConnections:connect", "connect"),
    ("GET", _PEOPLE, "list_participants"),
    ("GET", _PEOPLE + r"/(?P<participant>[^/]+)", "get_participant"),
    ("POST", _PEOPLE + ":add", "add_participant"),
    ("POST", _PEOPLE + ":remove", "remove_participant"),
    ("POST", _PEOPLE + ":mute", "mute"),
    ("POST", _PEOPLE + ":cancelAddParticipant", "cancel_add_participant"),
    ("POST", _PEOPLE + ":moveHere", "move_participants"),
    ("POST", _CALL + ":hold", "hold"),
    ("POST", _CALL + ":unhold", "unhold"),
    ("POST", _CALL + ":startMediaStreaming", "start_media_streaming"),
    ("POST", _CALL + ":stopMediaStreaming", "stop_media_streaming"),
    ("POST", _CALL + ":startTranscription", "start_transcription"),
    ("POST", _CALL + ":stopTranscription", "stop_transcription"),
    ("POST", _CALL + ":updateTranscription", "update_transcription"),
)

#: The only operations that carry C{Repeatability-Request-ID}, as the SDK sends
#: it; on others the header means nothing.
REPEATABLE = (
    r"/callConnections(:answer|:redirect|:reject|:connect)?",
    _CALL + ":(terminate|transferToParticipant|sendDtmfTones)",
    _PEOPLE + ":[A-Za-z]+",
    r"/recordings",
)


def list_of(check: Check, *, most: int | None = None) -> Check:
    """
    A list that is not empty.

    @param most: how many there may be.
    """

    def whole(value: Any, where: str) -> list[str]:
        if not isinstance(value, list) or not value:
            return [f"{where} must be a list that is not empty"]
        if most is not None and len(value) > most:
            return [f"{where} may have {most} at most"]
        return [
            problem
            for index, item in enumerate(value)
            for problem in check(item, f"{where}[{index}]")
        ]

    return whole


def whole_number(least: int, most: int) -> Check:
    """
    An integer in a range.
    """

    def check(value: Any, where: str) -> list[str]:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if is_number and least <= value <= most:
            return []
        return [f"{where} must be a whole number from {least} to {most}"]

    return check


class CallBodies:
    """
    The checks, for one degree of strictness.
    """

    def __init__(self, strictness: Strictness) -> None:
        self._strictness = strictness

    def find(self, operation: str) -> Check | None:
        """
        @return: L{None}, if the operation is not one of these, or has no body.
        """
        tables = {**self._call_tables(), **self._participant_tables()}
        table = tables.get(operation)
        return None if table is None else self._strictness.record(*table)

    def _call_tables(self) -> dict[str, tuple[Mapping[str, Check], ...]]:
        strictness = self._strictness
        person = strictness.participant()
        user = strictness.record({"id": text}, {})
        making = strictness.making_a_call()
        callback = {"callbackUri": strictness.callback_url()}
        locator = strictness.record(
            {
                "kind": one_of(
                    "serverCallLocator", "groupCallLocator", "roomCallLocator"
                )
            },
            {"serverCallId": text, "groupCallId": text, "roomId": text},
        )
        return {
            "create": (
                {"targets": list_of(person), **callback},
                {
                    "sourceCallerIdNumber": strictness.phone(),
                    "sourceDisplayName": text,
                    "source": user,
                    **making,
                },
            ),
            "redirect": ({"incomingCallContext": text, "target": person}, {}),
            "reject": (
                {"incomingCallContext": text},
                {"callRejectReason": one_of("none", "busy", "forbidden")},
            ),
            "connect": ({"callLocator": locator, **callback}, making),
        }

    def _participant_tables(self) -> dict[str, tuple[Mapping[str, Check], ...]]:
        strictness = self._strictness
        person = strictness.participant()
        context = {"operationContext": text}
        source = source_check(strictness.strict, strictness.callback_url())
        language = {"locale": text, "speechModelEndpointId": text}
        told = {**context, "operationCallbackUri": strictness.callback_url()}
        return {
            "add_participant": (
                {"participantToAdd": person},
                {
                    "sourceCallerIdNumber": strictness.phone(),
                    "sourceDisplayName": text,
                    "invitationTimeoutInSeconds": whole_number(0, 180),
                    "customCallingContext": strictness.custom_context(),
                    **told,
                },
            ),
            "remove_participant": ({"participantToRemove": person}, told),
            # Documented: one participant at a time.
            "mute": ({"targetParticipants": list_of(person, most=1)}, context),
            "cancel_add_participant": ({"invitationId": text}, told),
            "move_participants": (
                {"targetParticipants": list_of(person), "fromCall": text},
                told,
            ),
            "hold": (
                {"targetParticipant": person},
                {"playSourceInfo": source, **told},
            ),
            "unhold": ({"targetParticipant": person}, told),
            "start_media_streaming": ({}, told),
            "stop_media_streaming": ({}, told),
            "start_transcription": ({}, {**language, **told}),
            "stop_transcription": ({}, told),
            "update_transcription": ({}, {**language, **told}),
        }
