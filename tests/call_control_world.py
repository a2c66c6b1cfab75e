"""
Call control with a network on its other side: what the contract of call control is
tried upon; not collected by trial itself.
"""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from acsgw.acs.events import Callback
from acsgw.errors import CallGone
from acsgw.interfaces import ICallControl, IncomingCall

from .support import ClockTestCase

T = TypeVar("T")

CALLBACK_URL = "http://127.0.0.1:8080/v1/callbacks/c1/token"
MEDIA_URL = "ws://127.0.0.1:8080/v1/media/c1/token"
PHONE = "4:+14255550199"
#: Raw id of a phone to which transfers fail.
DEAD_PHONE = "4:+14255550198"
TARGET = (
    "8:acs:6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c_0000002b-1c80-11aa-92fd-8b3a0d00b7c4"
)


class CallControlTestCase(ClockTestCase):
    """
    Subclasses say how to make an L{ICallControl}, and what the network on its other
    side knows.
    """

    def make(self) -> ICallControl:
        """
        @return: what is tested, with a network behind it.
        """
        raise NotImplementedError()

    def ring(self) -> str:
        """
        @return: the context of a call that begins to ring.
        """
        raise NotImplementedError()

    def live(self) -> set[str]:
        """
        @return: connection ids of the calls that were answered and did not end.
        """
        raise NotImplementedError()

    def transfers(self) -> list[tuple[str, str, dict[str, str]]]:
        """
        @return: connection id, target and variables of each transfer asked for.
        """
        raise NotImplementedError()

    def transfer_contexts(self) -> list[str]:
        """
        @return: what is to come back with the outcome of each transfer.
        """
        raise NotImplementedError

    def announced(self) -> list[IncomingCall]:
        """
        @return: every call that rang, at whomsoever's, in order.
        """
        raise NotImplementedError()

    def told(self) -> list[Callback]:
        """
        @return: every callback that has arrived, in order.
        """
        raise NotImplementedError()

    def caller_hangs_up(self) -> None:
        """
        The caller of the last call that rang puts the phone down.
        """
        raise NotImplementedError()

    def pass_time(self, seconds: float) -> None:
        """
        The network's time passes.
        """
        raise NotImplementedError()

    def passing_state(self, connection_id: str) -> str:
        """
        @return: where a call stands after what was asked for last, before any time
            passes beyond that.
        """
        raise NotImplementedError()

    def refuse_all(self, reason: str) -> None:
        """
        The network refuses every request from now on.
        """
        raise NotImplementedError()

    def result(self, deferred: Deferred[T]) -> T:
        """
        @return: what it fires with; a subclass may move bytes meanwhile.
        """
        return self.successResultOf(deferred)

    def failure(self, deferred: Deferred[Any], kind: type[Exception]) -> str:
        """
        @return: the text that it fails with.
        """
        text: str = self.failureResultOf(deferred, kind).getErrorMessage()
        return text

    def setUp(self) -> None:
        super().setUp()
        self.control = self.make()

    def answer(self, context: str) -> Deferred[str]:
        answering: Deferred[str] = self.control.answer(
            context, CALLBACK_URL, MEDIA_URL, 16000
        )
        return answering

    def connect(self) -> str:
        """
        @return: connection id of a call that was answered, and is connected.
        """
        connection_id = self.result(self.answer(self.ring()))
        self.pass_time(1)
        return connection_id

    def state(self, connection_id: str) -> str:
        """
        @return: where that call stands.
        """
        return self.result(self.control.connection_state(connection_id))

    def kinds(self, connection_id: str) -> list[str]:
        """
        @return: what was told of that call; media aside, which not every network
            here has, and participants, who come and go.
        """
        return [
            event.kind
            for event in self.told()
            if event.connection_id == connection_id
            and not event.kind.startswith(("MediaStreaming", "Participants"))
        ]

    def outcome(self, kind: str) -> tuple[str, int, int]:
        """
        @return: operation context and codes of the only callback of that kind.
        """
        [event] = [event for event in self.told() if event.kind == kind]
        return event.operation_context, event.code, event.sub_code

    def assertGone(self, connection_id: str) -> None:
        """
        No command reaches that call any more.
        """
        control = self.control
        self.failure(control.hang_up(connection_id), CallGone)
        self.failure(control.transfer(connection_id, TARGET, {}, "one"), CallGone)
        self.failure(control.connection_state(connection_id), CallGone)
