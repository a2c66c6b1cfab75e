"""
The rules of transcription: when the socket of a leg opens and closes, and what is
told of it.

Operations after "Add real-time transcription into your application" in the call
automation how-tos; that options are needed when the call is made is documented
there.  Inferred, as for media streaming: that starting what runs, and stopping or
updating what does not, is refused; that the socket opens once the leg is connected;
and the codes of failures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import bad_request, wrong_state
from . import callbacks as cb, media_results
from .actions import CloseTranscript, OpenTranscript, Tell
from .asked import Asked
from .legs import Leg
from .media_state import MediaState
from .transcription import Transcription

if TYPE_CHECKING:
    from .call import Call

_NO_SERVICE = (
    "transcription needs callIntelligenceOptions.cognitiveServicesEndpoint when the "
    "call is answered or created"
)


class Transcribing:
    """
    The transcription sockets of a call's legs.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    # What is asked for.

    def connected(self, leg: Leg) -> None:
        """
        The leg is up: open its socket, if that was asked for.
        """
        about = leg.transcription
        if about is not None and about.options.start:
            self._open_soon(leg, about, Asked(operation_context=leg.operation_context))

    def start(
        self, connection_id: str, asked: Asked, locale: str | None, model: str | None
    ) -> None:
        """
        @raise Refusal: 400, without options for it or if it runs already.
        """
        leg = self._call.up(connection_id)
        about = _asked_for(leg)
        if about.state not in (MediaState.NONE, MediaState.FAILED):
            raise wrong_state(f"Transcription is {about.state.value}.")
        _change(about, locale, model)
        self._open_soon(leg, about, asked)

    def stop(self, connection_id: str, asked: Asked) -> None:
        """
        @raise Refusal: 400, if it does not run.
        """
        leg = self._call.up(connection_id)
        about = _running(leg)
        about.state = MediaState.STOPPING
        self._call.soon(lambda: self._stopped(leg, about, asked))

    def update(
        self, connection_id: str, asked: Asked, locale: str | None, model: str | None
    ) -> None:
        """
        @raise Refusal: 400, if it does not run.
        """
        leg = self._call.up(connection_id)
        about = _running(leg)
        _change(about, locale, model)
        self._call.soon(lambda: self._updated(leg, asked))

    # What comes of it.

    def _open_soon(self, leg: Leg, about: Transcription, asked: Asked) -> None:
        about.state = MediaState.OPENING
        about.asked = asked
        self._call.soon(lambda: self._due(leg, about))

    def _due(self, leg: Leg, about: Transcription) -> None:
        if leg.is_over or about.state is not MediaState.OPENING:
            return
        if leg.cognitive_services is None:
            self.impossible(leg.connection_id, _NO_SERVICE)
        else:
            self._call.emit(OpenTranscript(leg))

    def opened(self, connection_id: str) -> None:
        """
        The application accepted the socket.
        """
        leg = self._call.legs[connection_id]
        about = leg.transcription
        if about is None or about.state is not MediaState.OPENING:
            return
        about.state = MediaState.OPEN
        self._call.emit(Tell("transcript_open", "the transcription is open"))
        self._call.soon(lambda: self._tell(leg, about), self._call.timings.streaming)

    def _tell(self, leg: Leg, about: Transcription) -> None:
        if leg.is_over or about.state is not MediaState.OPEN or about.told:
            return
        about.told = True
        update = cb.transcription_update("Started", "subscriptionStarted")
        self._outcome(leg, about.asked, "TranscriptionStarted", cb.DONE, update)

    def closed(self, connection_id: str, reason: str) -> None:
        """
        The socket was refused or lost; the call stays up.
        """
        leg = self._call.legs[connection_id]
        about = leg.transcription
        assert about is not None
        lost = about.state is MediaState.OPEN
        how = "lost" if lost else "could not be opened"
        details = "Interrupted" if lost else "Unsuccessful"
        text = f"the transcription {how}: {reason}"
        self._failed(leg, text, f"streamConnection{details}", cb.MEDIA_FAILED)

    def impossible(self, connection_id: str, reason: str) -> None:
        """
        What is said cannot be understood here.
        """
        leg = self._call.legs[connection_id]
        result = media_results.speech_service_failed(reason)
        text = f"there is no transcription: {reason}"
        self._failed(leg, text, "speechServicesConnectionError", result)
        self._call.emit(CloseTranscript(leg))

    def _failed(self, leg: Leg, text: str, details: str, result: cb.Result) -> None:
        about = leg.transcription
        assert about is not None
        was, about.state = about.state, MediaState.FAILED
        if leg.is_over or was is MediaState.STOPPING:
            return
        about.told = False
        self._call.emit(Tell("transcript_lost", text))
        update = cb.transcription_update("Failed", details)
        self._outcome(leg, about.asked, "TranscriptionFailed", result, update)

    def _updated(self, leg: Leg, asked: Asked) -> None:
        if not leg.is_over:
            update = cb.transcription_update("Updated", "transcriptionLocaleUpdated")
            self._outcome(leg, asked, "TranscriptionUpdated", cb.DONE, update)

    def _stopped(self, leg: Leg, about: Transcription, asked: Asked) -> None:
        # The application may have closed the socket in the meantime.
        if leg.is_over:
            return
        self._call.emit(CloseTranscript(leg))
        about.state, about.told = MediaState.NONE, False
        self._tell_stopped(leg, asked)

    def end(self, leg: Leg) -> None:
        """
        The leg goes down.
        """
        about = leg.transcription
        if about is not None and about.state is not MediaState.NONE:
            self._call.emit(CloseTranscript(leg))
            about.state = MediaState.NONE

    def gone(self, leg: Leg) -> None:
        """
        The end of the leg was told.
        """
        about = leg.transcription
        if about is not None and about.told:
            about.told = False
            self._tell_stopped(leg, Asked())

    def _tell_stopped(self, leg: Leg, asked: Asked) -> None:
        update = cb.transcription_update("Stopped", "subscriptionStopped")
        self._outcome(leg, asked, "TranscriptionStopped", cb.DONE, update)

    def _outcome(
        self,
        leg: Leg,
        asked: Asked,
        kind: str,
        result: cb.Result,
        update: dict[str, object],
    ) -> None:
        self._call.notices.outcome(leg, asked, kind, result, update)


def _asked_for(leg: Leg) -> Transcription:
    if leg.transcription is None:
        raise bad_request("transcriptionOptions were not given when the call was made.")
    return leg.transcription


def _running(leg: Leg) -> Transcription:
    about = _asked_for(leg)
    if about.state not in (MediaState.OPENING, MediaState.OPEN):
        raise wrong_state("Transcription is not started.")
    return about


def _change(about: Transcription, locale: str | None, model: str | None) -> None:
    about.locale = locale or about.locale
    about.model = model or about.model
