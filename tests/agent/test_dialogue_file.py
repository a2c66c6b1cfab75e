"""
Tests for L{acsgw.agent.local.dialogue_file} and L{acsgw.agent.local.script}.
"""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from acsgw.agent.local.dialogue_file import (
    OWN_DIALOGUE,
    parse_dialogue,
    read_dialogue,
)
from acsgw.agent.local.script import Limits, Voice, fill, mentioned
from acsgw.errors import SettingsError

from .small_dialogue import SMALL_DIALOGUE, small_script


class FillTests(SynchronousTestCase):
    """
    Tests for L{fill} and L{mentioned}.
    """

    def test_fill(self) -> None:
        """
        Names are replaced by values, once, digit by digit if wanted, and by
        nothing if there is no value.
        """
        values = {"a": "{b}", "b": "12"}
        self.assertEqual(fill("{a} {b} {b:digits} {c}!", values), "{b} 12 1 2 !")

    def test_mentioned(self) -> None:
        """
        The names in a template are found; other braces are refused.
        """
        self.assertEqual(mentioned("{a} and {b:digits}"), {"a", "b"})
        for wrong in ("{", "{a", "{a.b}", "{a!r}", "{}"):
            self.assertRaises(ValueError, mentioned, wrong)


class DialogueFileTests(SynchronousTestCase):
    """
    Tests for L{read_dialogue} and L{parse_dialogue}.
    """

    def problems(self, text: str) -> list[str]:
        with self.assertRaises(SettingsError) as caught:
            parse_dialogue(text, "d.toml")
        return list(caught.exception.problems)

    def replaced(self, old: str, new: str) -> list[str]:
        self.assertIn(old, SMALL_DIALOGUE)
        return self.problems(SMALL_DIALOGUE.replace(old, new))

    def test_own(self) -> None:
        """
        The dialogue that ships is without problems.
        """
        script = read_dialogue(OWN_DIALOGUE)
        self.assertIn("512", script.orders)
        self.assertEqual(script.limits.silence_seconds, 6.0)

    def test_defaults(self) -> None:
        """
        Voice and limits can be left out.
        """
        text = SMALL_DIALOGUE[SMALL_DIALOGUE.index("[facts]") :]
        script = parse_dialogue(text, "d.toml")
        self.assertEqual((script.voice, script.limits), (Voice(), Limits()))
        self.assertEqual(small_script().order_variable, "orderNumber")

    def test_no_file(self) -> None:
        """
        A file that is not there is a problem with its name.
        """
        path = Path(self.mktemp())
        with self.assertRaises(SettingsError) as caught:
            read_dialogue(path)
        [problem] = caught.exception.problems
        self.assertTrue(problem.startswith(f"{path}: the dialogue cannot be read"))

    def test_not_toml(self) -> None:
        """
        The place where the file stops to be TOML is told.
        """
        [problem] = self.problems("[facts\n")
        self.assertIn("line 1", problem)

    def test_all_at_once(self) -> None:
        """
        An empty file is told all that it lacks.
        """
        problems = self.problems("")
        for key in ("greetings", "prompts", "prompts.goodbye", "intents", "orders"):
            self.assertTrue(
                any(p.startswith(f"d.toml: {key}: is missing") for p in problems), key
            )

    def test_several(self) -> None:
        """
        Problems in several places are told together.
        """
        text = SMALL_DIALOGUE.replace("silences = 2", "silences = true")
        text = text.replace('does = "end"', 'does = "stop"')
        self.assertEqual(
            self.problems(text),
            [
                "d.toml: limits.silences: should be a number from 0 to 10",
                "d.toml: intents[5].does: 'stop' is not one of "
                "'answer', 'order_status', 'transfer', 'end'",
            ],
        )

    def test_each_problem(self) -> None:
        """
        Each kind of mistake is told with its key and the way out.
        """
        for old, new, expected in [
            ("silence_seconds = 5", "silence_seconds = 0", "from 1 to 60"),
            ("silence_seconds = 5", 'silence_seconds = "5"', "from 1 to 60"),
            ("silences = 2", "silence = 2", "limits.silence: is not a setting"),
            ('say = "open {hours}."', "", "intents[2].say: is missing"),
            ('say = "open {hours}."', 'say = " "', "intents[2].say: is empty"),
            ("{company}", "{firm}", "{firm} is not known here; known are: company"),
            ("{company}", "{company", "no other braces"),
            ("{customerName}", "{orderNumber}", "{orderNumber} is not known here"),
            ('phrases = ["hours"]', 'phrases = "hours"', "a list of texts"),
            ('phrases = ["hours"]', "phrases = [1]", "a list of texts"),
            ('phrases = ["hours"]', 'phrases = ["(h)"]', "'(h)' is neither"),
            ('512 = "sent"', 'A12 = "sent"', "orders.status.A12: an order number"),
            ('512 = "sent"', "512 = 1", "orders.status.512: should be a text"),
            ('does = "end"', 'does = "end"\nsay = "x"', "see [prompts]"),
            ("[[intents]]", "[[intent]]", "intents: is missing"),
        ]:
            problems = self.replaced(old, new)
            self.assertTrue(any(expected in p for p in problems), (expected, problems))

    def test_wrong_shape(self) -> None:
        """
        A table where a list of tables should be, and the reverse, are told.
        """
        self.assertTrue(
            any("each [[greetings]]" in p for p in self.problems("[greetings]"))
        )
        self.assertTrue(
            any("yes: should be a table" in p for p in self.problems("yes = 1"))
        )
