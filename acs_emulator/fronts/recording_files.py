"""
Recordings of calls as WAV files, in temporary storage.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any, BinaryIO, Protocol
from urllib.parse import unquote

import numpy as np
from twisted.web.iweb import IRequest

from ..errors import no_such_operation, recording_not_found
from ..model.hmac_auth import SignedRequest
from ..model.media_messages import FRAME_MS
from ..model.mixing import Voice, mixed
from ..model.recording_channels import MOST_CHANNELS, Channels
from ..model.recordings import RATE, byte_range, wav_header
from .rest_gate import Passage
from .signed_requests import write_json
from .sounds import mix

#: Written at once: a second, mono.
_CHUNK = RATE * 2


class RecordingFile:
    """
    Mixed, or with a channel for each participant.  While it is written all channels
    that there can be are kept: who comes later gets one of his own.
    """

    def __init__(self, file: BinaryIO, channels: Channels | None) -> None:
        """
        @param file: empty; is closed with this.
        @param channels: L{None} is mixed.
        """
        self._file = file
        self._channels = channels
        self._kept = 1 if channels is None else MOST_CHANNELS
        self._waiting = bytearray()
        self._frames = 0

    @property
    def seconds(self) -> float:
        """
        How long it is.
        """
        return self._frames / RATE

    @property
    def channels(self) -> int:
        """
        How many the WAV has.
        """
        return 1 if self._channels is None else self._channels.count

    def write(self, said: Sequence[Voice], heard: Sequence[Voice]) -> None:
        """
        @param said: 20 ms of phones.
        @param heard: the same 20 ms of applications and prompts.
        """
        if self._channels is None:
            both = mix(mixed(said, RATE), mixed(heard, RATE))
        else:
            both = self._apart(self._channels, [*said, *heard])
        self._frames += RATE * FRAME_MS // 1000
        self._waiting += both
        if len(self._waiting) >= _CHUNK * self._kept:
            self._flush()

    def _apart(self, channels: Channels, voices: Sequence[Voice]) -> bytes:
        frames = np.zeros((RATE * FRAME_MS // 1000, self._kept), "<i2")
        for raw_id in dict.fromkeys(voice.raw_id for voice in voices):
            place = channels.place_of(raw_id)
            if place is not None:
                own = [voice for voice in voices if voice.raw_id == raw_id]
                frames[:, place] = np.frombuffer(mixed(own, RATE), "<i2")
        return frames.tobytes()

    def _flush(self) -> None:
        self._file.seek(0, os.SEEK_END)
        self._file.write(self._waiting)
        self._waiting.clear()

    @property
    def _header(self) -> bytes:
        return wav_header(self.channels, self._frames * 2 * self.channels)

    @property
    def size(self) -> int:
        """
        In bytes, as a WAV.
        """
        return len(self._header) + self._frames * 2 * self.channels

    def read(self, begin: int, count: int) -> bytes:
        """
        @return: a part of the WAV.
        """
        self._flush()
        header = self._header
        head = header[begin : begin + count]
        return head + self._samples(max(0, begin - len(header)), count - len(head))

    def _samples(self, begin: int, count: int) -> bytes:
        """
        @return: so many bytes, from a place on, of the channels that are used.
        """
        width = 2 * self.channels
        first, last = begin // width, -(-(begin + count) // width)
        self._file.seek(first * 2 * self._kept)
        kept = self._file.read((last - first) * 2 * self._kept)
        samples = np.frombuffer(kept, "<i2").reshape(-1, self._kept)
        used = samples[:, : self.channels].tobytes()
        return used[begin - first * width :][:count]

    def close(self) -> None:
        """
        It is not wanted any more.
        """
        self._file.close()


class RecordingFiles(Protocol):
    """
    Who keeps the files.
    """

    def file(self, recording_id: str) -> RecordingFile | None: ...
    def metadata(self, recording_id: str) -> dict[str, Any] | None: ...
    def delete(self, recording_id: str) -> bool: ...


def recording_operation(signed: SignedRequest) -> str:
    """
    @return: short name of what is asked for.
    """
    return {"GET": "download", "HEAD": "download", "DELETE": "delete"}.get(
        signed.method, ""
    )


class RecordingFront:
    """
    Gives files out, and deletes them.  The address holds the id of the recording,
    which nobody can guess, and takes no signature: the SDKs would send one to
    Microsoft's own hosts only.
    """

    def __init__(self, files: RecordingFiles) -> None:
        self._files = files

    def serve(
        self, request: IRequest, signed: SignedRequest, passage: Passage
    ) -> bytes:
        """
        @raise Refusal: if there is no such file, or nothing that can be done
            with it.
        """
        path = signed.target.partition("?")[0]
        match = re.fullmatch(r"/recordings/([^/]+)(/content(/acsmetadata)?)?", path)
        if match is None:
            raise recording_not_found()
        recording_id = unquote(match[1])
        operation = recording_operation(signed)
        if operation == "download" and match[3]:
            return self._metadata(request, recording_id)
        if operation == "download" and match[2]:
            return self._download(request, recording_id)
        if operation != "delete" or match[3]:
            raise no_such_operation(405, f"{signed.method} is not allowed here.")
        if not self._files.delete(recording_id):
            raise recording_not_found()
        return b""

    def _metadata(self, request: IRequest, recording_id: str) -> bytes:
        found = self._files.metadata(recording_id)
        if found is None:
            raise recording_not_found()
        return write_json(request, 200, found)

    def _download(self, request: IRequest, recording_id: str) -> bytes:
        file = self._files.file(recording_id)
        if file is None:
            raise recording_not_found()
        size = file.size
        part = byte_range(request.getHeader("range"), size)
        request.setHeader("Accept-Ranges", "bytes")
        if part is None:
            request.setResponseCode(416)
            request.setHeader("Content-Range", f"bytes */{size}")
            return b""
        begin, count = part
        request.setHeader("Content-Type", "audio/wav")
        if (begin, count) != (0, size):
            request.setResponseCode(206)
            last = begin + count - 1
            request.setHeader("Content-Range", f"bytes {begin}-{last}/{size}")
        return file.read(begin, count)
