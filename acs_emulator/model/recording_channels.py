"""
Which participant is recorded on which channel.

One participant for each channel, and at most five channels: "Call Recording
overview" in the Communication Services docs.  Inferred: the order of those who were
not given a channel, and that a sixth participant is not recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import bad_request
from .identifiers import participant_in

MOST_CHANNELS = 5


class Channels:
    """
    Gives those who were not given a channel the first one that is free, and keeps
    it for them.
    """

    def __init__(self, wanted: Mapping[str, int], people: Iterable[str]) -> None:
        """
        @param wanted: channels by raw id.
        @param people: raw ids of those who are there already, in order.
        """
        self._places = dict(wanted)
        for raw_id in people:
            self.place_of(raw_id)

    def place_of(self, raw_id: str) -> int | None:
        """
        @return: L{None}, if no channel is left.
        """
        if raw_id not in self._places:
            taken = set(self._places.values())
            free = next((i for i in range(MOST_CHANNELS) if i not in taken), None)
            if free is None:
                return None
            self._places[raw_id] = free
        return self._places[raw_id]

    @property
    def count(self) -> int:
        """
        How many channels the file has.
        """
        return max(self._places.values(), default=0) + 1

    @property
    def places(self) -> dict[str, int]:
        """
        By raw id.
        """
        return dict(self._places)


def wanted_channels(body: Mapping[str, Any], people: Sequence[str]) -> dict[str, int]:
    """
    @param body: a C{StartCallRecordingRequest}, already checked.
    @param people: raw ids of those who are in the call.

    @raise Refusal: 400, if it cannot be so.
    """
    wanted: dict[str, int] = {}
    try:
        for i, item in enumerate(body.get("audioChannelParticipantOrdering") or ()):
            wanted[participant_in(item)] = i
        for item in body.get("channelAffinity") or ():
            wanted[participant_in(item["participant"])] = item["channel"]
    except ValueError as e:
        raise bad_request(f"channelAffinity: {e}.") from None
    if set(wanted) - set(people):
        raise bad_request("channelAffinity names somebody who is not in this call.")
    if len(set(wanted.values())) < len(wanted):
        raise bad_request("channelAffinity gives one channel to two participants.")
    return wanted
