"""
The way to ASAPP's GenerativeAgent: an address for the stream first, the result after
its end.
"""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from ...interfaces import CallInfo, TransferKind
from ..options import GenerativeAgentOptions
from ..twilio.door import Completed, Ending, HandedOver, Lost, is_normal, told
from ..twilio.parameters import conversation_id
from ..twilio.protocol import Closed
from .api import AsappApi
from .results import Result, parse_result

#: Between two questions for a result, in seconds; the last one is repeated.
BACK_OFF = (0.1, 0.25, 0.5, 1.0)

#: How long a result may be asked for after a stream broke off, in seconds: the caller
#: waits for another agent meanwhile.
BROKEN_SECONDS = 2.0

#: A conversation that is over may have nothing more to tell; how long that is
#: doubted, in seconds.
SETTLE_SECONDS = 1.0

#: Statuses after which asking again is no use.
_HOPELESS = frozenset({400, 401, 403})

_KINDS = {"agent": TransferKind.AGENT, "system": TransferKind.SYSTEM}


class AsappDoor:
    """
    Streams are opened at an address that is good for some minutes, for many of them.
    """

    renews = True
    _log = Logger()

    def __init__(
        self, api: AsappApi, clock: IReactorTime, options: GenerativeAgentOptions
    ) -> None:
        self._api = api
        self._clock = clock
        self._options = options
        self._url = ""
        self._url_until = 0.0
        self._fetching: list[Deferred[str]] | None = None

    def address(self, call: CallInfo, *, fresh: bool) -> Deferred[str]:
        """
        Calls that come while it is being fetched share the answer.
        """
        if not fresh and self._clock.seconds() < self._url_until:
            return succeed(self._url)
        waiting: Deferred[str] = Deferred()
        if self._fetching is not None:
            self._fetching.append(waiting)
            return waiting
        self._fetching = [waiting]
        fetched = Deferred.fromCoroutine(self._api.stream_url())
        fetched.addCallback(self._keep)
        fetched.addBoth(self._share)
        return waiting

    def _keep(self, url: str) -> str:
        self._url = url
        self._url_until = self._clock.seconds() + self._options.url_seconds
        return url

    def _share(self, result: str | Failure) -> None:
        waiting, self._fetching = self._fetching or [], None
        for one in waiting:
            # One that was cancelled meanwhile does not mind.
            if isinstance(result, Failure):
                one.errback(result)
            else:
                one.callback(result)

    def reserved(self, call: CallInfo, session_id: str) -> Mapping[str, str]:
        return {
            "asapp_callTransferId": session_id,
            # Another session with the same one goes on with the conversation.
            "asapp_externalConversationId": conversation_id(call),
        }

    def probe(self) -> Deferred[str]:
        return Deferred.fromCoroutine(self._probe())

    async def _probe(self) -> str:
        await self._api.healthy()
        await self._api.stream_url()
        return f"{self._options.api_url} is healthy and gives addresses for streams"

    def ending(self, closed: Closed, session_id: str) -> Deferred[Ending]:
        return Deferred.fromCoroutine(self._ending(closed, session_id))

    async def _ending(self, closed: Closed, session_id: str) -> Ending:
        normal = is_normal(closed, self._options.stream)
        patience = self._options.result_seconds
        if not normal:
            patience = min(patience, BROKEN_SECONDS)
        result, problem = await self._result(session_id, patience)
        if not result.is_over:
            text = f"{told(closed)}, and has no result: {problem}"
            self._log.warn("agent {agent}: {text}", agent=self._options.name, text=text)
            if not normal:
                return Lost(reason=text)
            return Completed(reason=text, variables=self._variables(result))
        return self._meaning(result)

    async def _result(self, session_id: str, patience: float) -> tuple[Result, str]:
        """
        @return: all that was told within that time, and why it is not more.
        """
        result, problem = Result(), ""
        begun = self._clock.seconds()
        for pause in (*BACK_OFF, *[BACK_OFF[-1]] * round(patience)):
            answer = await self._api.call_transfer(session_id)
            if answer.status == 200:
                try:
                    result = result.merged(parse_result(answer.body))
                    problem = f"it is {result.status or 'without status'}"
                except ValueError as e:
                    problem = str(e)
            else:
                problem = answer.problem
            passed = self._clock.seconds() + pause - begun
            settled = result.is_over and passed > SETTLE_SECONDS
            if result.is_final or settled or passed > patience:
                break
            if answer.status in _HOPELESS:
                break
            await deferLater(self._clock, pause)
        return result, problem

    def _meaning(self, result: Result) -> Ending:
        variables = self._variables(result)
        word = self._options.dispositions.get(result.transfer_type, "end")
        kind = _KINDS.get(word)
        if kind is not None:
            return HandedOver(kind=kind, variables=variables)
        how = result.transfer_type or result.status
        return Completed(reason=f"GenerativeAgent: {how.lower()}", variables=variables)

    def _variables(self, result: Result) -> dict[str, str]:
        name = self._options.task_variable
        task = {name: result.task} if name and result.task else {}
        return {**task, **result.variables}
