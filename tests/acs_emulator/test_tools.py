"""
Tests for the rest of the tools: loads, the 20 ms clock's own report, a clock that
is moved by hand, journals for people, callers who wait for silence.
"""

from __future__ import annotations

import io
import json
from itertools import count
from typing import Any

import jwt
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.assembly import Emulator, World, assemble
from acs_emulator.command_journal import find_call, journal_lines
from acs_emulator.command_load import Load, Progress
from acs_emulator.control_client import CommandFailed
from acs_emulator.errors import BadCall, BadScript, NoVoice
from acs_emulator.fronts.http_client import WholeBody
from acs_emulator.fronts.voice import speak
from acs_emulator.manual_time import ManualTime
from acs_emulator.model.caller import Caller
from acs_emulator.model.caller_script import SPOKEN, parse_script
from acs_emulator.model.lateness import Histogram, percentiles
from acs_emulator.model.load import moments, percentile, report, spread, table
from acs_emulator.model.manual_time import next_stop
from acs_emulator.model.websocket_frames import text_frame, whole_texts
from acs_emulator.model.wire_time import event_grid_time, media_time
from acs_emulator.settings import parse_settings

from .support import KEY, RESOURCE, START, EmulatorTestCase, private_key


class LatenessTests(SynchronousTestCase):
    """
    Tests for L{Histogram} and L{percentiles}.
    """

    def test_percentiles(self) -> None:
        """
        Percentiles are upper bounds; the worst is never hidden.
        """
        histogram = Histogram()
        for _ in range(98):
            histogram.add(0.0011)
        histogram.add(0.030)
        histogram.add(3.0)
        found = percentiles(histogram.buckets)
        self.assertEqual(
            found, {"p50": 1.25, "p95": 1.25, "p99": 30.25, "p999": 3010, "worst": 3010}
        )
        self.assertEqual(histogram.max_ms, 3000)
        self.assertEqual(percentiles({}), {})


class LoadTests(SynchronousTestCase):
    """
    Tests for the load and its report.
    """

    def test_numbers(self) -> None:
        """
        Calls come at an even rate; percentiles are values that occurred.
        """
        self.assertEqual(moments(3, 2.0), [0.0, 0.5, 1.0])
        self.assertEqual(percentile([3, 1, 2, 4], 0.5), 2)
        self.assertEqual(spread([]), {})

    def answers(self, buckets: dict[str, int]) -> Load:
        clock = Clock()
        placed: list[str] = []
        asked: list[str] = []

        def ask(method: str, path: str, body: Any) -> dict[str, Any]:
            asked.append(f"{method} {path}")
            if path == "/emulator/clock":
                return {"buckets": {} if not placed else buckets}
            if method == "POST":
                if len(placed) == 2:
                    raise CommandFailed("call x: lost: nobody")
                placed.append(f"call-{len(placed)}")
                return {"id": placed[-1]}
            if path == "/emulator/calls":
                return {"calls": [{"id": i, "state": "ended"} for i in placed]}
            lines = [{"what": "answered", "seconds": 0.5}]
            counters = {"underruns": 1, "violations": 0}
            return {"outcome": "fine", "story": lines, "counters": counters}

        self.shown = io.StringIO()
        return Load(
            ask,
            {"to": "+1"},
            calls=3,
            rate=2.0,
            seconds=1.0,
            sleep=clock.advance,
            monotonic=clock.seconds,
            show=Progress(self.shown, False, clock.seconds),
        )

    def test_load(self) -> None:
        """
        All calls are placed and followed; those that could not be placed are
        counted with the reason.
        """
        found = self.answers({"3": 90, "200": 10}).run()
        self.assertEqual(found.calls, 3)
        self.assertEqual(found.outcomes, {"fine": 2, "lost: nobody": 1})
        self.assertEqual(found.answer["p99"], 0.5)
        self.assertEqual(found.late_ms["p99"], 50.25)
        self.assertFalse(found.held)
        self.assertIn("NOT hold its 20 ms clock", table(found)[-1])
        self.assertTrue(self.shown.getvalue().endswith("3 of 3 placed, 3 over\n"))

    def test_held(self) -> None:
        """
        A clock that was held is not complained about.
        """
        found = self.answers({"3": 90}).run()
        self.assertTrue(found.held)
        self.assertNotIn("NOT", table(found)[-1])

    def test_before(self) -> None:
        """
        What was late before the load does not count.
        """
        before = {"buckets": {"300": 5, "1": 1}}
        found = report([], {}, before, {"buckets": {"300": 5, "1": 3}})
        self.assertEqual((found.frames, found.late_ms["worst"]), (2, 0.5))

    def test_bar(self) -> None:
        """
        A terminal gets a bar.
        """
        out = io.StringIO()
        Progress(out, True, Clock().seconds)(5, 5, 10, end=True)
        self.assertEqual(
            out.getvalue(),
            "\r[" + "#" * 20 + "." * 20 + "] 5 of 10 placed, 5 over \n",
        )


class FrameTests(SynchronousTestCase):
    """
    Tests for L{acs_emulator.model.websocket_frames}.
    """

    def test_sent(self) -> None:
        """
        Lengths are written in the three ways of RFC 6455, with an empty mask.
        """
        self.assertEqual(text_frame(b"a"), b"\x81\x81\0\0\0\0a")
        self.assertEqual(text_frame(b"a" * 126)[:8], b"\x81\xfe\x00\x7e\0\0\0\0")
        self.assertEqual(
            text_frame(b"a" * 65536)[:14], b"\x81\xff\0\0\0\0\0\1\0\0\0\0\0\0"
        )

    def test_received(self) -> None:
        """
        Whole texts are taken; from the first other thing on, all is left.
        """
        short, long = b"\x81\x02{}", b"\x81\x7e\x00\xc8" + b"x" * 200
        self.assertEqual(
            whole_texts(short + long + short, 1000), ([b"{}", b"x" * 200, b"{}"], b"")
        )
        for other in (b"\x81", b"\x81\x05abc", b"\x88\x02\x03\xe8", b"\x01\x02{}"):
            self.assertEqual(whole_texts(short + other, 1000), ([b"{}"], other))
        self.assertEqual(whole_texts(long, 100), ([], long))

    def test_times(self) -> None:
        """
        The cheap form of a moment is the one of Event Grid, cut.
        """
        for seconds in (START, START + 0.9996, START + 1.02, START + 59.98):
            self.assertEqual(media_time(seconds), event_grid_time(seconds)[:-5] + "Z")


class ScriptTests(SynchronousTestCase):
    """
    Callers who wait for silence, and say a text.
    """

    def test_silence(self) -> None:
        """
        C{silence} comes when nobody has spoken for so long, from the start on;
        beside the other steps it waits for ever.
        """
        step: dict[str, Any] = {"after": "silence 1", "hang_up": True, "beside": True}
        step["timeout"] = 0.5
        caller = Caller(parse_script({"steps": [step]}), lambda path: 0)
        for _ in range(40):
            self.assertIsNone(caller.tick(True).hang_up)
        turns = [caller.tick(False).hang_up for _ in range(80)]
        self.assertEqual([t for t in turns if t], ["the caller hangs up"])
        fresh = Caller(parse_script({"steps": [step]}), lambda path: 0)
        turns = [fresh.tick(False).hang_up for _ in range(60)]
        self.assertEqual(turns.index("the caller hangs up"), 49)

    def test_text(self) -> None:
        """
        C{say_text} is told in the story as what it is.
        """
        script = parse_script({"steps": [{"after": "pause 0", "say_text": "Hello"}]})
        self.assertEqual(script.steps[0].say, SPOKEN + "Hello")
        turn = Caller(script, lambda path: 5).tick(False)
        self.assertIn('says "Hello"', turn.notes[0].text)
        with self.assertRaises(BadScript):
            parse_script({"steps": [{"say_text": "a", "say": "b"}]})

    def test_voice(self) -> None:
        """
        A text is spoken at the rate that is asked for.
        """
        try:
            slow, fast = speak("Hello there", 8000), speak("Hello there", 16000)
        except NoVoice as e:
            raise self.skipTest(str(e)) from None
        self.assertAlmostEqual(len(fast) / len(slow), 2, places=2)
        self.assertGreater(len(slow), 8000)
        with self.assertRaises(NoVoice):
            speak("x" * 2001, 8000)


class JournalCommandTests(SynchronousTestCase):
    """
    Tests for C{acs-emulator journal}.
    """

    def test_find(self) -> None:
        """
        A call is found by its id, the beginning of it, or as the last one.
        """

        def ask(method: str, path: str, body: Any) -> dict[str, Any]:
            return {"calls": [{"id": "abc"}, {"id": "abcd"}, {"id": "x"}]}

        self.assertEqual(find_call(ask, "abc"), "abc")
        self.assertEqual(find_call(ask, "last"), "x")
        self.assertEqual(find_call(ask, "abcd"), "abcd")
        for wrong in ("ab", "q"):
            with self.assertRaises(CommandFailed):
                find_call(ask, wrong)

    def test_lines(self) -> None:
        """
        Each entry is a line with its direction; bodies stand below.
        """
        entry = {
            "seconds": 1.5,
            "channel": "rest",
            "direction": "in",
            "what": "POST /x",
            "detail": {"headers": {"a": "b"}, "body": {"k": 1}},
        }
        found = list(journal_lines({"lost": 2, "entries": [entry]}))
        self.assertEqual(
            found,
            [
                "(2 older entries were not kept)",
                "    1.500 s  rest      <-- POST /x",
                " " * 29 + '{"k": 1}',
            ],
        )


class ManualTimeTests(SynchronousTestCase):
    """
    Tests for L{ManualTime}.
    """

    def setUp(self) -> None:
        self.clock, self.real = Clock(), Clock()
        self.busy = False
        self.time = ManualTime(
            self.clock, self.real, self.real.seconds, lambda: self.busy
        )

    def test_stops(self) -> None:
        """
        Time stops wherever a timer is due.
        """
        self.assertEqual(next_stop(1, 9, [3, 5, 11]), 3)
        self.assertEqual(next_stop(1, 9, [11]), 9)
        self.assertEqual(next_stop(4, 9, [3]), 4)

    def test_hour(self) -> None:
        """
        An hour passes at once, and everything in it happens in its order and at
        its time.
        """
        seen: list[float] = []

        def again() -> None:
            seen.append(self.clock.seconds())
            self.clock.callLater(600, again)

        self.clock.callLater(600, again)
        done: list[float] = []

        Deferred.fromCoroutine(self.time.advance(3600)).addCallback(done.append)
        self.real.pump([0.0] * 20)
        self.assertEqual(done, [3600.0])
        self.assertEqual(seen, [600.0 * i for i in range(1, 7)])

    def test_waits_for_answers(self) -> None:
        """
        While an application owes an answer, time stands still for a while, but
        not for ever.
        """

        done: list[float] = []
        self.busy = True
        Deferred.fromCoroutine(self.time.advance(1)).addCallback(done.append)
        self.real.pump([0.01] * 50)
        self.assertEqual(done, [])
        self.real.pump([0.01] * 400)
        self.assertEqual(done, [1.0])

    def test_wrong(self) -> None:
        """
        Time goes forward, and by no more than a week.
        """

        for wrong in (-1, "1", None, True, 1e9):
            self.failureResultOf(
                Deferred.fromCoroutine(self.time.advance(wrong)), BadCall
            )


class TimeControlTests(EmulatorTestCase):
    """
    Tests for the control API of time, keys and the 20 ms clock.
    """

    def test_real_time(self) -> None:
        """
        Real time cannot be moved.
        """
        self.assertEqual(self.control("GET", "/time"), (200, {"clock": "real"}))
        status, _ = self.control("POST", "/time:advance", {"seconds": 1})
        self.assertEqual(status, 409)

    def test_keys(self) -> None:
        """
        Keys are rotated on request.
        """
        before = self.http("GET", "/calling/keys", b"", {})[1]
        self.assertEqual(self.control("POST", "/keys:rotate")[0], 200)
        self.assertNotEqual(self.http("GET", "/calling/keys", b"", {})[1], before)

    def test_clock(self) -> None:
        """
        The 20 ms clock tells how late it was.
        """
        self.subscribe()
        self.place()
        self.pump()
        self.answer(self.app.incoming[0]["incomingCallContext"])
        self.advance(1)
        body = self.control("GET", "/clock")[1]
        self.assertGreater(body["frames"], 40)
        self.assertIn("p99", body["late_ms"])


class ManualClockTests(EmulatorTestCase):
    """
    An emulator whose clock is moved by hand, and applications whose clock is not.
    """

    def start_emulator(self) -> Emulator:
        self.manual = Clock()
        # Two hours behind that of the application.
        self.manual.advance(START - 7200)
        numbers = count(1)
        resource = {"immutable_id": RESOURCE, "access_key": KEY}
        emulator = assemble(
            parse_settings(
                {"resource": resource, "control": {"hosts": ["emulator.example"]}}, None
            ),
            World(
                reactor=self.reactor,
                agent=self.app_agent,
                monotonic=self.manual.seconds,
                new_id=lambda: f"id-{next(numbers)}",
                random_bytes=bytes,
                private_key=private_key(),
                in_thread=maybeDeferred,
                new_file=self.new_file,
                voice=self.speech,
                ears=self.speech,
                clock=self.manual,
                real_monotonic=self.reactor.seconds,
            ),
        )
        emulator.service.startService()
        self.addCleanup(emulator.service.stopService)
        return emulator

    def move(self, seconds: float) -> None:
        """
        Order an hour, and let the order take its real time.
        """
        response = self.agent.request(
            b"POST",
            b"http://emulator.example/emulator/time:advance",
            bodyProducer=WholeBody(json.dumps({"seconds": seconds}).encode("ascii")),
        )
        for _ in range(200):
            self.reactor.advance(0.01)
            self.pump()
            self.agent.flush()
        self.assertEqual(self.successResultOf(response).code, 200)

    def test_ring_timeout(self) -> None:
        """
        A call that nobody answers is given up after half a minute that passes
        at once, and not in real time.
        """
        self.subscribe()
        call_id = self.place()
        self.advance(60)
        self.assertEqual(self.call(call_id)["state"], "ringing")
        self.move(31)
        self.assertEqual(self.call(call_id)["outcome"], "not answered in time")

    def test_real_dates(self) -> None:
        """
        Requests that are signed in real time are accepted, tokens are good in
        real time, and media moves with the clock.
        """
        self.subscribe()
        call_id = self.place()
        self.pump()
        self.answer(self.app.incoming[0]["incomingCallContext"])
        self.move(0.5)
        request = next(r for r in self.app.requests if r.path == "/cb")
        token = request.headers["authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False})
        self.assertLess(abs(claims["nbf"] - self.reactor.seconds()), 10)
        before = self.call(call_id)["counters"]["frames_sent"]
        self.move(2)
        after = self.call(call_id)["counters"]["frames_sent"]
        self.assertEqual(after - before, 100)
