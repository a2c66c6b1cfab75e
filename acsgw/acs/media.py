"""
The messages of the media WebSocket: text in, events out; audio in, text out.

Source: Microsoft Learn, "Audio streaming overview" and "Bidirectional audio
streaming" (Azure Communication Services, Call Automation).  What the service sends
has camelCase names and a PascalCase C{kind}; what we send has the PascalCase names
of the same pages.
"""

from __future__ import annotations

from binascii import b2a_base64
from dataclasses import dataclass, field

import msgspec

from ..errors import MediaProtocolError

#: C{audioFormat} pcm16KMono and pcm24KMono: there are no others.
SAMPLE_RATES = frozenset({16000, 24000})

# Digits are documented; star and hash are not, and events spell all as words.
_NUMBER_WORDS = (
    *("zero", "one", "two", "three", "four"),
    *("five", "six", "seven", "eight", "nine"),
)
_DIGITS = {
    **{key.lower(): key for key in "0123456789*#ABCD"},
    **{word: str(number) for number, word in enumerate(_NUMBER_WORDS)},
    "asterisk": "*",
    "star": "*",
    "pound": "#",
    "hash": "#",
}


@dataclass(frozen=True)
class StreamStarted:
    """The first message: what the audio will look like."""

    sample_rate: int


@dataclass(frozen=True)
class DigitPressed:
    """The caller pressed a key: one of C{0-9 * # A-D}."""

    digit: str = field(repr=False)


@dataclass(frozen=True)
class Unknown:
    """A message of a kind that we do not know: passed over."""

    kind: str


#: Bytes are audio of the caller: 16 bit little endian samples.
MediaEvent = bytes | StreamStarted | DigitPressed | Unknown


class _Metadata(msgspec.Struct):
    sampleRate: int
    channels: int = 1
    encoding: str = "PCM"


class _Audio(msgspec.Struct):
    data: bytes  # msgspec decodes base64 strictly


class _Dtmf(msgspec.Struct):
    data: str


class _Message(msgspec.Struct):
    kind: str
    audioMetadata: _Metadata | None = None
    audioData: _Audio | None = None
    dtmfData: _Dtmf | None = None


_decoder = msgspec.json.Decoder(_Message)


class MediaSession:
    """
    One media stream, without its socket.
    """

    __slots__ = ("_started",)

    def __init__(self) -> None:
        self._started = False

    def receive(self, text: bytes) -> MediaEvent:
        """
        @raise MediaProtocolError: close the connection with its text.
        """
        try:
            message = _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
            raise MediaProtocolError(f"not a media message: {_brief(e)}") from None
        audio = message.audioData
        if audio is not None and message.kind == "AudioData":
            if not self._started:
                raise MediaProtocolError("AudioData before AudioMetadata")
            if len(audio.data) % 2:
                raise MediaProtocolError("audio is not whole 16 bit samples")
            return audio.data
        match message.kind:
            case "AudioMetadata" if message.audioMetadata is not None:
                return self._metadata(message.audioMetadata)
            case "DtmfData" if message.dtmfData is not None:
                return self._dtmf(message.dtmfData)
            case "AudioData" | "AudioMetadata" | "DtmfData" as kind:
                raise MediaProtocolError(f"{kind} without its body")
            case kind:
                return Unknown(kind[:40])

    def speak(self, pcm: bytes) -> bytes:
        """
        @param pcm: 16 bit mono at the rate of the stream; at most 64 KB.

        @return: the message that plays it to the caller.
        """
        return _AUDIO_HEAD + b2a_base64(pcm, newline=False) + _AUDIO_TAIL

    def stop_speaking(self) -> bytes:
        """
        @return: the message that drops audio not played yet (barge-in).
        """
        return _STOP

    def _metadata(self, metadata: _Metadata) -> StreamStarted:
        if self._started:
            raise MediaProtocolError("AudioMetadata twice")
        rate = metadata.sampleRate
        if rate not in SAMPLE_RATES:
            raise MediaProtocolError(f"sample rate {rate} is not 16000 or 24000")
        if metadata.channels != 1 or metadata.encoding.upper() != "PCM":
            raise MediaProtocolError("audio is not mono PCM")
        self._started = True
        return StreamStarted(rate)

    def _dtmf(self, dtmf: _Dtmf) -> DigitPressed:
        if not self._started:
            raise MediaProtocolError("DtmfData before AudioMetadata")
        digit = _DIGITS.get(dtmf.data.lower())
        if digit is None:
            raise MediaProtocolError("DtmfData is not a key of a telephone")
        return DigitPressed(digit)


_AUDIO_HEAD = b'{"Kind":"AudioData","AudioData":{"Data":"'
_AUDIO_TAIL = b'"},"StopAudio":null}'
_STOP = b'{"Kind":"StopAudio","AudioData":null,"StopAudio":{}}'


def _brief(error: Exception) -> str:
    """
    @return: what is wrong and where, without what was sent; short enough for the
        123 bytes of a close reason.
    """
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return str(error)[:80]
