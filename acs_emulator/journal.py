"""
Everything that crossed the wire, call by call, in order; bounded in memory.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from .model.call_index import CallIndex, Party

#: Calls that are remembered, and entries of each.
MOST_CALLS = 500
MOST_ENTRIES = 2000


@dataclass(frozen=True, kw_only=True)
class Entry:
    """
    One thing that crossed the wire.

    @ivar at: seconds since the epoch.
    @ivar seconds: since the first entry of the call.
    @ivar channel: C{event}, C{rest}, C{callback}, C{media}, C{identity},
        C{recording} or C{openid}.
    @ivar direction: C{out} is to the application, C{in} from it.
    @ivar detail: without secrets and audio.
    """

    at: float
    seconds: float
    channel: str
    direction: str
    what: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass
class AudioTally:
    """
    Frames of audio since the last other entry.
    """

    sent: int = 0
    received: int = 0


@dataclass
class _Page:
    began: float
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=MOST_ENTRIES))
    tally: AudioTally = field(default_factory=AudioTally)
    lost: int = 0


class Journal:
    """
    Fed by the fronts, who elide what they hand over.

    @ivar index: tells the fronts whose call it is that they see.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """
        @param now: seconds since the epoch.
        """
        self._now = now
        self._pages: OrderedDict[str, _Page] = OrderedDict()
        self._of_no_call = _Page(now())
        self.index = CallIndex()

    def note(
        self, party: Party, channel: str, direction: str, what: str, **detail: Any
    ) -> None:
        """
        Add an entry; what belongs to no call is under no correlation id.
        """
        page = self._page(party.correlation_id)
        self._settle(page)
        self._add(page, channel, direction, what, detail)

    def tally(self, party: Party) -> AudioTally:
        """
        @return: to be counted up for each frame of audio.
        """
        return self._page(party.correlation_id).tally

    def body(self, correlation_id: str) -> dict[str, Any]:
        """
        @param correlation_id: empty: what belongs to no call.

        @return: all entries of a call, for JSON.
        """
        if correlation_id and correlation_id not in self._pages:
            return {"correlation_id": correlation_id, "entries": [], "lost": 0}
        page = self._page(correlation_id)
        self._settle(page)
        return {
            "correlation_id": correlation_id,
            "entries": [asdict(entry) for entry in page.entries],
            "lost": page.lost,
        }

    def _page(self, correlation_id: str) -> _Page:
        if not correlation_id:
            return self._of_no_call
        page = self._pages.get(correlation_id)
        if page is None:
            page = self._pages[correlation_id] = _Page(self._now())
            if len(self._pages) > MOST_CALLS:
                self._pages.popitem(last=False)
        return page

    def _settle(self, page: _Page) -> None:
        tally = page.tally
        for direction, frames in (("out", tally.sent), ("in", tally.received)):
            if frames:
                what = "AudioData"
                self._add(page, "media", direction, what, {"messages": frames})
        tally.sent = tally.received = 0

    def _add(
        self,
        page: _Page,
        channel: str,
        direction: str,
        what: str,
        detail: dict[str, Any],
    ) -> None:
        page.lost += len(page.entries) == MOST_ENTRIES
        now = self._now()
        page.entries.append(
            Entry(
                at=now,
                seconds=round(now - page.began, 3),
                channel=channel,
                direction=direction,
                what=what,
                detail=detail,
            )
        )
