"""
Deletes finished recordings that are too old.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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

    @raise OSError: as files do.
    """
    try:
        entries = [
            (entry.stat().st_mtime, entry.name)
            for entry in os.scandir(folder)
            if parts_of(entry.name) is not None and entry.is_file(follow_symlinks=False)
        ]
    except FileNotFoundError:
        return
    for finished, name in sorted(entries):
        if finished >= before:
            return
        call, _, _ = parts_of(name) or ("", "", False)
        if not (folder / f"{call}.json").exists() or not may_go(folder / name):
            continue
        (folder / name).unlink(missing_ok=True)
        for beside in BESIDE:
            (folder / f"{call}{beside}").unlink(missing_ok=True)
        yield name
