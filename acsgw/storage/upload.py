"""
One upload, from the folder to the store.  It blocks, and runs in a thread.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import BinaryIO

from ..errors import AcsgwError, UploadStopped
from ..interfaces import IObjectStore, Parcel
from .names import NOBODY, TYPES, Facts, object_name, sidecar_name
from .options import UploadOptions
from .spool import Spool

_PIECE = 1024 * 1024


class Damaged(AcsgwError):
    """
    The file is not what its sidecar says that was written.
    """


class Upload:
    """
    Uploads recordings to one store.
    """

    def __init__(
        self,
        name: str,
        store: IObjectStore,
        options: UploadOptions,
        spool: Spool,
        wall: Callable[[], float],
        otherwise: str = NOBODY,
    ) -> None:
        """
        @param name: of the store.
        @param wall: seconds since the epoch.
        @param otherwise: in names of objects, for an account that is not known.
        """
        self.name = name
        self._store = store
        self._options = options
        self._spool = spool
        self._wall = wall
        self._otherwise = otherwise

    @property
    def deletes(self) -> bool:
        """
        Are recordings to be deleted here, once they are there?
        """
        return self._options.delete_after_upload

    def run(self, file_name: str, stopping: Callable[[], bool]) -> str:
        """
        Upload the recording, then its sidecar, then mark it: whoever crashes before
        that begins again, and makes the same objects.

        @return: the address of the recording's object.

        @raise StoreFailed: the store's fault.
        @raise NothingToDo: it is gone, or uploaded.
        @raise Taken: somebody else has it.
        @raise UploadStopped: C{stopping} said so.
        @raise BadSidecar: it cannot be uploaded as it is.
        @raise Damaged: as above.
        @raise OSError: as above.
        """
        with self._spool.claim(file_name) as file:
            body = _Body(file, stopping)
            facts = self._spool.facts(file_name)
            url = self._put(body, facts, self._spool.sidecar(file_name))
            self._spool.mark(file_name, self.name, url, self._wall())
        return url

    def _put(self, body: _Body, facts: Facts, sidecar: bytes) -> str:
        name = object_name(self._options.object_name, facts, self._otherwise)
        metadata = facts.metadata(_checked(body, facts))
        recording = Parcel(
            name=name,
            body=body,
            size=body.size,
            content_type=TYPES[facts.ext],
            metadata=metadata,
        )
        url: str = self._store.put(recording)
        beside = Parcel(
            name=sidecar_name(name, facts),
            body=io.BytesIO(sidecar),
            size=len(sidecar),
            content_type="application/json",
            metadata=metadata,
        )
        self._store.put(beside)
        return url

    def clean(self, file_name: str = "") -> None:
        """
        Delete what is uploaded.

        @param file_name: only this recording; else all, such as a crash has left.

        @raise OSError: something could not be deleted.
        """
        if file_name:
            self._spool.remove(file_name)
        else:
            self._spool.remove_uploaded(self.name)


def _checked(body: _Body, facts: Facts) -> str:
    """
    @return: the body's SHA-256.

    @raise Damaged: it is not the sidecar's.
    """
    if facts.size is not None and facts.size != body.size:
        raise Damaged(f"it has {body.size} bytes, its sidecar says {facts.size}")
    digest = hashlib.sha256()
    while piece := body.read(_PIECE):
        digest.update(piece)
    body.seek(0)
    if facts.sha256 and facts.sha256 != digest.hexdigest():
        raise Damaged("its SHA-256 is not what its sidecar says")
    return digest.hexdigest()


class _Body:
    """
    A file that can no longer be read when the process is stopping: there is no other
    way to end a library's upload.

    @ivar size: in bytes.
    """

    def __init__(self, file: BinaryIO, stopping: Callable[[], bool]) -> None:
        self._file = file
        self._stopping = stopping
        self.size = file.seek(0, io.SEEK_END)
        file.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if self._stopping():
            raise UploadStopped
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        """
        boto3 closes what it is given; the lock on the file must last longer.
        """
