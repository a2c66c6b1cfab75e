"""
Recordings of calls as WAV files, in temporary storage.
"""

from __future__ import annotations

import os
import re
from typing import BinaryIO, Protocol
from urllib.parse import unquote

import numpy as np
from twisted.web.iweb import IRequest

from ..errors import no_such_operation, recording_not_found
from ..model.hmac_auth import SignedRequest
from ..model.recordings import RATE, RecordingRequest, byte_range, wav_header
from .rest_gate import Passage
from .sounds import mix

#: Written at once: a second, mono.
_CHUNK = RATE * 2


class RecordingFile:
    """
    Mixed, or with a channel for each participant.
    """

    def __init__(self, file: BinaryIO, request: RecordingRequest) -> None:
        """
        @param file: empty; is closed with this.
        """
        self._file = file
        self._request = request
        self._waiting = bytearray()
        self._size = 0

    @property
    def seconds(self) -> float:
        """
        How long it is.
        """
        return self._size / (RATE * 2 * max(1, self._request.channels))

    def write(self, caller: bytes, service: bytes) -> None:
        """
        Both are 16 bit little endian mono at L{RATE}, of the same length.
        """
        request = self._request
        if not request.channels:
            both = mix(caller, service)
        else:
            frames = np.zeros((len(caller) // 2, request.channels), "<i2")
            frames[:, request.caller] = np.frombuffer(caller, "<i2")
            frames[:, request.service] = np.frombuffer(service, "<i2")
            both = frames.tobytes()
        self._size += len(both)
        self._waiting += both
        if len(self._waiting) >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        self._file.seek(0, os.SEEK_END)
        self._file.write(self._waiting)
        self._waiting.clear()

    @property
    def _header(self) -> bytes:
        return wav_header(max(1, self._request.channels), self._size)

    @property
    def size(self) -> int:
        """
        In bytes, as a WAV.
        """
        return len(self._header) + self._size

    def read(self, begin: int, count: int) -> bytes:
        """
        @return: a part of the WAV.
        """
        self._flush()
        header = self._header
        head = header[begin : begin + count]
        self._file.seek(max(0, begin - len(header)))
        return head + self._file.read(count - len(head))

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
        match = re.fullmatch(r"/recordings/([^/]+)/content", path)
        if match is None:
            raise recording_not_found()
        recording_id = unquote(match[1])
        operation = recording_operation(signed)
        if operation == "download":
            return self._download(request, recording_id)
        if operation != "delete":
            raise no_such_operation(405, f"{signed.method} is not allowed here.")
        if not self._files.delete(recording_id):
            raise recording_not_found()
        return b""

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
