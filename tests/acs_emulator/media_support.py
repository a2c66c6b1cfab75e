"""
Help for tests of media operations: an answered call, and bodies as the SDK
writes them.
"""

from __future__ import annotations

import os
import wave
from io import BytesIO
from typing import Any

import numpy as np
from azure.communication.callautomation._generated import models

from .strict_sdk import assert_model
from .support import APP, CALLER, EmulatorTestCase

#: The caller, as the SDK names one in requests.
TARGET = {"rawId": f"4:{CALLER}", "phoneNumber": {"value": CALLER}}


def sine(seconds: float, hz: float = 500.0, rate: int = 16000) -> bytes:
    """
    @return: 16 bit mono.
    """
    t = np.arange(round(rate * seconds)) / rate
    return bytes((np.sin(2 * np.pi * hz * t) * 8000).astype("<i2").tobytes())


def wav(pcm: bytes, rate: int = 16000, channels: int = 1) -> bytes:
    """
    @return: a file.
    """
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((channels, 2, rate, 0, "NONE", ""))
        out.writeframes(pcm)
    return file.getvalue()


def file_source(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "file", "file": {"uri": f"{APP}{name}"}, **more}


class MediaCallTestCase(EmulatorTestCase):
    """
    A test with a call that was answered without a media stream.
    """

    steps: tuple[dict[str, Any], ...] = ()
    intelligence: dict[str, Any] | None = None
    streaming = False

    def setUp(self) -> None:
        super().setUp()
        self.subscribe()
        self.app.files["/hello.wav"] = wav(sine(0.5))
        self.app.files["/other.wav"] = wav(sine(0.3, 900))
        self.heard = os.path.abspath(f"{self.mktemp()}.wav")
        self.call_id = self.place(steps=list(self.steps), heard=self.heard)
        body = self.answer_body(self.app.incoming[0]["incomingCallContext"])
        if not self.streaming:
            del body["mediaStreamingOptions"]
        if self.intelligence is not None:
            body["callIntelligenceOptions"] = self.intelligence
        status, answer = self.rest("POST", "/callConnections:answer", body)
        self.assertEqual(status, 200, answer)
        self.connection_id = answer["callConnectionId"]
        self.advance(0.12)
        self.told = len(self.app.callbacks)

    def operate(
        self, verb: str, body: dict[str, Any] | None = None, wanted: int = 202
    ) -> Any:
        """
        @return: the body of the answer.
        """
        path = f"/callConnections/{self.connection_id}:{verb}"
        status, answer = self.rest("POST", path, body)
        self.assertEqual(status, wanted, answer)
        return answer

    def play(self, *sources: dict[str, Any], wanted: int = 202, **more: Any) -> Any:
        body = {"playSources": list(sources), **more}
        assert_model(self, models.PlayRequest, body)
        return self.operate("play", body, wanted)

    def recognize(self, kind: str = "dtmf", wanted: int = 202, **more: Any) -> Any:
        options = {"targetParticipant": TARGET, **more.pop("options", {})}
        body = {"recognizeInputType": kind, "recognizeOptions": options, **more}
        assert_model(self, models.RecognizeRequest, body)
        return self.operate("recognize", body, wanted)

    def events(self) -> list[tuple[str, int, int]]:
        """
        Kinds and codes of the callbacks since the call was connected; each is one
        that the SDK can read.
        """
        found = []
        for event in self.app.callbacks[self.told :]:
            kind = event["type"].rpartition(".")[2]
            body = dict(event["data"])
            del body["version"], body["publicEventType"]
            assert_model(self, getattr(models, kind), body)
            result = body["resultInformation"]
            found.append((kind, result["code"], result["subCode"]))
        return found

    def last(self) -> dict[str, Any]:
        return dict(self.app.callbacks[-1]["data"])

    def hang_up(self) -> None:
        self.rest("DELETE", f"/callConnections/{self.connection_id}")
        self.advance(0.05)

    def heard_pcm(self) -> bytes:
        """
        Ends the call.
        """
        self.hang_up()
        with wave.open(self.heard) as file:
            return bytes(file.readframes(file.getnframes()))
