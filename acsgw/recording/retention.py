"""
Deletes finished recordings that are too old.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from .sidecar import parts_of

#: What may lie beside a recording and goes with it: what is known of it, and the marker
#: of an upload.
BESIDE = (".json", ".uploaded")


def delete_expired(
    folder: Path, before: float, may_go: Callable[[Path], bool]
) -> Iterator[str]:
    """
    Delete recordings, and what is beside them, in small steps.  A recording is a file
    with a name of ours, and C{CALL.json} beside it: others may keep things there too.

    @param before: those finished before; seconds since the epoch.
    @param may_go: is nobody waiting for this one?

    @return: yields the name of each that is gone.

    @raise OSError: the first that could not be deleted; the others are.
    """
    problem: OSError | None = None
    for finished, name in sorted(_recordings(folder)):
        if finished >= before:
            break
        call, _, _ = parts_of(name) or ("", "", False)
        if not _is_of(folder / f"{call}.json", name) or not may_go(folder / name):
            continue
        try:
            (folder / name).unlink(missing_ok=True)
            for beside in BESIDE:
                (folder / f"{call}{beside}").unlink(missing_ok=True)
        except OSError as e:
            problem = problem or e
            continue
        yield name
    if problem is not None:
        raise problem


def _recordings(folder: Path) -> Iterator[tuple[float, str]]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            # Another process may delete them meanwhile.
            with suppress(FileNotFoundError):
                known = parts_of(entry.name) is not None
                if known and entry.is_file(follow_symlinks=False):
                    yield entry.stat().st_mtime, entry.name


def _is_of(sidecar: Path, name: str) -> bool:
    """
    Is it there, and not that of another file: what somebody took out of its seal is not
    ours?
    """
    try:
        if not sidecar.is_file():
            return False
        told = json.loads(sidecar.read_text("utf-8"))
        return not isinstance(told, dict) or told.get("file", name) == name
    except (OSError, ValueError, RecursionError):
        return True  # there it is
