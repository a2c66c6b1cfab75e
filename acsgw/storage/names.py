"""
What a finished recording is called, in its folder and in the store.

C{recordings_dir} holds for each call C{CALL.EXT} and, from before that has its name,
C{CALL.json}, the sidecar.  Beside them we put C{CALL.uploaded}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Formatter
from typing import Any

#: What finished recordings end with, and what they are.
TYPES = {
    "wav.sealed": "application/octet-stream",
    "flac.sealed": "application/octet-stream",
    "wav": "audio/wav",
    "flac": "audio/flac",
}

FIELDS = ("account", "call_id", "ext", "date", "year", "month", "day", "hour")

#: Both stores take as many bytes of UTF-8.
_LONGEST = 1024


#: Stands in names of objects for an account that is not known.
NOBODY = "unknown"


class BadSidecar(ValueError):
    """
    A sidecar that does not say what must be known of a recording.
    """


class NotIts(BadSidecar):
    """
    A sidecar is there, but of another file: this one is no recording that waits, such
    as one that somebody took out of its seal.
    """


@dataclass(frozen=True, kw_only=True)
class Facts:
    """
    What the sidecar says of a recording.

    @ivar account: empty: not known, since its writer died at once.
    @ivar started: when the call began, in UTC; L{None}: not known, as that.
    @ivar written: when the file was written to for the last time, in UTC.
    @ivar sha256: of the file, in hexadecimal; empty: not known.
    @ivar size: of the file, in bytes; L{None}: not known.
    @ivar seconds: of audio; empty: not known.
    """

    call_id: str
    ext: str
    account: str
    started: datetime | None
    written: datetime
    sha256: str
    size: int | None
    seconds: str

    def metadata(self, sha256: str) -> dict[str, str]:
        """
        @param sha256: of the bytes that are uploaded.

        @return: for the object: ASCII, and names that both stores and all that may
            stand before them take.
        """
        given = {
            "callid": self.call_id,
            "account": self.account,
            "started": self.started.isoformat() if self.started else "",
            "seconds": self.seconds,
            "sha256": sha256,
        }
        return {name: _ascii(value) for name, value in given.items() if value}


def split(file_name: str) -> tuple[str, str] | None:
    """
    @return: call id and extension of a finished recording; L{None}: it is none.
    """
    for ext in TYPES:
        call_id = file_name.removesuffix(f".{ext}")
        if call_id and call_id != file_name:
            return call_id, ext
    return None


def read_facts(file_name: str, sidecar: str, written: float) -> Facts:
    """
    @param sidecar: JSON.  That of a repaired recording may not know account and start.
    @param written: when the recording was written to for the last time; seconds since
        the epoch.

    @raise BadSidecar: with what is wrong.
    """
    parts = split(file_name)
    if parts is None:
        raise BadSidecar("it is no recording's")
    try:
        given: Any = json.loads(sidecar)
    except (ValueError, RecursionError):
        raise BadSidecar("its sidecar is not JSON") from None
    if not isinstance(given, dict):
        raise BadSidecar("its sidecar is not a JSON object")
    if given.get("file", file_name) != file_name:
        raise NotIts("its sidecar is of another file")
    lost = given.get("repaired") is True
    account, started = given.get("account"), given.get("started")
    if not isinstance(account, str) or not (account or lost):
        raise BadSidecar("its sidecar names no account")
    sha256, size = given.get("sha256") or "", given.get("bytes")
    if not isinstance(sha256, str):
        raise BadSidecar("the sha256 in its sidecar is not a text")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int)):
        raise BadSidecar("the bytes in its sidecar are not a number")
    seconds = given.get("seconds")
    call_id, ext = parts
    return Facts(
        call_id=call_id,
        ext=ext,
        account=account,
        started=None if lost and started == "" else _started(started),
        written=datetime.fromtimestamp(written, UTC),
        sha256=sha256.lower(),
        size=size,
        seconds="" if seconds is None else str(seconds),
    )


def _started(given: object) -> datetime:
    try:
        if isinstance(given, str):
            found = datetime.fromisoformat(given)
            # Without an offset it is UTC already.
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(given, int | float) and not isinstance(given, bool):
            return datetime.fromtimestamp(given, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise BadSidecar("its sidecar does not say when the call started")


def object_name(pattern: str, facts: Facts, otherwise: str = NOBODY) -> str:
    """
    @param pattern: passed L{pattern_problem}.
    @param otherwise: stands for an account that is not known; for a start that is not,
        stands when the file was written.
    """
    at = facts.started or facts.written
    return pattern.format(
        account=_in_a_name(facts.account or otherwise),
        call_id=_in_a_name(facts.call_id),
        ext=facts.ext,
        date=at.strftime("%Y-%m-%d"),
        **{name: at.strftime(code) for name, code in _TIMES.items()},
    )


_TIMES = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H"}


def pattern_problem(pattern: str) -> str | None:
    """
    @return: why it cannot be the pattern of objects' names; L{None}: it can.
    """
    try:
        used = list(_used(pattern))
    except ValueError:
        return f"{pattern!r} has a single brace; fields are {_ALL}"
    for name in used:
        if name not in FIELDS:
            return f"{{{name}}} is not known of a recording; known are {_ALL}"
    if "call_id" not in used:
        return "has no {call_id}: recordings would take each other's place"
    if not pattern.endswith(".{ext}"):
        return "does not end with .{ext}"
    plain = Formatter().vformat(pattern, (), {name: "x" for name in FIELDS})
    if not re.fullmatch(r"[A-Za-z0-9!_.*'()/=-]+", plain):
        return "has characters that not every store takes; use letters, digits, -_./="
    if any(part in ("", ".", "..") for part in plain.split("/")):
        return "begins with /, or has a part that is empty, . or .."
    if len(pattern) > _LONGEST // 2:
        return f"is longer than {_LONGEST // 2} characters"
    return None


_ALL = " ".join(f"{{{name}}}" for name in FIELDS)


def _used(pattern: str) -> Iterator[str]:
    for _, name, form, conversion in Formatter().parse(pattern):
        if name is not None:
            yield name if not form and not conversion else f"{name}:{form}"


def sidecar_name(name: str, facts: Facts) -> str:
    """
    @param name: of the recording's object.

    @return: of the object that the sidecar becomes.
    """
    return f"{name.removesuffix(facts.ext)}json"


def _in_a_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:100].strip(".") or "_"


def _ascii(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "?" for c in text)[:256]
