"""
The messages of Twilio's Media Streams, made and parsed.

Sources: Twilio's pages "Media Streams - WebSocket Messages" and C{<Stream>}, and its
error pages 31950 and 31951 (what happens to messages that are wrong).
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Mapping

import msgspec

#: Of all audio here, in Hz; mono mu-law, one byte a sample.
RATE = 8000

#: Bytes and milliseconds of one C{media} message of ours.
CHUNK_BYTES = 160
CHUNK_MS = 20

#: What C{dtmf} may carry.
DIGITS = frozenset("0123456789*#")

_MEDIA = (
    b'{"event":"media","sequenceNumber":"%d","media":{"track":"inbound",'
    b'"chunk":"%d","timestamp":"%d","payload":"%b"},"streamSid":"%b"}'
)


class StreamWriter:
    """
    Makes our messages: C{connected}, C{start}, then the others in any order.

    Numbers are counted here: of all messages from C{start} on, and of chunks.
    """

    __slots__ = (
        "_account_sid",
        "_call_sid",
        "_chunk",
        "_samples",
        "_sequence",
        "_sid",
        "stream_sid",
    )

    def __init__(self, stream_sid: str, account_sid: str, call_sid: str) -> None:
        """
        @param stream_sid: C{MZ} and 32 hexadecimal digits; C{AC} and C{CA} for the
            others.
        """
        self.stream_sid = stream_sid
        self._account_sid = account_sid
        self._call_sid = call_sid
        self._sid = stream_sid.encode()
        self._sequence = 0
        self._chunk = 0
        self._samples = 0

    def connected(self) -> bytes:
        return _json({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def start(self, parameters: Mapping[str, str]) -> bytes:
        """
        @param parameters: the C{customParameters}.
        """
        start = {
            "accountSid": self._account_sid,
            "streamSid": self.stream_sid,
            "callSid": self._call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {
                "encoding": "audio/x-mulaw",
                "sampleRate": RATE,
                "channels": 1,
            },
            "customParameters": dict(parameters),
        }
        return self._message("start", start)

    def media(self, mulaw: bytes) -> bytes:
        """
        A piece of the caller's voice; its time follows from what was sent before.
        """
        self._sequence += 1
        self._chunk += 1
        timestamp = self._samples * 1000 // RATE
        self._samples += len(mulaw)
        return _MEDIA % (
            self._sequence,
            self._chunk,
            timestamp,
            b2a_base64(mulaw, newline=False),
            self._sid,
        )

    def dtmf(self, digit: str) -> bytes:
        """
        @param digit: one of L{DIGITS}.
        """
        return self._message("dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> bytes:
        """
        What the agent marked has been heard, or cleared.
        """
        return self._message("mark", {"name": name})

    def stop(self) -> bytes:
        return self._message(
            "stop", {"accountSid": self._account_sid, "callSid": self._call_sid}
        )

    def _message(self, event: str, content: Mapping[str, object]) -> bytes:
        self._sequence += 1
        return _json(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                event: content,
                "streamSid": self.stream_sid,
            }
        )


_json = msgspec.json.encode


class _Payload(msgspec.Struct):
    payload: bytes


class _Name(msgspec.Struct):
    name: str


class Media(msgspec.Struct, tag_field="event", tag="media", rename="camel"):
    """
    The agent speaks: mu-law of any length.
    """

    stream_sid: str
    media: _Payload


class Mark(msgspec.Struct, tag_field="event", tag="mark", rename="camel"):
    """
    The agent wants to hear when all before this has been played.
    """

    stream_sid: str
    mark: _Name


class Clear(msgspec.Struct, tag_field="event", tag="clear", rename="camel"):
    """
    Barge-in: what has not been played is not to be.
    """

    stream_sid: str


Received = Media | Mark | Clear

_DECODER: msgspec.json.Decoder[Received] = msgspec.json.Decoder(Received)


def parse(message: bytes) -> Received:
    """
    @raise ValueError: if it is none of the agent's messages; says why, and nothing
        of the audio.
    """
    try:
        return _DECODER.decode(message)
    except msgspec.ValidationError as e:
        raise ValueError(str(e)[:200]) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ValueError("it is not JSON") from None
