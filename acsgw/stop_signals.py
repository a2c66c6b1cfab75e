"""
The first signal to stop is twistd's; the second means now.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from twisted.application.service import Service
from twisted.logger import Logger

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopSignals(Service):
    """
    Twisted would answer a second signal with a traceback; here it ends the wait for
    calls that may still go on.
    """

    _log = Logger()

    def __init__(self, reactor: Any, hurry: Callable[[], None]) -> None:
        """
        @param hurry: called for the second signal, and each that follows.
        """
        self._reactor = reactor
        self._hurry = hurry
        self._stopping = False
        self._theirs: dict[int, Any] = {}

    def startService(self) -> None:
        super().startService()
        # The reactor sets its own when it begins to run.
        self._reactor.callWhenRunning(self._listen)

    def stopService(self) -> None:
        """
        We go on listening: it is now that a second signal may come.
        """
        super().stopService()
        self._stopping = True

    def _listen(self) -> None:
        for number in _SIGNALS:
            self._theirs[number] = signal.signal(number, self._received)

    def _received(self, number: int, frame: FrameType | None) -> None:
        theirs = self._theirs.get(number)
        if self._stopping:
            self._reactor.callFromThread(self._again)
        elif callable(theirs):
            theirs(number, frame)

    def _again(self) -> None:
        self._log.warn("told to stop again: calls are hung up now")
        self._hurry()
