"""
The callbacks of one call, on their way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.logger import Logger

from .errors import NoAnswer
from .model.actions import Callback
from .model.callbacks import cloud_events
from .model.story import Story
from .model.wire_time import callback_time
from .network import Network


class Callbacks:
    """
    Posts them, and tells the story of those that fail.
    """

    _log = Logger()

    def __init__(
        self,
        call_id: str,
        network: Network,
        story: Story,
        tell: Callable[[str, str], None],
    ) -> None:
        self._call_id = call_id
        self._story = story
        self._tell = tell
        self._network = network
        self._posting: set[Deferred[None]] = set()

    def posted(self) -> Deferred[Any]:
        """
        @return: fires when no callback is on its way.
        """
        return DeferredList(list(self._posting))

    def post(self, callback: Callback) -> None:
        """
        Tell an application.
        """
        posting = Deferred.fromCoroutine(self._deliver(callback))
        self._posting.add(posting)
        posting.addErrback(lambda failure: failure.trap(CancelledError) and None)
        posting.addErrback(
            lambda failure: self._log.failure(
                "call {call}: callback", failure, call=self._call_id
            )
        )
        posting.addBoth(lambda result: self._posting.discard(posting))

    async def _deliver(self, callback: Callback) -> None:
        network, leg = self._network, callback.leg
        body = cloud_events(
            leg.facts,
            callback.kind,
            event_id=network.new_id(),
            time=callback_time(network.clock.seconds()),
            result=callback.result,
            operation_context=callback.operation_context,
            extra=callback.extra,
        )
        self._story.counters.callbacks_sent += 1
        try:
            status = await network.notifier.post(callback.url or leg.callback_url, body)
            problem = None if 200 <= status < 300 else f"answered with {status}"
        except NoAnswer as e:
            problem = str(e)
        if problem is not None:
            self._story.counters.callbacks_failed += 1
            self._tell("callback_failed", f"{callback.kind}: {problem}")
