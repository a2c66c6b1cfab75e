"""
What a phone speaks to and listens to.
"""

from __future__ import annotations

from typing import Protocol

from .metronome import Tick


class Format(Protocol):
    """
    @ivar rate: Hz.
    """

    @property
    def rate(self) -> int: ...


class FarEnd(Protocol):
    """
    @ivar options: the rate may change from one tick to the next.
    """

    @property
    def options(self) -> Format: ...
    def hear(self) -> bytes: ...
    def send_audio(self, pcm: bytes, silent: bool) -> None: ...
    def press(self, key: str) -> None: ...


class Beat(Protocol):
    """
    A clock that ticks every 20 ms.
    """

    def join(self, tick: Tick) -> None: ...
    def leave(self, tick: Tick) -> None: ...
