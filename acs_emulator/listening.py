"""
A port that says what is wrong when it cannot be had.
"""

from __future__ import annotations

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
        self, description: str, factory: IProtocolFactory, reactor: Any
    ) -> None:
        self._description = description
        self._port = strports.service(description, factory, reactor)

    def privilegedStartService(self) -> None:
        """
        @raise SystemExit: if the port cannot be had.
        """
        super().privilegedStartService()
        try:
            self._port.privilegedStartService()
        except (CannotListenError, OSError) as e:
            reason = getattr(e, "socketError", e)
            raise SystemExit(
                f"cannot listen on {self._description}: {reason}; is another emulator"
                " running? Choose another place with --listen"
            ) from None

    def startService(self) -> None:
        super().startService()
        self._port.startService()

    def stopService(self) -> Deferred[None] | None:
        super().stopService()
        stopped: Deferred[None] | None = self._port.stopService()
        return stopped
