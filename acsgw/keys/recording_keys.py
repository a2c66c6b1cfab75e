"""
Keys of sealed recordings, which live as long as what they seal; those that sign tokens
come and go.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..interfaces import IKeyRing
from .file_ring import load_file_ring

#: In C{state_dir}.
RECORDING_KEYS = "recording-keys.json"


def open_recording_keys(state_dir: Path, create: bool) -> IKeyRing:
    """
    @param create: make the file, with one new key, if there is none.

    @raise KeyRingError: with what is wrong and the way out.
    """
    path = state_dir / RECORDING_KEYS
    return load_file_ring(path, os.urandom, create, "restore it from a copy")
