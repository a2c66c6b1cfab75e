"""
The folder of recordings, as uploads see it.  All of it blocks.

A recording waits while its file and its sidecar are there and its marker is not; so
nothing is forgotten, whatever ends the process.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .names import TYPES, BadSidecar, Facts, NotIts, read_facts, split

MARKER = ".uploaded"

#: A sidecar is a few hundred bytes.
_MOST_SIDECAR = 1024 * 1024


class NothingToDo(Exception):
    """
    The recording is gone, or uploaded already.
    """


class Taken(Exception):
    """
    Another process, or thread, uploads it just now.
    """


@dataclass(frozen=True)
class Waiting:
    """
    A recording that is not uploaded.

    @ivar account: empty if its sidecar cannot be used, or does not know.
    @ivar problem: why; empty if it can.
    """

    file_name: str
    account: str
    problem: str = ""


def is_uploaded(path: Path) -> bool:
    """
    @param path: of a finished recording, or of anything that belongs to it.

    @return: is it in the store, as a whole?
    """
    parts = split(path.name)
    call_id = parts[0] if parts else path.name.partition(".")[0]
    return (path.parent / f"{call_id}{MARKER}").exists()


class Spool:
    """
    One folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def waiting(self) -> list[Waiting]:
        """
        @return: all that wait, the oldest first.

        @raise OSError: the folder cannot be read.
        """
        try:
            names = set(os.listdir(self.folder))
        except FileNotFoundError:
            return []  # no recording yet
        found = []
        for name in names:
            parts = split(name)
            if parts is not None and f"{parts[0]}{MARKER}" not in names:
                with suppress(FileNotFoundError):
                    age = (self.folder / name).lstat().st_mtime
                    found.append((age, name))
        looked = (self.look(name) for _, name in sorted(found))
        return [waiting for waiting in looked if waiting is not None]

    def look(self, file_name: str) -> Waiting | None:
        """
        @return: whose recording it is; L{None} if it does not wait: it is gone, or
            uploaded, or a file that somebody made beside a recording.
        """
        try:
            return Waiting(file_name, self.facts(file_name).account)
        except NotIts:
            return None
        except (BadSidecar, OSError) as e:
            # Another process may have uploaded and deleted it just now; its sidecar
            # goes after it.
            if not os.path.lexists(self.folder / file_name):
                return None
            return Waiting(file_name, "", said(e))

    def is_uploaded(self, file_name: str) -> bool:
        """
        @return: see L{is_uploaded}.
        """
        return is_uploaded(self.folder / file_name)

    def facts(self, file_name: str) -> Facts:
        """
        @raise BadSidecar: with what is wrong.
        @raise OSError: it cannot be read.
        """
        status = (self.folder / file_name).lstat()
        if not stat.S_ISREG(status.st_mode):
            raise BadSidecar("it is no file; links are not followed")
        text = self.sidecar(file_name).decode("utf-8", "replace")
        return read_facts(file_name, text, status.st_mtime)

    def sidecar(self, file_name: str) -> bytes:
        """
        @return: the bytes of a recording's sidecar.

        @raise BadSidecar: there is none.
        @raise OSError: it cannot be read.
        """
        call_id, _ = split(file_name) or (file_name, "")
        try:
            with _open(self.folder / f"{call_id}.json", os.O_RDONLY) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise BadSidecar("its sidecar is no file")
                return file.read(_MOST_SIDECAR)
        except FileNotFoundError:
            raise BadSidecar(f"there is no {call_id}.json beside it") from None

    @contextmanager
    def claim(self, file_name: str) -> Iterator[BinaryIO]:
        """
        @return: the recording, open for reading; nobody else gets it meanwhile.

        @raise NothingToDo: it is gone, or uploaded.
        @raise Taken: somebody else has it.
        @raise OSError: it cannot be read.
        """
        path = self.folder / file_name
        try:
            with _open_to_lock(path) as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise Taken from None
                # Whoever had it before us may have uploaded and deleted it.
                if is_uploaded(path) or os.fstat(file.fileno()).st_nlink == 0:
                    raise NothingToDo
                yield file
        except FileNotFoundError:
            if path.exists():
                raise
            raise NothingToDo from None

    def mark(self, file_name: str, store: str, url: str, at: float) -> None:
        """
        It is uploaded: survives a crash of the machine.
        """
        call_id, _ = split(file_name) or (file_name, "")
        told = {"store": store, "url": url, "at": at, "file": file_name}
        text = json.dumps(told)
        new = self.folder / f".{call_id}{MARKER}"
        new.unlink(missing_ok=True)  # of a process that died
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / f"{call_id}{MARKER}")
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, file_name: str) -> None:
        """
        Delete an uploaded recording; the marker last, so that what a crash leaves is
        found by L{remove_uploaded}.
        """
        call_id, _ = split(file_name) or (file_name, "")
        for name in (file_name, f"{call_id}.json", f"{call_id}{MARKER}"):
            (self.folder / name).unlink(missing_ok=True)

    def remove_uploaded(self, store: str) -> None:
        """
        Delete whatever is marked as uploaded to a store.

        @raise OSError: the first that could not be deleted; the others are.
        """
        problem: OSError | None = None
        for marker in self.folder.glob(f"[!.]*{MARKER}"):
            try:
                told = json.loads(marker.read_text("utf-8"))
                if told.get("store") == store:
                    call_id = marker.name.removesuffix(MARKER)
                    for name in _uploaded_files(call_id, told.get("file")):
                        self.remove(name)
            except FileNotFoundError:
                continue  # another process was faster
            except OSError as e:
                problem = problem or e
            except (ValueError, AttributeError, RecursionError):
                continue  # not of our making
        if problem is not None:
            raise problem


def said(error: Exception) -> str:
    """
    @return: what happened, in a few words.
    """
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)


def _uploaded_files(call_id: str, file_name: object) -> Iterator[str]:
    """
    @param file_name: what the marker of the call says.
    """
    if isinstance(file_name, str) and (split(file_name) or ("",))[0] == call_id:
        yield file_name
    elif file_name is None:  # the marker is of a version that did not say
        yield from (f"{call_id}.{ext}" for ext in TYPES)


def _open_to_lock(path: Path) -> BinaryIO:
    try:
        # On NFS only who may write gets an exclusive lock.
        return _open(path, os.O_RDWR)
    except PermissionError:
        return _open(path, os.O_RDONLY)


def _open(path: Path, flags: int) -> BinaryIO:
    """
    Neither follows a link out of the folder, nor waits for whoever writes to a pipe.
    """
    fd = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    return os.fdopen(fd, "r+b" if flags & os.O_RDWR else "rb")
