"""
Fetching files that applications want to be played.
"""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import RedirectAgent, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IResponse

from ..errors import NoAnswer


class _Body(Protocol):
    """
    Collects a body, up to a size.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.whole: Deferred[bytes] = Deferred(lambda _: self.stop())
        self._open = True
        self._pieces: list[bytes] = []
        self._size = 0

    def dataReceived(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= self._most:
            self._pieces.append(data)
        elif self._open:
            self.stop()
            self.whole.errback(NoAnswer(f"more than {self._most} bytes"))

    def stop(self) -> None:
        """
        No more of this.
        """
        self._open = False
        self._pieces.clear()
        if self.transport is not None:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self._open:
            return
        self._open = False
        if reason.check(ResponseDone, PotentialDataLoss):
            self.whole.callback(b"".join(self._pieces))
        else:
            self.whole.errback(NoAnswer("the connection broke"))


class Downloads:
    """
    Gets files, in a limited time and up to a limited size; follows redirects.
    """

    def __init__(
        self, agent: IAgent, clock: IReactorTime, *, timeout: float, most: int
    ) -> None:
        """
        @param timeout: seconds for all of it.
        @param most: bytes.
        """
        self._agent = RedirectAgent(agent)
        self._clock = clock
        self._timeout = timeout
        self._most = most

    async def get(self, url: str) -> bytes:
        """
        @raise NoAnswer: if it could not be had; the text holds no part of the
            URL, which may carry a signature.
        """
        exchange = Deferred.fromCoroutine(self._exchange(url))
        out_of_time = False

        def give_up() -> None:
            nonlocal out_of_time
            out_of_time = True
            exchange.cancel()

        timer = self._clock.callLater(self._timeout, give_up)
        try:
            return await exchange
        except NoAnswer:
            raise
        except Exception as e:  # whatever an agent may raise
            if out_of_time:
                raise NoAnswer(f"not there after {self._timeout:g} s") from None
            if isinstance(e, CancelledError):
                raise
            raise NoAnswer(f"no connection: {type(e).__name__}") from None
        finally:
            if timer.active():
                timer.cancel()

    async def _exchange(self, url: str) -> bytes:
        response: IResponse = await self._agent.request(
            b"GET", url.encode("ascii"), Headers({"Accept": ["*/*"]}), None
        )
        body = _Body(self._most)
        response.deliverBody(body)
        content = await body.whole
        if response.code != 200:
            raise NoAnswer(f"answered with {response.code}")
        return content
