"""
The programs in C++ (C{native/}): compiled when they are needed, and kept below
C{.cache} until they or the compiler change.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

_SOURCES = Path(__file__).parent / "native"
_OPTIONS = ("-std=c++17", "-O3", "-Wall", "-Wextra")
_SECONDS = 300.0


class NotBuilt(Exception):
    """
    There is no such program; the text says why.
    """


def compiler() -> str | None:
    """
    @return: its version; L{None} if there is none.
    """
    if shutil.which("g++") is None:
        return None
    told = subprocess.run(
        ["g++", "--version"], capture_output=True, text=True, check=False
    )
    return told.stdout.partition("\n")[0] or None


def build(name: str, cache: Path) -> Path:
    """
    @param name: of a file in C{native/}, without C{.cpp}.
    @param cache: where programs are kept.

    @return: the program.

    @raise NotBuilt: if there is no compiler, or it does not like the source.
    """
    version = compiler()
    if version is None:
        raise NotBuilt("there is no g++ (on Debian or Ubuntu: apt install g++)")
    digest = hashlib.sha256(version.encode())
    for source in sorted(_SOURCES.iterdir()):
        digest.update(source.read_bytes())
    program = cache / f"{name}-{digest.hexdigest()[:16]}"
    if program.exists():
        return program
    cache.mkdir(parents=True, exist_ok=True)
    new = program.with_suffix(f".{os.getpid()}")
    told = subprocess.run(
        ["g++", *_OPTIONS, "-o", str(new), str(_SOURCES / f"{name}.cpp")],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if told.returncode != 0:
        raise NotBuilt(f"g++ does not compile {name}.cpp:\n{told.stderr[-2000:]}")
    for old in cache.glob(f"{name}-*"):
        if old != new:
            old.unlink()
    new.rename(program)
    return program
