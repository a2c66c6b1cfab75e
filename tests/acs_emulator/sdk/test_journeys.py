"""
Tests that let Microsoft's SDKs try the emulator; few, since they take real time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from azure.communication.callautomation._generated import models
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from ..strict_sdk import assert_model
from .expectations import CALLS, DIFFERENT, LANGUAGES, REFUSED, expected
from .running import RunningEmulator, why_not
from .table import PATH, differences, render


def check_event(case: SynchronousTestCase, event: dict[str, Any]) -> None:
    """
    Is this an event as the Python SDK's models have it?  They lack two fields
    that Azure's recorded events have.
    """
    kind = event["type"].removeprefix("Microsoft.Communication.")
    data = {**event["data"]}
    case.assertEqual(data.pop("publicEventType"), event["type"])
    data.pop("version")
    assert_model(case, getattr(models, kind), data)


class JourneyTests(SynchronousTestCase):
    """
    The same calls in every language, over TLS.
    """

    def travel(self, language: str) -> None:
        """
        Compare with what is expected, and read all events strictly.
        """
        reason = why_not(language)
        if reason is not None:
            raise SkipTest(reason)
        emulator = RunningEmulator(Path(self.mktemp()).resolve())
        self.addCleanup(emulator.stop)
        travelled = emulator.travel(language)
        self.assertEqual(differences(language, travelled.results), [])
        for event in travelled.events:
            check_event(self, event)
        emulator.stop()
        self.assertNotIn("Traceback", emulator.log())

    def test_python_sync(self) -> None:
        """
        C{CallAutomationClient.from_connection_string} with requests.
        """
        self.travel("Python sync")

    def test_python_aio(self) -> None:
        """
        C{aio.CallAutomationClient.from_connection_string} with aiohttp.
        """
        self.travel("Python aio")

    def test_javascript(self) -> None:
        """
        C{new CallAutomationClient(connectionString)} in node, with its parsers
        of events and of media messages.
        """
        self.travel("JavaScript")


class TableTests(SynchronousTestCase):
    """
    Tests for the table in the docs.
    """

    def test_current(self) -> None:
        """
        The table says what is expected, which other tests hold against what
        happens.
        """
        table = render({language: expected(language) for language in LANGUAGES})
        self.assertEqual(PATH.read_text("utf-8"), table)

    def test_names(self) -> None:
        """
        Expectations are about calls that are tried.
        """
        for names in (set(REFUSED), {name for name, _ in DIFFERENT}):
            self.assertEqual(set(names) - set(CALLS), set())
