"""
What is known of a recording, beside it: C{CALL.json}.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

#: What recordings are named: the id of their call, and what they are.
FORMATS = ("wav", "flac")
SEALED = ".sealed"

#: Beside the C{.part} of a recording while it is written.
UNFINISHED = ".json.part"


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """
    What is known of one recording.

    @ivar call: id of the call.
    @ivar account: its name; empty if not known, since its writer died at once.
    @ivar started: when the recording began, in UTC, ISO 8601; empty as that.
    @ivar file: the recording's name.
    @ivar format: C{wav} or C{flac}; of what is inside if it is sealed.
    @ivar rate: in Hz.
    @ivar seconds: its length; L{None} if that cannot be known without the key.
    @ivar sha256: of the file as it is, in hex.
    @ivar bytes: the file's size.
    @ivar problem: why it is cut short; L{None} if it is whole.
    @ivar pauses: where it is silent on purpose: from, to, in seconds; L{None} if that
        is not known, since its writer died.
    @ivar repaired: its writer died, and another process finished it.
    """

    call: str
    account: str
    started: str
    file: str
    format: str
    sealed: bool
    rate: int
    seconds: float | None = None
    sha256: str = ""
    bytes: int = 0
    problem: str | None = None
    pauses: tuple[tuple[float, float], ...] | None = ()
    repaired: bool = False

    def to_text(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"


def utc(seconds: float) -> str:
    """
    @param seconds: since the epoch.
    """
    at = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


def parts_of(name: str) -> tuple[str, str, bool] | None:
    """
    @param name: of a recording.

    @return: id of the call, format, is it sealed; L{None} if it is no such name.
    """
    stem = name.removesuffix(SEALED)
    call, _, kind = stem.rpartition(".")
    if not call or kind not in FORMATS:
        return None
    return call, kind, stem != name


def read_unfinished(folder: Path, name: str) -> Sidecar:
    """
    What is known of a recording whose writer died.

    @param name: its final one.
    """
    call, kind, sealed = parts_of(name) or (name, "", False)
    known = Sidecar(
        call=call,
        account="",
        started="",
        file=name,
        format=kind,
        sealed=sealed,
        rate=0,
    )
    for beside in (UNFINISHED, ".json"):  # that is there just before the final name is
        try:
            told = json.loads((folder / (call + beside)).read_text("utf-8"))
            account, began, rate = told["account"], told["started"], told["rate"]
            return replace(
                known, account=str(account), started=str(began), rate=int(rate)
            )
        except (OSError, ValueError, KeyError, TypeError):
            pass  # it died before, or wrote nonsense when it did
        except (OverflowError, RecursionError):
            pass  # nonsense of others
    return known
