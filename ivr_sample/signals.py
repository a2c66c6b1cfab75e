"""
The first signal to stop is twistd's; another one means: faster.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from twisted.application.service import Service
from twisted.logger import Logger


class StopSignals(Service):
    """
    Twisted would answer a second signal with a traceback, and not stop any sooner.
    """

    _log = Logger()

    def __init__(self, reactor: Any, hurry: Callable[[], None]) -> None:
        self._reactor = reactor
        self._hurry = hurry
        self._stopping = False
        self._theirs: dict[int, Any] = {}

    def startService(self) -> None:
        super().startService()
        # The reactor sets its own when it begins to run.
        self._reactor.callWhenRunning(self._listen)

    def stopService(self) -> None:
        super().stopService()
        self._stopping = True  # it is now that a second one may come

    def _listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._theirs[number] = signal.signal(number, self._received)

    def _received(self, number: int, frame: FrameType | None) -> None:
        theirs = self._theirs.get(number)
        if self._stopping:
            self._reactor.callFromThread(self._again)
        elif callable(theirs):
            theirs(number, frame)

    def _again(self) -> None:
        self._log.warn("told to stop again: calls are ended sooner")
        self._hurry()
