"""
Messages of the media WebSocket, seen from the service.

After "Audio streaming overview" in the call automation docs.  What is received
is read as the service reads it: names and kinds in any case, because the
SDKs and samples differ in that and all of them work.
"""

from __future__ import annotations

import json
from base64 import b64encode
from binascii import a2b_base64
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

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
    who = "" if participant is None else f'"participantRawID":"{participant}",'
    head = f'{{"kind":"AudioData","audioData":{{"timestamp":"{timestamp}",{who}"data":"'
    tail = '","silent":true}}' if silent else '","silent":false}}'
    zeros, encoded = _silence(len(pcm))
    data = encoded if silent and pcm == zeros else b64encode(pcm)
    return head.encode("ascii") + data + tail.encode("ascii")


@lru_cache(maxsize=8)
def _silence(size: int) -> tuple[bytes, bytes]:
    return bytes(size), b64encode(bytes(size))


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
