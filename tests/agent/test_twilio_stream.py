"""
Tests for L{acsgw.agent.twilio.stream}.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from json import dumps, loads
from typing import Any

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from acsgw.agent.twilio import stream as stream_module
from acsgw.agent.twilio.messages import StreamWriter
from acsgw.agent.twilio.steps import (
    EndUtterance,
    Flush,
    GiveUp,
    Send,
    Speak,
    Step,
    WantProgress,
    Warn,
)
from acsgw.agent.twilio.stream import StreamCore
from acsgw.audio.g711 import pcm_to_mulaw
from acsgw.interfaces import PlayState

SID = "MZ" + "1" * 32
FRAME = b"\xff" * 160
VOICE = pcm_to_mulaw((np.sin(np.arange(160) / 3) * 8000).astype("<i2").tobytes())


class CoreTestCase(SynchronousTestCase):
    """
    A stream that has begun.
    """

    def setUp(self) -> None:
        self.position = 0
        self.begin()

    def begin(self, stall_ms: int = 0, most_ahead_ms: int = 60_000) -> None:
        writer = StreamWriter(SID, "AC" + "2" * 32, "CA" + "3" * 32)
        self.core = StreamCore(writer, stall_ms=stall_ms, most_ahead_ms=most_ahead_ms)
        self.core.begin({})

    def receive(self, event: str, **more: Any) -> list[Step]:
        message = {"event": event, "streamSid": SID, **more}
        return self.core.received(dumps(message).encode(), False)

    def say(self, mulaw: bytes) -> list[Step]:
        return self.receive("media", media={"payload": b64encode(mulaw).decode()})

    def mark(self, name: str) -> list[Step]:
        return self.receive("mark", mark={"name": name})

    def listen(self, ms: int, mulaw: bytes = FRAME) -> list[Step]:
        """
        Let the caller be heard for so long; what is sent of it is not returned.
        """
        steps: list[Step] = []
        for _ in range(ms // 20):
            steps += self.core.caller_audio(mulaw, self.position)
            self.position += 20
        return [
            s for s in steps if not isinstance(s, Send) or b'"media"' not in s.message
        ]

    def marks(self, steps: list[Step]) -> list[str]:
        """
        @return: names of the marks that go back.
        """
        sent = [loads(s.message) for s in steps if isinstance(s, Send)]
        return [m["mark"]["name"] for m in sent if m["event"] == "mark"]


class CallerTests(CoreTestCase):
    """
    What the caller says and presses.
    """

    def test_begin(self) -> None:
        """
        The stream begins with C{connected} and C{start}.
        """
        writer = StreamWriter(SID, "AC", "CA")
        core = StreamCore(writer, stall_ms=0, most_ahead_ms=1)
        sent = [loads(s.message) for s in core.begin({"a": "b"}) if isinstance(s, Send)]
        self.assertEqual([m["event"] for m in sent], ["connected", "start"])
        self.assertEqual(sent[1]["start"]["customParameters"], {"a": "b"})

    def test_pieces(self) -> None:
        """
        Audio in pieces of any size goes out in chunks of 160 samples, unharmed.
        """
        said = bytes(number % 251 for number in range(1600))
        sent = bytearray()
        for start in range(0, len(said), 37):
            for step in self.core.caller_audio(said[start : start + 37], start // 8):
                assert isinstance(step, Send)
                media = loads(step.message)["media"]
                sent += b64decode(media["payload"])
        self.assertEqual(bytes(sent), said)

    def test_keys(self) -> None:
        """
        Keys go out one by one; those the protocol does not have are counted.
        """
        [key] = self.core.dtmf("*")
        assert isinstance(key, Send)
        self.assertEqual(loads(key.message)["dtmf"]["digit"], "*")
        self.assertEqual(self.core.dtmf("A"), [])
        self.assertEqual(self.core.digits_dropped, 1)


class SpeechTests(CoreTestCase):
    """
    What the agent says.
    """

    def test_any_length(self) -> None:
        """
        Speech of any length belongs to one utterance.
        """
        steps = [*self.say(b"\x80\x00\xff"), *self.say(bytes(800))]
        self.assertEqual(
            steps,
            [
                Speak(b"\x80\x00\xff", "u1", 0),
                Speak(bytes(800), "u1", 0),
            ],
        )
        self.assertEqual(self.say(b""), [])

    def test_gap(self) -> None:
        """
        An utterance is over when nothing was left to play for a moment.
        """
        self.say(bytes(800))
        self.assertEqual(self.listen(200), [])
        self.assertEqual(self.listen(40), [EndUtterance("u1")])
        self.assertEqual(self.listen(1000), [])
        [speak] = self.say(b"\x80")
        assert isinstance(speak, Speak)
        self.assertEqual(speak.utterance, "u2")

    def test_burst(self) -> None:
        """
        An agent that was ahead of its time is done a moment before it is heard out,
        so that the end of the sound is not late.
        """
        self.say(bytes(8000))
        self.assertEqual(self.listen(940), [])
        self.assertEqual(self.listen(20), [EndUtterance("u1")])

    def test_close_ends_utterance(self) -> None:
        """
        When the agent has closed the socket its utterance is complete.
        """
        self.say(bytes(160))
        self.assertEqual(self.core.agent_left(), [EndUtterance("u1")])

    def test_too_much(self) -> None:
        """
        An agent that sends more than it may ahead of time is given up.
        """
        self.begin(most_ahead_ms=5000)
        self.assertIsInstance(self.say(bytes(40_000))[0], Speak)
        [step] = self.say(bytes(160))
        self.assertEqual(
            step, GiveUp("it sent more than 5 s of speech ahead of its time")
        )

    def test_heard_is_not_ahead(self) -> None:
        """
        What was heard is not ahead, even if the caller's audio has stopped.
        """
        self.begin(most_ahead_ms=5000)
        for name in ("u1", "u2"):
            self.assertIsInstance(self.say(bytes(32_000))[0], Speak)
            self.core.agent_left()
            self.core.played(name, 4000, PlayState.DONE)

    def test_wrong_messages(self) -> None:
        """
        Messages that are wrong are passed over; the log hears of the first.
        """
        first = self.core.received(b"\x00", True)
        self.assertEqual(
            first, [Warn("a message of the agent was passed over: it is binary")]
        )
        other = {"event": "clear", "streamSid": "MZ" + "9" * 32}
        self.assertEqual(self.core.received(dumps(other).encode(), False), [])
        self.assertEqual(self.receive("hello"), [])
        self.assertEqual(self.core.wrong, 3)


class MarkTests(CoreTestCase):
    """
    Every mark comes back once, when its time has come.
    """

    def test_nothing_to_play(self) -> None:
        """
        A mark comes back at once if nothing waits.
        """
        self.assertEqual(self.marks(self.mark("m1")), ["m1"])

    def test_done(self) -> None:
        """
        A mark comes back when all before it has been heard, in order; the first one
        asks to be told.
        """
        self.say(bytes(160))
        self.assertEqual(self.mark("m1"), [WantProgress()])
        self.assertEqual(self.mark("m2"), [])
        self.assertEqual(self.core.played("u1", 0, PlayState.STARTED), [])
        self.assertEqual(
            self.marks(self.core.played("u1", 20, PlayState.DONE)), ["m1", "m2"]
        )
        self.assertEqual(self.core.played("u1", 20, PlayState.DONE), [])

    def test_in_the_middle(self) -> None:
        """
        Marks in the middle of an utterance come back as it is heard, and do not cut
        it.
        """
        steps: list[Step] = []
        for name in ("m1", "m2", "m3"):
            steps += self.say(bytes(400))
            self.mark(name)
        self.assertEqual({s.utterance for s in steps if isinstance(s, Speak)}, {"u1"})
        heard = [
            self.marks(self.core.played("u1", ms, PlayState.PROGRESS))
            for ms in (20, 40, 60, 80, 100, 120)
        ]
        self.assertEqual(heard, [[], [], ["m1"], [], ["m2"], []])
        self.assertEqual(
            self.marks(self.core.played("u1", 150, PlayState.DONE)), ["m3"]
        )

    def test_after_the_utterance(self) -> None:
        """
        A mark after an utterance's end waits if that is not heard yet.
        """
        self.say(bytes(160))
        self.core.agent_left()
        self.assertEqual(self.marks(self.mark("m1")), [])
        self.assertEqual(self.marks(self.core.played("u1", 20, PlayState.DONE)), ["m1"])
        self.assertEqual(self.marks(self.mark("m2")), ["m2"])

    def test_clear(self) -> None:
        """
        A clear begins a new generation and returns every mark; what is told of the
        old utterances later changes nothing.
        """
        self.say(bytes(8000))
        self.mark("m1")
        self.core.agent_left()
        self.say(bytes(8000))
        self.mark("m2")
        steps = self.receive("clear")
        self.assertEqual(steps[0], Flush(1))
        self.assertEqual(self.marks(steps), ["m1", "m2"])
        self.assertEqual(self.core.played("u2", 40, PlayState.FLUSHED), [])
        [speak] = self.say(b"\x80")
        assert isinstance(speak, Speak)
        self.assertEqual((speak.utterance, speak.generation), ("u3", 1))
        self.assertEqual(self.marks(self.mark("m3")), [])

    def test_skipped(self) -> None:
        """
        When a later utterance was heard, so were those before it.
        """
        self.say(bytes(160))
        self.mark("m1")
        self.core.agent_left()
        self.say(bytes(160))
        self.mark("m2")
        self.assertEqual(
            self.marks(self.core.played("u2", 20, PlayState.DONE)), ["m1", "m2"]
        )

    def test_too_many(self) -> None:
        """
        Marks that wait are limited, so that memory is.
        """
        self.patch(stream_module, "MOST_MARKS", 2)
        self.say(bytes(160))
        self.mark("m1")
        self.mark("m2")
        self.assertIsInstance(self.mark("m3")[0], GiveUp)


class StallTests(CoreTestCase):
    """
    An agent that is silent while the caller speaks is given up.
    """

    GIVEN_UP = GiveUp("it did not answer the caller and is silent")

    def setUp(self) -> None:
        super().setUp()
        self.begin(stall_ms=5000)

    def test_caller_speaks(self) -> None:
        """
        It is, after the time set.
        """
        self.assertEqual(self.listen(4980, VOICE), [])
        self.assertEqual(self.listen(20, VOICE), [self.GIVEN_UP])

    def test_caller_silent(self) -> None:
        """
        Not while the caller is silent too; a cough is nothing.
        """
        self.assertEqual(self.listen(60_000), [])
        self.assertEqual(self.listen(500, VOICE), [])
        self.assertEqual(self.listen(60_000), [])
        self.assertEqual(self.listen(500, VOICE)[-1:], [self.GIVEN_UP])

    def test_agent_speaks(self) -> None:
        """
        Any sign of the agent begins the time anew, and so does speech that plays.
        """
        self.listen(4000, VOICE)
        self.mark("here")
        self.assertEqual(self.listen(4900, VOICE), [])
        self.say(bytes(80_000))  # 10 s
        self.assertEqual(self.marks(self.listen(14_000, VOICE)), [])
        self.receive("clear")
        self.assertEqual(self.listen(4980, VOICE), [])
        self.assertEqual(self.listen(20, VOICE), [self.GIVEN_UP])

    def test_off(self) -> None:
        """
        It can be switched off.
        """
        self.begin(stall_ms=0)
        self.assertEqual(self.listen(60_000, VOICE), [])
