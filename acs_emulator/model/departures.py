"""
The rules of leaving: who hangs up, who is put out, and when the call is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import callbacks as cb
from .actions import Ended, PutDown, Tell
from .identifiers import name_of
from .legs import Leg, LegState

if TYPE_CHECKING:
    from .call import Call


class Departures:
    """
    How phones and applications leave a call, and the call its end.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    def hang_up(self, connection_id: str, *, everybody: bool = True) -> None:
        """
        The application ends the call for everybody, or for itself: where it
        talks to nobody else than one other, that is the same.

        @raise Refusal: 404, if the leg has ended.
        """
        leg = self._call.leg(connection_id)
        self._call.emit(
            Tell("hung_up_by_service", f"{name_of(leg.answered_by)} hangs up")
        )
        if everybody or self._call.size <= 2:
            self.end("hung up by service", cb.ENDED_BY_SERVICE, cause=leg)
        else:
            self.disconnect(leg, cb.ENDED_BY_SERVICE)
            self._call.tell_participants()

    def hang_up_caller(self, text: str) -> None:
        """
        The caller puts the phone down; not for the first time, perhaps.  A
        call that an application created is ended by those whom it called.

        @param text: for the story.
        """
        if self._call.state == "ended":
            return
        if not self._call.legs:
            self._call.emit(Tell("hung_up_by_caller", text))
            self.end("hung up by caller before the answer")
            return
        created = next(iter(self._call.legs.values())).made_by == "create"
        for raw_id in self._call.roster.phones:
            if created or raw_id == self._call.caller:
                self.hang_up_phone(raw_id, text)

    def hang_up_phone(self, raw_id: str, text: str) -> None:
        """
        Somebody puts the phone down; not for the first time, perhaps.
        """
        if self._call.state == "ended" or raw_id not in self._call.roster.phones:
            return
        if raw_id == self._call.caller:
            self._call.emit(Tell("hung_up_by_caller", text))
            self.phone_left(raw_id, "hung up by caller", cb.CALLER_LEFT)
        else:
            self._call.emit(Tell("hung_up_by_phone", f"{name_of(raw_id)}: {text}"))
            self.phone_left(raw_id, "hung up by phone", cb.PHONE_LEFT)

    def phone_left(self, raw_id: str, outcome: str, result: cb.Result) -> None:
        """
        A phone does not take part any more.

        @param outcome: how the call has ended, if it ends with that.
        """
        self._call.roster.leave(raw_id)
        self._call.emit(PutDown(raw_id))
        for leg in self._call.active_legs:
            if leg.transfer is not None and leg.transfer.transferee == raw_id:
                self._call.ringing.stop_for(leg.connection_id)
                if self._call.size > 1:
                    self._call.transfers.failed(leg, cb.NO_PARTICIPANT)
        self._departed(outcome, result)

    def user_left(self, raw_id: str, outcome: str, result: cb.Result) -> None:
        """
        The application that speaks for a user is put out.
        """
        for leg in self._call.active_legs:
            if leg.answered_by == raw_id:
                self.disconnect(leg, result)
        self._call.roster.leave(raw_id)
        self._departed(outcome, cb.ENDED_BY_SERVICE)

    def _departed(self, outcome: str, result: cb.Result) -> None:
        # That a call ends when only one is left in it is inferred.
        if self._call.size < 2:
            self.end(outcome, result)
        else:
            self._call.tell_participants()

    def end(
        self,
        outcome: str,
        result: cb.Result = cb.CALLER_LEFT,
        cause: Leg | None = None,
    ) -> None:
        """
        The call is over; no harm if it was before.

        @param cause: the leg whose application ended it.
        """
        if self._call.state == "ended":
            return
        self._call.state, self._call.outcome = "ended", outcome
        self._call.ringing.stop_all()
        for leg in self._call.legs.values():
            self._moved_away(leg)
        for leg in self._call.active_legs:
            elsewhere = cause is not None and leg is not cause
            self.disconnect(leg, cb.ENDED_ELSEWHERE if elsewhere else result)
        self._call.emit(Tell("ended", outcome))
        self._call.emit(Ended(outcome))

    def disconnect(self, leg: Leg, result: cb.Result) -> None:
        """
        An application is not in the call any more.
        """
        was = leg.state
        self._leave(leg, LegState.DISCONNECTED)
        streamed, leg.streaming = leg.streaming, False
        if was is not LegState.CONNECTING or result is cb.ENDED_BY_SERVICE:
            self._call.notices.disconnected(leg, result)
        elif result is cb.CALLER_LEFT:
            self._call.notices.never_up(leg, cb.CALLER_CANCELED)
        else:
            self._call.notices.never_up(leg, result)
        if streamed:
            self._call.notices.streaming_stopped(leg)
        self._call.transcribing.gone(leg)

    def move_away(self, leg: Leg) -> None:
        """
        Somebody else has the caller: the application is out of the call at once,
        and is told so a little later.
        """
        self._leave(leg, LegState.TRANSFER_ACCEPTED)
        self._call.soon(lambda: self._moved_away(leg))

    def _moved_away(self, leg: Leg) -> None:
        if leg.state is LegState.TRANSFER_ACCEPTED:
            leg.state = LegState.DISCONNECTED
            streamed, leg.streaming = leg.streaming, False
            self._call.notices.disconnected(leg, cb.ENDED_BY_SERVICE)
            if streamed:
                self._call.notices.streaming_stopped(leg)
            self._call.transcribing.gone(leg)

    def _leave(self, leg: Leg, state: LegState) -> None:
        leg.state = state
        self._call.ringing.stop_for(leg.connection_id)
        self._call.invitations.forget(leg)
        if all(
            other.answered_by != leg.answered_by for other in self._call.active_legs
        ):
            self._call.roster.leave(leg.answered_by)
        self._call.streaming.end(leg)
        self._call.transcribing.end(leg)
