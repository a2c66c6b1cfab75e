"""
Deletes finished recordings that are too old.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .sidecar import parts_of


def delete_expired(folder: Path, before: float) -> Iterator[str]:
    """
    Delete recordings, and what is beside them, in small steps.  A recording is a file
    with a name of ours, and C{CALL.json} beside it: others may keep things there too.

    @param before: those finished before; seconds since the epoch.

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
        sidecar = folder / f"{call}.json"
        if not sidecar.exists():
            continue
        (folder / name).unlink(missing_ok=True)
        sidecar.unlink(missing_ok=True)
        yield name
