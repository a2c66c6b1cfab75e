"""
What an application is told of a call connection, and with which codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from . import callbacks as cb
from .actions import Action, Callback, LegConnected, LegEnded
from .asked import Asked
from .identifiers import identifier
from .legs import Leg, Transfer
from .media_state import MediaState
from .roster import Roster

#: What is told of a leg that never came up, by what had made it.
_NEVER_UP = {
    "answer": "AnswerFailed",
    "create": "CreateCallFailed",
    "connect": "ConnectFailed",
}


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
        The leg is up.
        """
        self._tell(leg, "CallConnected", cb.OK, leg.operation_context)
        if leg.media_state in (MediaState.NONE, MediaState.FAILED):
            self.emit(LegConnected(leg))

    def participants(self, legs: Iterable[Leg], roster: Roster) -> None:
        """
        Somebody came, went, or was muted or held.
        """
        self._sequence += 1
        who = cb.participants(self._sequence, roster.bodies())
        for leg in legs:
            self._tell(leg, "ParticipantsUpdated", cb.OK, extra=who)

    def outcome(
        self,
        leg: Leg,
        asked: Asked,
        kind: str,
        result: cb.Result,
        extra: dict[str, Any] | None = None,
    ) -> None:
        """
        How an operation went.
        """
        self._tell(
            leg,
            kind,
            result,
            asked.operation_context,
            url=asked.callback_url,
            extra=extra,
        )

    def streaming_started(self, leg: Leg) -> None:
        """
        Audio flows.
        """
        update = cb.streaming_update("Started", "subscriptionStarted")
        asked = _stream_asked(leg)
        self.outcome(leg, asked, "MediaStreamingStarted", cb.DONE, update)

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
        asked = _stream_asked(leg)
        self.outcome(leg, asked, "MediaStreamingFailed", cb.MEDIA_FAILED, update)
        self.emit(LegConnected(leg))

    def streaming_stopped(self, leg: Leg, asked: Asked | None = None) -> None:
        """
        @param asked: L{None}, if the call is over, and so is its audio.
        """
        update = cb.streaming_update("Stopped", "subscriptionStopped")
        asked = asked or Asked()
        self.outcome(leg, asked, "MediaStreamingStopped", cb.DONE, update)

    def transfer_accepted(self, leg: Leg, transfer: Transfer) -> None:
        """
        Somebody else has the caller now.
        """
        who = {
            "transferTarget": identifier(transfer.target),
            "transferee": identifier(transfer.transferee or leg.caller),
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

    def never_up(self, leg: Leg, result: cb.Result) -> None:
        """
        The leg ended before it was connected.
        """
        self.emit(LegEnded(leg))
        self._tell(leg, _NEVER_UP[leg.made_by], result, leg.operation_context)

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


def _stream_asked(leg: Leg) -> Asked:
    return leg.stream_asked or Asked(operation_context=leg.operation_context)
