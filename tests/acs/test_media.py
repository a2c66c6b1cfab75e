"""
Tests for L{acsgw.acs.media}.
"""

from __future__ import annotations

import contextlib
import json
from base64 import b64encode

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.acs.media import (
    DigitPressed,
    MediaSession,
    StreamStarted,
    Unknown,
)
from acsgw.errors import MediaProtocolError


def message(kind: str, name: str, **body: object) -> bytes:
    return json.dumps({"kind": kind, name: body}).encode()


METADATA = message(
    "AudioMetadata",
    "audioMetadata",
    subscriptionId="9c2d6e1a-0b7c-4a51-8d0e-1f2a3b4c5d6e",
    encoding="PCM",
    sampleRate=16000,
    channels=1,
    length=640,
)


def audio(pcm: bytes, **more: object) -> bytes:
    return message("AudioData", "audioData", data=b64encode(pcm).decode(), **more)


def digit(data: object) -> bytes:
    return message("DtmfData", "dtmfData", data=data)


class ReceiveTests(SynchronousTestCase):
    """
    What the service sends.
    """

    def setUp(self) -> None:
        self.session = MediaSession()

    def start(self) -> None:
        self.session.receive(METADATA)

    def refused(self, *texts: bytes) -> str:
        """
        @return: why the last is refused, by a new session.
        """
        session = MediaSession()
        for text in texts[:-1]:
            session.receive(text)
        with self.assertRaises(MediaProtocolError) as caught:
            session.receive(texts[-1])
        return str(caught.exception)

    def test_metadata(self) -> None:
        """
        The first message tells the rate: one of the two that exist.
        """
        self.assertEqual(self.session.receive(METADATA), StreamStarted(16000))
        fast = METADATA.replace(b"16000", b"24000")
        self.assertEqual(MediaSession().receive(fast), StreamStarted(24000))

    def test_audio(self) -> None:
        """
        Audio comes with who speaks and whether it is silence, or without; silence
        is audio too.
        """
        self.start()
        for more in (
            {},
            {"silent": True},
            {
                "timestamp": "2025-06-17T17:20:35.925Z",
                "participantRawID": "4:+14255550123",
                "silent": False,
            },
            {"participantRawID": None},
        ):
            event = self.session.receive(audio(b"\1\2" * 320, **more))
            self.assertEqual(event, b"\1\2" * 320)

    def test_digits(self) -> None:
        """
        Keys come as digits, or as the words that the events use.
        """
        self.start()
        for sent, key in (
            *((key, key) for key in "0123456789*#ABCD"),
            ("a", "A"),
            ("zero", "0"),
            ("Nine", "9"),
            ("asterisk", "*"),
            ("star", "*"),
            ("pound", "#"),
            ("hash", "#"),
        ):
            self.assertEqual(self.session.receive(digit(sent)), DigitPressed(key))

    def test_digit_is_not_shown(self) -> None:
        """
        A key may be part of a secret: it is not in what a log would show.
        """
        self.assertNotIn("7", repr(DigitPressed("7")))

    def test_unknown_kinds(self) -> None:
        """
        Kinds that we do not know are passed over, before the metadata too; their
        names are cut.
        """
        self.assertEqual(
            self.session.receive(b'{"kind":"DtmfMetadata","dtmfMetadata":{}}'),
            Unknown("DtmfMetadata"),
        )
        self.assertEqual(
            self.session.receive(b'{"kind":"%s"}' % (b"x" * 1000)), Unknown("x" * 40)
        )

    def test_order(self) -> None:
        """
        The metadata come first, and once.
        """
        self.assertEqual(self.refused(audio(b"\1\2")), "AudioData before AudioMetadata")
        self.assertEqual(self.refused(digit("1")), "DtmfData before AudioMetadata")
        self.assertEqual(self.refused(METADATA, METADATA), "AudioMetadata twice")

    def test_bad_metadata(self) -> None:
        """
        A stream that is not 16 bit mono at a known rate is refused.
        """
        for changes in (
            {"sampleRate": 8000},
            {"sampleRate": "16000"},
            {"sampleRate": None},
            {"sampleRate": 16000.5},
            {"sampleRate": 16000, "channels": 2},
            {"sampleRate": 16000, "encoding": "MULAW"},
            {"sampleRate": 16000, "encoding": None},
            {},
        ):
            self.refused(message("AudioMetadata", "audioMetadata", **changes))

    def test_bad_audio(self) -> None:
        """
        Audio that is not base64 of whole samples is refused.
        """
        for data in ("AQI", "A$I=", "AQ==", "AQI=AQI=", " AQI=", 7, None, ["AQI="]):
            self.refused(METADATA, message("AudioData", "audioData", data=data))
        self.refused(METADATA, message("AudioData", "audioData"))

    def test_bad_digits(self) -> None:
        """
        What is no key of a telephone is refused, and not repeated in the text.
        """
        for data in ("", "12", "E", "ten", "\uff11", 5, None):
            reason = self.refused(METADATA, digit(data))
            self.assertNotIn("ten", reason)

    def test_junk(self) -> None:
        """
        What is no message at all is refused, with a reason that fits a close frame.
        """
        for junk in (
            b"",
            b"x",
            b"[]",
            b"null",
            b'"AudioData"',
            b"{}",
            b'{"kind":null}',
            b'{"kind":7}',
            b'{"Kind":"AudioData"}',
            b'{"kind":"AudioData"}',
            b'{"kind":"AudioData","audioData":null}',
            b'{"kind":"AudioData","audioData":[]}',
            b'{"kind":"AudioMetadata"}',
            b'{"kind":"DtmfData"}',
            b'{"kind":"AudioData"',
            b'{"kind":"\xff"}',
            b'{"kind":"\\ud800"}',
            b"\xef\xbb\xbf{}",
            METADATA + METADATA,
            b'{"kind":"X","y":' + b"[" * 20000 + b"]" * 20000 + b"}",
        ):
            reason = self.refused(junk)
            self.assertLessEqual(len(reason.encode()), 120)

    @given(
        st.one_of(
            st.binary(max_size=200),
            st.dictionaries(
                st.sampled_from(["kind", "audioData", "dtmfData", "audioMetadata"]),
                st.recursive(
                    st.none()
                    | st.integers()
                    | st.text(max_size=10)
                    | st.sampled_from(["AudioData", "AudioMetadata", "DtmfData"]),
                    lambda inner: st.dictionaries(
                        st.sampled_from(["data", "sampleRate", "channels"]), inner
                    ),
                    max_leaves=4,
                ),
            ).map(lambda value: json.dumps(value).encode()),
        )
    )
    @settings(derandomize=True, deadline=None, max_examples=200, database=None)
    def test_anything(self, text: bytes) -> None:
        """
        Whatever comes is an event or a protocol error, never an error of ours.
        """
        for session in (MediaSession(), self.session):
            with contextlib.suppress(MediaProtocolError):  # the second time
                session.receive(METADATA)
            try:
                session.receive(text)
            except MediaProtocolError as e:
                self.assertTrue(str(e))


class SpeakTests(SynchronousTestCase):
    """
    What we send.
    """

    def test_audio(self) -> None:
        """
        Audio goes out in the form of the service's documents.
        """
        self.assertEqual(
            json.loads(MediaSession().speak(b"\1\2")),
            {"Kind": "AudioData", "AudioData": {"Data": "AQI="}, "StopAudio": None},
        )

    def test_stop(self) -> None:
        """
        So does the message that drops what was not played.
        """
        self.assertEqual(
            json.loads(MediaSession().stop_speaking()),
            {"Kind": "StopAudio", "AudioData": None, "StopAudio": {}},
        )
