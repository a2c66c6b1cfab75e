"""
Who is in a call, as C{ParticipantsUpdated} and the list of participants tell
it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..errors import Refusal
from .identifiers import identifier


@dataclass(kw_only=True)
class Participant:
    """
    @ivar is_phone: does one of our emulated phones speak for it?  Else an
        application does.
    """

    raw_id: str
    is_phone: bool
    muted: bool = False
    on_hold: bool = False

    def body(self) -> dict[str, Any]:
        """
        @return: C{CallParticipant}.
        """
        return {
            "identifier": identifier(self.raw_id),
            "isMuted": self.muted,
            "isOnHold": self.on_hold,
        }


@dataclass
class Roster:
    """
    In the order of coming.
    """

    _people: dict[str, Participant] = field(default_factory=dict)

    def enter(self, raw_id: str, *, is_phone: bool) -> None:
        """
        No harm if it is there already.
        """
        newcomer = Participant(raw_id=raw_id, is_phone=is_phone)
        self._people.setdefault(raw_id, newcomer)

    def leave(self, raw_id: str) -> None:
        """
        No harm if it is not there.
        """
        self._people.pop(raw_id, None)

    def get(self, raw_id: str) -> Participant | None:
        """
        @return: L{None} for somebody who is not in the call.
        """
        return self._people.get(raw_id)

    def find(self, raw_id: str) -> Participant:
        """
        @raise Refusal: 404, if it is not there.
        """
        found = self._people.get(raw_id)
        if found is None:
            raise Refusal(404, "8522", "The participant is not in the call.")
        return found

    def other_than(self, raw_id: str) -> str | None:
        """
        @return: the first who is somebody else.
        """
        return next((other for other in self._people if other != raw_id), None)

    @property
    def phones(self) -> list[str]:
        """
        Raw ids.
        """
        return [p.raw_id for p in self._people.values() if p.is_phone]

    @property
    def raw_ids(self) -> list[str]:
        """
        Of all: phones first, then applications.
        """
        people = sorted(self._people.values(), key=lambda p: not p.is_phone)
        return [p.raw_id for p in people]

    def bodies(self) -> list[dict[str, Any]]:
        """
        @return: a list of C{CallParticipant}.
        """
        return [p.body() for p in self._people.values()]

    def is_cut_off(self, raw_id: str) -> bool:
        """
        Is it on hold, so that it neither hears the others nor is heard?
        """
        found = self._people.get(raw_id)
        return found is not None and found.on_hold

    def is_silenced(self, raw_id: str) -> bool:
        """
        Do the others not hear it?
        """
        found = self._people.get(raw_id)
        return found is not None and (found.muted or found.on_hold)
