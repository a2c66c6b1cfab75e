"""
Ports that say what is wrong when they cannot be had, and that close last.
"""

from __future__ import annotations

from typing import Any

from twisted.application import strports
from twisted.application.service import IService, MultiService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger


class Port(Service):
    """
    Says what is wrong, without a traceback, when it cannot be had.
    """

    def __init__(self, setting: str, where: str, site: Any, reactor: Any) -> None:
        self._setting = setting
        self._where = where
        self._port = strports.service(where, site, reactor)

    def privilegedStartService(self) -> None:
        """
        @raise SystemExit: if the port cannot be had.
        """
        super().privilegedStartService()
        try:
            self._port.privilegedStartService()
        except (CannotListenError, OSError) as e:
            raise SystemExit(
                f"cannot listen on {self._where}: {getattr(e, 'socketError', e)};"
                f" end the program that uses it, or change {self._setting}"
            ) from None

    def startService(self) -> None:
        super().startService()
        self._port.startService()

    def stopService(self) -> Deferred[None] | None:
        super().stopService()
        stopped: Deferred[None] | None = self._port.stopService()
        return stopped


class StoppedInOrder(MultiService):
    """
    L{MultiService} would close the ports while calls still need them.
    """

    _log = Logger()

    def stopService(self) -> Deferred[None]:
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop_in_order())

    async def _stop_in_order(self) -> None:
        service: IService
        for service in reversed(list(self)):
            try:
                await maybeDeferred(service.stopService)
            except Exception:
                self._log.failure("stopping {service}", service=service)
