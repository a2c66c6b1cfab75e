"""
Tests for every message that the emulator can send, read with the SDKs.
"""

from __future__ import annotations

import ast
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from azure.communication.callautomation._generated import models
from twisted.trial.unittest import SkipTest, SynchronousTestCase

import acs_emulator
from acs_emulator.model.media_messages import (
    AudioReceived,
    StopReceived,
    parse_received,
)

from ..support import APP, CALLER, LINE, OTHER_USER, EmulatorTestCase
from .expectations import UNSAMPLED
from .running import HERE, NODE_FOLDER, run, why_no_node
from .server import WAV
from .spellings import SPELLINGS
from .test_journeys import check_event

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
    ((":stopMediaStreaming", {}, 1.0), (":startMediaStreaming", {}, 1.0)),
    (
        ("/participants:add", _ADD, 3.0),
        ("/participants:remove", {"participantToRemove": _OTHER}, 1.0),
    ),
    (("/recordings", _RECORD, 1.0),),
)


class EventTests(EmulatorTestCase):
    """
    Every kind of event.
    """

    document = {"transfer": {"fail": ["+15550000000"]}}

    def setUp(self) -> None:
        super().setUp()
        self.subscribe()

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
        if path == "/recordings":
            body = {**body, "callConnectionId": call.rpartition("/")[2]}
            status, answer = self.rest("POST", path, body)
        elif path:
            status, answer = self.rest("POST", call + path, body)
        else:
            return
        self.assertIn(status, (200, 202, 501), f"{path}: {answer}")

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
        self.transfer(self.connected(), {**_OTHER})
        nobody = {"value": "+15550000000"}
        self.transfer(self.connected(), {"phoneNumber": nobody})
        self.transfer(self.connected(), {"communicationUser": {"id": OTHER_USER}})
        self.advance(31)
        self.app.refuse_media = 403
        self.connected()
        call_id = self.place()
        self.answer(self.app.incoming[-1]["incomingCallContext"])
        self.control("DELETE", f"/calls/{call_id}")
        self.advance(1)
        return {event["type"]: event for event in self.app.callbacks}

    def test_python(self) -> None:
        """
        Each has all fields that the SDK's model requires, and no other.
        """
        for event in self.samples().values():
            check_event(self, event)

    def test_javascript(self) -> None:
        """
        C{parseCallAutomationEvent} knows each, and keeps what it says.
        """
        reason = why_no_node()
        if reason is not None:
            raise SkipTest(reason)
        samples = self.samples()
        path = Path(self.mktemp()).resolve()
        path.write_text(json.dumps(list(samples.values())))
        script = NODE_FOLDER / "application.mjs"
        script.write_bytes((HERE / "js" / "application.mjs").read_bytes())
        found = run(["node", str(script), str(path)], {})
        for sample, parsed in zip(samples.values(), found, strict=True):
            kind = sample["type"].removeprefix("Microsoft.Communication.")
            self.assertEqual(parsed["kind"], kind, parsed)
            for name in ("callConnectionId", "resultInformation", "operationContext"):
                self.assertEqual(parsed.get(name), sample["data"].get(name), kind)

    def test_all(self) -> None:
        """
        Whatever kind of event the emulator's source names is sampled here.
        """
        known = {
            name
            for name, model in vars(models).items()
            if isinstance(model, type)
            and "callConnectionId" in str(getattr(model, "_attribute_map", ""))
            and "resultInformation" in str(getattr(model, "_attribute_map", ""))
        }
        named = {
            node.value
            for path in Path(acs_emulator.__file__).parent.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        sampled = {name.rpartition(".")[2] for name in self.samples()}
        self.assertIn("CallConnected", known & named)
        self.assertEqual((known & named) - sampled - UNSAMPLED, set())


class MediaTests(SynchronousTestCase):
    """
    Media messages as others spell them.
    """

    def test_spellings(self) -> None:
        """
        All spellings of audio and of its stop are understood, without a word
        of complaint.
        """
        pcm = bytes(range(160)) * 4
        data = b64encode(pcm).decode("ascii")
        for producer, audio, stop in SPELLINGS:
            found = parse_received((audio % data).encode("ascii"), False)
            self.assertEqual(found, [AudioReceived(pcm)], producer)
            found = parse_received(stop.encode("ascii"), False)
            self.assertEqual(found, [StopReceived()], producer)
