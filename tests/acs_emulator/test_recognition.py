"""
Tests for the rules of recognition, under many orders of tones and times.
"""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.model.recognition import (
    Choice,
    Recognition,
    RecognizeOptions,
    recognize_options,
)

YES = Choice("Confirm", ("yes", "yes please"), "one")
NO = Choice("Cancel", ("no",), "two")


def code(recognition: Recognition) -> int | None:
    outcome = recognition.outcome
    return None if outcome is None else outcome.result.sub_code


class DtmfTests(SynchronousTestCase):
    """
    Keys.
    """

    def start(self, prompting: bool = False, **options: object) -> Recognition:
        wanted = RecognizeOptions(kind="dtmf", **options)  # type: ignore[arg-type]
        return Recognition(wanted, 0.0, prompting)

    def tones(self, recognition: Recognition) -> list[str]:
        assert recognition.outcome is not None
        found: list[str] = recognition.outcome.extra["dtmfResult"]["tones"]
        return found

    def test_max_tones(self) -> None:
        """
        The last of so many tones completes it.
        """
        recognition = self.start(max_tones=2)
        recognition.press(1.0, "one")
        self.assertIsNone(recognition.outcome)
        recognition.press(2.0, "two")
        self.assertEqual(code(recognition), 8531)
        self.assertEqual(self.tones(recognition), ["one", "two"])

    def test_stop_tone(self) -> None:
        """
        A stop tone completes it, and is not collected.
        """
        recognition = self.start(max_tones=5, stop_tones=frozenset({"pound"}))
        recognition.press(1.0, "one")
        recognition.press(1.5, "pound")
        self.assertEqual(code(recognition), 8514)
        self.assertEqual(self.tones(recognition), ["one"])

    def test_initial_silence(self) -> None:
        """
        Without any tone it fails when the time is over, not before.
        """
        recognition = self.start(initial_silence=3.0)
        recognition.elapsed(2.99)
        self.assertIsNone(recognition.outcome)
        recognition.elapsed(3.0)
        self.assertEqual(code(recognition), 8510)

    def test_initial_silence_follows_prompt(self) -> None:
        """
        The time for the first tone begins at the end of the prompt.
        """
        recognition = self.start(prompting=True, initial_silence=3.0)
        recognition.elapsed(10.0)
        recognition.prompt_ended(10.0)
        recognition.elapsed(12.9)
        self.assertIsNone(recognition.outcome)
        recognition.elapsed(13.0)
        self.assertEqual(code(recognition), 8510)

    def test_inter_tone(self) -> None:
        """
        Each tone starts the time for the next one anew.
        """
        recognition = self.start(max_tones=9, inter_tone=2.0)
        for at in (1.0, 2.5, 4.0):
            recognition.press(at, "one")
        recognition.elapsed(5.9)
        self.assertIsNone(recognition.outcome)
        recognition.elapsed(6.0)
        self.assertEqual(code(recognition), 8532)

    def test_late_tone(self) -> None:
        """
        A tone that comes after its time counts for nothing, even if nobody looked
        at the clock in between.
        """
        recognition = self.start(max_tones=1, initial_silence=2.0)
        recognition.press(2.5, "one")
        self.assertEqual(code(recognition), 8510)

    def test_prompt_interrupted(self) -> None:
        """
        A tone ends the prompt and counts, unless the prompt may not be interrupted:
        then it does neither.
        """
        recognition = self.start(prompting=True, max_tones=1)
        recognition.press(0.5, "one")
        self.assertEqual((recognition.prompting, code(recognition)), (False, 8531))
        recognition = self.start(prompting=True, max_tones=1, interrupt_prompt=False)
        recognition.press(0.5, "one")
        self.assertEqual((recognition.prompting, code(recognition)), (True, None))
        recognition.prompt_ended(1.0)
        recognition.press(1.5, "one")
        self.assertEqual(code(recognition), 8531)

    def test_all_orders(self) -> None:
        """
        Whatever comes in whatever order, there is one outcome, and it is the one
        that a reading of the list of inputs gives.
        """
        steps = ("one", "pound", "wait 1", "wait 2", "wait 3")
        for max_tones in (1, 2, None):
            for order in product(steps, repeat=5):
                recognition = self.start(
                    max_tones=max_tones,
                    stop_tones=frozenset({"pound"}),
                    initial_silence=3.0,
                    inter_tone=2.0,
                )
                now = 0.0
                for step in order:
                    if step.startswith("wait"):
                        now += float(step[-1])
                        recognition.elapsed(now)
                    else:
                        recognition.press(now, step)
                self.assertEqual(code(recognition), _expected(order, max_tones), order)

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.floats(0.01, 4.0), st.sampled_from(["one", "pound", "end", ""])
            ),
            max_size=12,
        ),
        st.booleans(),
    )
    def test_ends_in_the_end(
        self, steps: list[tuple[float, str]], interrupt: bool
    ) -> None:
        """
        An outcome, once there, does not change, and time alone always brings one
        when the prompt is over.
        """
        recognition = self.start(
            prompting=True,
            interrupt_prompt=interrupt,
            max_tones=3,
            stop_tones=frozenset({"pound"}),
        )
        now, seen = 0.0, None
        for wait, what in steps:
            now += wait
            if what == "end":
                recognition.prompt_ended(now)
            elif what:
                recognition.press(now, what)
            else:
                recognition.elapsed(now)
            if seen is not None:
                self.assertIs(recognition.outcome, seen)
            seen = recognition.outcome
        recognition.prompt_ended(now)
        recognition.elapsed(now + 6.0)
        self.assertIsNotNone(recognition.outcome)


def _expected(order: tuple[str, ...], max_tones: int | None) -> int | None:
    silent = tones = 0
    for step in order:
        if step.startswith("wait"):
            silent += int(step[-1])
            if not tones and silent >= 3:
                return 8510
            if tones and silent >= 2:
                return 8532
            continue
        if step == "pound":
            return 8514
        tones, silent = tones + 1, 0
        if tones == max_tones:
            return 8531
    return None


class ChoiceTests(SynchronousTestCase):
    """
    Choices by key and by phrase, and free speech.
    """

    def start(self, kind: str = "choices", **options: object) -> Recognition:
        wanted = RecognizeOptions(
            kind=kind,
            choices=(YES, NO) if kind == "choices" else (),
            **options,  # type: ignore[arg-type]
        )
        return Recognition(wanted, 0.0, False)

    def speak(self, recognition: Recognition, begin: float, end: float) -> float:
        """
        @return: when the end was noticed.
        """
        frame = round(begin / 0.02)
        while recognition.utterance is None:
            now = frame * 0.02
            recognition.hear(now, begin <= now < end)
            recognition.elapsed(now)
            self.assertLess(now, end + 5)
            frame += 1
        return frame * 0.02

    def test_by_key(self) -> None:
        """
        A key that a choice has completes it; any other fails it.
        """
        recognition = self.start()
        recognition.press(1.0, "two")
        self.assertEqual(code(recognition), 8533)
        assert recognition.outcome is not None
        self.assertEqual(
            recognition.outcome.extra,
            {"recognitionType": "choices", "choiceResult": {"label": "Cancel"}},
        )
        recognition = self.start()
        recognition.press(1.0, "nine")
        self.assertEqual(code(recognition), 8534)

    def test_no_keys(self) -> None:
        """
        Where no choice has a key, keys mean nothing.
        """
        options = RecognizeOptions(kind="choices", choices=(Choice("A", ("a",)),))
        recognition = Recognition(options, 0.0, False)
        recognition.press(1.0, "one")
        self.assertIsNone(recognition.outcome)

    def test_by_phrase(self) -> None:
        """
        The longest phrase that was said names the choice; other words fail it.
        """
        for text, wanted in (
            ("Yes.", (8545, "Confirm", "yes")),
            ("Oh, yes please!", (8545, "Confirm", "yes please")),
            ("No", (8545, "Cancel", "no")),
            ("I know nothing", (8547, None, None)),
        ):
            recognition = self.start()
            now = self.speak(recognition, 1.0, 1.5)
            recognition.understood(now, text)
            assert recognition.outcome is not None
            found = recognition.outcome.extra.get("choiceResult", {})
            self.assertEqual(
                (code(recognition), found.get("label"), found.get("recognizedPhrase")),
                wanted,
            )

    def test_utterance(self) -> None:
        """
        Speech is taken from its first loud frame until the end silence is over, and
        no time runs out meanwhile.
        """
        recognition = self.start("speech", initial_silence=1.5, end_silence=0.3)
        now = self.speak(recognition, 1.0, 4.0)
        self.assertTrue(4.25 < now < 4.35, now)
        assert recognition.utterance is not None
        self.assertAlmostEqual(recognition.utterance[0], 1.0)
        recognition.elapsed(60.0)
        self.assertIsNone(recognition.outcome)
        recognition.understood(60.0, "I need a plumber.")
        self.assertEqual(code(recognition), 8545)
        assert recognition.outcome is not None
        self.assertEqual(
            recognition.outcome.extra["speechResult"], {"speech": "I need a plumber."}
        )

    def test_noise(self) -> None:
        """
        What turns out to be no speech leaves the initial silence as it was.
        """
        recognition = self.start("speech", initial_silence=5.0)
        now = self.speak(recognition, 1.0, 1.2)
        recognition.understood(now, "")
        self.assertIsNone(recognition.outcome)
        recognition.elapsed(5.0)
        self.assertEqual(code(recognition), 8510)

    def test_click(self) -> None:
        """
        A click is not speech.
        """
        recognition = self.start("speech")
        recognition.hear(1.0, True)
        recognition.hear(1.02, True)
        recognition.hear(1.04, False)
        recognition.elapsed(5.0)
        self.assertEqual(code(recognition), 8510)

    def test_speech_or_keys(self) -> None:
        """
        A key in the middle of speech decides for keys: the words are not waited
        for, nor taken when they come.
        """
        recognition = self.start("speechordtmf", max_tones=2)
        now = self.speak(recognition, 1.0, 1.5)
        recognition.press(now, "one")
        recognition.understood(now, "hello")
        self.assertIsNone(recognition.outcome)
        recognition.press(now + 1, "two")
        self.assertEqual(code(recognition), 8531)

    def test_speech_interrupts_prompt(self) -> None:
        """
        Speech ends a prompt, if it may.
        """
        for interrupt in (True, False):
            options = RecognizeOptions(kind="speech", interrupt_prompt=interrupt)
            recognition = Recognition(options, 0.0, True)
            for frame in range(5):
                recognition.hear(frame * 0.02, True)
            self.assertEqual(recognition.prompting, not interrupt)


class OptionTests(SynchronousTestCase):
    """
    Reading what was asked for.
    """

    def test_defaults(self) -> None:
        """
        What is left out is as the docs say.
        """
        options = recognize_options("Dtmf", {"targetParticipant": {}})
        self.assertEqual(options, RecognizeOptions(kind="dtmf"))
        self.assertEqual((options.initial_silence, options.inter_tone), (5.0, 2.0))
        self.assertTrue(options.interrupt_prompt)

    def test_all(self) -> None:
        """
        Everything that can be asked for is taken, words in any case.
        """
        given = {
            "interruptPrompt": False,
            "initialSilenceTimeoutInSeconds": 0,
            "dtmfOptions": {
                "interToneTimeoutInSeconds": 3,
                "maxTonesToCollect": 4,
                "stopTones": ["Pound"],
            },
            "choices": [{"label": "A", "phrases": ["a"], "tone": "One"}],
            "speechOptions": {"endSilenceTimeoutInMs": 800},
        }
        self.assertEqual(
            recognize_options("choices", given),
            RecognizeOptions(
                kind="choices",
                interrupt_prompt=False,
                initial_silence=0.0,
                inter_tone=3.0,
                max_tones=4,
                stop_tones=frozenset({"pound"}),
                choices=(Choice("A", ("a",), "one"),),
                end_silence=0.8,
            ),
        )
