"""
The transcription sockets of one call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from .call_media import CallMedia
from .errors import NoAnswer, SpeechMissing
from .fronts.media_client import MediaAttempt
from .model.legs import Leg
from .model.tokens import MEDIA_LIFETIME
from .network import Network
from .transcript import Transcript


class Transcripts:
    """
    Does with them what the rules of the call want.
    """

    _log = Logger()

    def __init__(
        self,
        network: Network,
        media: CallMedia,
        *,
        opened: Callable[[str], None],
        closed: Callable[[str, str], None],
        impossible: Callable[[str, str], None],
    ) -> None:
        """
        @param opened: told of a leg whose socket was accepted.
        @param closed: told of a leg whose socket was refused or lost, and why.
        @param impossible: told of a leg where nothing can be understood, and why.
        """
        self._network = network
        self._media = media
        self._opened = opened
        self._closed = closed
        self._impossible = impossible
        self._starting: dict[str, Deferred[None]] = {}
        self._open: dict[str, tuple[MediaAttempt, Transcript]] = {}

    def open(self, leg: Leg) -> None:
        """
        See that there are ears, and connect to the socket of a leg.
        """
        key = leg.connection_id
        starting = Deferred.fromCoroutine(self._start(leg))
        if not starting.called:
            self._starting[key] = starting
        starting.addErrback(lambda failure: failure.trap(CancelledError) and None)
        starting.addErrback(lambda failure: self._log.failure("transcript", failure))
        starting.addBoth(lambda result: self._starting.pop(key, None) and None)

    async def _start(self, leg: Leg) -> None:
        network = self._network
        studio = network.studio
        try:
            await studio.in_thread(studio.ears.ready)
        except SpeechMissing as e:
            # Not to be canceled by what comes of this.
            self._starting.pop(leg.connection_id, None)
            self._impossible(leg.connection_id, str(e))
            return
        assert leg.transcription is not None
        transcript = Transcript(
            leg,
            studio,
            on_open=partial(self._accepted, leg),
            on_close=partial(self._lost, leg),
            on_deaf=partial(self._impossible, leg.connection_id),
            wrong=partial(self._wrong, leg),
        )
        token = network.issuer.token(network.clock.seconds(), MEDIA_LIFETIME)
        headers = {
            "Authorization": f"Bearer {token}",
            "x-ms-call-connection-id": leg.connection_id,
            "x-ms-call-correlation-id": leg.facts.correlation_id,
        }
        url = leg.transcription.options.url
        try:
            attempt = network.connector.connect(
                url, headers, transcript, "transcription"
            )
        except NoAnswer as e:
            self._lost(leg, str(e))
        else:
            self._open[leg.connection_id] = (attempt, transcript)

    def close(self, leg: Leg) -> None:
        """
        Close the socket of a leg; no harm if there is none.
        """
        starting = self._starting.pop(leg.connection_id, None)
        if starting is not None:
            starting.cancel()
        attempt, transcript = self._open.pop(leg.connection_id, (None, None))
        if attempt is not None and transcript is not None:
            self._media.remove_tap(leg, transcript)
            transcript.end()
            attempt.close()

    def _accepted(self, leg: Leg, transcript: Transcript) -> None:
        self._media.add_tap(leg, transcript)
        self._opened(leg.connection_id)

    def _lost(self, leg: Leg, reason: str) -> None:
        _, transcript = self._open.pop(leg.connection_id, (None, None))
        if transcript is not None:
            self._media.remove_tap(leg, transcript)
        self._closed(leg.connection_id, reason)

    def _wrong(self, leg: Leg, reason: str) -> None:
        self._network.report.add(
            "media",
            "message",
            [reason],
            correlation_id=leg.facts.correlation_id,
            refused=True,
        )
