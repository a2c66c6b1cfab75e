"""
Tests for playing to callers, and for keys that are sent or told.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from azure.communication.callautomation._generated import models

from acs_emulator.model.tones import TONE_WORDS, key_of, tone_sound, word_of

from .media_support import TARGET, MediaCallTestCase, file_source, sine, wav
from .strict_sdk import assert_model
from .support import APP, USER


class PlayTests(MediaCallTestCase):
    """
    C{:play} with files.
    """

    def test_heard(self) -> None:
        """
        A file reaches the caller's ear sample by sample, and C{PlayCompleted}
        comes when it has been heard.
        """
        self.assertIsNone(
            self.play(file_source("/hello.wav"), operationContext="p", playTo=[TARGET])
        )
        self.advance(0.4)
        self.assertEqual(self.events(), [])
        self.advance(0.2)
        self.assertEqual(self.events(), [("PlayCompleted", 200, 0)])
        self.assertEqual(self.last()["operationContext"], "p")
        self.assertIn(sine(0.5), self.heard_pcm())

    def test_counts_as_speech(self) -> None:
        """
        The caller notices that the far end speaks, without any media stream.
        """
        self.play(file_source("/hello.wav"))
        self.advance(1.2)
        self.assertIn("agent_heard", self.words(self.call_id))
        self.assertEqual(self.call(self.call_id)["counters"]["prompt_frames"], 25)

    def test_sources_in_order(self) -> None:
        """
        Several sources are played one after the other, as one operation.
        """
        self.play(file_source("/hello.wav"), file_source("/other.wav"))
        self.advance(1.0)
        self.assertEqual(self.events(), [("PlayCompleted", 200, 0)])
        self.assertIn(sine(0.5) + sine(0.3, 900), self.heard_pcm())

    def test_queue(self) -> None:
        """
        A second play waits for the first.
        """
        self.play(file_source("/hello.wav"), operationContext="one")
        self.play(file_source("/other.wav"), operationContext="two")
        self.advance(1.0)
        contexts = [e["data"]["operationContext"] for e in self.app.callbacks[-2:]]
        self.assertEqual(contexts, ["one", "two"])
        self.assertIn(sine(0.5) + sine(0.3, 900), self.heard_pcm())

    def test_interrupt(self) -> None:
        """
        C{interruptCallMediaOperation} cancels what is played and what waits, and
        C{PlayStarted} comes first.
        """
        self.play(file_source("/hello.wav"), playOptions={"loop": True})
        self.play(file_source("/hello.wav"))
        self.advance(0.1)
        self.play(file_source("/other.wav"), interruptCallMediaOperation=True)
        self.advance(0.5)
        self.assertEqual(
            self.events(),
            [
                ("PlayCanceled", 400, 8508),
                ("PlayCanceled", 400, 8508),
                ("PlayStarted", 200, 0),
                ("PlayCompleted", 200, 0),
            ],
        )

    def test_loop_and_cancel(self) -> None:
        """
        A loop ends when all media operations are canceled.
        """
        self.play(file_source("/hello.wav"), playOptions={"loop": True})
        self.advance(2.0)
        self.assertEqual(self.events(), [])
        self.assertIsNone(self.operate("cancelAllMediaOperations"))
        self.advance(0.1)
        self.assertEqual(self.events(), [("PlayCanceled", 400, 8508)])
        self.assertIn(sine(0.5) * 3, self.heard_pcm())

    def test_hang_up(self) -> None:
        """
        The end of the call cancels what is played, and leaves nothing to do.
        """
        self.play(file_source("/hello.wav"), playOptions={"loop": True})
        self.advance(0.1)
        self.hang_up()
        self.assertEqual(
            self.events(),
            [("PlayCanceled", 400, 8508), ("CallDisconnected", 200, 7000)],
        )
        self.assertNoTimers()

    def test_hang_up_while_fetching(self) -> None:
        """
        A call that ends while a file is fetched gives that up.
        """
        self.app.silent.add("/hello.wav")
        self.play(file_source("/hello.wav"))
        self.assertTrue(self.fetching())
        self.rest("DELETE", f"/callConnections/{self.connection_id}")
        self.assertFalse(self.fetching())
        self.advance(0.1)
        self.assertIn(("PlayCanceled", 400, 8508), self.events())
        self.assertNoTimers()

    def fetching(self) -> bool:
        """
        Is there a timer of ten seconds, as only fetching has?
        """
        now = self.reactor.seconds()
        return any(
            9 < timer.getTime() - now < 11 for timer in self.reactor.getDelayedCalls()
        )

    def test_bad_files(self) -> None:
        """
        What is not WAV, mono, 16 bit, 16 kHz fails with 8535; the index says which
        source it was.
        """
        self.app.files["/8k.wav"] = wav(sine(0.1, rate=8000), 8000)
        self.app.files["/stereo.wav"] = wav(sine(0.1), channels=2)
        self.app.files["/empty.wav"] = wav(b"")
        for name in ("/8k.wav", "/stereo.wav", "/empty.wav", "/nothing"):
            self.play(file_source("/hello.wav"), file_source(name))
            self.advance(0.1)
            self.assertEqual(self.events()[-1], ("PlayFailed", 400, 8535), name)
            self.assertEqual(self.last()["failedPlaySourceIndex"], 1)
        self.assertNotIn(sine(0.02), self.heard_pcm())

    def test_not_fetched(self) -> None:
        """
        A file that the server does not have, or that is too large, fails with
        8536.
        """
        self.app.statuses["/gone.wav"] = 404
        self.app.files["/huge.wav"] = bytes(21 * 1024 * 1024)
        for name in ("/gone.wav", "/huge.wav"):
            self.play(file_source(name))
            self.advance(0.1)
            self.assertEqual(self.events()[-1], ("PlayFailed", 400, 8536), name)
            self.assertEqual(self.last()["failedPlaySourceIndex"], 0)

    def test_cache(self) -> None:
        """
        A C{playSourceCacheId} saves fetching the file again.
        """
        for cache_id in ("a", "a", None):
            source = file_source("/hello.wav")
            if cache_id is not None:
                source["playSourceCacheId"] = cache_id
            self.play(source)
            self.advance(0.6)
        fetched = [r for r in self.app.requests if r.path == "/hello.wav"]
        self.assertEqual(len(fetched), 2)
        self.assertEqual(len(self.events()), 3)

    def test_own_callback_address(self) -> None:
        """
        C{operationCallbackUri} gets the events of its operation alone.
        """
        self.play(file_source("/other.wav"), operationCallbackUri=f"{APP}/cb/own")
        self.advance(0.5)
        self.assertEqual([r.path for r in self.app.requests][-1], "/cb/own")

    def test_refused(self) -> None:
        """
        Strangers cannot be played to, speech needs its endpoint, sources must be
        whole; a call that has ended is not found.
        """
        stranger = {"rawId": USER, "communicationUser": {"id": USER}}
        self.play(file_source("/hello.wav"), playTo=[stranger], wanted=400)
        text = {"kind": "text", "text": {"text": "Hello"}}
        error = self.play(text, wanted=400)["error"]["message"]
        self.assertIn("cognitiveServicesEndpoint", error)
        for body, problem in (
            ({"playSources": []}, "playSources must be"),
            ({"playSources": [{"kind": "file"}]}, "playSources[0].file is required"),
            ({"playSources": [{"kind": "song"}]}, "must be one of file, text, ssml"),
            ({"playSources": [file_source("/a")], "x": 1}, "x is not a known field"),
        ):
            message = self.operate("play", body, 400)["error"]["message"]
            self.assertIn(problem, message)
        self.hang_up()
        self.play(file_source("/hello.wav"), wanted=404)


class BothTests(MediaCallTestCase):
    """
    Prompts beside a media stream in both directions.
    """

    streaming = True

    def test_mixed(self) -> None:
        """
        The caller hears a prompt and the application's audio at once.
        """
        self.advance(0.2)
        pcm = sine(0.5, 300)
        self.app.media[0].say(pcm)
        self.play(file_source("/hello.wav"))
        self.advance(0.8)
        heard = np.frombuffer(self.heard_pcm(), "<i2").astype(float)
        spectrum = np.abs(np.fft.rfft(heard, 16000))
        loudest = sorted(np.argsort(spectrum)[-2:].tolist())
        self.assertTrue(abs(loudest[0] - 300) < 3 or abs(loudest[0] - 500) < 3)
        for hz in (300, 500):
            near = spectrum[hz - 3 : hz + 3].max()
            self.assertGreater(near, spectrum[700:800].max() * 50, hz)

    def test_not_echoed(self) -> None:
        """
        What is played to the caller is not in what the application gets of the
        caller.
        """
        self.advance(0.2)
        self.play(file_source("/hello.wav"))
        self.advance(0.6)
        self.assertEqual(self.app.media[0].audio().strip(b"\0"), b"")


class NoStreamTests(MediaCallTestCase):
    """
    A caller on a call without a media stream.
    """

    steps = ({"after": "at 0.5", "hang_up": True},)

    def test_follows_script(self) -> None:
        """
        The script is followed from the moment when the call is connected.
        """
        self.advance(0.7)
        self.assertEqual(self.events(), [("CallDisconnected", 0, 0)])
        self.assertNoTimers()


class RefusedStreamTests(MediaCallTestCase):
    """
    A caller on a call whose media stream is refused.
    """

    steps = ({"after": "at 0.5", "hang_up": True},)
    streaming = True

    def subscribe(self, name: str = "app", values: list[str] | None = None) -> None:
        self.app.refuse_media = 403
        super().subscribe(name, values)

    def test_follows_script(self) -> None:
        """
        The script is followed all the same.
        """
        self.advance(0.7)
        self.assertEqual(self.events()[-1], ("CallDisconnected", 0, 0))


class WaitingTests(MediaCallTestCase):
    """
    A call whose media stream takes long to open.
    """

    streaming = True
    document = {"timing": {"media": 60.0}}

    def test_played(self) -> None:
        """
        Prompts do not wait for the stream.
        """
        self.play(file_source("/hello.wav"))
        self.advance(0.7)
        self.assertEqual(self.events(), [("PlayCompleted", 200, 0)])


class RateTests(MediaCallTestCase):
    """
    A line of 24 kHz.
    """

    streaming = True

    def answer_body(self, context: str, **media: Any) -> dict[str, Any]:
        return super().answer_body(context, audioFormat="pcm24KMono", **media)

    def test_played(self) -> None:
        """
        A prompt has its own pitch and length there, without clicks.
        """
        self.advance(0.1)
        self.play(file_source("/hello.wav"))
        self.advance(0.8)
        heard = np.frombuffer(self.heard_pcm(), "<i2").astype(float)
        (loud,) = np.nonzero(heard)
        tone = heard[loud[0] : loud[-1] + 1]
        self.assertApproximates(len(tone) / 24000, 0.5, 0.01)
        wanted = np.sin(np.arange(12000) * (2 * np.pi * 500 / 24000)) * 8000
        best = min(
            np.abs(tone[:11000] - wanted[shift : shift + 11000]).max()
            for shift in range(4)
        )
        self.assertLess(best, 200)


class ConflictTests(MediaCallTestCase):
    """
    An emulator that was told to refuse what would queue up.
    """

    document = {"media": {"refuse_conflicts": True}}

    def test_refused(self) -> None:
        """
        A second operation is 400 with 8500, unless it interrupts.
        """
        self.play(file_source("/hello.wav"), playOptions={"loop": True})
        answer = self.play(file_source("/other.wav"), wanted=400)
        self.assertEqual(answer["error"]["code"], "8500")
        self.recognize(interruptCallMediaOperation=True)
        self.advance(0.1)
        self.assertEqual(self.events(), [("PlayCanceled", 400, 8508)])


class KeyTests(MediaCallTestCase):
    """
    Continuous recognition, and sending of tones.
    """

    streaming = True
    steps = ({"after": "at 0.5", "press": "5#*"},)

    def target(self, **more: Any) -> dict[str, Any]:
        body = {"targetParticipant": TARGET, **more}
        assert_model(self, models.ContinuousDtmfRecognitionRequest, body)
        return body

    def test_continuous(self) -> None:
        """
        Each key is told with its number and its word; C{DtmfData} comes as well,
        on the stream that asked for it.
        """
        body = self.target(operationContext="keys")
        self.operate("startContinuousDtmfRecognition", body, 200)
        self.advance(1.5)
        told = [e["data"] for e in self.app.callbacks if "Tone" in e["type"]]
        self.assertEqual(
            [(t["sequenceId"], t["tone"], t["operationContext"]) for t in told],
            [(1, "five", "keys"), (2, "pound", "keys"), (3, "asterisk", "keys")],
        )
        self.assertEqual(len(self.events()), 4)
        keys = [m for m in self.app.media[0].received if m["kind"] == "DtmfData"]
        self.assertEqual([m["dtmfData"]["data"] for m in keys], ["5", "#", "*"])

    def test_stopped(self) -> None:
        """
        After a stop no key is told; the stop is.  Without a start it is 400.
        """
        self.operate("stopContinuousDtmfRecognition", self.target(), 400)
        self.operate("startContinuousDtmfRecognition", self.target(), 200)
        stop = self.target(operationContext="s")
        self.operate("stopContinuousDtmfRecognition", stop, 200)
        self.pump()
        self.assertEqual(
            self.events()[-1], ("ContinuousDtmfRecognitionStopped", 200, 0)
        )
        self.assertEqual(self.last()["operationContext"], "s")
        self.advance(1.5)
        self.assertFalse(any("Tone" in kind for kind in self.app.callback_kinds))

    def test_send(self) -> None:
        """
        Tones that are sent are heard by the caller's phone, and told when they
        are over.
        """
        tones = {
            "tones": ["one", "Pound"],
            "targetParticipant": TARGET,
            "operationContext": "s",
        }
        assert_model(self, models.SendDtmfTonesRequest, tones)
        answer = self.operate("sendDtmfTones", tones)
        assert_model(self, models.SendDtmfTonesResult, answer)
        self.assertEqual(answer, {"operationContext": "s"})
        self.advance(0.6)
        self.assertIn(("SendDtmfTonesCompleted", 200, 0), self.events())
        lines = self.call(self.call_id)["story"]
        self.assertIn("the caller's phone hears 1#", [line["text"] for line in lines])
        heard = self.heard_pcm()
        self.assertIn(tone_sound("1", 16000, 0, 1600), heard)
        self.assertIn(tone_sound("#", 16000, 0, 1600), heard)

    def test_send_and_hang_up(self) -> None:
        """
        Tones that could not all be sent have failed.
        """
        tones = {"tones": ["one"] * 9, "targetParticipant": TARGET}
        self.operate("sendDtmfTones", tones)
        self.advance(0.2)
        self.hang_up()
        self.assertIn(("SendDtmfTonesFailed", 400, 8508), self.events())

    def test_words(self) -> None:
        """
        Keys and words are the same in number, and go both ways.
        """
        self.assertEqual(
            sorted(TONE_WORDS), sorted(tone.value for tone in models.DtmfTone)
        )
        for word in TONE_WORDS:
            self.assertEqual(word_of(key_of(word.upper())), word)
