"""
Tests for the caller: the script, the ear, and what is done when.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.errors import BadScript
from acs_emulator.model.caller import Caller, Turn
from acs_emulator.model.caller_script import Condition, Script, Step, parse_script
from acs_emulator.model.ear import Ear


class ScriptTests(SynchronousTestCase):
    """
    Tests for L{parse_script}.
    """

    def test_good(self) -> None:
        """
        Steps keep their order; what is left out has its default.
        """
        script = parse_script(
            {
                "give_up_after": 60,
                "steps": [
                    {"after": "quiet 0.8", "say": "a.wav", "timeout": 5},
                    {"press": "5a#"},
                    {"after": "at 12.5", "hang_up": True, "beside": True},
                ],
            }
        )
        self.assertEqual(
            script,
            Script(
                (
                    Step(after=Condition("quiet", 0.8), say="a.wav", timeout=5.0),
                    Step(after=Condition("pause", 0.0), press="5A#"),
                    Step(after=Condition("at", 12.5), hang_up=True, beside=True),
                ),
                60.0,
            ),
        )
        self.assertEqual(parse_script({}), Script((), 120.0))

    def test_bad(self) -> None:
        """
        Each thing that is wrong is named with its place.
        """
        for given, words in (
            ({"steps": "x"}, "steps: must be a list"),
            ({"steps": [1]}, "steps[0]: must be"),
            ({"steps": [{}]}, "exactly one of"),
            ({"steps": [{"say": "a", "press": "1"}]}, "exactly one of"),
            ({"steps": [{"say": "a", "afer": "at 1"}]}, "steps[0].afer: not known"),
            ({"steps": [{"say": "a", "after": "soon"}]}, "'soon' is not one of"),
            ({"steps": [{"say": "a", "after": "at -1"}]}, "'at -1' is not one of"),
            ({"steps": [{"say": "a", "after": "at nan"}]}, "'at nan' is not one of"),
            ({"steps": [{"say": 5}]}, "steps[0].say: must be a text"),
            ({"steps": [{"press": "5x"}]}, "steps[0].press: '5x'"),
            ({"steps": [{"hang_up": False}]}, "hang_up: must be true"),
            ({"steps": [{"say": "a", "timeout": "x"}]}, "timeout: must be a number"),
            ({"steps": [{"press": "1", "beside": True}]}, "beside: only for"),
            ({"give_up_after": 0}, "give_up_after"),
        ):
            error = self.assertRaises(BadScript, parse_script, given)
            self.assertIn(words, str(error))

    def test_all_at_once(self) -> None:
        """
        All problems are told together.
        """
        error = self.assertRaises(
            BadScript, parse_script, {"steps": [{}, {}], "give_up_after": -1}
        )
        self.assertEqual(len(error.problems), 3)


class EarTests(SynchronousTestCase):
    """
    Tests for L{Ear}.
    """

    def setUp(self) -> None:
        self.ear = Ear()

    def hear(self, pattern: str) -> list[tuple[int, str]]:
        """
        @param pattern: C{#} is a loud frame, anything else a quiet one.
        """
        found = []
        for sign in pattern:
            event = self.ear.hear(sign == "#")
            if event is not None:
                found.append((self.ear.now, event))
        return found

    def test_click(self) -> None:
        """
        One loud frame is not speech.
        """
        self.assertEqual(self.hear("..#....#.."), [])

    def test_spurt(self) -> None:
        """
        Speech begins with its second loud frame, survives pauses between
        words, and ends after half a second.
        """
        words = "###" + "." * 24 + "##"
        found = self.hear(words + "." * 30)
        self.assertEqual(found, [(2, "began"), (len(words) + 25, "ended")])

    def test_interrupted(self) -> None:
        """
        To speak within 200 ms of the far end's last sound is to interrupt.
        """
        self.hear("####" + "." * 9)
        self.assertTrue(self.ear.interrupted)
        self.hear(".")
        self.assertFalse(self.ear.interrupted)


class CallerTests(SynchronousTestCase):
    """
    Tests for L{Caller}; a recording C{n.wav} has n frames.
    """

    def start(self, *steps: dict[str, Any]) -> None:
        self.caller = Caller(
            parse_script({"steps": list(steps)}),
            lambda path: int(path.removesuffix(".wav")),
        )
        self.turns: list[Turn] = []

    def hear(self, loud: bool, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            self.turns.append(self.caller.tick(loud))

    def spoke(self) -> list[tuple[int, str, int]]:
        """
        @return: tick, recording, frame.
        """
        return [(i, *t.playing) for i, t in enumerate(self.turns) if t.playing]

    def first(self) -> int:
        return self.spoke()[0][0]

    def test_pause(self) -> None:
        """
        C{pause} counts from the end of the last step.
        """
        self.start({"say": "2.wav"}, {"after": "pause 0.1", "say": "1.wav"})
        self.hear(False, 0.3)
        self.assertEqual(
            self.spoke(), [(0, "2.wav", 0), (1, "2.wav", 1), (7, "1.wav", 0)]
        )

    def test_quiet(self) -> None:
        """
        C{quiet} waits for speech first, then for its end.
        """
        self.start({"after": "quiet 0.8", "say": "1.wav"})
        self.hear(False, 2)
        self.hear(True, 1)
        self.assertEqual(self.spoke(), [])
        self.hear(False, 1)
        self.assertEqual(self.first(), 100 + 50 + 40 - 1)

    def test_quiet_needs_new_speech(self) -> None:
        """
        Speech that the last step answered does not count for the next one.
        """
        self.start(
            {"after": "quiet 0.4", "say": "1.wav"},
            {"after": "quiet 0.4", "press": "1"},
        )
        self.hear(True, 1)
        self.hear(False, 5)
        self.assertEqual([t.keys for t in self.turns if t.keys], [])
        self.hear(True, 0.5)
        self.hear(False, 0.5)
        self.assertEqual([t.keys for t in self.turns if t.keys], [["1"]])

    def test_speech(self) -> None:
        """
        C{speech} barges in on a far end that has been speaking for so long.
        """
        self.start({"after": "speech 1.5", "say": "1.wav"})
        self.hear(True, 1)
        self.hear(False, 0.8)
        self.hear(True, 1.4)
        self.assertEqual(self.spoke(), [])
        self.hear(True, 0.2)
        self.assertEqual(self.first(), 90 + 75)
        notes = [n.what for t in self.turns for n in t.notes]
        self.assertEqual(
            notes,
            ["agent_heard", "agent_quiet", "agent_heard", "barged_in", "caller_spoke"],
        )

    def test_at(self) -> None:
        """
        C{at} counts from the opening of the stream.
        """
        self.start({"say": "5.wav"}, {"after": "at 1", "hang_up": True})
        self.hear(False, 1.1)
        (tick,) = [i for i, t in enumerate(self.turns) if t.hang_up]
        self.assertEqual(tick, 50)

    def test_timeout(self) -> None:
        """
        A condition that does not come in time is given up, and the story says
        so.
        """
        self.start({"after": "quiet 0.8", "say": "1.wav", "timeout": 2})
        self.hear(False, 2.1)
        self.assertEqual(self.first(), 99)
        (note,) = self.turns[99].notes
        self.assertIn("waited 2 s in vain for: quiet 0.8", note.text)

    def test_keys(self) -> None:
        """
        Keys follow each other at a quarter of a second.
        """
        self.start({"press": "12#"}, {"say": "1.wav"})
        self.hear(False, 1)
        keys = [(i, t.keys) for i, t in enumerate(self.turns) if t.keys]
        self.assertEqual(keys, [(0, ["1"]), (12, ["2"]), (24, ["#"])])
        self.assertEqual(self.first(), 36)

    def test_beside(self) -> None:
        """
        A step beside the others keeps its own time.
        """
        self.start(
            {"after": "pause 0.6", "say": "1.wav"},
            {"after": "at 0.5", "press": "5", "beside": True},
            {"after": "quiet 1", "say": "2.wav"},
        )
        self.hear(False, 2)
        self.assertEqual([i for i, t in enumerate(self.turns) if t.keys], [25])
        self.assertEqual(self.spoke(), [(30, "1.wav", 0)])
