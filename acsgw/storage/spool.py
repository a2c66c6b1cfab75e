"""
The folder of recordings, as uploads see it.  All of it blocks.

A recording waits while its file and its sidecar are there and its marker is not; so
nothing is forgotten, whatever ends the process.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .names import TYPES, BadSidecar, Facts, read_facts, split

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

    @ivar account: empty if its sidecar cannot be used.
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
                    age = (self.folder / name).stat().st_mtime
                    found.append((age, name))
        return [self.look(name) for _, name in sorted(found)]

    def look(self, file_name: str) -> Waiting:
        """
        @return: whose recording it is.
        """
        try:
            return Waiting(file_name, self.facts(file_name).account)
        except (BadSidecar, OSError) as e:
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
        return read_facts(file_name, self.sidecar(file_name).decode("utf-8", "replace"))

    def sidecar(self, file_name: str) -> bytes:
        """
        @return: the bytes of a recording's sidecar.

        @raise BadSidecar: there is none.
        @raise OSError: it cannot be read.
        """
        call_id, _ = split(file_name) or (file_name, "")
        try:
            with (self.folder / f"{call_id}.json").open("rb") as file:
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
            with _open(path) as file:
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
        text = json.dumps({"store": store, "url": url, "at": at})
        new = self.folder / f".{call_id}{MARKER}"
        with new.open("w", encoding="utf-8") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / f"{call_id}{MARKER}")
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, call_id: str) -> None:
        """
        Delete an uploaded recording; the marker last, so that what a crash leaves is
        found by L{remove_uploaded}.
        """
        for ext in (*TYPES, "json", MARKER.removeprefix(".")):
            (self.folder / f"{call_id}.{ext}").unlink(missing_ok=True)

    def remove_uploaded(self, store: str) -> None:
        """
        Delete whatever is marked as uploaded to a store.

        @raise OSError: the first that could not be deleted; the others are.
        """
        problem: OSError | None = None
        for marker in self.folder.glob(f"[!.]*{MARKER}"):
            try:
                if json.loads(marker.read_text("utf-8")).get("store") == store:
                    self.remove(marker.name.removesuffix(MARKER))
            except FileNotFoundError:
                continue  # another process was faster
            except OSError as e:
                problem = problem or e
            except (ValueError, AttributeError):
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


def _open(path: Path) -> BinaryIO:
    try:
        # On NFS only who may write gets an exclusive lock.
        return path.open("r+b")
    except PermissionError:
        return path.open("rb")
