"""
Tests for L{benchmarks.media.frames}.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from acsgw.acs.media import MediaSession, StreamStarted
from acsgw.audio.g711 import mulaw_to_pcm, pcm_to_mulaw
from acsgw.audio.resample import Resampler
from benchmarks.media.frames import (
    FRAME_BYTES,
    METADATA,
    TONED_FRAMES,
    Marking,
    Numbered,
    Silent,
    Toned,
    Unreadable,
    audio_of,
    message,
    read_tag,
    stamp,
    tone_file,
)
from benchmarks.media.peers.wire import audio_message, pcm_of


class MessageTests(SynchronousTestCase):
    """
    Tests for the messages of both sides.
    """

    def test_the_gateway_takes_them(self) -> None:
        """
        What the generator sends is what the gateway expects of Azure.
        """
        session = MediaSession()
        self.assertEqual(session.receive(METADATA), StreamStarted(16000))
        data = Numbered(7).data(3)
        heard = session.receive(message(stamp(0.5), data))
        self.assertEqual(heard, b64decode(data))

    def test_peers_take_them(self) -> None:
        """
        The peers find the audio, and pass over what is none.
        """
        data = Numbered(7).data(3)
        self.assertEqual(pcm_of(message(stamp(0), data)), b64decode(data))
        self.assertIsNone(pcm_of(METADATA))

    def test_stamp(self) -> None:
        """
        Time is told as Azure does, in UTC with milliseconds.
        """
        self.assertEqual(stamp(1700000000.25), b"2023-11-14T22:13:20.250Z")

    def test_audio_of_the_gateway(self) -> None:
        """
        The audio is found in what the gateway sends.
        """
        pcm = bytes(FRAME_BYTES)
        self.assertEqual(audio_of(MediaSession().speak(pcm)), b64encode(pcm))

    def test_audio_of_peers(self) -> None:
        """
        It is found with blanks between, and whatever the case of the names.
        """
        pcm = b"\x01\x02\x03"
        self.assertEqual(audio_of(audio_message(pcm).encode()), b64encode(pcm))
        small = json.dumps({"audioData": {"data": "AQID"}}, separators=(",", ":"))
        self.assertEqual(audio_of(small.encode()), b"AQID")

    def test_no_audio(self) -> None:
        """
        Other messages have none.
        """
        self.assertIsNone(audio_of(MediaSession().stop_speaking()))


class NumberedTests(SynchronousTestCase):
    """
    Tests for L{Numbered}.
    """

    def test_frame(self) -> None:
        """
        A frame has 20 ms, and says its number and call to whoever hears it.
        """
        pcm = b64decode(Numbered(7).data(70000))
        self.assertEqual(len(pcm), FRAME_BYTES)
        self.assertEqual(read_tag(pcm), (70000, 7))

    def test_comes_back(self) -> None:
        """
        The number is told from what comes back.
        """
        marking = Numbered(7)
        self.assertEqual(marking.number(marking.data(41), 42), 41)

    def test_not_what_was_sent(self) -> None:
        """
        Audio of another call, of the future, changed or cut short is not counted.
        """
        marking = Numbered(7)
        good = marking.data(41)
        strange = [Numbered(8).data(41), marking.data(42), good[:-1] + b"!"]
        for data in (*strange, good[:-4], good[:4], b"", b"*" * 8):
            self.assertRaises(Unreadable, marking.number, data, 42)

    def test_too_short(self) -> None:
        """
        A piece of a frame has no number.
        """
        self.assertRaises(ValueError, read_tag, b"12345")


class TonedTests(SynchronousTestCase):
    """
    Tests for L{Toned}.
    """

    def test_comes_back(self) -> None:
        """
        Each frame is told from all others, the latest of its kind is meant.
        """
        marking = Toned()
        for number in range(TONED_FRAMES + 3):
            data = marking.data(number)
            self.assertEqual(marking.number(data, number + 1), number)
            self.assertEqual(marking.number(data, number + 50), number)

    def test_through_the_telephone(self) -> None:
        """
        Frames are told after mu-law at 8 kHz and back, as an agent's echo has them.
        """
        self.check(Toned(), shift=0)

    def test_moved(self) -> None:
        """
        They are told if they come as much later as two filters make them (6.5 ms), 3 ms
        more, or not later at all.
        """
        for shift in (-104, 48):
            self.check(Toned(), shift=shift)

    def check(self, marking: Marking, shift: int) -> None:
        """
        @param shift: samples by which all comes later than by the filters.
        """
        numbers = range(2 * TONED_FRAMES)
        sent = b"".join(b64decode(marking.data(number)) for number in numbers)
        down, up = Resampler(16000, 8000), Resampler(8000, 16000)
        mulaw = pcm_to_mulaw(down.feed(sent + bytes(FRAME_BYTES)))
        back = np.frombuffer(up.feed(mulaw_to_pcm(mulaw)), "<i2")
        back = np.roll(back, shift)
        for number in list(numbers)[1:-1]:
            frame = back[number * 320 : number * 320 + 320].tobytes()
            told = marking.number(b64encode(frame), number + 1)
            self.assertEqual(told, number)

    def test_not_what_was_sent(self) -> None:
        """
        Silence, noise between tones, pieces, and frames before the first do not count.
        """
        marking = Toned()
        half = np.frombuffer(b64decode(marking.data(170)), "<i2") // 2
        for data in (b64encode(half.tobytes()), marking.data(3)[:-4], b"A"):
            self.assertRaises(Unreadable, marking.number, data, 200)
        self.assertRaises(Unreadable, marking.number, marking.data(9), 5)
        silence = b64encode(bytes(FRAME_BYTES))
        self.assertRaises(Silent, marking.number, silence, 5000)

    def test_file_for_the_generator(self) -> None:
        """
        The generator in C++ gets the numbers it needs, what to listen with, and all
        frames.
        """
        data = tone_file()
        frames, first, listened, tones = np.frombuffer(data[:16], "<u4").tolist()
        self.assertEqual((frames, tones), (TONED_FRAMES, 12))
        self.assertLessEqual(first + listened, 320)
        texts = data[16 + listened * tones * 2 * 4 :]
        self.assertEqual(len(texts), frames * 856)
        self.assertEqual(texts[7 * 856 : 8 * 856], Toned().data(7))
