"""
The rules of media streaming: when the socket of a leg opens and closes, and
what is told of it.

Start and stop after "Audio streaming" in the call automation how-tos; that
options are needed when the call is made is documented there, that starting
what runs and stopping what does not are refused is inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import bad_request, wrong_state
from .actions import CloseMedia, Later, OpenMedia, Tell
from .asked import Asked
from .legs import Leg, LegState
from .media_state import MediaState

if TYPE_CHECKING:
    from .call import Call


class Streaming:
    """
    The media sockets of a call's legs.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    def begin(self, leg: Leg) -> None:
        """
        The leg was answered: open its socket, if that was asked for.
        """
        if leg.media is not None and leg.media.start:
            self._open_soon(leg)

    def _open_soon(self, leg: Leg) -> None:
        leg.media_state = MediaState.OPENING
        self._call.later(self._call.timings.media, Later.OPEN_MEDIA, leg)

    def start(self, connection_id: str, asked: Asked) -> None:
        """
        @raise Refusal: 400, without options for it or if it runs already.
        """
        leg = self._call.up(connection_id)
        if leg.media is None:
            raise bad_request(
                "mediaStreamingOptions were not given when the call was made."
            )
        if leg.media_state not in (MediaState.NONE, MediaState.FAILED):
            raise wrong_state(f"Media streaming is {leg.media_state.value}.")
        leg.stream_asked = asked
        self._open_soon(leg)

    def stop(self, connection_id: str, asked: Asked) -> None:
        """
        @raise Refusal: 400, if it does not run.
        """
        leg = self._call.up(connection_id)
        if leg.media_state not in (MediaState.OPENING, MediaState.OPEN):
            raise wrong_state("Media streaming is not started.")
        leg.media_state = MediaState.STOPPING
        self._call.soon(lambda: self._stopped(leg, asked))

    def _stopped(self, leg: Leg, asked: Asked) -> None:
        # The application may have closed the socket in the meantime.
        if leg.is_over:
            return
        if leg.media_state is MediaState.STOPPING:
            self._call.emit(CloseMedia(leg))
        leg.media_state, leg.streaming = MediaState.NONE, False
        self._call.notices.streaming_stopped(leg, asked)

    def due(self, leg: Leg) -> None:
        """
        It is time to connect the socket.
        """
        if leg.media_state is MediaState.OPENING:
            self._call.emit(OpenMedia(leg))

    def connected(self, leg: Leg) -> None:
        """
        The leg is up; its socket may have been faster.
        """
        if leg.media_state is MediaState.OPEN:
            self._tell_soon(leg)
        elif leg.media_state is MediaState.FAILED:
            self._call.notices.streaming_failed(leg, interrupted=False)

    def opened(self, leg: Leg) -> None:
        """
        The application accepted the socket.
        """
        if leg.media_state is not MediaState.OPENING:
            return
        leg.media_state = MediaState.OPEN
        self._call.emit(Tell("media_open", "the media stream is open"))
        if leg.state is not LegState.CONNECTING:
            self._tell_soon(leg)

    def _tell_soon(self, leg: Leg) -> None:
        self._call.later(self._call.timings.streaming, Later.TELL_STREAMING, leg)

    def tell(self, leg: Leg) -> None:
        """
        It is time to say that audio flows.
        """
        if leg.media_state is MediaState.OPEN and not leg.streaming:
            leg.streaming = True
            self._call.notices.streaming_started(leg)

    def closed(self, leg: Leg, reason: str) -> None:
        """
        The socket was refused or lost; the call stays up.
        """
        was, leg.media_state = leg.media_state, MediaState.FAILED
        if leg.is_over or was is MediaState.STOPPING:
            return
        opened = was is MediaState.OPEN
        how = "lost" if opened else "could not be opened"
        self._call.emit(Tell("media_lost", f"the media stream {how}: {reason}"))
        if leg.state is not LegState.CONNECTING:
            leg.streaming = False
            self._call.notices.streaming_failed(leg, interrupted=opened)

    def end(self, leg: Leg) -> None:
        """
        The leg goes down.
        """
        if leg.media_state in (
            MediaState.OPENING,
            MediaState.OPEN,
            MediaState.STOPPING,
        ):
            self._call.emit(CloseMedia(leg))
            leg.media_state = MediaState.NONE
