"""
The file of a recording while it is written, and how it gets its final name.

C{NAME.part} is held by a lock for as long as a process writes it; so whoever finds
one that nobody holds knows that its writer has died.  A final name says that the
recording is finished.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from errno import EEXIST
from pathlib import Path

PART = ".part"

#: Bytes that are read at a time to be hashed: others want the thread too.
_PIECE = 1024 * 1024

#: A recording is written to every second.  Where the file system has no locks, one
#: that was not for so long has no writer.
_QUIET_SECONDS = 600


class PartFile:
    """
    Shell around one file.  Methods raise L{OSError} as files do.
    """

    def __init__(self, final: Path) -> None:
        """
        Makes the file.

        @param final: its name when it is finished.
        """
        if final.exists():
            raise FileExistsError(EEXIST, os.strerror(EEXIST), str(final))
        # Never readable by others, not even at first.
        self._part = final.with_name(final.name + PART)
        fd = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._hold(fd, final)
        try:
            lock(fd)
        except OSError:
            self.close()
            raise

    @classmethod
    def found(cls, fd: int, final: Path) -> PartFile:
        """
        @param fd: of a file that is there, open to be read and written.
        """
        self = cls.__new__(cls)
        self._part = final.with_name(final.name + PART)
        self._hold(fd, final)
        self.size = os.fstat(fd).st_size
        return self

    def _hold(self, fd: int, final: Path) -> None:
        self.fd = fd
        self.final = final
        self.size = 0
        self._hash = hashlib.sha256()
        self._hashed = 0

    def append(self, data: bytes) -> None:
        """
        All of it, or as if nothing had been written.
        """
        view, at = memoryview(data), self.size
        try:
            while view:
                written = os.pwrite(self.fd, view, at)
                view, at = view[written:], at + written
        except OSError:
            with suppress(OSError):
                os.ftruncate(self.fd, self.size)
            raise
        self.size = at

    def correct(self, corrections: Iterable[tuple[int, bytes]]) -> None:
        """
        Write over what is there.
        """
        for at, data in corrections:
            os.pwrite(self.fd, data, at)

    def cut(self, size: int) -> None:
        """
        Forget what follows after so many bytes.
        """
        os.ftruncate(self.fd, size)
        self.size = size

    def read(self, at: int, size: int) -> bytes:
        return os.pread(self.fd, size, at)

    def hash_some(self) -> bool:
        """
        A piece of the work for L{sha256}; not before all is written.

        @return: is it done?
        """
        piece = self.read(self._hashed, _PIECE)
        self._hash.update(piece)
        self._hashed += len(piece)
        return self._hashed >= self.size or not piece

    @property
    def sha256(self) -> str:
        """
        In hex; empty if not all of it could be read.
        """
        return self._hash.hexdigest() if self._hashed >= self.size else ""

    def sync(self) -> None:
        """
        Return when it is on the disk itself.
        """
        os.fsync(self.fd)

    def publish(self) -> None:
        """
        It is finished: give it its final name.
        """
        self._part.rename(self.final)
        sync_folder(self.final.parent)
        self.close()

    def remove(self) -> None:
        """
        There is nothing in it.
        """
        self._part.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """
        Let go of it, as it is.
        """
        if self.fd >= 0:
            fd, self.fd = self.fd, -1
            os.close(fd)


def lock(fd: int) -> bool:
    """
    @return: L{False} if the file system has no locks.

    @raise BlockingIOError: if somebody else holds it.
    """
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def take_over(part: Path, now: float) -> PartFile | None:
    """
    @param now: seconds since the epoch.

    @return: a file whose writer has died, held by us now; L{None} if it has a writer,
        or if that cannot be known.

    @raise OSError: if it cannot be opened, is a link, or if there is a file with its
        final name, which must not be lost.
    """
    try:
        fd = os.open(part, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None  # finished just now
    try:
        status = os.fstat(fd)
        quiet = now - status.st_mtime
        # Its writer makes the file first, and then locks it.
        dead = lock(fd) if status.st_size or quiet > _QUIET_SECONDS else False
        if (dead or quiet > _QUIET_SECONDS) and _is_still(part, fd):
            final = part.with_name(part.name.removesuffix(PART))
            if os.path.lexists(final):
                raise FileExistsError(EEXIST, os.strerror(EEXIST), str(final))
            return PartFile.found(fd, final)
    except BlockingIOError:
        pass
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return None


def _is_still(path: Path, fd: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(fd).st_ino
    except FileNotFoundError:
        return False


def write_whole(path: Path, text: str) -> None:
    """
    Make a small file, all at once or not at all; only its owner may read it.

    @raise OSError: as files do.
    """
    draft = path.with_name(path.name + ".new")
    write_synced(draft, text)
    draft.replace(path)


def write_synced(path: Path, text: str) -> None:
    """
    Make a small file anew, and return when it is on the disk itself; only its owner
    may read it.

    @raise OSError: as files do.
    """
    path.unlink(missing_ok=True)  # of a process that died
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """
    Return when the names in it are on the disk itself.
    """
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
