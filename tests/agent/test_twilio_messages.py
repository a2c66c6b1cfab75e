"""
Tests for L{acsgw.agent.twilio.messages}.
"""

from __future__ import annotations

from json import loads

from twisted.trial.unittest import SynchronousTestCase

from acsgw.agent.twilio.messages import Clear, Mark, Media, StreamWriter, parse

STREAM, ACCOUNT, CALL = "MZ" + "1" * 32, "AC" + "2" * 32, "CA" + "3" * 32


class WriterTests(SynchronousTestCase):
    """
    Our messages are those of Twilio's page, field by field and type by type.
    """

    def setUp(self) -> None:
        self.writer = StreamWriter(STREAM, ACCOUNT, CALL)

    def test_connected(self) -> None:
        """
        The first message has neither stream nor number.
        """
        self.assertEqual(
            self.writer.connected(),
            b'{"event":"connected","protocol":"Call","version":"1.0.0"}',
        )

    def test_start(self) -> None:
        """
        The start is number 1 and has all identifiers, the format and parameters.
        """
        self.assertEqual(
            loads(self.writer.start({"customerId": "C-42", "taskName": "billing"})),
            {
                "event": "start",
                "sequenceNumber": "1",
                "start": {
                    "accountSid": ACCOUNT,
                    "streamSid": STREAM,
                    "callSid": CALL,
                    "tracks": ["inbound"],
                    "mediaFormat": {
                        "encoding": "audio/x-mulaw",
                        "sampleRate": 8000,
                        "channels": 1,
                    },
                    "customParameters": {"customerId": "C-42", "taskName": "billing"},
                },
                "streamSid": STREAM,
            },
        )

    def test_media(self) -> None:
        """
        Chunks are counted from 1 and timed by the samples before them; all numbers
        are texts.
        """
        self.writer.start({})
        self.writer.media(b"\xff" * 160)
        self.assertEqual(
            loads(self.writer.media(b"\xff\x7f\x00")),
            {
                "event": "media",
                "sequenceNumber": "3",
                "media": {
                    "track": "inbound",
                    "chunk": "2",
                    "timestamp": "20",
                    "payload": "/38A",
                },
                "streamSid": STREAM,
            },
        )

    def test_others(self) -> None:
        """
        Keys, marks and the stop are counted with the rest, not as chunks.
        """
        self.writer.start({})
        self.assertEqual(
            [
                loads(message)
                for message in (
                    self.writer.dtmf("#"),
                    self.writer.mark('m"1'),
                    self.writer.media(b"\xff"),
                    self.writer.stop(),
                )
            ],
            [
                {
                    "event": "dtmf",
                    "sequenceNumber": "2",
                    "dtmf": {"track": "inbound_track", "digit": "#"},
                    "streamSid": STREAM,
                },
                {
                    "event": "mark",
                    "sequenceNumber": "3",
                    "mark": {"name": 'm"1'},
                    "streamSid": STREAM,
                },
                {
                    "event": "media",
                    "sequenceNumber": "4",
                    "media": {
                        "track": "inbound",
                        "chunk": "1",
                        "timestamp": "0",
                        "payload": "/w==",
                    },
                    "streamSid": STREAM,
                },
                {
                    "event": "stop",
                    "sequenceNumber": "5",
                    "stop": {"accountSid": ACCOUNT, "callSid": CALL},
                    "streamSid": STREAM,
                },
            ],
        )

    def test_size(self) -> None:
        """
        A frame of 20 ms is no longer on the wire than it need be.
        """
        self.assertLess(len(self.writer.media(bytes(160))), 400)


class ParseTests(SynchronousTestCase):
    """
    Tests for L{parse}.
    """

    def test_messages(self) -> None:
        """
        The three messages of agents are understood, with fields in any order and
        more of them than need be.
        """
        media = parse(b'{"event":"media","streamSid":"S","media":{"payload":"/38A"}}')
        assert isinstance(media, Media)
        self.assertEqual((media.stream_sid, media.media.payload), ("S", b"\xff\x7f\0"))
        mark = parse(b'{"mark":{"name":"a:1"},"streamSid":"S","event":"mark"}')
        assert isinstance(mark, Mark)
        self.assertEqual(mark.mark.name, "a:1")
        clear = parse(b'{"event":"clear","streamSid":"S","more":[1,{}]}')
        self.assertIsInstance(clear, Clear)

    def test_wrong(self) -> None:
        """
        What is none of them is refused with a reason, not with other errors.
        """
        for message in (
            *(b"", b"{", b"\xff\xfe", b"[]", b"7", b'"media"', b"{}"),
            *(b'{"event":"media"}', b'{"event":"media","streamSid":"S"}'),
            b'{"event":"media","streamSid":"S","media":{"payload":"?"}}',
            b'{"event":"media","streamSid":"S","media":{"payload":"/38"}}',
            b'{"event":"media","streamSid":"S","media":{"payload":null}}',
            b'{"event":"mark","streamSid":"S","mark":{"name":1}}',
            b'{"event":"start","streamSid":"S"}',
            b'{"event":"clear"}',
        ):
            with self.assertRaises(ValueError) as caught:
                parse(message)
            self.assertTrue(str(caught.exception), message)
