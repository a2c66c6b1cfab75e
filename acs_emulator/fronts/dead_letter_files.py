"""
Dead letters as files, where Azure would write blobs.
"""

from __future__ import annotations

from pathlib import Path


def write_dead_letter(directory: str, path: str, content: bytes) -> str:
    """
    @param path: relative to the directory.

    @return: the path of the file.

    @raise OSError: if it cannot be written.
    """
    file = Path(directory, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return str(file)
