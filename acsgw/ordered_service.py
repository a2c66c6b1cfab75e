"""
Services that stop one after the other.
"""

from __future__ import annotations

from twisted.application.service import IService, MultiService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger


class OrderedService(MultiService):
    """
    Children stop one after the other, last one first.

    L{MultiService} stops them all at once: the web port would be closed while
    calls that are draining still need the events that arrive there.
    """

    _log = Logger()

    async def _stop_in_order(self) -> None:
        child: IService
        for child in reversed(list(self)):
            try:
                await maybeDeferred(child.stopService)
            except Exception:
                self._log.failure("stopping {child}", child=child)

    def stopService(self) -> Deferred[None]:
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop_in_order())
