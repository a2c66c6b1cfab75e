"""
A port that says what is wrong when it cannot be had.
"""

from __future__ import annotations

from errno import EADDRINUSE
from typing import Any

from twisted.application import strports
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocolFactory


class ListeningPort(Service):
    """
    Listens from before privileges are given up until it is stopped.

    C{strports.service} alone would end a daemon with a traceback if the port is
    busy, and L{twisted.application.internet.StreamServerEndpointService} would not
    end it at all.
    """

    def __init__(
        self, setting: str, description: str, factory: IProtocolFactory, reactor: Any
    ) -> None:
        """
        @param setting: where C{description} comes from, for the message.
        """
        self._setting = setting
        self._description = description
        self._port = strports.service(description, factory, reactor)

    def privilegedStartService(self) -> None:
        """
        @raise SystemExit: if the port cannot be had.
        """
        super().privilegedStartService()
        try:
            self._port.privilegedStartService()
        except (CannotListenError, OSError, OverflowError) as e:
            reason = getattr(e, "socketError", e)
            busy = getattr(reason, "errno", None) == EADDRINUSE
            hint = "; is another program using it?" if busy else ";"
            raise SystemExit(
                f"cannot listen on {self._description}: {reason}{hint}"
                f" The setting is {self._setting}"
            ) from None

    def startService(self) -> None:
        super().startService()
        self._port.startService()

    def stopService(self) -> Deferred[None] | None:
        super().stopService()
        stopped: Deferred[None] | None = self._port.stopService()
        return stopped
