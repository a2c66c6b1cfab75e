"""
A sample of each event that the emulator can send: the requests that bring it about.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from ..support import APP, CALLER, LINE, OTHER_USER, EmulatorTestCase
from .server import WAV

_CONNECT = "/callConnections:connect"
_FRIEND = "+14255550155"
_CANCEL = ":cancelAllMediaOperations"
_WHO = {"rawId": f"4:{CALLER}", "phoneNumber": {"value": CALLER}}
_OTHER = {"rawId": "4:+15550100100", "phoneNumber": {"value": "+15550100100"}}
_GOOD = {"kind": "file", "file": {"uri": f"{APP}/prompt.wav"}}
_BAD = {"kind": "file", "file": {"uri": f"{APP}/nothing.wav"}}
_TARGET = {"targetParticipant": _WHO}
_PLAY = {"playSources": [_GOOD], "playTo": []}
_TONES = {"tones": ["one"] * 9, **_TARGET}
_DTMF = {
    "recognizeInputType": "dtmf",
    "recognizeOptions": {
        "interruptPrompt": False,
        "initialSilenceTimeoutInSeconds": 1,
        "dtmfOptions": {"maxTonesToCollect": 2, "interToneTimeoutInSeconds": 1},
        **_TARGET,
    },
}
_ADD = {"participantToAdd": _OTHER, "sourceCallerIdNumber": {"value": LINE}}
_BUSY = {"rawId": "4:+15550100101", "phoneNumber": {"value": "+15550100101"}}
_REMOVE_OTHER = {"participantToRemove": _OTHER}
_RECORD = {
    "recordingStateCallbackUri": f"{APP}/cb",
    "recordingContentType": "audio",
    "recordingFormatType": "wav",
}
#: Requests about a call that is up, with the seconds until the next; some are not
#: emulated yet.  The caller presses "12" after 3 seconds.
_CALLS: tuple[tuple[tuple[str, Any, float], ...], ...] = (
    ((":play", _PLAY, 1.0), (":play", {**_PLAY, "playSources": [_BAD]}, 1.0)),
    ((":play", {**_PLAY, "interruptCallMediaOperation": True}, 1.0),),
    ((":play", {**_PLAY, "playOptions": {"loop": True}}, 0.5), (_CANCEL, None, 0.5)),
    ((":recognize", _DTMF, 1.5), (":recognize", _DTMF, 0.5), (_CANCEL, None, 0.5)),
    (("", None, 2.0), (":recognize", _DTMF, 2.0)),
    (
        (":startContinuousDtmfRecognition", _TARGET, 4.0),
        (":stopContinuousDtmfRecognition", _TARGET, 0.5),
    ),
    (
        (":sendDtmfTones", {**_TONES, "tones": ["one"]}, 2.0),
        (":sendDtmfTones", _TONES, 0),
    ),
    ((":hold", _TARGET, 1.0), (":unhold", _TARGET, 1.0)),
    ((":hold", {**_TARGET, "playSourceInfo": _BAD}, 1.0),),
    ((":stopMediaStreaming", {}, 1.0), (":startMediaStreaming", {}, 1.0)),
    (
        ("/participants:add", _ADD, 3.0),
        ("/participants:remove", _REMOVE_OTHER, 1.0),
    ),
    (("/participants:add", {**_ADD, "participantToAdd": _BUSY}, 2.0),),
    (
        ("/participants:add", _ADD, 3.0),
        # Of two requests to remove the same person one comes too late.
        ("/participants:remove", _REMOVE_OTHER, 0),
        ("/participants:remove", _REMOVE_OTHER, 1.0),
    ),
    (
        ("/participants:add", {**_ADD, "operationContext": "canceled"}, 0.5),
        ("/participants:cancelAddParticipant", None, 1.0),
    ),
    (
        ("/participants:add", _ADD, 3.0),
        ("/participants:cancelAddParticipant", None, 1.0),
    ),
    (("/recordings", _RECORD, 1.0),),
)


class SampleTestCase(EmulatorTestCase):
    """
    An emulator that is made to send everything.
    """

    document = {
        "transfer": {"fail": ["+15550000000"]},
        "phones": [{"number": "+15550100101", "outcome": "busy"}],
    }

    def setUp(self) -> None:
        self.disk_full = False
        self.invitation: str | None = None
        super().setUp()
        self.subscribe()

    def new_file(self) -> BytesIO:
        if self.disk_full:
            raise OSError(28, "No space left on device")
        return super().new_file()

    def connected(self, **call: Any) -> str:
        """
        @return: the path of a call that is up, with media.
        """
        self.place(**call)
        answer = self.answer(self.app.incoming[-1]["incomingCallContext"])
        self.advance(0.5)
        return f"/callConnections/{answer['callConnectionId']}"

    def transfer(self, call: str, target: dict[str, Any]) -> None:
        body = {"targetParticipant": target, "operationContext": "t"}
        self.rest("POST", f"{call}:transferToParticipant", body)
        self.advance(1)

    def ask(self, call: str, path: str, body: Any) -> None:
        """
        @param path: beneath the call, or from the top.
        """
        if path.endswith(":cancelAddParticipant"):
            body = {"invitationId": self.invitation}
        if path == "/recordings":
            body = {**body, "callConnectionId": call.rpartition("/")[2]}
            status, answer = self.rest("POST", path, body)
        elif path:
            status, answer = self.rest("POST", call + path, body)
        else:
            return
        self.assertIn(status, (200, 202, 501), f"{path}: {answer}")
        self.invitation = (answer or {}).get("invitationId")

    def samples(self) -> dict[str, dict[str, Any]]:
        """
        @return: an event of each kind that could be brought about.
        """
        self.app.files["/prompt.wav"] = WAV
        keys = [{"after": "at 3", "press": "12", "beside": True}]
        for requests in _CALLS:
            call = self.connected(steps=keys)
            for path, body, seconds in requests:
                self.ask(call, path, body)
                self.advance(seconds)
            self.rest("DELETE", call)
            self.advance(0.2)
        self.transfers()
        self.others()
        self.transcription()
        self.without_media()
        return {event["type"]: event for event in self.app.callbacks}

    def transfers(self) -> None:
        self.transfer(self.connected(), {**_OTHER})
        nobody = {"value": "+15550000000"}
        self.transfer(self.connected(), {"phoneNumber": nobody})
        self.transfer(self.connected(), {"communicationUser": {"id": OTHER_USER}})
        self.advance(31)

    def others(self) -> None:
        """
        What takes more than one call, or is no request about one.
        """
        there = self.connected(**{"from": _FRIEND})
        from_call = there.rpartition("/")[2]
        friend = [{"phoneNumber": {"value": _FRIEND}}]
        move = {"targetParticipants": friend, "fromCall": from_call}
        here = self.connected()
        self.ask(here, "/participants:moveHere", move)
        self.advance(0.5)
        call_id = self.place(**{"from": _FRIEND})
        answer = self.answer(self.app.incoming[-1]["incomingCallContext"])
        self.advance(0.5)
        here = self.connected()
        move["fromCall"] = answer["callConnectionId"]
        self.ask(here, "/participants:moveHere", move)
        self.control("DELETE", f"/calls/{call_id}")
        self.advance(0.5)
        self.disk_full = True
        self.ask(here, "/recordings", _RECORD)
        self.advance(0.5)
        _, about = self.rest("GET", here)
        locator = {"kind": "serverCallLocator", "serverCallId": about["serverCallId"]}
        connect = {"callLocator": locator, "callbackUri": f"{APP}/cb"}
        self.assertEqual(self.rest("POST", _CONNECT, connect)[0], 200)
        self.rest("POST", f"{here}:terminate")
        create = {
            "targets": [_BUSY],
            "callbackUri": f"{APP}/cb",
            "sourceCallerIdNumber": {"value": LINE},
        }
        self.assertEqual(self.rest("POST", "/callConnections", create)[0], 201)
        self.advance(2)

    def transcription(self) -> None:
        call = self.transcribed()
        self.rest("POST", f"{call}:updateTranscription", {"locale": "en-GB"})
        self.advance(0.5)
        self.rest("POST", f"{call}:stopTranscription", {})
        self.advance(0.5)
        self.speech.missing = "no ears"
        self.rest("POST", f"{call}:startTranscription", {})
        self.advance(0.5)
        self.rest("POST", f"{call}:terminate")

    def transcribed(self) -> str:
        """
        @return: the path of a call that is being written down.
        """
        self.place()
        body = self.answer_body(self.app.incoming[-1]["incomingCallContext"])
        body["callIntelligenceOptions"] = {"cognitiveServicesEndpoint": "https://c/"}
        body["transcriptionOptions"] = {
            "transportType": "websocket",
            "transportUrl": "ws://app.example/media/words",
            "locale": "en-US",
            "startTranscription": True,
        }
        status, answer = self.rest("POST", "/callConnections:answer", body)
        self.assertEqual(status, 200, answer)
        self.advance(0.5)
        return f"/callConnections/{answer['callConnectionId']}"

    def without_media(self) -> None:
        self.app.refuse_media = 403
        self.connected()
        call_id = self.place()
        self.answer(self.app.incoming[-1]["incomingCallContext"])
        self.control("DELETE", f"/calls/{call_id}")
        self.advance(1)
