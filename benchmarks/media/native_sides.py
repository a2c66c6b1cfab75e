"""
Both sides of the calls in C++ (C{native/generator.cpp}), in a process of its own.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from .frames import tone_file
from .ledger import Ledger, read_ledger
from .sides import Status


class NativeSides:
    """
    Provides L{benchmarks.media.sides.Sides}.
    """

    def __init__(self, program: Path, calls: int, marking: str) -> None:
        self._program = program
        self._calls = calls
        self._marking = marking
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def listen(self, port: int) -> None:
        with TemporaryDirectory() as folder:
            marking = self._marking
            if marking == "tones":
                tones = Path(folder, "tones")
                tones.write_bytes(tone_file())
                marking = str(tones)
            self._process = await asyncio.create_subprocess_exec(
                *(str(self._program), str(port), str(self._calls), marking),
                stdin=PIPE,
                stdout=PIPE,
            )
            await self.status()  # the file has been read

    async def open_media(self, number: int, url: str) -> None:
        parts = urlsplit(url)
        path = parts.path + ("?" + parts.query if parts.query else "")
        self._order(f"media {number} {parts.port} {path}")

    async def status(self) -> Status:
        self._order("status")
        _, media, agents, back = (await self._told()).split()
        return Status(int(media), int(agents), int(back))

    def echo(self) -> None:
        self._order("echo")

    def hang_up(self) -> None:
        self._order("hangup")

    async def ledger(self) -> Ledger:
        with TemporaryDirectory() as folder:
            file = Path(folder, "ledger")
            self._order(f"save {file}")
            if (told := await self._told()) != "saved":
                raise OSError(0, f"the generator said {told!r}", os.fspath(file))
            return read_ledger(file.read_bytes(), self._calls)

    async def close(self) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            await process.wait()

    def _order(self, line: str) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def _told(self) -> str:
        assert self._process is not None and self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the generator in C++ has ended")
        return line.decode().strip()
