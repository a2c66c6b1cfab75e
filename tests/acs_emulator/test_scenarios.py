"""
Tests for scenarios: what a file may say, the verdict on a call, and the runner.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

from acs_emulator import cli
from acs_emulator.command_run import read_scenario
from acs_emulator.control_client import CommandFailed
from acs_emulator.errors import BadScenario
from acs_emulator.model.expectations import (
    Bounds,
    Expectations,
    Seen,
    judge,
    story_diff,
)
from acs_emulator.model.scenario import parse_scenario
from acs_emulator.model.verdicts import (
    CallVerdict,
    ScenarioVerdict,
    as_json,
    as_junit,
    lines,
)
from acs_emulator.scenario_run import Ears, ScenarioRun

from .support import CALLER, LINE, EmulatorTestCase

EXAMPLES = Path(cli.__file__).parent.parent / "examples" / "scenarios"


def story(*words: str) -> list[dict[str, Any]]:
    return [
        {"seconds": float(i), "what": word, "text": word.upper()}
        for i, word in enumerate(words)
    ]


def seen(**about: Any) -> Seen:
    call = {
        "outcome": "hung up by caller",
        "story": story("rang", "answered", "ended"),
        "counters": {"violations": 0, "underruns": 2},
    }
    return Seen(call={**call, **about.pop("call", {})}, **about)


class JudgeTests(SynchronousTestCase):
    """
    Tests for L{judge} and L{story_diff}.
    """

    def test_nothing_expected(self) -> None:
        """
        A call without violations is good unless something else was expected.
        """
        self.assertEqual(judge(Expectations(), seen()), [])
        bad = seen(call={"counters": {"violations": 1}})
        self.assertEqual(
            judge(Expectations(), bad), ["the counter violations was 1, not 0"]
        )

    def test_outcome(self) -> None:
        """
        Any of the outcomes will do, and C{*} stands for any text.
        """
        for wanted in (("hung up by *",), ("x", "hung up by caller")):
            self.assertEqual(judge(Expectations(outcome=wanted), seen()), [])
        self.assertEqual(
            judge(Expectations(outcome=("x",)), seen()),
            ["the outcome was 'hung up by caller', not 'x'"],
        )

    def test_story(self) -> None:
        """
        Words must stand in this order; others may stand between, but for those
        that must not be there.
        """
        good = Expectations(story=("rang", "ended"), never=("violation",))
        self.assertEqual(judge(good, seen()), [])
        twice = seen(call={"story": story("rang", "answered", "rang", "ended")})
        again = Expectations(story=("answered", "rang", "ended"))
        self.assertEqual(judge(again, twice), [])
        thrice = Expectations(story=("answered", "rang", "answered"))
        self.assertEqual(len(judge(thrice, twice)), 1)
        bad = Expectations(story=("answered", "rang"), never=("answered",))
        self.assertEqual(len(judge(bad, seen())), 2)
        self.assertEqual(
            story_diff(("answered", "lost"), seen().story),
            [
                "      0.00 s  rang               RANG",
                "=     1.00 s  answered           ANSWERED",
                "- lost",
                "      2.00 s  ended              ENDED",
            ],
        )

    def test_callbacks(self) -> None:
        """
        What was sent is read in the journal.
        """
        entry = {"channel": "callback", "direction": "out", "what": "POST A"}
        lost = {"channel": "callback", "direction": "fault", "what": "B"}
        call = seen(journal=[entry, lost])
        wanted = Expectations(callbacks=("A", "B"), no_callbacks=("A",))
        self.assertEqual(judge(wanted, call), ["no B was sent", "A was sent"])

    def test_numbers(self) -> None:
        """
        Durations and counters have bounds; a counter that there is not is told.
        """
        counters = {"underruns": Bounds(None, 1), "x": Bounds(0, 0)}
        wanted = Expectations(seconds=Bounds(3, None), counters=counters)
        self.assertEqual(
            judge(wanted, seen()),
            [
                "it took 2.0 s, not at least 3",
                "the counter underruns was 2, not at most 1",
                "there is no counter 'x'",
            ],
        )

    def test_heard(self) -> None:
        """
        Words are looked for where somebody can tell them; else it must at least
        have been loud.
        """
        wanted = Expectations(heard_words=("Hours",), heard="loud")
        self.assertEqual(judge(wanted, seen(words="our hours", loud=True)), [])
        self.assertEqual(len(judge(wanted, seen(words="no", loud=True))), 1)
        self.assertEqual(judge(wanted, seen(loud=True)), [])
        self.assertEqual(len(judge(wanted, seen(loud=False))), 2)


class ScenarioFileTests(SynchronousTestCase):
    """
    Tests for L{parse_scenario}.
    """

    def test_problems(self) -> None:
        """
        Everything that is wrong with a file is said at once.
        """
        document = {
            "nmae": 1,
            "report": "full",
            "faults": [{"on": "rest", "do": {"x": 1}}],
            "subscriptions": [{"endpoint": "${unknown}/x"}],
            "callers": [
                {
                    "name": "a",
                    "script": "x",
                    "steps": [{"say": 1}],
                    "after": -1,
                    "expect": {"story": "x", "seconds": "long", "heard": 1, "y": 2},
                },
                {"name": "a"},
            ],
        }
        with self.assertRaises(BadScenario) as raised:
            parse_scenario(document, "x", {})
        text = str(raised.exception)
        for part in (
            "nmae",
            "report: must be",
            "faults[0].do.x",
            "${unknown}",
            "subscriptions[0].name",
            "either script or steps",
            "callers[0].after",
            "expect.story",
            "expect.seconds",
            "expect.heard",
            "expect.y",
            "a name of its own",
        ):
            self.assertIn(part, text)
        with self.assertRaises(BadScenario):
            parse_scenario({}, "x", {})

    def test_variables(self) -> None:
        """
        Variables are filled in wherever a text stands.
        """
        document = {
            "callers": [{"to": "${line}"}],
            "subscriptions": [{"name": "a", "endpoint": "${app}/events"}],
        }
        scenario = parse_scenario(document, "n", {"line": "+1", "app": "http://a"})
        self.assertEqual(scenario.callers[0].callee, "+1")
        self.assertEqual(scenario.subscriptions, {"a": {"endpoint": "http://a/events"}})
        self.assertEqual(scenario.name, "n")

    def test_with_an_ivr(self) -> None:
        """
        Those with an IVR can be read, and want nothing wrong.
        """
        paths = sorted((EXAMPLES / "ivr").glob("*.toml"))
        self.assertEqual(len(paths), 5)
        for path in paths:
            self.assertTrue(read_scenario(str(path), {}).nothing_wrong, path.name)

    def test_examples(self) -> None:
        """
        All scenarios that are shipped can be read, and every kind of fault is
        in one of them.
        """
        used = set()
        paths = sorted(EXAMPLES.glob("*.toml"))
        self.assertGreater(len(paths), 8)
        for path in paths:
            for fault in read_scenario(str(path), {}).faults:
                used |= {(fault["on"], name) for name in fault["do"]}
        for kind in (
            *(("rest", n) for n in ("status", "retry_after", "delay", "no_answer")),
            *(("rest", n) for n in ("lose_answer", "delay_answer", "clock_skew")),
            *(("event", n) for n in ("lose", "delay", "duplicate")),
            *(("callback", n) for n in ("lose", "delay", "duplicate", "hold_for")),
            *(("callback", n) for n in ("token", "clock_skew", "rotate_keys")),
            *(("media", n) for n in ("refuse", "delay", "drop_after", "reset_after")),
            *(("media", n) for n in ("half_open_after", "read_every", "token")),
        ):
            self.assertIn(kind, used)


class VerdictTests(SynchronousTestCase):
    """
    Tests for L{acs_emulator.model.verdicts}.
    """

    verdicts = (
        ScenarioVerdict(
            name="one",
            path="one.toml",
            calls=[
                CallVerdict(caller="a", call_id="1", outcome="fine", seconds=2),
                CallVerdict(
                    caller="b",
                    call_id="2",
                    outcome="bad",
                    seconds=3,
                    problems=["no <x>\x00"],
                    story=["= rang"],
                ),
            ],
        ),
        ScenarioVerdict(name="two", path="two.toml", problem="cannot\nwhy"),
    )

    def test_junit(self) -> None:
        """
        Build servers get suites, cases, failures and errors; what XML cannot
        carry is left out.
        """
        root = ElementTree.fromstring(as_junit(self.verdicts))
        found = [
            (s.get("tests"), s.get("failures"), s.get("errors"))
            for s in root.iter("testsuite")
        ]
        self.assertEqual(found, [("2", "1", "0"), ("1", "0", "1")])
        failure = root.find("testsuite/testcase/failure")
        assert failure is not None
        self.assertEqual(failure.get("message"), "no <x>?")

    def test_lines(self) -> None:
        """
        People get the story of what went wrong only, unless they ask for all.
        """
        found = lines(self.verdicts[0])
        self.assertEqual(found[0], "FAILED one")
        self.assertIn("      ! no <x>\x00", found)
        self.assertIn("      = rang", found)
        self.assertEqual(lines(self.verdicts[1])[1:], ["    cannot", "    why"])
        self.assertFalse(as_json(self.verdicts)["good"])


class RunTests(EmulatorTestCase):
    """
    Scenarios run against an emulator in memory.
    """

    def ask(self, method: str, path: str, body: Any) -> dict[str, Any]:
        status, answer = self.control(method, path.removeprefix("/emulator"), body)
        if status >= 400:
            raise CommandFailed(answer["error"])
        return dict(answer)

    def run_scenario(self, document: dict[str, Any]) -> ScenarioVerdict:
        return ScenarioRun(
            parse_scenario(document, "test", {}),
            "test.toml",
            ask=self.ask,
            folder="/nonexistent",
            sleep=self.advance,
            monotonic=self.reactor.seconds,
            ears=Ears(loud=lambda path: True, words=lambda path: None),
        ).run()

    def setUp(self) -> None:
        super().setUp()
        # Nothing is written in memory.
        self.heard: list[Any] = []
        original = self.ask

        def without_file(method: str, path: str, body: Any) -> dict[str, Any]:
            if isinstance(body, dict) and "heard" in body:
                self.heard.append(body.pop("heard"))
            return original(method, path, body)

        self.ask = without_file  # type: ignore[method-assign]

    def test_good(self) -> None:
        """
        A call that goes as expected is good; faults are taken back afterwards.
        """
        self.subscribe()

        def answer(data: dict[str, Any]) -> None:
            self.reactor.callLater(0.01, self.answer, data["incomingCallContext"])

        self.app.on_incoming = answer
        verdict = self.run_scenario(
            {
                "faults": [{"on": "media", "do": {"refuse": True}}],
                "callers": [
                    {
                        "steps": [],
                        "give_up_after": 3,
                        "expect": {
                            "outcome": "hung up by caller",
                            "story": ["answered", "media_lost", "ended"],
                            "callbacks": ["CallConnected", "MediaStreamingFailed"],
                            "seconds": {"min": 2, "max": 4},
                        },
                    },
                ],
            }
        )
        self.assertEqual((verdict.problem, verdict.good), (None, True), verdict)
        self.assertEqual(self.control("GET", "/faults")[1], {"faults": []})

    def test_bad(self) -> None:
        """
        A call that nobody answers is over when the scenario's time is, and says
        what was missing.
        """
        self.subscribe()
        verdict = self.run_scenario(
            {
                "timeout": 5,
                "callers": [{"from": CALLER, "to": LINE}, {"name": "x", "after": 2}],
            }
        )
        self.assertFalse(verdict.good)
        self.assertEqual(
            [call.problems for call in verdict.calls],
            [["it was not over after 5 s"]] * 2,
        )
        states = [c["state"] for c in self.control("GET", "/calls")[1]["calls"]]
        self.assertEqual(states, ["ended", "ended"])

    def test_report(self) -> None:
        """
        What applications do wrong meanwhile is told, and is a failure if it was to
        be nothing; what was wrong before does not count.
        """
        self.rest("POST", "/callConnections:sing")
        self.subscribe()

        def answer(data: dict[str, Any]) -> None:
            self.reactor.callLater(0.01, self.answer, data["incomingCallContext"])

        self.app.on_incoming = answer
        document = {"callers": [{"give_up_after": 1}], "report": "empty"}
        verdict = self.run_scenario(document)
        self.assertEqual((verdict.good, verdict.wrong), (True, []))
        self.app.statuses["/cb"] = 500
        verdict = self.run_scenario(document)
        self.assertFalse(verdict.good)
        self.assertIn("answered 500 to a callback", verdict.wrong[0])
        self.assertIn(f"    ! {verdict.wrong[0]}", lines(verdict))
        suite = ElementTree.fromstring(as_junit([verdict])).find("testsuite")
        assert suite is not None
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("2", "1"))
        del document["report"]
        verdict = self.run_scenario(document)
        self.assertTrue(verdict.good)
        self.assertIn(f"    ? {verdict.wrong[0]}", lines(verdict))

    def test_cannot_be_placed(self) -> None:
        """
        A scenario that cannot be run says why.
        """
        verdict = self.run_scenario({"callers": [{"to": "+19995550000"}]})
        self.assertIn("not a number or user", verdict.problem or "")
