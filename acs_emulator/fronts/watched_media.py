"""
Media streams: written into the journal, and spoiled as ordered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from ..errors import NoAnswer
from ..journal import Journal
from ..model.call_index import Party
from ..model.elision import show_headers, show_media, show_url
from ..model.faults import FaultBook
from ..model.forgery import Forger
from ..model.report import Report
from ..model.tokens import MEDIA_LIFETIME
from .late_attempt import LateAttempt
from .media_client import MediaAttempt, MediaConnector
from .media_link import MediaLink, MediaPeer
from .media_wire import new_wires
from .spoiled_link import SpoiledLink
from .trust import Trust

#: Messages above this size are audio; the others are looked at.
_SMALL = 300
_AUDIO_HEAD = b'{"kind":"AudioData"'
#: Seconds for which a slow reader reads at a time.
_GLANCE = 0.02


class _WatchedPeer:
    """
    Stands between a connection and the stream that it carries.

    @ivar dead: the connection takes and gives nothing any more.
    """

    def __init__(
        self,
        peer: MediaPeer,
        party: Party,
        fault: Mapping[str, Any],
        journal: Journal,
        report: Report,
        clock: IReactorTime,
        name: str = "media",
    ) -> None:
        """
        @param name: of the socket, such as C{media}.
        """
        self._peer = peer
        self._name = name
        self._party = party
        self._fault = fault
        self._journal = journal
        self._report = report
        self._clock = clock
        self._tally = journal.tally(party)
        self._timers: list[IDelayedCall] = []
        self._link: MediaLink | None = None
        self.dead = False

    def opened(self, link: MediaLink) -> None:
        self._link = link
        self._note("in", "the WebSocket is open")
        after = self._fault.get
        for key, strike in (
            ("drop_after", self._let_drop),
            ("reset_after", lambda: self._drop(True)),
            ("half_open_after", self._half_open),
        ):
            if (seconds := after(key)) is not None:
                self._later(seconds, key, strike)
        if "read_every" in self._fault:
            self._look_away()
        self._peer.opened(SpoiledLink(link, self))

    def received(self, payload: bytes, is_binary: bool) -> None:
        if len(payload) > _SMALL and not is_binary:
            self._tally.received += 1
        else:
            self._show("in", payload, is_binary)
        self._peer.received(payload, is_binary)

    def sent(self, payload: bytes) -> None:
        """
        The stream sends something.
        """
        if payload.startswith(_AUDIO_HEAD):
            self._tally.sent += 1
        else:
            self._show("out", payload, False)

    def remark(self, what: str, detail: dict[str, Any]) -> None:
        """
        Something that the journal should say, though it is not on the wire.
        """
        self._note("fault", what, **detail)

    def closed(self, reason: str) -> None:
        self._note("in", f"the WebSocket is closed: {reason}")
        if self._link is None and not self._fault:
            self._report.add(
                "media",
                "connect",
                [f"the {self._name} socket did not open: {reason}"],
                party=self._party,
                refused=True,
            )
        self.let_go()
        self._peer.closed(reason)

    def let_go(self) -> None:
        """
        Nothing is spoiled any more.
        """
        for timer in self._timers:
            if timer.active():
                timer.cancel()
        self._timers.clear()

    def _let_drop(self) -> None:
        code = self._fault.get("close_code")
        if code is None:
            self._drop(False)
        else:
            self.dead = True
            assert self._link is not None
            self._link.close(code)

    def _drop(self, abort: bool) -> None:
        self.dead = True
        assert self._link is not None
        self._link.drop(abort)

    def _half_open(self) -> None:
        self.dead = True
        assert self._link is not None
        self._link.read(False)

    def _look_away(self) -> None:
        assert self._link is not None
        self._link.read(False)
        self._timers.append(
            self._clock.callLater(self._fault["read_every"], self._look)
        )

    def _look(self) -> None:
        assert self._link is not None
        self._link.read(True)
        self._timers.append(self._clock.callLater(_GLANCE, self._look_away))

    def _later(self, seconds: float, what: str, strike: Callable[[], None]) -> None:
        def due() -> None:
            self._note("fault", what)
            strike()

        self._timers.append(self._clock.callLater(seconds, due))

    def _show(self, direction: str, payload: bytes, is_binary: bool) -> None:
        if is_binary:
            self._note(direction, "a binary message", bytes=len(payload))
            return
        try:
            message = json.loads(payload)
        except ValueError:
            self._note(direction, "a message that is not JSON", bytes=len(payload))
            return
        kind = ""
        if isinstance(message, dict):
            kind = str(next((v for k, v in message.items() if k.lower() == "kind"), ""))
        if kind.lower() == "audiodata" and direction == "in":
            self._tally.received += 1
        else:
            self._note(direction, kind or "a message", body=show_media(message))

    def _note(self, direction: str, what: str, **detail: Any) -> None:
        self._journal.note(self._party, "media", direction, what, **detail)


class WatchedConnector(MediaConnector):
    """
    A L{MediaConnector} whose streams are looked at.
    """

    def __init__(
        self,
        reactor: Any,
        trust: Trust,
        clock: IReactorTime,
        *,
        journal: Journal,
        faults: FaultBook,
        forger: Forger,
        report: Report,
    ) -> None:
        # Time that stands still is no reason to let the application wait.
        super().__init__(
            reactor, trust, new_wires(reactor) if clock is reactor else None
        )
        self._clock = clock
        self._journal = journal
        self._faults = faults
        self._forger = forger
        self._report = report

    def connect(
        self,
        url: str,
        headers: Mapping[str, str],
        peer: MediaPeer,
        operation: str = "connect",
    ) -> MediaAttempt:
        """
        See L{MediaConnector.connect}.
        """
        party = self._journal.index.of_connection(
            headers.get("x-ms-call-connection-id", ""),
            headers.get("x-ms-call-correlation-id", ""),
        )
        fault = self._faults.strike("media", party, operation)
        headers = self._forger.headers(
            headers, fault, self._clock.seconds(), MEDIA_LIFETIME
        )
        self._journal.note(
            party,
            "media",
            "out",
            operation,
            url=show_url(url),
            headers=show_headers(headers),
        )
        if fault:
            self._journal.note(party, "media", "fault", operation, **fault)
        watch = _WatchedPeer(
            peer,
            party,
            fault,
            self._journal,
            self._report,
            self._clock,
            "media" if operation == "connect" else operation,
        )
        attempt = LateAttempt(watch, self._clock)
        if fault.get("refuse"):
            attempt.later(
                fault.get("delay", 0), lambda: watch.closed("refused, as ordered")
            )
        elif "delay" in fault:
            attempt.later(fault["delay"], lambda: self._late(url, headers, watch))
        else:
            attempt.begun(super().connect(url, headers, watch))
        return attempt

    def _late(
        self, url: str, headers: Mapping[str, str], watch: _WatchedPeer
    ) -> MediaAttempt | None:
        try:
            return super().connect(url, headers, watch)
        except NoAnswer as e:
            watch.closed(str(e))
            return None
