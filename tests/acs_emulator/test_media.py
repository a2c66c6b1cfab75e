"""
Tests for the media rules: messages, playout, and the 20 ms clock.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.metronome import Metronome
from acs_emulator.model.media_messages import (
    AudioReceived,
    MediaOptions,
    Received,
    StopReceived,
    Violation,
    audio_data,
    audio_metadata,
    dtmf_data,
    media_options,
    parse_received,
)
from acs_emulator.model.playout import Playout

PCM = b"\x01\x02" * 320
B64 = b64encode(PCM).decode("ascii")
SILENCE = bytes(640)


def options(**given: object) -> MediaOptions:
    return media_options(
        {"transportUrl": "ws://a/", "audioChannelType": "mixed", **given}
    )


class SentTests(SynchronousTestCase):
    """
    Tests for the messages that the emulator sends.
    """

    def test_metadata(self) -> None:
        """
        C{AudioMetadata} tells rate and length of a frame.
        """
        for audio_format, rate, length in (
            (None, 16000, 640),
            ("pcm24KMono", 24000, 960),
        ):
            message = audio_metadata("sub", options(audioFormat=audio_format))
            self.assertEqual(
                json.loads(message),
                {
                    "kind": "AudioMetadata",
                    "audioMetadata": {
                        "subscriptionId": "sub",
                        "encoding": "PCM",
                        "sampleRate": rate,
                        "channels": 1,
                        "length": length,
                    },
                },
            )

    def test_audio(self) -> None:
        """
        C{AudioData} names the participant only in unmixed streams.
        """
        for silent, who in ((True, None), (False, "4:+1425")):
            message = audio_data(PCM, timestamp="now", silent=silent, participant=who)
            body = json.loads(message)["audioData"]
            self.assertEqual(b64decode(body.pop("data")), PCM)
            expected: dict[str, object] = {"timestamp": "now", "silent": silent}
            if who is not None:
                expected["participantRawID"] = who
            self.assertEqual(body, expected)

    def test_dtmf(self) -> None:
        """
        C{DtmfData} carries one key.
        """
        self.assertEqual(
            json.loads(dtmf_data("#")), {"kind": "DtmfData", "dtmfData": {"data": "#"}}
        )


class ReceivedTests(SynchronousTestCase):
    """
    Tests for L{parse_received}.
    """

    def parse(self, message: object) -> list[Received]:
        return parse_received(json.dumps(message).encode("utf-8"), False)

    def test_audio_in_all_spellings(self) -> None:
        """
        The forms that the docs, the SDKs and samples send all mean the same.
        """
        cases: list[object] = [
            {"Kind": "AudioData", "AudioData": {"Data": B64}, "StopAudio": None},
            {
                "Kind": "AudioData",
                "AudioData": {
                    "Timestamp": "0001-01-01T00:00:00",
                    "Data": B64,
                    "Participant": None,
                    "IsSilent": False,
                },
                "StopAudio": None,
            },
            {
                "kind": "audioData",
                "audioData": {"data": B64, "isSilent": False},
                "stopAudio": {},
            },
            {"kind": "AudioData", "audioData": {"data": B64}},
        ]
        for message in cases:
            self.assertEqual(self.parse(message), [AudioReceived(PCM)])

    def test_stop_in_all_spellings(self) -> None:
        """
        So do those that stop the audio.
        """
        cases: list[object] = [
            {"Kind": "StopAudio", "AudioData": None, "StopAudio": {}},
            {"kind": "stopAudio", "stopAudio": {}},
        ]
        for message in cases:
            self.assertEqual(self.parse(message), [StopReceived()])

    def test_violations(self) -> None:
        """
        What the docs do not allow is flagged, and does nothing.
        """
        cases: list[tuple[object, str]] = [
            ([], "not an object"),
            ({"AudioData": {"Data": B64}}, "without kind"),
            ({"kind": "StartAudio"}, "unknown kind"),
            ({"kind": "AudioData"}, "without its audioData"),
            ({"kind": "AudioData", "audioData": {}}, "without data"),
            ({"kind": "AudioData", "audioData": {"data": "?"}}, "not base64"),
            ({"kind": "AudioData", "audioData": {"data": "AAAA"}}, "16 bit samples"),
        ]
        for message, words in cases:
            (found,) = self.parse(message)
            assert isinstance(found, Violation)
            self.assertIn(words, found.reason)
        self.assertEqual(len(parse_received(b"{", False)), 1)
        (found,) = parse_received(b"{}", True)
        assert isinstance(found, Violation)
        self.assertIn("binary", found.reason)

    def test_too_large(self) -> None:
        """
        A message of more than 64 KB is flagged, but played.
        """
        data = b64encode(bytes(60_000)).decode("ascii")
        message = {"kind": "AudioData", "audioData": {"data": data}}
        flagged, audio = self.parse(message)
        self.assertIsInstance(flagged, Violation)
        self.assertIsInstance(audio, AudioReceived)


class PlayoutTests(SynchronousTestCase):
    """
    Tests for L{Playout}.
    """

    def setUp(self) -> None:
        self.playout = Playout(16000)

    def test_real_time(self) -> None:
        """
        Audio of any length comes out in frames of 20 ms, then silence.
        """
        self.playout.push(PCM + PCM[:200])
        self.assertEqual(self.playout.lead_ms, 26)
        self.assertEqual(self.playout.pull(), PCM)
        self.assertEqual(self.playout.pull(), PCM[:200] + bytes(440))
        self.assertEqual(self.playout.pull(), SILENCE)
        self.assertEqual(self.playout.frames_played, 2)
        self.assertEqual(self.playout.lead_max_ms, 26)

    def test_stop(self) -> None:
        """
        What was queued is never heard.
        """
        self.playout.push(PCM * 5)
        self.playout.pull()
        self.assertEqual(self.playout.stop(), 80)
        self.assertEqual(self.playout.pull(), SILENCE)
        self.assertEqual(self.playout.dropped_ms, 80)

    def gap(self, frames: int) -> int:
        self.playout.push(PCM)
        for _ in range(1 + frames):
            self.playout.pull()
        self.playout.push(PCM)
        self.playout.pull()
        return self.playout.underruns

    def test_underrun(self) -> None:
        """
        A gap of more than 20 ms in the middle of an utterance is an underrun.
        """
        self.assertEqual(self.gap(2), 1)
        self.assertEqual(self.gap(10), 2)

    def test_no_underrun(self) -> None:
        """
        One missed frame is not, nor is a pause between utterances, nor the
        silence before the first.
        """
        self.playout.pull()
        self.playout.pull()
        self.assertEqual(self.gap(0), 0)
        self.assertEqual(self.gap(1), 0)
        self.assertEqual(self.gap(11), 0)

    def test_no_underrun_after_stop(self) -> None:
        """
        Nor is the silence after a stop.
        """
        self.playout.push(PCM * 3)
        self.playout.pull()
        self.playout.stop()
        self.playout.pull()
        self.playout.pull()
        self.playout.push(PCM)
        self.assertEqual(self.playout.underruns, 0)


class MetronomeTests(SynchronousTestCase):
    """
    Tests for L{Metronome}.
    """

    def setUp(self) -> None:
        self.clock = Clock()
        self.lag = 0.0
        self.metronome = Metronome(
            self.clock, lambda: self.clock.seconds() * 1.0 + self.lag
        )
        self.late: list[float] = []
        self.tick: Callable[[float], None] = self.late.append

    def test_ticks(self) -> None:
        """
        Fifty ticks a second, none of them late.
        """
        self.metronome.join(self.tick)
        self.clock.pump([0.001] * 2000)
        self.assertIn(len(self.late), (99, 100))
        self.assertLess(max(self.late), 0.0015)

    def test_catches_up(self) -> None:
        """
        Ticks that were missed are made up for at once, each with its own
        lateness, and what comes after is in time again.
        """
        self.metronome.join(self.tick)
        self.lag = 0.1
        self.clock.advance(0.02)
        late_ms = [round(seconds * 1000) for seconds in self.late]
        self.assertEqual(late_ms, [100, 80, 60, 40, 20, 0])
        self.late.clear()
        self.clock.pump([0.001] * 200)
        self.assertIn(len(self.late), (9, 10))
        self.assertLess(max(self.late), 0.0015)

    def test_standstill(self) -> None:
        """
        After a standstill of the machine the missed ticks are dropped.
        """
        self.metronome.join(self.tick)
        self.lag = 3600.0
        self.clock.advance(0.02)
        self.assertEqual(len(self.late), 1)

    def test_leaves(self) -> None:
        """
        When nobody listens the clock stands still.
        """
        self.metronome.join(self.tick)
        self.metronome.leave(self.tick)
        self.metronome.leave(self.tick)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.metronome.join(self.tick)
        self.clock.pump([0.02] * 3)
        self.assertEqual(len(self.late), 3)

    def test_leaves_during_tick(self) -> None:
        """
        A listener may leave while it is being told; the next one is told too.
        """
        told: list[str] = []

        def once(late: float) -> None:
            told.append("once")
            self.metronome.leave(once)

        self.metronome.join(once)
        self.metronome.join(lambda late: told.append("other"))
        self.clock.advance(0.02)
        self.assertEqual(told, ["once", "other"])
        self.clock.advance(0.02)
        self.assertEqual(told, ["once", "other", "other"])

    def test_surround(self) -> None:
        """
        Something can be done before and after ticks that are due together; if it
        fails, the ticks come all the same.
        """
        told: list[str] = []
        self.metronome.surround(lambda: told.append("<"), lambda: told.append(">"))
        self.metronome.surround(lambda: 1 / 0, lambda: None)  # type: ignore[arg-type]
        self.metronome.join(lambda late: told.append("a"))
        self.metronome.join(lambda late: told.append("b"))
        self.clock.advance(0.02)
        self.assertEqual("".join(told).count("<ab>"), 1)
        self.assertTrue(self.flushLoggedErrors(ZeroDivisionError))

    def test_broken_listener(self) -> None:
        """
        A call that cannot take its tick does not take it from others.
        """
        self.metronome.join(lambda late: 1 / 0)  # type: ignore[arg-type]
        self.metronome.join(self.tick)
        self.clock.advance(0.02)
        self.assertEqual(len(self.late), 1)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
