"""
What an application is told of a call connection, and with which codes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import callbacks as cb
from .actions import Action, Callback, LegConnected, LegEnded
from .identifiers import identifier
from .legs import Leg, MediaState, Transfer


@dataclass
class Notices:
    """
    Turns what happened to a leg into the callbacks that tell it; and tells the
    caller's line of its beginning and end.
    """

    emit: Callable[[Action], None]
    _sequence: int = 0

    def connected(self, leg: Leg) -> None:
        """
        The leg is up, with the caller and the user that answered.
        """
        self._tell(leg, "CallConnected", cb.OK, leg.operation_context)
        self._sequence += 1
        who = cb.participants(self._sequence, [leg.caller, leg.answered_by])
        self._tell(leg, "ParticipantsUpdated", cb.OK, extra=who)
        if leg.media_state in (MediaState.NONE, MediaState.FAILED):
            self.emit(LegConnected(leg))

    def streaming_started(self, leg: Leg) -> None:
        """
        Audio flows.
        """
        update = cb.streaming_update("Started", "subscriptionStarted")
        context = leg.operation_context
        self._tell(leg, "MediaStreamingStarted", cb.DONE, context, extra=update)

    def streaming_failed(self, leg: Leg, *, interrupted: bool) -> None:
        """
        @param interrupted: the stream was open before.
        """
        update = cb.streaming_update(
            "Failed",
            "streamConnectionInterrupted"
            if interrupted
            else "initialWebSocketConnectionFailed",
        )
        context = leg.operation_context
        self._tell(leg, "MediaStreamingFailed", cb.MEDIA_FAILED, context, extra=update)
        self.emit(LegConnected(leg))

    def streaming_stopped(self, leg: Leg) -> None:
        """
        The call is over, and so is its audio.
        """
        update = cb.streaming_update("Stopped", "subscriptionStopped")
        self._tell(leg, "MediaStreamingStopped", cb.DONE, extra=update)

    def transfer_accepted(self, leg: Leg, transfer: Transfer) -> None:
        """
        Somebody else has the caller now.
        """
        who = {
            "transferTarget": identifier(transfer.target),
            "transferee": identifier(leg.caller),
        }
        self._tell(
            leg,
            "CallTransferAccepted",
            cb.TRANSFERRED,
            transfer.operation_context,
            url=transfer.callback_url,
            extra=who,
        )

    def transfer_failed(self, leg: Leg, transfer: Transfer, result: cb.Result) -> None:
        """
        The caller stays here.
        """
        self._tell(
            leg,
            "CallTransferFailed",
            result,
            transfer.operation_context,
            url=transfer.callback_url,
        )

    def disconnected(self, leg: Leg, result: cb.Result) -> None:
        """
        The leg, which was connected or about to be, is down.
        """
        self.emit(LegEnded(leg))
        self._tell(leg, "CallDisconnected", result, leg.operation_context)

    def answer_failed(self, leg: Leg) -> None:
        """
        The caller left while the answer was on its way.
        """
        self.emit(LegEnded(leg))
        context = leg.operation_context
        self._tell(leg, "AnswerFailed", cb.CALLER_CANCELED, context)

    def _tell(
        self,
        leg: Leg,
        kind: str,
        result: cb.Result,
        context: str | None = None,
        *,
        url: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        self.emit(
            Callback(
                leg=leg,
                kind=kind,
                result=result,
                operation_context=context,
                extra=extra or {},
                url=url,
            )
        )
