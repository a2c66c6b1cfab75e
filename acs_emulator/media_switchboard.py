"""
Media operations and recordings, as the REST API asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .fronts.rest import Perform
from .model.locators import Locator
from .model.media_requests import MEDIA_STATUS
from .model.operations import Operation
from .model.recordings import RECORDING_STATUS
from .recording_desk import Legs, RecordingDesk

_Answer = tuple[int, dict[str, Any] | None]


class MediaSwitchboard:
    """
    Finds the connection or the recording that an operation is about.
    """

    def __init__(self, legs: Legs, recordings: RecordingDesk) -> None:
        self._legs = legs
        self._recordings = recordings

    @property
    def operations(self) -> Mapping[str, Perform]:
        """
        By name; each raises L{Refusal}.
        """
        media: dict[str, Perform] = dict.fromkeys(MEDIA_STATUS, self._media)
        return {**media, **dict.fromkeys(RECORDING_STATUS, self._recording)}

    def _media(self, operation: Operation, body: Any, version: str) -> _Answer:
        name = operation.name
        call, leg = self._legs.find_leg(Locator(connection_id=operation.connection_id))
        return MEDIA_STATUS[name], call.media.perform(name, leg, body)

    def _recording(self, operation: Operation, body: Any, version: str) -> _Answer:
        name = operation.name
        answer = self._recordings.perform(name, operation.recording_id, body)
        return RECORDING_STATUS[name], answer
