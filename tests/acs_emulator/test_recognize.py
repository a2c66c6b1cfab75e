"""
Tests for C{:recognize} in whole calls, and for texts that are spoken.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.errors import SpeechMissing
from acs_emulator.fronts.espeak import EspeakVoice
from acs_emulator.fronts.moonshine import MoonshineEars
from acs_emulator.fronts.sounds import at_rate

from .media_support import MediaCallTestCase, file_source, sine, wav

TEXT = {"kind": "text", "text": {"text": "Please say yes or no."}}
CHOICES = [
    {"label": "Confirm", "phrases": ["yes"], "tone": "one"},
    {"label": "Cancel", "phrases": ["no"], "tone": "two"},
]


class DtmfTests(MediaCallTestCase):
    """
    The caller presses 1 2 3 4 5 after a while.
    """

    steps = ({"after": "at 1", "press": "12345"},)

    def collect(self, seconds: float, **dtmf: Any) -> tuple[str, int, int]:
        options = {"dtmfOptions": dtmf, "initialSilenceTimeoutInSeconds": 3}
        self.recognize(options=options, operationContext="r")
        self.advance(seconds)
        self.assertEqual(self.last()["operationContext"], "r")
        (event,) = self.events()
        return event

    def test_max_tones(self) -> None:
        """
        So many tones complete it; the caller may go on pressing.
        """
        event = self.collect(3, maxTonesToCollect=3)
        self.assertEqual(event, ("RecognizeCompleted", 200, 8531))
        self.assertEqual(self.last()["recognitionType"], "dtmf")
        self.assertEqual(self.last()["dtmfResult"], {"tones": ["one", "two", "three"]})

    def test_stop_tone(self) -> None:
        """
        A stop tone completes it.
        """
        event = self.collect(3, maxTonesToCollect=9, stopTones=["four"])
        self.assertEqual(event, ("RecognizeCompleted", 200, 8514))

    def test_inter_tone(self) -> None:
        """
        Too few tones fail it.
        """
        event = self.collect(5, maxTonesToCollect=9, interToneTimeoutInSeconds=1)
        self.assertEqual(event, ("RecognizeFailed", 400, 8532))

    def test_prompt_interrupted(self) -> None:
        """
        The first key ends a prompt that would have gone on for long.
        """
        self.app.files["/long.wav"] = wav(sine(5.0))
        self.recognize(
            playPrompt=file_source("/long.wav"),
            options={"interruptPrompt": True, "dtmfOptions": {"maxTonesToCollect": 1}},
        )
        self.advance(1.5)
        self.assertEqual(self.events(), [("RecognizeCompleted", 200, 8531)])
        heard = self.heard_pcm()
        self.assertIn(sine(0.8), heard)
        self.assertNotIn(sine(1.5), heard)

    def test_two_prompts_uninterrupted(self) -> None:
        """
        Keys during prompts that may not be interrupted are not collected.
        """
        self.app.files["/long.wav"] = wav(sine(1.3))
        self.recognize(
            playPrompts=[file_source("/long.wav"), file_source("/hello.wav")],
            options={"interruptPrompt": False, "dtmfOptions": {"maxTonesToCollect": 1}},
        )
        self.advance(3)
        self.assertEqual(self.events(), [("RecognizeCompleted", 200, 8531)])
        self.assertEqual(self.last()["dtmfResult"], {"tones": ["five"]})

    def test_prompt_failed(self) -> None:
        """
        A prompt that cannot be played fails it with 8511.
        """
        self.recognize(playPrompts=[file_source("/other.wav"), file_source("/none")])
        self.advance(0.2)
        self.assertEqual(self.events(), [("RecognizeFailed", 500, 8511)])
        self.assertEqual(self.last()["failedPlaySourceIndex"], 1)

    def test_choices(self) -> None:
        """
        A key names a choice.
        """
        intelligence = [{"label": "A", "phrases": [], "tone": "one"}]
        self.recognize("choices", options={"choices": intelligence})
        self.advance(2)
        self.assertEqual(self.events(), [("RecognizeCompleted", 200, 8533)])
        self.assertEqual(self.last()["choiceResult"], {"label": "A"})

    def test_queued(self) -> None:
        """
        A second recognition waits for its turn, and takes what comes then.
        """
        for _ in range(2):
            self.recognize(options={"dtmfOptions": {"maxTonesToCollect": 2}})
        self.advance(3)
        self.assertEqual(self.events(), [("RecognizeCompleted", 200, 8531)] * 2)
        self.assertEqual(self.last()["dtmfResult"], {"tones": ["three", "four"]})

    def test_refused(self) -> None:
        """
        Bodies that the SDK would not send are 400.
        """
        for kind, options, problem in (
            ("dtmf", {"initialSilenceTimeoutInSeconds": 301}, "from 0 to 300"),
            ("dtmf", {"dtmfOptions": {"interToneTimeoutInSeconds": 0}}, "from 1 to 60"),
            ("dtmf", {"dtmfOptions": {"stopTones": ["hash"]}}, "one of zero, one"),
            ("choices", {}, "recognizeOptions.choices is required"),
            ("speech", {"initialSilenceTimeoutInSeconds": 21}, "at most 20"),
            ("speech", {}, "cognitiveServicesEndpoint"),
        ):
            answer = self.recognize(kind, options=options, wanted=400)
            self.assertIn(problem, answer["error"]["message"])


class SilentTests(MediaCallTestCase):
    """
    A caller who does nothing.
    """

    def test_initial_silence(self) -> None:
        """
        Nothing in time is 8510; the time begins when the prompt is over.
        """
        self.recognize(
            playPrompt=file_source("/hello.wav"),
            options={"initialSilenceTimeoutInSeconds": 1},
        )
        self.advance(1.4)
        self.assertEqual(self.events(), [])
        self.advance(0.3)
        self.assertEqual(self.events(), [("RecognizeFailed", 400, 8510)])

    def test_canceled(self) -> None:
        """
        Cancelling is 8508, for what runs and for what waits.
        """
        self.recognize()
        self.play(file_source("/hello.wav"))
        self.operate("cancelAllMediaOperations")
        self.advance(0.1)
        self.assertEqual(
            self.events(),
            [("RecognizeCanceled", 400, 8508), ("PlayCanceled", 400, 8508)],
        )


class SpeechTests(MediaCallTestCase):
    """
    The caller says something for half a second.
    """

    intelligence = {"cognitiveServicesEndpoint": "https://speech.example/"}

    def setUp(self) -> None:
        path = os.path.abspath(f"{self.mktemp()}.wav")
        with open(path, "wb") as file:
            file.write(wav(sine(0.5, 300)))
        self.steps = ({"after": "at 1", "say": path},)
        super().setUp()

    def test_text(self) -> None:
        """
        Text and SSML are spoken, in the locale and kind of voice asked for.
        """
        source = {"kind": "text", "text": {"text": "Hi", "voiceKind": "male"}}
        ssml = {"kind": "ssml", "ssml": {"ssmlText": "<speak>Hi</speak>"}}
        named = {"kind": "text", "text": {"text": "Ja", "voiceName": "de-DE-Katja"}}
        self.play(source, ssml, named)
        self.advance(2)
        self.assertEqual(self.events(), [("PlayCompleted", 200, 0)])
        nothing = {"markup": False, "language": None, "gender": None}
        self.assertEqual(
            self.speech.spoken,
            [
                ("Hi", {**nothing, "gender": "male"}),
                ("<speak>Hi</speak>", {**nothing, "markup": True}),
                ("Ja", {**nothing, "language": "de-DE"}),
            ],
        )
        self.assertIn(b"\0\x60" * 24000, self.heard_pcm())

    def test_no_voice(self) -> None:
        """
        Without the extra, playing fails with a text that names it.
        """
        self.speech.missing = "install espeakng-loader"
        self.play(TEXT)
        self.advance(0.1)
        self.assertEqual(self.events(), [("PlayFailed", 400, 8565)])
        message = self.last()["resultInformation"]["message"]
        self.assertIn("espeakng-loader", message)

    def test_phrase(self) -> None:
        """
        What the caller says names a choice; the ears are given the words with a
        little before and after them.
        """
        self.speech.texts = ["Yes!"]
        self.recognize("choices", options={"choices": CHOICES}, playPrompt=TEXT)
        self.advance(2.5)
        self.assertEqual(self.events(), [("RecognizeCompleted", 200, 8545)])
        self.assertEqual(
            self.last()["choiceResult"], {"label": "Confirm", "recognizedPhrase": "yes"}
        )
        (pcm,) = self.speech.heard
        self.assertIn(sine(0.5, 300), pcm)
        self.assertTrue(1.0 < len(pcm) / 32000 < 1.2, len(pcm) / 32000)
        self.assertEqual(pcm[:3000], bytes(3000))

    def test_not_matched(self) -> None:
        """
        Other words are 8547.
        """
        self.speech.texts = ["Maybe"]
        self.recognize("choices", options={"choices": CHOICES})
        self.advance(2.5)
        self.assertEqual(self.events(), [("RecognizeFailed", 400, 8547)])

    def test_speech(self) -> None:
        """
        Free speech is given as it was understood.
        """
        self.speech.texts = ["I want to talk to an agent."]
        options = {"speechOptions": {"endSilenceTimeoutInMs": 300}}
        self.recognize("speechOrDtmf", options=options)
        self.advance(2)
        self.assertEqual(self.events(), [("RecognizeCompleted", 200, 8545)])
        self.assertEqual(self.last()["recognitionType"], "speech")
        self.assertEqual(
            self.last()["speechResult"], {"speech": "I want to talk to an agent."}
        )

    def test_no_ears(self) -> None:
        """
        Without the extra, speech fails with a text that names it.
        """
        self.speech.missing = "install moonshine-voice"
        self.recognize("speech")
        self.advance(2.5)
        self.assertEqual(self.events(), [("RecognizeFailed", 400, 8565)])
        message = self.last()["resultInformation"]["message"]
        self.assertIn("moonshine-voice", message)


class LibraryTests(SynchronousTestCase):
    """
    The real voice and the real ears, where they are installed.
    """

    def test_understands_itself(self) -> None:
        """
        The ears understand the voice, in plain text and in SSML.
        """
        for name in ("espeakng_loader", "moonshine_voice"):
            if importlib.util.find_spec(name) is None:
                self.skipTest(f"{name} is not installed")
        voice, ears = EspeakVoice(), MoonshineEars()
        for text, markup in (
            ("Yes, please confirm.", False),
            ("<speak>Yes, please confirm.</speak>", True),
        ):
            pcm, rate = voice.speak(
                text, markup=markup, language="en-US", gender="female"
            )
            said = ears.understand(at_rate(pcm, rate, 16000))
            words = "".join(c for c in said.lower() if c.isalpha() or c == " ")
            self.assertEqual(words, "yes please confirm")

    def test_missing(self) -> None:
        """
        Where a library is missing, the error says how to get it.
        """
        self.hide("espeakng_loader")
        self.hide("moonshine_voice.moonshine_api")
        voice, ears = EspeakVoice(), MoonshineEars()
        how: dict[str, Any] = {"markup": False, "language": None, "gender": None}
        error = self.assertRaises(SpeechMissing, voice.speak, "Hi", **how)
        self.assertIn("pip install espeakng-loader", str(error))
        error = self.assertRaises(SpeechMissing, ears.understand, bytes(3200))
        self.assertIn("pip install moonshine-voice==0.0.49", str(error))

    def hide(self, name: str) -> None:
        """
        Let importing a module fail until the end of the test.
        """
        known = sys.modules.get(name)
        sys.modules[name] = None  # type: ignore[assignment]
        if known is None:
            self.addCleanup(sys.modules.pop, name)
        else:
            self.addCleanup(sys.modules.__setitem__, name, known)
