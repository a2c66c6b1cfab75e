"""
Messages of the media WebSocket, seen from the service.

After "Audio streaming overview" in the call automation docs.  What is received
is read as the service reads it: names and kinds in any case, because the
SDKs and samples differ in that and all of them work.
"""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import msgspec

FRAME_MS = 20
FRAME_SECONDS = FRAME_MS / 1000
#: The docs say that a data packet may have so many bytes.
MAX_MESSAGE_BYTES = 64 * 1024

SAMPLE_RATES = {"pcm16kmono": 16000, "pcm24kmono": 24000}


@dataclass(frozen=True, kw_only=True)
class MediaOptions:
    """
    What was asked for when the call was answered.

    @ivar url: of the WebSocket; carries the peer's token.
    @ivar rate: Hz, 16000 or 24000.
    """

    url: str = field(repr=False)
    rate: int
    start: bool
    bidirectional: bool
    dtmf: bool
    unmixed: bool

    @property
    def frame_bytes(self) -> int:
        """
        Of 20 ms, 16 bit mono.
        """
        return self.rate * FRAME_MS // 1000 * 2


def media_options(given: dict[str, Any]) -> MediaOptions:
    """
    @param given: C{mediaStreamingOptions} of a request, already checked.
    """
    audio_format = given.get("audioFormat") or "pcm16KMono"
    return MediaOptions(
        url=given["transportUrl"],
        rate=SAMPLE_RATES[audio_format.lower()],
        start=bool(given.get("startMediaStreaming")),
        bidirectional=bool(given.get("enableBidirectional")),
        dtmf=bool(given.get("enableDtmfTones")),
        unmixed=given["audioChannelType"].lower() == "unmixed",
    )


def audio_metadata(subscription_id: str, options: MediaOptions) -> bytes:
    """
    @return: the first message.
    """
    return _dump(
        {
            "kind": "AudioMetadata",
            "audioMetadata": {
                "subscriptionId": subscription_id,
                "encoding": "PCM",
                "sampleRate": options.rate,
                "channels": 1,
                "length": options.frame_bytes,
            },
        }
    )


def audio_data(
    pcm: bytes, *, timestamp: str, silent: bool, participant: str | None
) -> bytes:
    """
    @param pcm: 20 ms, 16 bit little endian, mono.
    @param participant: raw id; only in unmixed streams.
    """
    # Built by hand: fifty times a second for each call.
    moment = timestamp.encode("ascii")
    if silent and pcm == silence(len(pcm)):
        return _HEAD + moment + _silent_tail(len(pcm), participant)
    tail = b'","silent":true}}' if silent else b'","silent":false}}'
    data = b2a_base64(pcm, newline=False)
    return _HEAD + moment + _between(participant) + data + tail


_HEAD = b'{"kind":"AudioData","audioData":{"timestamp":"'


@lru_cache(maxsize=1024)
def _between(participant: str | None) -> bytes:
    who = "" if participant is None else f',"participantRawID":"{participant}"'
    return f'"{who},"data":"'.encode("ascii")


@lru_cache(maxsize=64)
def _silent_tail(size: int, participant: str | None) -> bytes:
    return (
        _between(participant)
        + b2a_base64(bytes(size), newline=False)
        + (b'","silent":true}}')
    )


@lru_cache(maxsize=64)
def silence(size: int) -> bytes:
    """
    @return: so many bytes of it; made once.
    """
    return bytes(size)


def dtmf_data(key: str) -> bytes:
    """
    @param key: one of C{0123456789*#ABCD}.
    """
    return _dump({"kind": "DtmfData", "dtmfData": {"data": key}})


@dataclass(frozen=True)
class AudioReceived:
    """
    16 bit little endian, mono, to be queued.
    """

    pcm: bytes = field(repr=False)


@dataclass(frozen=True)
class StopReceived:
    """
    What is queued is to be dropped.
    """


@dataclass(frozen=True)
class Violation:
    """
    The message is not what the docs allow; the text says why.
    """

    reason: str


Received = AudioReceived | StopReceived | Violation


class _UpperAudio(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    Data: bytes
    Timestamp: str | None = None
    Participant: str | None = None
    IsSilent: bool | None = None


class _Upper(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    Kind: Literal["AudioData"]
    AudioData: _UpperAudio
    StopAudio: None = None


class _LowerAudio(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    data: bytes
    timestamp: str | None = None
    participantRawID: str | None = None
    isSilent: bool | None = None
    silent: bool | None = None


class _Lower(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    kind: Literal["AudioData", "audioData"]
    audioData: _LowerAudio
    stopAudio: None = None


_decode_upper = msgspec.json.Decoder(_Upper).decode
_decode_lower = msgspec.json.Decoder(_Lower).decode


def usual_audio(payload: bytes) -> bytes | None:
    """
    Read audio in one of the two spellings that nearly all applications use, in a
    third of the time of L{parse_received}.

    @return: the same audio as L{parse_received} finds in it; L{None} if that has
        to be asked.
    """
    if len(payload) > MAX_MESSAGE_BYTES:
        return None
    try:
        if payload.startswith(b'{"K'):
            pcm = _decode_upper(payload).AudioData.Data
        else:
            pcm = _decode_lower(payload).audioData.data
    except ValueError:
        return None
    return None if len(pcm) % 2 else pcm


def parse_received(payload: bytes, is_binary: bool) -> list[Received]:
    """
    @return: what the message means; an odd but usable one gives both a
        L{Violation} and its meaning.
    """
    if is_binary:
        return [Violation("a binary frame; messages are text frames with JSON")]
    try:
        message = msgspec.json.decode(payload)
    except ValueError:
        return [Violation("a message that is not JSON")]
    if not isinstance(message, dict):
        return [Violation("a message that is not an object")]
    lowered = {key.lower(): value for key, value in message.items()}
    kind = lowered.get("kind")
    if not isinstance(kind, str):
        return [Violation("a message without kind")]
    found: list[Received] = []
    if len(payload) > MAX_MESSAGE_BYTES:
        found.append(Violation(f"a message of more than {MAX_MESSAGE_BYTES} bytes"))
    match kind.lower():
        case "audiodata":
            found.append(_audio(lowered.get("audiodata")))
        case "stopaudio":
            found.append(StopReceived())
        case _:
            found.append(Violation(f"a message of unknown kind {kind[:40]!r}"))
    return found


def _audio(body: object) -> Received:
    if not isinstance(body, dict):
        return Violation("AudioData without its audioData object")
    data = {key.lower(): value for key, value in body.items()}.get("data")
    if not isinstance(data, str):
        return Violation("AudioData without data")
    try:
        pcm = a2b_base64(data, strict_mode=True)
    except ValueError:
        return Violation("audio that is not base64")
    if len(pcm) % 2:
        return Violation("audio that is not whole 16 bit samples")
    return AudioReceived(pcm)


def _dump(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode("ascii")
