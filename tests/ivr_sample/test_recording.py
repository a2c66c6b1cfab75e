"""
L{ivr_sample.recording} under every order of wishes and answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acsgw.acs.repeat import CallControlError, CallGone
from ivr_sample.recording import Recording
from ivr_sample.records import CallRecord


class Service:
    """
    Obeys when it is told that an answer arrives, or refuses.

    @ivar takes_sound: what is really so.
    """

    def __init__(self) -> None:
        self.takes_sound = False
        self.there = False
        self.asked: list[tuple[str, Deferred[None]]] = []

    async def start(self, connection_id: str, caller: str) -> tuple[str, bool]:
        await self._ask("start")
        self.there = True
        return "r1", False

    async def pause(self, recording_id: str) -> None:
        await self._ask("pause")
        self.takes_sound = False

    async def resume(self, recording_id: str) -> None:
        await self._ask("resume")
        self.takes_sound = True

    async def stop(self, recording_id: str) -> None:
        await self._ask("stop")
        self.takes_sound = self.there = False

    def _ask(self, what: str) -> Deferred[None]:
        asked = Deferred[None]()
        self.asked.append((what, asked))
        assert len(self.asked) == 1, "one command at a time"
        return asked

    def answer(self, error: Exception | None = None) -> None:
        if self.asked:
            _, asked = self.asked.pop()
            if error is None:
                asked.callback(None)
            else:
                if isinstance(error, CallGone):
                    self.takes_sound = self.there = False
                asked.errback(error)


class OrderTests(SynchronousTestCase):
    """
    What is wanted may change before an answer comes.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.service = Service()
        self.notes: list[str] = []
        self.record = CallRecord(
            call_id="c",
            conversation_id="c",
            kind="inbound",
            caller="4:+14255550123",
            callee="4:+18005550100",
            started_at=0.0,
            keep_values=False,
        )
        self.recording = Recording(
            self.service,
            "mixed",
            self.clock,
            self.record,
            lambda what, text: self.notes.append(text),
        )
        self.concealed: list[bool] = []

    def do(self, step: str) -> None:
        recording = self.recording
        match step:
            case "conceal":
                asking = Deferred.fromCoroutine(recording.conceal())
                asking.addCallback(self.check)
            case "go_on":
                recording.go_on()
            case "end":
                recording.end()
            case "yes":
                self.service.answer()
            case "no":
                self.service.answer(CallControlError("no"))
            case "gone":
                self.service.answer(CallGone("gone"))
            case "time":
                self.clock.advance(2)

    def check(self, sure: bool) -> None:
        """
        A secret is asked for only if it is not recorded.
        """
        self.concealed.append(sure)
        if sure:
            self.assertFalse(self.service.takes_sound)

    def all_orders(self, length: int) -> Iterator[tuple[str, ...]]:
        steps = ("conceal", "go_on", "end", "yes", "no", "gone", "time")
        yield from product(steps, repeat=length)

    def test_any_order(self) -> None:
        """
        Whatever is wanted and answered in whatever order: there is one command at a
        time, nobody is told that it is silent when it is not, everybody is told
        something, and when all is answered it has ended, without a timer.
        """
        for way in self.all_orders(5):
            self.setUp()
            self.recording.begin("cc", "4:+14255550123")
            for step in way:
                self.do(step)
            self.recording.end()
            for _ in range(4):
                self.service.answer()
            self.assertFalse(self.service.there, way)
            self.assertEqual(len(self.concealed), way.count("conceal"), way)
            self.assertEqual(self.clock.getDelayedCalls(), [], way)

    def way(self, *steps: str) -> None:
        self.recording.begin("cc", "4:+14255550123")
        for step in steps:
            self.do(step)

    def test_pause_and_resume(self) -> None:
        """
        It is silent from before the secret until a moment after it.
        """
        self.way("yes", "yes", "conceal")
        self.assertEqual(self.concealed, [])
        self.do("yes")
        self.assertEqual(self.concealed, [True])
        self.do("go_on")
        self.clock.advance(0.9)
        self.assertEqual(self.service.asked, [])
        self.clock.advance(0.2)
        self.do("yes")
        self.assertTrue(self.service.takes_sound)
        self.assertEqual(self.notes, ["recording", "paused", "recording"])

    def test_asked_again(self) -> None:
        """
        A second try at the secret is as secret.
        """
        self.way("yes", "yes", "conceal", "yes", "go_on", "conceal", "time")
        self.assertEqual(self.concealed, [True, True])
        self.assertEqual(self.service.asked, [])
        self.assertFalse(self.service.takes_sound)

    def test_not_paused(self) -> None:
        """
        What cannot be paused is stopped; what cannot be stopped either is no place
        for a secret.
        """
        self.way("yes", "yes", "conceal", "no", "yes")
        self.assertEqual((self.concealed, self.service.there), ([True], False))
        self.setUp()
        self.way("yes", "yes", "conceal", "no", "no")
        self.assertEqual(self.concealed, [False])
        recording: Any = self.record.recording
        self.assertEqual((recording.state, recording.problem), ("unsure", "no"))

    def test_stop_waits(self) -> None:
        """
        Who leaves waits for the end of the recording, but not for ever.
        """
        for steps, seconds in ((("yes",), 0), ((), 4)):
            self.setUp()
            self.way("yes", "yes")
            stopped = Deferred.fromCoroutine(self.recording.stop())
            self.assertNoResult(stopped)
            for step in steps:
                self.do(step)
            self.clock.advance(seconds)
            self.successResultOf(stopped)

    def test_never_begun(self) -> None:
        """
        Who is not recorded has nothing to hide, and nothing begins after the end.
        """
        self.do("conceal")
        self.successResultOf(Deferred.fromCoroutine(self.recording.stop()))
        self.recording.begin("cc", "4:+14255550123")
        self.assertEqual((self.concealed, self.service.asked), ([True], []))
        self.assertIsNone(self.record.recording)
